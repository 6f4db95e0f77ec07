"""Optomechanical cells whose phonons exchange quanta: two of them (A. Mari, A. Farace, N. Didier, V. Giovannetti, R.
Fazio, Phys. Rev. Lett. 111, 103605 (2013)), and a chain of many identical ones.

In the notation of the paper, with amplitude decay rates and input noise sqrt(2 rate):

    a_j' = [-kappa + i (Delta_j + 2 g Re b_j)] a_j + E
    b_j' = (-gamma - i omega_j) b_j + i g |a_j|^2 + i mu b_(neighbours of j)

These are the paper's Langevin equations without their noise. Its detuning has the opposite sign to that of
`OptoMagnoMechanical`: Delta_j > 0 is drive on the blue side, where the phonons oscillate by themselves.
"""

from typing import ClassVar

import jax.numpy as jnp

from jaxsync.errors import InputError
from jaxsync.models.base import Model, parameter
from jaxsync.models.laboratory import refuse_negative_temperature, refuse_unless_positive, thermal_occupation
from jaxsync.models.ports import Port


class CoupledCells(Model):
    """Two optomechanical cells, photons `a1`, `a2`, phonons `b1`, `b2`; frequencies and rates in units of omega_1.

    Example:
        >>> import jaxsync as js
        >>> print(js.find_limit_cycle(js.models.CoupledCells(omega_2=1.005)).outcome)
        limit cycle
    """

    modes: ClassVar[tuple[str, ...]] = ("a1", "a2", "b1", "b2")
    pair: ClassVar[tuple[str, str]] = ("b1", "b2")

    omega_1: float = parameter(default=1.0, nonnegative=True)
    """Frequency of phonon b1, the unit of all others."""
    omega_2: float = parameter(default=1.0, nonnegative=True)
    """Frequency of phonon b2."""
    delta_1: float = 1.0
    """Detuning of photon a1; positive is blue-detuned drive."""
    delta_2: float = 1.0
    """Detuning of photon a2; positive is blue-detuned drive."""
    kappa: float = parameter(default=0.15, nonnegative=True)
    """Amplitude decay rate of the photons."""
    gamma: float = parameter(default=0.005, nonnegative=True)
    """Amplitude decay rate of the phonons."""
    g: float = 0.005
    """Single-photon coupling within a cell."""
    drive: float = 48.0
    """Amplitude E of the drive of both cells."""
    mu: float = 0.02
    """Exchange coupling of the phonons."""
    nbar: float = parameter(default=0.0, nonnegative=True)
    """Mean thermal phonons of either bath."""
    external: float = parameter(default=1.0, nonnegative=True, largest=1.0)
    """Share of kappa that goes into the light that is detected, the rest being lost inside."""

    def rates(self, amplitudes):
        """The paper's mean-field equations; `amplitudes` are those of a1, a2, b1, b2."""
        a, b = amplitudes[:2], amplitudes[2:]
        delta = jnp.stack([jnp.asarray(d, dtype=float) for d in (self.delta_1, self.delta_2)])
        omega = jnp.stack([jnp.asarray(w, dtype=float) for w in (self.omega_1, self.omega_2)])
        return _cell_rates(self, a, b, delta, omega, neighbours=b[::-1])

    def diffusion(self):
        """Diagonal of Q: kappa for the photons, gamma (2 n + 1) for the phonons."""
        return _cell_diffusion(self, 2)

    def thermal_occupations(self):
        return jnp.repeat(jnp.stack([jnp.zeros(()), jnp.asarray(self.nbar, dtype=float)]), 2)

    def couplings(self):
        return {"a1": self.g, "a2": self.g}

    def ports(self):
        """Light in and out of each cavity."""
        return _cell_ports(self, 2)

    @classmethod
    def from_si(cls, omega_1: float, *, temperature: float | None = None, **rates: float) -> "CoupledCells":
        """A model from laboratory values: every frequency, rate, coupling and drive in rad/s, omega_1 the unit.

        `rates` are other fields by name, in rad/s; what is not given keeps its default ratio to omega_1. The share
        `external` is a plain number; nbar is one, too, or follows from `temperature` in kelvin. Raises `InputError` for
        an omega_1 that is not positive, for an unknown field, and for an nbar given in two ways.
        """
        refuse_unless_positive(omega_1=omega_1)
        if temperature is not None:
            if "nbar" in rates:
                raise InputError("Arguments `nbar` and `temperature` exclude each other; give one of them.")
            refuse_negative_temperature(temperature)
            rates["nbar"] = thermal_occupation(omega_1, temperature)
        numbers = ("nbar", "external")
        return cls(**{name: value if name in numbers else value / omega_1 for name, value in rates.items()})


class OptomechanicalChain(Model):
    """`cells` identical optomechanical cells in a row with open ends, each phonon coupled to those beside it.

    Modes a1 ... aN, b1 ... bN; the equations are those of `CoupledCells`, which a chain of two is. Frequencies and
    rates are in units of omega.

    Example:
        >>> import jaxsync as js
        >>> js.models.OptomechanicalChain(cells=3).modes
        ('a1', 'a2', 'a3', 'b1', 'b2', 'b3')
    """

    cells: int = parameter(default=2, static=True)
    """Number of cells N."""
    omega: float = parameter(default=1.0, nonnegative=True)
    """Frequency of the phonons."""
    delta: float = 1.0
    """Detuning of the photons; positive is blue-detuned drive."""
    kappa: float = parameter(default=0.15, nonnegative=True)
    """Amplitude decay rate of the photons."""
    gamma: float = parameter(default=0.005, nonnegative=True)
    """Amplitude decay rate of the phonons."""
    g: float = 0.005
    """Single-photon coupling within a cell."""
    drive: float = 48.0
    """Amplitude E of the drive of all cells."""
    mu: float = 0.02
    """Exchange coupling of neighbouring phonons."""
    nbar: float = parameter(default=0.0, nonnegative=True)
    """Mean thermal phonons of each bath."""
    external: float = parameter(default=1.0, nonnegative=True, largest=1.0)
    """Share of kappa that goes into the light that is detected, the rest being lost inside."""

    def __post_init__(self):
        super().__post_init__()
        if not isinstance(self.cells, int) or self.cells < 1:
            raise InputError(f"Argument `cells` must be a whole number from 1 on, but is {self.cells!r}.")

    @property
    def modes(self) -> tuple[str, ...]:  # type: ignore[override]  # of the instance: their number is a parameter
        return tuple(f"{kind}{j + 1}" for kind in "ab" for j in range(self.cells))

    def rates(self, amplitudes):
        """Mean-field equations; `amplitudes` are those of all photons, then of all phonons."""
        a, b = amplitudes[: self.cells], amplitudes[self.cells :]
        beyond = jnp.zeros(1, b.dtype)
        neighbours = jnp.concatenate([beyond, b[:-1]]) + jnp.concatenate([b[1:], beyond])
        return _cell_rates(self, a, b, self.delta, self.omega, neighbours)

    def diffusion(self):
        """Diagonal of Q: kappa for the photons, gamma (2 n + 1) for the phonons."""
        return _cell_diffusion(self, self.cells)

    def thermal_occupations(self):
        return jnp.repeat(jnp.stack([jnp.zeros(()), jnp.asarray(self.nbar, dtype=float)]), self.cells)

    def couplings(self):
        return {f"a{j + 1}": self.g for j in range(self.cells)}

    def ports(self):
        """Light in and out of each cavity."""
        return _cell_ports(self, self.cells)


def _cell_rates(model, a, b, delta, omega, neighbours):
    photons = a.real**2 + a.imag**2
    a_rates = (-model.kappa + 1j * (delta + 2 * model.g * b.real)) * a + model.drive
    b_rates = -(model.gamma + 1j * omega) * b + 1j * (model.g * photons + model.mu * neighbours)
    return jnp.concatenate([a_rates, b_rates])


def _cell_diffusion(model, cells):
    per_kind = (model.kappa, model.gamma * (2 * model.nbar + 1))
    return jnp.repeat(jnp.stack([jnp.asarray(q, dtype=float) for q in per_kind]), 2 * cells)


def _cell_ports(model, cells):
    return {f"light{j + 1}": Port(f"a{j + 1}", model.external * model.kappa) for j in range(cells)}
