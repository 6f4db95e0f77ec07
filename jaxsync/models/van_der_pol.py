"""Quantum van der Pol oscillators, the standard of the synchronization literature: one quantum is gained at a time, two
are lost together.

    rho' = -i [H, rho] + gain D[a^+] rho + loss D[a^2] rho,  D[L] rho = L rho L^+ - {L^+ L, rho} / 2

The mean field keeps gain / (2 loss) quanta, and one more with the noise-induced drift. Sources: T. E. Lee, H. R.
Sadeghpour, Phys. Rev. Lett. 111, 234101 (2013); S. Walter, A. Nunnenkamp, C. Bruder, Phys. Rev. Lett. 112, 094102
(2014) and Ann. Phys. 527, 131 (2015). Some of the literature has 2 L rho L^+ - {L^+ L, rho} for D, half these rates.
"""

from typing import ClassVar

import jax.numpy as jnp

from jaxsync.models.base import parameter
from jaxsync.models.hamiltonian import HamiltonianModel


class QuantumVanDerPol(HamiltonianModel):
    """One quantum van der Pol oscillator `a`, which may have a Kerr effect and be driven; rates in any one unit.

    H = omega a^+ a + kerr a^+^2 a^2 + i drive (a^+ - a), with the jumps sqrt(gain) a^+ and sqrt(loss) a^2. Driven,
    omega is the detuning from the drive, oscillator less drive.

    Example:
        >>> import jaxsync as js
        >>> cycle = js.find_limit_cycle(js.models.QuantumVanDerPol(gain=1.0, loss=0.02))
        >>> f"{abs(cycle.amplitudes[0, 0]) ** 2:.3f}"
        '26.000'
    """

    modes: ClassVar[tuple[str, ...]] = ("a",)

    omega: float = 1.0
    """Frequency of the oscillator."""
    gain: float = parameter(default=1.0, nonnegative=True)
    """Rate at which single quanta are gained."""
    loss: float = parameter(default=0.05, nonnegative=True)
    """Rate at which pairs of quanta are lost."""
    kerr: float = 0.0
    """Kerr coefficient of a^+^2 a^2."""
    drive: float = 0.0
    """Amplitude of the drive, real."""

    def hamiltonian(self, z):
        """The Wigner symbol of H; that of a^+^2 a^2 is |z|^4 - 2 |z|^2 + 1/2."""
        quanta = (z[0] * z[0].conj()).real
        return self.omega * quanta + self.kerr * (quanta**2 - 2 * quanta) + 2 * self.drive * z[0].imag

    def jumps(self, z):
        """One quantum in, two out."""
        return jnp.sqrt(self.gain) * z[0].conj(), jnp.sqrt(self.loss) * z[0] ** 2


class VanDerPolPair(HamiltonianModel):
    """Two quantum van der Pol oscillators `a` and `b` with a common bath that damps their difference, D[a - b].

    H = omega_1 a^+ a + omega_2 b^+ b + exchange (a^+ b + b^+ a). Frequencies matter by their difference only: an equal
    part of both turns the frame.

    Example:
        >>> import jaxsync as js
        >>> print(js.find_limit_cycle(js.models.VanDerPolPair(loss=0.05)).outcome)
        limit cycle
    """

    modes: ClassVar[tuple[str, ...]] = ("a", "b")
    pair: ClassVar[tuple[str, str]] = ("a", "b")

    omega_1: float = 1.05
    """Frequency of oscillator a."""
    omega_2: float = 0.95
    """Frequency of oscillator b."""
    gain: float = parameter(default=1.0, nonnegative=True)
    """Rate at which each gains single quanta."""
    loss: float = parameter(default=0.05, nonnegative=True)
    """Rate at which each loses pairs of quanta."""
    coupling: float = parameter(default=2.0, nonnegative=True)
    """Rate of the common bath D[a - b]."""
    exchange: float = 0.0
    """Coherent exchange of quanta."""

    def hamiltonian(self, z):
        """The Wigner symbol of H."""
        a, b = z
        quanta = (z * z.conj()).real
        return self.omega_1 * quanta[0] + self.omega_2 * quanta[1] + 2 * self.exchange * (a.conj() * b).real

    def jumps(self, z):
        """Of both oscillators one quantum in, two out; then the common bath."""
        own = jnp.concatenate([jnp.sqrt(self.gain) * z.conj(), jnp.sqrt(self.loss) * z**2])
        return jnp.append(own, jnp.sqrt(self.coupling) * (z[0] - z[1]))
