"""Random imperfections of a device: which fields scatter, how much, and what they do to a measure."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.batches import map_points
from jaxsync.design.objectives import Objective, synchronization
from jaxsync.errors import InputError
from jaxsync.measures.measure import Measure, measure_of
from jaxsync.models.base import Model
from jaxsync.models.equations import as_arrays

Spread = Mapping[str, float | tuple[float, float]]
"""Relative sigma of each field; or (sigma, power) where the field follows a scattered quantity by a power: a mass that
scatters by 10 % enters a coupling g / sqrt(mass) as (0.1, -0.5)."""


def perturbed(model: Model, spread: Spread, normals: np.ndarray) -> Model:
    """The models of a disorder sample: each field of `spread` times a log-normal exp(power sigma xi), of median 1.

    normals: xi, (samples, fields), in the order of `spread`. The leaves of the result are (samples,), of fields that
    are arrays (samples, ...), all elements of which scatter together.
    """
    sigmas, powers = read_spread(model, spread)
    factors = jnp.exp((powers * sigmas)[None] * normals)
    model = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (len(normals), *leaf.shape)), as_arrays(model))

    def scattered(field, factor):
        return field * factor.reshape(-1, *(1,) * (field.ndim - 1))

    return model.replace(**{name: scattered(getattr(model, name), factors[:, i]) for i, name in enumerate(spread)})


def robust(
    spread: Spread,
    objective: Objective = synchronization,
    *,
    statistic: str | float = 0.1,
    samples: int = 16,
    seed: int = 0,
) -> Objective:
    """The objective of a device that has to work as built: a statistic of `objective` over a fixed disorder sample.

    statistic: "mean", "worst", or a quantile between 0 and 1. The sample is the same at every evaluation, so that the
    objective is a function; test the result with another one (`tolerance`). It is antithetic, +xi and -xi.

    Example:
        >>> import jaxsync as js
        >>> objective = js.design.robust({"chi": 0.1}, lambda model: model.chi, statistic="mean", samples=8)
        >>> bool(objective(js.OptoMagnoMechanical()) > 0)
        True
    """
    if not (statistic in ("mean", "worst") or (isinstance(statistic, float) and 0 <= statistic <= 1)):
        raise InputError(
            f"Argument `statistic` must be 'mean', 'worst', or a quantile between 0 and 1, but is {statistic!r}."
        )
    if samples < 2:
        raise InputError(f"Argument `samples` must be 2 or more, but is {samples}.")
    half = np.random.default_rng(seed).normal(size=((samples + 1) // 2, len(spread)))
    normals = np.concatenate([half, -half])[:samples]

    def evaluate(model):
        values = jax.vmap(objective)(perturbed(model, spread, normals))
        if isinstance(statistic, str):
            return jnp.mean(values) if statistic == "mean" else jnp.min(values)
        return jnp.quantile(values, statistic)

    return evaluate


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """A measure over a random sample of imperfect devices.

    values: (samples,); NaN where the measure has no value. nominal: of the perfect device. factors: what each field was
    multiplied by, (samples,) by name.

    Example:
        >>> import jaxsync as js
        >>> found = js.design.tolerance(lambda model: model.chi, js.OptoMagnoMechanical(), {"chi": 0.1}, samples=8)
        >>> found.values.shape
        (8,)
    """

    values: np.ndarray
    nominal: float
    factors: dict[str, np.ndarray]

    def quantile(self, q: float) -> float:
        """Quantile of the values; a device without a value counts as worse than any other."""
        return float(np.quantile(np.where(np.isfinite(self.values), self.values, -np.inf), q, method="lower"))

    def yield_above(self, threshold: float) -> float:
        """Share of the devices whose value is above the threshold."""
        return float(np.mean(self.values > threshold))

    def __repr__(self) -> str:
        middle = ", ".join(f"{q:.0%}: {self.quantile(q):.4g}" for q in (0.1, 0.5, 0.9))
        lost = np.mean(~np.isfinite(self.values))
        return (
            f"Tolerance({self.values.size} samples, nominal={self.nominal:.4g}, {middle}, without a value: {lost:.1%})"
        )


def tolerance(
    measure: Measure | Callable[[Any], jax.Array],
    model: Model,
    spread: Spread,
    samples: int = 1024,
    seed: int = 0,
    progress: bool = False,
) -> Tolerance:
    """Distribution of a measure of the model under random, independent, log-normal imperfections (see `Spread`).

    measure: a `Measure`, or a function from a model to one number; it is jitted and vmapped, and what has been compiled
    serves later calls with the same function, so that whatever else it reads must stay as it is. What is not finite is
    computed by its `otherwise`, if it has one.

    Raises `InputError` for unknown fields, a sigma that is not positive, or samples < 1.

    Example:
        >>> import jaxsync as js
        >>> found = js.design.tolerance(lambda model: model.chi, js.OptoMagnoMechanical(), {"chi": 0.1}, samples=8)
        >>> found.nominal
        0.02
    """
    if samples < 1:
        raise InputError(f"Argument `samples` must be 1 or more, but is {samples}.")
    normals = np.random.default_rng(seed).normal(size=(samples, len(spread)))
    devices = perturbed(model, spread, normals)
    nominal = jax.tree.map(lambda leaf: np.asarray(leaf, dtype=float)[None], model)
    devices = jax.tree.map(lambda first, rest: np.concatenate([first, np.asarray(rest)]), nominal, devices)
    measure = measure_of(measure)
    values = _values(measure.value, devices, progress)
    lost = ~np.isfinite(values)
    if measure.otherwise is not None and lost.any():
        again = jax.tree.map(lambda leaf: leaf[lost], devices)
        values[lost] = _values(measure.otherwise, again, progress)
    factors = {name: getattr(devices, name)[1:] / getattr(devices, name)[0] for name in spread}
    return Tolerance(values[1:], float(values[0]), factors)


def _values(function, devices, progress):
    """One number for each device, (devices,)."""
    values = map_points(_value, (), devices, static=(function,), progress=progress, label="devices")
    if np.ndim(values) != 1:
        raise InputError("Argument `measure` must return one number per model.")
    return values


def _value(function, _, device):
    return function(device)


def read_spread(model: Model, spread: Spread) -> tuple[np.ndarray, np.ndarray]:
    """Sigmas and powers, (fields,), checked."""
    if not spread:
        raise InputError("Argument `spread` is empty: give fields and their relative sigma.")
    model.replace(**{name: getattr(model, name, 0.0) for name in spread})  # refuses unknown fields
    pairs = [np.ravel(value if np.ndim(value) else (value, 1.0)) for value in spread.values()]
    for name, pair in zip(spread, pairs, strict=True):
        if len(pair) != 2 or not np.all(np.isfinite(pair)) or pair[0] <= 0:
            raise InputError(
                f"Argument `spread` must give `{name}` a positive relative sigma, or (sigma, power), "
                f"not {spread[name]!r}."
            )
    sigmas, powers = np.asarray(pairs, dtype=float).T
    return sigmas, powers
