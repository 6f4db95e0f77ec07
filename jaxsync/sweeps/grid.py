"""A measure at every point of a parameter grid, as labelled data."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from tqdm import tqdm

from jaxsync.batches.program import read_chunk, run_all
from jaxsync.errors import InputError
from jaxsync.measures.measure import Measure, measure_of
from jaxsync.models.base import Model, is_traced
from jaxsync.outputs import made_with
from jaxsync.states.outcome import Outcome
from jaxsync.states.settings import Settings
from jaxsync.sweeps.axes import read_axes
from jaxsync.sweeps.blocks import Blocks
from jaxsync.sweeps.plans import FromNeighbours, FromVacuum
from jaxsync.sweeps.store import EMPTY, open_store, read_description

if TYPE_CHECKING:  # half a second that `import jaxsync` does without
    import xarray

FLAGS = {"outcome": {str(o): int(o) for o in Outcome}, "start": {"not computed": -1, "vacuum": 0, "neighbour": 1}}
"""Meanings of the numbers in the variables that are no measured values."""


def sweep(
    measure: Measure | Callable[[Model], Any],
    model: Model,
    axes: Mapping[str, Any],
    *,
    along: str | None = None,
    store: str | Path | None = None,
    chunk: int | None = None,
    settings: Settings = Settings(),
    share: tuple[int, int] | None = None,
    progress: bool = False,
) -> "xarray.Dataset":
    """A measure at every combination of the values in `axes`, one dimension per axis.

    Args:
        measure: A `Measure`, or a function from a model to a pytree of real numbers. It is vmapped and jitted, so
            failures must show as NaN; what is not finite is computed by `measure.otherwise` if it has one. A bare
            number is called "value", nested names are joined by "_". A number called "outcome", that of a state, tells
            why a point has no numbers.
        model: The device where nothing is swept.
        axes: Values by field, or an `Axis` by any name, along which several fields change.
        along: An axis along which a limit cycle is followed from point to point, and looked for from vacuum where it is
            lost; `measure.of_cycle` is computed of it, and the variable "start" tells which. None computes each point
            by itself.
        store: Folder of a zarr group to which every finished chunk is written; the same call resumes it.
        chunk: Points computed together; by default what suits the processor and fits the memory, or what the store has.
        settings: Of the cycles that are followed along an axis. `thorough`: whether points whose "outcome" says that a
            batch left open what the device does are computed again one by one, which may take a second each.
        share: (i, n) computes every n-th chunk from the i-th on, for n processes with one store; by default all, or
            this process's share under `jax.distributed`.
        progress: Whether to show a bar.

    Returns:
        A dataset with the numbers, and "outcome" with the number of the `Outcome` at each point.

    Raises:
        InputError: For axes that are empty, not finite, double, or of unknown fields; for a measure that does not
            return numbers or looks at values; and for a store that holds another sweep, is damaged, or cannot be
            written.

    Example:
        >>> import jaxsync as js
        >>> growth = lambda model: js.find_fixed_point(model, throw=False).residual
        >>> data = js.sweep(growth, js.OptoMagnoMechanical(), {"kerr": [0.0, 1e-5]})
        >>> dict(data.sizes)
        {'kerr': 2}
    """
    if is_traced(model):
        raise InputError("Argument `model` is traced: call sweep outside jit, vmap and grad.")
    dimensions = read_axes(model, axes)
    chunk, share = read_chunk(chunk), _read_share(share, store)
    shape = tuple(d.values.size for d in dimensions)
    path = None if store is None else Path(store)
    known = None if path is None else read_description(path)
    if known is not None and chunk is None:
        chunk = read_chunk(known.get("chunk"))

    measure = measure_of(measure)
    if along is None:
        plan = FromVacuum(measure, model, dimensions, chunk, settings)
    else:
        plan = FromNeighbours(measure, model, dimensions, chunk, along, settings)

    for name in set(plan.variables) & {d.name for d in dimensions}:
        raise InputError(f"Argument `measure` returns `{name}`, which is an axis; rename one of them.")
    record = made_with(parameters=model, measure=_name(measure.value), start=plan.start, settings=settings)
    description = {
        "model": type(model).__name__,
        "parameters": record["parameters"],
        "axes": {d.name: {name: _digest(v) for name, v in ({d.name: d.values} | d.fields).items()} for d in dimensions},
        "start": plan.start,
        "settings": record["settings"],
        "chunk": plan.chunk,
        "shape": shape,
        "blocks": plan.blocks.block,
        "precision": record["precision"],
        "platform": jax.local_devices()[0].platform,
        "versions": {name: record["versions"][name] for name in ("jaxsync", "jax", "jaxlib")},
        "variables": list(plan.variables),
        "measure": plan.identity,
    }
    attributes = {name: v if isinstance(v, str | int) else json.dumps(v) for name, v in record.items()}
    kinds = {name: np.dtype(np.int8 if name in FLAGS else float) for name in plan.variables}
    about = {name: _about(name) for name in kinds}
    numbers = range(share[0], len(plan.blocks), share[1])
    if path is None:
        done, values = [], {name: np.full(shape, EMPTY[kind], kind) for name, kind in kinds.items()}
        keep = lambda number, columns: _put(values, plan.blocks, number, columns)
    else:
        kept = open_store(
            path, description, attributes, dimensions, plan.blocks, {n: (kinds[n], about[n]) for n in kinds}
        )
        done, values, keep = kept.done, kept.values, kept.write
    _compute(plan, keep, numbers, set(done), progress)

    counts = _count(values)
    attributes |= counts
    if path is not None and counts["not_computed"] == 0:
        kept.finish(counts)

    import xarray

    names = [d.name for d in dimensions]
    return xarray.Dataset(
        {name: (names, values[name], about[name]) for name in values},
        coords={d.name: (d.name, d.values, {"units": d.unit} if d.unit else {}) for d in dimensions},
        attrs=attributes,
    )


def _compute(plan, keep, numbers, done, progress):
    """Every chunk of `numbers` that is not done, in groups of one chunk per device, kept as soon as it is there."""
    todo = [number for number in numbers if number not in done]
    devices = len(jax.local_devices())
    groups = [todo[i : i + devices] for i in range(0, len(todo), devices)]

    def work(group):
        # A group at the end is filled up with its last chunk, which is computed and left.
        results = plan.compute(group + group[-1:] * (devices - len(group)))
        for number, columns in zip(group, results, strict=False):
            keep(number, columns)
        return sum(map(plan.blocks.points, group))

    total = sum(map(plan.blocks.points, numbers))
    before = total - sum(map(plan.blocks.points, todo))
    with tqdm(total=total, initial=before, desc="points", unit="pt", disable=not progress) as bar:
        for points in run_all(work, groups):
            bar.update(points)


def _put(values, blocks: Blocks, number, columns):
    for name, column in columns.items():
        values[name][blocks.region(number)] = blocks.crop(number, column)


def _count(values):
    """How many points there are, how many of them lack a number, and with which outcomes."""
    outcomes, numbers = values["outcome"], [v for name, v in values.items() if name not in FLAGS]
    computed = outcomes != Outcome.NOT_COMPUTED
    failed = computed & ~np.all(np.isfinite(numbers), axis=0)
    counts = Counter(outcomes[failed].tolist())
    return {
        "points": outcomes.size,
        "not_computed": int(outcomes.size - computed.sum()),
        "failed": int(failed.sum()),
        "failures": json.dumps({str(o): counts[o] for o in Outcome if counts[o]}),
    }


def _about(name):
    if name not in FLAGS:
        return {}
    meanings = FLAGS[name]
    return {
        "flag_values": list(meanings.values()),
        "flag_meanings": " ".join(word.replace(" ", "_") for word in meanings),
    }


def _name(function):
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', type(function).__name__)}"


def _digest(values):
    fingerprint = hashlib.sha256(values.tobytes()).hexdigest()[:12]
    return f"{values.size} values from {values[0]:g} to {values[-1]:g} ({fingerprint})"


def _read_share(share, store):
    if share is None:
        share = (jax.process_index(), jax.process_count())
    try:
        index, count = (int(part) for part in share)
        right = 0 <= index < count and [index, count] == list(share)
    except (TypeError, ValueError):
        right = False
    if not right:
        raise InputError(f"Argument `share` must be (i, n) with 0 <= i < n, for process i of n, but is {share!r}.")
    if count > 1 and store is None:
        raise InputError("Argument `store` is needed where several processes share the sweep: name a folder.")
    return index, count
