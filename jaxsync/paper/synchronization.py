"""What the figures and claims on synchronization show at one point, and at any points, each computed once."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray

from jaxsync.batches import map_points
from jaxsync.measures.measure import Measure
from jaxsync.measures.synchronization import complete_synchronization, effective_couplings, phase_synchronization
from jaxsync.measures.window import integrated_window, window_on_cycle
from jaxsync.models.base import Model
from jaxsync.models.equations import mode_index
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.states.outcome import Outcome
from jaxsync.states.settings import Settings

PHONONS = ("b1", "b2")

OF_ORBIT = ("period", "contraction", "coupling_a", "coupling_m", *(f"amplitude_{mode}" for mode in PHONONS))
"""Numbers of an orbit: where the motion does not settle on it, they are no facts about the point."""

WIDTH, NARROW = 32, 8
"""Points to a batch, and of those without a cycle: claims ask for few at a time, and one width is compiled once."""


def synchronization(model: Model, settings: Settings = Settings()) -> dict[str, jax.Array]:
    """Numbers of the limit cycle reached from vacuum, NaN where there is none."""
    cycle = find_limit_cycle(model, throw=False, settings=settings)
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


def synchronization_measure(settings: Settings) -> Measure:
    """Both ways, for sweeps."""
    return Measure(lambda model: synchronization(model, settings), synchronization_without_cycle)


def only_on_cycles(data: xarray.Dataset) -> xarray.Dataset:
    """A sweep of `synchronization` without the numbers that are no facts."""
    for name in OF_ORBIT:
        data[name] = data[name].where(data["limit_cycle"] == 1)
    return data


class Evaluator:
    """`synchronization` of models, remembered."""

    def __init__(self, settings: Settings = Settings()):
        """Nothing has been computed."""
        self._settings = settings
        self._known: dict[OptoMagnoMechanical, dict[str, float]] = {}

    def __call__(self, models: Sequence[OptoMagnoMechanical]) -> dict[str, np.ndarray]:
        """Numbers by name, (models,) each; what only a cycle has is NaN where there is none."""
        new = list(dict.fromkeys(model for model in models if model not in self._known))
        if new:
            self._known |= dict(zip(new, self._computed(new), strict=True))
        found = [self._known[model] for model in models]
        return {name: np.array([row[name] for row in found]) for name in found[0]}

    def _computed(self, models):
        values = map_models(_synchronization, models, WIDTH, self._settings)
        for name in OF_ORBIT:
            values[name] = np.where(values["limit_cycle"], values[name], np.nan)
        rows = [{name: float(column[i]) for name, column in values.items()} for i in range(len(models))]
        lost = [i for i, row in enumerate(rows) if not np.isfinite(row["s_q_window"])]
        if lost:
            again = map_models(_synchronization_without_cycle, [models[i] for i in lost], NARROW)
            for i, s_q in zip(lost, again["s_q_window"], strict=True):
                rows[i]["s_q_window"] = float(s_q)
        return rows

    @property
    def largest(self) -> float:
        """Largest S_Q of all windows so far."""
        return max(row["s_q_window"] for row in self._known.values())

    def __len__(self) -> int:
        return len(self._known)


def map_models(function: Callable[..., Any], models: list[Any], width: int, *static: Any) -> Any:
    """`function(*static, None, model)` of each model; NumPy arrays with a leading axis, (models,)."""
    filled = [*models, *models[-1:] * (-len(models) % width)]  # whole batches, so that all calls share one program
    stacked = jax.tree.map(lambda *leaves: np.asarray(leaves, dtype=float), *filled)
    values = map_points(function, None, stacked, static=static, chunk=width)
    return jax.tree.map(lambda column: column[: len(models)], values)


def _synchronization(settings, _, model):
    return synchronization(model, settings)


def _synchronization_without_cycle(_, model):
    return synchronization_without_cycle(model)
