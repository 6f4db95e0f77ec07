"""A measure at every point of a parameter grid, in batches, as labelled data."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from tqdm import tqdm

from jaxsync.errors import InputError
from jaxsync.models.base import Model

Measure = Callable[[Model], Mapping[str, jax.Array]]

CHUNK = 64
"""Points to a batch: beyond this the intermediate arrays leave a core's cache."""


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
    count = len(next(iter(points.values())))
    size = min(chunk, count)
    batched = jax.jit(jax.vmap(lambda values: measure(model.replace(**values))))

    def run(start):
        # The last chunk is filled up with its last point, so that all chunks have one shape and compile once.
        index = np.minimum(np.arange(start, start + size), count - 1)
        values = batched({name: jnp.asarray(column[index]) for name, column in points.items()})
        return start, {name: np.asarray(column)[: count - start] for name, column in values.items()}

    starts = range(0, count, size)
    done = {}
    with tqdm(total=count, desc=label, unit="pt", disable=not progress) as bar, ThreadPoolExecutor() as pool:
        done.update([run(starts[0])])  # alone: it compiles what the others share
        bar.update(min(size, count))
        for future in as_completed([pool.submit(run, start) for start in starts[1:]]):
            start, values = future.result()
            done[start] = values
            bar.update(len(next(iter(values.values()))))
    return {name: np.concatenate([done[start][name] for start in starts]).astype(float) for name in done[0]}
