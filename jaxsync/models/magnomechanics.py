"""Cavity magnomechanics: a YIG sphere in a microwave cavity (J. Li, S.-Y. Zhu, G. S. Agarwal, Phys. Rev. Lett. 121,
203601 (2018))."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import InputError
from jaxsync.models.base import Model, parameter
from jaxsync.models.laboratory import refuse_negative_temperature, refuse_unless_positive, thermal_occupation
from jaxsync.models.ports import Port

GYROMAGNETIC_RATIO = 2 * np.pi * 28e9
"""Of the electron spin in YIG, rad/s per tesla."""

SPIN_DENSITY = 4.22e27
"""Of YIG, per cubic metre."""


class CavityMagnomechanics(Model):
    """Microwave photon `a`, magnon `m`, phonon `b` = (q + i p) / sqrt2; frequencies and rates in units of omega_b.

    The paper's Langevin equations, its Eq. (2), with Brownian damping of the phonon, that is of its momentum alone:

        a' = -(kappa_a + i Delta_a) a - i g_ma m
        m' = -(kappa_m + i Delta_m0) m - i g_ma a - i g_mb m q + Omega
        q' = omega_b p
        p' = -omega_b q - gamma_b p - g_mb |m|^2

    Two fields are properties of the working point, from which the drive Omega and the bare detuning Delta_m0 follow:
    `delta_m`, the paper's effective magnon detuning Delta_m = Delta_m0 + g_mb q_s, and `coupling`, its effective
    coupling G = i sqrt2 g_mb m_s, made real by the phase of the drive, so that m_s = -i |m_s|.

    Example:
        >>> import jaxsync as js
        >>> model = js.models.CavityMagnomechanics()
        >>> print(js.find_fixed_point(model, model.working_point()).outcome)
        fixed point
    """

    modes: ClassVar[tuple[str, ...]] = ("a", "m", "b")

    omega_b: float = parameter(default=1.0, nonnegative=True)
    """Frequency of the phonon, the unit of all others."""
    gamma_b: float = parameter(default=1e-5, nonnegative=True)
    """Damping rate of the phonon's momentum (an energy rate)."""
    kappa_a: float = parameter(default=0.1, nonnegative=True)
    """Amplitude decay rate of the photon."""
    kappa_m: float = parameter(default=0.1, nonnegative=True)
    """Amplitude decay rate of the magnon."""
    delta_a: float = -1.0
    """Detuning of the photon; positive is red-detuned drive."""
    delta_m: float = 0.9
    """Effective detuning of the magnon at the working point."""
    g_ma: float = 0.32
    """Coupling of photon and magnon."""
    g_mb: float = 2e-8
    """Single-magnon coupling to q, whose vacuum variance is 1/2; not zero."""
    coupling: float = 0.48
    """Effective magnomechanical coupling G at the working point."""
    nbar_a: float = parameter(default=0.0, nonnegative=True)
    """Mean thermal photons."""
    nbar_m: float = parameter(default=0.0, nonnegative=True)
    """Mean thermal magnons."""
    nbar_b: float = parameter(default=0.0, nonnegative=True)
    """Mean thermal phonons of the bath."""
    external: float = parameter(default=1.0, nonnegative=True, largest=1.0)
    """Share of kappa_a that goes into the microwave line, the rest being lost inside."""

    @property
    def magnon_amplitude(self) -> jax.Array:
        """|m_s| at the working point."""
        return self.coupling / (np.sqrt(2) * self.g_mb)

    @property
    def bare_detuning(self) -> jax.Array:
        """Delta_m0, the magnon's detuning without the phonon's displacement."""
        return self.delta_m - self.g_mb * self._displacement()

    @property
    def drive(self) -> jax.Array:
        """Rabi frequency Omega of the microwave drive, complex."""
        _, m, _ = self.working_point()
        photon = self.g_ma**2 / (self.kappa_a + 1j * self.delta_a)
        return (self.kappa_m + 1j * self.delta_m + photon) * m

    def working_point(self) -> jax.Array:
        """Amplitudes (3,) of the fixed point that `delta_m` and `coupling` refer to."""
        m = -1j * self.magnon_amplitude
        a = -1j * self.g_ma * m / (self.kappa_a + 1j * self.delta_a)
        return jnp.stack([a, m, self._displacement() * np.sqrt(0.5) + 0j])

    def rates(self, amplitudes):
        """The Langevin equations of the class without their noise."""
        a, m, b = amplitudes
        q = np.sqrt(2) * b.real
        magnons = m.real**2 + m.imag**2
        detuning = self.bare_detuning + self.g_mb * q
        return jnp.stack(
            [
                -(self.kappa_a + 1j * self.delta_a) * a - 1j * self.g_ma * m,
                -(self.kappa_m + 1j * detuning) * m - 1j * self.g_ma * a + self.drive,
                -1j * self.omega_b * b - 1j * (self.gamma_b * b.imag + self.g_mb * magnons * np.sqrt(0.5)),
            ]
        )

    def diffusion(self):
        """Diagonal of Q: kappa (2 n + 1) for photon and magnon, 0 for q, gamma_b (2 n + 1) for p."""
        photon, magnon = self.kappa_a * (2 * self.nbar_a + 1), self.kappa_m * (2 * self.nbar_m + 1)
        per_quadrature = (photon, photon, magnon, magnon, 0.0, self.gamma_b * (2 * self.nbar_b + 1))
        return jnp.stack([jnp.asarray(q, dtype=float) for q in per_quadrature])

    def thermal_occupations(self):
        return jnp.stack([jnp.asarray(n, dtype=float) for n in (self.nbar_a, self.nbar_m, self.nbar_b)])

    def couplings(self):
        return {"m": np.sqrt(0.5) * self.g_mb}

    def ports(self):
        """Microwaves in and out of the cavity, with its thermal photons."""
        return {"microwave": Port("a", self.external * self.kappa_a, self.nbar_a)}

    def _displacement(self):
        return -self.g_mb * self.magnon_amplitude**2 / self.omega_b

    @classmethod
    def from_si(
        cls,
        omega_b: float,
        *,
        omega_a: float,
        omega_m: float,
        gamma_b: float,
        kappa_a: float,
        kappa_m: float,
        g_ma: float,
        delta_a: float,
        delta_m: float,
        temperature: float,
        g_mb: float = 2 * np.pi * 0.2,
        coupling: float | None = None,
        drive_field: float | None = None,
        diameter: float = 250e-6,
    ) -> "CavityMagnomechanics":
        """A model from laboratory values: frequencies, rates, couplings, detunings in rad/s, `temperature` in kelvin.

        How hard the magnon is driven is given by the effective `coupling` G in rad/s, or by the amplitude `drive_field`
        of the microwave's magnetic field in tesla on a sphere of `diameter` in m: then Omega = (sqrt5 / 4) gamma
        sqrt(N) B_0 with N spins, and G = sqrt2 g_mb |m_s|, where `delta_m` is the effective detuning again. Raises
        `InputError` for values that are not positive and unless exactly one of `coupling` and `drive_field` is given.
        """
        refuse_unless_positive(omega_b=omega_b, omega_a=omega_a, omega_m=omega_m, g_mb=g_mb, diameter=diameter)
        refuse_negative_temperature(temperature)
        if (coupling is None) == (drive_field is None):
            raise InputError("Arguments `coupling` and `drive_field` exclude each other; give one of them.")
        if coupling is None:
            spins = SPIN_DENSITY * np.pi / 6 * diameter**3
            rabi = np.sqrt(5) / 4 * GYROMAGNETIC_RATIO * np.sqrt(spins) * drive_field
            response = kappa_m + 1j * delta_m + g_ma**2 / (kappa_a + 1j * delta_a)
            coupling = float(np.sqrt(2) * g_mb * rabi / abs(response))
        rates = {"gamma_b": gamma_b, "kappa_a": kappa_a, "kappa_m": kappa_m, "delta_a": delta_a, "delta_m": delta_m}
        rates |= {"g_ma": g_ma, "g_mb": g_mb, "coupling": coupling}
        return cls(
            **{name: value / omega_b for name, value in rates.items()},
            nbar_a=thermal_occupation(omega_a, temperature),
            nbar_m=thermal_occupation(omega_m, temperature),
            nbar_b=thermal_occupation(omega_b, temperature),
        )
