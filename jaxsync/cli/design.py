"""The command `jaxsync design`."""

import dataclasses
from pathlib import Path

import numpy as np
import tyro

from jaxsync.attractors.summary import describe_ensemble
from jaxsync.cli.design_config import Design, read_bounds, read_design
from jaxsync.cli.flags import Parameters, given
from jaxsync.design.maximize import DesignResult, maximize
from jaxsync.errors import InputError
from jaxsync.measures.window import window_synchronization
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.outputs import made_with, prepare_folder, write_json, write_whole
from jaxsync.states.settings import Settings

PAPER = OptoMagnoMechanical(kerr=-2e-5)
"""Where the paper's Fig. 2 starts from."""


def design(
    parameters: tyro.conf.OmitArgPrefixes[Parameters] = Parameters(),  # type: ignore[valid-type]
    config: Path | None = None,
    objective: str | None = None,
    free: tyro.conf.UseAppendAction[tuple[str, ...]] = (),
    starts: int | None = None,
    steps: int | None = None,
    seed: int | None = None,
    ensemble: int = 0,
    out: Path = Path("jaxsync-out"),
    force: bool = False,
) -> None:
    """Find the parameters that make an objective large, and compare the device before and after.

    Args:
        parameters: Where to start, in units of omega_1; by default the paper's point with kerr=-2e-5.
        config: TOML file with the keys objective, free, model, spread, statistic, samples, starts, steps, seed.
        objective: contrast, difference (the default), synchronization or revival.
        free: A field and its bounds, as kerr=-1e-4:1e-4; once for each field.
        starts: Number of starts.
        steps: Steps of each start.
        seed: Of starts, disorder and noise.
        ensemble: Also check the device found with this many truncated-Wigner trajectories in each direction.
        out: Folder for the history, the picture and the record.
        force: Replace files that are already there.
    """
    task = read_design(config) if config is not None else Design()
    flags = {"objective": objective, "starts": starts, "steps": steps, "seed": seed, "free": _read_free(free)}
    task = dataclasses.replace(task, **{name: value for name, value in flags.items() if value is not None})
    model = PAPER.replace(**(dict(task.model) | given(parameters)))
    prepare_folder(out, ["design.json", "design-history.csv", "design.png"], force)
    settings = Settings()
    result = maximize(
        task.function(settings), model, task.free, starts=task.starts, steps=task.steps, seed=task.seed, progress=True
    )
    s_q = {
        name: {
            "forward": float(window_synchronization(device, settings=settings)),
            "reversed": float(window_synchronization(device.reversed(), settings=settings)),
        }
        for name, device in (("before", model), ("after", result.model))
    }
    print(_table(task, model, result, s_q))
    checks = {}
    if ensemble:
        for direction, device in (("forward", result.model), ("reversed", result.model.reversed())):
            found = checks[direction] = describe_ensemble(device, ensemble, task.seed, progress=True, settings=settings)
            print(f"ensemble, {direction}: S_Q = {found['s_q']:.4g} +- {found['s_q_error']:.2g}")
    _write(out, task, model, result, s_q, checks, settings)


def _read_free(flags):
    if not flags:
        return None
    pairs = [flag.partition("=") for flag in flags]
    for name, sign, bounds in pairs:
        if not (name and sign and bounds):
            raise InputError(f"Argument `free` must be given as field=low:high, not {name + sign + bounds!r}.")
    return {name: read_bounds(name, bounds) for name, _, bounds in pairs}


def _table(task, model, result: DesignResult, s_q):
    rows: list[tuple[str, ...]] = [("", "before", "after")]
    rows.append((task.objective, f"{result.start_value:.6g}", f"{result.value:.6g}"))
    for direction in ("forward", "reversed"):
        label = f"S_Q {direction}, mean over t in [{model.window[0]:g}, {model.window[1]:g}]"
        rows.append((label, *(f"{s_q[when][direction]:.6g}" for when in ("before", "after"))))
    for name in task.free:
        rows.append((name, *(f"{float(getattr(device, name)):.6g}" for device in (model, result.model))))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def _write(out, task, model, result, s_q, checks, settings):
    import matplotlib.figure  # only where a picture is drawn

    from jaxsync.plots import plot_history

    figure = matplotlib.figure.Figure(figsize=(5.2, 3.6), dpi=160, layout="constrained")
    plot_history(result, figure.subplots())
    paths = [out / name for name in ("design-history.csv", "design.png", "design.json")]
    head = ",".join(f"start {i}" for i in range(len(result.starts)))
    write_whole(paths[0], lambda path: np.savetxt(path, result.history, delimiter=",", header=head, comments=""))
    write_whole(paths[1], figure.savefig)
    record = made_with(task=task, start=model, window=model.window, settings=settings, seed=task.seed)
    content = {"model": result.model, "value": result.value, "start_value": result.start_value, "s_q": s_q}
    found = {"values": result.values, "points": result.points, "starts": result.starts}
    write_json(paths[2], content | {"ensemble": checks} | found | {"made_with": record})
    for path in paths:
        print(path)
