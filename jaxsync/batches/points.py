"""A function of one point at many points: the engine under designs, tolerances, attractors and ensembles."""

import functools
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import jax
import numpy as np
from tqdm import tqdm

from jaxsync.batches.program import Program, fitting, read_chunk, run_all, shapes
from jaxsync.errors import InputError

PROGRAMS = 64
"""Compiled programs that are kept, those used last: some megabytes each, and more than a script goes back and forth
between."""


def map_points(
    function: Callable[..., Any],
    shared: Any,
    points: Any,
    *,
    static: Sequence[Hashable] = (),
    chunk: int | None = None,
    progress: bool = False,
    label: str = "points",
) -> Any:
    """`function(*static, shared, point)` at all of `points`, on every core or accelerator of the machine.

    It is compiled once for a function, its static arguments and the shapes of the others, and kept: later calls with
    the same function (the same object: a lambda made anew is another one) neither trace nor compile. Whatever else it
    reads must therefore stay as it is. The last chunk is filled up, so that all have one shape.

    Args:
        function: Of one point, in jax, returning a pytree of arrays. It is vmapped over the points.
        shared: A pytree of arrays that all points have in common; None or () for nothing.
        points: A pytree of arrays with one leading axis of equal length, (points, ...).
        static: Hashable values, such as settings or other functions, that are compiled in.
        chunk: Points computed together; None for what suits the processor and fits its memory. Results depend on it,
            and on the number of devices, by rounding at most.
        progress: Whether to show a bar.
        label: What the bar calls the points.

    Returns:
        What the function returns, as NumPy arrays with a leading axis, (points, ...).

    Raises:
        InputError: For no points, points of different lengths, and a chunk that is not a number of points.

    Example:
        >>> import numpy as np
        >>> from jaxsync.batches import map_points
        >>> map_points(lambda slope, x: slope * x, 2.0, np.arange(3.0)).tolist()
        [0.0, 2.0, 4.0]
    """
    chunk = read_chunk(chunk)
    for value in (function, *static):
        if not isinstance(value, Hashable):
            raise InputError(f"{value!r} cannot be compiled in, for want of a hash: give a function, or freeze it.")
    shared, points = jax.tree.map(np.asarray, (shared, points))
    count = _count(points)
    leaves, tree = jax.tree.flatten(shapes((shared, jax.tree.map(lambda leaf: leaf[0], points))))
    devices = tuple(jax.local_devices())
    build = lambda width: _program(function, tuple(static), tree, tuple(leaves), width, devices)
    width, program = fitting(build, None if chunk is None else min(chunk, count), count)

    def run(first):
        index = np.minimum(first + np.arange(len(devices) * width).reshape(-1, width), count - 1)
        values = program(shared, jax.tree.map(lambda leaf: leaf[index], points))
        return first, jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:])[: count - first], values)

    parts = {}
    with tqdm(total=count, desc=label, unit="pt", disable=not progress) as bar:
        for first, values in run_all(run, range(0, count, len(devices) * width)):
            parts[first] = values
            bar.update(min(len(devices) * width, count - first))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *(parts[first] for first in sorted(parts)))


@functools.lru_cache(PROGRAMS)
def _program(function, static, tree, leaves, width, devices):
    shared, point = jax.tree.unflatten(tree, leaves)
    return Program(functools.partial(function, *static), shared, point, width, devices)


def _count(points):
    lengths = {leaf.shape[0] if leaf.ndim else 0 for leaf in jax.tree.leaves(points)}
    if len(lengths) != 1 or 0 in lengths:
        raise InputError(
            "Argument `points` must be arrays with one leading axis of equal length, one or more points, but has "
            f"shapes {', '.join(str(leaf.shape) for leaf in jax.tree.leaves(points))}."
        )
    return lengths.pop()
