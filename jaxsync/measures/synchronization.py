"""How well two modes are synchronized, from the means and covariances of any state.

Relative quadratures are O_- = (O_1 - O_2)/sqrt2. Measures give one number for a fixed point, one per time for a
trajectory or an ensemble, and for a limit cycle, or the states it goes through (`cycle.at(time)`), the mean over the
cycle.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxsync.errors import InputError
from jaxsync.models.equations import mode_index, pair_indices
from jaxsync.states.state import State

Modes = tuple[str, str] | None
"""Names of two modes; None is the model's own pair."""


def complete_synchronization(
    state: State, modes: Modes = None, *, include_means: bool = False
) -> Float[Array, "*times"]:
    """S_Q = 1 / <dX_-^2 + dY_-^2>, Eq. (6), or S_C of Eq. (3) (Lai et al., Nat. Commun. 16, 8491 (2025)).

    Of a limit cycle it is the phase-referenced value, from the transverse covariance: what the modes keep when their
    common phase is known; it is not bounded by 1. Of `cycle.at(time)` it is that of the physical states.

    Args:
        state: Any state with a covariance.
        modes: The two modes; None is the model's pair.
        include_means: Whether the means are left in, which makes it S_C.

    Returns:
        One number, or one per time; NaN where there is no covariance.

    Raises:
        InputError: For unknown modes, a model without a pair where none is named, or a trajectory without covariance.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> f"{js.complete_synchronization(cycle):.6f} {js.complete_synchronization(cycle.at(1100.0)):.3f}"
        '0.318625 0.301'
    """
    i, j = pair_indices(state.model, modes)
    spread = relative_variance(jnp.asarray(state.reference_covariance), i, j)
    if include_means:
        difference = jnp.asarray(state.amplitudes[..., i] - state.amplitudes[..., j])
        spread = spread + difference.real**2 + difference.imag**2
    return state.average(1 / spread)


def phase_synchronization(state: State, modes: Modes = None) -> Float[Array, "*times"]:
    """S_p = 1 / (2 <dp'_-^2>), p' the quadrature along the motion of the phase (Mari et al., PRL 111, 103605 (2013)).

    p'_j = -sin(phi_j) dX_j + cos(phi_j) dY_j with phi_j = arg <b_j>. Of a limit cycle it is phase-referenced.

    Args:
        state: Any state with a covariance.
        modes: The two modes; None is the model's pair.

    Returns:
        One number, or one per time; NaN where there is no covariance.

    Raises:
        InputError: As for `complete_synchronization`.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> bool(js.phase_synchronization(cycle) > 0)
        True
    """
    i, j = pair_indices(state.model, modes)
    covariance = jnp.asarray(state.reference_covariance)
    directions = phase_quadratures(jnp.asarray(state.amplitudes), np.array([i, j]))
    along_phase = directions[..., 0, :] - directions[..., 1, :]
    variance = jnp.einsum("...k,...kl,...l->...", along_phase, covariance, along_phase) / 2
    return state.average(1 / (2 * variance))


def effective_couplings(state: State) -> dict[str, Float[Array, "*times"]]:
    """G_o = g_o |<o>| for each coupled mode: per time for a trajectory, the root mean square over a limit cycle.

    Args:
        state: Any state of a model with `couplings()`, which gives the names and the single-quantum couplings g.

    Returns:
        The effective couplings by the modes' names, in the unit of g.

    Raises:
        InputError: For a model without couplings.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> {name: round(float(G), 3) for name, G in js.effective_couplings(cycle).items()}
        {'a': 0.224, 'm': 0.179}
    """
    couplings = state.model.couplings()
    if not couplings:
        raise InputError(
            f"Argument `state` has a model without couplings: define the method couplings() of "
            f"{type(state.model).__name__}."
        )
    result = {}
    for name, g in couplings.items():
        quanta = jnp.abs(state.amplitudes[..., mode_index(state.model, name)]) ** 2
        result[name] = g * jnp.sqrt(state.average(quanta))
    return result


def relative_variance(covariance: jax.Array, i: int, j: int) -> jax.Array:
    """<dX_-^2 + dY_-^2> of modes i and j, covariance (..., 2n, 2n) to (...)."""
    minus = np.zeros((2, covariance.shape[-1]))
    for row in range(2):
        minus[row, 2 * i + row], minus[row, 2 * j + row] = np.sqrt(0.5), -np.sqrt(0.5)
    return jnp.einsum("rk,...kl,rl->...", minus, covariance, minus)


def phase_quadratures(amplitudes: jax.Array, indices: np.ndarray) -> jax.Array:
    """Of some modes the direction of p' = -sin(phi) dX + cos(phi) dY, amplitudes (..., n) to (..., k, 2n)."""
    z = amplitudes[..., indices]
    # At zero amplitude there is no phase, 0 stands in; an angle taken there would have NaN derivatives.
    phi = jnp.angle(jnp.asarray(jnp.where(z == 0, 1.0, z)))
    own = jnp.stack([-jnp.sin(phi), jnp.cos(phi)], axis=-1)
    where = np.eye(amplitudes.shape[-1])[indices]
    return jnp.einsum("...kq,kn->...knq", own, where).reshape(*phi.shape, -1)
