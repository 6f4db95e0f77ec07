"""Limit cycles with their linear fluctuations."""

import dataclasses
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float, Int

from jaxsync.errors import ConvergenceError, InputError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.check import check_model
from jaxsync.models.equations import as_arrays, bind, to_amplitudes, to_quadratures
from jaxsync.numerics.adaptive import is_bounded
from jaxsync.numerics.periodic_orbit import COLLOCATION, NEARBY, Orbit, close_orbit
from jaxsync.numerics.settled import Kind, Settled
from jaxsync.numerics.stability import Stability
from jaxsync.states.collocated_floquet import split_collocated
from jaxsync.states.floquet import Splitting, cut, split_fluctuations
from jaxsync.states.orbit import follow_motion, guessed_period
from jaxsync.states.outcome import Outcome
from jaxsync.states.phase_variance import Way, gathered_phase_variance
from jaxsync.states.settings import Settings
from jaxsync.states.start import Start, read_start
from jaxsync.states.state import DiffusedCycle, State
from jaxsync.states.thorough import OUTCOMES, UNDECIDED, settle
from jaxsync.states.verdicts import is_moving, is_near_cycle

FINE = (240, 1920)
"""Steps of a period where the steps of a batch do not do: twenty for each of a dozen turns, or more."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, repr=False)
class LimitCycle(State):
    """A limit cycle of n modes and, where it is stable, its fluctuations, at equal times of one period.

    Its outcome is LIMIT_CYCLE where it is stable and, if a motion was followed, reached by it; UNSTABLE where the orbit
    is closed all the same; else what became of the motion.

    period: T. amplitudes: the orbit, (samples, n) complex. tangents u: (samples, 2n), its velocity in quadrature units.
    phase_response v: (samples, 2n), v.u = 1: a small kick e shifts the time by v.e. transverse_covariance V_t:
    (samples, 2n, 2n). phase_correlation c: (samples, 2n). phase_diffusion D: variance of the common time shift per unit
    time. phase_modulation: (samples,), how far it is beyond s0 + D t at each sample. initial_phase_variance s0: see
    `phase_variance`. Fluctuations are NaN unless the cycle is stable, period and
    contraction unless the orbit is closed.

    contraction: largest modulus of the multipliers other than 1. distance: from where the motion ended to the orbit,
    over the orbit's extent. residual: how far the orbit opens, over its swing. time: how long the motion was followed,
    NaN where none was; it ends next to the first sample. kicked: whether it began on an unstable rest, on which the
    mean field would stay for ever, and was pushed off it by one quantum into the direction that grows.

    Example:
        >>> import jaxsync as js
        >>> js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5)).amplitudes.shape
        (60, 4)
    """

    model: Model
    code: Int[Array, "*batch"]
    period: Float[Array, "*batch"]
    amplitudes: Complex[Array, "*batch samples n"]
    tangents: Float[Array, "*batch samples 2n"]
    phase_response: Float[Array, "*batch samples 2n"]
    transverse_covariance: Float[Array, "*batch samples 2n 2n"]
    phase_correlation: Float[Array, "*batch samples 2n"]
    phase_diffusion: Float[Array, "*batch"]
    phase_modulation: Float[Array, "*batch samples"]
    initial_phase_variance: Float[Array, "*batch"]
    monodromy: Float[Array, "*batch 2n 2n"]
    contraction: Float[Array, "*batch"]
    residual: Float[Array, "*batch"]
    distance: Float[Array, "*batch"]
    time: Float[Array, "*batch"]
    kicked: Bool[Array, "*batch"]

    closed: ClassVar[bool] = True

    @property
    def stable(self) -> Bool[Array, "*batch"]:
        """Whether it is a stable cycle, reached by the motion if one was followed."""
        return self.code == Outcome.LIMIT_CYCLE

    @property
    def converged(self) -> Bool[Array, "*batch"]:
        """Whether it is a cycle, stable or not."""
        return self.stable | (self.code == Outcome.UNSTABLE) | (self.code == Outcome.MARGINAL)

    @property
    def covariance(self) -> jax.Array:
        """Refused: the covariance of a limit cycle depends on how far its phase has diffused."""
        raise InputError(
            "Argument `state` is a limit cycle, whose covariance grows as its phase diffuses: give cycle.at(time), the "
            "physical state at a time after the start; cycle.transverse_covariance is a reference and no state."
        )

    @property
    def reference_covariance(self) -> Float[Array, "*batch samples 2n 2n"]:
        """The transverse covariance: what is left when the common phase is known exactly."""
        return self.transverse_covariance

    @property
    def multipliers(self) -> Complex[Array, "*batch 2n"]:
        """Floquet multipliers, (2n,) complex, largest modulus first. Not differentiable."""
        values = jnp.linalg.eigvals(jax.lax.stop_gradient(self.monodromy))
        return jnp.take_along_axis(values, jnp.argsort(-jnp.abs(values), axis=-1), axis=-1)

    def phase_variance(self, time: jax.Array | float) -> jax.Array:
        """Variance s0 + D t of the common time shift at time t after the start, in squared time.

        Its modulation within a period, of the order of D T, has mean zero and is not in it. Known where the cycle was
        reached by following the motion from its start; NaN for a cycle found from another, and where `kicked`.
        """
        return self.initial_phase_variance + self.phase_diffusion * time

    def at(self, time: jax.Array | float) -> DiffusedCycle:
        """The physical Gaussian states of one period around `time` after the start, when the phase has diffused so far.

        V(t) = V_t + u c^T + c u^T + (s0 + D t + modulation) u u^T at each sample. NaN where `phase_variance` is.
        """
        variance = (self.phase_variance(time)[..., None] + self.phase_modulation)[..., None, None]
        # Where there is no covariance the tangents must not carry its NaN into derivatives.
        known = self.stable[..., None, None, None] & jnp.isfinite(variance)
        u = jnp.where(known[..., 0], self.tangents, jax.lax.stop_gradient(self.tangents))
        mixed = u[..., :, None] * self.phase_correlation[..., None, :]
        phase = variance * u[..., :, None] * u[..., None, :]
        covariance = self.transverse_covariance + mixed + jnp.swapaxes(mixed, -1, -2) + phase
        return DiffusedCycle(self.model, self.code, jnp.asarray(time), self.amplitudes, covariance)

    def average(self, values: jax.Array) -> jax.Array:
        """The mean over the samples, the last axis."""
        return jnp.mean(values, axis=-1)

    def last(self) -> tuple[jax.Array, None]:
        """The first sample, where the orbit closes; no covariance, which depends on the time."""
        return self.amplitudes[0], None

    def __repr__(self) -> str:
        if self.amplitudes.ndim != 2 or is_traced(self):
            return f"LimitCycle(batch of shape {self.code.shape})"
        return (
            f"LimitCycle({self.outcome}, period={float(self.period):.10g}, contraction={float(self.contraction):.4g}, "
            f"phase_diffusion={float(self.phase_diffusion):.4g}, residual={float(self.residual):.1e})"
        )


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
    check_model(model, None if start is None else to_amplitudes(x))
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
    fixed = bind(jax.lax.stop_gradient(model)).velocity
    motion = follow_motion(fixed, jax.lax.stop_gradient(start), settings, keep_way=True)
    state = cycle_reached(model, motion, settings)
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
    orbit = close_orbit(bind(model).velocity, fixed, motion.end, period, settings.steps, jacobians=NEARBY)
    return _with_fluctuations(model, orbit, settings, motion)


@partial(jax.jit, static_argnames="settings")
def cycle_near(model: Model, point: jax.Array, period: jax.Array, settings: Settings) -> LimitCycle:
    """The cycle that Newton's method reaches from the amplitudes `point`, (n,), and `period`; no motion is followed."""
    fixed = bind(jax.lax.stop_gradient(model)).velocity
    orbit = close_orbit(bind(model).velocity, fixed, to_quadratures(point), period, settings.steps)
    return _with_fluctuations(model, orbit, settings, None)


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

    Chaos returns by chance as nearly as a cycle does: there Newton's method and the multipliers have the last word.
    """
    motion = settle(model, start)
    if motion.kind != Kind.CYCLE:
        return motion, OUTCOMES[Kind(int(motion.kind))], None
    cycle = _cycle_of(model, motion)
    return motion, Outcome(int(cycle.code)), cycle


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
    orbit = close_orbit(velocity, velocity, motion.end, motion.period, steps, COLLOCATION)
    parts = split_collocated(velocity, noise, orbit.point, orbit.period, steps, error=orbit.error)
    return _limit_cycle(model, orbit, parts, motion)


def _with_fluctuations(model: Model, orbit: Orbit, settings: Settings, motion: Settled | None) -> LimitCycle:
    intervals = cut(*bind(model), orbit.point, orbit.period, settings.steps)
    parts = split_fluctuations(intervals, orbit.period, orbit.error)
    return _limit_cycle(model, orbit, parts, motion)


def _limit_cycle(model: Model, orbit: Orbit, parts: Splitting, motion: Settled | None) -> LimitCycle:
    """The cycle, masked where it is not stable, or not reached by the `motion` that was followed, None if none was."""
    code = _outcome(orbit, parts, motion)
    keep, closed = code == Outcome.LIMIT_CYCLE, orbit.closed & orbit.resolved
    return LimitCycle(
        model=model,
        code=code,
        period=jnp.where(closed, orbit.period, jnp.nan),
        amplitudes=to_amplitudes(parts.points),
        tangents=parts.tangents,
        phase_response=parts.phase_gradients,
        transverse_covariance=jnp.where(keep, parts.covariance, jnp.nan),
        phase_correlation=jnp.where(keep, parts.phase_correlation, jnp.nan),
        phase_diffusion=jnp.where(keep, parts.phase_diffusion, jnp.nan),
        phase_modulation=jnp.where(keep, parts.phase_modulation, jnp.nan),
        initial_phase_variance=jnp.full((), jnp.nan),
        monodromy=parts.monodromy,
        contraction=jnp.where(closed, parts.contraction, jnp.nan),
        residual=orbit.residual,
        distance=orbit.distance,
        time=jnp.asarray(jnp.nan if motion is None else motion.time),
        kicked=jnp.asarray(False if motion is None else motion.kicked),
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
