"""From laboratory values to the numbers of a model: what the systems' `from_si` have in common."""

import jax.numpy as jnp

from jaxsync.errors import InputError
from jaxsync.models.constants import BOLTZMANN, PLANCK_REDUCED


def thermal_occupation(frequency: float, temperature: float) -> float:
    """Mean number of quanta 1 / (exp(hbar w / k T) - 1) at `frequency` in rad/s and `temperature` in kelvin."""
    if temperature == 0:
        return 0.0
    return float(1 / jnp.expm1(PLANCK_REDUCED * frequency / (BOLTZMANN * temperature)))


def refuse_unless_positive(**values: float) -> None:
    """Raise `InputError` for the first value that is not a positive number, by its name."""
    for name, value in values.items():
        if not value > 0:
            raise InputError(f"Argument `{name}` must be positive, but is {value}; give an SI value above zero.")


def refuse_negative_temperature(temperature: float) -> None:
    """Raise `InputError` for a temperature below zero."""
    if not temperature >= 0:
        raise InputError(f"Argument `temperature` must be zero or more kelvin, but is {temperature}.")
