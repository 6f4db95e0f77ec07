"""Where a branch changes its stability, and how that place moves with the device."""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.attractors.curve import Curve, corrected, sensitivity
from jaxsync.attractors.layout import Frame, Layout, units_of
from jaxsync.errors import ConvergenceError, InputError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.equations import as_arrays
from jaxsync.numerics.arclength import Step
from jaxsync.numerics.critical import Kind
from jaxsync.states.cycle import LimitCycle
from jaxsync.states.fixed_point import FixedPoint

WAY = 8
"""Steps on the way from one device to another: each is a few Newton steps from the one before."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Bifurcation:
    """A special point of a branch: where it loses or regains stability, turns back, or meets another branch.

    kind: "fold", "Hopf", "branch point", "period doubling" or "torus". field, value: where. state: the fixed point or
    the cycle there. frequency: of what is born, for a Hopf point, or of the second one at a torus, in the rates' unit;
    NaN for the other kinds. after: the number of the branch's point before it.

    Example:
        >>> import jaxsync as js
        >>> model = js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0)
        >>> js.follow(model, "delta_a", (0.0, 1.5)).bifurcations[0]
        Bifurcation(fold at delta_a = 0.721744544)
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


def bifurcation_at(
    curve: Curve, kind: Kind, step: Step, state: Any, field: str, after: int, model: Model
) -> Bifurcation:
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
        >>> model = js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0)
        >>> fold = js.follow(model, "delta_a", (0.0, 1.5)).bifurcations[0]
        >>> f"{jax.grad(lambda model: js.bifurcation_value(fold, model))(model).gamma_2:.6f}"
        '-0.002561'
    """
    if type(model) is not type(bifurcation.model):
        raise InputError(
            f"Argument `model` must be a {type(bifurcation.model).__name__}, as that of the bifurcation, but is a "
            f"{type(model).__name__}; follow a branch of it first."
        )
    if bifurcation.kind is Kind.BRANCH_POINT:
        raise InputError(
            "Argument `bifurcation` is a branch point, which other devices need not have: give another kind."
        )
    step = bifurcation.step
    found = (as_arrays(bifurcation.model), bifurcation.frame, step.y, step.known.slopes)
    value = _moved(as_arrays(model), bifurcation.layout, jax.tree.map(jnp.asarray, found))
    if throw and not is_traced(value) and not np.all(np.isfinite(value)):
        raise ConvergenceError(
            f"The {bifurcation.kind.value} was lost on the way to this model: follow a branch of it, or give one "
            "nearer by."
        )
    return value


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
