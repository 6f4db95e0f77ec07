"""Pictures of branches and of borders."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from jaxsync.attractors.borders import Border
from jaxsync.attractors.branch import Branch
from jaxsync.errors import InputError
from jaxsync.numerics.critical import Kind
from jaxsync.plots.style import COLORS

MARKERS = {Kind.FOLD: "s", Kind.HOPF: "o", Kind.BRANCH_POINT: "X", Kind.DOUBLING: "D", Kind.TORUS: "^"}
"""Of the special points."""

QUANTITIES = {"s_q": r"$\mathcal{S}_Q$, phase-referenced", "period": "period", "phase_diffusion": "phase diffusion"}
"""What is drawn besides the modes' sizes, with its label."""


def plot_branch(branch: Branch, quantity: str = "s_q", ax: Axes | None = None, color: str = COLORS[0]) -> list[Artist]:
    """A quantity along the field: a line where the state is stable, dashes where not, marks at the bifurcations.

    Where the stable part of the branch turns back, an arrow shows where on the branch the motion jumps to: hysteresis.

    Args:
        branch: What `follow` returns.
        quantity: "s_q", "period", "phase_diffusion", or the name of a mode for its size.
        ax: Where to draw; None makes axes.
        color: Of the line.

    Returns:
        The line of the stable states, the dashes, the marks, and the arrows.

    Raises:
        InputError: For another quantity.

    Example:
        >>> import jaxsync as js
        >>> from jaxsync.plots import plot_branch
        >>> red = js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0)
        >>> artists = plot_branch(js.follow(red, "drive_a", (1.0, 40.0)), "b1")
    """
    if quantity not in QUANTITIES and quantity not in branch.model.modes:
        raise InputError(
            f"Argument `quantity` must be one of {', '.join([*QUANTITIES, *branch.model.modes])}, not {quantity!r}."
        )
    ax = ax or plt.subplots()[1]
    y = getattr(branch, quantity) if quantity in QUANTITIES else branch.sizes[:, branch.model.modes.index(quantity)]
    x = branch.values
    # A line belongs to both of its ends: between a stable and an unstable point it is drawn as unstable.
    artists: list[Artist] = list(ax.plot(x, np.where(branch.stable, y, np.nan), color=color))
    beside = ~branch.stable | np.roll(~branch.stable, 1) | np.roll(~branch.stable, -1)
    artists += ax.plot(x, np.where(beside, y, np.nan), color=color, linestyle=":")
    named = set()
    for special in branch.bifurcations:
        at = int(np.clip(special.after, 0, len(x) - 1))
        height = _between(branch, y, special.value, at)
        label = None if special.kind in named else special.kind.value
        named.add(special.kind)
        artists += ax.plot(
            special.value, height, MARKERS[special.kind], color=COLORS[1], markersize=5, linestyle="", label=label
        )
        if special.kind is Kind.FOLD and at + 1 < len(x) and branch.stable[at] != branch.stable[at + 1]:
            artists += _jumps(branch, y, special.value, at, height, ax)
    ax.set_xlabel(branch.field)
    ax.set_ylabel(QUANTITIES.get(quantity, f"|{quantity}|"))
    if named:
        ax.legend()
    return artists


def _between(branch, y, value, at):
    """The quantity at a special point, from the points on its two sides."""
    pair = y[at : at + 2]
    known = pair[np.isfinite(pair)]
    return float(known.mean()) if known.size else np.nan


def _jumps(branch, y, value, at, height, ax):
    """Arrows from a fold to where else the branch is stable at its value."""
    artists = []
    for index in branch.at(value):
        if branch.stable[index] and index not in range(at, at + 3) and np.isfinite([height, y[index]]).all():
            arrow = {"arrowstyle": "->", "color": COLORS[1], "linestyle": "--"}
            artists.append(ax.annotate("", (value, y[index]), (value, height), arrowprops=arrow))
    return artists


def draw_borders(borders: Sequence[Border], x: str, y: str, ax: Axes) -> list[Artist]:
    """Borders as lines on axes that show two fields, one colour for a kind of bifurcation."""
    artists: list[Artist] = []
    kinds: list[str] = []
    for border in borders:
        if set(border.fields) != {x, y}:
            raise InputError(
                f"Argument `borders` must hold borders in {x} and {y}, but one is in {' and '.join(border.fields)}."
            )
        label = None if border.kind in kinds else border.kind
        kinds += [] if label is None else [border.kind]
        color = COLORS[(1 + kinds.index(border.kind)) % len(COLORS)]
        first, second = (border.values[:, border.fields.index(name)] for name in (x, y))
        artists += ax.plot(first, second, color=color, linewidth=1.5, label=label, scalex=False, scaley=False)
    if artists:
        ax.legend(fontsize="small")
    return artists
