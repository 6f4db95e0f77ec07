"""A measure of a model: a closed form where there is one, else a slower way."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from jaxsync.models.base import Model, is_traced
from jaxsync.states.cycle import LimitCycle


@dataclasses.dataclass(frozen=True)
class Measure:
    """Numbers of a model, each in the ways there are to compute it.

    Calling it gives `value` where all of it is finite, else `otherwise`. Inside a transformation, where both ways would
    be taken, it gives `value` alone; `sweep` and the designs serve the lanes that are not finite in a second pass.

    Args:
        value: From a model to a number, or a pytree of them; NaN where this way does not serve.
        otherwise: The slower way, for where `value` is not finite; it may return some of the names only.
        of_cycle: From a `LimitCycle` to the numbers, for sweeps that follow a cycle from point to point.

    Example:
        >>> import jaxsync as js
        >>> growth = js.Measure(lambda model: js.find_fixed_point(model, throw=False).eigenvalues[0].real)
        >>> f"{growth(js.OptoMagnoMechanical()):.3f}"
        '0.094'
    """

    value: Callable[[Model], Any]
    otherwise: Callable[[Model], Any] | None = None
    of_cycle: Callable[[LimitCycle], Any] | None = None

    def __call__(self, model: Model) -> Any:
        """The numbers of `model`."""
        found = self.value(model)
        if self.otherwise is None or is_traced(found) or is_finite(found):
            return found
        again = self.otherwise(model)
        return {**found, **again} if isinstance(found, dict) else again


def is_finite(numbers: Any) -> bool:
    """Whether all numbers of a pytree are finite, outside transformations."""
    return all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(numbers))


def measure_of(given: Any) -> Measure:
    """A measure that was given as one, or as a plain function of the model."""
    return given if isinstance(given, Measure) else Measure(given)
