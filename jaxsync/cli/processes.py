"""One sweep by several processes of this machine, each with its share of the chunks and of the cores."""

import contextlib
import math
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from jaxsync.batches.program import available_cores
from jaxsync.errors import InputError
from jaxsync.sweeps.blocks import Blocks
from jaxsync.sweeps.store import read_description


def run_processes(command: Sequence[str], count: int, store: Path, progress: bool) -> None:
    """Run `command` `count` times with `--share i count` added, wait for all, and show how the store fills.

    Raises `InputError` with what the first process that failed has said; the others are left to finish their shares.
    """
    with contextlib.ExitStack() as files:
        # Files, since a pipe that nobody reads would block.
        logs = [files.enter_context(tempfile.TemporaryFile("w+")) for _ in range(count)]
        codes = _wait(_start(command, logs), store, progress)
        for index, (code, log) in enumerate(zip(codes, logs, strict=True)):
            if code:
                log.seek(0)
                said = [line for line in log.read().splitlines() if line.startswith("jaxsync: ")]
                if said:
                    raise InputError(said[-1].removeprefix("jaxsync: "))
                raise InputError(
                    f"Process {index} of {count} ended with exit code {code}. Finished chunks are kept in {store}; run "
                    "the same command again to complete it."
                )


def _start(command, logs):
    cores = available_cores()
    children = []
    try:
        for index, log in enumerate(logs):
            # A child has the cores of the thread that starts it.
            _use_cores(cores[index :: len(logs)] or cores)
            words = [*command, "--share", str(index), str(len(logs))]
            children.append(subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=log))
    finally:
        _use_cores(cores)
    return children


def _wait(children, store, progress):
    """Exit codes of the children, with a bar meanwhile."""
    try:
        with tqdm(desc="points", unit="pt", disable=not progress) as bar:
            while any(child.poll() is None for child in children):
                time.sleep(0.2)
                _show(bar, store)
    except KeyboardInterrupt:
        pass  # it has reached the children as well: they finish the chunks that they are at
    finally:
        codes = [child.wait() for child in children]
    if 130 in codes:
        raise KeyboardInterrupt
    return codes


def finished_points(store: Path) -> tuple[int, int]:
    """Points in finished chunks, and points of the whole sweep; (0, 0) if there is no store yet."""
    found = read_description(store)
    if found is None:
        return 0, 0
    blocks = Blocks(tuple(found["shape"]), tuple(found["blocks"]))
    names = (("/".join(map(str, blocks.corner(number))), number) for number in range(len(blocks)))
    done = sum(blocks.points(number) for name, number in names if (store / "outcome" / "c" / name).exists())
    return done, math.prod(blocks.shape)


def _show(bar, store):
    done, total = finished_points(store)
    if total and not bar.total:
        bar.total = total
        bar.initial = bar.n = done
    bar.update(done - bar.n)


def _use_cores(cores):
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
