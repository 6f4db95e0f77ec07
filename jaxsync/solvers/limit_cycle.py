"""Limit cycles of the mean field: a transient, a first guess of the period, and Newton's method on (x0, T)."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.models.base import Model, velocity
from jaxsync.solvers.flow import flow, path, unrolled_step
from jaxsync.solvers.newton import find_root


@dataclasses.dataclass(frozen=True)
class CycleSettings:
    """How a limit cycle is looked for. Times are in the model's unit, 1/omega_1.

    transient: how long the motion is followed before Newton's method starts. step: its step length. steps: steps, and
    samples, per period. longest_period: the longest that is recognized. tolerance, max_steps: of Newton's method.
    """

    transient: float = 1000.0
    step: float = 0.2
    steps: int = 60
    longest_period: float = 60.0
    tolerance: float = 1e-11
    max_steps: int = 30


RESOLVED = 1e-5
"""Largest opening of an orbit at half the step, over its extent."""


class Orbit(NamedTuple):
    """A closed orbit: a point on it (2n,), the period, Newton's verdict and residual, and where the motion ended.

    distance: from the transient's end to the orbit, over the orbit's extent; zero when no transient was run.
    """

    point: jax.Array
    period: jax.Array
    converged: jax.Array
    residual: jax.Array
    distance: jax.Array


def transient(model: Model, start: jax.Array, settings: CycleSettings) -> tuple[jax.Array, jax.Array]:
    """Where the motion from the quadratures `start`, (2n,), is after the transient, (2n,), and its way there.

    The way is the point before each step, (steps, 2n); a program that does not use it does not keep it.
    """

    def advance(x, _):
        return unrolled_step(lambda y: velocity(model, y), x, settings.step), x

    return jax.lax.scan(advance, start, length=transient_steps(settings))


def transient_steps(settings: CycleSettings) -> int:
    """Number of steps in the transient."""
    return max(1, round(settings.transient / settings.step))


def orbit_from(model: Model, start: jax.Array, settings: CycleSettings) -> tuple[Orbit, jax.Array, jax.Array]:
    """The limit cycle that the motion from `start`, (2n,), settles on, with the end and the way of the transient."""
    fixed = jax.lax.stop_gradient(model)  # the derivatives are those of the root, not of the way to it
    end, way = transient(fixed, jax.lax.stop_gradient(start), settings)
    return close_orbit(model, end, recurrence_time(fixed, end, settings), settings), end, way


def recurrence_time(model: Model, x: jax.Array, settings: CycleSettings) -> jax.Array:
    """The first time at which the motion from x comes back to x, as nearly as it does within the longest period.

    Returns are crossings of the plane through x across the flow, in the flow's direction; between steps the motion is
    interpolated by cubic Hermite polynomials.
    """
    f = lambda y: velocity(model, y)
    h, count = settings.step, round(settings.longest_period / settings.step)
    xs = path(f, x, h, count)
    vs = jax.vmap(f)(xs)
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


def close_orbit(model: Model, x_guess: jax.Array, period_guess: jax.Array, settings: CycleSettings) -> Orbit:
    """Newton's method for phi_T(x) = x and f(x_guess) . (x - x_guess) = 0, in the unknowns (x, T)."""
    size = x_guess.shape[0]
    x_guess, period_guess = jax.lax.stop_gradient((x_guess, period_guess))
    along = jax.lax.stop_gradient(velocity(model, x_guess))
    along = along / jnp.linalg.vector_norm(along)

    def residual(unknowns):
        x, period = unknowns[:size], unknowns[size]
        end = flow(lambda y: velocity(model, y), x, period / settings.steps, settings.steps)
        return jnp.append(end - x, along @ (x - x_guess))

    guess = jnp.append(x_guess, period_guess)
    root = find_root(residual, guess, tolerance=settings.tolerance, max_steps=settings.max_steps)
    point, period = root.point[:size], root.point[size]
    found, distance = _check(jax.lax.stop_gradient((model, point, period)), x_guess, period_guess, settings)
    return Orbit(point, period, root.converged & found, root.residual, distance)


def _check(solution, x_guess, period_guess, settings):
    """Whether a root is an orbit, resolved by the steps and of minimal period, and how far from the guess it lies."""
    model, point, period = solution
    halves = 2 * settings.steps
    xs = path(lambda y: velocity(model, y), point, period / halves, halves)
    extent = jnp.max(_distances(xs, jnp.mean(xs, axis=0)))
    moves = extent > 1e-6 * jnp.linalg.vector_norm(point)
    # At half the step the orbit must still close; where it does not, the period has too few steps.
    resolved = jnp.linalg.vector_norm(xs[-1] - point) < RESOLVED * extent
    repeats = [jnp.linalg.vector_norm(xs[halves // k] - point) < 1e-6 * extent for k in (2, 3, 5)]
    same_period = jnp.abs(period / period_guess - 1) < 0.3  # farther away it is another orbit than the one guessed
    found = moves & resolved & same_period & ~jnp.any(jnp.stack(repeats))
    return found, jnp.min(_distances(xs, x_guess)) / extent


def _distances(xs, x):
    return jnp.linalg.vector_norm(xs - x[None], axis=1)
