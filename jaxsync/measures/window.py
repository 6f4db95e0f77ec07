"""The paper's number: S_Q from the start of a motion, averaged over a window of time."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxsync.errors import ConvergenceError, InputError
from jaxsync.measures.measure import Measure
from jaxsync.measures.synchronization import Modes, relative_variance
from jaxsync.models.base import Model, is_traced
from jaxsync.models.equations import bind, pair_indices
from jaxsync.numerics.adaptive import attempt, start_motion
from jaxsync.numerics.lockstep import any_lane
from jaxsync.numerics.quadrature import weights_of
from jaxsync.numerics.rest import assess_rest
from jaxsync.numerics.settle_fast import FastSettings, must_leave
from jaxsync.numerics.variational import with_covariance
from jaxsync.states.cycle import LimitCycle
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.states.settings import LOOK, Settings
from jaxsync.states.start import Start, read_start
from jaxsync.states.verdicts import is_on_cycle, is_settled

Window = tuple[float, float] | None
"""Times between which S_Q is averaged, in the inverse of the rates' unit; None is the model's own window."""

LONGER = 4
"""Most steps where a covariance rides along, over the settings' budget: it rotates twice as fast."""


def window_synchronization(
    model: Model,
    window: Window = None,
    modes: Modes = None,
    *,
    start: Start = None,
    settings: Settings = Settings(),
) -> Float[Array, ""]:
    """Mean of S_Q(t) over a window, the motion and the covariance started at t = 0.

    Where the motion settles on a limit cycle in time, the value follows in closed form (`window_on_cycle`). Elsewhere
    it is integrated, or NaN inside a transformation, so that batches stay fast; `integrated_window` serves those lanes.

    Args:
        model: The device.
        window: Two increasing times from zero on; None is the model's own.
        modes: The two modes; None is the model's pair.
        start: Where motion and covariance start; None is the vacuum.
        settings: How the cycle is looked for.

    Returns:
        The mean of S_Q(t).

    Raises:
        InputError: For a window or modes that cannot be used, or that are not given where the model has none.
        ConvergenceError: If neither way gives a number, outside transformations.

    Example:
        >>> import jaxsync as js
        >>> f"{js.window_synchronization(js.OptoMagnoMechanical(kerr=-2e-5)):.4f}"
        '0.3012'
    """
    window_of(model, window)  # refused before anything long is computed
    pair_indices(model, modes)
    value = window_measure(window, modes, start=start, settings=settings)(model)
    if not is_traced(value) and not jnp.isfinite(value):
        raise ConvergenceError(
            "No window S_Q: the motion runs away, starts on an unstable rest, on which the mean field stays while its "
            "fluctuations grow for ever, or is longer than the steps of Settings.budget reach; give a `start` that "
            "moves, a larger budget, or look at simulate_ensemble."
        )
    return value


def window_measure(
    window: Window = None, modes: Modes = None, *, start: Start = None, settings: Settings = Settings()
) -> Measure:
    """`window_synchronization` as a measure, with all ways to compute it."""
    return Measure(
        lambda model: window_on_cycle(find_limit_cycle(model, start, throw=False, settings=settings), window, modes),
        otherwise=lambda model: integrated_window(model, window, modes, start=start, settings=settings),
        of_cycle=lambda cycle: window_on_cycle(cycle, window, modes),
    )


def window_on_cycle(cycle: LimitCycle, window: Window = None, modes: Modes = None) -> Float[Array, ""]:
    """Mean of S_Q(t) over a window on a cycle reached from its start, in closed form; NaN if it has not settled.

    1/S_Q(t) = tr_-(V_t + u c^T + c u^T) + (s0 + D t) |u_-|^2 grows linearly in t at each point of the orbit, so that
    its inverse is averaged in time by a logarithm, and over the orbit by a sum.

    Args:
        cycle: A limit cycle found by following the motion from its start.
        window: Two increasing times from zero on; None is the model's own.
        modes: The two modes; None is the model's pair.

    Returns:
        The mean of S_Q(t).

    Raises:
        InputError: As for `window_synchronization`.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> f"{js.window_on_cycle(cycle, (2000.0, 2200.0)):.3f}"
        '0.298'
    """
    return mean_of_inverse(*spreads_on_cycle(cycle, window, modes))


def spreads_on_cycle(cycle: LimitCycle, window: Window = None, modes: Modes = None) -> tuple[jax.Array, jax.Array]:
    """1/S_Q at each sample of the orbit when the window opens and when it closes, (samples,) each; NaN if not settled.

    Both are affine in each bath's occupation, on which the motion itself does not depend.
    """
    times = window_of(cycle.model, window)
    i, j = pair_indices(cycle.model, modes)
    at = [relative_variance(cycle.at(t).covariance, i, j) for t in times]
    # What the motion missed the cycle by when it had been followed for cycle.time has changed until the window opens.
    periods = (times[0] - cycle.time) / cycle.period
    late = is_on_cycle(cycle.distance * cycle.contraction**periods)
    settled = is_settled(cycle.contraction, times[0] / cycle.period) & late
    settled = cycle.stable & jax.lax.stop_gradient(settled)
    return jnp.where(settled, at[0], jnp.nan), jnp.where(settled, at[1], jnp.nan)


def mean_of_inverse(before: jax.Array, after: jax.Array) -> jax.Array:
    """Mean of 1/x over samples and over the time in which x grows evenly from `before` to `after`, (samples,) each."""
    growth = (after - before) / before
    small = jnp.abs(growth) < 1e-6  # there log(1 + x)/x loses digits, and two terms of its series are exact to 1e-12
    logarithm = jnp.log1p(growth) / jnp.where(small, 1.0, growth)
    return jnp.mean(jnp.where(small, 1 - growth / 2, logarithm) / before)


def integrated_window(
    model: Model,
    window: Window = None,
    modes: Modes = None,
    *,
    start: Start = None,
    settings: Settings = Settings(),
) -> Float[Array, ""]:
    """Mean of S_Q(t) over a window, by integrating mean field and covariance.

    For batches; `simulate` gives S_Q(t) itself. NaN where the window ends beyond what the settings' budget of steps
    reaches, where the motion runs away before, and where it starts on an unstable rest: linear theory has no answer
    there, since the mean field stays while the fluctuations grow for ever.

    Args:
        model: The device.
        window: Two increasing times from zero on; None is the model's own.
        modes: The two modes; None is the model's pair.
        start: Where motion and covariance start; None is the vacuum.
        settings: Tolerance and budget of the steps.

    Returns:
        The mean of S_Q(t).

    Raises:
        InputError: As for `window_synchronization`.

    Example:
        >>> import jaxsync as js
        >>> f"{js.integrated_window(js.OptoMagnoMechanical(kerr=-2e-5), (0.0, 10.0)):.3f}"
        '0.539'
    """
    return integrated_spreads(model, window, modes, start=start, settings=settings).mean_of_inverse()


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Spreads:
    """1/S_Q along a motion: values, (k,), slopes in time, (k,), and weights of both in a mean over a window, (k, 2).

    Affine in each bath's occupation, on which motion and weights do not depend.
    """

    values: jax.Array
    slopes: jax.Array
    weights: jax.Array

    def mean_of_inverse(self) -> jax.Array:
        """The mean of S_Q over the window."""
        return jnp.sum(self.weights[:, 0] / self.values - self.weights[:, 1] * self.slopes / self.values**2)


def integrated_spreads(
    model: Model,
    window: Window = None,
    modes: Modes = None,
    *,
    start: Start = None,
    settings: Settings = Settings(),
) -> Spreads:
    """1/S_Q(t) at the steps of the same integration."""
    x, V = read_start(model, start, covariance=True)
    state = jnp.concatenate([x[:, None], V], axis=1)
    return _spreads(model, state, window_of(model, window), pair_indices(model, modes), settings)


@partial(jax.jit, static_argnames=("pair", "settings"))
def _spreads(model, state, window, pair, settings):
    velocity, noise = bind(model)
    motion_of = with_covariance(velocity, noise)
    rtol = settings.tolerance
    spread_of = lambda state: relative_variance(state[:, 1:], *pair)
    opens, closes = (jnp.asarray(t, float) for t in window)

    def advance(motion, _):
        # Steps end where the window opens and closes; behind it they have no length.
        left = jax.lax.stop_gradient(jnp.where(motion.time < opens, opens, closes) - motion.time)
        after, gone = attempt(motion_of, motion._replace(h=jnp.minimum(motion.h, left)), rtol)
        shortened = (left < motion.h) & (gone > 0)
        after = after._replace(h=jax.lax.stop_gradient(jnp.where(shortened, motion.h, after.h)))
        inside = jnp.where(motion.time >= opens, gone, 0.0)
        return after, (spread_of(motion.x), spread_of(motion.slope), inside)

    def look(motion, _):
        """Some steps, but none once no lane of a batch needs any."""
        some = lambda motion: jax.lax.scan(advance, motion, length=LOOK)
        at_end = lambda motion: (spread_of(motion.x), spread_of(motion.slope), jnp.zeros(()))
        none = lambda motion: (motion, jax.tree.map(lambda x: jnp.full(LOOK, x), at_end(motion)))
        return jax.lax.cond(any_lane(~is_over(motion)), some, none, motion)

    # A last step may miss the end by a rounding of its time.
    is_over = lambda motion: motion.time >= closes * (1 - 1e-12)
    motion = jax.tree.map(jax.lax.stop_gradient, start_motion(motion_of, state, rtol))
    motion = motion._replace(x=state, slope=motion_of(state))
    end, (spreads, slopes, lengths) = jax.lax.scan(look, motion, length=LONGER * settings.budget // LOOK)
    rest = assess_rest(velocity, state[:, 0], motion.slope[:, 0], FastSettings().rest)
    reached = is_over(end) & ~must_leave(rest)
    # A step's end is the next one's point: behind the last step stands the end of all.
    spreads, slopes, lengths = (x.reshape(-1) for x in (spreads, slopes, lengths))
    spreads = jnp.append(spreads, spread_of(end.x))
    slopes = jnp.append(slopes, spread_of(end.slope))
    weights = weights_of(jax.lax.stop_gradient(lengths)) / (closes - opens)
    return Spreads(
        values=spreads,
        slopes=slopes,
        weights=jnp.where(reached, weights, jnp.nan),
    )


def window_of(model: Model, window: Window) -> tuple[float, float]:
    """The times of a window, checked: those given, or the model's own for None."""
    if window is None:
        window = model.window
    if window is None:
        raise InputError(
            f"Argument `window` must be two times between which S_Q is averaged: {type(model).__name__} has none of "
            "its own."
        )
    if is_traced(window):
        return window
    if len(window) != 2 or not 0 <= window[0] < window[1] < float("inf"):
        raise InputError(f"Argument `window` must be two increasing times from zero on, but is {window!r}.")
    return float(window[0]), float(window[1])
