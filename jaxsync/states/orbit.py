"""Where the motion from a start goes: the guess from which an orbit is closed."""

import jax
import jax.numpy as jnp

from jaxsync.numerics.settle_fast import FastSettings, settle_fast
from jaxsync.numerics.settled import Settled
from jaxsync.numerics.variational import Velocity
from jaxsync.states.settings import LOOK, Settings


def follow_motion(velocity: Velocity, start: jax.Array, settings: Settings, keep_way: bool = False) -> Settled:
    """The motion from the quadratures `start`, (2n,), until it rests or closes, or the budget is spent.

    velocity: no derivatives are taken through it. keep_way: whether the result holds the way.
    """
    fast = FastSettings(
        rtol=settings.tolerance,
        closeness=settings.closeness,
        steps=LOOK,
        looks=settings.budget // LOOK,
        keep_way=keep_way,
    )
    return settle_fast(velocity, start, fast)


def guessed_period(settled: Settled) -> jax.Array:
    """The period with which an orbit is looked for, (): any positive time where no return was seen."""
    any_time = jnp.asarray(jnp.where(settled.time > 0, settled.time, 1.0))
    return jnp.asarray(jnp.where(jnp.isfinite(settled.period), settled.period, any_time))
