"""Pictures of exceptional points."""

from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
import xarray
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from jaxsync.attractors.exceptional import ExceptionalPoint
from jaxsync.errors import InputError
from jaxsync.plots.style import COLORS

CUT = 0.05
"""Difference of one part of the eigenvalues over that of the other at which the line around the cut is drawn."""


def plot_sheets(
    sheets: xarray.Dataset,
    quantity: Literal["frequency", "decay"] = "frequency",
    point: ExceptionalPoint | None = None,
    ax: Axes | None = None,
) -> list[Artist]:
    """Frequencies or decay rates of two modes as surfaces over a plane of two fields, with the exceptional point.

    A line on the floor shows the branch cut of the quantity, on which it is the same for both modes.

    Args:
        sheets: What `frequency_sheets` returns.
        quantity: "frequency" or "decay", the imaginary or the real part of the eigenvalues, with the sign changed.
        point: An exceptional point in the plane.
        ax: Three-dimensional axes to draw on; None makes them.

    Returns:
        The two surfaces, the cut, and the point.

    Raises:
        InputError: For a quantity that is not there, and axes that are flat.

    Example:
        >>> import jaxsync as js
        >>> from jaxsync.plots import plot_sheets
        >>> red = js.OptoMagnoMechanical(delta_m=1.0, drive_m=1.0)
        >>> sheets = js.frequency_sheets(red, ("delta_a", "drive_a"), [0.98, 1.02], [14.0, 14.4, 15.0])
        >>> artists = plot_sheets(sheets, "decay")
    """
    if quantity not in ("frequency", "decay"):
        raise InputError(f"Argument `quantity` must be 'frequency' or 'decay', but is {quantity!r}.")
    axes: Any = plt.figure().add_subplot(projection="3d") if ax is None else ax
    if not hasattr(axes, "plot_surface"):
        raise InputError("Argument `ax` must be three-dimensional axes: add_subplot(projection='3d').")
    first, second = (str(name) for name in sheets[quantity].dims[:2])
    x, y = np.meshgrid(sheets[first].values, sheets[second].values, indexing="ij")
    # From the lower to the upper value, whichever decays less: as surfaces that are seen through each other.
    values = np.sort(sheets[quantity].values, axis=-1)
    artists: list[Artist] = [
        axes.plot_surface(x, y, values[..., i], color=COLORS[i], alpha=0.7, linewidth=0) for i in (0, 1)
    ]
    other = sheets["decay" if quantity == "frequency" else "frequency"].values
    # Where one of the two parts is alike the other one differs: the cut lies where this one's difference vanishes.
    alike = (values[..., 1] - values[..., 0]) - np.abs(other[..., 1] - other[..., 0]) * CUT
    if min(alike.shape) > 1 and np.nanmin(alike) < 0 < np.nanmax(alike):
        floor = np.nanmin(values)
        artists.append(axes.contour(x, y, alike, levels=[0.0], colors="black", offset=floor, linewidths=1.0))
    if point is not None:
        s = complex(point.eigenvalue)
        height = -s.imag if quantity == "frequency" else -s.real
        artists += axes.plot(*([value] for value in np.asarray(point.values)), [height], "o", color="black")
    axes.set_zlim(np.nanmin(values), np.nanmax(values))
    axes.set_xlabel(first)
    axes.set_ylabel(second)
    axes.set_zlabel(quantity)
    return artists
