"""The search for limit cycles: from where a motion ends, or from a neighbour, to the orbit and its fluctuations."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import ConvergenceError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.check import check_model
from jaxsync.models.equations import amplitudes_of, as_arrays, bind, has_clock, quadratures_of, to_quadratures
from jaxsync.numerics.adaptive import is_bounded
from jaxsync.numerics.periodic_orbit import COLLOCATION, NEARBY, Method, Orbit, close_orbit
from jaxsync.numerics.settled import Kind, Settled
from jaxsync.numerics.stability import Stability, growth_of, spectral_radius
from jaxsync.states.collocated_floquet import split_collocated
from jaxsync.states.cycle import LimitCycle
from jaxsync.states.floquet import DOUBLINGS, Splitting, cut, cut_at, split_fluctuations
from jaxsync.states.orbit import follow_motion, guessed_period
from jaxsync.states.outcome import Outcome
from jaxsync.states.phase_variance import Way, gathered_phase_variance
from jaxsync.states.settings import Settings
from jaxsync.states.start import Start, read_start
from jaxsync.states.thorough import OUTCOMES, UNDECIDED, ask_exponents, settle
from jaxsync.states.verdicts import is_moving, is_near_cycle

FINE = (240, 1920)
"""Steps of a period where the steps of a batch do not do: twenty for each of a dozen turns, or more."""


def find_limit_cycle(
    model: Model, start: Start = None, *, throw: bool = True, settings: Settings = Settings()
) -> LimitCycle:
    """The limit cycle that the motion from `start` settles on, or that lies near the one given.

    Newton's method solves phi_T(x) = x with a phase condition for (x, T); the fluctuations follow from Floquet theory.
    Differentiable, by the implicit function theorem.

    Args:
        model: The device.
        start: None or "vacuum"; amplitudes (n,), or a state, from where the motion is followed; or a `LimitCycle`, a
            neighbour's, whose point and period Newton's method starts from without following any motion.
        throw: Whether to raise where there is no cycle, outside transformations; inside nothing raises.
        settings: How carefully it is looked for.

    Returns:
        The cycle; `outcome` tells whether it is one. An unstable cycle, which only a neighbour can lead to, is an
        answer.

    Raises:
        InputError: For a start of the wrong shape or of other modes, and for a model that cannot be solved.
        ConvergenceError: If there is no cycle, with the outcome's sentence.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> print(cycle.outcome, f"{float(cycle.period):.6f}")
        limit cycle 6.433854
    """
    x, V = read_start(model, start)
    check_model(model, None if start is None else amplitudes_of(model, x))
    if isinstance(start, LimitCycle):
        state = cycle_near(as_arrays(model), start.amplitudes[0], start.period, settings)
    else:
        state = _from_motion(as_arrays(model), x, V, settings)
        if settings.thorough and not is_traced(state) and state.outcome in UNDECIDED:
            state = _followed_on(as_arrays(model), x, state)
    if throw and not is_traced(state) and not state.converged:
        outcome = Outcome(int(state.code))
        raise ConvergenceError(
            f"No limit cycle: {outcome.found} (Newton's residual {float(state.residual):.1e}, distance to the orbit "
            f"{float(state.distance):.1e}); {outcome.remedy}."
        )
    return state


@partial(jax.jit, static_argnames="settings")
def _from_motion(model: Model, start: jax.Array, covariance: jax.Array, settings: Settings) -> LimitCycle:
    # Derivatives are those of the root, not of the way to it.
    fixed = jax.lax.stop_gradient(model)
    motion = follow_motion(fixed, jax.lax.stop_gradient(start), settings, keep_way=not has_clock(model))
    state = cycle_reached(model, motion, settings)
    if has_clock(model):
        return state
    way = Way(motion.points, motion.lengths, motion.end, motion.looks)
    # Pushed off an unstable rest, a motion oscillates with any phase: linear theory knows none. Without a cycle the
    # derivatives are kept from NaN by keeping the arguments from it.
    known = state.stable & ~motion.kicked
    guard = lambda value, instead: jnp.asarray(jnp.where(known, value, instead))
    point, v = guard(to_quadratures(state.amplitudes[0]), motion.end), guard(state.phase_response[0], 0.0)
    D, modulation = guard(state.phase_diffusion, 0.0), guard(state.phase_modulation[0], 0.0)
    spread = gathered_phase_variance(model, start, covariance, point, v, D, way)
    initial = spread - D * motion.time - modulation
    return dataclasses.replace(state, initial_phase_variance=jnp.where(known, initial, jnp.nan))


def cycle_reached(model: Model, motion: Settled, settings: Settings) -> LimitCycle:
    """The cycle next to where a motion ended, or the word on what became of the motion, by the steps of a batch."""
    fixed = bind(jax.lax.stop_gradient(model)).velocity
    period = guessed_period(motion)
    orbit = close_orbit(
        bind(model).velocity,
        fixed,
        motion.end,
        period,
        settings.steps,
        jacobians=NEARBY,
        clocked=has_clock(model),
    )
    return _with_fluctuations(model, orbit, settings, motion)


@partial(jax.jit, static_argnames="settings")
def cycle_near(model: Model, point: jax.Array, period: jax.Array, settings: Settings) -> LimitCycle:
    """The cycle that Newton's method reaches from the amplitudes `point`, (n,), and `period`; no motion is followed."""
    fixed = bind(jax.lax.stop_gradient(model)).velocity
    start = quadratures_of(model, point)
    orbit = close_orbit(bind(model).velocity, fixed, start, period, settings.steps, clocked=has_clock(model))
    return _with_fluctuations(model, orbit, settings, None)


def cycle_through(
    model: Model,
    points: jax.Array,
    period: jax.Array,
    residual: jax.Array,
    error: jax.Array,
    rate: jax.Array,
    method: Method,
    substeps: int,
) -> LimitCycle:
    """The cycle whose quadratures at equal times, (s, 2n), and period are known, from a curve of them.

    residual, error, rate: what is known of the orbit, as in `Orbit`. method, substeps: how one gets from one point to
    the next.
    """
    yes = jnp.ones((), bool)
    orbit = Orbit(points[0], period, yes, yes, jnp.ones((), int), residual, error, jnp.zeros(()), rate)
    velocity, noise = bind(model)
    if method is COLLOCATION:
        parts = split_collocated(velocity, noise, points[0], period, points.shape[0], substeps, error)
    else:
        parts = split_fluctuations(cut_at(velocity, noise, points, period, substeps), period, error)
    return _limit_cycle(model, orbit, parts, None)


def _followed_on(model: Model, start: jax.Array, state: LimitCycle) -> LimitCycle:
    """What every means say where the steps of a batch do not decide; the variance of the phase is not known then."""
    motion, outcome, cycle = settle_thoroughly(model, start)
    if cycle is not None:
        return cycle
    return dataclasses.replace(
        state,
        code=jnp.asarray(outcome, jnp.int8),
        time=jnp.asarray(motion.time),
        kicked=jnp.asarray(motion.kicked),
    )


def settle_thoroughly(model: Model, start: jax.Array) -> tuple[Settled, Outcome, LimitCycle | None]:
    """The motion from the quadratures `start`, (2n,), by every means, its outcome, and the cycle where it closes.

    Chaos returns by chance as nearly as a cycle does, and a symmetric start may lead to a cycle that does not attract:
    so Newton's method and the multipliers have the last word. A cycle that they refuse is left, by one quantum, along
    what grows about it; where that leads back to one, the Lyapunov exponents tell what it is.
    """
    motion = settle(model, start)
    for again in (True, False):
        if motion.kind != Kind.CYCLE:
            return motion, OUTCOMES[Kind(int(motion.kind))], None
        cycle = _cycle_of(model, motion)
        if cycle.outcome in (Outcome.LIMIT_CYCLE, Outcome.MARGINAL):
            return motion, Outcome(int(cycle.code)), cycle
        if again:
            away = np.zeros(np.shape(motion.end))
            away[: cycle.monodromy.shape[0]] = _escape(cycle)
            escaped = settle(model, motion.end + away)
            motion = escaped._replace(kicked=True, time=motion.time + escaped.time)
    motion = ask_exponents(model, motion)
    outcome = OUTCOMES[Kind(int(motion.kind))]
    return motion, Outcome(int(cycle.code)) if outcome is Outcome.UNRESOLVED else outcome, None


def _escape(cycle: LimitCycle) -> np.ndarray:
    """The direction, of length 1, in which deviations from an orbit grow most at its first sample, (2n,)."""
    monodromy = np.asarray(cycle.monodromy)
    if not np.all(np.isfinite(monodromy)):
        return np.full(len(monodromy), len(monodromy) ** -0.5)
    return growth_of(monodromy)[1]


def _cycle_of(model: Model, motion: Settled) -> LimitCycle:
    """The cycle that a motion settled on, by collocation, with as many steps as it takes."""
    motion = motion._replace(exponents=None, multipliers=None, horizon=None)
    for steps in FINE:
        cycle = _cycle_finely(model, motion, steps)
        if cycle.outcome is not Outcome.UNRESOLVED:
            break
    return cycle


@partial(jax.jit, static_argnames="steps")
def _cycle_finely(model: Model, motion: Settled, steps: int) -> LimitCycle:
    velocity, noise = bind(model)
    orbit = close_orbit(velocity, velocity, motion.end, motion.period, steps, COLLOCATION, clocked=has_clock(model))
    parts = split_collocated(velocity, noise, orbit.point, orbit.period, steps, error=orbit.error)
    return _limit_cycle(model, orbit, parts, motion)


def _with_fluctuations(model: Model, orbit: Orbit, settings: Settings, motion: Settled | None) -> LimitCycle:
    intervals = cut(*bind(model), orbit.point, orbit.period, settings.steps)
    parts = split_fluctuations(intervals, orbit.period, orbit.error)
    return _limit_cycle(model, orbit, parts, motion)


def _limit_cycle(model: Model, orbit: Orbit, parts: Splitting, motion: Settled | None) -> LimitCycle:
    """The cycle, masked where it is not stable, or not reached by the `motion` that was followed, None if none was."""
    code = _outcome(orbit, parts, motion)
    parts = _of_modes(model, parts)
    keep, closed = code == Outcome.LIMIT_CYCLE, orbit.closed & orbit.resolved
    return LimitCycle(
        model=model,
        code=code,
        period=jnp.where(closed, orbit.period, jnp.nan),
        amplitudes=amplitudes_of(model, parts.points),
        tangents=parts.tangents,
        phase_response=parts.phase_gradients,
        transverse_covariance=jnp.where(keep, parts.covariance, jnp.nan),
        phase_correlation=jnp.where(keep, parts.phase_correlation, jnp.nan),
        phase_diffusion=jnp.where(keep, parts.phase_diffusion, jnp.nan),
        phase_modulation=jnp.where(keep, parts.phase_modulation, jnp.nan),
        # A forced cycle's phase is the clock's, which has no noise.
        initial_phase_variance=jnp.where(keep, 0.0 if has_clock(model) else jnp.nan, jnp.nan),
        monodromy=parts.monodromy,
        contraction=jnp.where(closed, parts.contraction, jnp.nan),
        residual=orbit.residual,
        distance=orbit.distance,
        time=jnp.asarray(jnp.nan if motion is None else motion.time),
        kicked=jnp.asarray(False if motion is None else motion.kicked),
    )


def _of_modes(model, parts: Splitting) -> Splitting:
    """The splitting without the clock's quadratures, if there is one, on which no noise acts."""
    if not has_clock(model):
        return parts
    n = 2 * len(model.modes)
    phi = parts.monodromy[:n, :n]
    kept = {name: getattr(parts, name)[:, :n] for name in ("points", "tangents", "phase_gradients")}
    none = {name: 0 * getattr(parts, name) for name in ("phase_diffusion", "phase_modulation")}
    contraction = spectral_radius(jax.lax.stop_gradient(phi), doublings=DOUBLINGS)  # not that of the clock's radius
    return parts._replace(
        covariance=parts.covariance[:, :n, :n],
        phase_correlation=0 * parts.phase_correlation[:, :n],
        monodromy=phi,
        contraction=contraction,
        **kept,
        **none,
    )


def _outcome(orbit, parts, motion):
    closed = orbit.closed & orbit.resolved
    stable, neutral = (closed & (parts.stability == word) for word in (Stability.STABLE, Stability.MARGINAL))
    if motion is None:
        extent = jnp.max(jnp.linalg.vector_norm(parts.points - jnp.mean(parts.points, axis=0, keepdims=True), axis=1))
        found = [
            (Outcome.LIMIT_CYCLE, stable),
            (Outcome.MARGINAL, neutral),
            (Outcome.UNSTABLE, closed),
            (Outcome.FIXED_POINT, ~is_moving(extent, orbit.point)),
        ]
    else:
        # What a motion reaches is attracting and near its end; Newton's method alone could go anywhere.
        reached = is_near_cycle(orbit.distance)
        found = [
            (Outcome.FIXED_POINT, motion.kind == Kind.AT_REST),
            (Outcome.MARGINAL, motion.kind == Kind.MARGINAL),
            (Outcome.DIVERGED, ~is_bounded(motion.end)),
            (Outcome.LIMIT_CYCLE, stable & reached),
            (Outcome.MARGINAL, neutral & reached),
            (Outcome.NOT_REACHED, closed),
        ]
    found.append((Outcome.UNRESOLVED, orbit.closed))  # the steps are too few for it
    words, flags = zip(*found, strict=True)
    return jnp.select(flags, words, Outcome.NO_PERIOD).astype(jnp.int8)
