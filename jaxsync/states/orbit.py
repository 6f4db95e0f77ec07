"""Where the motion from a start goes: the guess from which an orbit is closed."""

from functools import partial

import jax
import jax.numpy as jnp

from jaxsync.models.base import Model
from jaxsync.models.equations import bind, has_clock
from jaxsync.numerics.methods import EXPLICIT
from jaxsync.numerics.settle_fast import FastSettings, settle_fast
from jaxsync.numerics.settled import Settled
from jaxsync.numerics.turns import Turning, turn
from jaxsync.states.settings import LOOK, Settings


def follow_motion(model: Model, start: jax.Array, settings: Settings, keep_way: bool = False) -> Settled:
    """The motion from the quadratures `start`, (2n,), until it rests or closes, or the budget is spent.

    model: no derivatives are taken through it. keep_way: whether the result holds the way. With a clock, the motion
    ends when that is back at t = 0.
    """
    clocked = has_clock(model)
    fast = FastSettings(
        rtol=settings.tolerance,
        closeness=settings.closeness,
        steps=LOOK,
        looks=settings.budget // LOOK,
        keep_way=keep_way,
        clocked=clocked,
    )
    velocity = bind(model).velocity
    settled = settle_fast(velocity, start, fast)
    return until_full_period(velocity, settled, settings.tolerance) if clocked else settled


@partial(jax.jit, static_argnames="rtol")
def until_full_period(velocity, settled: Settled, rtol: float) -> Settled:
    """The motion followed on until its clock, the last two quadratures, is back at t = 0."""
    x = jnp.asarray(settled.end)
    clock = Turning(mode=jnp.asarray(x.size // 2 - 1), sense=jnp.ones(()), centre=jnp.zeros(2))
    start = jnp.zeros_like(x).at[-2].set(1.0)
    full = turn(velocity, EXPLICIT, rtol, clock, x, start)
    return settled._replace(end=full.end, time=settled.time + full.time)


def guessed_period(settled: Settled) -> jax.Array:
    """The period with which an orbit is looked for, (): any positive time where no return was seen."""
    any_time = jnp.asarray(jnp.where(settled.time > 0, settled.time, 1.0))
    return jnp.asarray(jnp.where(jnp.isfinite(settled.period), settled.period, any_time))
