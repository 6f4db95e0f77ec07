"""Entanglement, purity, squeezing and steering of states; what is computed from a covariance is in `covariances`.

All measures give one number for a fixed point, one per time for a trajectory or an ensemble, and for a limit cycle the
mean over the cycle, of the transverse covariance V_t if `phase_variance` is None, else of the physical state whose
common time shift has that variance (`cycle.phase_variance(t)`). V_t is what is left when the common phase is known
exactly: a reference that breaks the uncertainty relation, so that entanglement, purity or squeezing read off it can
exceed those of any state. Give `phase_variance` where the number is to be a property of a state. NaN where there is no
covariance.

`modes` are names; a side of a bipartition may be one name or several. `InputError` for names that the model does not
have or that repeat, and as for `complete_synchronization`.
"""

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import InputError
from jaxsync.fluctuations.around_limit_cycle import LimitCycle
from jaxsync.measures import covariances
from jaxsync.measures.synchronization import State, gaussian_state
from jaxsync.models.base import Model, mode_index

Side = str | Sequence[str]
"""The modes on one side of a bipartition."""

PhaseVariance = jax.Array | float | None


def logarithmic_negativity(
    state: State, modes: tuple[Side, Side] = ("b1", "b2"), phase_variance: PhaseVariance = None
) -> jax.Array:
    """E_N = max(0, -ln 2 nu_minus), natural logarithm, between the two sides; zero for what is not entangled.

    nu_minus is the smallest symplectic eigenvalue of the partially transposed covariance (with more than one mode on
    both sides: the sum over all below 1/2).
    """
    V, first = _bipartition(state, modes, phase_variance)
    return _over_cycle(state, covariances.negativity(V, first))


def gaussian_steering(
    state: State, modes: tuple[Side, Side] = ("b1", "b2"), phase_variance: PhaseVariance = None
) -> jax.Array:
    """How well Gaussian measurements on the first side steer the second; exchange the two for the other way."""
    V, first = _bipartition(state, modes, phase_variance)
    return _over_cycle(state, covariances.steerability(V, first))


def residual_contangle(state: State, modes: tuple[str, str, str], phase_variance: PhaseVariance = None) -> jax.Array:
    """Minimum residual contangle of three modes, min of E_i|jk^2 - E_i|j^2 - E_i|k^2 over the choice of i."""
    if len(modes) != 3:
        raise InputError(f"Argument `modes` must name three different modes, but is {modes!r}.")
    return _over_cycle(state, covariances.residual_contangle(_covariance(state, modes, phase_variance)))


def symplectic_eigenvalues(state: State, modes: Side | None = None, phase_variance: PhaseVariance = None) -> jax.Array:
    """Symplectic eigenvalues of some modes, all by default, smallest first, (k,); from 1/2 on for a physical state."""
    spectrum = covariances.symplectic_spectrum(_covariance(state, modes, phase_variance))
    return jnp.mean(spectrum, axis=-2) if isinstance(state, LimitCycle) else spectrum


def purity(state: State, modes: Side | None = None, phase_variance: PhaseVariance = None) -> jax.Array:
    """Tr rho^2 of some modes, all by default: 1 for a pure state.

    The transverse covariance of all modes of a cycle has no variance along the phase: give `phase_variance` there.
    """
    return _over_cycle(state, covariances.purity(_covariance(state, modes, phase_variance)))


def minimum_variance(
    state: State, mode: Side | Mapping[str, complex] = "b1", phase_variance: PhaseVariance = None
) -> jax.Array:
    """Smallest variance of any quadrature; 1/2 in vacuum.

    mode: a name; several names, for the smallest variance over all their normalized combinations; or names with complex
    weights, {"b1": 1, "b2": -1}, for the quadratures of that one combination, normalized.
    """
    if isinstance(mode, Mapping):
        V = _combination(state, mode, phase_variance)
    else:
        V = _covariance(state, mode, phase_variance)
    return _over_cycle(state, covariances.minimum_variance(V))


def squeezing_db(
    state: State, mode: Side | Mapping[str, complex] = "b1", phase_variance: PhaseVariance = None
) -> jax.Array:
    """How far the smallest variance lies below that of vacuum, -10 log10(2 variance); negative: nothing is squeezed.

    `mode` as for `minimum_variance`. Of a cycle, the squeezing of the mean variance.
    """
    return -10 * jnp.log10(2 * minimum_variance(state, mode, phase_variance))


def _bipartition(state, modes, phase_variance):
    """Covariance of all named modes, first side first, and the number of modes on the first side."""
    if isinstance(modes, str) or len(modes) != 2:
        raise InputError(f"Argument `modes` must name the two sides of a bipartition, but is {modes!r}.")
    first, second = (_names(side) for side in modes)
    if not (first and second):
        raise InputError(
            f"Argument `modes` must name the two sides of a bipartition, each of at least one mode, but is {modes!r}."
        )
    return _covariance(state, first + second, phase_variance), len(first)


def _covariance(state, modes, phase_variance):
    V = gaussian_state(state, phase_variance)[1]
    names = state.model.modes if modes is None else _names(modes)
    return covariances.select_modes(V, _indices(state.model, names))


def _combination(state, weights, phase_variance):
    indices = _indices(state.model, tuple(weights))
    values = np.asarray(list(weights.values()), dtype=complex)
    norm = np.linalg.norm(values)
    if not (np.isfinite(norm) and norm > 0):
        raise InputError(f"Argument `mode` must have finite weights that are not all zero, but is {weights!r}.")
    V = covariances.select_modes(gaussian_state(state, phase_variance)[1], indices)
    return covariances.combine(V, values / norm)


def _names(side: Side) -> tuple[str, ...]:
    return (side,) if isinstance(side, str) else tuple(side)


def _indices(model: Model, names: tuple[str, ...]) -> tuple[int, ...]:
    if not names or len(set(names)) < len(names):
        raise InputError(f"Argument `modes` must name different modes, each once, but is {names!r}.")
    return tuple(mode_index(model, name) for name in names)


def _over_cycle(state, values):
    return jnp.mean(values, axis=-1) if isinstance(state, LimitCycle) else values
