"""The spinning optomechanical sphere in contact with a magnomechanical one (Lai, Miranowicz, Nori, Nat. Commun. 16,
8491 (2025), DOI 10.1038/s41467-025-63408-z)."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from jaxsync.errors import InputError
from jaxsync.models.base import Model, parameter
from jaxsync.models.constants import SPEED_OF_LIGHT
from jaxsync.models.laboratory import refuse_negative_temperature, thermal_occupation
from jaxsync.models.ports import Port

NUMBERS = ("nbar_1", "nbar_2", "external_a", "external_m")
"""Fields that are plain numbers, in no unit."""


def sagnac_shift(
    angular_speed: ArrayLike,
    radius: ArrayLike,
    refractive_index: ArrayLike,
    wavelength: ArrayLike,
    dispersion: ArrayLike = 0.0,
) -> jax.Array:
    """Magnitude of the Sagnac-Fizeau shift of a spinning sphere's optical mode, in rad/s (the paper's Eq. (2)).

    Args:
        angular_speed: Of the sphere, in rad/s.
        radius: In m.
        refractive_index: Of the sphere.
        wavelength: In vacuum, in m.
        dispersion: d(index)/d(wavelength), in 1/m.

    Returns:
        The shift; light from the right sees minus this value, light from the left plus.

    Example:
        >>> import math
        >>> import jaxsync as js
        >>> shift = js.sagnac_shift(6e3, radius=1.1e-3, refractive_index=1.48, wavelength=1550e-9)
        >>> f"{shift / (2 * math.pi * 10e6):.4f}"
        '0.3425'
    """
    n = jnp.asarray(refractive_index, dtype=float)
    optical_frequency = 2 * jnp.pi * SPEED_OF_LIGHT / wavelength
    geometry = n * radius * optical_frequency / SPEED_OF_LIGHT
    return jnp.asarray(angular_speed * geometry * (1 - 1 / n**2 - wavelength / n * dispersion))


class OptoMagnoMechanical(Model):
    """Photon `a`, magnon `m`, phonon `b1` of the YIG sphere, phonon `b2` of the silica sphere.

    Frequencies and rates are in units of omega_1; kappa and gamma are amplitude decay rates. The Hamiltonian is the
    paper's Eq. (1), the defaults are those of its Fig. 1 without rotation.

    Example:
        >>> import jaxsync as js
        >>> js.OptoMagnoMechanical(kerr=-2e-5).reversed().kerr
        2e-05
    """

    modes: ClassVar[tuple[str, ...]] = ("a", "m", "b1", "b2")
    pair: ClassVar[tuple[str, str]] = ("b1", "b2")
    # Behind the transient at the paper's parameters; the paper does not say over which times it averages.
    window: ClassVar[tuple[float, float]] = (1000.0, 1200.0)
    ideal: ClassVar[Mapping[str, float]] = MappingProxyType({"kerr": 0.0, "nbar_1": 0.0, "nbar_2": 0.0})

    omega_1: float = parameter(default=1.0, nonnegative=True)
    """Frequency of phonon b1, the unit of all others."""
    omega_2: float = parameter(default=1.005, nonnegative=True)
    """Frequency of phonon b2."""
    gamma_1: float = parameter(default=0.005, nonnegative=True)
    """Amplitude decay rate of phonon b1."""
    gamma_2: float = parameter(default=0.005, nonnegative=True)
    """Amplitude decay rate of phonon b2."""
    kappa_a: float = parameter(default=0.15, nonnegative=True)
    """Amplitude decay rate of the photon."""
    kappa_m: float = parameter(default=0.2, nonnegative=True)
    """Amplitude decay rate of the magnon."""
    g_a: float = 0.005
    """Single-photon coupling to phonon b2."""
    g_m: float = 0.005
    """Single-magnon coupling to phonon b1."""
    chi: float = 0.02
    """Exchange coupling of the two phonons."""
    delta_a: float = -1.005
    """Photon detuning; negative is blue-detuned drive."""
    delta_m: float = -1.0
    """Magnon detuning; negative is blue-detuned drive."""
    kerr: float = parameter(default=0.0, reverses=True)
    """Magnon Kerr coefficient K; negative is the field along [110], the chosen direction."""
    sagnac: float = parameter(default=0.0, reverses=True)
    """Sagnac-Fizeau shift of the photon; negative is light from the right."""
    drive_a: float = 35.0
    """Amplitude of the optical drive."""
    drive_m: float = 35.0
    """Amplitude of the microwave drive."""
    nbar_1: float = parameter(default=0.0, nonnegative=True)
    """Mean thermal phonons of the bath of b1."""
    nbar_2: float = parameter(default=0.0, nonnegative=True)
    """Mean thermal phonons of the bath of b2."""
    external_a: float = parameter(default=1.0, nonnegative=True, largest=1.0)
    """Share of kappa_a that goes into the light that is detected, the rest being lost inside."""
    external_m: float = parameter(default=1.0, nonnegative=True, largest=1.0)
    """Share of kappa_m that goes into the microwave line, the rest being lost inside."""

    def rates(self, amplitudes):
        """Mean-field equations of motion that follow from Eq. (1); the Kerr term is 2 K |m|^2 here."""
        a, m, b1, b2 = amplitudes
        photons = a.real**2 + a.imag**2
        magnons = m.real**2 + m.imag**2
        detuning_a = self.delta_a + self.sagnac - 2 * self.g_a * b2.real
        detuning_m = self.delta_m + 2 * self.kerr * magnons - 2 * self.g_m * b1.real
        return jnp.stack(
            [
                -(self.kappa_a + 1j * detuning_a) * a + self.drive_a,
                -(self.kappa_m + 1j * detuning_m) * m + self.drive_m,
                -(self.gamma_1 + 1j * self.omega_1) * b1 + 1j * (self.chi * b2 + self.g_m * magnons),
                -(self.gamma_2 + 1j * self.omega_2) * b2 + 1j * (self.chi * b1 + self.g_a * photons),
            ]
        )

    def diffusion(self):
        """Diagonal of Q: amplitude decay times the bath's 2n + 1; light and magnons see vacuum."""
        per_mode = [
            self.kappa_a,
            self.kappa_m,
            self.gamma_1 * (2 * self.nbar_1 + 1),
            self.gamma_2 * (2 * self.nbar_2 + 1),
        ]
        return jnp.repeat(jnp.stack([jnp.asarray(q, dtype=float) for q in per_mode]), 2)

    def thermal_occupations(self):
        return jnp.stack([jnp.asarray(n, dtype=float) for n in (0.0, 0.0, self.nbar_1, self.nbar_2)])

    def couplings(self):
        return {"a": self.g_a, "m": self.g_m}

    def ports(self):
        """Light in and out of the photon, microwaves in and out of the magnon."""
        return {
            "light": Port("a", self.external_a * self.kappa_a),
            "microwave": Port("m", self.external_m * self.kappa_m),
        }

    def unit(self, field):
        return "1" if field in NUMBERS else "omega_1"

    @classmethod
    def from_si(
        cls,
        omega_1: float,
        *,
        angular_speed: float = 0.0,
        light_from: Literal["right", "left"] = "right",
        radius: float = 1.1e-3,
        refractive_index: float = 1.48,
        wavelength: float = 1550e-9,
        dispersion: float = 0.0,
        temperature: float | None = None,
        **rates: float,
    ) -> "OptoMagnoMechanical":
        """A model from laboratory values: every frequency, rate, coupling and drive in rad/s, lengths in m.

        omega_1 is the unit. `rates` are other fields by name, in rad/s; what is not given keeps its default ratio to
        omega_1. Shares are plain numbers; the occupations nbar are, too, or follow from `temperature` in kelvin. The
        Sagnac shift follows from the rotation and `light_from`, unless `sagnac` itself is given. Raises `InputError`
        for an omega_1 that is not positive, for an unknown field, and for a quantity given in two ways.
        """
        if not omega_1 > 0:
            raise InputError(f"Argument `omega_1` must be a positive frequency in rad/s, but is {omega_1}.")
        if light_from not in ("right", "left"):
            raise InputError(f"Argument `light_from` must be 'right' or 'left', but is {light_from!r}.")
        if "sagnac" in rates and angular_speed:
            raise InputError("Arguments `sagnac` and `angular_speed` exclude each other; give one of them.")
        given_nbar = {"nbar_1", "nbar_2"} & rates.keys()
        if given_nbar and temperature is not None:
            raise InputError("Arguments `nbar_1`, `nbar_2` and `temperature` exclude each other; give one kind.")
        fields = {name: value if name in NUMBERS else value / omega_1 for name, value in rates.items()}
        if "sagnac" not in fields:
            shift = sagnac_shift(angular_speed, radius, refractive_index, wavelength, dispersion)
            fields["sagnac"] = float(shift) / omega_1 * (-1 if light_from == "right" else 1)
        model = cls(**fields)
        if temperature is None:
            return model
        refuse_negative_temperature(temperature)
        return dataclasses.replace(
            model,
            nbar_1=thermal_occupation(omega_1 * model.omega_1, temperature),
            nbar_2=thermal_occupation(omega_1 * model.omega_2, temperature),
        )
