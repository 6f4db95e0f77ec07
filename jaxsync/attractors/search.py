"""The search for special points between two neighbouring points of a branch, and their refinement.

A change of sign tells a fold (the field turns back), a branch point (the condensed matrix is singular) and a doubling;
pairs of critical values must make up for what else the number of growing directions changes by. Newton's method for the
special point itself has the last word.
"""

from collections.abc import Iterator

import numpy as np

from jaxsync.attractors.curve import Curve
from jaxsync.attractors.layout import units_of
from jaxsync.numerics.arclength import Step
from jaxsync.numerics.critical import Kind

ROUNDING = 1e-10
"""Growth, over a period or over the fastest time, below which an eigenvalue is not told from a critical one."""

HALVINGS = 12
"""How often a step is halved to find a special point in it that Newton's method misses."""

STRAIGHT = 14
"""Halvings to a branch point: what is left of a bend falls with their square, to eight digits of a step."""

BESIDE = 0.05
"""How far beyond a step's ends, over its length, a special point may lie that belongs to it."""


def exponents(curve: Curve, step: Step) -> np.ndarray:
    """Growth of deviations across the flow, complex, most positive real part first.

    Of a fixed point the eigenvalues of the drift, times the frame's clock; of a cycle the logarithms of its multipliers
    but the 1 of the flow.
    """
    M, u = step.known.monodromy, step.known.along
    if curve.layout.rests:
        values = np.linalg.eigvals(M - np.eye(len(M)))
    else:
        # A basis across the flow: there the matrix has the other multipliers, also where a second one is 1.
        across = np.linalg.qr(u[:, None], mode="complete")[0][:, 1:]
        multipliers = np.linalg.eigvals(across.T @ M @ across)
        # A multiplier of a strongly contracting direction may be zero, and its logarithm is not.
        values = np.log(np.where(np.abs(multipliers) > 1e-300, multipliers, 1e-300).astype(complex))
    return values[np.argsort(-np.real(values))].astype(complex)


def between(curve: Curve, a: Step, b: Step) -> list[tuple[Kind, Step]]:
    """The special points of a branch between two neighbouring points, in order."""
    return sorted(_search(curve, a, b, HALVINGS), key=lambda special: curve.distance(a, b, special[1]))


def _search(curve: Curve, a: Step, b: Step, halvings: int) -> Iterator[tuple[Kind, Step]]:
    flips = np.sign(np.linalg.slogdet(a.known.matrix)[0] * np.linalg.slogdet(b.known.matrix)[0]) < 0
    turns = _forward(curve, a) * _forward(curve, b) < 0
    ends = [exponents(curve, step) for step in (a, b)]
    doubling = 0 if curve.layout.rests else np.diff([_beyond_minus_one(values) for values in ends])[0]
    counts = [_growing(curve, values) for values in ends]
    missing = False
    found: list[tuple[Kind, Step]] = []
    if flips:
        found.append((Kind.BRANCH_POINT, _bracketed(curve, a, b)))
    elif turns:
        point = _refined(curve, a, b, Kind.FOLD)
        missing = point is None
        found += [] if point is None else [(Kind.FOLD, point)]
    if doubling % 2:
        point = _refined(curve, a, b, Kind.DOUBLING)
        missing = missing or point is None
        found += [] if point is None else [(Kind.DOUBLING, point)]
    pairs = 0
    if not missing and (flips or turns):
        # A real one crosses at that point; of what else grows there, pairs must make up for the difference.
        rest = np.delete(exponents(curve, found[0][1]), critical_exponent(curve, found[0][1]))
        count = _growing(curve, rest)
        before = (count - counts[0]) % 2
        pairs = abs(count + before - counts[0]) // 2 + abs(count + 1 - before - counts[1]) // 2
    elif not missing:
        pairs = abs(counts[1] - counts[0] - (doubling - doubling % 2)) // 2
    kind = Kind.HOPF if curve.layout.rests else Kind.TORUS
    if pairs:
        near = [a, b] + [step for _, step in found]
        points = _pair_points(curve, a, b, near, kind)
        missing = missing or len(points) < min(pairs, 1)
        found += [(kind, point) for point in points]
    if missing and halvings:
        middle = _middle(curve, a, b)
        if middle is not None:
            yield from _search(curve, a, middle, halvings - 1)
            yield from _search(curve, middle, b, halvings - 1)
            return
    yield from found


def _forward(curve, step):
    """How the field moves along the curve."""
    return float(curve.layout.values(step.tangent)[0])


def _growing(curve, values):
    """How many exponents grow, but those of multipliers below -1, which have a kind of their own."""
    return int(np.sum(np.real(values) > ROUNDING)) - (0 if curve.layout.rests else _beyond_minus_one(values))


def _beyond_minus_one(values):
    """How many multipliers are real and below -1; their logarithms have the imaginary part pi."""
    return int(np.sum((np.real(values) > ROUNDING) & (np.abs(np.abs(np.imag(values)) - np.pi) < 1e-9)))


def critical_exponent(curve, step):
    """The number of the exponent that vanishes."""
    return int(np.argmin(np.abs(exponents(curve, step))))


def _middle(curve, a, b):
    units = units_of(curve.layout, curve.frame, a.y)
    c = (b.y - a.y) / units
    middle = curve.correct((a.y + b.y) / 2, c / np.linalg.norm(c), a)
    return middle if middle.converged else None


def _refined(curve, a, b, kind, kappas=(0.0,), near=None):
    """The special point between a and b by Newton's method from either, None where there is none."""
    for start in near or sorted((a, b), key=lambda step: abs(_forward(curve, step))):
        for kappa in kappas:
            found = curve.special(kind, start, kappa)
            if found.converged and -BESIDE <= curve.distance(a, b, found) <= 1 + BESIDE:
                return found._replace(tangent=a.tangent)
    return None


def _pair_points(curve, a, b, near, kind):
    """Points with a critical pair, from what pairs there are at the points nearby."""
    points: list[Step] = []
    for step in near:
        start = step._replace(y=step.y[: a.y.size])
        values = exponents(curve, step)
        angles = np.abs(np.imag(values)[np.argsort(np.abs(np.real(values)))][:4])
        # At the point where a pair becomes two real ones their angle is zero.
        kappas = angles**2 if kind is Kind.HOPF else np.cos(angles)
        point = _refined(curve, a, b, kind, np.unique(kappas), [start])
        if point is not None and _is_pair(point, kind) and not any(_same(curve, point, other) for other in points):
            points.append(point)
    return points


def _is_pair(point, kind):
    """Whether two complex values are critical, and not two real ones whose product is 1, or sum 0: a neutral saddle."""
    kappa = point.y[-1]
    return kappa > 0 if kind is Kind.HOPF else abs(kappa) < 1


def _same(curve, a, b):
    """Whether two points are one, whatever the phase that their orbits were found with."""
    scalars = curve.layout.scalars
    units = np.append(units_of(curve.layout, curve.frame, a.y[:-1])[-scalars:], 1.0)
    # Period, field and angle; Newton's method leaves them a thousand times nearer.
    apart = np.abs(a.y[-scalars - 1 :] - b.y[-scalars - 1 :]) / units
    return bool(np.all(apart <= 1e-6))


def _bracketed(curve, a, b):
    """The point between a and b where the condensed matrix is singular: by halves until its determinant is a straight
    line, on which it is the root. Newton's method has no use there: next to that point it loses digits."""
    units = units_of(curve.layout, curve.frame, a.y)
    way = (b.y - a.y) / units
    c = way / np.linalg.norm(way)
    low, high = a, b
    for _ in range(STRAIGHT):
        middle = curve.correct((low.y + high.y) / 2, c, a)
        if not middle.converged:
            break
        low, high = (low, middle) if _determinant(low) * _determinant(middle) <= 0 else (middle, high)
    share = _determinant(low) / (_determinant(low) - _determinant(high))
    return low._replace(y=low.y + share * (high.y - low.y))


def _determinant(step):
    sign, logarithm = np.linalg.slogdet(step.known.matrix)
    return sign * np.exp(logarithm)
