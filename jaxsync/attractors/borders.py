"""Borders in two parameters: the curve of a special point, such as the edges of an Arnold tongue."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray
from tqdm import tqdm

from jaxsync.attractors.bifurcations import Bifurcation
from jaxsync.attractors.branch import read_bounds
from jaxsync.attractors.curve import Curve
from jaxsync.attractors.layout import Frame, Layout
from jaxsync.attractors.origin import refuse_idle
from jaxsync.attractors.walk import CLOSES, walk
from jaxsync.errors import ConvergenceError, InputError
from jaxsync.models.base import Model
from jaxsync.models.equations import as_arrays
from jaxsync.numerics.arclength import Step
from jaxsync.numerics.critical import Kind


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Border:
    """The points in two fields at which a bifurcation lies, along a curve, through cusps.

    kind: of the bifurcation. fields: their names. values: (k, 2). period: of the cycle, (k,), NaN for fixed points.
    frequency: of a Hopf point or a torus, (k,), else NaN. ends: what ended the curve at its first and its last point.

    Example:
        >>> import jaxsync as js
        >>> model = js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0)
        >>> fold = js.follow(model, "delta_a", (0.0, 1.5)).bifurcations[0]
        >>> border = js.follow_border(fold, ("delta_a", "drive_a"), ((0.5, 1.0), (30.0, 40.0)))
        >>> border.kind, border.values.shape[1]
        ('fold', 2)
    """

    model: Model
    kind: str
    fields: tuple[str, str]
    values: np.ndarray
    period: np.ndarray
    frequency: np.ndarray
    ends: tuple[str, str]

    def to_dataset(self) -> xarray.Dataset:
        """The border as a dataset along `point`."""
        columns: dict[str, Any] = {
            name: ("point", self.values[:, number], {"units": self.model.unit(name)})
            for number, name in enumerate(self.fields)
        }
        columns |= {"period": ("point", self.period), "frequency": ("point", self.frequency)}
        return xarray.Dataset(columns, attrs={"kind": self.kind, "model": repr(self.model), "ends": list(self.ends)})

    def __repr__(self) -> str:
        low, high = self.values.min(axis=0), self.values.max(axis=0)
        ranges = ", ".join(f"{n} from {a:.6g} to {b:.6g}" for n, a, b in zip(self.fields, low, high, strict=True))
        return f"Border({self.kind}, {ranges}, {len(self.values)} points)"


def follow_border(
    bifurcation: Bifurcation,
    fields: tuple[str, str],
    bounds: Sequence[tuple[float, float]],
    *,
    points: int = 400,
    progress: bool = False,
) -> Border:
    """Follow a fold, a Hopf point, a doubling or a torus in two fields, both ways, by pseudo-arclength continuation.

    The curve ends at the bounds, where it closes, where the two values of a pair meet and become real (a torus that
    meets a fold), after so many points, or where the cycle can no longer be resolved: `ends` says which, and what was
    found so far is returned. Works outside transformations only.

    Args:
        bifurcation: One of a branch's `bifurcations`.
        fields: Names of the two fields.
        bounds: The least and the largest value of each; they hold the bifurcation.
        points: Most points in each direction.
        progress: Whether to show a bar.

    Returns:
        The border.

    Raises:
        InputError: For fields that are unknown, equal, or do nothing, bounds that do not hold the bifurcation, and a
            branch point, which is not met again in two fields.
        ConvergenceError: If no border leads on from the bifurcation.

    Example:
        >>> import jaxsync as js
        >>> model = js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0)
        >>> fold = js.follow(model, "delta_a", (0.0, 1.5)).bifurcations[0]
        >>> js.follow_border(fold, ("delta_a", "drive_a"), ((0.5, 1.0), (30.0, 40.0))).ends
        ('the bound', 'the bound')
    """
    if bifurcation.kind is Kind.BRANCH_POINT:
        raise InputError("Argument `bifurcation` is a branch point, which no border leads on from; give another kind.")
    fields = tuple(fields)  # type: ignore[assignment]
    if len(fields) != 2 or fields[0] == fields[1] or len(bounds) != 2:
        raise InputError(f"Argument `fields` must name two different fields, with bounds for each, but is {fields!r}.")
    model = bifurcation.model
    limits = [read_bounds(model, name, pair) for name, pair in zip(fields, bounds, strict=True)]
    values = [float(getattr(model, name)) for name in fields]
    for name, value, (low, high) in zip(fields, values, limits, strict=True):
        if not low <= value <= high:
            raise InputError(
                f"Argument `bounds` must hold the bifurcation, at {name} = {value:.9g}, but is {(low, high)} there."
            )
    own = bifurcation.layout
    layout = own._replace(fields=fields)
    y = bifurcation.step.y
    at = y.size - own.scalars + (not own.rests)
    start = np.concatenate([y[:at], values, y[at + 1 :]])
    frame = bifurcation.frame._replace(widths=np.array([high - low for low, high in limits]))
    refuse_idle(as_arrays(model), layout, frame, start)
    curve = Curve(as_arrays(model), layout, frame)
    first = _first(curve, start, bifurcation)
    with tqdm(desc="points", unit="pt", disable=not progress) as bar:
        runs = [walk(curve, first, way, limits, points, bar, _ends) for way in (1, -1)]
    forward, back = runs
    closed = forward.end == CLOSES
    found = forward.points if closed else back.points[:0:-1] + forward.points
    ends = (CLOSES, CLOSES) if closed else (back.end, forward.end)
    ys = np.array([step.y for _, step in found])
    period = np.full(len(ys), np.nan) if layout.rests else np.array([layout.period(y) for y in ys])
    return Border(
        model=model,
        kind=bifurcation.kind.value,
        fields=fields,
        values=np.array([layout.values(y) for y in ys]),
        period=period,
        frequency=_frequency(layout, frame, ys, period),
        ends=ends,
    )


def _first(curve: Curve, start: np.ndarray, bifurcation: Bifurcation) -> Step:
    """The first point with the tangent there, across whichever field the border is not at right angles to."""
    near = bifurcation.step._replace(y=start, tangent=np.zeros_like(start))
    for number in (0, 1):
        value = float(curve.layout.values(start)[number])
        found = curve.at_value(start, value, near, number)
        if found.converged:
            return found
    raise ConvergenceError(f"No border was found from {bifurcation}: it may not depend on these fields.")


def _ends(curve: Curve, here: Step, there: Step, number: int) -> str | None:
    """Where a critical pair becomes real, the border ends: what lies beyond is a neutral saddle."""
    kappa = there.y[-1]
    if (curve.layout.kind is Kind.TORUS and abs(kappa) > 1) or (curve.layout.kind is Kind.HOPF and kappa < 0):
        return "the critical pair becomes real"
    return None


def _frequency(layout: Layout, frame: Frame, ys: np.ndarray, period: np.ndarray) -> np.ndarray:
    if layout.kind is Kind.HOPF:
        return np.sqrt(ys[:, -1]) / float(frame.clock)
    if layout.kind is Kind.TORUS:
        return np.arccos(ys[:, -1]) / period
    return np.full(len(ys), np.nan)
