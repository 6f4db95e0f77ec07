"""What weak forces do to a cycle's phase: the range in which a tone locks it, and how two weakly coupled cycles lock.

A weak force e(t) on the quadratures shifts the time of a cycle at the rate v(t).e(t), v its `phase_response` with
v.u = 1 (Y. Kuramoto, Chemical Oscillations, Waves, and Turbulence, 1984; A. Pikovsky, M. Rosenblum, J. Kurths,
Synchronization, 2001, chapters 7 and 8).
"""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from jaxsync.errors import InputError
from jaxsync.measures.probe import check_stable
from jaxsync.models.base import is_traced
from jaxsync.models.equations import has_clock, mode_index, to_quadratures
from jaxsync.numerics.response import harmonics_of
from jaxsync.states.cycle import LimitCycle

Coupling = Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
"""From the amplitudes of two devices, (n1,) and (n2,), to what the coupling adds to the rates of each."""


def locking_range(cycle: LimitCycle, mode: str, amplitude: ArrayLike, harmonic: int = 1) -> Float[Array, ""]:
    """Half the range of frequencies in which a weak tone locks the cycle, to first order in the tone (Adler).

    The tone adds amplitude e^{-i w t} to the rate of the mode, w near k Omega; the cycle follows it for
    |w - k Omega| < |k| Omega sqrt2 |amplitude| |v_k|, v_k the k-th harmonic of v_X + i v_Y of the mode.

    Args:
        cycle: A stable limit cycle.
        mode: The mode that the tone drives.
        amplitude: Of the tone, in the unit of a drive: sqrt(2 rate) times what comes in at a port.
        harmonic: k, not zero.

    Returns:
        The half range, in the model's unit, proportional to the amplitude; NaN inside transformations where the cycle
        is not stable.

    Raises:
        InputError: For an unknown mode, an amplitude that is not finite, a harmonic that the cycle's samples do not
            tell, or a cycle that is not stable.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> f"{js.locking_range(cycle, 'b1', 0.1):.1e}"
        '2.7e-04'
    """
    check_stable(cycle, LimitCycle, argument="cycle")
    _check_free(cycle, "cycle")
    at = 2 * mode_index(cycle.model, mode)
    most = (cycle.tangents.shape[-2] - 1) // 2
    whole = isinstance(harmonic, int | np.integer) and not isinstance(harmonic, bool)
    if not whole or harmonic == 0 or abs(harmonic) > most:
        raise InputError(
            f"Argument `harmonic` must be a whole number other than zero, at most {most} in size, but is {harmonic!r}."
        )
    if not is_traced(amplitude) and not np.all(np.isfinite(np.asarray(amplitude))):
        raise InputError(f"Argument `amplitude` must be finite, but is {amplitude}; give the tone's amplitude.")
    v = jax.lax.complex(cycle.phase_response[:, at], cycle.phase_response[:, at + 1])
    v_k = jnp.where(cycle.stable, harmonics_of(v, np.array([harmonic]))[0], jnp.nan)
    return abs(harmonic) * 2 * jnp.pi / cycle.period * np.sqrt(2) * jnp.abs(jnp.asarray(amplitude)) * jnp.abs(v_k)


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, repr=False)
class PhaseCoupling:
    """How the phases of two weakly coupled cycles move each other.

    phases: psi, (m,), by which the second is ahead, from 0 to 2 pi. first, second: what the coupling adds to the two
    phases' frequencies, averaged over a turn, (m,). detuning: Omega_2 - Omega_1 without coupling, ().

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> found = js.phase_coupling(cycle, cycle, lambda z1, z2: (0.001j * z2, 0.001j * z1))
        >>> bool(found.locked)
        True
    """

    phases: Float[Array, " m"]
    first: Float[Array, " m"]
    second: Float[Array, " m"]
    detuning: Float[Array, ""]

    @property
    def drift(self) -> Float[Array, " m"]:
        """psi' at each psi: the detuning and what the coupling adds, (m,)."""
        return self.detuning + self.second - self.first

    @property
    def range(self) -> Float[Array, " 2"]:
        """The detunings between which the two lock: where psi' vanishes at some psi."""
        pull = self.first - self.second
        return jnp.stack([jnp.min(pull), jnp.max(pull)])

    @property
    def locked(self) -> Bool[Array, ""]:
        """Whether they lock at their own detuning."""
        low, high = self.range
        return (low < self.detuning) & (self.detuning < high)

    def __repr__(self) -> str:
        if is_traced(self) or self.phases.ndim != 1:
            return "PhaseCoupling(batch)"
        low, high = self.range
        word = "locked" if self.locked else "not locked"
        return f"PhaseCoupling({word}, detuning={float(self.detuning):.4g}, range={float(low):.4g}..{float(high):.4g})"


def phase_coupling(first: LimitCycle, second: LimitCycle, coupling: Coupling) -> PhaseCoupling:
    """The coupling functions of two cycles to first order in their coupling, by phase reduction.

    psi' = Omega_2 - Omega_1 + Omega_2 <v_2.g_2> - Omega_1 <v_1.g_1>, averaged over a turn at a fixed lead psi, where g
    is what the coupling adds to the velocities. Good where psi turns slowly against the cycles' frequencies and the
    coupling is weak against the rates at which deviations from the cycles decay.

    Args:
        first: A stable limit cycle of one device.
        second: A stable limit cycle of the other; both need the same number of samples.
        coupling: From the amplitudes of the two, (n1,) and (n2,), to what is added to their rates.

    Returns:
        The coupling functions, with the range of detunings in which the two lock.

    Raises:
        InputError: For cycles that are not stable, or have different numbers of samples.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> found = js.phase_coupling(cycle, cycle, lambda z1, z2: (0.001j * z2, 0.001j * z1))
        >>> float(found.detuning)
        0.0
    """
    for argument, cycle in (("first", first), ("second", second)):
        check_stable(cycle, LimitCycle, argument=argument)
        _check_free(cycle, argument)
    samples = first.tangents.shape[0]
    if second.tangents.shape[0] != samples:
        raise InputError(
            f"Arguments `first` and `second` must have as many samples, but have {samples} and "
            f"{second.tangents.shape[0]}; find both with the same js.Settings(steps=...)."
        )
    speeds = [2 * jnp.pi / cycle.period for cycle in (first, second)]

    def rates_at(lead):
        moved = jnp.roll(second.amplitudes, -lead, axis=0)
        added = jax.vmap(coupling)(first.amplitudes, moved)
        responses = first.phase_response, jnp.roll(second.phase_response, -lead, axis=0)
        return tuple(
            jnp.where(first.stable & second.stable, speed, jnp.nan) * jnp.mean(jnp.sum(v * to_quadratures(g), axis=1))
            for speed, v, g in zip(speeds, responses, added, strict=True)
        )

    leads = jnp.arange(samples)
    on_first, on_second = jax.vmap(rates_at)(leads)
    return PhaseCoupling(2 * jnp.pi * leads / samples, on_first, on_second, speeds[1] - speeds[0])


def _check_free(cycle, argument):
    if has_clock(cycle.model):
        raise InputError(f"Argument `{argument}` is a forced cycle, whose phase is the clock's: give a free one.")
