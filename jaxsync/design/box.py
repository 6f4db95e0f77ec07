"""The box of free fields, and the smooth transform that makes it unbounded."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, Self

import jax
import numpy as np

from jaxsync.errors import InputError
from jaxsync.models.base import Model
from jaxsync.models.equations import as_arrays

EDGE = 1e-3
"""Starts keep this distance from the bounds, as a share of the box: at a bound the transform has no slope."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Box:
    """Fields and their bounds; a point of the box is z, (fields,), each field being low + (high - low) sigmoid(z).

    own: where the model itself is.
    """

    model: Any
    names: tuple[str, ...] = dataclasses.field(metadata={"static": True})
    lows: np.ndarray
    highs: np.ndarray
    own: np.ndarray

    @classmethod
    def of(cls, model: Model, free: Mapping[str, tuple[float, float]]) -> Self:
        """The box of `free`, {field: (low, high)}, checked against the model."""
        if not free:
            raise InputError("Argument `free` is empty: give at least one field and its bounds, (low, high).")
        lows, highs, own = [], [], []
        for name, bounds in free.items():
            model.replace(**{name: getattr(model, name, 0.0)})  # refuses an unknown field with the nearest name
            if np.shape(bounds) != (2,) or not np.all(np.isfinite(bounds)) or not bounds[0] < bounds[1]:
                raise InputError(
                    f"Argument `free` must give `{name}` two finite increasing bounds, (low, high), not {bounds!r}."
                )
            for bound in bounds:
                model.replace(**{name: bound})  # refuses what the model forbids
            value = float(getattr(model, name))
            if not bounds[0] <= value <= bounds[1]:
                raise InputError(
                    f"Argument `free` bounds `{name}` to ({bounds[0]:g}, {bounds[1]:g}), but the model starts at "
                    f"{value:g}: widen the bounds, or start with model.replace({name}=...)."
                )
            lows.append(bounds[0])
            highs.append(bounds[1])
            own.append((value - bounds[0]) / (bounds[1] - bounds[0]))
        return cls(as_arrays(model), tuple(free), np.array(lows), np.array(highs), _logit(np.array(own)))

    def model_at(self, z: jax.Array) -> Any:
        """The model with its free fields at z."""
        values = self.lows + (self.highs - self.lows) * jax.nn.sigmoid(z)
        return self.model.replace(**{name: values[i] for i, name in enumerate(self.names)})

    def values_at(self, z: np.ndarray) -> np.ndarray:
        """The free fields at z, (fields,), as numbers."""
        return self.lows + (self.highs - self.lows) / (1 + np.exp(-np.asarray(z)))

    def sobol(self, count: int, seed: int) -> np.ndarray:
        """At least `count` scrambled Sobol points of the box, (points, fields), as z."""
        from scipy.stats import qmc  # here, because it takes long to import

        exponent = max(0, math.ceil(math.log2(count)))
        return _logit(qmc.Sobol(len(self.names), rng=seed).random_base2(exponent))


def _logit(share):
    share = np.clip(share, EDGE, 1 - EDGE)
    return np.log(share / (1 - share))
