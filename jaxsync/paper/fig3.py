"""Fig. 3: does the magnon-Kerr effect rescue synchronization from mass, decay and thermal phonons? Without rotation."""

from pathlib import Path

import numpy as np
import xarray
from matplotlib.axes import Axes

from jaxsync.paper.curves import MARKERS, finish_axes, plot_curve, synchronization_curves
from jaxsync.paper.points import KERR
from jaxsync.plots import COLORS

STRENGTHS = [0.0, -KERR, -5e-5]
"""K of the curves of Figs. 3a and 3b: off, the value stated for Fig. 3d, and a stronger one to see the trend."""

DETUNINGS = (-1.4, -0.6)
"""Range of the magnon detuning in Figs. 3c and 3d, in omega_1."""

OCCUPATIONS = [0.0, 1.0, 10.0]
"""Thermal phonons of Fig. 3c; Fig. 3d has the last."""


def strength_label(kerr: float) -> str:
    """K in words for a legend."""
    return "$K = 0$" if kerr == 0 else f"$K = {kerr * 1e5:g}\\times10^{{-5}}\\,\\omega_1$"


def mass_data(quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """Fig. 3a: S_Q against the mass ratio."""
    axes = {"kerr": STRENGTHS, "rho": np.linspace(1.0, 5.0, 33 if quick else 161)}
    return synchronization_curves(axes, progress, store)


def decay_data(quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """Fig. 3b: S_Q against the decay rate of the phonons."""
    axes = {"kerr": STRENGTHS, "gamma": np.linspace(0.005, 0.025, 33 if quick else 161)}
    return synchronization_curves(axes, progress, store)


def plot_mass(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 3a."""
    _plot_strengths(ax, data, "rho", 1.0)
    finish_axes(ax, r"mass ratio $\rho = m_j/m_0$")


def plot_decay(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 3b."""
    _plot_strengths(ax, data, "gamma", 1e3)
    finish_axes(ax, r"$\gamma_j/\omega_1$ ($10^{-3}$)")


def _plot_strengths(ax, data, along, scale):
    for i, kerr in enumerate(data["kerr"].values):
        fixed = {"kerr": kerr}
        plot_curve(
            ax,
            data.isel(kerr=i),
            along,
            strength_label(kerr),
            i,
            fixed=fixed,
            scale=scale,
            phase_referenced=False,
        )


def thermal_data(quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """Fig. 3c: S_Q against the magnon detuning at K = 0 for several thermal occupations."""
    axes = {"nbar": OCCUPATIONS, "delta_m": np.linspace(*DETUNINGS, 33 if quick else 97)}
    return synchronization_curves(axes, progress, store)


def plot_thermal(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 3c."""
    for i, nbar in enumerate(data["nbar"].values):
        label, fixed = f"$\\bar n_j = {nbar:g}$", {"nbar": nbar}
        plot_curve(ax, data.isel(nbar=i), "delta_m", label, i, fixed=fixed, phase_referenced=False)
    finish_axes(ax, r"$\Delta_m/\omega_1$")


def noisy_data(quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """Fig. 3d: S_Q against the magnon detuning at ten thermal phonons, Kerr effect off and on."""
    noisy, ideal = OCCUPATIONS[-1], OCCUPATIONS[0]
    # The device that Eq. (7) compares with is the ideal one without Kerr effect.
    axes = {"kerr": [0.0, -KERR], "nbar": [noisy, ideal], "delta_m": np.linspace(*DETUNINGS, 33 if quick else 97)}
    return synchronization_curves(axes, progress, store)


def plot_noisy(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 3d, with the highest S_Q of the ideal device as a line to compare with."""
    for i, kerr in enumerate(data["kerr"].values):
        nbar = float(data["nbar"][0])
        plot_curve(
            ax,
            data.isel(kerr=i, nbar=0),
            "delta_m",
            strength_label(kerr),
            i,
            fixed={"kerr": kerr, "nbar": nbar},
            phase_referenced=False,
        )
    ideal = float(data["s_q_window"].isel(kerr=0, nbar=1).where(data["at_rest"].isel(kerr=0, nbar=1) == 0).max())
    ax.axhline(ideal, color="0.3", linestyle=":", label=r"ideal: highest at $\bar n_j = 0$, $K = 0$")
    finish_axes(ax, r"$\Delta_m/\omega_1$")


def plot_couplings(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 3f, from the data of `fig2.kerr_data`: effective couplings of photons and magnons against K."""
    x = data["kerr"].values * 1e5
    every = max(1, len(x) // 12)
    for i, (mode, style) in enumerate((("a", "-"), ("m", "--"))):
        values = data[f"coupling_{mode}"]
        label = f"$G_{mode}$, {'photon, $b_2$' if mode == 'a' else 'magnon, $b_1$'}"
        ax.plot(x, values, style, color=COLORS[i], marker=MARKERS[i], markersize=3.5, markevery=every, label=label)
    ax.axvline(0, color="0.6", linestyle=":", linewidth=1)
    ax.set_xlabel(r"$K/\omega_1$ ($10^{-5}$)")
    ax.set_ylabel(r"$G/\omega_1$")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False, loc="upper left", title=r"$K<0$: chosen direction", title_fontsize="small")
    ax.margins(x=0)
