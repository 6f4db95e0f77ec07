"""Many points through one compiled program: chunks of equal size, spread over the processor's cores."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import jax
import numpy as np
from tqdm import tqdm

CHUNK = 64
"""Points to a chunk: beyond this the intermediate arrays of a limit cycle leave a core's cache."""


def map_chunks(
    function: Callable[[Any], Any],
    inputs: Any,
    *,
    chunk: int = CHUNK,
    compiled: bool = False,
    progress: bool = False,
    label: str = "points",
) -> Any:
    """`function`, which takes a batch, applied to all of `inputs` chunk by chunk; the results with NumPy leaves.

    inputs: a pytree of arrays with one leading axis of equal length. The last chunk is filled up with its last point,
    so that all have one shape and share one compilation. compiled: it has run with this shape before, so that no chunk
    must go first. progress: a bar over the points, called `label`.
    """
    count = jax.tree.leaves(inputs)[0].shape[0]
    size = min(chunk, count)

    def run(start):
        index = np.minimum(np.arange(start, start + size), count - 1)
        values = jax.device_get(function(jax.tree.map(lambda leaf: leaf[index], inputs)))
        return start, jax.tree.map(lambda leaf: leaf[: count - start], values)

    starts = range(0, count, size)
    with tqdm(total=count, desc=label, unit="pt", disable=not progress) as bar, ThreadPoolExecutor() as pool:
        done = {}
        if not compiled:
            done = dict([run(starts[0])])  # alone: it compiles what the others share
            bar.update(size)
        for future in as_completed([pool.submit(run, start) for start in starts if start not in done]):
            start, values = future.result()
            done[start] = values
            bar.update(min(size, count - start))
    return jax.tree.map(lambda *parts: np.concatenate(parts), *[done[start] for start in starts])
