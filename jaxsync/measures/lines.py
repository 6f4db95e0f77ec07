"""The lines of a limit cycle: its harmonics, each with its power and with the width that phase diffusion gives it.

The k-th harmonic o_k of a mode is a Lorentzian of full width Gamma_k = (k Omega)^2 D about k Omega (A. Demir, A.
Mehrotra, J. Roychowdhury, IEEE Trans. Circuits Syst. I 47, 655 (2000)).
"""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxsync.errors import InputError
from jaxsync.measures.probe import check_stable, probe_of, read_look
from jaxsync.models.equations import to_quadratures
from jaxsync.numerics.response import harmonics_of
from jaxsync.states.cycle import LimitCycle


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, repr=False)
class Lines:
    """Harmonics of a cycle, k from -m to m without the one at rest.

    numbers: k, (2m,). frequencies: k Omega, (2m,). powers: |o_k|^2, (2m,), in quanta, or quanta per time out of a port.
    widths: full widths at half maximum, (2m,).

    Example:
        >>> import jaxsync as js
        >>> lines = js.spectral_lines(js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5)), "b1")
        >>> int(lines.numbers[lines.powers.argmax()])
        1
    """

    numbers: Int[Array, " 2m"]
    frequencies: Float[Array, " 2m"]
    powers: Float[Array, " 2m"]
    widths: Float[Array, " 2m"]

    def density(self, frequencies: jax.Array) -> Float[Array, " f"]:
        """The sum of the lines at frequencies w, (f,), per dw / 2 pi."""
        return line_shape(self.frequencies, self.powers, self.widths, jnp.asarray(frequencies, dtype=float))

    def __repr__(self) -> str:
        return f"Lines({self.numbers.size} harmonics)"


def spectral_lines(
    cycle: LimitCycle, mode: str | None = None, *, port: str | None = None, harmonics: int = 20
) -> Lines:
    """Power and width of each harmonic of a mode, or of what comes out of a port (without its static part).

    Args:
        cycle: A stable limit cycle.
        mode: The mode; or
        port: The port.
        harmonics: How many to either side; the cycle's samples tell half their number apart.

    Returns:
        The lines.

    Raises:
        InputError: For an unknown mode or port, unless exactly one is given, for too many harmonics, and for a
            cycle that is not stable.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> js.spectral_lines(cycle, port="light", harmonics=3).numbers.tolist()
        [-3, -2, -1, 1, 2, 3]
    """
    if (mode is None) == (port is None):
        raise InputError("Arguments `mode` and `port` exclude each other; give one of them.")
    check_stable(cycle, LimitCycle, argument="cycle")
    look = read_look(cycle.model, mode, port, None, "symmetric")
    numbers = harmonics_told_apart(cycle.tangents.shape[-2])
    if not 1 <= harmonics <= len(numbers) // 2:
        raise InputError(
            f"Argument `harmonics` must be from 1 to {len(numbers) // 2}, half the cycle's samples, but is {harmonics}."
        )
    numbers = numbers[np.abs(numbers) <= harmonics]
    points = to_quadratures(cycle.amplitudes)
    values = harmonics_of(points, numbers) @ probe_of(cycle.model, look, 0.0, points.shape[-1]).rows[0]
    return Lines(
        numbers=jnp.asarray(numbers),
        frequencies=2 * jnp.pi / cycle.period * numbers,
        powers=values.real**2 + values.imag**2,
        widths=line_widths(cycle, numbers),
    )


def linewidth(cycle: LimitCycle, harmonic: int = 1) -> Float[Array, ""]:
    """Full width at half maximum of a harmonic, Gamma_k = (k Omega)^2 D, an angular frequency.

    Args:
        cycle: A stable limit cycle.
        harmonic: k, not zero.

    Returns:
        The width; NaN inside transformations where the cycle is not stable.

    Raises:
        InputError: For a harmonic that is zero or no whole number, and for a cycle that is not stable.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> f"{float(js.linewidth(cycle, 2) / js.linewidth(cycle)):.3f}"
        '4.000'
    """
    if not isinstance(harmonic, int | np.integer) or isinstance(harmonic, bool) or harmonic == 0:
        raise InputError(f"Argument `harmonic` must be a whole number other than zero, but is {harmonic!r}.")
    check_stable(cycle, LimitCycle, argument="cycle")
    return line_widths(cycle, np.array([harmonic]))[0]


def line_widths(cycle: LimitCycle, numbers: np.ndarray) -> jax.Array:
    """Gamma_k, (m,), for the harmonics k, (m,)."""
    return (2 * jnp.pi / cycle.period * numbers) ** 2 * cycle.phase_diffusion


def line_shape(places: jax.Array, powers: jax.Array, widths: jax.Array, w: jax.Array) -> jax.Array:
    """The sum of Lorentzians, (f,), per dw / 2 pi, of these powers and full widths at half maximum, (m,)."""
    distance = (w[:, None] - places[None]) ** 2 + widths[None] ** 2 / 4
    # A line without width is nowhere but at its place, where its density has no value.
    safe = jnp.where(distance > 0, distance, 1.0)
    return jnp.sum(jnp.where(distance > 0, (powers * widths)[None] / safe, jnp.inf), axis=1)


def harmonics_told_apart(samples: int) -> np.ndarray:
    """All harmonics that so many samples of a period tell apart, without the one at rest."""
    most = (samples - 1) // 2
    return np.concatenate([np.arange(-most, 0), np.arange(1, most + 1)])
