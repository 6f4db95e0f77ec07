"""Where the motion from a start goes, and when it first comes back: the guess from which an orbit is closed."""

import jax
import jax.numpy as jnp

from jaxsync.numerics.flow import path, unrolled_step
from jaxsync.numerics.variational import Velocity
from jaxsync.states.settings import Settings


def transient(velocity: Velocity, start: jax.Array, settings: Settings) -> tuple[jax.Array, jax.Array]:
    """Where the motion from the quadratures `start`, (2n,), is after the transient, (2n,), and its way there.

    The way is the point before each step, (steps, 2n); a program that does not use it does not keep it.
    """

    def advance(x, _):
        return unrolled_step(velocity, x, settings.step), x

    return jax.lax.scan(advance, start, length=transient_steps(settings))


def transient_steps(settings: Settings) -> int:
    """Number of steps in the transient."""
    return max(1, round(settings.transient / settings.step))


def recurrence_time(velocity: Velocity, x: jax.Array, settings: Settings) -> jax.Array:
    """The first time at which the motion from x comes back to x, as nearly as it does within the longest period.

    Returns are crossings of the plane through x across the flow, in the flow's direction; between steps the motion is
    interpolated by cubic Hermite polynomials.
    """
    h, count = settings.step, round(settings.longest_period / settings.step)
    xs = path(velocity, x, h, count)
    vs = jax.vmap(velocity)(xs)
    height = (xs - x[None]) @ vs[0]
    crosses = (height[:-1] < 0) & (height[1:] >= 0)
    fraction = jnp.where(crosses, height[:-1] / jnp.where(crosses, height[:-1] - height[1:], 1.0), 0.0)
    s = fraction[:, None]
    between = (
        (1 + 2 * s) * (1 - s) ** 2 * xs[:-1]
        + s * (1 - s) ** 2 * h * vs[:-1]
        + s**2 * (3 - 2 * s) * xs[1:]
        + s**2 * (s - 1) * h * vs[1:]
    )
    extent = jnp.max(_distances(xs, x))
    miss = jnp.where(crosses, _distances(between, x), jnp.inf)
    # A return is as good as the best one within a factor; the small constant covers the interpolation's error.
    good = miss <= 3 * jnp.min(miss) + 1e-3 * extent
    return (jnp.argmax(good) + fraction[jnp.argmax(good)]) * h


def _distances(xs, x):
    return jnp.linalg.vector_norm(xs - x[None], axis=1)
