"""Entanglement, purity, squeezing and steering of states; what is computed from a covariance is in `covariances`.

All measures give one number for a fixed point, one per time for a trajectory or an ensemble, and for the states that a
limit cycle goes through, `cycle.at(time)`, the mean over the cycle; NaN where there is no covariance. A limit cycle
itself is refused: its transverse covariance is what is left when the common phase is known exactly, a reference that
breaks the uncertainty relation, so that entanglement, purity or squeezing read off it can exceed those of any state.
"""

from collections.abc import Mapping, Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxsync.errors import InputError
from jaxsync.measures import covariances
from jaxsync.models.base import Model
from jaxsync.models.equations import mode_index, pair_of
from jaxsync.states.state import State

Side = str | Sequence[str]
"""The modes on one side of a bipartition."""


def logarithmic_negativity(state: State, modes: tuple[Side, Side] | None = None) -> Float[Array, "*times"]:
    """E_N = max(0, -ln 2 nu_minus), natural logarithm, between two sides; zero for what is not entangled.

    nu_minus is the smallest symplectic eigenvalue of the partially transposed covariance (with more than one mode on
    both sides: the sum over all below 1/2).

    Args:
        state: A Gaussian state; of a limit cycle, `cycle.at(time)`.
        modes: The two sides, each one name or several; None is the model's pair.

    Returns:
        One number, or one per time.

    Raises:
        InputError: For a limit cycle, for unknown or repeated modes, and where modes are due that are not given.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=8.0, drive_m=1.0))
        >>> f"{js.logarithmic_negativity(state, ('a', 'b2')):.3f}"
        '0.036'
    """
    V, first = _bipartition(state, modes)
    return state.average(covariances.negativity(V, first))


def gaussian_steering(state: State, modes: tuple[Side, Side] | None = None) -> Float[Array, "*times"]:
    """How well Gaussian measurements on the first side steer the second; exchange the two for the other way.

    Args, result and errors as for `logarithmic_negativity`; in nats (Kogias et al., PRL 114, 060403 (2015)).

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=8.0, drive_m=1.0))
        >>> float(js.gaussian_steering(state, ("a", "b2"))) >= 0
        True
    """
    V, first = _bipartition(state, modes)
    return state.average(covariances.steerability(V, first))


def residual_contangle(state: State, modes: tuple[str, str, str] | None = None) -> Float[Array, "*times"]:
    """Minimum residual contangle of three modes, min of E_i|jk^2 - E_i|j^2 - E_i|k^2 over the choice of i.

    Args:
        state: A Gaussian state; of a limit cycle, `cycle.at(time)`.
        modes: Names of three modes; None stands for all of a model that has three.

    Returns:
        One number, or one per time; above zero for genuine tripartite entanglement.

    Raises:
        InputError: As for `logarithmic_negativity`.

    Example:
        >>> import jaxsync as js
        >>> model = js.models.CavityMagnomechanics()
        >>> f"{js.residual_contangle(js.find_fixed_point(model, model.working_point())):.3f}"
        '0.028'
    """
    modes = state.model.modes if modes is None else modes  # type: ignore[assignment]
    if isinstance(modes, str) or len(modes) != 3:  # type: ignore[arg-type]
        raise InputError(f"Argument `modes` must name three different modes, but is {modes!r}.")
    return state.average(covariances.residual_contangle(_covariance(state, modes)))  # type: ignore[arg-type]


def symplectic_eigenvalues(state: State, modes: Side | None = None) -> Float[Array, "*times k"]:
    """Symplectic eigenvalues of some modes, smallest first, (k,); from 1/2 on for a physical state.

    Args:
        state: A Gaussian state; of a limit cycle, `cycle.at(time)`.
        modes: One name or several; None stands for all.

    Returns:
        k numbers, or k per time.

    Raises:
        InputError: As for `logarithmic_negativity`.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=1.0, drive_m=1.0))
        >>> bool(js.symplectic_eigenvalues(state)[0] >= 0.5)
        True
    """
    spectrum = covariances.symplectic_spectrum(_covariance(state, modes))
    return jnp.moveaxis(state.average(jnp.moveaxis(spectrum, -1, 0)), 0, -1)


def purity(state: State, modes: Side | None = None) -> Float[Array, "*times"]:
    """Tr rho^2 of some modes: 1 for a pure state.

    Args, result and errors as for `symplectic_eigenvalues`, but one number in place of k.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=1.0, drive_m=1.0))
        >>> bool(js.purity(state) <= 1)
        True
    """
    return state.average(covariances.purity(_covariance(state, modes)))


def minimum_variance(state: State, modes: Side | Mapping[str, complex] | None = None) -> Float[Array, "*times"]:
    """Smallest variance of any quadrature; 1/2 in vacuum.

    Args:
        state: A Gaussian state; of a limit cycle, `cycle.at(time)`.
        modes: A name; several names, for the smallest variance over all their normalized combinations; names with
            complex weights, {"b1": 1, "b2": -1}, for the quadratures of that one combination, normalized; or None for
            the model's pair.

    Returns:
        One number, or one per time.

    Raises:
        InputError: As for `logarithmic_negativity`, and for weights that are all zero or not finite.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=1.0, drive_m=1.0))
        >>> f"{js.minimum_variance(state, 'b1'):.2f}"
        '0.50'
    """
    if isinstance(modes, Mapping):
        return state.average(covariances.minimum_variance(_combination(state, modes)))
    chosen = pair_of(state.model, None) if modes is None else modes
    return state.average(covariances.minimum_variance(_covariance(state, chosen)))


def squeezing_db(state: State, modes: Side | Mapping[str, complex] | None = None) -> Float[Array, "*times"]:
    """How far the smallest variance lies below that of vacuum, -10 log10(2 variance), in dB.

    Negative: nothing is squeezed. Of the states of a cycle, the squeezing of the mean variance. Args and errors as for
    `minimum_variance`.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=1.0, drive_m=1.0))
        >>> bool(js.squeezing_db(state, "b1") < 0.01)
        True
    """
    return -10 * jnp.log10(2 * minimum_variance(state, modes))


def _bipartition(state, modes):
    """Covariance of all named modes, first side first, and the number of modes on the first side."""
    modes = pair_of(state.model, None) if modes is None else modes
    if isinstance(modes, str) or len(modes) != 2:
        raise InputError(f"Argument `modes` must name the two sides of a bipartition, but is {modes!r}.")
    first, second = (_names(side) for side in modes)
    if not (first and second):
        raise InputError(
            f"Argument `modes` must name the two sides of a bipartition, each of at least one mode, but is {modes!r}."
        )
    return _covariance(state, first + second), len(first)


def _covariance(state, modes):
    names = state.model.modes if modes is None else _names(modes)
    return covariances.select_modes(_whole(state), _indices(state.model, names))


def _combination(state, weights):
    indices = _indices(state.model, tuple(weights))
    values = np.asarray(list(weights.values()), dtype=complex)
    norm = np.linalg.norm(values)
    if not (np.isfinite(norm) and norm > 0):
        raise InputError(f"Argument `modes` must have finite weights that are not all zero, but is {weights!r}.")
    return covariances.combine(covariances.select_modes(_whole(state), indices), values / norm)


def _whole(state):
    # A limit cycle refuses `covariance`, a trajectory that has none refuses `reference_covariance`.
    return jnp.asarray(state.reference_covariance if state.covariance is None else state.covariance)


def _names(side: Side) -> tuple[str, ...]:
    return (side,) if isinstance(side, str) else tuple(side)


def _indices(model: Model, names: tuple[str, ...]) -> tuple[int, ...]:
    if not names or len(set(names)) < len(names):
        raise InputError(f"Argument `modes` must name different modes, each once, but is {names!r}.")
    return tuple(mode_index(model, name) for name in names)
