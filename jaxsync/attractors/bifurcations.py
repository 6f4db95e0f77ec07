"""Where a branch changes its stability: special points found between two of its points, and refined."""

import dataclasses
from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.attractors.curve import Curve, Frame, Layout, corrected, sensitivity, units_of
from jaxsync.errors import ConvergenceError, InputError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.equations import as_arrays
from jaxsync.numerics.arclength import Step
from jaxsync.numerics.critical import Kind
from jaxsync.states.cycle import LimitCycle
from jaxsync.states.fixed_point import FixedPoint

ROUNDING = 1e-10
"""Growth, over a period or over the fastest time, below which an eigenvalue is not told from a critical one."""

HALVINGS = 12
"""How often a step is halved to find a special point in it that Newton's method misses."""

STRAIGHT = 14
"""Halvings to a branch point: what is left of a bend falls with their square, to eight digits of a step."""

BESIDE = 0.05
"""How far beyond a step's ends, over its length, a special point may lie that belongs to it."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Bifurcation:
    """A special point of a branch: where it loses or regains stability, turns back, or meets another branch.

    kind: "fold", "Hopf", "branch point", "period doubling" or "torus". field, value: where. state: the fixed point or
    the cycle there. frequency: of what is born, for a Hopf point, or of the second one at a torus, in the rates' unit;
    NaN for the other kinds. after: the number of the branch's point before it.

    Example:
        >>> import jaxsync as js
        >>> model = js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, chi=0.0)
        >>> js.follow(model, "delta_a", (-1.0, 1.5)).bifurcations[0]
        Bifurcation(Hopf at delta_a = 0.00167437, frequency 1.00497)
    """

    model: Model
    kind: Kind
    field: str
    value: float
    state: FixedPoint | LimitCycle | Any
    frequency: float
    after: int
    layout: Layout
    frame: Frame
    step: Step

    def __repr__(self) -> str:
        frequency = f", frequency {self.frequency:.6g}" if self.kind.is_pair else ""
        return f"Bifurcation({self.kind.value} at {self.field} = {self.value:.9g}{frequency})"

    @property
    def curve(self) -> Curve:
        """The equations that it solves."""
        return Curve(as_arrays(self.model), self.layout, self.frame)


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
    return values[np.argsort(-values.real)].astype(complex)


def unstable(curve: Curve, step: Step) -> int:
    """In how many directions deviations grow."""
    return int(np.sum(exponents(curve, step).real > ROUNDING))


def between(curve: Curve, a: Step, b: Step) -> list[tuple[Kind, Step]]:
    """The special points of a branch between two neighbouring points, in order."""
    found = sorted(_search(curve, a, b, HALVINGS), key=lambda special: curve.distance(a, b, special[1]))
    return list(found)


def _search(curve: Curve, a: Step, b: Step, halvings: int) -> Iterator[tuple[Kind, Step]]:
    flips = np.sign(np.linalg.slogdet(a.known.matrix)[0] * np.linalg.slogdet(b.known.matrix)[0]) < 0
    turns = _forward(curve, a) * _forward(curve, b) < 0
    ends = [exponents(curve, step) for step in (a, b)]
    doubling = 0 if curve.layout.rests else np.diff([_beyond_minus_one(values) for values in ends])[0]
    counts = [int(np.sum(values.real > ROUNDING)) - _beyond_minus_one(values) * (not curve.layout.rests) for values in ends]
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
        count = int(np.sum(rest.real > ROUNDING)) - _beyond_minus_one(rest) * (not curve.layout.rests)
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


def _beyond_minus_one(values):
    """How many multipliers are real and below -1; their logarithms have the imaginary part pi."""
    return int(np.sum((values.real > ROUNDING) & (np.abs(np.abs(values.imag) - np.pi) < 1e-9)))


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
        angles = np.abs(values.imag[np.argsort(np.abs(values.real))][:4])
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
    last = curve.layout.scalars + 1  # with the angle
    apart = np.abs(a.y[-last:] - b.y[-last:]) / np.append(units_of(curve.layout, curve.frame, a.y[:-1])[1 - last :], 1.0)
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


def bifurcation_at(curve: Curve, kind: Kind, step: Step, state: Any, field: str, after: int, model: Model) -> Bifurcation:
    """A special point as its branch holds it."""
    frequency = np.nan
    if kind is Kind.HOPF:
        frequency = float(np.sqrt(step.y[-1]) / curve.frame.clock)
    elif kind is Kind.TORUS:
        frequency = float(np.arccos(step.y[-1]) / curve.layout._replace(kind=kind).period(step.y))
    layout = curve.layout if kind is Kind.BRANCH_POINT else curve.layout._replace(kind=kind)
    value = float(layout.values(step.y)[0])
    model = model.replace(**{field: value})
    return Bifurcation(model, kind, field, value, state, frequency, after, layout, curve.frame, step)


def bifurcation_value(bifurcation: Bifurcation, model: Model, *, throw: bool = True) -> jax.Array:
    """The value of its field at which the same bifurcation of another device lies, differentiable in that device.

    Newton's method goes there in steps from the device that it was found for. The derivatives, forward and reverse, are
    those of the implicit function theorem, with one adjoint solve for all fields together.

    Args:
        bifurcation: One that `follow` found: a fold, a Hopf point, a doubling or a torus.
        model: The device; its own value of the field does not matter.
        throw: Whether to raise where the bifurcation is lost on the way, outside transformations.

    Returns:
        One number; NaN where it is lost.

    Raises:
        InputError: For a model of another kind, and for a branch point, which other devices need not have.
        ConvergenceError: If the bifurcation is lost.

    Example:
        >>> import jax, jaxsync as js
        >>> model = js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, chi=0.0)
        >>> hopf = js.follow(model, "delta_a", (-1.0, 1.5)).bifurcations[0]
        >>> f"{jax.grad(lambda model: js.bifurcation_value(hopf, model))(model).gamma_2:.4f}"
        '-0.6670'
    """
    if type(model) is not type(bifurcation.model):
        raise InputError(
            f"Argument `model` must be a {type(bifurcation.model).__name__}, as that of the bifurcation, but is a "
            f"{type(model).__name__}; follow a branch of it first."
        )
    if bifurcation.kind is Kind.BRANCH_POINT:
        raise InputError("Argument `bifurcation` is a branch point, which other devices need not have; give another kind.")
    step = bifurcation.step
    found = (as_arrays(bifurcation.model), bifurcation.frame, step.y, step.known.slopes)
    value = _moved(as_arrays(model), bifurcation.layout, jax.tree.map(jnp.asarray, found))
    if throw and not is_traced(value) and not np.all(np.isfinite(value)):
        raise ConvergenceError(
            f"The {bifurcation.kind.value} was lost on the way to this model: follow a branch of the model, or give one "
            "nearer to it."
        )
    return value


WAY = 8
"""Steps on the way from one device to another: each is a few Newton steps from the one before."""


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _moved(model, layout, found):
    """The value, with the gradient of `sensitivity` as its derivative; found: (model, frame, point, velocities)."""
    return _arrive(model, layout, found)[0]


@_moved.defjvp
def _derivative(layout, primals, tangents):
    model, found = primals
    value, end, slopes = _arrive(model, layout, found)
    frame = found[1]
    gradient = sensitivity(model, layout, frame, end, units_of(layout, frame, end, jnp), slopes)
    along = jax.tree.map(jnp.vdot, gradient, tangents[0])
    return value, jax.tree.reduce(jnp.add, along)


@partial(jax.jit, static_argnames="layout")
def _arrive(model, layout, found):
    """The value, the point and its velocities for a model, from those of another."""
    origin, frame, y, slopes = found

    def advance(state, share):
        y, slopes = state
        between = jax.tree.map(lambda a, b: a + share * (b - a), origin, model)
        units = units_of(layout, frame, y, jnp)
        found = corrected(between, layout, frame, y, jnp.zeros_like(y), units, slopes, layout.chain(y), 1e-9)
        return (jnp.where(found.converged, found.y, jnp.nan), found.known.slopes), None

    (end, slopes), _ = jax.lax.scan(advance, (jnp.asarray(y), jnp.asarray(slopes)), jnp.arange(1, WAY + 1) / WAY)
    return layout.values(end)[0], end, slopes
