"""Numbers at any points of the paper's model, each computed once, and ranges of a statement found by bisection."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.measures.window import mean_of_inverse, spreads_on_cycle
from jaxsync.models.base import Model
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.paper.curves import OF_ORBIT, synchronization, synchronization_without_cycle
from jaxsync.paper.points import device
from jaxsync.states.limit_cycle import find_limit_cycle

WIDTH, NARROW = 32, 8
"""Points to a batch, and of those without a cycle: fixed, so that each program is compiled once."""

CUTS = 8
"""Points that a bracket is divided by in each round of a bisection: they take as long together as one."""


@jax.jit
def _cycles(models):
    return jax.vmap(synchronization)(models)


@jax.jit
def _windows(models):
    return jax.vmap(synchronization_without_cycle)(models)


@jax.jit
def _spreads(models):
    return jax.vmap(lambda model: jnp.stack(spreads_on_cycle(find_limit_cycle(model, throw=False))))(models)


class Evaluator:
    """`synchronization` of models, remembered; `largest` is the largest S_Q of all windows so far."""

    def __init__(self):
        """Nothing has been computed."""
        self._known: dict[OptoMagnoMechanical, dict[str, float]] = {}

    def __call__(self, models: Sequence[OptoMagnoMechanical]) -> dict[str, np.ndarray]:
        """Numbers by name, (models,) each; what only a cycle has is NaN where there is none."""
        new = list(dict.fromkeys(model for model in models if model not in self._known))
        values = in_batches(_cycles, new, WIDTH)
        for name in OF_ORBIT if new else ():
            values[name] = np.where(values["limit_cycle"], values[name], np.nan)
        rows = [{name: float(column[i]) for name, column in values.items()} for i in range(len(new))]
        lost = [i for i, row in enumerate(rows) if not np.isfinite(row["s_q_window"])]
        again = in_batches(_windows, [new[i] for i in lost], NARROW)
        for k, i in enumerate(lost):
            rows[i]["s_q_window"] = float(again["s_q_window"][k])
        self._known |= dict(zip(new, rows, strict=True))
        found = [self._known[model] for model in models]
        return {name: np.array([row[name] for row in found]) for name in found[0]}

    def s_q(self, models: Sequence[OptoMagnoMechanical]) -> np.ndarray:
        """The window's S_Q, (models,)."""
        return self(models)["s_q_window"]

    def along(self, name: str, values: Sequence[float] | np.ndarray, **fixed: float) -> np.ndarray:
        """The window's S_Q along an axis of a figure, (values,)."""
        return self.s_q([device(**{**fixed, name: float(value)}) for value in values])

    @property
    def largest(self) -> float:
        """Largest S_Q of all windows so far."""
        return max(row["s_q_window"] for row in self._known.values())

    def __len__(self) -> int:
        return len(self._known)


class Warm:
    """Highest window S_Q over the magnon detuning for any thermal occupation, at one K.

    1/S_Q is affine in the occupation at each point of the orbit, so that cycles at two occupations tell all others.
    Detunings without a limit cycle, where S_Q is far below the highest, are left out.
    """

    def __init__(self, kerr: float, detunings: np.ndarray):
        """Find the cycles: detunings in omega_1, (d,)."""
        models = [device(kerr=kerr, delta_m=float(x), nbar=n) for n in (0.0, 1.0) for x in detunings]
        spreads = in_batches(lambda stacked: {"spread": _spreads(stacked)}, models, WIDTH)["spread"]
        self._none, self._one = np.split(spreads, 2)
        self._detunings = detunings

    def __call__(self, nbar: float) -> tuple[float, float]:
        """The highest S_Q, and its detuning."""
        spread = self._none + nbar * (self._one - self._none)
        values = np.asarray(jax.vmap(mean_of_inverse)(jnp.asarray(spread[:, 0]), jnp.asarray(spread[:, 1])))
        best = int(np.nanargmax(values))
        return float(values[best]), float(self._detunings[best])


def in_batches(function: Callable, models: Sequence[Model], width: int) -> dict[str, np.ndarray]:
    """`function` of stacked models, batch by batch; the last one is filled up, so that all share one program."""
    parts = []
    for first in range(0, len(models), width):
        part = list(models[first : first + width])
        filled = part + part[-1:] * (width - len(part))
        stacked = jax.tree.map(lambda *leaves: np.asarray(leaves, dtype=float), *filled)
        values = jax.device_get(function(stacked))
        parts.append({name: column[: len(part)] for name, column in values.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}


def range_around(
    holds: Callable[[np.ndarray], np.ndarray], start: float, low: float, high: float, quick: bool = False
) -> tuple[float, float]:
    """Ends of the connected range around `start` on which `holds`, an array of verdicts, is true, within [low, high].

    Each side is scanned outwards to the first point that fails, and the bracket bisected to about 1e-3 of the side's
    length (quick: 1e-2). A statement that fails at `start` has the range (nan, nan); an end at a limit is no end.
    """
    if not holds(np.array([start]))[0]:
        return float("nan"), float("nan")
    return _end(holds, start, low, quick), _end(holds, start, high, quick)


def _end(holds, start, limit, quick):
    scan, rounds = (12, 1) if quick else (24, 2)
    points = np.linspace(start, limit, scan + 1)
    good, bad = start, limit
    for number in range(rounds + 1):
        verdicts = np.asarray(holds(points[1:]))
        if verdicts.all():
            if number == 0:
                return float(limit)
            good = points[-1]
        else:
            first = int(np.argmin(verdicts)) + 1
            good, bad = points[first - 1], points[first]
        points = np.linspace(good, bad, CUTS + 2)[:-1]
    return float((good + bad) / 2)
