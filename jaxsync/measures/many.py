"""How well many modes are synchronized: order parameter, pairs as matrices, and all of them with their collective mode.

Phases are those of the amplitudes, arg z; a mode that does not oscillate has none, and counts as zero. As those of two,
measures of fluctuations give one result for a fixed point, one per time for a trajectory or an ensemble, and for a
limit cycle, or the states it goes through, the mean over the cycle.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxsync.errors import InputError
from jaxsync.measures.synchronization import phase_quadratures
from jaxsync.models.base import Model
from jaxsync.models.equations import mode_index
from jaxsync.states.state import State

Names = Sequence[str] | None
"""Names of two or more modes; None is all modes of the model."""


def kuramoto_order(state: State, modes: Names = None) -> Float[Array, "*times"]:
    """Kuramoto's order parameter |sum_j exp(i phi_j)| / N: 1 for modes in phase, near 1/sqrt(N) for random phases.

    Of an ensemble it is that of its trajectories, and the mean over them. Source: Y. Kuramoto, Chemical Oscillations,
    Waves, and Turbulence (Springer, 1984).

    Args:
        state: Any state.
        modes: Two or more modes; None is all.

    Returns:
        One number, or one per time, from 0 to 1.

    Raises:
        InputError: For unknown, repeated or fewer than two modes.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> f"{js.kuramoto_order(cycle, ('b1', 'b2')):.3f}"
        '1.000'
    """
    phasors = _phasors(state.realizations[..., _indices(state.model, modes)])
    order = jnp.mean(_modulus(jnp.mean(phasors, axis=-1)), axis=0)
    return state.average(order)


def phase_locking(state: State, modes: Names = None) -> Float[Array, "N N"]:
    """|<exp(i (phi_j - phi_k))>| of each pair, the mean over all times, samples and trajectories that the state has.

    1 for a difference of phases that stays, 0 for one that takes all values alike. Of a fixed point it is 1.

    Args:
        state: Any state; of a trajectory or an ensemble, its times are those that are averaged over.
        modes: Two or more modes; None is all.

    Returns:
        A symmetric matrix in the order of the modes; 0 for a mode that does not oscillate.

    Raises:
        InputError: As for `kuramoto_order`.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> array = js.models.VanDerPolArray(dissipation=[[0.0, 0.1], [0.1, 0.0]], omega=[1.0, 1.5])  # not locked
        >>> seen = js.simulate(array, jnp.linspace(100.0, 500.0, 801), [1.0, 1.0], covariance=False)
        >>> bool(js.phase_locking(seen)[0, 1] < 0.3)
        True
    """
    phasors = _phasors(state.realizations[..., _indices(state.model, modes)])
    seen = phasors.reshape(-1, phasors.shape[-1])
    return _modulus(seen.T @ seen.conj() / len(seen))


def synchronization_matrix(
    state: State, modes: Names = None, *, include_means: bool = False
) -> Float[Array, "*times N N"]:
    """S_Q of each pair of modes, as `complete_synchronization` has it of one.

    Args:
        state: Any state with a covariance.
        modes: Two or more modes; None is all.
        include_means: Whether the means are left in, which makes it S_C.

    Returns:
        A symmetric matrix in the order of the modes, or one per time; NaN on the diagonal, where there is no pair.

    Raises:
        InputError: As for `kuramoto_order`, and for a trajectory without covariance.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> f"{js.synchronization_matrix(cycle, ('b1', 'b2'))[0, 1]:.6f}"
        '0.318625'
    """
    return _averaged(state, _inverse(_spreads(state, _indices(state.model, modes), include_means)))


def phase_synchronization_matrix(state: State, modes: Names = None) -> Float[Array, "*times N N"]:
    """S_p of each pair of modes, as `phase_synchronization` has it of one.

    Args:
        state: Any state with a covariance.
        modes: Two or more modes; None is all.

    Returns:
        A symmetric matrix in the order of the modes, or one per time; NaN on the diagonal, where there is no pair.

    Raises:
        InputError: As for `synchronization_matrix`.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> js.phase_synchronization_matrix(cycle, ("m", "b1", "b2")).shape
        (3, 3)
    """
    indices = _indices(state.model, modes)
    directions = phase_quadratures(jnp.asarray(state.amplitudes), indices)
    variances = jnp.einsum("...jk,...kl,...ml->...jm", directions, jnp.asarray(state.reference_covariance), directions)
    return _averaged(state, _inverse(2 * _of_differences(variances)))


def collective_synchronization(
    state: State, modes: Names = None, *, include_means: bool = False
) -> Float[Array, "*times"]:
    """How closely N modes follow their collective mode A = sum_j o_j / sqrt(N): S_Q of two, for any number.

    (N - 1) over the sum of <dX^2 + dY^2> of the N - 1 modes orthogonal to A, which is tr V less that of A: the inverse
    of the mean over all pairs of what S_Q is the inverse of, bounded by 1 for any state. Of a limit cycle it is
    phase-referenced, as S_Q is.

    Args:
        state: Any state with a covariance.
        modes: Two or more modes; None is all.
        include_means: Whether the means are left in, as in S_C.

    Returns:
        One number, or one per time.

    Raises:
        InputError: As for `synchronization_matrix`.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.models.VanDerPolArray(), [3.0, 2.0, 1.0])
        >>> bool(js.collective_synchronization(cycle.at(50.0)) <= 1)
        True
    """
    spreads = _spreads(state, _indices(state.model, modes), include_means)
    N = spreads.shape[-1]
    return state.average(N * (N - 1) / jnp.sum(spreads, axis=(-2, -1)))


def _indices(model: Model, modes: Names) -> np.ndarray:
    names = model.modes if modes is None else modes
    if isinstance(names, str) or len(names) < 2 or len(set(names)) < len(names):
        raise InputError(f"Argument `modes` must name two or more different modes, but is {names!r}.")
    return np.array([mode_index(model, name) for name in names])


def _phasors(z: jax.Array) -> jax.Array:
    """exp(i arg z), and zero where z is."""
    silent = z == 0
    return jnp.where(silent, 0.0, z / _modulus(jnp.where(silent, 1.0, z)))


def _modulus(z: jax.Array) -> jax.Array:
    """|z|, whose derivative at zero, where there is none, is taken as zero."""
    square = z.real**2 + z.imag**2
    return jnp.where(square == 0, 0.0, jnp.sqrt(jnp.where(square == 0, 1.0, square)))


def _spreads(state: State, indices: np.ndarray, include_means: bool) -> jax.Array:
    """<dX_-^2 + dY_-^2> of each pair, (..., N, N)."""
    V = jnp.asarray(state.reference_covariance)
    X, Y = 2 * indices, 2 * indices + 1
    spreads = _of_differences(V[..., X[:, None], X] + V[..., Y[:, None], Y])
    if include_means:
        z = jnp.asarray(state.amplitudes)[..., indices]
        difference = z[..., :, None] - z[..., None, :]
        spreads = spreads + difference.real**2 + difference.imag**2
    return spreads


def _of_differences(covariance: jax.Array) -> jax.Array:
    """Variances of (o_j - o_k) / sqrt2 from the covariances of the o, (..., N, N) both."""
    own = jnp.diagonal(covariance, axis1=-2, axis2=-1)
    return (own[..., :, None] + own[..., None, :] - covariance - jnp.swapaxes(covariance, -1, -2)) / 2


def _inverse(matrix: jax.Array) -> jax.Array:
    """One over each element, NaN on the diagonal."""
    diagonal = np.eye(matrix.shape[-1], dtype=bool)
    return jnp.where(diagonal, jnp.nan, 1 / jnp.where(diagonal, 1.0, matrix))


def _averaged(state: State, matrices: jax.Array) -> jax.Array:
    """What `state.average` makes of matrices, (..., N, N), whose samples are on the axis before them."""
    if not state.closed:
        return matrices
    return state.average(jnp.moveaxis(matrices, -3, -1))
