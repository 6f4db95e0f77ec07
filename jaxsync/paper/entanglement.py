"""Fig. 3g: what the framework says about one-way entanglement and squeezing.

The paper's figure is a sketch; these are numbers. Entanglement in the strict sense needs a state that stays: here the
stable fixed points of the paper's device with both drives red-detuned, where photon and magnon cool their phonons.
Photon-phonon and magnon-phonon entanglement and the squeezing of the magnon differ between the directions.
Phonon-phonon entanglement and squeezed phonons are absent: they vanish at every stable point of these maps
(`docs/entanglement.md`).
"""

from collections.abc import Mapping
from typing import Any

import jax
import xarray
from matplotlib.axes import Axes

from jaxsync.measures.gaussian import logarithmic_negativity, squeezing_db
from jaxsync.models.base import Model
from jaxsync.paper.axes import AXES, Values
from jaxsync.paper.context import Context
from jaxsync.paper.points import RED, SHIFT
from jaxsync.states.fixed_point import find_fixed_point

LARGEST = {"kerr": AXES["kerr"].high, "sagnac": SHIFT}
"""Strengths at the ends of the maps, in omega_1: the largest |K| of Fig. 2c, the shift of Fig. 1."""

DETUNING = {"kerr": "delta_m", "sagnac": "delta_a"}
"""Whose detuning goes with which effect."""

MAP = {"strength": "effects", "detuning": "detunings"}
"""The axes of both maps."""

PAIRS = {"photon_phonon": ("a", "b2"), "magnon_phonon": ("m", "b1"), "phonon_phonon": ("b1", "b2")}

SHOWN = {"kerr": ("magnon_phonon", r"magnon-phonon $E_N$"), "sagnac": ("photon_phonon", r"photon-phonon $E_N$")}
"""Which entanglement is drawn for which effect, and its name."""


def entanglement(model: Model) -> dict[str, jax.Array]:
    """Logarithmic negativities and squeezing in dB at the fixed point that is reached from zero, NaN unless stable."""
    state = find_fixed_point(model, throw=False)
    values = {"stable": state.stable}
    values |= {name: logarithmic_negativity(state, pair) for name, pair in PAIRS.items()}
    values |= {f"{name}_squeezing_db": squeezing_db(state, mode) for name, mode in (("photon", "a"), ("magnon", "m"))}
    # Over all quadratures of both phonons and of their combinations.
    return values | {"phonon_squeezing_db": squeezing_db(state, ("b1", "b2"))}


def direction_map(
    context: Context, effect: str, name: str = "directions", axes: Mapping[str, Values] = MAP
) -> xarray.Dataset:
    """`entanglement` against an effect, "kerr" or "sagnac", and its detuning; the two directions are its two signs.

    name: under which the points are kept, with the effect's.
    """
    strengths, detunings = (context.values(axis, values) for axis, values in axes.items())
    values = {effect: LARGEST[effect] * strengths, DETUNING[effect]: detunings}
    return context.sweep(f"{name}-{effect}", entanglement, values, RED)


def direction_maps(context: Context, name: str = "directions", axes: Mapping[str, Values] = MAP) -> xarray.Dataset:
    """Both maps, along `effect`; `strength` from -1 to 1 in units of LARGEST, `detuning` the effect's own."""
    maps = []
    for effect, largest in LARGEST.items():
        data = direction_map(context, effect, name, axes).rename({effect: "strength", DETUNING[effect]: "detuning"})
        maps.append(data.assign_coords(strength=data["strength"] / largest))
    effects = xarray.DataArray(list(LARGEST), dims="effect", name="effect")
    both: Any = xarray.concat(maps, dim=effects, join="override")  # the detunings are the same numbers
    return both


def draw_directions(ax: Axes, data: xarray.Dataset) -> None:
    """Magnon-phonon entanglement against K, photon-phonon entanglement against the Sagnac shift; grey is unstable."""
    ax.set_axis_off()
    for i, (effect, (name, title)) in enumerate(SHOWN.items()):
        panel = ax.inset_axes((0.58 * i, 0.0, 0.34, 1.0))  # two maps and their colour bars side by side
        values = data[name].sel(effect=effect).transpose("strength", "detuning")
        y = values["strength"] * LARGEST[effect] * AXES[effect].scale
        mesh = panel.pcolormesh(values["detuning"], y, values, vmin=0.0, cmap="viridis", shading="nearest")
        panel.set_facecolor("0.8")
        panel.axhline(0.0, color="white", linestyle=":", linewidth=1)
        panel.set_xlabel(AXES[DETUNING[effect]].label)
        panel.set_ylabel(AXES[effect].label, labelpad=0)
        panel.set_title(title, fontsize="medium")
        panel.figure.colorbar(mesh, cax=panel.inset_axes((1.04, 0.0, 0.06, 1.0)))
