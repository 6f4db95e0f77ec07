"""Whether a motion is at rest, and how a rest that cannot last is left."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.adaptive import moduli, relative
from jaxsync.numerics.lockstep import any_lane
from jaxsync.numerics.stability import Stability, judge_drift


class Rest(NamedTuple):
    """What is known of the rest near a point.

    near: the correction of Newton's method is small, and the next one smaller. stable, unstable: what the drift there
    says; neither where no double can tell. correction: to the rest, (n,). escape: direction of length 1 into which the
    motion leaves an unstable rest, (n,). distance: the correction relative to each mode's modulus and one quantum.
    drift: the Jacobian at the point, (n, n).
    """

    near: jax.Array
    stable: jax.Array
    unstable: jax.Array
    correction: jax.Array
    escape: jax.Array
    distance: jax.Array
    drift: jax.Array


def assess_rest(
    velocity: Callable[[jax.Array], jax.Array],
    x: jax.Array,
    slope: jax.Array,
    closeness: float,
    asked: jax.Array | bool = True,
) -> Rest:
    """Look for a rest next to x, (n,), where the velocity is `slope`; in lanes that are not `asked`, none is near."""
    A = jax.jacfwd(velocity)(x)
    inverse = jnp.linalg.inv(A)
    correction = -inverse @ slope
    again = -inverse @ velocity(x + correction)
    sizes = moduli(x + correction)
    distance = relative(correction, sizes)
    # A quarter: Newton's method converges from here, so that x lies where the rest's own linear motion rules. What
    # rounding leaves of the velocity, a few units in the last place of its terms, need not shrink.
    floor = 1e-13 * (1 + relative(A @ x, sizes) / jnp.maximum(relative(A @ correction, sizes), 1e-300) * distance)
    contracts = relative(again, sizes) <= 0.25 * distance + floor
    near = jnp.isfinite(distance) & (distance <= closeness) & contracts & asked
    # Some fifty products of matrices would cost more than the motion: only where some lane of the batch needs them. The
    # drift is that of the rest itself: next to it, what neither decays nor grows would seem to.
    unknown = lambda rest: (jnp.full((), int(Stability.MARGINAL), jnp.int8), jnp.zeros_like(x))
    known = lambda rest: judge_drift(jax.jacfwd(velocity)(rest))
    stability, escape = jax.lax.cond(any_lane(near), known, unknown, x + correction + again)
    stable, unstable = stability == Stability.STABLE, stability == Stability.UNSTABLE
    return Rest(near, stable, unstable, correction, escape, distance, A)
