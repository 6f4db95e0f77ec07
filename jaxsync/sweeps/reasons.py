"""Why a point of a sweep has no numbers."""

import enum

import jax
import jax.numpy as jnp

from jaxsync.errors import InputError
from jaxsync.fluctuations.around_fixed_point import FixedPoint
from jaxsync.fluctuations.around_limit_cycle import LimitCycle
from jaxsync.models.base import to_quadratures
from jaxsync.solvers.regime import is_bounded


class Reason(enum.IntEnum):
    """What became of a point: its numbers are there, or why they are not."""

    NOT_COMPUTED = -1
    OK = 0
    NOT_FINITE = 1
    """A number is not finite, and the measure says no more."""
    DIVERGED = 2
    """The motion runs away."""
    AT_REST = 3
    """The motion comes to rest at a fixed point: there is no cycle."""
    NO_PERIOD = 4
    """No orbit closes near where the motion ends: it is quasi-periodic, chaotic, or has not settled."""
    NOT_REACHED = 5
    """There is a stable cycle, but the motion ends away from it."""
    UNSTABLE = 6
    """The state found is unstable and has no covariance."""
    NOT_CONVERGED = 7
    """Newton's method found no fixed point."""


def reason_of(state: LimitCycle | FixedPoint) -> jax.Array:
    """The number of the `Reason` why a state has no covariance, int8; `Reason.OK` if it has one.

    It follows from what the solver left in the state, at no cost, inside transformations too. A measure that returns it
    under the name "reason" tells the sweep why a point failed. Raises `InputError` for other kinds of state.
    """
    if isinstance(state, FixedPoint):
        conditions = [~is_bounded(to_quadratures(state.amplitudes)), ~state.converged, ~state.stable]
        reasons = [Reason.DIVERGED, Reason.NOT_CONVERGED, Reason.UNSTABLE]
    elif isinstance(state, LimitCycle):
        point = to_quadratures(state.orbit[0])
        extent = jnp.max(jnp.abs(state.orbit - jnp.mean(state.orbit, axis=0, keepdims=True)))
        at_rest = extent <= 1e-6 * jnp.max(jnp.abs(state.orbit))
        # A failed search for the period may end anywhere; an unstable cycle has closed all the same.
        closed = state.residual <= 1e-9 * jnp.maximum(1.0, jnp.linalg.vector_norm(point))
        conditions = [
            state.converged & state.stable,
            ~is_bounded(point),
            at_rest,
            state.stable,
            closed & (state.contraction >= 1),
        ]
        reasons = [Reason.OK, Reason.DIVERGED, Reason.AT_REST, Reason.NOT_REACHED, Reason.UNSTABLE]
        return jnp.select(conditions, reasons, Reason.NO_PERIOD).astype(jnp.int8)
    else:
        raise InputError(f"Argument `state` must be a fixed point or a limit cycle, not {type(state).__name__}.")
    return jnp.select(conditions, reasons, Reason.OK).astype(jnp.int8)


def reason_name(reason: Reason) -> str:
    """The reason in words."""
    return reason.name.lower().replace("_", " ")
