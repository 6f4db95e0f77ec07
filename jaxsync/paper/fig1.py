"""Fig. 1: one-way synchronization by the Sagnac effect of a spinning sphere."""

from pathlib import Path

import numpy as np
import xarray
from matplotlib.axes import Axes

from jaxsync.models.optomagnomechanical import sagnac_shift
from jaxsync.paper.curves import finish_axes, plot_curve, synchronization_curves
from jaxsync.paper.points import OMEGA_1, SHIFT, SPEED, SPHERE
from jaxsync.plots import COLORS

SIDES = {"right": -SHIFT, "left": SHIFT}
"""Sagnac shift of light from either side."""


def shift_data(quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """Fig. 1c: the Sagnac-Fizeau shift against the speed of rotation, for light from either side."""
    speeds = np.linspace(0.0, 10e3, 51)
    magnitude = np.asarray(sagnac_shift(speeds, **SPHERE)) / OMEGA_1
    return xarray.Dataset(
        {"shift_right": ("angular_speed", -magnitude), "shift_left": ("angular_speed", magnitude)},
        coords={"angular_speed": ("angular_speed", speeds, {"units": "rad/s"})},
    )


def plot_shift(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 1c."""
    for i, side in enumerate(SIDES):
        style = "-" if side == "right" else "--"
        ax.plot(
            data["angular_speed"] / 1e3, data[f"shift_{side}"], style, color=COLORS[i], label=f"light from the {side}"
        )
    ax.axvline(SPEED / 1e3, color="0.6", linestyle=":", linewidth=1)
    ax.axhline(0, color="0.6", linewidth=0.6)
    ax.set_xlabel(r"$\Omega$ ($10^3$ rad/s)")
    ax.set_ylabel(r"$\sigma_a/\omega_1$")
    ax.legend(frameon=False)
    ax.margins(x=0)


def detuning_data(quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """Fig. 1d: S_Q against the optical detuning, light from the right (sagnac < 0) and from the left."""
    axes = {"sagnac": list(SIDES.values()), "delta_a": np.linspace(-1.4, -0.6, 33 if quick else 129)}
    return synchronization_curves(axes, progress, store)


def plot_detuning(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 1d."""
    for i, (side, shift) in enumerate(SIDES.items()):
        plot_curve(ax, data.isel(sagnac=i), "delta_a", f"light from the {side}", i, fixed={"sagnac": shift})
    finish_axes(ax, r"$\Delta_a/\omega_1$")
