"""Fabry-Perot cavities with a movable mirror, told by their effective detuning (D. Vitali, S. Gigan, A. Ferreira, H. R.
Boehm, P. Tombesi, A. Guerreiro, V. Vedral, A. Zeilinger, M. Aspelmeyer, Phys. Rev. Lett. 98, 030405 (2007)), or by the
bare one, with a drive that may be modulated (A. Mari, J. Eisert, Phys. Rev. Lett. 103, 213603 (2009)).

The Langevin equations of both, with Brownian damping, that is of the momentum alone:

    q' = omega_m p
    p' = -omega_m q - gamma_m p + g_0 |a|^2
    a' = -(kappa + i Delta_0) a + i g_0 a q + E
"""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import InputError
from jaxsync.models.base import Model, parameter
from jaxsync.models.constants import PLANCK_REDUCED, SPEED_OF_LIGHT
from jaxsync.models.laboratory import refuse_negative_temperature, refuse_unless_positive, thermal_occupation
from jaxsync.models.modulation import modulate
from jaxsync.models.ports import Port


class FabryPerot(Model):
    """Mirror `b`, b = (q + i p) / sqrt2, and cavity mode `a`; frequencies and rates in units of omega_m.

    `delta` is the paper's effective detuning Delta = Delta_0 - g_0 q_s at the working point, where the cavity field is
    alpha = |E| / |kappa + i Delta| and the mirror rests at q_s = g_0 alpha^2 / omega_m: the bare detuning Delta_0
    follows from it, and so does the phase of E that makes alpha real, as in the paper. With Brownian damping and white
    noise the uncertainty relation can fail by the order of gamma_m / omega_m (at n near 0).

    Example:
        >>> import jaxsync as js
        >>> model = js.models.FabryPerot()
        >>> print(js.find_fixed_point(model, model.working_point()).outcome)
        fixed point
    """

    modes: ClassVar[tuple[str, ...]] = ("b", "a")
    pair: ClassVar[tuple[str, str]] = ("b", "a")

    omega_m: float = parameter(default=1.0, nonnegative=True)
    """Frequency of the mirror, the unit of all others."""
    gamma_m: float = parameter(default=1e-5, nonnegative=True)
    """Damping rate of the mirror's momentum (an energy rate)."""
    kappa: float = parameter(default=1.4, nonnegative=True)
    """Amplitude decay rate of the cavity."""
    delta: float = 1.0
    """Effective detuning at the working point; positive is red-detuned drive."""
    g_0: float = 2e-5
    """Single-photon coupling G_0 in the paper's normalization: to q, whose vacuum variance is 1/2."""
    drive: float = parameter(default=1e5, nonnegative=True)
    """Modulus of the drive amplitude E."""
    nbar: float = parameter(default=0.0, nonnegative=True)
    """Mean thermal phonons of the mirror's bath."""
    external: float = parameter(default=1.0, nonnegative=True, largest=1.0)
    """Share of kappa that goes into the light that is detected, the rest being lost inside."""

    @property
    def alpha(self) -> jax.Array:
        """Cavity amplitude at the working point, real."""
        return self.drive / jnp.sqrt(self.kappa**2 + self.delta**2)

    @property
    def coupling(self) -> jax.Array:
        """Effective coupling G = sqrt2 g_0 alpha of the linearized equations."""
        return np.sqrt(2) * self.g_0 * self.alpha

    @property
    def bare_detuning(self) -> jax.Array:
        """Delta_0, the detuning from the empty cavity."""
        return self.delta + self.g_0 * self._displacement()

    def working_point(self) -> jax.Array:
        """Amplitudes (2,) of the fixed point that `delta` refers to; where several exist, a guess that leads there."""
        return jnp.stack([self._displacement() * np.sqrt(0.5), self.alpha]).astype(complex)

    def rates(self, amplitudes):
        """The Langevin equations of the class without their noise."""
        # E / (kappa + i delta) is real.
        drive = (self.kappa + 1j * self.delta) * self.alpha
        return _langevin(self, amplitudes, self.bare_detuning, drive)

    def diffusion(self):
        """Diagonal of Q: 0 for q, gamma_m (2 n + 1) for p, kappa for the cavity's quadratures."""
        return _diffusion(self)

    def thermal_occupations(self):
        return jnp.stack([jnp.asarray(self.nbar, dtype=float), jnp.zeros(())])

    def couplings(self):
        return {"a": np.sqrt(0.5) * self.g_0}

    def ports(self):
        """Light in and out of the cavity."""
        return {"light": Port("a", self.external * self.kappa)}

    def _displacement(self):
        return self.g_0 * self.alpha**2 / self.omega_m

    @classmethod
    def from_si(
        cls,
        omega_m: float,
        *,
        gamma_m: float,
        mass: float,
        length: float,
        wavelength: float,
        finesse: float,
        power: float,
        temperature: float,
        delta: float,
    ) -> "FabryPerot":
        """A model from laboratory values, all SI: rad/s, kg, m, W, K; `delta` is the effective detuning in rad/s.

        kappa = pi c / (length finesse), |E| = sqrt(2 power kappa / (hbar omega_laser)) and G_0 = (omega_c / length)
        sqrt(hbar / (mass omega_m)), as in the paper; the frequencies of cavity and laser, which differ by one part in
        10^7, are both 2 pi c / wavelength. Raises `InputError` for values that are not positive.
        """
        rates = _scaled(omega_m, gamma_m, mass, length, wavelength, finesse / 2, temperature)
        return cls(**rates, delta=delta / omega_m, drive=_drive(omega_m, rates["kappa"], wavelength, power))


class DrivenCavity(Model):
    """Mirror `b`, b = (q + i p) / sqrt2, and cavity mode `a`; frequencies and rates in units of omega_m.

    Given by the bare detuning and a real drive amplitude, which may be modulated: `modulated`. With Brownian damping
    and white noise the uncertainty relation can fail by the order of gamma_m / omega_m (at n near 0).

    Example:
        >>> import jaxsync as js
        >>> model = js.models.DrivenCavity()
        >>> print(js.find_limit_cycle(model.modulated(sideband=2e4, period=3.0)).outcome)
        limit cycle
    """

    modes: ClassVar[tuple[str, ...]] = ("b", "a")
    pair: ClassVar[tuple[str, str]] = ("b", "a")

    omega_m: float = parameter(default=1.0, nonnegative=True)
    """Frequency of the mirror, the unit of all others."""
    gamma_m: float = parameter(default=1e-5, nonnegative=True)
    """Damping rate of the mirror's momentum (an energy rate)."""
    kappa: float = parameter(default=1.4, nonnegative=True)
    """Amplitude decay rate of the cavity."""
    delta_0: float = 1.0
    """Detuning from the empty cavity; positive is red-detuned drive."""
    g_0: float = 4e-6
    """Single-photon coupling G_0, to q, whose vacuum variance is 1/2."""
    drive: float = parameter(default=5e4, nonnegative=True)
    """Amplitude E of the drive."""
    nbar: float = parameter(default=0.0, nonnegative=True)
    """Mean thermal phonons of the mirror's bath."""

    def modulated(self, sideband: float, period: float) -> Model:
        """The cavity driven by E(t) = drive + 2 sideband cos(2 pi t / period): two sidebands of that amplitude each."""
        return modulate(self, {"drive": _with_sidebands}, period=period, sideband=sideband)

    def rates(self, amplitudes):
        """The Langevin equations of the module without their noise."""
        return _langevin(self, amplitudes, self.delta_0, self.drive)

    def diffusion(self):
        """Diagonal of Q: 0 for q, gamma_m (2 n + 1) for p, kappa for the cavity's quadratures."""
        return _diffusion(self)

    def thermal_occupations(self):
        return jnp.stack([jnp.asarray(self.nbar, dtype=float), jnp.zeros(())])

    def couplings(self):
        return {"a": np.sqrt(0.5) * self.g_0}

    @classmethod
    def from_si(
        cls,
        omega_m: float,
        *,
        gamma_m: float,
        mass: float,
        length: float,
        wavelength: float,
        finesse: float,
        power: float,
        temperature: float,
        delta_0: float,
        sideband_power: float = 0.0,
        modulation: float | None = None,
    ) -> Model:
        """A model from laboratory values, all SI: rad/s, kg, m, W, K; `delta_0` is the bare detuning in rad/s.

        `sideband_power` in each of two sidebands at plus and minus `modulation`, rad/s, makes it `modulated`. kappa is
        half of what it is in `FabryPerot.from_si`, pi c / (2 length finesse), as in the paper; E and G_0 as there.
        Raises `InputError` for values that are not positive, and for a sideband without a `modulation`.
        """
        rates = _scaled(omega_m, gamma_m, mass, length, wavelength, finesse, temperature)
        drive = _drive(omega_m, rates["kappa"], wavelength, power)
        cavity = cls(**rates, delta_0=delta_0 / omega_m, drive=drive)
        if sideband_power == 0 and modulation is None:
            return cavity
        if modulation is None or not modulation > 0:
            raise InputError(f"Argument `modulation` must be a positive frequency in rad/s, but is {modulation!r}.")
        sideband = _drive(omega_m, rates["kappa"], wavelength, sideband_power)
        return cavity.modulated(sideband, 2 * np.pi * omega_m / modulation)


def _with_sidebands(t, drive, sideband, period):
    return drive + 2 * sideband * jnp.cos(2 * np.pi * t / period)


def _langevin(model, amplitudes, detuning, drive):
    """The module's equations as velocities of (b, a)."""
    b, a = amplitudes
    q = np.sqrt(2) * b.real
    photons = a.real**2 + a.imag**2
    return jnp.stack(
        [
            -1j * model.omega_m * b + 1j * (model.g_0 * photons * np.sqrt(0.5) - model.gamma_m * b.imag),
            -(model.kappa + 1j * (detuning - model.g_0 * q)) * a + drive,
        ]
    )


def _diffusion(model):
    per_quadrature = (0.0, model.gamma_m * (2 * model.nbar + 1), model.kappa, model.kappa)
    return jnp.stack([jnp.asarray(q, dtype=float) for q in per_quadrature])


def _scaled(omega_m, gamma_m, mass, length, wavelength, finesse, temperature):
    """The fields that both classes have, in units of omega_m; kappa is pi c / (2 length finesse)."""
    refuse_unless_positive(omega_m=omega_m, mass=mass, length=length, wavelength=wavelength, finesse=finesse)
    refuse_negative_temperature(temperature)
    optical = 2 * np.pi * SPEED_OF_LIGHT / wavelength
    return {
        "gamma_m": gamma_m / omega_m,
        "kappa": np.pi * SPEED_OF_LIGHT / (2 * length * finesse) / omega_m,
        "g_0": optical / length * np.sqrt(PLANCK_REDUCED / (mass * omega_m)) / omega_m,
        "nbar": thermal_occupation(omega_m, temperature),
    }


def _drive(omega_m, kappa, wavelength, power):
    """Amplitude of a drive of some power, in units of omega_m, as `kappa` is."""
    refuse_unless_positive(power=power)
    optical = 2 * np.pi * SPEED_OF_LIGHT / wavelength
    return np.sqrt(2 * power * kappa / (PLANCK_REDUCED * optical * omega_m))
