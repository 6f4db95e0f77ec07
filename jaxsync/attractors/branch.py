"""The state carried along a parameter, up and down again: hysteresis where attractors coexist."""

import dataclasses

import jax
import numpy as np

from jaxsync.attractors.settle import settle
from jaxsync.errors import InputError
from jaxsync.measures.synchronization import Modes, complete_synchronization
from jaxsync.models.base import Model
from jaxsync.models.equations import as_arrays, pair_indices, pair_of, to_amplitudes, to_quadratures
from jaxsync.states.fixed_point import find_fixed_point
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.states.outcome import Outcome
from jaxsync.states.settings import Settings
from jaxsync.states.start import Start, read_start


@dataclasses.dataclass(frozen=True)
class Branch:
    """What the motion does at each of `values`, (v,), in the order in which it was carried through them.

    outcomes: numbers of `Outcome`. stable: whether a stable fixed point or cycle was reached. s_q: phase-referenced for
    a cycle, NaN without a stable state. period: NaN without a cycle. sizes: root mean square amplitudes, (v, n).

    Example:
        >>> import jaxsync as js
        >>> js.follow(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0), "drive_a", [1.0, 2.0]).up.values.tolist()
        [1.0, 2.0]
    """

    values: np.ndarray
    outcomes: np.ndarray
    stable: np.ndarray
    s_q: np.ndarray
    period: np.ndarray
    sizes: np.ndarray


@dataclasses.dataclass(frozen=True)
class Hysteresis:
    """The branches upwards and downwards along `field`.

    Example:
        >>> import jaxsync as js
        >>> js.follow(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0), "drive_a", [1.0, 2.0]).bistable().size
        0
    """

    model: Model
    field: str
    up: Branch
    down: Branch

    def bistable(self, tolerance: float = 1e-3) -> np.ndarray:
        """Values, ascending, at which the branches differ: in outcome, or, both stable, in an amplitude, relatively."""
        up, down = self.up.sizes, self.down.sizes[::-1]
        apart = np.any(np.abs(up - down) > tolerance * np.maximum(up, down), axis=1)
        both_stable = self.up.stable & self.down.stable[::-1]
        return self.up.values[(self.up.outcomes != self.down.outcomes[::-1]) | (both_stable & apart)]

    def __repr__(self) -> str:
        both = self.bistable()
        where = (
            f"two states at {both.size} of them, {both.min():g}..{both.max():g}" if both.size else "one state at each"
        )
        return f"Hysteresis({self.field} at {self.up.values.size} values, {where})"


def follow(
    model: Model,
    field: str,
    values: jax.Array,
    start: Start = None,
    *,
    modes: Modes = None,
    settings: Settings = Settings(),
) -> Hysteresis:
    """Carry the motion along `field` through `values`, (v,) ascending, and back, each time from where it was.

    Works outside transformations only.

    Args:
        model: The device.
        field: Name of the field.
        values: Its values, (v,).
        start: None or "vacuum", amplitudes (n,), or a state, at the first value.
        modes: Whose S_Q is reported; None is the model's pair, or neither where it has none.
        settings: How the motion is followed at each value.

    Returns:
        The branches upwards and downwards.

    Raises:
        InputError: For values that do not increase and for an unknown field.

    Example:
        >>> import jaxsync as js
        >>> js.follow(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0), "drive_a", [1.0, 2.0])
        Hysteresis(drive_a at 2 values, one state at each)
    """
    if modes is not None or model.pair is not None:
        modes = pair_of(model, modes)
        pair_indices(model, modes)
    grid = np.asarray(values, dtype=float)
    if grid.ndim != 1 or grid.size == 0 or not np.all(np.diff(grid) > 0):
        raise InputError("Argument `values` must be one or more increasing numbers; the way back is taken by itself.")
    model.replace(**{field: grid})  # refuses an unknown field and values that the model forbids
    amplitudes = to_amplitudes(read_start(model, start)[0])
    up, amplitudes = _carry(model, field, grid, amplitudes, modes, settings)
    down, _ = _carry(model, field, grid[::-1], amplitudes, modes, settings)
    return Hysteresis(model, field, up, down)


def _carry(model, field, grid, amplitudes, modes, settings):
    rows, quick = [], dataclasses.replace(settings, thorough=False)
    for value in grid:
        here = as_arrays(model.replace(**{field: float(value)}))
        cycle = find_limit_cycle(here, amplitudes, throw=False, settings=quick)
        if cycle.converged:
            amplitudes = cycle.amplitudes[0]
            sizes = np.sqrt(np.mean(np.abs(np.asarray(cycle.amplitudes)) ** 2, axis=0))
            rows.append((Outcome.LIMIT_CYCLE, True, _s_q(cycle, modes), float(cycle.period), sizes))
            continue
        settled = settle(here, to_quadratures(amplitudes)[None], settings)
        amplitudes = settled.end[0]
        fixed = find_fixed_point(here, amplitudes, throw=False)
        rests = settled.code[0] == Outcome.FIXED_POINT and bool(fixed.stable)
        s_q = _s_q(fixed, modes) if rests else np.nan
        # Without a period there is nothing to average over; the size at the end stands for the motion.
        rows.append((Outcome(int(settled.code[0])), rests, s_q, np.nan, np.abs(amplitudes)))
    outcomes, stable, s_q, period, sizes = (np.array(column) for column in zip(*rows, strict=True))
    return Branch(grid, outcomes, stable, s_q, period, sizes), amplitudes


def _s_q(state, modes):
    return float(complete_synchronization(state, modes)) if modes else np.nan
