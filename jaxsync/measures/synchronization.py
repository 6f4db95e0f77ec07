"""How well two modes are synchronized, from the means and covariances of any state.

Relative quadratures are O_- = (O_1 - O_2)/sqrt2. A state has amplitudes (..., n) and covariance (..., 2n, 2n): a fixed
point one of each, a trajectory or an ensemble one per time, a limit cycle one per sample of the orbit.
"""

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.dynamics.ensemble import Ensemble
from jaxsync.dynamics.trajectory import Trajectory
from jaxsync.errors import InputError
from jaxsync.fluctuations.around_fixed_point import FixedPoint
from jaxsync.fluctuations.around_limit_cycle import LimitCycle
from jaxsync.models.base import Model, mode_index

State = FixedPoint | LimitCycle | Trajectory | Ensemble


def complete_synchronization(
    state: State,
    modes: tuple[str, str] = ("b1", "b2"),
    phase_variance: jax.Array | float | None = None,
    include_means: bool = False,
) -> jax.Array:
    """S_Q = 1 / <dX_-^2 + dY_-^2> (Eq. (6)), or S_C of Eq. (3), the means left in, with `include_means`.

    One number for a fixed point, one per time for a trajectory or an ensemble, and for a limit cycle the mean over the
    cycle: of the transverse covariance if `phase_variance` is None, the phase-referenced value, which is not bounded by
    1; else of the physical state whose common time shift has that variance (`cycle.phase_variance(t)`). NaN where there
    is no covariance. Raises `InputError` for unknown modes or a trajectory without covariance.
    """
    i, j = mode_pair(state.model, modes)
    amplitudes, covariance = gaussian_state(state, phase_variance)
    spread = relative_variance(covariance, i, j)
    if include_means:
        difference = amplitudes[..., i] - amplitudes[..., j]
        spread = spread + difference.real**2 + difference.imag**2
    return _over_cycle(state, 1 / spread)


def phase_synchronization(
    state: State, modes: tuple[str, str] = ("b1", "b2"), phase_variance: jax.Array | float | None = None
) -> jax.Array:
    """S_p = 1 / (2 <dp'_-^2>), p' the quadrature along the motion of the phase (Mari et al., PRL 111, 103605 (2013)).

    p'_j = -sin(phi_j) dX_j + cos(phi_j) dY_j with phi_j = arg <b_j>. Shapes, `phase_variance` and errors as for
    `complete_synchronization`.
    """
    i, j = mode_pair(state.model, modes)
    amplitudes, covariance = gaussian_state(state, phase_variance)
    along_phase = jnp.zeros((*amplitudes.shape[:-1], covariance.shape[-1]))
    for index, sign in ((i, 1.0), (j, -1.0)):
        phi = jnp.angle(amplitudes[..., index])
        along_phase = along_phase.at[..., 2 * index].set(-sign * jnp.sin(phi))
        along_phase = along_phase.at[..., 2 * index + 1].set(sign * jnp.cos(phi))
    variance = jnp.einsum("...k,...kl,...l->...", along_phase, covariance, along_phase) / 2
    return _over_cycle(state, 1 / (2 * variance))


def effective_couplings(state: State) -> dict[str, jax.Array]:
    """G_o = g_o |<o>| for each coupled mode: per time for a trajectory, the root mean square over a limit cycle.

    The names and the single-quantum couplings g are the model's `couplings()`. In units of omega_1.
    """
    couplings = state.model.couplings()
    if not couplings:
        raise InputError(
            f"Argument `state` has a model without couplings: define the method couplings() of "
            f"{type(state.model).__name__}."
        )
    amplitudes = state.orbit if isinstance(state, LimitCycle) else state.amplitudes
    result = {}
    for name, g in couplings.items():
        quanta = jnp.abs(amplitudes[..., mode_index(state.model, name)]) ** 2
        result[name] = g * jnp.sqrt(_over_cycle(state, quanta))
    return result


def mode_pair(model: Model, modes: tuple[str, str]) -> tuple[int, int]:
    """Positions of two different modes."""
    if len(modes) != 2 or modes[0] == modes[1]:
        raise InputError(f"Argument `modes` must name two different modes, but is {modes!r}.")
    return mode_index(model, modes[0]), mode_index(model, modes[1])


def relative_variance(covariance: jax.Array, i: int, j: int) -> jax.Array:
    """<dX_-^2 + dY_-^2> of modes i and j, covariance (..., 2n, 2n) to (...)."""
    minus = np.zeros((2, covariance.shape[-1]))
    for row in range(2):
        minus[row, 2 * i + row], minus[row, 2 * j + row] = np.sqrt(0.5), -np.sqrt(0.5)
    return jnp.einsum("rk,...kl,rl->...", minus, covariance, minus)


def gaussian_state(state: State, phase_variance: jax.Array | float | None = None) -> tuple[jax.Array, jax.Array]:
    """Amplitudes (..., n) and covariances (..., 2n, 2n) of a state; of a cycle, with that variance of the phase."""
    if phase_variance is not None and not isinstance(state, LimitCycle):
        raise InputError("Argument `phase_variance` goes with a limit cycle only; leave it out for other states.")
    if isinstance(state, LimitCycle):
        covariance = state.covariance
        if phase_variance is not None:
            # Where there is no covariance the tangents must not carry its NaN into derivatives.
            known = state.stable & jnp.isfinite(phase_variance)
            u = jnp.where(known, state.tangents, jax.lax.stop_gradient(state.tangents))
            mixed = u[:, :, None] * state.phase_correlation[:, None, :]
            covariance = covariance + mixed + jnp.swapaxes(mixed, 1, 2) + phase_variance * u[:, :, None] * u[:, None, :]
        return state.orbit, covariance
    if state.covariance is None:
        raise InputError("Argument `state` is a trajectory without covariance: call simulate with covariance=True.")
    return jnp.asarray(state.amplitudes), jnp.asarray(state.covariance)


def _over_cycle(state, values):
    return jnp.mean(values, axis=-1) if isinstance(state, LimitCycle) else values
