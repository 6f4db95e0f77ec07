"""One-way topological phonon transfer, the last effect that Fig. 3g names: loops around an exceptional point.

With one drive red-detuned and strong, the other red and weak, the two phonons have an exceptional point in the plane of
the strong drive's detuning and amplitude. Rotation moves it for light, and K for magnons, one way or the other: a loop
around it for one direction passes it by for the other. The paper's figure is a sketch; these are numbers.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from matplotlib.axes import Axes

from jaxsync.batches.points import map_points
from jaxsync.measures.loop import ellipse
from jaxsync.measures.nonreciprocity import contrast
from jaxsync.measures.transport import Transport, encircle
from jaxsync.models.base import Model
from jaxsync.models.equations import as_arrays
from jaxsync.paper.axes import AXES, Values
from jaxsync.paper.context import Context
from jaxsync.paper.points import PAPER, SHIFT


@dataclasses.dataclass(frozen=True)
class OneWay:
    """A device in its chosen direction, and the loops whose transfer is looked at.

    fields: of the loop. points: where the exceptional points of the chosen and of the other direction lie along the
    first field. drive: in the middle of the loops. stretch: radius along the second field over that along the first.
    start, direction, duration: of the loops; radius: of the one designed for the chosen direction. steps: that the
    duration asks for.
    """

    model: Model
    fields: tuple[str, str]
    points: tuple[float, float]
    drive: float
    stretch: float
    start: float
    direction: int
    duration: float
    radius: float
    steps: int

    def loop(self, position: Any = 1.0, radius: Any = None) -> dict[str, Any]:
        """A loop whose middle is at 1 on the point of the chosen direction, at -1 on that of the other."""
        radius = self.radius if radius is None else radius
        chosen, other = self.points
        middle = (chosen + other) / 2 + position * (chosen - other) / 2
        return ellipse(
            self.fields,
            jnp.stack([middle, jnp.asarray(self.drive)]),
            jnp.stack([radius, self.stretch * radius]),
            self.start,
        )

    def both(self, position: Any = 1.0, radius: Any = None, **options: Any) -> tuple[Transport, Transport]:
        """What arrives in the chosen direction and in the other."""
        options = {"direction": self.direction, "duration": self.duration} | options
        loop = self.loop(position, radius)
        chosen, other = (encircle(m, loop, **options) for m in (self.model, self.model.reversed()))
        return chosen, other


WAYS = {
    # The points move by the shift to either side of 1.0198; light and its phonon meet at a drive of 15.3, too near for
    # larger loops.
    "sagnac": OneWay(
        PAPER.replace(delta_m=1.0, drive_m=1.0, sagnac=-SHIFT),
        ("delta_a", "drive_a"),
        (1.0198 + SHIFT, 1.0198 - SHIFT),
        drive=13.98,
        stretch=15.0,
        start=np.pi / 2,
        direction=1,
        duration=100.0,
        radius=0.06,
        steps=12,
    ),
    # The largest |K| of Fig. 2c.
    "kerr": OneWay(
        PAPER.replace(delta_a=1.0, drive_a=1.0, kerr=-AXES["kerr"].high),
        ("delta_m", "drive_m"),
        (1.0983, 0.8645),
        drive=16.55,
        stretch=50.0,
        start=np.pi,
        direction=-1,
        duration=150.0,
        radius=0.03,
        steps=16,
    ),
}
"""By the field that tells the directions apart."""

MOVED = 0.9
"""Share of what arrives that has changed the eigenmode, for a transfer."""

MAP = {"position": "effects", "radius": "chosen"}
"""The axes of both maps."""


def transfer(effect: str, model: Model, point: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
    """The share that goes from the eigenmode that decays less into the other one, in both directions, with contrast and
    gain; NaN where a loop crosses instability."""
    way = dataclasses.replace(WAYS[effect], model=model)
    pair = way.both(point["position"], point["radius"], steps=way.steps, throw=False)
    stays = [jnp.where(t.growth < 0, 1.0, jnp.nan) for t in pair]
    there, back = (t.shares[0, 1] * s for t, s in zip(pair, stays, strict=True))
    return {
        "share": there,
        "share_back": back,
        "contrast": contrast(there, back),
        "log_gain": pair[0].log_gain[0] * stays[0],
        "encloses": pair[0].encloses.astype(float),
    }


def transfer_maps(context: Context, name: str = "transfer", axes: Mapping[str, Values] = MAP) -> xarray.Dataset:
    """`transfer` over the middle and the radius of the loop, along `effect`.

    name: for messages. axes: `position` from the point of the other direction, -1, to that of the chosen one, 1;
    `radius` in omega_1.
    """
    position, radius = (context.values(axis, values) for axis, values in axes.items())
    grid = dict(zip(axes, (leaf.reshape(-1) for leaf in np.meshgrid(position, radius, indexing="ij")), strict=True))
    maps = []
    for effect, way in WAYS.items():
        found = map_points(
            transfer, as_arrays(way.model), grid, static=(effect,), progress=context.progress, label=f"{name} {effect}"
        )
        shape = (position.size, radius.size)
        maps.append(xarray.Dataset({key: (tuple(axes), leaf.reshape(shape)) for key, leaf in found.items()}))
    effects = xarray.DataArray(list(WAYS), dims="effect", name="effect")
    both: Any = xarray.concat(maps, dim=effects)
    return both.assign_coords(position=position, radius=("radius", radius, {"units": "omega_1"}))


def draw_transfer(ax: Axes, data: xarray.Dataset) -> None:
    """Contrast of the transfer between the directions over the middle and the radius of the loop; grey is unstable.

    A line goes around the loops that move nine tenths in one direction: contrast alone may be that of little.
    """
    ax.set_axis_off()
    for i, (effect, title) in enumerate({"kerr": "contrast, by $K$", "sagnac": "contrast, by rotation"}.items()):
        panel = ax.inset_axes((0.48 * i, 0.0, 0.42, 1.0))  # two maps side by side, of one scale
        values = data["contrast"].sel(effect=effect).transpose("radius", "position")
        mesh = panel.pcolormesh(
            values["position"], values["radius"], values, vmin=-1.0, vmax=1.0, cmap="RdBu_r", shading="nearest"
        )
        panel.set_facecolor("0.8")
        moved = (
            data["share"]
            .sel(effect=effect)
            .clip(min=data["share_back"].sel(effect=effect))
            .transpose("radius", "position")
        )
        if float(moved.min()) < MOVED < float(moved.max()):
            panel.contour(moved["position"], moved["radius"], moved, levels=[MOVED], colors="black", linewidths=1.2)
        for point in (-1.0, 1.0):
            panel.axvline(point, color="black", linestyle=":", linewidth=1)
        panel.set_xlabel(AXES["position"].label)
        panel.set_title(title, fontsize="medium")
        if i == 0:
            panel.set_ylabel(AXES["radius"].label)
        else:
            panel.set_yticklabels([])
            panel.figure.colorbar(mesh, cax=panel.inset_axes((1.04, 0.0, 0.06, 1.0)))
