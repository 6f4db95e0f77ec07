"""What the line plots of the paper have in common: S_Q along a field for two directions of the input."""

from collections.abc import Mapping

import jax
import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from jaxsync.fluctuations.around_limit_cycle import find_limit_cycle
from jaxsync.measures.synchronization import complete_synchronization, phase_synchronization
from jaxsync.measures.window import WINDOW, integrated_window, window_on_cycle
from jaxsync.models.base import Model
from jaxsync.sweeps.grid import sweep


def synchronization(model: Model) -> dict[str, jax.Array]:
    """What a curve shows at one point: numbers of the limit cycle reached from vacuum, NaN where there is none."""
    cycle = find_limit_cycle(model, throw=False)
    return {
        "s_q_window": window_on_cycle(cycle),
        "s_q_phase_referenced": complete_synchronization(cycle),
        "s_p_phase_referenced": phase_synchronization(cycle),
        "limit_cycle": cycle.converged,
        "period": cycle.period,
        "contraction": cycle.contraction,
        "phase_diffusion": cycle.phase_diffusion,
    }


def synchronization_without_cycle(model: Model) -> dict[str, jax.Array]:
    """The window's S_Q where it has no closed form, by integration from vacuum."""
    return {"s_q_window": integrated_window(model)}


def synchronization_curves(model: Model, axes: Mapping[str, np.ndarray], progress: bool = True) -> xarray.Dataset:
    """`synchronization` at every combination of the values in `axes`, with the window integrated where needed."""
    data = sweep(synchronization, model, axes, second_pass=synchronization_without_cycle, progress=progress)
    # Period and contraction of an orbit that the motion does not settle on are not facts about the point.
    for name in ("period", "contraction"):
        data[name] = data[name].where(data["limit_cycle"] == 1)
    return data


def plot_curve(ax: Axes, data: xarray.Dataset, along: str, label: str, color: str) -> list[Line2D]:
    """One direction: the window's S_Q as a line, the phase-referenced one dashed, crosses where there is no cycle."""
    x = data[along].values
    (line,) = ax.plot(x, data["s_q_window"], color=color, label=label)
    (dashed,) = ax.plot(x, data["s_q_phase_referenced"], color=color, linestyle="--", linewidth=1, alpha=0.7)
    none = data["limit_cycle"].values == 0
    (crosses,) = ax.plot(x[none], data["s_q_window"].values[none], "x", color=color, markersize=4)
    return [line, dashed, crosses]


def finish_axes(ax: Axes, xlabel: str) -> None:
    """Labels, and a legend that also explains the line styles."""
    styles = [
        Line2D([], [], color="0.3", label=f"from vacuum, t in [{WINDOW[0]:g}, {WINDOW[1]:g}]"),
        Line2D([], [], color="0.3", linestyle="--", linewidth=1, label="phase-referenced"),
        Line2D([], [], color="0.3", linestyle="", marker="x", markersize=4, label="no limit cycle from vacuum"),
    ]
    handles, _ = ax.get_legend_handles_labels()
    ax.set_xlabel(xlabel)
    ax.set_ylabel(r"$\mathcal{S}_Q$")
    ax.set_ylim(0, 1.4 * ax.dataLim.ymax)  # room for the legend above the curves
    ax.legend(handles=handles + styles, fontsize="x-small", loc="upper center", ncols=2, frameon=False)
    ax.margins(x=0)
