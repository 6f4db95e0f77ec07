"""Returns of a motion to a point of its own, and what their sequence says of a period.

The plane through the point across the flow is crossed in the flow's direction; where exactly, one step of the
integrator from the step's start says, so that a return is as exact as the motion itself. Where the last two quadratures
are a clock, it tells when.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.methods import EXPLICIT

RETURNS = 16
"""Returns that are looked at: cycles of six turns with two crossings each are still seen whole."""

EXACT = 4
"""Those among them, the first that may be good, that are found by the integrator's own steps."""

ROUGH = 1e-4
"""What interpolation over a step may miss, relative to the extent, at some ten steps a turn."""

ALIKE = 3.0
"""A return is as good as the best one within this factor: the first good one is the period, not a multiple."""

FLOOR = 100.0
"""Misses of fewer tolerances of the steps are what errors of the steps make."""


class Returns(NamedTuple):
    """The first good return to a point.

    period: time until then, NaN without one. miss: distance from the point over the motion's extent, inf without one.
    extent: of the motion in the look.
    """

    period: jax.Array
    miss: jax.Array
    extent: jax.Array


def find_return(
    velocity: Callable[[jax.Array], jax.Array],
    xs: jax.Array,
    lengths: jax.Array,
    rtol: float | jax.Array,
    partial_step: Callable = EXPLICIT.partial_step,
    returns: int = RETURNS,
    clocked: bool = False,
) -> Returns:
    """The first good return to xs[0] on a way of points, (k, n), and steps gone from each, (k,)."""
    point = xs[0]
    speed = across(velocity(point), clocked)
    normal = speed / jnp.linalg.vector_norm(speed)
    distance = lambda y: jnp.linalg.vector_norm(y - point[None], axis=1)
    times = jnp.cumsum(lengths) - lengths
    heights = (xs - point[None]) @ normal
    crosses = (heights[:-1] < 0) & (heights[1:] >= 0)
    where = jnp.nonzero(crosses, size=returns, fill_value=-1)[0]
    exists = where >= 0
    k = jnp.where(exists, where, 0)
    extent = jnp.max(distance(xs))
    extent = jnp.where(extent > 0, extent, 1.0)

    # Where the cubic Hermite polynomial crosses tells which returns are worth a step of the integrator.
    slopes, later = (jax.vmap(velocity)(xs[i]) for i in (k, k + 1))
    fractions = jax.vmap(_crossing)(
        lengths[k], heights[k], heights[k + 1], lengths[k] * (slopes @ normal), lengths[k] * (later @ normal)
    )
    roughly = (
        distance(_hermite(jnp.asarray(fractions)[:, None], lengths[k][:, None], xs[k], xs[k + 1], slopes, later))
        / extent
    )
    roughly = jnp.where(exists, roughly, jnp.inf)
    promising = exists & (roughly <= ALIKE * jnp.min(roughly) + ROUGH + FLOOR * rtol)
    few = jnp.nonzero(promising, size=EXACT, fill_value=returns - 1)[0]
    steps, ends = jax.vmap(lambda x, slope, h, s: _refine(velocity, partial_step, point, normal, x, slope, h, s))(
        xs[k[few]], slopes[few], lengths[k[few]], fractions[few]
    )
    miss = jnp.where(promising[few], distance(ends) / extent, jnp.inf)
    good = jnp.isfinite(miss) & (miss <= ALIKE * jnp.min(miss) + FLOOR * rtol)
    first = jnp.argmax(good)
    found = good[first]
    return Returns(
        period=jnp.asarray(jnp.where(found, times[k[few[first]]] + steps[first], jnp.nan)),
        miss=jnp.where(found, miss[first], jnp.inf),
        extent=extent,
    )


def across(velocity: jax.Array, clocked: bool) -> jax.Array:
    """What a section stands across, (..., n): the velocity, or of a motion with a clock that of the clock alone."""
    return velocity.at[..., :-2].set(0.0) if clocked else velocity


def _crossing(h, below, above, start, climb):
    """At which share of a step of length h the height crosses zero, given heights and climbs over it at its ends."""
    s = jnp.where(above > below, below / jnp.where(above > below, below - above, -1.0), 0.0)
    for _ in range(3):  # Newton's method for the cubic Hermite polynomial of the height, free of evaluations
        cubic = 2 * (below - above) + start + climb
        square = -3 * (below - above) - 2 * start - climb
        height = ((cubic * s + square) * s + start) * s + below
        steepness = (3 * cubic * s + 2 * square) * s + start
        s = jnp.clip(s - height / jnp.where(steepness == 0, 1.0, steepness), 0.0, 1.0)
    return s


def _hermite(s, h, x, y, slope, later):
    """Points at the shares s of steps of length h from x to y, given the slopes at both."""
    return (
        (1 + 2 * s) * (1 - s) ** 2 * x
        + s * (1 - s) ** 2 * h * slope
        + s**2 * (3 - 2 * s) * y
        + s**2 * (s - 1) * h * later
    )


def _refine(velocity, partial_step, point, normal, x, slope, h, s):
    """When and where a step of length h from x crosses the plane, near the share s of it."""
    y = partial_step(velocity, x, slope, s * h)
    speed = velocity(y)
    rise = speed @ normal
    left = -((y - point) @ normal) / jnp.where(rise == 0, 1.0, rise)
    left = jnp.clip(left, -h, h)
    # What the polynomial left is so short that the midpoint rule is as exact as the step.
    return s * h + left, y + left * velocity(y + left / 2 * speed)
