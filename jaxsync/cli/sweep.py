"""The command `jaxsync sweep`."""

import json
import sys
from pathlib import Path
from typing import Any

import tyro

from jaxsync.cli.flags import Parameters, given
from jaxsync.cli.measures import MEASURES
from jaxsync.cli.processes import run_processes
from jaxsync.cli.sweep_config import read_config, read_flag
from jaxsync.errors import InputError
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.sweeps.grid import sweep as run_sweep

STORE = Path("jaxsync-out/sweep.zarr")


def sweep(
    parameters: tyro.conf.OmitArgPrefixes[Parameters] = Parameters(),  # type: ignore[valid-type]
    config: Path | None = None,
    axis: tyro.conf.UseAppendAction[tuple[str, ...]] = (),
    measure: str | None = None,
    store: Path | None = None,
    chunk: int | None = None,
    along: str | None = None,
    processes: int = 1,
    share: tuple[int, int] | None = None,
    quiet: bool = False,
) -> None:
    """A measure over a grid of parameters, kept in a zarr store; the same command resumes one that was interrupted.

    Args:
        parameters: Parameters where they are not swept, in units of omega_1.
        config: TOML file with measure, store, chunk, along, tables [model] and [axes.NAME]; flags come first.
        axis: kerr=-1e-4:1e-4:33 (low, high, count), kerr=0,1e-5, or gamma_1+gamma_2=...; once for each axis.
        measure: window (the paper's S_Q; the default), directions (in both directions, with the contrast), or cycle.
        store: Folder for the results; jaxsync-out/sweep.zarr by default.
        chunk: Points computed together.
        along: An axis along which a cycle is followed from point to point; the measure must be cycle.
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
    along = along or asked.get("along")
    chunk = chunk if chunk is not None else asked.get("chunk")
    if name not in MEASURES:
        raise InputError(f"Argument `measure` must be one of {', '.join(MEASURES)}, not {name!r}.")
    if along is not None and MEASURES[name].of_cycle is None:
        raise InputError("Argument `along` goes with a measure of a limit cycle; choose measure cycle.")
    if processes < 1:
        raise InputError(f"Argument `processes` must be one or more, but is {processes}.")
    try:
        if processes > 1 and share is None:
            command = [sys.executable, "-m", "jaxsync.cli", *sys.argv[1:], "--quiet"]
            run_processes(command, processes, folder, progress=not quiet)
        data = run_sweep(
            MEASURES[name],
            model,
            axes,
            store=folder,
            chunk=chunk,
            along=along,
            share=share,
            progress=not quiet and processes == 1,
        )
    except KeyboardInterrupt:
        print(
            f"\njaxsync: interrupted; finished chunks are kept in {folder}, the same command resumes.", file=sys.stderr
        )
        sys.exit(130)
    about = data.attrs
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in json.loads(about["failures"]).items())
    print(f"{about['points']} points, {about['failed']} failed{f' ({outcomes})' if outcomes else ''}")
    if about["not_computed"]:
        print(f"{about['not_computed']} are not computed yet")
    print(folder)
