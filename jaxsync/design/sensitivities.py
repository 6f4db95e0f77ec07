"""Which parameter matters most: logarithmic derivatives of a measure."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from jaxsync.errors import InputError
from jaxsync.models.equations import as_arrays


@dataclasses.dataclass(frozen=True)
class Sensitivities:
    """Derivatives of a measure S with respect to every field p, the strongest first.

    What `sensitivities` returns. fields: names, of an array's elements with their place. relative: d ln S / d ln p,
    zero where p is zero. absolute: dS/dp. value: S.

    Example:
        >>> import jaxsync as js
        >>> period = lambda model: js.find_limit_cycle(model).period
        >>> len(js.design.sensitivities(period, js.OptoMagnoMechanical(kerr=-2e-5)).fields)
        19
    """

    value: float
    fields: tuple[str, ...]
    relative: np.ndarray
    absolute: np.ndarray

    def __repr__(self) -> str:
        width = max(len(name) for name in self.fields)
        head = f"S = {self.value:.6g}\n{'field':{width}}  d ln S / d ln p        dS/dp"
        rows = zip(self.fields, self.relative, self.absolute, strict=True)
        return "\n".join([head, *(f"{name:{width}}  {r:15.4g}  {a:11.4g}" for name, r, a in rows)])


def sensitivities(measure: Callable[[Any], jax.Array], model: Any) -> Sensitivities:
    """How a measure answers to a relative change of each field, by one reverse derivative.

    Args:
        measure: From a model to one number S.
        model: The device.

    Returns:
        d ln S / d ln p of every field p, the strongest first.

    Raises:
        InputError: Where the measure is zero or not finite, so that it has no logarithm.

    Example:
        >>> import jaxsync as js
        >>> period = lambda model: js.find_limit_cycle(model).period
        >>> js.design.sensitivities(period, js.OptoMagnoMechanical(kerr=-2e-5)).fields[0]
        'omega_1'
    """
    value, gradient = jax.value_and_grad(measure)(as_arrays(model))
    if not np.isfinite(value) or value == 0:
        raise InputError(
            f"Argument `measure` is {float(value)} here, which has no relative derivative: choose a model with a state "
            "that has the measure."
        )
    names, absolute, relative = [], [], []
    for field in dataclasses.fields(model):
        if field.metadata.get("static", False):
            continue
        slopes, at = (np.asarray(getattr(m, field.name), dtype=float) for m in (gradient, model))
        # A field that is an array has as many parameters as elements.
        for index in np.ndindex(slopes.shape):
            names.append(field.name + (str(list(index)) if index else ""))
            absolute.append(slopes[index])
            relative.append(slopes[index] * at[index] / float(value))
    absolute, relative = np.array(absolute), np.array(relative)
    order = np.lexsort((-np.abs(absolute), -np.abs(relative)))
    return Sensitivities(float(value), tuple(names[i] for i in order), relative[order], absolute[order])
