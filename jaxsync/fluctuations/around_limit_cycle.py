"""Limit cycles with their linear fluctuations."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp

from jaxsync.errors import ConvergenceError, InputError
from jaxsync.fluctuations.floquet import split_fluctuations
from jaxsync.fluctuations.phase_variance import gathered_phase_variance
from jaxsync.models.base import (
    Model,
    as_arrays,
    is_traced,
    read_amplitudes,
    to_amplitudes,
    to_quadratures,
    vacuum,
)
from jaxsync.models.check import check_model
from jaxsync.solvers.limit_cycle import CycleSettings, Orbit, close_orbit, orbit_from, transient_steps


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class LimitCycle:
    """A limit cycle of n modes and, where it is stable, its fluctuations, at equal times of one period.

    period: T. orbit: (samples, n) complex. tangents u: (samples, 2n), its velocity in quadrature units. covariance V_t,
    the transverse one: (samples, 2n, 2n). phase_correlation c: (samples, 2n). phase_diffusion D: variance of the common
    time shift per unit time. initial_phase_variance s0: see `phase_variance`. All of these are NaN unless the cycle is
    converged and stable, except period, orbit and tangents.

    contraction: largest modulus of the multipliers other than 1. distance: from where the transient ended to the
    orbit, over the orbit's extent. residual: of Newton's method, in quadrature units.
    """

    model: Model
    period: jax.Array
    orbit: jax.Array
    tangents: jax.Array
    covariance: jax.Array
    phase_correlation: jax.Array
    phase_diffusion: jax.Array
    initial_phase_variance: jax.Array
    monodromy: jax.Array
    contraction: jax.Array
    stable: jax.Array
    converged: jax.Array
    residual: jax.Array
    distance: jax.Array

    @property
    def multipliers(self) -> jax.Array:
        """Floquet multipliers, (2n,) complex, largest modulus first. Not differentiable."""
        values = jnp.linalg.eigvals(jax.lax.stop_gradient(self.monodromy))
        return jnp.take_along_axis(values, jnp.argsort(-jnp.abs(values), axis=-1), axis=-1)

    def phase_variance(self, time: jax.Array | float) -> jax.Array:
        """Variance s0 + D t of the common time shift at time t after the start, in squared time.

        Its modulation within a period, of the order of D T, is left out.
        Known where the cycle was reached by following the motion from its start; NaN for a cycle found from another.
        """
        return self.initial_phase_variance + self.phase_diffusion * time

    def __repr__(self) -> str:
        if self.orbit.ndim != 2 or is_traced(self):
            return f"LimitCycle(batch of shape {self.converged.shape})"
        verdict = ("stable" if self.stable else "unstable") if self.converged else "not converged"
        return (
            f"LimitCycle({verdict}, period={float(self.period):.10g}, contraction={float(self.contraction):.4g}, "
            f"phase_diffusion={float(self.phase_diffusion):.4g}, residual={float(self.residual):.1e})"
        )


def find_limit_cycle(
    model: Model,
    guess: jax.Array | LimitCycle | None = None,
    throw: bool = True,
    settings: CycleSettings = CycleSettings(),
) -> LimitCycle:
    """The limit cycle reached from `guess`: None, the vacuum; amplitudes (n,), the motion from there; or a LimitCycle,
    a neighbour's, whose point and period Newton's method starts from without following any motion.

    Newton's method solves phi_T(x) = x with a phase condition for (x, T); the fluctuations follow from Floquet theory.
    Inside transformations nothing raises: `converged` tells. Outside, a motion that settles on no cycle raises
    `ConvergenceError` unless `throw` is False, and a guess of the wrong shape `InputError`. An unstable cycle, which
    only a neighbour can lead to, is an answer with `stable` False.
    """
    if isinstance(guess, LimitCycle):
        if guess.model.modes != model.modes:
            raise InputError("Argument `guess` must be a limit cycle of a model with the same modes.")
        check_model(model, guess.orbit[0])
        state = cycle_near(as_arrays(model), guess.orbit[0], guess.period, settings)
    else:
        amplitudes = None if guess is None else read_amplitudes(model, "guess", guess)
        check_model(model, amplitudes)
        start = vacuum(model)[0] if amplitudes is None else to_quadratures(amplitudes)
        state = _from_motion(as_arrays(model), start, settings)
    if throw and not is_traced(state) and not state.converged:
        raise ConvergenceError(
            f"The motion settles on no limit cycle (Newton's residual {float(state.residual):.1e}, distance to the "
            f"orbit {float(state.distance):.1e}): it may rest, or have no period; look at `simulate`, try another "
            "`guess`, or a longer settings.transient."
        )
    return state


@partial(jax.jit, static_argnames="settings")
def _from_motion(model: Model, start: jax.Array, settings: CycleSettings) -> LimitCycle:
    orbit, end, way = orbit_from(model, start, settings)
    state, phase_gradient = _with_fluctuations(model, orbit, settings)
    # What the motion reaches is attracting and near its end; Newton's method alone could go anywhere.
    reached = state.stable & (orbit.distance < 0.05)
    spread = gathered_phase_variance(
        settings.step, model, start, vacuum(model)[1], orbit.point, phase_gradient, way, end
    )
    elapsed = transient_steps(settings) * settings.step
    initial = jnp.where(reached, spread - state.phase_diffusion * elapsed, jnp.nan)
    return dataclasses.replace(
        _masked(state, reached), initial_phase_variance=initial, converged=state.converged & reached
    )


@partial(jax.jit, static_argnames="settings")
def cycle_near(model: Model, point: jax.Array, period: jax.Array, settings: CycleSettings) -> LimitCycle:
    """The cycle that Newton's method reaches from the amplitudes `point`, (n,), and `period`; no motion is followed."""
    orbit = close_orbit(model, to_quadratures(point), period, settings)
    return _with_fluctuations(model, orbit, settings)[0]


def _with_fluctuations(model: Model, orbit: Orbit, settings: CycleSettings) -> tuple[LimitCycle, jax.Array]:
    """The cycle with its fluctuations, masked where it is not stable, and the phase gradient v at its first point."""
    parts = split_fluctuations(model, orbit.point, orbit.period, settings.steps)
    stable = orbit.converged & (parts.contraction < 1)
    state = LimitCycle(
        model=model,
        period=orbit.period,
        orbit=to_amplitudes(parts.points),
        tangents=parts.tangents,
        covariance=parts.covariance,
        phase_correlation=parts.phase_correlation,
        phase_diffusion=parts.phase_diffusion,
        initial_phase_variance=jnp.full((), jnp.nan),
        monodromy=parts.monodromy,
        contraction=parts.contraction,
        stable=stable,
        converged=orbit.converged,
        residual=orbit.residual,
        distance=orbit.distance,
    )
    return _masked(state, stable), parts.phase_gradients[0]


def _masked(state: LimitCycle, keep: jax.Array) -> LimitCycle:
    names = ("covariance", "phase_correlation", "phase_diffusion")
    masked = {name: jnp.where(keep, getattr(state, name), jnp.nan) for name in names}
    return dataclasses.replace(state, **masked)
