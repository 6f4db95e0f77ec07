"""Fig. 3e: the revival factor of Eq. (7), how far the Kerr effect makes up for thermal phonons.

Lambda(n, K) = max S_Q(n, K) / max S_Q(0, 0), the maxima over the magnon detuning. Thermal phonons act on the noise
only: all occupations at one (K, Delta_m) share one mean field, and two of them tell the others.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from jaxsync.measures.measure import Measure
from jaxsync.measures.window import integrated_spreads, mean_of_inverse, spreads_on_cycle
from jaxsync.models.base import Model
from jaxsync.paper.fig2 import STRONGEST
from jaxsync.paper.points import PAPER
from jaxsync.plots import plot_map
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.sweeps.grid import sweep

OCCUPATIONS = np.linspace(0.0, 10.0, 21)
"""Thermal phonons, up to those of Fig. 3d."""

DETUNINGS = (-1.4, -0.6)
"""Where the maxima are looked for, in omega_1."""


def _each_occupation(spreads, mean):
    """Means of S_Q for OCCUPATIONS from 1/S_Q, affine in their number, at none and at one thermal phonon."""
    none, one = spreads
    values = jax.vmap(lambda n: mean(none + n * (one - none)))(jnp.asarray(OCCUPATIONS))
    return {f"s_q_{i}": values[i] for i in range(len(OCCUPATIONS))}


def _none_and_one(model, function):
    return jax.vmap(lambda n: jnp.asarray(function(model.replace(nbar_1=n, nbar_2=n))))(jnp.arange(2.0))


def warm(model: Model) -> dict[str, jax.Array]:
    """The window's S_Q on the cycle for each of OCCUPATIONS, s_q_0 and so on; NaN where there is no cycle."""
    spreads = _none_and_one(model, lambda m: spreads_on_cycle(find_limit_cycle(m, throw=False)))
    return _each_occupation(spreads, lambda both: mean_of_inverse(*both))


def warm_without_cycle(model: Model) -> dict[str, jax.Array]:
    """The same by integration."""
    return _each_occupation(_none_and_one(model, integrated_spreads), lambda spread: jnp.mean(1 / spread))


def revival_data(quick: bool = False, progress: bool = True, store: Path | None = None) -> xarray.Dataset:
    """Fig. 3e: `revival` and the detuning of the maximum, (nbar, kerr), and `ideal`, the denominator.

    `limit_cycle`: whether there is a cycle at that detuning.
    """
    axes = {
        "kerr": np.linspace(-STRONGEST, STRONGEST, 17 if quick else 65),
        "delta_m": np.linspace(*DETUNINGS, 17 if quick else 81),
    }
    points = sweep(Measure(warm, warm_without_cycle), PAPER, axes, store=store, progress=progress)
    s_q = xarray.concat([points[f"s_q_{i}"] for i in range(len(OCCUPATIONS))], dim="nbar")
    s_q = s_q.assign_coords(nbar=("nbar", OCCUPATIONS, {"units": "1"}))
    best = s_q.max("delta_m")
    ideal = best.sel(nbar=0.0, kerr=0.0, method="nearest")
    return xarray.Dataset(
        {"revival": best / float(ideal), "delta_m_of_maximum": s_q.idxmax("delta_m"), "s_q_maximum": best},
        attrs={**points.attrs, "ideal": float(ideal)},
    )


def plot_revival(ax: Axes, data: xarray.Dataset) -> None:
    """Draw Fig. 3e, with the contour where the noisy device with Kerr effect equals the ideal one, Lambda = 1."""
    shown = data.assign_coords(kerr=data["kerr"] * 1e5)
    shown = shown.assign(below=(shown["revival"] < 1).astype(float))  # on the new coordinates, or nothing matches
    artists = plot_map(shown, "revival", "below", "nbar", ax)
    artists[0].colorbar.set_label(r"$\Lambda$")  # type: ignore[attr-defined]
    if len(artists) > 1:
        line = Line2D([], [], color="white", label=r"$\Lambda = 1$")
        ax.legend(handles=[line], fontsize="x-small", loc="upper right", facecolor="0.3", labelcolor="white")
    ax.set_xlabel(r"$\bar n_j$")
    ax.set_ylabel(r"$K/\omega_1$ ($10^{-5}$)")
