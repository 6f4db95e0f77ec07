"""Timing of compiled functions: compilation apart, the best of several runs."""

import time
from typing import NamedTuple

import jax

from jaxsync.batches import map_points


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
    of_point = lambda _, point: function(point)
    return timed(lambda: map_points(of_point, (), inputs, chunk=chunk), repeats=repeats)
