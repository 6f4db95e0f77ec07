"""Pictures of designs and of what imperfections do to them."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from jaxsync.design.imperfections import Tolerance
from jaxsync.design.maximize import DesignResult
from jaxsync.design.sensitivities import Sensitivities
from jaxsync.plots.style import COLORS


def plot_history(result: DesignResult, ax: Axes | None = None) -> list[Artist]:
    """The objective at the points that every start tried, step by step, and the best so far.

    Args:
        result: What `design.maximize` returns.
        ax: Where to draw; None makes axes.

    Returns:
        The lines.

    Example:
        >>> import jaxsync as js
        >>> from jaxsync.plots import plot_history
        >>> quiet = lambda model: -model.kerr**2
        >>> free = {"kerr": (-1e-4, 1e-4)}
        >>> found = js.design.maximize(quiet, js.OptoMagnoMechanical(), free, starts=2, steps=2)
        >>> lines = plot_history(found)
    """
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
    """Bars of d ln S / d ln p, the strongest on top, linear up to 1 and logarithmic beyond; none for fields of zero.

    Args:
        found: What `design.sensitivities` returns.
        ax: Where to draw; None makes axes.

    Returns:
        The bars.

    Example:
        >>> import jaxsync as js
        >>> from jaxsync.plots import plot_sensitivities
        >>> period = lambda model: js.find_limit_cycle(model).period
        >>> bars = plot_sensitivities(js.design.sensitivities(period, js.OptoMagnoMechanical(kerr=-2e-5)))
    """
    ax = ax or plt.subplots()[1]
    shown = [i for i, value in enumerate(found.relative) if value != 0][::-1]
    colors = [COLORS[0] if found.relative[i] > 0 else COLORS[1] for i in shown]
    bars = ax.barh([found.fields[i] for i in shown], found.relative[shown], color=colors)
    ax.axvline(0, color="0.3", linewidth=0.8)
    ax.set_xscale("symlog", linthresh=1.0)
    ax.set_xlabel(r"$\mathrm{d} \ln S / \mathrm{d} \ln p$")
    return list(bars)


def plot_tolerance(found: Tolerance, ax: Axes | None = None, label: str = "", color: str = COLORS[0]) -> list[Artist]:
    """Share of the devices whose measure is at least the value on the axis; devices without a value count as none.

    Args:
        found: What `design.tolerance` returns.
        ax: Where to draw; None makes axes.
        label: Of the line, for a legend.
        color: Of the line.

    Returns:
        The lines.

    Example:
        >>> import jaxsync as js
        >>> from jaxsync.plots import plot_tolerance
        >>> found = js.design.tolerance(lambda model: model.chi, js.OptoMagnoMechanical(), {"chi": 0.1}, samples=8)
        >>> lines = plot_tolerance(found)
    """
    ax = ax or plt.subplots()[1]
    values = np.sort(found.values[np.isfinite(found.values)])[::-1]
    shares = np.arange(1, len(values) + 1) / len(found.values)
    lines = ax.step(values, shares, where="post", color=color, label=label)
    lines.append(ax.axvline(found.nominal, color=color, linestyle=":", linewidth=1))
    ax.set_xlabel("measure")
    ax.set_ylabel("share of devices above")
    ax.set_ylim(0, 1)
    return list(lines)
