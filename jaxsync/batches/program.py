"""One compiled program on all the processors there are: shard_map over the devices, threads over a CPU's cores.

A CPU's cores could also be made devices of their own (XLA's host devices). On two cores both ways run 95-105 points a
second; threads need no flag that must be set before JAX starts, and no chunk waits for the slowest of its group.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from jaxsync.errors import InputError

CPU_CHUNK = 64
"""Points to a chunk on a CPU: beyond this the intermediate arrays of a limit cycle leave a core's cache."""

ACCELERATOR_CHUNK = 4096
"""Points to a chunk on an accelerator, which needs thousands of lanes to be busy."""

MEMORY_SHARE = 0.25
"""Part of the memory that all chunks in flight may take together."""


class Program:
    """`function(model, inputs)` of one point, compiled for `width` points on each local device.

    identity: hash of the program, the same wherever it is traced.
    outputs: the shapes of its outputs, as the function structures them.
    """

    def __init__(self, function: Callable[[Any, Any], Any], model: Any, point: Any, width: int):
        """model: a pytree shared by all points. point: a pytree of arrays that stands for one point's inputs."""
        batched = jax.vmap(function, in_axes=(None, 0))
        devices = jax.local_devices()
        traced = jax.jit(batched).trace(model, _inputs(point, width))
        self._lowered = traced.lower()
        # Not of the program for several devices: the chunk, and its result, is the same on one as on many.
        self.identity = hashlib.sha256(self._lowered.as_text().encode()).hexdigest()
        if len(devices) > 1:
            mesh = Mesh(np.array(devices), ("points",))
            specs = PartitionSpec("points")
            spread = jax.shard_map(
                batched, mesh=mesh, in_specs=(PartitionSpec(), specs), out_specs=specs, check_vma=False
            )
            self._lowered = jax.jit(spread).lower(model, _inputs(point, width * len(devices)))
        self._model, self._lock, self._compiled = model, threading.Lock(), None
        self.width, self.outputs = width, traced.out_info

    def compiled(self) -> Any:
        """The executable, compiled when it is first needed: a second pass, or a sweep that is done, may not need it."""
        with self._lock:
            if self._compiled is None:
                self._compiled = self._lowered.compile()
            return self._compiled

    def memory(self) -> int:
        """Bytes that one run takes on a device; zero where that is not known."""
        analysis = self.compiled().memory_analysis()
        if analysis is None:
            return 0
        return analysis.temp_size_in_bytes + analysis.argument_size_in_bytes + analysis.output_size_in_bytes

    def __call__(self, inputs: Any) -> Any:
        """Outputs with leading axes (devices, width), NumPy, of inputs with the same leading axes."""
        lead = (len(jax.local_devices()), self.width)
        flat = jax.tree.map(lambda leaf: np.reshape(leaf, (-1, *np.shape(leaf)[2:])), inputs)
        outputs = jax.device_get(self.compiled()(self._model, flat))
        return jax.tree.map(lambda leaf: np.reshape(leaf, lead + leaf.shape[1:]), outputs)

    def where(self, chosen: np.ndarray, inputs: Any) -> Iterator[tuple[tuple[np.ndarray, np.ndarray], Any]]:
        """The program at the `chosen` points only, (devices, any width) bool, in as many runs as they need.

        Yields where the points are, and their outputs, for each run. A device's points stay with it.
        """
        lists = [np.flatnonzero(row) for row in chosen]
        for first in range(0, max(map(len, lists)), self.width):
            parts = [indices[first : first + self.width] for indices in lists]
            filled = np.array([np.resize(p if p.size else [0], self.width) for p in parts])
            rows = np.arange(len(lists))[:, None]
            outputs = self(jax.tree.map(lambda leaf: np.asarray(leaf)[rows, filled], inputs))  # noqa: B023
            used = np.arange(self.width) < np.array([[p.size] for p in parts])
            yield (np.nonzero(used)[0], filled[used]), jax.tree.map(lambda leaf: leaf[used], outputs)  # noqa: B023


def fitting(build: Callable[[int], Program], points: int | None) -> tuple[int, Program]:
    """The program that `build` makes of a number of points, and this number: `points`, or what the memory allows."""
    if points is not None:
        return points, build(points)
    points = CPU_CHUNK if on_cpu() else ACCELERATOR_CHUNK
    while True:
        program = build(points)
        # All of the machine's cores: processes that share them must come to one answer.
        runs = max(1, (os.cpu_count() or 1) // len(jax.local_devices())) if on_cpu() else in_flight()
        too_much = program.memory() * runs / _budget()
        if too_much <= 1 or program.width == 1:
            return points, program
        points = max(1, int(program.width / (1.1 * too_much)))


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


def _inputs(point, width):
    return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct((width, *np.shape(leaf)), np.asarray(leaf).dtype), point)


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
