"""The figures of the paper by name, and how they are made into files."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.figure
import xarray

from jaxsync.errors import InputError
from jaxsync.outputs import made_with, prepare_folder, write_json, write_whole
from jaxsync.paper.context import Context
from jaxsync.paper.panels import LAYOUTS, PANELS
from jaxsync.paper.points import PAPER
from jaxsync.states.settings import Settings

SIZE = (5.2, 3.6)
"""Of one panel, in inches."""


def panels_of(figures: Sequence[str]) -> list[str]:
    """Names of the panels that a list of figures or panels asks for; all of them for an empty list."""
    for name in figures:
        if not any(panel == name or panel[:-1] == name for panel in PANELS):
            known = ", ".join(sorted({panel[:-1] for panel in PANELS} | set(PANELS)))
            raise InputError(f"Argument `figures`: there is no {name!r}; choose from {known}.")
    return [panel for panel in PANELS if not figures or panel in figures or panel[:-1] in figures]


def reproduce(
    figures: Sequence[str],
    folder: Path,
    *,
    quick: bool = False,
    settings: Settings = Settings(),
    force: bool = False,
    progress: bool = False,
) -> list[Path]:
    """Compute and draw panels of the paper; for each a picture (PNG), its data (CSV), and what made them (JSON).

    A figure of which all panels are made is also drawn as a whole. At full resolution the points are kept in stores
    beside the files as soon as they are there: the same call resumes.

    Args:
        figures: Names of figures ("fig2") and panels ("fig3e"); all if there is none.
        folder: For the files.
        quick: Whether to take fewer points.
        settings: How carefully states are looked for.
        force: Whether to replace files that no such call has made, and to begin the stores anew.
        progress: Whether to show it.

    Returns:
        The files.

    Raises:
        InputError: Before any computing, if a name is unknown, the folder cannot be written, or a file is in the way
            and `force` is not given.
    """
    names = panels_of(figures)
    whole = [figure for figure in LAYOUTS if all(name in names for name in _panels(figure))]
    ours = {name: _is_ours(folder, _identity(name, quick, settings)) for name in names}
    files = [f"{name}.{kind}" for name in names if not ours[name] for kind in ("json", "csv", "png")]
    files += [f"{figure}.png" for figure in whole if not ours[_panels(figure)[-1]]]
    prepare_folder(folder, files, force)

    context = Context(quick=quick, settings=settings, folder=None if quick else folder, anew=force, progress=progress)
    written, everything = [], {}
    for name in names:
        if progress:
            print(name)
        panel = PANELS[name]
        data = everything[name] = panel.compute(context, name, panel.axes)
        record = made_with(
            **_identity(name, quick, settings),
            start="vacuum",
            window=PAPER.window,
            parameters=panel.model,
            axes={str(k): v.values for k, v in data.coords.items()},
            assumptions="docs/claims.md",
        )
        picture = matplotlib.figure.Figure(figsize=SIZE, dpi=160, layout="constrained")
        panel.draw(picture.subplots(), data)
        paths = [folder / f"{name}.{kind}" for kind in ("json", "csv", "png")]
        # The record comes first: it tells a later call that it may replace the others.
        write_json(paths[0], record)
        write_whole(paths[1], lambda path, data=data: data.to_dataframe().to_csv(path))
        write_whole(paths[2], picture.savefig)
        written += paths
    for figure in whole:
        written.append(folder / f"{figure}.png")
        write_whole(written[-1], draw_whole(figure, everything).savefig)
    return written


def draw_whole(figure: str, data: Mapping[str, xarray.Dataset]) -> matplotlib.figure.Figure:
    """All panels of a figure, from their data by name, with their letters."""
    rows: list[Any] = [list(row) for row in LAYOUTS[figure].split(";")]
    size = (SIZE[0] * len(rows[0]), SIZE[1] * len(rows))
    picture = matplotlib.figure.Figure(figsize=size, dpi=120, layout="constrained")
    axes: Mapping[Any, Any] = picture.subplot_mosaic(rows)
    for letter, ax in axes.items():
        PANELS[figure + letter].draw(ax, data[figure + letter])
        ax.set_title(letter, loc="left", fontweight="bold")
    return picture


def _panels(figure):
    return [name for name in PANELS if name[:-1] == figure]


def _identity(name, quick, settings):
    """What tells calls apart: files of the same call may be replaced."""
    return {"panel": name, "quick": quick, "settings": dataclasses.asdict(settings)}


def _is_ours(folder, identity):
    """Whether the panel's record is one of an earlier call like this one."""
    try:
        record = json.loads((folder / f"{identity['panel']}.json").read_text(encoding="utf-8"))
        return {key: record[key] for key in identity} == identity
    except (OSError, ValueError, KeyError, TypeError):
        return False
