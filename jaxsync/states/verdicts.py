"""When an orbit counts as moving, a motion as on a cycle, as settled: one predicate and one number for each verdict."""

import jax
import jax.numpy as jnp

RESTING = 1e-6
"""An orbit of a smaller extent, over the size of the point, is a fixed point: far above the rounding of the solvers and
far below the smallest oscillation that matters."""

ON_CYCLE = 2e-3
"""Largest distance from where a motion ended to a cycle, over the cycle's extent, at which it is on that cycle. A
motion that came later brings a covariance that has not forgotten the way: closed forms are off by 2-10 % beyond it, by
0.3 % at most below it."""

SETTLED = 5e-3
"""What may be left of a deviation from a cycle when its fluctuations are taken as those of the cycle."""

NEAR_CYCLE = 0.05
"""The same for a cycle that is known to attract: a motion that ends this near is on its way to it."""


def is_moving(extent: jax.Array, x: jax.Array) -> jax.Array:
    """Whether an orbit through x, (2n,), of this extent is more than a point."""
    return extent > RESTING * jnp.linalg.vector_norm(x)


def is_on_cycle(distance: jax.Array) -> jax.Array:
    """Whether a motion is on a cycle at this distance, over the cycle's extent."""
    return distance < ON_CYCLE


def is_near_cycle(distance: jax.Array) -> jax.Array:
    """Whether a motion is on its way to an attracting cycle at this distance, over the cycle's extent."""
    return distance < NEAR_CYCLE


def is_settled(contraction: jax.Array, periods: jax.Array) -> jax.Array:
    """Whether a deviation that shrinks by `contraction` a period has died after so many periods."""
    return contraction**periods < SETTLED
