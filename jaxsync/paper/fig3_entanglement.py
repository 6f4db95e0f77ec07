"""Fig. 3g: what the framework says about one-way entanglement and squeezing.

The paper's figure is a sketch; these are numbers. Entanglement in the strict sense needs a state that stays: here the
stable fixed points of the paper's device with both drives red-detuned, where photon and magnon cool their phonons.
Photon-phonon and magnon-phonon entanglement and the squeezing of the magnon differ between the directions.
Phonon-phonon entanglement and squeezed phonons are absent: they vanish at every stable point of these maps
(`docs/entanglement.md`).
"""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray
from matplotlib.axes import Axes

from jaxsync.measures.gaussian import logarithmic_negativity, squeezing_db
from jaxsync.models.base import Model
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.paper.points import SHIFT
from jaxsync.states.fixed_point import find_fixed_point
from jaxsync.sweeps.grid import sweep

RED = OptoMagnoMechanical(delta_a=1.0, delta_m=1.0)
"""The paper's parameters with both drives on the red side."""

LARGEST = {"kerr": 1e-4, "sagnac": SHIFT}
"""Strengths at the ends of the maps, in omega_1: the largest |K| of Fig. 2c, the shift of Fig. 1."""

DETUNING = {"kerr": "delta_m", "sagnac": "delta_a"}
"""Whose detuning goes with which effect."""

PAIRS = {"photon_phonon": ("a", "b2"), "magnon_phonon": ("m", "b1"), "phonon_phonon": ("b1", "b2")}


def entanglement(model: Model) -> dict[str, jax.Array]:
    """Logarithmic negativities and squeezing in dB at the fixed point that is reached from zero, NaN unless stable."""
    state = find_fixed_point(model, throw=False)
    values = {"stable": state.stable}
    values |= {name: logarithmic_negativity(state, pair) for name, pair in PAIRS.items()}
    values |= {f"{name}_squeezing_db": squeezing_db(state, mode) for name, mode in (("photon", "a"), ("magnon", "m"))}
    # Over all quadratures of both phonons and of their combinations.
    return values | {"phonon_squeezing_db": squeezing_db(state, ("b1", "b2"))}


def direction_map(effect: str, quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """`entanglement` against an effect, "kerr" or "sagnac", and its detuning; the two directions are its two signs."""
    strengths = LARGEST[effect] * np.linspace(-1.0, 1.0, 13 if quick else 61)
    axes = {effect: strengths, DETUNING[effect]: np.linspace(0.2, 2.0, 19 if quick else 91)}
    return sweep(entanglement, RED, axes, store=store, progress=progress)


def entanglement_data(quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """Fig. 3g: both maps, along `effect`; `strength` from -1 to 1 in units of LARGEST, `detuning` the effect's own."""
    maps = []
    for effect, largest in LARGEST.items():
        part = None if store is None else store.with_name(f"{store.stem}-{effect}.zarr")
        data = direction_map(effect, quick, progress, part)
        data = data.rename({effect: "strength", DETUNING[effect]: "detuning"})
        maps.append(data.assign_coords(strength=data["strength"] / largest))
    effects = xarray.DataArray(list(LARGEST), dims="effect", name="effect")
    both: Any = xarray.concat(maps, dim=effects, join="override")  # the detunings are the same numbers
    return both


def plot_entanglement(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 3g: magnon-phonon entanglement against K, photon-phonon against the Sagnac shift; grey is unstable."""
    ax.set_axis_off()
    shown = (
        ("kerr", "magnon_phonon", r"magnon-phonon $E_N$", r"$\Delta_m/\omega_1$", r"$K/\omega_1$ ($10^{-5}$)", 1e5),
        ("sagnac", "photon_phonon", r"photon-phonon $E_N$", r"$\Delta_a/\omega_1$", r"$\sigma_a/\omega_1$", 1.0),
    )
    for i, (effect, name, title, xlabel, ylabel, scale) in enumerate(shown):
        panel = ax.inset_axes((0.58 * i, 0.0, 0.34, 1.0))
        values = data[name].sel(effect=effect).transpose("strength", "detuning")
        y = values["strength"] * LARGEST[effect] * scale
        mesh = panel.pcolormesh(values["detuning"], y, values, vmin=0.0, cmap="viridis", shading="nearest")
        panel.set_facecolor("0.8")
        panel.axhline(0.0, color="white", linestyle=":", linewidth=1)
        panel.set_xlabel(xlabel)
        panel.set_ylabel(ylabel, labelpad=0)
        panel.set_title(title, fontsize="medium")
        panel.figure.colorbar(mesh, cax=panel.inset_axes((1.04, 0.0, 0.06, 1.0)))
