"""The attractors that coexist at one parameter point, and how large a share of starts each draws."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.attractors.settle import group, reach_from_vacuum, settle
from jaxsync.errors import InputError
from jaxsync.measures.synchronization import Modes, complete_synchronization
from jaxsync.models.base import Model, is_traced
from jaxsync.models.check import check_model
from jaxsync.models.equations import as_arrays, pair_indices, pair_of, place, to_quadratures
from jaxsync.states.cycle import LimitCycle
from jaxsync.states.fixed_point import FixedPoint, find_fixed_point
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.states.outcome import Outcome
from jaxsync.states.settings import Settings
from jaxsync.states.start import scattered_starts


@dataclasses.dataclass(frozen=True)
class Attractor:
    """One attractor: its outcome, the share of starts that reach it, which ones, and the state if it has one.

    state: LimitCycle, FixedPoint, or None for other outcomes. amplitudes: root mean square of each mode over the
    cycle, (n,). relative_phase: of the two `modes` at the cycle's frequency, in (-pi, pi]. s_q: phase-referenced for
    a cycle; NaN without a stable state. period: NaN without a cycle.

    Example:
        >>> import jaxsync as js
        >>> found = js.find_attractors(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0), starts=2)
        >>> print(found[0].outcome, found[0].share)
        fixed point 1.0
    """

    outcome: Outcome
    share: float
    starts: np.ndarray
    state: LimitCycle | FixedPoint | None
    amplitudes: np.ndarray
    relative_phase: float
    s_q: float
    period: float = float("nan")


@dataclasses.dataclass(frozen=True)
class Attractors:
    """The attractors found, the most reached first; `from_vacuum` is the number of the one that vacuum reaches.

    Example:
        >>> import jaxsync as js
        >>> len(js.find_attractors(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0), starts=2))
        1
    """

    model: Model
    attractors: tuple[Attractor, ...]
    from_vacuum: int | None
    modes: tuple[str, str] | None

    def __len__(self) -> int:
        return len(self.attractors)

    def __iter__(self):
        return iter(self.attractors)

    def __getitem__(self, index: int) -> Attractor:
        return self.attractors[index]

    def __repr__(self) -> str:
        head = ["share", "outcome", "S_Q", *(f"|{m}|" for m in self.model.modes), "phase", "period"]
        rows = [head]
        for number, a in enumerate(self.attractors):
            rows.append(
                [
                    f"{a.share:.1%}" + ("*" if number == self.from_vacuum else ""),
                    str(a.outcome),
                    _number(a.s_q, ".4f"),
                    *(_number(z, ".4g") for z in a.amplitudes),
                    _number(a.relative_phase / np.pi, ".3f") + " pi",
                    _number(a.period, ".5f"),
                ]
            )
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
        if self.from_vacuum is not None:
            lines.append("* reached from vacuum")
        return "\n".join(lines)


def find_attractors(
    model: Model,
    starts: int | jax.Array = 64,
    seed: int = 0,
    *,
    modes: Modes = None,
    settings: Settings = Settings(),
    progress: bool = False,
) -> Attractors:
    """The distinct attractors that motions from many starts reach, and the share of starts that reach each.

    Works outside transformations only. Unstable states are not found: motion leaves them.

    Args:
        model: The device.
        starts: How many, the vacuum and random ones (directions even over all quadratures, sizes even in the logarithm
            up to 1.5 times the largest excursion from vacuum); or amplitudes (k, n) to start from, such as the end of
            an ensemble. The shares refer to that distribution.
        seed: Of the random starts.
        modes: The two whose S_Q and relative phase are reported; None is the model's pair, or neither where it has
            none.
        settings: How the motions are followed.
        progress: Whether to show a bar.

    Returns:
        The attractors, the most reached first.

    Raises:
        InputError: For no starts, amplitudes of the wrong shape, or a traced model.

    Example:
        >>> import jaxsync as js
        >>> found = js.find_attractors(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0), starts=2)
        >>> print(found[0].outcome)
        fixed point
    """
    if modes is not None or model.pair is not None:
        modes = pair_of(model, modes)
        pair_indices(model, modes)
    model = as_arrays(model)
    if is_traced(model):
        raise InputError(
            "Argument `model` is traced, but the number of attractors depends on its values: call outside jit."
        )
    check_model(model)
    if isinstance(starts, int):
        if starts < 1:
            raise InputError(f"Argument `starts` must be 1 or more, but is {starts}.")
        points = scattered_starts(model, starts, seed, 1.5 * float(reach_from_vacuum(model, settings)))
    else:
        points = to_quadratures(jnp.asarray(starts, dtype=complex))
        if points.ndim != 2 or points.shape[1] != 2 * len(model.modes) or points.shape[0] == 0:
            raise InputError(
                f"Argument `starts` must be amplitudes (k, {len(model.modes)}), but has shape {jnp.shape(starts)}."
            )
    settled = settle(model, place(model, points), settings, progress)
    labels = group(settled)
    found = []
    for label in range(labels.max() + 1):
        members = np.flatnonzero(labels == label)
        outcome = Outcome(int(settled.code[members[0]]))
        state = _state(model, outcome, settled.end[members[0]], settings)
        found.append(
            Attractor(
                outcome=outcome,
                share=members.size / labels.size,
                starts=members,
                state=state,
                amplitudes=settled.sizes[members[0]],
                relative_phase=_relative_phase(state, modes),
                s_q=float(complete_synchronization(state, modes)) if state is not None and modes else float("nan"),
                period=float(settled.period[members[0]]),
            )
        )
    order = sorted(range(len(found)), key=lambda k: -found[k].share)
    vacuum_first = isinstance(starts, int)
    return Attractors(model, tuple(found[k] for k in order), order.index(0) if vacuum_first else None, modes)


def _state(model, outcome, end, settings):
    if outcome == Outcome.FIXED_POINT:
        return find_fixed_point(model, end, throw=False)
    if outcome == Outcome.LIMIT_CYCLE:
        state = find_limit_cycle(model, end, throw=False, settings=settings)
        return state if state.converged else None
    return None


def _relative_phase(state, modes):
    """Phase between the first harmonics of two amplitudes, which rotate as exp(-i w t)."""
    if state is None or not state.closed or modes is None:
        return float("nan")
    i, j = pair_indices(state.model, modes)
    orbit = np.asarray(state.amplitudes)
    turn = np.exp(2j * np.pi * np.arange(len(orbit)) / len(orbit))
    first, second = (np.mean(orbit[:, k] * turn) for k in (i, j))
    return float(np.angle(first * np.conj(second)))


def _number(value, form):
    return format(float(value), form) if np.isfinite(value) else "-"
