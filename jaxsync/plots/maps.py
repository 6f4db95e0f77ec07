"""Pictures of sweeps."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import xarray
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from jaxsync.attractors.borders import Border
from jaxsync.errors import InputError
from jaxsync.plots.branches import draw_borders


def plot_map(
    dataset: xarray.Dataset,
    name: str | None = None,
    outline: str | None = None,
    x: str | None = None,
    ax: Axes | None = None,
    *,
    borders: Sequence[Border] = (),
) -> list[Artist]:
    """Density plot of the variable `name` of a sweep over two axes, with a regime outlined; what is NaN is grey.

    Args:
        dataset: What `sweep` returns, over two axes.
        name: Of the variable; by default the first.
        outline: A flag, such as "limit_cycle", whose changes from zero are drawn as a line; by default what is NaN is
            outlined.
        x: The axis drawn horizontally, by default the last.
        ax: Where to draw; None makes axes.
        borders: What `follow_border` returns, in the two axes' fields, drawn over the map.

    Returns:
        The mesh, the outline where there is one, and the borders.

    Raises:
        InputError: For names that are not there and other numbers of axes.

    Example:
        >>> import jaxsync as js
        >>> from jaxsync.plots import plot_map
        >>> axes = {"kerr": [0.0, 1e-5], "chi": [0.01, 0.02]}
        >>> artists = plot_map(js.sweep(lambda model: model.kerr * model.chi, js.OptoMagnoMechanical(), axes))
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
    return artists + draw_borders(borders, x, y, ax)
