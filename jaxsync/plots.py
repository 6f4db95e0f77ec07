"""Pictures of states: every function takes the axes to draw on, or makes them, and returns what it drew."""

import matplotlib.pyplot as plt
import numpy as np
import xarray
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from jaxsync.attractors.basins import Attractors
from jaxsync.attractors.branch import Hysteresis
from jaxsync.attractors.ensemble import Ensemble
from jaxsync.design.imperfections import Tolerance
from jaxsync.design.maximize import DesignResult
from jaxsync.design.sensitivities import Sensitivities
from jaxsync.errors import InputError
from jaxsync.measures.synchronization import Modes, complete_synchronization
from jaxsync.models.equations import pair_indices, pair_of
from jaxsync.states.limit_cycle import LimitCycle
from jaxsync.states.trajectory import Trajectory

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""The Okabe-Ito palette: distinct to the colour-blind; blue and vermilion also in grey."""


def plot_orbit(
    state: LimitCycle | Trajectory,
    modes: Modes = None,
    ax: Axes | None = None,
    color: str = COLORS[0],
    label: str = "",
) -> list[Artist]:
    """The motion in the plane of the two modes' X quadratures: a line for locked phonons, an area for unlocked ones."""
    ax = ax or plt.subplots()[1]
    modes = pair_of(state.model, modes)
    i, j = pair_indices(state.model, modes)
    orbit = np.asarray(state.amplitudes)
    if isinstance(state, LimitCycle):
        orbit = np.concatenate([orbit, orbit[:1]])
    first, second = (np.sqrt(2) * np.real(orbit[:, k]) for k in (i, j))
    lines = ax.plot(first, second, color=color, label=label)
    ax.set_xlabel(f"$X$ of {modes[0]}")
    ax.set_ylabel(f"$X$ of {modes[1]}")
    ax.set_aspect("equal", adjustable="datalim")
    return list(lines)


def plot_attractors(attractors: Attractors, ax: Axes | None = None) -> list[Artist]:
    """The attractors' orbits in one plane, each with its share of starts, S_Q and relative phase in the legend."""
    ax = ax or plt.subplots()[1]
    first, second = attractors.modes or attractors.model.modes[:2]
    artists: list[Artist] = []
    for number, attractor in enumerate(attractors):
        phase = attractor.relative_phase / np.pi
        star = ", from vacuum" if number == attractors.from_vacuum else ""
        label = f"{attractor.share:.0%} {attractor.outcome}{star}"
        color = COLORS[number % len(COLORS)]
        if isinstance(attractor.state, LimitCycle):
            label += f"\n$S_Q$ = {attractor.s_q:.3f}, phase {phase:.2f}$\\pi$"
            artists += plot_orbit(attractor.state, (first, second), ax, label=label, color=color)
        else:
            artists += ax.plot([], [], label=label, color=color)
    ax.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return artists


def plot_hysteresis(hysteresis: Hysteresis, quantity: str = "s_q", ax: Axes | None = None) -> list[Artist]:
    """`quantity` along the field, upwards and downwards: "s_q", "period", or the name of a mode for its amplitude."""
    ax = ax or plt.subplots()[1]
    artists: list[Artist] = []
    for branch, label, marker, color in (
        (hysteresis.up, "upwards", ">", COLORS[0]),
        (hysteresis.down, "downwards", "<", COLORS[1]),
    ):
        if quantity in ("s_q", "period"):
            y = getattr(branch, quantity)
        else:
            y = branch.sizes[:, hysteresis.model.modes.index(quantity)]
        artists += ax.plot(branch.values, y, marker=marker, markersize=4, color=color, label=label)
    ax.set_xlabel(hysteresis.field)
    ax.set_ylabel({"s_q": r"$\mathcal{S}_Q$, phase-referenced", "period": "period"}.get(quantity, f"|{quantity}|"))
    ax.legend()
    return artists


def plot_ensemble(ensemble: Ensemble, linear: Trajectory, modes: Modes = None, ax: Axes | None = None) -> list[Artist]:
    """S_Q(t) of the ensemble with its standard errors, on that of linear theory."""
    ax = ax or plt.subplots()[1]
    value = np.asarray(complete_synchronization(ensemble, modes))
    error = ensemble.standard_error(lambda e: complete_synchronization(e, modes))
    lines = ax.plot(linear.times, complete_synchronization(linear, modes), color=COLORS[0], label="linear theory")
    bars = ax.errorbar(
        ensemble.times,
        value,
        yerr=error,
        fmt=".",
        color=COLORS[1],
        label=f"truncated Wigner, {len(ensemble.trajectories)} trajectories",
    )
    ax.set_xlabel(r"$\omega_1 t$")
    ax.set_ylabel(r"$\mathcal{S}_Q$")
    ax.set_ylim(bottom=0)
    ax.legend()
    return [*lines, bars]  # type: ignore[list-item]  # a container of artists


def plot_history(result: DesignResult, ax: Axes | None = None) -> list[Artist]:
    """The objective at the points that every start tried, step by step, and the best so far."""
    ax = ax or plt.subplots()[1]
    steps = np.arange(1, len(result.history) + 1)
    lines = ax.plot(steps, result.history, color="0.6", linewidth=0.6, alpha=0.6)
    seen = np.maximum.accumulate(np.nanmax(np.nan_to_num(result.history, nan=-np.inf), axis=1))
    lines += ax.plot(steps, seen, color=COLORS[1], label="best so far")
    lines.append(ax.axhline(result.start_value, color=COLORS[0], linestyle="--", label="the model given"))
    ax.set_xlim(1, max(2, len(steps)))
    ax.set_xlabel("step")
    ax.set_ylabel("objective")
    ax.legend(frameon=False)
    return list(lines)


def plot_sensitivities(found: Sensitivities, ax: Axes | None = None) -> list[Artist]:
    """Bars of d ln S / d ln p, the strongest on top, linear up to 1 and logarithmic beyond; none for fields of zero."""
    ax = ax or plt.subplots()[1]
    shown = [i for i, value in enumerate(found.relative) if value != 0][::-1]
    colors = [COLORS[0] if found.relative[i] > 0 else COLORS[1] for i in shown]
    bars = ax.barh([found.fields[i] for i in shown], found.relative[shown], color=colors)
    ax.axvline(0, color="0.3", linewidth=0.8)
    ax.set_xscale("symlog", linthresh=1.0)
    ax.set_xlabel(r"$\mathrm{d} \ln S / \mathrm{d} \ln p$")
    return list(bars)


def plot_tolerance(found: Tolerance, ax: Axes | None = None, label: str = "", color: str = COLORS[0]) -> list[Artist]:
    """Share of the devices whose measure is at least the value on the axis; devices without a value count as none."""
    ax = ax or plt.subplots()[1]
    values = np.sort(found.values[np.isfinite(found.values)])[::-1]
    shares = np.arange(1, len(values) + 1) / len(found.values)
    lines = ax.step(values, shares, where="post", color=color, label=label)
    lines.append(ax.axvline(found.nominal, color=color, linestyle=":", linewidth=1))
    ax.set_xlabel("measure")
    ax.set_ylabel("share of devices above")
    ax.set_ylim(0, 1)
    return list(lines)


def plot_map(
    dataset: xarray.Dataset,
    name: str | None = None,
    outline: str | None = None,
    x: str | None = None,
    ax: Axes | None = None,
) -> list[Artist]:
    """Density plot of the variable `name` of a sweep over two axes, with a regime outlined; what is NaN is grey.

    name: by default the first variable. outline: a flag, such as "limit_cycle", whose changes from zero are drawn as a
    line; by default what is NaN is outlined. x: the axis drawn horizontally, by default the last. Returns the mesh,
    and the outline where there is one. Raises `InputError` for names that are not there and other numbers of axes.
    """
    flags = {"outcome", "start", outline}
    names = [str(v) for v in dataset.data_vars]
    name = name or next((v for v in names if v not in flags), names[0])
    for argument, value in (("name", name), ("outline", outline)):
        if value is not None and value not in names:
            raise InputError(
                f"Argument `{argument}` must be a variable of the dataset ({', '.join(names)}), not {value!r}."
            )
    dims = [str(d) for d in dataset[name].dims]
    if len(dims) != 2:
        raise InputError(
            f"Argument `dataset` must have two axes, but has {', '.join(dims)}: choose values of the others with "
            "dataset.isel or dataset.sel, or draw a line with dataset.plot."
        )
    if x is not None and x not in dims:
        raise InputError(f"Argument `x` must be an axis of the dataset ({', '.join(dims)}), not {x!r}.")
    x = x or dims[-1]
    y = dims[1 - dims.index(x)]
    ax = ax or plt.subplots()[1]
    data = dataset.transpose(y, x).sortby([x, y])
    horizontal, vertical = data[x].values, data[y].values
    ax.set_facecolor("0.6")
    mesh = ax.pcolormesh(horizontal, vertical, data[name].values, shading="nearest", cmap="viridis", rasterized=True)
    artists: list[Artist] = [mesh]
    inside = (np.isnan(data[name].values) if outline is None else data[outline].values != 0).astype(float)
    if min(inside.shape) > 1 and inside.min() < inside.max():
        artists.append(ax.contour(horizontal, vertical, inside, levels=[0.5], colors="white", linewidths=1.2))
    ax.figure.colorbar(mesh, ax=ax, label=name)
    for axis, dim in ((ax.xaxis, x), (ax.yaxis, y)):
        unit = data[dim].attrs.get("units", "")
        axis.set_label_text(f"{dim} ({unit})" if unit not in ("", "1") else dim)
    return artists
