"""Fig. 1: one-way synchronization by the Sagnac effect of a spinning sphere."""

import numpy as np
import xarray
from matplotlib.axes import Axes

from jaxsync.models.optomagnomechanical import OptoMagnoMechanical, sagnac_shift
from jaxsync.paper.curves import finish_axes, plot_curve, synchronization_curves
from jaxsync.plots import COLORS

OMEGA_1 = 2 * np.pi * 10e6
"""Frequency of phonon b1, rad/s."""

SPHERE = {"radius": 1.1e-3, "refractive_index": 1.48, "wavelength": 1550e-9}
"""Silica sphere, SI: not printed in the paper; these values give its statement at its speed."""

SPEED = 6e3
"""The paper's Omega, rad/s."""


def shift_data(quick: bool = False, progress: bool = True) -> xarray.Dataset:
    """Fig. 1c: the Sagnac-Fizeau shift against the speed of rotation, for light from either side."""
    speeds = np.linspace(0.0, 10e3, 51)
    magnitude = np.asarray(sagnac_shift(speeds, **SPHERE)) / OMEGA_1
    return xarray.Dataset(
        {"shift_right": ("angular_speed", -magnitude), "shift_left": ("angular_speed", magnitude)},
        coords={"angular_speed": speeds},
    )


def plot_shift(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 1c."""
    for name, side, color in (("shift_right", "right", COLORS[0]), ("shift_left", "left", COLORS[1])):
        ax.plot(data["angular_speed"] / 1e3, data[name], color=color, label=f"light from the {side}")
    ax.axvline(SPEED / 1e3, color="0.6", linestyle=":", linewidth=1)
    ax.set_xlabel(r"$\Omega$ ($10^3$ rad/s)")
    ax.set_ylabel(r"$\sigma_a/\omega_1$")
    ax.legend()


def detuning_data(quick: bool = False, progress: bool = True) -> xarray.Dataset:
    """Fig. 1d: S_Q against the optical detuning, light from the right (sagnac < 0) and from the left."""
    shift = float(sagnac_shift(SPEED, **SPHERE)) / OMEGA_1
    axes = {"sagnac": np.array([-shift, shift]), "delta_a": np.linspace(-1.4, -0.6, 33 if quick else 129)}
    return synchronization_curves(OptoMagnoMechanical(), axes, progress)


def plot_detuning(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 1d."""
    for i, side in enumerate(("right", "left")):
        plot_curve(ax, data.isel(sagnac=i), "delta_a", f"light from the {side}", COLORS[i])
    finish_axes(ax, r"$\Delta_a/\omega_1$")
