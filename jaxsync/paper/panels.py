"""The panels of the paper's figures, as data."""

import dataclasses
from collections.abc import Callable, Mapping

import matplotlib.axes
import numpy as np
import xarray

from jaxsync.models.base import Model
from jaxsync.models.optomagnomechanical import sagnac_shift
from jaxsync.paper import topological
from jaxsync.paper.axes import AXES, Values
from jaxsync.paper.context import Context
from jaxsync.paper.drawing import MARKED, MARKERS, Curves, Density, draw_curve, finish_axes
from jaxsync.paper.entanglement import MAP, direction_maps, draw_directions
from jaxsync.paper.points import KERR, OMEGA_1, PAPER, RED, SHIFT, SPEED, SPHERE
from jaxsync.paper.revival import revival_of, warm_measure
from jaxsync.paper.synchronization import only_on_cycles, synchronization_measure
from jaxsync.plots import COLORS

SIDES = {-SHIFT: "light from the right", SHIFT: "light from the left"}
"""Sagnac shift of light from either side."""

DIRECTIONS = {-KERR: r"chosen direction, $K<0$", KERR: r"other direction, $K>0$"}
"""K of the magnetic field in either direction."""

STRENGTHS = {0.0: "$K = 0$"} | {k: f"$K = {k * 1e5:g}\\times10^{{-5}}\\,\\omega_1$" for k in (-KERR, -5e-5)}
"""K of the curves of Figs. 3a and 3b: off, the value stated for Fig. 3d, and a stronger one to see the trend."""

OCCUPATIONS = {nbar: f"$\\bar n_j = {nbar:g}$" for nbar in (0.0, 1.0, 10.0)}
"""Thermal phonons of Fig. 3c; Fig. 3d has the last, and the first as the ideal device."""


Compute = Callable[[Context, str, Mapping[str, Values]], xarray.Dataset]
"""Data of a panel from the context, the name under which points are kept, and the axes."""


def synchronization_over(context: Context, name: str, axes: Mapping[str, Values]) -> xarray.Dataset:
    """`synchronization` over axes of the figures."""
    return only_on_cycles(context.sweep(name, synchronization_measure(context.settings), axes))


def revival_over(context: Context, name: str, axes: Mapping[str, Values]) -> xarray.Dataset:
    """Fig. 3e: the revival factor over thermal phonons and K, the maxima over Delta_m."""
    occupations = context.values("nbar", "occupations")
    return revival_of(context.sweep(name, warm_measure(context.settings, occupations), axes), occupations)


def shift_over(context: Context, name: str, axes: Mapping[str, Values]) -> xarray.Dataset:
    """Fig. 1c: the Sagnac-Fizeau shift against the speed of rotation, for light from either side."""
    speeds = context.values("angular_speed", axes["angular_speed"])
    magnitude = np.asarray(sagnac_shift(speeds, **SPHERE)) / OMEGA_1
    return xarray.Dataset(
        {"shift_right": ("angular_speed", -magnitude), "shift_left": ("angular_speed", magnitude)},
        coords={"angular_speed": ("angular_speed", speeds, {"units": "rad/s"})},
    )


def draw_shifts(ax: matplotlib.axes.Axes, data: xarray.Dataset) -> None:
    """Fig. 1c, with the paper's speed as a line."""
    speed = AXES["angular_speed"]
    for i, (name, label, style) in enumerate(zip(data, SIDES.values(), ("-", "--"), strict=True)):
        ax.plot(data["angular_speed"] * speed.scale, data[name], style, color=COLORS[i], label=label)
    ax.axvline(SPEED * speed.scale, color="0.6", linestyle=":", linewidth=1)
    ax.axhline(0, color="0.6", linewidth=0.6)
    ax.set_xlabel(speed.label)
    ax.set_ylabel(AXES["sagnac"].label)
    ax.legend(frameon=False)
    ax.margins(x=0)


def draw_density(ax: matplotlib.axes.Axes, data: xarray.Dataset) -> None:
    """Fig. 2a: the density of S_Q; a line around the points whose motion settles on no limit cycle."""
    words = "border of the limit cycles"
    Density("s_q_window", "limit_cycle", "delta_m", r"$\mathcal{S}_Q$", words, "upper left")(ax, data)
    ax.axhline(0, color="white", linestyle=":", linewidth=1)


def draw_switch(ax: matplotlib.axes.Axes, data: xarray.Dataset) -> None:
    """Fig. 2c: one curve, the two directions on either side of zero."""
    sides = (data["kerr"] <= 0, data["kerr"] >= 0)
    for i, (label, side) in enumerate(zip(DIRECTIONS.values(), sides, strict=True)):
        draw_curve(ax, data.where(side, drop=True), "kerr", label, i)
    ax.axvline(0, color="0.6", linestyle=":", linewidth=1)
    finish_axes(ax, "kerr")


def draw_noisy(ax: matplotlib.axes.Axes, data: xarray.Dataset) -> None:
    """Fig. 3d, with the highest S_Q of the ideal device, at K = 0, as a line to compare with."""
    ideal = data.isel(kerr=0, nbar=1)
    highest = float(ideal["s_q_window"].where(ideal["at_rest"] == 0).max())
    for number, (label, _) in enumerate(zip(STRENGTHS.values(), data["kerr"], strict=False)):
        draw_curve(ax, data.isel(kerr=number, nbar=0), "delta_m", label, number, phase_referenced=False)
    ax.axhline(highest, color="0.3", linestyle=":", label=r"ideal: highest at $\bar n_j = 0$, $K = 0$")
    finish_axes(ax, "delta_m")


def draw_revival(ax: matplotlib.axes.Axes, data: xarray.Dataset) -> None:
    """Fig. 3e, with the contour where the noisy device with Kerr effect equals the ideal one, Lambda = 1."""
    shown = data.assign(below=(data["revival"] < 1).astype(float))
    Density("revival", "below", "nbar", r"$\Lambda$", r"$\Lambda = 1$", "upper right")(ax, shown)


def draw_couplings(ax: matplotlib.axes.Axes, data: xarray.Dataset) -> None:
    """Fig. 3f: effective couplings of photons and magnons against K."""
    kerr = AXES["kerr"]
    x = data["kerr"].values * kerr.scale
    for i, (mode, style, label) in enumerate((("a", "-", "photon, $b_2$"), ("m", "--", "magnon, $b_1$"))):
        marks = {"marker": MARKERS[i], "markersize": 3.5, "markevery": max(1, len(x) // MARKED)}
        ax.plot(x, data[f"coupling_{mode}"], style, color=COLORS[i], label=f"$G_{mode}$, {label}", **marks)
    ax.axvline(0, color="0.6", linestyle=":", linewidth=1)
    ax.set_xlabel(kerr.label)
    ax.set_ylabel(r"$G/\omega_1$")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False, loc="upper left", title=r"$K<0$: chosen direction", title_fontsize="small")
    ax.margins(x=0)


@dataclasses.dataclass(frozen=True)
class Panel:
    """What a panel shows: values along axes of the figures, what is computed there, and how that is drawn.

    model: what all points have in common.
    """

    axes: Mapping[str, Values]
    draw: Callable[[matplotlib.axes.Axes, xarray.Dataset], object]
    compute: Compute = synchronization_over
    model: Model = PAPER


PANELS = {
    # One-way synchronization by the Sagnac effect of a spinning sphere.
    "fig1c": Panel({"angular_speed": "speeds"}, draw_shifts, shift_over),
    "fig1d": Panel({"sagnac": SIDES, "delta_a": "light"}, Curves(SIDES)),
    # By the magnon-Kerr effect, without rotation.
    "fig2a": Panel({"kerr": "density", "delta_m": "density"}, draw_density),
    "fig2b": Panel({"kerr": DIRECTIONS, "delta_m": "field"}, Curves(DIRECTIONS)),
    "fig2c": Panel({"kerr": "switch"}, draw_switch),
    # Does the magnon-Kerr effect rescue synchronization from mass, decay and thermal phonons? Without rotation.
    "fig3a": Panel({"kerr": STRENGTHS, "rho": "rescue"}, Curves(STRENGTHS, phase_referenced=False)),
    "fig3b": Panel({"kerr": STRENGTHS, "gamma": "rescue"}, Curves(STRENGTHS, phase_referenced=False)),
    "fig3c": Panel({"nbar": OCCUPATIONS, "delta_m": "field"}, Curves(OCCUPATIONS, phase_referenced=False)),
    # The device that Eq. (7) compares with is the ideal one without Kerr effect.
    "fig3d": Panel({"kerr": [0.0, -KERR], "nbar": [10.0, 0.0], "delta_m": "field"}, draw_noisy),
    "fig3e": Panel({"kerr": "strengths", "delta_m": "density"}, draw_revival, revival_over),
    "fig3f": Panel({"kerr": "switch"}, draw_couplings),
    "fig3g": Panel(MAP, draw_directions, direction_maps, RED),
    # The last effect that Fig. 3g names.
    "fig3h": Panel(topological.MAP, topological.draw_transfer, topological.transfer_maps),
}
"""By name, in the order in which they are made."""

LAYOUTS = {"fig1": "cd", "fig2": "ab;ac", "fig3": "abc;def;ggg;hhh"}
"""Where the panels of a whole figure stand."""
