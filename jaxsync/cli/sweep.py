"""The command `jaxsync sweep`."""

import json
import sys
from pathlib import Path
from typing import Any, Literal

import tyro

from jaxsync.cli.flags import Parameters, given
from jaxsync.errors import InputError
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.sweeps.config import read_config, read_flag
from jaxsync.sweeps.grid import sweep as run_sweep
from jaxsync.sweeps.processes import run_processes
from jaxsync.sweeps.ready import READY

STORE = Path("jaxsync-out/sweep.zarr")


def sweep(
    parameters: tyro.conf.OmitArgPrefixes[Parameters] = Parameters(),  # type: ignore[valid-type]
    config: Path | None = None,
    axis: tyro.conf.UseAppendAction[tuple[str, ...]] = (),
    measure: str | None = None,
    store: Path | None = None,
    chunk: int | None = None,
    start: Literal["vacuum", "neighbour"] | None = None,
    along: str | None = None,
    processes: int = 1,
    share: tuple[int, int] | None = None,
    quiet: bool = False,
) -> None:
    """A measure over a grid of parameters, kept in a zarr store; the same command resumes one that was interrupted.

    Args:
        parameters: Parameters where they are not swept, in units of omega_1.
        config: TOML file with measure, store, chunk, start, along, tables [model] and [axes.NAME]; flags come first.
        axis: kerr=-1e-4:1e-4:33 (low, high, count), kerr=0,1e-5, or gamma_1+gamma_2=...; once for each axis.
        measure: window (the paper's S_Q; the default), directions (in both directions, with the contrast), or cycle.
        store: Folder for the results; jaxsync-out/sweep.zarr by default.
        chunk: Points computed together.
        start: Where each point starts from; with neighbour, the measure must be cycle.
        along: The axis along which neighbours are followed.
        processes: Processes on this machine that share the work.
        share: I N: compute only every N-th chunk from the I-th on, for N processes of your own; overrides processes.
        quiet: Show no progress.
    """
    asked: dict[str, Any] = read_config(config) if config else {"axes": {}}
    values = asked.get("model", {})
    model = OptoMagnoMechanical(**(values | given(parameters)))
    axes = asked["axes"] | dict(map(read_flag, axis))
    name = measure or asked.get("measure", "window")
    folder = store or Path(asked.get("store", STORE))
    start = start or asked.get("start", "vacuum")
    along = along or asked.get("along")
    chunk = chunk if chunk is not None else asked.get("chunk")
    if name not in READY:
        raise InputError(f"Argument `measure` must be one of {', '.join(READY)}, not {name!r}.")
    ready = READY[name]
    if start == "neighbour" and ready.of_cycle is None:
        raise InputError("Argument `start`: 'neighbour' goes with a measure of a limit cycle; choose measure cycle.")
    if processes < 1:
        raise InputError(f"Argument `processes` must be one or more, but is {processes}.")
    try:
        if processes > 1 and share is None:
            command = [sys.executable, "-m", "jaxsync.cli", *sys.argv[1:], "--quiet"]
            run_processes(command, processes, folder, progress=not quiet)
        data = run_sweep(
            ready.of_cycle if start == "neighbour" else ready.measure,  # type: ignore[arg-type]
            model,
            axes,
            store=folder,
            chunk=chunk,
            start=start,  # type: ignore[arg-type]
            along=along,
            second_pass=None if start == "neighbour" else ready.second_pass,
            share=share,
            progress=not quiet and processes == 1,
        )
    except KeyboardInterrupt:
        print(
            f"\njaxsync: interrupted; finished chunks are kept in {folder}, the same command resumes.", file=sys.stderr
        )
        sys.exit(130)
    about = data.attrs
    reasons = ", ".join(f"{count} {reason}" for reason, count in json.loads(about["failures"]).items())
    print(f"{about['points']} points, {about['failed']} failed{f' ({reasons})' if reasons else ''}")
    if about["not_computed"]:
        print(f"{about['not_computed']} are not computed yet")
    print(folder)
