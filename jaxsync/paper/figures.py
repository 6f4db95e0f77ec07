"""The figures of the paper by name, and how they are made into files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib.figure
import xarray

from jaxsync.errors import InputError
from jaxsync.measures.window import WINDOW
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.outputs import made_with, prepare_folder, write_json, write_whole
from jaxsync.paper import fig1, fig2, fig3_entanglement
from jaxsync.solvers.limit_cycle import CycleSettings


class Panel(NamedTuple):
    """How to compute a panel's data (quick, progress), how to draw them, and what all its points have in common."""

    compute: Callable[[bool, bool], xarray.Dataset]
    plot: Callable
    model: OptoMagnoMechanical = OptoMagnoMechanical()


PANELS = {
    "fig1c": Panel(fig1.shift_data, fig1.plot_shift),
    "fig1d": Panel(fig1.detuning_data, fig1.plot_detuning),
    "fig2b": Panel(fig2.detuning_data, fig2.plot_detuning),
    "fig2c": Panel(fig2.kerr_data, fig2.plot_kerr),
    "fig3g": Panel(fig3_entanglement.entanglement_data, fig3_entanglement.plot_entanglement, fig3_entanglement.RED),
}


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

    quick: fewer points. Returns the files. Raises `InputError` before any computing if a name is unknown, the folder
    cannot be written, or a file is in the way and `force` is not given.
    """
    names = panels_of(figures)
    prepare_folder(folder, [f"{name}.{kind}" for name in names for kind in ("png", "csv", "json")], force)
    written = []
    for name in names:
        if progress:
            print(name)
        panel = PANELS[name]
        data = panel.compute(quick, progress)
        figure = matplotlib.figure.Figure(figsize=(5.2, 3.6), dpi=160, layout="constrained")
        panel.plot(figure.subplots(), data)
        paths = [folder / f"{name}.{kind}" for kind in ("csv", "png", "json")]
        write_whole(paths[0], lambda path, data=data: data.to_dataframe().to_csv(path))
        write_whole(paths[1], figure.savefig)
        record = made_with(
            panel=name,
            quick=quick,
            start="vacuum",
            window=WINDOW,
            settings=CycleSettings(),
            parameters=panel.model,
            axes={str(k): v.values for k, v in data.coords.items()},
        )
        write_json(paths[2], record)
        written += paths
    return written
