"""Whether a motion is at rest, and how a rest that cannot last is left."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.adaptive import moduli, relative
from jaxsync.numerics.lockstep import any_lane

DOUBLINGS = 46
"""Squarings of the Cayley transform: 2^46 steps tell a decay that is 1e-12 of the other rates from none."""

NEUTRAL = 3e-13
"""Distance of the transform's spectral radius from 1 that rounding errors of its inverse can make."""


class Rest(NamedTuple):
    """What is known of the rest near a point.

    near: the correction of Newton's method is small, and the next one smaller. stable, unstable: what the drift there
    says; neither where no double can tell. correction: to the rest, (n,). escape: direction of length 1 into which the
    motion leaves an unstable rest, (n,). distance: the correction relative to each mode's modulus and one quantum.
    """

    near: jax.Array
    stable: jax.Array
    unstable: jax.Array
    correction: jax.Array
    escape: jax.Array
    distance: jax.Array


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
    # Forty-six products of matrices would cost more than the motion: only where some lane of the batch needs them. The
    # drift is that of the rest itself: next to it, what neither decays nor grows would seem to.
    unknown = lambda rest: (jnp.full((), jnp.nan), jnp.zeros_like(x))
    known = lambda rest: growth_of(jax.jacfwd(velocity)(rest))
    growth, escape = jax.lax.cond(any_lane(near), known, unknown, x + correction + again)
    return Rest(near, growth < -NEUTRAL, growth > NEUTRAL, correction, escape, distance)


def growth_of(A: jax.Array) -> tuple[jax.Array, jax.Array]:
    """log |largest eigenvalue| of (p - A)^-1 (p + A) for A, (n, n), p > 0, and a direction in its eigenspace, (n,).

    The transform takes the left half-plane into the unit circle, so the sign is that of the largest real part of the
    eigenvalues of A; none are computed. Powers by squaring become the projector on that eigenspace, whose largest
    column is the direction.
    """

    def square(state, _):
        power, logarithm = state
        size = jnp.linalg.vector_norm(power)
        power = power / jnp.where(size > 0, size, 1.0)
        return (power @ power, 2 * (logarithm + jnp.log(size))), None

    size = jnp.linalg.vector_norm(A)
    p = 1.1 * jnp.where(size > 0, size, 1.0)  # beyond every eigenvalue, so that p - A can be inverted
    eye = jnp.eye(A.shape[0])
    start = (jnp.linalg.solve(p * eye - A, p * eye + A), jnp.zeros(()))
    (power, logarithm), _ = jax.lax.scan(square, start, length=DOUBLINGS)
    growth = (logarithm + jnp.log(jnp.linalg.vector_norm(power))) / 2.0**DOUBLINGS
    column = power[:, jnp.argmax(jnp.linalg.vector_norm(power, axis=0))]
    size = jnp.linalg.vector_norm(column)
    return growth, column / jnp.where(size > 0, size, 1.0)
