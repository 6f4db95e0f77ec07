"""Limit cycles of the mean field: a transient, a first guess of the period, and Newton's method on (x0, T)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.flow import flow, path, unrolled_step
from jaxsync.numerics.newton import find_root
from jaxsync.numerics.variational import Velocity
from jaxsync.states.settings import Settings
from jaxsync.states.verdicts import is_moving, is_resolved


class Orbit(NamedTuple):
    """A closed orbit: a point on it (2n,), the period, Newton's verdict and residual, and where the motion ended.

    distance: from the transient's end to the orbit, over the orbit's extent; zero when no transient was run.
    """

    point: jax.Array
    period: jax.Array
    converged: jax.Array
    residual: jax.Array
    distance: jax.Array


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


def close_orbit(
    velocity: Velocity, fixed: Velocity, x_guess: jax.Array, period_guess: jax.Array, settings: Settings
) -> Orbit:
    """Newton's method for phi_T(x) = x and f(x_guess) . (x - x_guess) = 0, in the unknowns (x, T).

    fixed: the same velocity with its parameters held, for what derivatives do not go through: they are those of the
    root, not of the way to it.
    """
    size = x_guess.shape[0]
    x_guess, period_guess = jax.lax.stop_gradient((x_guess, period_guess))
    along = fixed(x_guess)
    along = along / jnp.linalg.vector_norm(along)

    def residual(unknowns):
        x, period = unknowns[:size], unknowns[size]
        end = flow(velocity, x, period / settings.steps, settings.steps)
        return jnp.append(end - x, along @ (x - x_guess))

    guess = jnp.append(x_guess, period_guess)
    root = find_root(residual, guess, tolerance=settings.tolerance, max_steps=settings.max_steps)
    point, period = root.point[:size], root.point[size]
    found, distance = _check(fixed, *jax.lax.stop_gradient((point, period)), x_guess, period_guess, settings)
    return Orbit(point, period, root.converged & found, root.residual, distance)


def _check(velocity, point, period, x_guess, period_guess, settings):
    """Whether a root is an orbit, resolved by the steps and of minimal period, and how far from the guess it lies."""
    halves = 2 * settings.steps
    xs = path(velocity, point, period / halves, halves)
    extent = jnp.max(_distances(xs, jnp.mean(xs, axis=0)))
    # At half the step the orbit must still close; where it does not, the period has too few steps.
    resolved = is_resolved(jnp.linalg.vector_norm(xs[-1] - point), extent)
    # Newton's roots close to a millionth of the extent by far, other points of an orbit do not.
    repeats = [jnp.linalg.vector_norm(xs[halves // k] - point) < 1e-6 * extent for k in (2, 3, 5)]
    same_period = jnp.abs(period / period_guess - 1) < 0.3  # farther away it is another orbit than the one guessed
    found = is_moving(extent, point) & resolved & same_period & ~jnp.any(jnp.stack(repeats))
    return found, jnp.min(_distances(xs, x_guess)) / extent


def _distances(xs, x):
    return jnp.linalg.vector_norm(xs - x[None], axis=1)
