"""Where a curve begins: at a state, at what a motion settles on, or at a bifurcation where another kind is born."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.attractors.bifurcations import Bifurcation
from jaxsync.attractors.curve import Curve, maps
from jaxsync.attractors.layout import Frame, Known, Layout, size_of, units_of
from jaxsync.errors import ConvergenceError, InputError
from jaxsync.models.base import Model
from jaxsync.models.equations import as_arrays, bind, has_clock, quadratures_of, to_quadratures
from jaxsync.numerics.arclength import Step
from jaxsync.numerics.critical import Kind
from jaxsync.numerics.periodic_orbit import COLLOCATION, EXPLICIT
from jaxsync.numerics.recurrence import across
from jaxsync.states.cycle import LimitCycle
from jaxsync.states.fixed_point import FixedPoint, find_fixed_point
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.states.outcome import Outcome
from jaxsync.states.settings import Settings
from jaxsync.states.state import State

LEVELS = ((EXPLICIT, 1), (EXPLICIT, 4), (COLLOCATION, 1), (COLLOCATION, 4))
"""Kinds of steps, and steps from one sample to the next, each tried where the one before does not resolve a cycle."""

SAMPLES = 60
"""Of a cycle that was found with many more."""

BORN = 1e-3
"""How far from where it is born a first cycle lies, over the width of the bounds, and by how much more or less."""

ENOUGH = (0.1, 10.0)

TRIALS = 40
"""Most sizes of a first cycle that are tried: each is between ten times smaller and a hundred times larger."""


def curve_from(
    model: Model, field: str, bounds: tuple[float, float], start: Any, settings: Settings
) -> tuple[Curve, Step, tuple[int, ...]]:
    """A curve, its first point with the tangent there, and in which senses it is followed."""
    if isinstance(start, Bifurcation):
        return _born(model, field, bounds, start)
    value = float(getattr(model, field))
    if not bounds[0] <= value <= bounds[1]:
        raise InputError(
            f"Argument `bounds` must hold the model's own {field} = {value:.9g}, but is {bounds}; move them."
        )
    state = _state(model, start, settings)
    if isinstance(state, FixedPoint):
        layout, slopes = Layout((field,)), None
        x, period = np.asarray(to_quadratures(state.amplitudes))[None], []
        clock = float(1 / jnp.linalg.matrix_norm(state.drift))
    else:
        every = max(1, len(state.amplitudes) // SAMPLES) if len(state.amplitudes) > 2 * SAMPLES else 1
        amplitudes = state.amplitudes[::every]
        times = state.period * np.arange(len(amplitudes)) / len(amplitudes)
        x = quadratures_of(model, amplitudes, times)
        slopes = np.asarray(across(jax.vmap(bind(model).velocity)(x), has_clock(model)))
        x = np.asarray(x)
        layout = Layout((field,), len(x))
        period, clock = [float(state.period)], float(state.period)
    y = np.concatenate([x.ravel(), period, [value]])
    frame = Frame(clock, np.array([bounds[1] - bounds[0]]), size_of(layout, y))
    refuse_idle(model, layout, frame, y)
    near = _nearby(y, np.zeros_like(x) if slopes is None else slopes)
    curve, first = resolved(Curve(as_arrays(model), layout, frame), lambda curve: curve.at_value(y, value, near))
    if not first.converged:
        raise ConvergenceError(
            f"No {'fixed point' if layout.rests else 'cycle'} was found next to the start by Newton's method; start "
            "elsewhere, or farther from a bifurcation."
        )
    return curve, first, (1, -1)


def resolved(curve: Curve, find: Any) -> tuple[Curve, Step]:
    """The first level at or beyond a curve's own whose steps resolve what `find(curve)` finds, and the point found."""
    layout = curve.layout
    first = LEVELS.index((layout.method, layout.substeps))
    for method, substeps in LEVELS[first:]:
        finer = curve._replace(layout=layout._replace(method=method, substeps=substeps))
        found = find(finer)
        if found.converged and finer.layout.resolves(found.known):
            return finer, found
    return finer, found._replace(converged=False)


def _state(model, start, settings):
    """The fixed point or the cycle that a start stands for."""
    if isinstance(start, State) and (type(start.model) is not type(model) or start.amplitudes.ndim > 2):
        raise InputError(
            f"Argument `start` is a state of a {type(start.model).__name__}, but the model a {type(model).__name__}; "
            "give one state of the same kind of model."
        )
    if isinstance(start, FixedPoint | LimitCycle):
        return start  # or next to it: the first point of the curve is found by Newton's method all the same
    cycle = find_limit_cycle(model, start, throw=False, settings=settings)
    if cycle.converged:
        return cycle
    if cycle.outcome is Outcome.FIXED_POINT:
        return find_fixed_point(model, None if cycle.kicked else cycle.amplitudes[0])
    raise ConvergenceError(
        f"No branch: {Outcome(int(cycle.code)).found}; start elsewhere, from a fixed point or a cycle."
    )


def _nearby(y, slopes):
    """A point that is not on the curve, to fix the phase by."""
    nothing = np.zeros(())
    return Step(y, np.zeros_like(y), True, 0.0, 0, Known(nothing, nothing, nothing, slopes, nothing, nothing))


def refuse_idle(model, layout, frame, y):
    """Refuse a field that the motion does not depend on."""
    # Beside the point: on it the field may move nothing but the drift.
    x = jnp.asarray(layout.chain(y))
    x = x + frame.size * np.cos(np.arange(x.size)).reshape(x.shape)
    for field in layout.fields:
        move = lambda value, field=field: jax.vmap(bind(model.replace(**{field: value})).velocity)(x)
        if not np.any(jax.jacfwd(move)(jnp.asarray(float(getattr(model, field))))):
            raise InputError(f"Argument `field` is {field!r}, on which the motion does not depend here: name another.")


def _born(model, field, bounds, start):
    """The cycle that a Hopf point gives birth to, or a doubling to one of twice the period."""
    if start.kind not in (Kind.HOPF, Kind.DOUBLING):
        raise InputError(
            f"Argument `start` is a {start.kind.value}: another branch begins at a Hopf point and a doubling only; "
            "give its state, start.state, to follow its own branch."
        )
    if start.field != field or type(start.model) is not type(model):
        raise InputError(
            f"Argument `start` is a bifurcation of a {type(start.model).__name__} along {start.field}: follow that "
            "model along that field from it."
        )
    if not bounds[0] <= start.value <= bounds[1]:
        raise InputError(f"Argument `bounds` must hold the bifurcation at {start.value:.9g}, but is {bounds}.")
    model = as_arrays(start.model)
    x, mode, mode_slopes, layout, period = (_of_hopf if start.kind is Kind.HOPF else _of_doubling)(model, start)
    center = np.concatenate([x.ravel(), [period], [start.value]])
    frame = Frame(period, np.array([bounds[1] - bounds[0]]), np.max(np.abs(mode), axis=0))
    tangent = np.concatenate([mode.ravel(), [0.0, 0.0]])
    size, smallest, largest = _first_size(x, start), 0.0, np.inf
    for _ in range(TRIALS):
        here = frame._replace(size=size * np.maximum(frame.size, 1e-6 * np.max(frame.size)))
        # Phase and direction come from the critical mode, not from an orbit: at the Hopf point there is none.
        slopes = mode_slopes if start.kind is Kind.HOPF else start.step.known.slopes[_twice(layout.samples)]
        near = _nearby(center, slopes)
        curve = Curve(model, layout, here)
        units = units_of(layout, here, center + size * tangent)
        c = tangent / units
        curve, found = resolved(
            curve,
            lambda curve, c=c, near=near, size=size: curve.correct(
                center + size * tangent, c / np.linalg.norm(c), near
            ),
        )
        shift = abs(curve.value(found) - start.value) / (bounds[1] - bounds[0]) if found.converged else np.inf
        if ENOUGH[0] * BORN <= shift <= ENOUGH[1] * BORN:
            break
        # The shift grows with the square of the size; what fails is too large.
        if shift > BORN:
            largest = size
            size = max(size / 10, np.sqrt(smallest * size)) if not np.isfinite(shift) else size * (BORN / shift) ** 0.5
        else:
            smallest = size
            size = min(size * min(100.0, (BORN / max(shift, 1e-12)) ** 0.5), np.sqrt(size * largest))
    if not found.converged:
        raise ConvergenceError(f"No cycle was found next to {start}: take a bifurcation where less happens at once.")
    outward = found.tangent if found.tangent @ (tangent / units**2) > 0 else -found.tangent
    return curve, found._replace(tangent=outward), (1,)


def _first_size(x, start):
    """A first guess of the size of what is born: a hundredth of the state, or one quantum where that is zero."""
    size = np.sqrt(np.mean(np.sum(x**2, axis=1)))
    return 0.01 * size if size > 0 else 1.0


def _of_hopf(model, start):
    """The fixed point, its critical mode around the circle, the velocity of that, what the numbers are, the period."""
    rest, omega = start.layout.chain(start.step.y)[0], start.frequency
    velocity = bind(model).velocity
    A = np.asarray(jax.jacfwd(velocity)(jnp.asarray(rest)))
    values, vectors = np.linalg.eig(A)
    q = vectors[:, np.argmin(np.abs(values - 1j * omega))]
    q = q / np.sqrt(np.sum(np.abs(q) ** 2))
    circle = np.exp(2j * np.pi * np.arange(SAMPLES) / SAMPLES)[:, None] * q[None]
    layout = Layout((start.field,), SAMPLES)
    x = np.tile(rest, (SAMPLES, 1))
    return x, np.sqrt(2) * circle.real, np.sqrt(2) * (1j * omega * circle).real, layout, 2 * np.pi / omega


def _twice(samples):
    """Numbers of the samples of an orbit that is gone through twice in as many steps, each twice as long."""
    return (2 * np.arange(samples)) % samples


def _of_doubling(model, start):
    """The orbit gone through twice, its critical mode, which changes sign each time, and the rest as for a Hopf point.

    The mode is the deviation that one period turns into its opposite.
    """
    layout = start.layout._replace(kind=None)
    y = start.step.y
    curve = Curve(model, layout, start.frame)
    units = units_of(layout, start.frame, y)[: layout.chain(y).shape[1]]
    interval, _ = maps(model, layout, start.frame)
    x, sigma = layout.chain(y), y[layout.chain(y).size :]
    M = np.asarray(jax.jit(jax.vmap(jax.jacfwd(lambda x: interval(x, sigma))))(jnp.asarray(x)))
    values, vectors = np.linalg.eig(start.step.known.monodromy)
    mode = np.real(vectors[:, np.argmin(np.abs(values + 1))]) * units
    modes = [mode]
    for step in np.concatenate([M, M])[:-1]:
        modes.append(step @ modes[-1])
    modes = np.array(modes)[::2] / np.sqrt(np.mean(np.sum(np.array(modes) ** 2, axis=1)))
    # Twice as many steps for twice the period.
    doubled = layout if layout.substeps > 1 else layout._replace(substeps=4)
    return x[_twice(layout.samples)], modes, None, doubled, 2 * float(curve.layout.period(y))
