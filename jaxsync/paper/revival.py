"""S_Q for any number of thermal phonons, and the revival factor of Eq. (7) that Fig. 3e and its claims take from it.

Thermal phonons act on the noise only: all occupations at one (K, Delta_m) share one mean field, and 1/S_Q is affine in
their number at each time, so that two of them tell all others.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray

from jaxsync.measures.measure import Measure
from jaxsync.measures.revival import revived_share
from jaxsync.measures.window import Spreads, integrated_spreads, mean_of_inverse, spreads_on_cycle
from jaxsync.models.base import Model
from jaxsync.paper.points import device
from jaxsync.paper.synchronization import WIDTH, map_models
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.states.settings import Settings


def warm_measure(settings: Settings, occupations: np.ndarray) -> Measure:
    """The window's S_Q for each of the occupations, s_q_0 and so on; NaN, and else integrated, without a cycle."""

    def each(spreads, mean):
        values = jax.vmap(lambda nbar: mean(_at(spreads, nbar)))(jnp.asarray(occupations))
        return {f"s_q_{i}": values[i] for i in range(len(occupations))}

    return Measure(
        lambda model: each(_on_cycle(model, settings), lambda ends: mean_of_inverse(*ends)),
        lambda model: each(
            _none_and_one(model, partial(integrated_spreads, settings=settings)), Spreads.mean_of_inverse
        ),
    )


class WarmDevice:
    """Highest window S_Q over the magnon detuning for any thermal occupation, at one K.

    Detunings without a limit cycle, where S_Q is far below the highest, are left out.
    """

    def __init__(self, kerr: float, detunings: np.ndarray, settings: Settings):
        """Find the cycles: detunings in omega_1, (d,)."""
        models = [device(kerr=kerr, delta_m=float(x)) for x in detunings]
        self._spreads = map_models(_spreads, models, WIDTH, settings)

    def highest(self, nbar: float) -> float:
        """The highest S_Q with `nbar` thermal phonons in each sphere."""
        return float(np.nanmax(_means(self._spreads, nbar)))

    def revival(self, nbar: float, ideal: float) -> float:
        """Lambda of Eq. (7) over the highest S_Q of the ideal device."""
        return float(revived_share(self.highest(nbar), ideal))


def revival_of(points: xarray.Dataset, occupations: np.ndarray) -> xarray.Dataset:
    """Fig. 3e from `warm_measure` over K and Delta_m: `revival` and the detuning of the maximum, (nbar, kerr).

    `s_q_maximum` is the numerator, the attribute `ideal` the denominator.
    """
    s_q = xarray.concat([points[f"s_q_{i}"] for i in range(len(occupations))], dim="nbar")
    s_q = s_q.assign_coords(nbar=("nbar", occupations, {"units": "1"}))
    best = s_q.max("delta_m")
    ideal = float(best.sel(nbar=0.0, kerr=0.0, method="nearest"))
    return xarray.Dataset(
        {
            "revival": best.copy(data=np.asarray(revived_share(best.values, ideal))),
            "delta_m_of_maximum": s_q.idxmax("delta_m"),
            "s_q_maximum": best,
        },
        attrs={**points.attrs, "ideal": ideal},
    )


def _none_and_one(model: Model, function: Callable[[Model], Any]) -> Any:
    """`function` of the model with none and with one thermal phonon in each sphere, stacked."""
    return jax.vmap(lambda n: function(model.replace(nbar_1=n, nbar_2=n)))(jnp.arange(2.0))


def _on_cycle(model: Model, settings: Settings) -> tuple[jax.Array, jax.Array]:
    """1/S_Q on the cycle as the window opens and as it closes, each at none and one phonon, (2, samples)."""
    return _none_and_one(model, lambda m: spreads_on_cycle(find_limit_cycle(m, throw=False, settings=settings)))


def _at(spreads, nbar):
    return jax.tree.map(lambda both: both[0] + nbar * (both[1] - both[0]), spreads)


@jax.jit
def _means(spreads, nbar):
    return jax.vmap(lambda both: mean_of_inverse(*_at(both, nbar)))(spreads)


def _spreads(settings, _, model):
    return _on_cycle(model, settings)
