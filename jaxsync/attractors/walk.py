"""Along a curve in one sense: bounds, ends, and steps of a cycle that are as fine as it asks for."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jaxsync.attractors.curve import Curve
from jaxsync.attractors.layout import size_of, units_of
from jaxsync.attractors.origin import resolved
from jaxsync.numerics.arclength import Step, trace

FIRST, LONGEST = 0.01, 0.05
"""Length of the first step and of the longest, in units of the state, of its period and of the bounds' width."""

BOUND, CLOSES = "the bound", "the curve closes"

Watch = Callable[[Curve, Step, Step, int], str | None]
"""Called with the curve, two neighbouring points, and the number of the first: what ends the curve there, or None."""


@dataclasses.dataclass
class Run:
    """A curve in one sense: its points, each with the curve, whose layout may be finer later on; what ended it."""

    points: list[tuple[Curve, Step]]
    end: str


def walk(
    curve: Curve, first: Step, way: int, bounds: Sequence[tuple[float, float]], most: int, bar: Any, watch: Watch
) -> Run:
    """The points of a curve from the first one on, in the sense of its tangent, or against it for way = -1."""
    matrix = np.array(first.known.matrix)
    matrix[-1] *= way  # the tangent is its last row
    start = first._replace(tangent=way * first.tangent, known=first.known._replace(matrix=matrix))
    run = Run([(curve, start)], "no further point is found by Newton's method")

    def advance(here, length):
        nonlocal curve
        there = curve.advance(here, length)
        if not there.converged or curve.layout.resolves(there.known):
            return there
        finer, there = resolved(curve, lambda finer: finer.advance(here, length))
        if there.converged:
            curve = finer
        else:
            run.end = "the steps of a cycle no longer resolve it"
        return there

    for there in trace(advance, start, FIRST, LONGEST):
        here, number = run.points[-1][1], len(run.points) - 1
        there, outside = _inside(curve, here, there, bounds)
        end = None if there is None else watch(curve, here, there, number)
        if there is None or end:
            run.end = end or BOUND
            break
        run.points.append((curve, there))
        size = np.maximum(curve.frame.size, size_of(curve.layout, there.y))
        curve = curve._replace(frame=curve.frame._replace(size=size))
        bar.update()
        if outside:
            run.end = BOUND
            break
        if number > 3 and _passes(curve, here, there, first):
            run.end = CLOSES
            break
        if number + 2 >= most:
            run.end = "as many points as were asked for"
            break
    return run


def _inside(curve: Curve, a: Step, b: Step, bounds: Sequence[tuple[float, float]]) -> tuple[Step | None, bool]:
    """A point as it is, or, if it is outside the bounds, the one on them; None where that is not found; and whether it
    was outside."""
    shares = []
    for number, (low, high) in enumerate(bounds):
        before, after = (float(curve.layout.values(step.y)[number]) for step in (a, b))
        if not low <= after <= high:
            bound = low if after < low else high
            shares.append(((bound - before) / (after - before), number, bound))
    if not shares:
        return b, False
    share, number, bound = min(shares)
    found = curve.at_value(a.y + share * (b.y - a.y), bound, a, number)
    return (found if found.converged else None), True


def _passes(curve: Curve, a: Step, b: Step, first: Step) -> bool:
    """Whether the curve comes back to its first point between two others."""
    units = units_of(curve.layout, curve.frame, a.y)
    length = np.linalg.norm((b.y - a.y) / units)
    share = curve.distance(a, b, first)
    aside = np.linalg.norm((first.y - a.y - share * (b.y - a.y)) / units)
    return 0 <= share <= 1 and bool(aside < 0.1 * length)
