"""The long way to what a motion settles on, for devices of any unit, stiffness and quality factor.

One motion at a time, outside transformations: where the fixed steps that serve a batch cannot decide.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.tree_util import Partial

from jaxsync.models.base import Model
from jaxsync.models.equations import velocity
from jaxsync.numerics.settle_long import settle_long
from jaxsync.numerics.settled import Kind
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
    Outcome.FIXED_POINT,
    Outcome.NO_PERIOD,
    Outcome.NOT_REACHED,
    Outcome.QUASIPERIODIC,
    Outcome.UNRESOLVED,
}
"""What fixed steps say of motions that they may not have followed well or long enough: in slow units all is at rest."""


class Settled(NamedTuple):
    """What a motion settles on, where it came to, (2n,), the period of a cycle, NaN without one, and the exponents."""

    outcome: Outcome
    end: jax.Array
    period: jax.Array
    exponents: jax.Array | None


def settle(model: Model, start: jax.Array) -> Settled:
    """Follow the motion from the quadratures `start`, (2n,), until it is known what it settles on."""
    # The function and the model apart: all models of a kind share one compiled program.
    found = settle_long(Partial(velocity, model), start)
    outcome = OUTCOMES[Kind(int(found.kind))]
    return Settled(outcome, jnp.asarray(found.end), jnp.asarray(found.period), found.exponents)
