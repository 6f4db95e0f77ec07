"""Fig. 2: one-way synchronization by the magnon-Kerr effect, without rotation."""

import numpy as np
import xarray
from matplotlib.axes import Axes

from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.paper.curves import finish_axes, plot_curve, synchronization_curves
from jaxsync.plots import COLORS

KERR = 2e-5
"""|K| of Fig. 2b in omega_1: the value that the paper states for Fig. 3d."""


def detuning_data(quick: bool = False, progress: bool = True) -> xarray.Dataset:
    """Fig. 2b: S_Q against the magnon detuning, field in the chosen direction (K < 0) and in the other."""
    axes = {"kerr": np.array([-KERR, KERR]), "delta_m": np.linspace(-1.4, -0.6, 33 if quick else 97)}
    return synchronization_curves(OptoMagnoMechanical(), axes, progress)


def plot_detuning(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 2b."""
    for i, label in enumerate((r"chosen direction, $K<0$", r"other direction, $K>0$")):
        plot_curve(ax, data.isel(kerr=i), "delta_m", label, COLORS[i])
    finish_axes(ax, r"$\Delta_m/\omega_1$")


def kerr_data(quick: bool = False, progress: bool = True) -> xarray.Dataset:
    """Fig. 2c: S_Q against the Kerr coefficient at the paper's detunings."""
    axes = {"kerr": np.linspace(-1e-4, 1e-4, 33 if quick else 129)}
    return synchronization_curves(OptoMagnoMechanical(), axes, progress)


def plot_kerr(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 2c: one curve, the two directions on either side of zero."""
    scaled = data.assign_coords(kerr=data["kerr"] * 1e5)
    plot_curve(ax, scaled.where(scaled["kerr"] <= 0, drop=True), "kerr", r"chosen direction, $K<0$", COLORS[0])
    plot_curve(ax, scaled.where(scaled["kerr"] >= 0, drop=True), "kerr", r"other direction, $K>0$", COLORS[1])
    ax.axvline(0, color="0.6", linestyle=":", linewidth=1)
    finish_axes(ax, r"$K/\omega_1$ ($10^{-5}$)")
