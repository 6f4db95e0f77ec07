"""The long way to what a motion settles on, for devices of any unit, stiffness and quality factor.

One motion at a time, outside transformations: where the steps that serve a batch do not decide.
"""

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.models.base import Model
from jaxsync.models.equations import bind, has_clock
from jaxsync.numerics.settle_long import LongSettings, settle_long, settled_by_exponents
from jaxsync.numerics.settled import Kind, Settled
from jaxsync.states.orbit import until_full_period
from jaxsync.states.outcome import Outcome

OUTCOMES = {
    Kind.AT_REST: Outcome.FIXED_POINT,
    Kind.CYCLE: Outcome.LIMIT_CYCLE,
    Kind.QUASIPERIODIC: Outcome.QUASIPERIODIC,
    Kind.CHAOTIC: Outcome.CHAOTIC,
    Kind.DIVERGED: Outcome.DIVERGED,
    Kind.MARGINAL: Outcome.MARGINAL,
    Kind.NEEDS_LONG: Outcome.UNRESOLVED,
    Kind.UNRESOLVED: Outcome.UNRESOLVED,
}

UNDECIDED = {
    Outcome.DIVERGED,
    Outcome.NO_PERIOD,
    Outcome.NOT_REACHED,
    Outcome.QUASIPERIODIC,
    Outcome.UNRESOLVED,
}
"""What is said of motions that the steps of a batch may not have followed well or long enough."""


def is_undecided(code: np.ndarray | jax.Array, period: np.ndarray | jax.Array) -> np.ndarray:
    """Whether motions with these outcomes and periods, of one shape, are to be followed on.

    A cycle whose period was not seen may be a slow way to a rest as well.
    """
    unseen = (np.asarray(code) == Outcome.LIMIT_CYCLE) & np.isnan(period)
    return np.isin(code, list(UNDECIDED)) | unseen


def settle(model: Model, start: jax.Array) -> Settled:
    """Follow the motion from the quadratures `start`, (2n,), until it is known what it settles on: see `OUTCOMES`."""
    velocity, settings = bind(model).velocity, LongSettings(clocked=has_clock(model))
    found = settle_long(velocity, start, settings)
    if settings.clocked:
        found = until_full_period(velocity, found, settings.rtol)
    return found._replace(end=jnp.asarray(found.end), period=jnp.asarray(found.period))


def ask_exponents(model: Model, motion: Settled) -> Settled:
    """The same motion with the word of its largest Lyapunov exponents, taken from its end on."""
    return settled_by_exponents(bind(model).velocity, motion, LongSettings(clocked=has_clock(model)))
