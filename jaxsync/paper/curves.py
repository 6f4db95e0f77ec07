"""What the line plots of the paper have in common: S_Q along an axis, one curve for each value of another."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from jaxsync.measures.measure import Measure
from jaxsync.measures.synchronization import complete_synchronization, effective_couplings, phase_synchronization
from jaxsync.measures.window import integrated_window, window_on_cycle
from jaxsync.models.base import Model
from jaxsync.models.equations import mode_index
from jaxsync.paper.ensembles import ensemble_points
from jaxsync.paper.points import PAPER, axis
from jaxsync.plots import COLORS
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.states.outcome import Outcome
from jaxsync.sweeps.grid import sweep

MARKERS = ("o", "^", "s", "D")
"""Of the curves, so that they can be told apart without colours."""


PHONONS = ("b1", "b2")

OF_ORBIT = ("period", "contraction", "coupling_a", "coupling_m", *(f"amplitude_{mode}" for mode in PHONONS))
"""Numbers of an orbit: where the motion does not settle on it, they are no facts about the point."""


def synchronization(model: Model) -> dict[str, jax.Array]:
    """What a curve shows at one point: numbers of the limit cycle reached from vacuum, NaN where there is none."""
    cycle = find_limit_cycle(model, throw=False)
    couplings = effective_couplings(cycle)
    return {
        "s_q_window": window_on_cycle(cycle),
        "s_q_phase_referenced": complete_synchronization(cycle),
        "s_p_phase_referenced": phase_synchronization(cycle),
        "limit_cycle": cycle.stable,
        "at_rest": cycle.code == Outcome.FIXED_POINT,
        "period": cycle.period,
        "contraction": cycle.contraction,
        "phase_diffusion": cycle.phase_diffusion,
        "coupling_a": couplings["a"],
        "coupling_m": couplings["m"],
    } | {
        f"amplitude_{mode}": jnp.sqrt(jnp.mean(jnp.abs(cycle.amplitudes[:, mode_index(model, mode)]) ** 2))
        for mode in PHONONS
    }


def synchronization_without_cycle(model: Model) -> dict[str, jax.Array]:
    """The window's S_Q where it has no closed form, by integration from vacuum."""
    return {"s_q_window": integrated_window(model)}


def synchronization_curves(
    axes: Mapping[str, Sequence[float] | np.ndarray], progress: bool = True, store: Path | None = None
) -> xarray.Dataset:
    """`synchronization` at every combination of the values in `axes`, with the window integrated where needed.

    axes: fields of the paper's model, or rho, gamma, nbar. store: folder that the points are kept in, to resume.
    """
    data = sweep(
        Measure(synchronization, synchronization_without_cycle),
        PAPER,
        {name: axis(name, values) for name, values in axes.items()},
        store=store,
        progress=progress,
    )
    for name in OF_ORBIT:
        data[name] = data[name].where(data["limit_cycle"] == 1)
    return data


def plot_curve(
    ax: Axes,
    data: xarray.Dataset,
    along: str,
    label: str,
    number: int,
    *,
    fixed: Mapping[str, float] | None = None,
    scale: float = 1.0,
    phase_referenced: bool = True,
) -> None:
    """One curve: the window's S_Q as a line, the phase-referenced one dashed, crosses where there is no cycle.

    number: chooses colour and marker. fixed: the curve's other axes, for the points of `ensemble_points`, hollow with
    their errors. scale: of the numbers on the x axis.
    """
    color, marker = COLORS[number], MARKERS[number]
    x = data[along].values * scale
    s_q = data["s_q_window"].values
    every = max(1, len(x) // 12)
    ax.plot(x, s_q, color=color, marker=marker, markersize=3.5, markevery=every, label=label)
    if phase_referenced:
        ax.plot(x, data["s_q_phase_referenced"], color=color, linestyle="--", linewidth=1, alpha=0.7)
    none = data["limit_cycle"].values == 0
    ax.plot(x[none], s_q[none], "x", color=color, markersize=6, label="_no_cycle")
    points = ensemble_points(along, fixed or {})
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


def finish_axes(ax: Axes, xlabel: str) -> None:
    """Labels, and a legend that also explains the styles that occur."""
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
    ax.set_xlabel(xlabel)
    ax.set_ylabel(r"$\mathcal{S}_Q$")
    rows = -(-(len(handles) + len(styles)) // 2)
    # Markers at zero are seen whole.
    ax.set_ylim(-0.03 * ax.dataLim.ymax, (1.05 + 0.1 * rows) * ax.dataLim.ymax)  # room for the legend above the curves
    ax.legend(
        handles=handles + styles, fontsize="x-small", loc="upper center", ncols=2, columnspacing=1.0, frameon=False
    )
    ax.margins(x=0)
