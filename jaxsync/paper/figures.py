"""The figures of the paper by name, and how they are made into files."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.figure
import xarray

from jaxsync.errors import InputError
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.outputs import made_with, prepare_folder, write_json, write_whole
from jaxsync.paper import fig1, fig2, fig3, fig3_entanglement, fig3_revival
from jaxsync.paper.points import PAPER
from jaxsync.states.settings import Settings
from jaxsync.sweeps.store import read_description


class Panel(NamedTuple):
    """How to compute a panel's data (quick, progress, store), draw them, and what all its points have in common."""

    compute: Callable[[bool, bool, Path | None], xarray.Dataset]
    plot: Callable
    model: OptoMagnoMechanical = PAPER


PANELS = {
    "fig1c": Panel(fig1.shift_data, fig1.plot_shift),
    "fig1d": Panel(fig1.detuning_data, fig1.plot_detuning),
    "fig2a": Panel(fig2.map_data, fig2.plot_density),
    "fig2b": Panel(fig2.detuning_data, fig2.plot_detuning),
    "fig2c": Panel(fig2.kerr_data, fig2.plot_kerr),
    "fig3a": Panel(fig3.mass_data, fig3.plot_mass),
    "fig3b": Panel(fig3.decay_data, fig3.plot_decay),
    "fig3c": Panel(fig3.thermal_data, fig3.plot_thermal),
    "fig3d": Panel(fig3.noisy_data, fig3.plot_noisy),
    "fig3e": Panel(fig3_revival.revival_data, fig3_revival.plot_revival),
    "fig3f": Panel(fig2.kerr_data, fig3.plot_couplings),
    "fig3g": Panel(fig3_entanglement.entanglement_data, fig3_entanglement.plot_entanglement, fig3_entanglement.RED),
}

LAYOUTS = {"fig1": "cd", "fig2": "ab;ac", "fig3": "abc;def;ggg"}
"""Where the panels of a whole figure stand."""

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
    figures: Sequence[str], folder: Path, *, quick: bool = False, force: bool = False, progress: bool = True
) -> list[Path]:
    """Compute and draw the panels; for each a picture (PNG), its data (CSV), and what made them (JSON).

    quick: fewer points. A figure of which all panels are made is also drawn as a whole. At full resolution the points
    are kept in stores beside the files as soon as they are there: the same call resumes. Returns the files. Raises
    `InputError` before any computing if a name is unknown, the folder cannot be written, or a file is in the way that
    no such call has made, and `force` is not given; with `force` the stores too are begun anew.
    """
    names = panels_of(figures)
    whole = [figure for figure in LAYOUTS if all(name in names for name in PANELS if name[:-1] == figure)]
    files = [f"{name}.{kind}" for name in names if not _is_ours(folder, name, quick) for kind in ("json", "csv", "png")]
    files += [f"{figure}.png" for figure in whole if not _is_ours(folder, _panels(figure)[-1], quick)]
    prepare_folder(folder, files, force)
    written, everything = [], {}
    for name in names:
        if progress:
            print(name)
        panel, store = PANELS[name], None if quick else folder / f"{name}.zarr"
        if store is not None and force and store.exists() and read_description(store) is not None:
            shutil.rmtree(store)
        data = everything[name] = panel.compute(quick, progress, store)
        record = made_with(
            **_identity(name, quick),
            start="vacuum",
            window=PAPER.window,
            settings=Settings(),
            parameters=panel.model,
            axes={str(k): v.values for k, v in data.coords.items()},
            assumptions="docs/claims.md",
        )
        picture = matplotlib.figure.Figure(figsize=SIZE, dpi=160, layout="constrained")
        panel.plot(picture.subplots(), data)
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
        PANELS[figure + letter].plot(ax, data[figure + letter])
        ax.set_title(letter, loc="left", fontweight="bold")
    return picture


def _panels(figure):
    return [name for name in PANELS if name[:-1] == figure]


def _identity(name, quick):
    return {"panel": name, "quick": quick}


def _is_ours(folder, name, quick):
    """Whether the panel's record is one of an earlier call like this one, whose files may be replaced."""
    try:
        record = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        return {key: record[key] for key in _identity(name, quick)} == _identity(name, quick)
    except (OSError, ValueError, KeyError, TypeError):
        return False
