"""Timing of compiled functions: compilation apart, the best of several runs."""

import time
from typing import NamedTuple

import jax

from jaxsync.batches.chunks import map_chunks


class Timed(NamedTuple):
    """Result, seconds of the best run, seconds of the first, compilation in it."""

    result: object
    best: float
    first: float


def timed(function, *arguments, repeats=3):
    """`function` called once to compile and then `repeats` times."""
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        result = jax.block_until_ready(function(*arguments))
        times.append(time.perf_counter() - began)
    return Timed(result, min(times[1:]), times[0])


def timed_chunks(function, inputs, chunk, repeats=3):
    """`function` over all of `inputs` in chunks, on every core."""
    compiled = jax.jit(jax.vmap(function))
    map_chunks(compiled, jax.tree.map(lambda leaf: leaf[:chunk], inputs), chunk=chunk)
    return timed(lambda: map_chunks(compiled, inputs, chunk=chunk, compiled=True), repeats=repeats)
