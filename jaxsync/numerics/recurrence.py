"""Returns of a motion to a point of its own, and what their sequence says of a period.

The plane through the point across the flow is crossed in the flow's direction; where exactly, one step of the
integrator from the step's start says, so that a return is as exact as the motion itself.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.adaptive import partial_step

RETURNS = 16
"""Returns that are looked at: cycles of six turns with two crossings each are still seen whole."""

ALIKE = 3.0
"""A return is as good as the best one within this factor: the first good one is the period, not a multiple."""

FLOOR = 100.0
"""Misses of fewer tolerances of the steps are what errors of the steps make."""


class Returns(NamedTuple):
    """The first good return to a point.

    period: time until then, NaN without one. miss: distance from the point over the motion's extent, inf without one.
    drop: miss over the largest one of all returns seen. extent: of the motion in the look.
    """

    period: jax.Array
    miss: jax.Array
    drop: jax.Array
    extent: jax.Array


def find_return(
    velocity: Callable[[jax.Array], jax.Array],
    xs: jax.Array,
    slopes: jax.Array,
    lengths: jax.Array,
    rtol: float | jax.Array,
    partial_step: Callable = partial_step,
    returns: int = RETURNS,
) -> Returns:
    """The first good return to xs[0] on a way of points, (k, n), slopes, (k, n), and steps gone from each, (k,)."""
    point, normal = xs[0], slopes[0] / jnp.linalg.vector_norm(slopes[0])
    times = jnp.cumsum(lengths) - lengths
    heights = (xs - point[None]) @ normal
    crosses = (heights[:-1] < 0) & (heights[1:] >= 0)
    where = jnp.nonzero(crosses, size=returns, fill_value=-1)[0]
    exists = where >= 0
    k = jnp.where(exists, where, 0)
    steps, ends = jax.vmap(lambda *step: _cross(velocity, partial_step, point, normal, *step))(
        xs[k], slopes[k], lengths[k], heights[k], heights[k + 1], slopes[k + 1] @ normal
    )
    extent = jnp.max(jnp.linalg.vector_norm(xs - point[None], axis=1))
    extent = jnp.where(extent > 0, extent, 1.0)
    miss = jnp.where(exists, jnp.linalg.vector_norm(ends - point[None], axis=1) / extent, jnp.inf)
    good = exists & (miss <= ALIKE * jnp.min(miss) + FLOOR * rtol)
    first = jnp.argmax(good)
    found = good[first]
    largest = jnp.max(jnp.where(exists, miss, 0.0))
    return Returns(
        period=jnp.asarray(jnp.where(found, times[k[first]] + steps[first], jnp.nan)),
        miss=jnp.where(found, miss[first], jnp.inf),
        drop=jnp.where(found, miss[first] / jnp.where(largest > 0, largest, 1.0), 1.0),
        extent=extent,
    )


def _cross(velocity, partial_step, point, normal, x, slope, h, below, above, climb):
    """When and where a step of length h from x crosses the plane, given the heights and the climb at its ends."""
    start = h * (slope @ normal)
    climb = h * climb
    s = jnp.where(above > below, below / jnp.where(above > below, below - above, -1.0), 0.0)
    for _ in range(3):  # Newton's method for the cubic Hermite polynomial of the height, free of evaluations
        cubic = 2 * (below - above) + start + climb
        square = -3 * (below - above) - 2 * start - climb
        height = ((cubic * s + square) * s + start) * s + below
        steepness = (3 * cubic * s + 2 * square) * s + start
        s = jnp.clip(s - height / jnp.where(steepness == 0, 1.0, steepness), 0.0, 1.0)
    y = partial_step(velocity, x, slope, s * h)
    speed = velocity(y)
    rise = speed @ normal
    left = -((y - point) @ normal) / jnp.where(rise == 0, 1.0, rise)
    left = jnp.clip(left, -h, h)
    # What the polynomial left is so short that the midpoint rule is as exact as the step.
    return s * h + left, y + left * velocity(y + left / 2 * speed)
