"""A measure at every point of a parameter grid, in batches, as labelled data."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
import xarray

from jaxsync.batches import CHUNK, map_chunks
from jaxsync.errors import InputError
from jaxsync.models.base import Model

Measure = Callable[[Model], Mapping[str, jax.Array]]


def sweep(
    measure: Measure,
    model: Model,
    axes: Mapping[str, Any],
    *,
    second_pass: Measure | None = None,
    chunk: int = CHUNK,
    progress: bool = True,
) -> xarray.Dataset:
    """`measure` of the model at every combination of the fields' values in `axes`, one dimension per field.

    measure: from a model to named numbers; it is vmapped and jitted, so failures must show as NaN. second_pass: a
    slower measure for the points where the first gave a NaN; its values replace those of the same names. Chunks of
    equal size share one compiled program and run on as many threads as the processor has cores.

    Raises `InputError` for unknown fields and for axes that are empty, not finite, or not one-dimensional.
    """
    grids = _read_axes(model, axes)
    shape = tuple(values.size for values in grids.values())
    points = {name: grid.ravel() for name, grid in zip(grids, np.meshgrid(*grids.values(), indexing="ij"), strict=True)}
    results = _evaluate(measure, model, points, chunk, progress, "points")
    if second_pass is not None:
        again = ~np.all([np.isfinite(values) for values in results.values()], axis=0)
        if again.any():
            chosen = {name: values[again] for name, values in points.items()}
            slow = _evaluate(second_pass, model, chosen, min(chunk, 16), progress, "second pass")
            for name, values in slow.items():
                results[name][again] = values
    return xarray.Dataset(
        {name: (tuple(grids), values.reshape(shape)) for name, values in results.items()}, coords=grids
    )


def _read_axes(model, axes):
    if not axes:
        raise InputError("Argument `axes` is empty: give at least one field and its values.")
    grids = {}
    for name, values in axes.items():
        values = np.asarray(values, dtype=float)
        if values.ndim != 1 or values.size == 0:
            raise InputError(f"Argument `axes` must give `{name}` a list of values, but it has shape {values.shape}.")
        model.replace(**{name: values})  # refuses unknown fields and values that the model forbids
        grids[name] = values
    return grids


def _evaluate(measure, model, points, chunk, progress, label):
    batched = jax.jit(jax.vmap(lambda values: measure(model.replace(**values))))
    values = map_chunks(batched, points, chunk=chunk, progress=progress, label=label)
    return {name: np.array(column, dtype=float) for name, column in values.items()}
