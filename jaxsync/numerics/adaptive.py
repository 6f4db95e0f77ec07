"""Explicit steps whose length the motion itself decides, in lockstep over a batch.

The 8th-order Dormand-Prince method with its embedded error estimate (Hairer, Norsett, Wanner, Solving ODEs I, sec.
II.5 and II.10: DOP853). No time and no rate stands here: the first step follows from the velocity and its Jacobian,
all others from the error. Errors are measured mode by mode against the mode's own modulus and the size of the vacuum,
one quantum, below which a mean field means nothing.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.flow import combine
from jaxsync.numerics.tableau import E3, E5, A, B

Velocity = Callable[[jax.Array], jax.Array]

SAFETY = 0.8
SHRINK, GROW = 0.2, 6.0
"""Bounds on the change of a step's length (Hairer's choice for this method)."""

FORGET = 0.97
"""What one step leaves of a mode's size: a cavity that is empty for part of a turn is measured by its fullest."""

STABLE = 6.1
"""Largest |h times eigenvalue| that the method damps (Hairer's test for stiffness)."""


LARGEST = 1e20
"""Modulus, the root of a number of quanta, that no device holds; the square of its seventh power is still a double."""


class Motion(NamedTuple):
    """A motion between two steps.

    x: the point (n,), or columns (n, 1 + k) whose first is the point, what rides along behind it. slope: its velocity.
    sizes: of each mode, (n/2,), the largest modulus of late. h: length of the next step. time: since the start.
    stiff: how many of the last steps were bound by stability.
    """

    x: jax.Array
    slope: jax.Array
    sizes: jax.Array
    h: jax.Array
    time: jax.Array
    stiff: jax.Array


def moduli(x: jax.Array) -> jax.Array:
    """Modulus of each mode, (n/2,), from quadratures (n,)."""
    return jnp.sqrt(x[0::2] ** 2 + x[1::2] ** 2)


def is_bounded(x: jax.Array) -> jax.Array:
    """Whether all modes are finite and below `LARGEST`."""
    return jnp.max(moduli(x)) < LARGEST  # False for NaN


def relative(e: jax.Array, sizes: jax.Array) -> jax.Array:
    """Largest ratio of the modulus of mode j of e, (n,), to its size, (n/2,), and one quantum."""
    return jnp.max(moduli(e) / (sizes + 1.0))


def start_motion(velocity: Velocity, x: jax.Array, rtol: float) -> Motion:
    """A motion at rest in its clock, with a first step from the point's own rates.

    Short against the time in which the velocity doubles what is there (Hairer's first guess), and against the fastest
    rate of the drift, which speaks where nothing moves yet.
    """
    point = _first(x)
    return begin(velocity, x, jax.jacfwd(lambda y: _first(velocity(_replace(x, y))))(point), rtol)


def begin(velocity: Velocity, x: jax.Array, drift: jax.Array, rtol: float) -> Motion:
    """The same where the Jacobian at the point, or near it, is known: `drift`, (n, n)."""
    slope = velocity(x)
    sizes = moduli(_first(x))
    rate = jnp.maximum(relative(_first(slope), sizes), jnp.linalg.vector_norm(drift))
    h = 0.1 * rtol ** (1 / 8) / jnp.where(rate > 0, rate, 1.0)
    zero = jnp.zeros((), x.dtype)
    return Motion(x, slope, sizes, h, zero, jnp.zeros((), int))


def attempt(velocity: Velocity, motion: Motion, rtol: float) -> tuple[Motion, jax.Array]:
    """One step tried: the motion after it, or before it with a shorter step; and the length gone, zero if refused."""
    x, h = motion.x, motion.h
    slopes = [motion.slope]
    for row in A[1:]:
        y = x + h * combine(row, slopes)
        slopes.append(velocity(y))
    new = x + h * combine(B, slopes)
    slope = velocity(new)

    # Squares and square roots: in a step this cheap powers and moduli would show.
    sizes = jnp.maximum(motion.sizes * FORGET, moduli(_first(new)))
    n5, n3 = ((h / rtol) ** 2 * _square_error(combine(weights, slopes), new, sizes) for weights in (E5, E3))
    error = n5**2 / jnp.maximum(n5 + 0.01 * n3, 1e-300)  # squared; 1e-300: zero over zero is zero
    fine = (error <= 1) & jnp.isfinite(jnp.sum(new) + jnp.sum(slope))
    root = jnp.sqrt(jnp.sqrt(jnp.sqrt(jnp.sqrt(jnp.maximum(error, 1e-20)))))  # the eighth root of the error
    factor = jnp.clip(SAFETY / root, SHRINK, GROW)
    factor = jnp.where(jnp.isfinite(error) & fine | (error > 1), factor, SHRINK)

    # Two evaluations at the step's end, both at c = 1, show the largest eigenvalue.
    change, distance = _first(slope - slopes[-1]), _first(new - y)
    fast = h**2 * jnp.sum(change**2) > (STABLE / 2) ** 2 * jnp.sum(distance**2)
    stiff = jnp.where(fast, jnp.minimum(motion.stiff + 1, 30), jnp.maximum(motion.stiff - 1, 0))
    pick = lambda after, before: jnp.where(fine, after, before)
    gone = pick(h, 0.0)
    after = Motion(
        pick(new, x),
        pick(slope, motion.slope),
        pick(sizes, motion.sizes),
        h * factor,
        motion.time + gone,
        pick(stiff, motion.stiff),
    )
    return after, gone


def follow(
    velocity: Velocity, motion: Motion, rtol: float | jax.Array, attempts: int, attempt: Callable = attempt
) -> tuple[Motion, tuple]:
    """The motion after `attempts` tries, and its way: the point before each and the length gone, stacked in front."""

    def advance(motion, _):
        after, gone = attempt(velocity, motion, rtol)
        return after, (motion.x, gone)

    return jax.lax.scan(advance, motion, length=attempts)


def _square_error(e, x, sizes):
    """The square of the largest error of the point, mode by mode, and of what rides along, column by column."""
    first = _first(e).reshape(-1, 2)
    largest = jnp.max((first[:, 0] ** 2 + first[:, 1] ** 2) / (sizes + 1.0) ** 2)
    if x.ndim == 1:
        return largest
    columns = jnp.sum(x[:, 1:] ** 2, axis=0)
    riding = jnp.sum(e[:, 1:] ** 2, axis=0) / jnp.where(columns > 0, columns, 1.0)
    return jnp.maximum(largest, jnp.max(riding))


def _first(x):
    return x if x.ndim == 1 else x[:, 0]


def _replace(x, point):
    return point if x.ndim == 1 else x.at[:, 0].set(point)
