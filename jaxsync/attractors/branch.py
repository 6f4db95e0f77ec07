"""A fixed point or a cycle followed along a parameter, through folds, with what changes its stability on the way."""

import dataclasses
from typing import Any, NamedTuple

import jax
import numpy as np
import xarray
from tqdm import tqdm

from jaxsync.attractors.bifurcations import Bifurcation, bifurcation_at
from jaxsync.attractors.curve import Curve
from jaxsync.attractors.layout import Frame, Layout, size_of
from jaxsync.attractors.observation import at_border, observed
from jaxsync.attractors.origin import curve_from
from jaxsync.attractors.search import between, exponents
from jaxsync.attractors.walk import CLOSES, Run, walk
from jaxsync.errors import InputError
from jaxsync.measures.synchronization import Modes
from jaxsync.models.base import Model, is_traced
from jaxsync.models.check import check_model
from jaxsync.models.equations import pair_indices, pair_of
from jaxsync.numerics.arclength import Step
from jaxsync.numerics.critical import Kind
from jaxsync.states.cycle import LimitCycle
from jaxsync.states.settings import Settings
from jaxsync.states.start import Start

DECIDED = 1e-5
"""Decay, over a period or over the fastest time, that is told from none by the eigenvalues alone: a hundred times what
the last Newton step leaves in them."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Branch:
    """Fixed points or cycles along a curve, from one end to the other.

    field, values: what varies, (k,), not in order where the curve turns back. states: stacked along a first axis of
    length k, a `FixedPoint` or a `LimitCycle`. stable: whether no deviation grows, (k,). outcomes: (k,) numbers of
    `Outcome`, MARGINAL also where a stable state is so close to a fold that its covariance is not known. exponents:
    (k, j) complex, most positive first: of fixed points the eigenvalues of the drift, of cycles those Floquet
    exponents, the logarithm of a multiplier over the period, that do not belong to the flow. s_q: (k,),
    phase-referenced for cycles, NaN where there is no covariance or no pair. bifurcations: in the order of the curve.
    ends: what ended the curve at its first and at its last point.

    Example:
        >>> import jaxsync as js
        >>> js.follow(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0), "drive_a", (1.0, 40.0))
        Branch(fixed points, drive_a from 1 to 40, stable, 0 bifurcations)
    """

    model: Model
    field: str
    values: np.ndarray
    states: Any
    stable: np.ndarray
    outcomes: np.ndarray
    exponents: np.ndarray
    s_q: np.ndarray
    bifurcations: tuple[Bifurcation, ...]
    ends: tuple[str, str]

    @property
    def is_of_cycles(self) -> bool:
        """Whether it consists of cycles."""
        return isinstance(self.states, LimitCycle)

    @property
    def multipliers(self) -> np.ndarray:
        """Of cycles the Floquet multipliers but the 1 of the flow, (k, j) complex, largest first."""
        return np.exp(self.exponents * self.period[:, None])

    @property
    def period(self) -> np.ndarray:
        """Of cycles, (k,); NaN for fixed points."""
        return np.asarray(self.states.period) if self.is_of_cycles else np.full(len(self.values), np.nan)

    @property
    def phase_diffusion(self) -> np.ndarray:
        """Variance of a cycle's common time shift per unit time, (k,); NaN for fixed points."""
        return np.asarray(self.states.phase_diffusion) if self.is_of_cycles else np.full(len(self.values), np.nan)

    @property
    def sizes(self) -> np.ndarray:
        """Root mean square amplitudes of the modes, (k, n)."""
        squares = np.abs(np.asarray(self.states.amplitudes)) ** 2
        return np.sqrt(squares.mean(axis=1) if self.is_of_cycles else squares)

    def state(self, index: int) -> Any:
        """One of the states."""
        return jax.tree.map(lambda leaf: leaf[index], self.states)

    def at(self, value: float) -> np.ndarray:
        """The numbers of the branch's points next to where it passes a value: more than one where states coexist."""
        before = self.values - value
        crossed = np.flatnonzero((before[:-1] * before[1:] < 0) | (before[1:] == 0))
        if before[0] == 0:
            crossed = np.append(-1, crossed)
        return crossed + 1

    def to_dataset(self) -> xarray.Dataset:
        """The branch as a dataset along `point`, with its bifurcations along `bifurcation`."""
        unit = self.model.unit(self.field)
        columns = {
            self.field: ("point", self.values, {"units": unit}),
            "stable": ("point", self.stable),
            "outcome": ("point", self.outcomes),
            "s_q": ("point", self.s_q),
            "period": ("point", self.period),
            "phase_diffusion": ("point", self.phase_diffusion),
            "growth": ("point", np.real(self.exponents[:, 0])),
            "size": (("point", "mode"), self.sizes),
            "kind": ("bifurcation", [b.kind.value for b in self.bifurcations]),
            "value": ("bifurcation", [b.value for b in self.bifurcations], {"units": unit}),
            "after": ("bifurcation", [b.after for b in self.bifurcations]),
        }
        attributes = {"model": repr(self.model), "ends": list(self.ends)}
        return xarray.Dataset(columns, {"mode": list(self.model.modes)}, attributes)

    def __repr__(self) -> str:
        kind = "cycles" if self.is_of_cycles else "fixed points"
        stable = "stable" if self.stable.all() else f"{self.stable.sum()} of {self.stable.size} stable"
        return (
            f"Branch({kind}, {self.field} from {self.values.min():.6g} to {self.values.max():.6g}, {stable}, "
            f"{len(self.bifurcations)} bifurcations)"
        )


def follow(
    model: Model,
    field: str,
    bounds: tuple[float, float],
    start: Start | Bifurcation = None,
    *,
    modes: Modes = None,
    points: int = 400,
    settings: Settings = Settings(),
    progress: bool = False,
) -> Branch:
    """Follow a fixed point or a cycle along `field`, both ways, through folds, by pseudo-arclength continuation.

    The curve ends at the bounds, where it closes, where a cycle shrinks to a fixed point, after so many points, or
    where it can no longer be resolved: `ends` says which, and what was found so far is returned. A Hopf point as start
    leads onto the cycle born there, a doubling onto the cycle of twice the period. Between two points a special one is
    missed where an even number of one kind lies.

    Works outside transformations only.

    Args:
        model: The device.
        field: Name of the field that varies.
        bounds: Its least and its largest value; they hold the model's own value.
        start: None or "vacuum", amplitudes (n,), or a state, from where the motion is followed to what it settles on; a
            `FixedPoint` or a `LimitCycle`, stable or not, itself; or a Hopf point or a doubling.
        modes: Whose S_Q is reported; None is the model's pair, or neither where it has none.
        points: Most points in each direction.
        settings: How the start is looked for, and with how many samples a cycle.
        progress: Whether to show a bar.

    Returns:
        The branch.

    Raises:
        InputError: For an unknown field, one that does nothing, bounds that do not hold the start, a start of another
            model.
        ConvergenceError: If there is no fixed point or cycle to start from.

    Example:
        >>> import jaxsync as js
        >>> js.follow(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0), "delta_a", (0.0, 1.5)).bifurcations
        (Bifurcation(fold at delta_a = 0.721744544),)
    """
    if is_traced(model):
        raise InputError("Argument `model` is traced, but a branch has as many points as it takes: call it outside.")
    if modes is not None or model.pair is not None:
        modes = pair_of(model, modes)
        pair_indices(model, modes)
    low, high = read_bounds(model, field, bounds)
    check_model(model)
    curve, first, ways = curve_from(model, field, (low, high), start, settings)
    runs = []
    with tqdm(desc="points", unit="pt", disable=not progress) as bar:
        for way in ways:
            watch = _Watch()
            runs.append((walk(curve, first, way, [(low, high)], points, bar, watch), watch.specials))
    return _assembled(model, field, runs, modes)


def read_bounds(model: Model, field: str, bounds: Any) -> tuple[float, float]:
    """The bounds of a field, checked."""
    try:
        low, high = (float(value) for value in bounds)
    except (TypeError, ValueError):
        raise InputError(f"Argument `bounds` must be two numbers, but is {bounds!r}.") from None
    if not low < high or not np.isfinite([low, high]).all():
        raise InputError(f"Argument `bounds` must be two finite numbers that increase, but is {bounds!r}.")
    model.replace(**{field: np.array([low, high])})  # refuses an unknown field and values that the model forbids
    return low, high


class _Special(NamedTuple):
    """A special point with the number of the branch's point before it, its kind and its curve."""

    after: int
    kind: Kind
    step: Step
    curve: Curve


class _Watch:
    """What is looked for on a branch: special points, and the end of a cycle."""

    def __init__(self):
        self.specials: list[_Special] = []

    def __call__(self, curve: Curve, here: Step, there: Step, number: int) -> str | None:
        if _reversed(curve, here, there):
            self.specials += _birth(curve, here, number)
            return "the cycle shrinks to a fixed point"
        self.specials += [_Special(number, kind, step, curve) for kind, step in between(curve, here, there)]
        return None


def _reversed(curve: Curve, a: Step, b: Step) -> bool:
    """Whether a cycle has gone through a point, and comes out of it half a turn later."""
    if curve.layout.rests:
        return False
    x, y = (curve.layout.chain(step.y) for step in (a, b))
    x, y = ((z - z.mean(axis=0)) / curve.frame.size for z in (x, y))
    return float(np.sum(x * y)) <= 0


def _birth(curve: Curve, here: Step, number: int) -> list[_Special]:
    """The Hopf point that a small cycle shrinks to."""
    layout = Layout(curve.layout.fields)
    x = curve.layout.chain(here.y).mean(axis=0)
    y = np.append(x, curve.value(here))
    clock = float(curve.layout.period(here.y)) / (2 * np.pi)
    rest = curve._replace(layout=layout, frame=Frame(clock, curve.frame.widths, size_of(layout, y)))
    near = here._replace(y=y, known=here.known._replace(slopes=np.zeros((1, x.size))))
    found = rest.special(Kind.HOPF, near, 1.0)
    return [_Special(number, Kind.HOPF, found, rest)] if found.converged else []


def _assembled(model: Model, field: str, runs: list[tuple[Run, list[_Special]]], modes: Modes) -> Branch:
    """One branch from two runs from the same point, the second one backwards, or from one."""
    (run, specials), *others = runs
    points, ends = run.points, ("the start", run.end)
    if others and run.end == CLOSES:
        ends = (CLOSES, CLOSES)
    elif others:
        ((back, earlier),) = others
        before = len(back.points) - 1
        points = back.points[:0:-1] + points
        mirrored = [special._replace(after=before - 1 - special.after) for special in earlier[::-1]]
        specials = mirrored + [special._replace(after=before + special.after) for special in specials]
        ends = (back.end, run.end)
    states, s_q = observed(model, points, modes)
    growth = [exponents(curve, step) for curve, step in points]
    rates = [values * _rate(*point) for values, point in zip(growth, points, strict=True)]
    found = tuple(
        bifurcation_at(curve, kind, step, state, field, after, model)
        for (after, kind, step, curve), state in zip(specials, _states_at(model, specials, modes), strict=True)
    )
    outcomes = np.asarray(states.code)
    # Next to a fold the flow and the critical direction are nearly one, and no covariance is known; stability is.
    stable = np.asarray(states.stable) | np.array([np.max(np.real(values)) < -DECIDED for values in growth])
    values = np.array([curve.value(step) for curve, step in points])
    return Branch(model, field, values, states, stable, outcomes, np.array(rates), s_q, found, ends)


def _states_at(model: Model, specials: list[_Special], modes: Modes) -> list[Any]:
    """The states at the special points, those of one kind computed together."""
    points = [(s.curve, s.step._replace(y=s.step.y[: len(s.step.y) - int(s.kind.is_pair)])) for s in specials]
    states: list[Any] = [None] * len(points)
    for rests in (False, True):
        chosen = [number for number, (curve, _) in enumerate(points) if curve.layout.rests == rests]
        if chosen:
            stacked, _ = observed(model, [points[number] for number in chosen], modes)
            for place, number in enumerate(chosen):
                states[number] = at_border(jax.tree.map(lambda leaf, at=place: leaf[at], stacked), *points[number])
    return states


def _rate(curve: Curve, step: Step) -> float:
    """The inverse of the time over which the exponents are taken."""
    return float(1 / (curve.frame.clock if curve.layout.rests else curve.layout.period(step.y)))
