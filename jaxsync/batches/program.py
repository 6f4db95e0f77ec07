"""One compiled program on all the processors there are: shard_map over the devices, threads over a CPU's cores.

A CPU's cores could also be made devices of their own (XLA's host devices). On two cores both ways run 95-105 points a
second; threads need no flag that must be set before JAX starts, and no chunk waits for the slowest of its group.
"""

import functools
import hashlib
import math
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from jaxsync.errors import InputError

CPU_CHUNK = 64
"""Points to a chunk on a CPU, at most: beyond this the intermediate arrays of a limit cycle leave a core's cache."""

CPU_LEAST = 8
"""Points to a chunk on a CPU, where there are as many: limit cycles cost a core 3 ms each in chunks of 16 to 64, half
more in chunks of 8, and three times as much one by one."""

ACCELERATOR_CHUNK = 4096
"""Points to a chunk on an accelerator, which needs thousands of lanes to be busy."""

MEMORY_SHARE = 0.25
"""Part of the memory that all chunks in flight may take together."""


class Program:
    """`function(shared, point)` of one point, compiled for `width` points on each local device.

    outputs: the shapes of its outputs, as the function structures them.
    """

    def __init__(
        self,
        function: Callable[[Any, Any], Any],
        shared: Any,
        point: Any,
        width: int,
        devices: Sequence[Any] | None = None,
    ):
        """shared, point: pytrees of arrays, or of their shapes: what all points have in common, and one point's own.

        devices: the local ones by default.
        """
        self.width, self.devices = width, tuple(devices or jax.local_devices())
        self._shared, self._point = shapes(shared), shapes(point)
        self._batched = jax.vmap(function, in_axes=(None, 0))
        self._traced = jax.jit(self._batched).trace(self._shared, self._inputs(width))
        self.outputs, self._lock, self._compiled = self._traced.out_info, threading.Lock(), None

    @functools.cached_property
    def identity(self) -> str:
        """Hash of the program, the same wherever it is traced."""
        # Not of the program for several devices: the chunk, and its result, is the same on one as on many.
        return hashlib.sha256(self._traced.lower().as_text().encode()).hexdigest()

    def compiled(self) -> Any:
        """The executable, compiled when it is first needed: a second pass, or a sweep that is done, may not need it."""
        with self._lock:
            if self._compiled is None:
                self._compiled = self._lowered().compile()
            return self._compiled

    def memory(self) -> int:
        """Bytes that one run takes on a device; zero where that is not known."""
        analysis = self.compiled().memory_analysis()
        if analysis is None:
            return 0
        return analysis.temp_size_in_bytes + analysis.argument_size_in_bytes + analysis.output_size_in_bytes

    def __call__(self, shared: Any, inputs: Any) -> Any:
        """Outputs with leading axes (devices, width), NumPy, of inputs with the same leading axes."""
        lead = (len(self.devices), self.width)
        flat = jax.tree.map(lambda leaf: np.reshape(leaf, (-1, *np.shape(leaf)[2:])), inputs)
        outputs = jax.device_get(self.compiled()(shared, flat))
        return jax.tree.map(lambda leaf: np.reshape(leaf, lead + leaf.shape[1:]), outputs)

    def where(
        self, chosen: np.ndarray, shared: Any, inputs: Any
    ) -> Iterator[tuple[tuple[np.ndarray, np.ndarray], Any]]:
        """The program at the `chosen` points only, (devices, any width) bool, in as many runs as they need.

        Yields where the points are, and their outputs, for each run. A device's points stay with it.
        """
        lists = [np.flatnonzero(row) for row in chosen]
        for first in range(0, max(map(len, lists)), self.width):
            parts = [indices[first : first + self.width] for indices in lists]
            filled = np.array([np.resize(p if p.size else [0], self.width) for p in parts])
            rows = np.arange(len(lists))[:, None]
            outputs = self(shared, jax.tree.map(lambda leaf: np.asarray(leaf)[rows, filled], inputs))  # noqa: B023
            used = np.arange(self.width) < np.array([[p.size] for p in parts])
            yield (np.nonzero(used)[0], filled[used]), jax.tree.map(lambda leaf: leaf[used], outputs)  # noqa: B023

    def _lowered(self):
        if len(self.devices) == 1:
            return self._traced.lower()
        mesh, specs = Mesh(np.array(self.devices), ("points",)), PartitionSpec("points")
        spread = jax.shard_map(
            self._batched, mesh=mesh, in_specs=(PartitionSpec(), specs), out_specs=specs, check_vma=False
        )
        return jax.jit(spread).lower(self._shared, self._inputs(self.width * len(self.devices)))

    def _inputs(self, width):
        return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct((width, *leaf.shape), leaf.dtype), self._point)


def shapes(tree: Any) -> Any:
    """The shapes and types of a pytree's arrays and numbers."""

    def shape(leaf):
        leaf = leaf if hasattr(leaf, "dtype") else np.asarray(leaf)
        return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype)

    return jax.tree.map(shape, tree)


def fitting(build: Callable[[int], Program], chunk: int | None, count: int) -> tuple[int, Program]:
    """The program that `build` makes of a number of points, and this number.

    That is `chunk`, or, if it is None, what `count` points on these processors and their memory ask for.
    """
    if chunk is not None:
        return chunk, build(chunk)
    points = preferred(count)
    while True:
        program = build(points)
        # All of the machine's cores: processes that share them must come to one answer.
        runs = max(1, (os.cpu_count() or 1) // len(jax.local_devices())) if on_cpu() else in_flight()
        too_much = program.memory() * runs / _budget()
        if too_much <= 1 or program.width == 1:
            return points, program
        points = max(1, int(program.width / (1.1 * too_much)))


def preferred(count: int) -> int:
    """Points to a chunk, of `count` in all, that keep all processors equally busy, were it not for the memory."""
    if on_cpu():
        least, processors = CPU_LEAST, os.cpu_count() or 1
    else:
        least, processors = 1, len(jax.local_devices())
    rounds = math.ceil(count / (largest_chunk() * processors))
    return min(count, max(least, math.ceil(count / (rounds * processors))))


def largest_chunk() -> int:
    """The most points that are computed together; always so many, and a point is the same to the last digit."""
    return CPU_CHUNK if on_cpu() else ACCELERATOR_CHUNK


def run_all(work: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
    """Results of `work`, in the order in which they are done, as many at a time as there are processors.

    When the caller stops, by an error or Ctrl-C, what runs is finished and what waits is dropped.
    """
    pool = ThreadPoolExecutor(in_flight())
    try:
        for future in as_completed([pool.submit(work, task) for task in tasks]):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def on_cpu() -> bool:
    """Whether the local devices are CPUs."""
    return jax.local_devices()[0].platform == "cpu"


def in_flight() -> int:
    """Runs at a time: on CPUs one for each core, on accelerators two, so that one computes while one is written."""
    return max(1, len(available_cores()) // len(jax.local_devices())) if on_cpu() else 2


def available_cores() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _budget():
    if on_cpu():
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 4 * 2**30
        return MEMORY_SHARE * total / len(jax.local_devices())
    statistics = jax.local_devices()[0].memory_stats() or {}
    return MEMORY_SHARE * statistics.get("bytes_limit", 8 * 2**30)


def read_chunk(chunk: Any) -> int | None:
    """The argument `chunk`, checked."""
    if chunk is None or (isinstance(chunk, int | np.integer) and not isinstance(chunk, bool) and chunk >= 1):
        return None if chunk is None else int(chunk)
    raise InputError(f"Argument `chunk` must be one or more points, or None to fit the memory, but is {chunk!r}.")
