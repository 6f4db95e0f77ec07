"""How panels are drawn: curves of S_Q along an axis, with the ensembles that check them, and maps."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import matplotlib.axes
import numpy as np
import xarray
from matplotlib.lines import Line2D

from jaxsync.paper.axes import AXES
from jaxsync.paper.ensembles import ensemble_points
from jaxsync.paper.points import PAPER
from jaxsync.plots import COLORS, plot_map

MARKERS = ("o", "^", "s", "D")
"""Of the curves, so that they can be told apart without colours."""

MARKED = 12
"""Markers to a curve, about."""


@dataclasses.dataclass(frozen=True)
class Curves:
    """Draws S_Q along the last axis of the data, a curve for each value of the first.

    labels: of the curves by that value, in the data's order. phase_referenced: whether that S_Q is drawn too, dashed.
    """

    labels: Mapping[float, str]
    phase_referenced: bool = True

    def __call__(self, ax: matplotlib.axes.Axes, data: xarray.Dataset) -> None:
        """Draw them, with labels and legend."""
        each, along = (str(name) for name in data["s_q_window"].dims)
        for number, label in enumerate(self.labels.values()):
            draw_curve(ax, data.isel({each: number}), along, label, number, self.phase_referenced)
        finish_axes(ax, along)


@dataclasses.dataclass(frozen=True)
class Density:
    """Draws `name` as a density over two axes, K upwards, with a white line around where `outline` is zero.

    x: the axis drawn horizontally. symbol: of what is drawn. words: what the line says, in a corner.
    """

    name: str
    outline: str
    x: str
    symbol: str
    words: str
    corner: Literal["upper left", "upper right"]

    def __call__(self, ax: matplotlib.axes.Axes, data: xarray.Dataset) -> None:
        """Draw it, with labels and legend."""
        kerr = AXES["kerr"]
        shown = data.assign_coords(kerr=data["kerr"] * kerr.scale)
        artists = plot_map(shown, self.name, self.outline, self.x, ax)
        artists[0].colorbar.set_label(self.symbol)  # type: ignore[attr-defined]
        if len(artists) > 1:
            line = Line2D([], [], color="white", label=self.words)
            ax.legend(handles=[line], fontsize="x-small", loc=self.corner, facecolor="0.3", labelcolor="white")
        ax.set_xlabel(AXES[self.x].label)
        ax.set_ylabel(kerr.label)


def draw_curve(
    ax: matplotlib.axes.Axes,
    data: xarray.Dataset,
    along: str,
    label: str,
    number: int,
    phase_referenced: bool = True,
) -> None:
    """One curve: the window's S_Q as a line, the phase-referenced one dashed, crosses where there is no cycle.

    Points of `ensemble_points` at the curve's other coordinates are hollow, with their errors. number: chooses colour
    and marker.
    """
    color, marker, scale = COLORS[number], MARKERS[number], AXES[along].scale
    x = data[along].values * scale
    s_q = data["s_q_window"].values
    ax.plot(x, s_q, color=color, marker=marker, markersize=3.5, markevery=max(1, len(x) // MARKED), label=label)
    if phase_referenced:
        ax.plot(x, data["s_q_phase_referenced"], color=color, linestyle="--", linewidth=1, alpha=0.7)
    none = data["limit_cycle"].values == 0
    ax.plot(x[none], s_q[none], "x", color=color, markersize=6, label="_no_cycle")
    fixed = {str(name): float(value) for name, value in data.coords.items() if value.ndim == 0}
    points = ensemble_points(along, fixed)
    inside = points[(points[:, 0] >= data[along].values.min()) & (points[:, 0] <= data[along].values.max())]
    ax.errorbar(
        inside[:, 0] * scale,
        inside[:, 1],
        yerr=inside[:, 2],
        fmt=marker,
        markersize=7,
        markerfacecolor="white",
        color=color,
        capsize=2,
        zorder=3,
        label="_ensemble",
    )


def finish_axes(ax: matplotlib.axes.Axes, along: str) -> None:
    """Labels of S_Q along an axis, and a legend that also explains the styles that occur."""
    styles = [Line2D([], [], color="0.3", label=f"linear, $t\\in[{PAPER.window[0]:g}, {PAPER.window[1]:g}]$")]
    ensembles: list[Any] = [c for c in ax.containers if c.get_label() == "_ensemble"]
    if any(line.get_linestyle() == "--" for line in ax.lines):
        styles.append(Line2D([], [], color="0.3", linestyle="--", linewidth=1, label="phase-referenced"))
    if any(line.get_label() == "_no_cycle" and np.size(line.get_xdata()) for line in ax.lines):
        styles.append(Line2D([], [], color="0.3", linestyle="", marker="x", markersize=6, label="no limit cycle"))
    if any(len(c.lines[0].get_xdata()) for c in ensembles):
        hollow = {"marker": "o", "markersize": 7, "markerfacecolor": "white"}
        styles.append(Line2D([], [], color="0.3", linestyle="", label="truncated Wigner", **hollow))
    handles, _ = ax.get_legend_handles_labels()
    ax.set_xlabel(AXES[along].label)
    ax.set_ylabel(r"$\mathcal{S}_Q$")
    rows = -(-(len(handles) + len(styles)) // 2)
    # Markers at zero are seen whole, and the legend has room above the curves.
    ax.set_ylim(-0.03 * ax.dataLim.ymax, (1.05 + 0.1 * rows) * ax.dataLim.ymax)
    ax.legend(
        handles=handles + styles, fontsize="x-small", loc="upper center", ncols=2, columnspacing=1.0, frameon=False
    )
    ax.margins(x=0)
