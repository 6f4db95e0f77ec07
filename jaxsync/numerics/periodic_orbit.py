"""Closed orbits by Newton's method: from a point and a period nearby to the orbit, its least period and its error.

Solved is x(T) = x and n.(x - guess) = 0, n along the flow, for the point x and the period T by single shooting. All
is measured in the orbit's own units: every quadrature in its swing, the period in its guess, so that no unit of time
and no size of a mode matters.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics import collocation, flow
from jaxsync.numerics.recurrence import across
from jaxsync.numerics.variational import Velocity

TOLERANCE = 1e-11
"""Largest opening of a closed orbit, relative to its swing: a hundred roundings of each of a thousand operations."""

POLISHED = 1e-13
"""Opening at which no further step is tried: some hundred roundings."""

JACOBIANS = 20
"""Most Jacobians before Newton's method gives up, from a guess that may be far."""

NEARBY = 4
"""The same from where a settled motion ends: that needs one to three, and in a batch all lanes wait for the others."""

SIMPLIFIED = 16
"""Most steps with one Jacobian."""

REGULAR = 1e11
"""Largest condition of the Jacobian that is inverted. Beyond it deviations that neither grow nor decay are the reason,
a second free phase: Newton's method then leaves them as they are."""

RIDGE = 1e-7
"""Singular values below this share of the Jacobian's norm are left out then: its square stands above rounding."""

FOLDS = 16
"""Most turns of which an orbit is recognized to be a repetition at once."""

REPEATED = 1e-6
"""Largest distance of a repetition, relative to the swing: Newton's roots return far nearer, other points far less."""

MOVING = 1e-6
"""Least swing of an orbit, relative to the point: below it is a fixed point."""

SAME = 0.3
"""Largest relative change of the period: farther away it is another orbit than the one guessed."""


class Method(NamedTuple):
    """Steps of one kind: `step(velocity, x, h)`, the longest h times the fastest rate that they serve, and the largest
    opening at half the step, relative to the swing, at which an orbit is resolved."""

    step: Callable[[Velocity, jax.Array, jax.Array], jax.Array]
    reach: float
    fine: float


EXPLICIT = Method(flow.step, reach=1.0, fine=1e-7)
"""For batches. What bounds their reach is not stability, 6, but the noise that a mode of rate r gathers in one step at
twice its rate: the error grows like (2 r h)^9, and is 1e-6 of the covariance here. An orbit that is 1e-7 off
leaves ten times as much."""

COLLOCATION = Method(collocation.step, reach=float("inf"), fine=1e-10)
"""For orbits that contract strongly or have more structure than the steps of a batch follow. Their covariances suffer a
thousand times the orbit's error."""


class Orbit(NamedTuple):
    """A closed orbit, or where the search for it ended.

    point: on the orbit, (n,). period: the least one. closed: whether it is an orbit, near the one guessed. resolved:
    whether the steps were fine enough; if not, nothing here is meant, and a second look with collocation or more steps
    is due. turns: of how many least periods the guessed one was made. residual: opening, relative to the swing. error:
    what half the step changes, relative to the swing. distance: from the guess to the orbit, over its extent. rate: the
    fastest rate on the orbit times the period.
    """

    point: jax.Array
    period: jax.Array
    closed: jax.Array
    resolved: jax.Array
    turns: jax.Array
    residual: jax.Array
    error: jax.Array
    distance: jax.Array
    rate: jax.Array


def close_orbit(
    velocity: Velocity,
    fixed: Velocity,
    point: jax.Array,
    period: jax.Array,
    steps: int = 60,
    method: Method = EXPLICIT,
    jacobians: int = JACOBIANS,
    clocked: bool = False,
) -> Orbit:
    """The closed orbit near a point and a period.

    Args:
        velocity: The motion, whose parameters the point and the period are differentiated by (implicit function
            theorem, forward and reverse).
        fixed: The same with its parameters held, for what derivatives do not go through.
        point: A point near the orbit, (n,).
        period: About its period, or a multiple, ().
        steps: Steps per period, all equal.
        method: EXPLICIT, for batches, or COLLOCATION.
        jacobians: Most Jacobians before Newton's method gives up.
        clocked: Whether the last two quadratures are a clock: the point then keeps the guess's time.

    Returns:
        The orbit; nothing raises.
    """
    n = point.shape[0]
    guess, time = jax.lax.stop_gradient((point, period))
    swing = _swing(_path(method, fixed, guess, time, steps))
    along = across(fixed(guess), clocked) / swing
    along = along / jnp.where(jnp.any(along != 0), jnp.linalg.vector_norm(along), 1.0)

    def residual(velocity, y):
        x, T = guess + swing * y[:n], time * y[n]
        end = jax.lax.scan(lambda x, _: (method.step(velocity, x, T / steps), None), x, length=steps)[0]
        return jnp.append((end - x) / swing, along @ y[:n])

    def unfinished(state):
        _, _, turns, folded, _ = state
        return (folded != 1) & (turns < FOLDS**2)

    def search(state):
        """Newton's method, and a period divided where it was a multiple; again, then, from there."""
        y, norm, turns, folded, _ = state
        y, norm = _newton(lambda y: residual(fixed, y), y, jacobians)
        folded, look = _look(method, fixed, guess + swing * y[:n], time * y[n], steps, swing)
        folded = jnp.where(norm <= TOLERANCE, folded, 1)
        return y.at[n].divide(folded), norm, turns * folded, folded, look

    start = jnp.zeros(n + 1).at[n].set(1.0)
    unknown = jnp.full((), jnp.nan)
    nothing = _Look(unknown, unknown, jnp.zeros((2 * steps, n)))
    y, norm, turns, _, look = jax.lax.while_loop(unfinished, search, (start, jnp.inf, 1, 0, nothing))

    # The search is over: all that is left is the root's dependence on the parameters.
    root = jax.lax.custom_root(
        lambda y: residual(velocity, y),
        jax.lax.stop_gradient(y),
        lambda _, y: y,
        lambda linear, y: jnp.linalg.solve(jax.jacfwd(linear)(jnp.zeros_like(y)), y),
    )
    extent = _extent(look.points)
    moves = _moves(look.points, guess + swing * y[:n])
    same = jnp.abs(y[n] * turns - 1) < SAME
    return Orbit(
        point=guess + swing * root[:n],
        period=time * root[n],
        closed=(norm <= TOLERANCE) & (moves | clocked) & same,
        resolved=(look.error < method.fine) & (look.rate <= method.reach * steps),
        turns=jnp.asarray(turns),
        residual=jnp.asarray(norm),
        error=look.error,
        distance=jnp.min(_distances(look.points, guess)) / extent,
        rate=look.rate,
    )


class _Look(NamedTuple):
    """What half the step changes, the fastest rate times the period, and the points at half the step."""

    error: jax.Array
    rate: jax.Array
    points: jax.Array


def _look(method, velocity, x, T, steps, swing):
    """Of how many repetitions a root consists, and how well it is resolved."""
    halves = 2 * steps
    points = _path(method, velocity, x, T, halves)
    # At the whole step the orbit closes: what it opens at half the step is the step's error.
    error = jnp.linalg.vector_norm((points[-1] - x) / swing)

    folds = jnp.arange(2, FOLDS + 1)
    before = halves // folds
    rest = T / folds - before * (T / halves)
    ends = jax.vmap(lambda x, h: method.step(velocity, x, h))(points[before], rest)
    repeats = _distances(ends / swing[None], x / swing) < REPEATED
    # A point repeats itself at every time.
    folded = jnp.where(_moves(points, x), jnp.max(jnp.where(repeats, folds, 1)), 1)

    # |A^8|^(1/8), close to the largest eigenvalue, at every fifth step.
    A = jax.vmap(jax.jacfwd(velocity))(points[:-1:10]) * (T * swing[None, :] / swing[:, None])[None]
    for _ in range(3):
        A = A @ A
    rate = jnp.max(jnp.linalg.matrix_norm(A)) ** (1 / 8)
    return folded, _Look(error, rate, points[:-1])


def _newton(residual, y, jacobians):
    """Damped Newton iteration: where it ended, and the residual's norm there.

    Steps with one Jacobian go on while each halves the residual, beyond the tolerance as well: near an orbit that
    hardly contracts the point is known only as well as the residual, times a large number. A step that does not shrink
    the residual is taken back and tried again at a quarter of its length.
    """

    def unfinished(state):
        _, _, norm, _, count = state
        return (count == 0) | ((count < jacobians) & (norm > TOLERANCE) & jnp.isfinite(norm))

    def advance(state):
        y, value, norm, damping, count = state
        inverse = _inverse(jax.jacfwd(residual)(y))
        before = norm

        def go_on(inner):
            _, _, norm, quick, count = inner
            return (count == 0) | (quick & (norm > POLISHED) & (count < SIMPLIFIED))

        def step(inner):
            y, value, norm, _, count = inner
            trial = y - jnp.where(count == 0, damping, 1.0) * (inverse @ value)
            trial_value = residual(trial)
            trial_norm = jnp.linalg.vector_norm(trial_value)
            better = trial_norm < norm  # False for NaN
            kept = jax.tree.map(
                lambda new, old: jnp.where(better, new, old), (trial, trial_value, trial_norm), (y, value, norm)
            )
            return (*kept, trial_norm < norm / 2, count + 1)

        y, value, norm, *_ = jax.lax.while_loop(go_on, step, (y, value, norm, jnp.array(True), 0))
        damping = damping * jnp.where(norm < before, jnp.minimum(1 / damping, 2.0), 0.25)
        return y, value, norm, damping, count + 1

    value = residual(y)
    start = (y, value, jnp.linalg.vector_norm(value), jnp.ones(()), 0)
    y, _, norm, *_ = jax.lax.while_loop(unfinished, advance, start)
    return y, norm


def _inverse(J):
    """The inverse of J, or, where J is singular to rounding, one that leaves the singular directions alone."""
    inverse = jnp.linalg.inv(J)
    size = jnp.linalg.matrix_norm(J)
    ridge = jnp.linalg.inv(J.T @ J + (RIDGE * size) ** 2 * jnp.eye(J.shape[0])) @ J.T
    return jnp.where(size * jnp.linalg.matrix_norm(inverse) < REGULAR, inverse, ridge)


def _path(method, velocity, x, T, steps):
    """The points from x through one period, (steps + 1, n)."""

    def advance(x, _):
        x = method.step(velocity, x, T / steps)
        return x, x

    return jnp.concatenate([x[None], jax.lax.scan(advance, x, length=steps)[1]])


def _swing(points):
    """The unit of each quadrature, (n,): how far it goes.

    Not below a thousandth of its own size, of which rounding takes its part, nor a millionth of the largest: a mode
    that rests has no swing.
    """
    points = points[:-1]
    swing = jnp.max(jnp.abs(points - jnp.mean(points, axis=0, keepdims=True)), axis=0)
    swing = jnp.maximum(swing, 1e-3 * jnp.max(jnp.abs(points), axis=0))
    swing = jnp.maximum(swing, 1e-6 * jnp.max(swing))
    return jnp.where(jnp.max(swing) > 0, swing, 1.0)


def _extent(points):
    return jnp.max(_distances(points, jnp.mean(points, axis=0)))


def _moves(points, x):
    return _extent(points) > MOVING * jnp.linalg.vector_norm(x)


def _distances(points, x):
    return jnp.linalg.vector_norm(points - x[None], axis=1)
