"""Fig. 2: one-way synchronization by the magnon-Kerr effect, without rotation."""

from pathlib import Path

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from jaxsync.paper.curves import finish_axes, plot_curve, synchronization_curves
from jaxsync.paper.points import KERR
from jaxsync.plots import plot_map

STRONGEST = 1e-4
"""Largest |K| of Figs. 2a, 2c, 3e and 3f in omega_1; the paper does not print its range."""

DIRECTIONS = {r"chosen direction, $K<0$": -KERR, r"other direction, $K>0$": KERR}


def map_data(quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """Fig. 2a: S_Q against the magnon detuning and the Kerr coefficient."""
    axes = {
        "kerr": np.linspace(-STRONGEST, STRONGEST, 17 if quick else 81),
        "delta_m": np.linspace(-1.4, -0.6, 17 if quick else 81),
    }
    return synchronization_curves(axes, progress, store)


def plot_density(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 2a: the density of S_Q; a line around the points whose motion settles on no limit cycle."""
    shown = data.assign_coords(kerr=data["kerr"] * 1e5)
    artists = plot_map(shown, "s_q_window", "limit_cycle", "delta_m", ax)
    artists[0].colorbar.set_label(r"$\mathcal{S}_Q$")  # type: ignore[attr-defined]
    ax.axhline(0, color="white", linestyle=":", linewidth=1)
    if len(artists) > 1:
        line = Line2D([], [], color="white", label="border of the limit cycles")
        ax.legend(handles=[line], fontsize="x-small", loc="upper left", facecolor="0.3", labelcolor="white")
    ax.set_xlabel(r"$\Delta_m/\omega_1$")
    ax.set_ylabel(r"$K/\omega_1$ ($10^{-5}$)")


def detuning_data(quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """Fig. 2b: S_Q against the magnon detuning, field in the chosen direction (K < 0) and in the other."""
    axes = {"kerr": list(DIRECTIONS.values()), "delta_m": np.linspace(-1.4, -0.6, 33 if quick else 97)}
    return synchronization_curves(axes, progress, store)


def plot_detuning(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 2b."""
    for i, (label, kerr) in enumerate(DIRECTIONS.items()):
        plot_curve(ax, data.isel(kerr=i), "delta_m", label, i, fixed={"kerr": kerr})
    finish_axes(ax, r"$\Delta_m/\omega_1$")


def kerr_data(quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """Fig. 2c, and the couplings of Fig. 3f: along the Kerr coefficient at the paper's detunings."""
    return synchronization_curves({"kerr": np.linspace(-STRONGEST, STRONGEST, 33 if quick else 129)}, progress, store)


def plot_kerr(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 2c: one curve, the two directions on either side of zero."""
    sides = (data["kerr"] <= 0, data["kerr"] >= 0)
    for i, (label, side) in enumerate(zip(DIRECTIONS, sides, strict=True)):
        plot_curve(ax, data.where(side, drop=True), "kerr", label, i, scale=1e5)
    ax.axvline(0, color="0.6", linestyle=":", linewidth=1)
    finish_axes(ax, r"$K/\omega_1$ ($10^{-5}$)")
