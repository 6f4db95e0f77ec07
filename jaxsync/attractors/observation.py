"""The states at the points of a curve, with their fluctuations."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.attractors.curve import Curve
from jaxsync.attractors.search import critical_exponent, exponents
from jaxsync.batches import map_points
from jaxsync.measures.synchronization import Modes, complete_synchronization
from jaxsync.models.base import Model
from jaxsync.models.equations import as_arrays
from jaxsync.numerics.arclength import Step
from jaxsync.states.cycle import LimitCycle
from jaxsync.states.fixed_point import fixed_point_at
from jaxsync.states.limit_cycle import cycle_through
from jaxsync.states.outcome import Outcome

CHUNK = 16
"""Points whose fluctuations are computed together: one compiled program for branches of any length."""

NEUTRAL = 1e-6
"""Growth over a period, or over the fastest time, of a special point's own values that is only their rounding: double
ones are known to the root of it."""


def observed(model: Model, points: list[tuple[Curve, Step]], modes: Modes) -> tuple[Any, np.ndarray]:
    """The states of points, stacked, and their S_Q."""
    groups: list[list[tuple[Curve, Step]]] = []
    for curve, step in points:
        if not groups or groups[-1][0][0].layout != curve.layout:
            groups.append([])
        groups[-1].append((curve, step))
    parts = []
    for group in groups:
        layout = group[0][0].layout
        rows = {
            "y": np.array([step.y for _, step in group]),
            "error": np.array([step.known.error for _, step in group]),
            "rate": np.array([step.known.rate for _, step in group]),
        }
        parts.append(map_points(_observe, as_arrays(model), rows, static=(layout, modes), chunk=CHUNK))
    states, s_q = jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)
    return jax.tree.map(jnp.asarray, states), s_q


def _observe(layout, modes, model, point):
    """The state at a point, with its fluctuations, and its S_Q."""
    y = point["y"]
    here = model.replace(**dict(zip(layout.fields, layout.values(y), strict=True)))
    if layout.rests:
        state = fixed_point_at(here, layout.chain(y)[0], jnp.ones((), bool))
    else:
        error, rate, period = point["error"], point["rate"], layout.period(y)
        known = (error, error, rate)
        state = cycle_through(here, layout.chain(y), period, *known, layout.method, layout.substeps)
    s_q = complete_synchronization(state, modes) if modes else jnp.full((), jnp.nan)
    return state, jnp.asarray(s_q)


def at_border(state: Any, curve: Curve, step: Step) -> Any:
    """The state at a special point: the splitting does not know that it is marginal, and has no meaning there."""
    values = np.delete(exponents(curve, step), critical_exponent(curve, step))
    code = Outcome.UNSTABLE if np.any(np.real(values) > NEUTRAL) else Outcome.MARGINAL
    state = dataclasses.replace(state, code=jnp.asarray(code, jnp.int8))
    if isinstance(state, LimitCycle):
        largest = np.exp(max(0.0, np.max(np.real(values), initial=0.0)))
        state = dataclasses.replace(state, contraction=jnp.asarray(largest))
    return state
