"""What a motion settles on, told in lockstep for a whole batch with a bounded number of steps.

The motion is followed in looks of equally many steps. Before each, Newton's method looks for a rest nearby; after
each, the returns to the look's first point tell how far the motion still is from a cycle. What neither rests nor
closes within the budget is flagged for `settle_long`.
"""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.adaptive import Motion, Velocity, begin, follow, is_bounded, moduli, start_motion
from jaxsync.numerics.contraction import Contraction, judge, start_contraction
from jaxsync.numerics.lockstep import any_lane
from jaxsync.numerics.recurrence import find_return
from jaxsync.numerics.rest import Rest, assess_rest
from jaxsync.numerics.settled import Kind, Settled
from jaxsync.numerics.tableau import STAGES


@dataclasses.dataclass(frozen=True)
class FastSettings:
    """Tolerances and budgets of the cheap path.

    rtol: error of one step, relative to each mode's size. closeness: distance from the cycle, over its extent, at
    which the motion has settled; `rest`: the same for a rest, relative to each mode. steps: tried in one look.
    looks: at most. keep_way: whether the result holds the way. clocked: whether the last two quadratures are a clock.
    """

    rtol: float = 1e-6
    closeness: float = 1e-3
    rest: float = 1e-4
    steps: int = 128
    looks: int = 32
    keep_way: bool = False
    clocked: bool = False


ON_REST = 1e-6
"""Quanta by which a motion misses an unstable rest and is still on it: from vacuum fluctuations, a million times
larger, it leaves in a time that is short against what follows."""

STIFF = 15
"""Steps in a row that stability and not the error decides (Hairer's count)."""

PATIENCE = 8
"""Looks before a stiff motion is given up: all that comes to rest is followed by such steps at the end."""


class _State(NamedTuple):
    look: jax.Array
    motion: Motion
    seen: Contraction
    kind: jax.Array
    period: jax.Array
    distance: jax.Array
    kicked: jax.Array
    evaluations: jax.Array
    points: jax.Array
    lengths: jax.Array


def settle_fast(velocity: Velocity, x: jax.Array, settings: FastSettings = FastSettings()) -> Settled:
    """Follow the motion from the quadratures x, (n,), until it rests, closes, or needs the long way.

    Args:
        velocity: of the quadratures, (n,) to (n,); no derivatives are taken through what it closes over.
        x: start, (n,).
        settings: tolerances and budgets.

    Returns:
        Kind AT_REST, CYCLE, MARGINAL or NEEDS_LONG, with the best period seen in any case.
    """
    total = settings.steps * settings.looks if settings.keep_way else 0

    def unfinished(state):
        return any_lane((state.kind == Kind.NEEDS_LONG) & (state.look < settings.looks))

    def advance(state):
        active = state.kind == Kind.NEEDS_LONG
        rest = assess_rest(velocity, state.motion.x, state.motion.slope, settings.rest, active)
        kind = jnp.asarray(jnp.where(active, verdict_of(rest), state.kind))
        kick = active & must_leave(rest)
        kicked = begin(velocity, state.motion.x + rest.escape, rest.drift, settings.rtol)
        motion = _choose(kick, kicked._replace(time=state.motion.time), state.motion)
        motion = motion._replace(x=jnp.where(active & (kind == Kind.AT_REST), motion.x + rest.correction, motion.x))
        stiff = (motion.stiff >= STIFF) & (state.look >= PATIENCE)
        hopeless = active & (kind == Kind.NEEDS_LONG) & (stiff | ~is_bounded(motion.x))
        active = active & (kind == Kind.NEEDS_LONG) & ~hopeless

        after, (xs, lengths) = follow(velocity, motion, settings.rtol, settings.steps)
        back = find_return(velocity, xs, lengths, settings.rtol, clocked=settings.clocked)
        distance, seen = judge(back, state.seen, after.time, settings.rtol)
        closed = active & (distance <= settings.closeness)
        kind = jnp.asarray(jnp.where(closed, Kind.CYCLE, kind))
        lengths = jnp.asarray(jnp.where(active, lengths, 0.0))
        points = state.points
        if settings.keep_way:
            at = state.look * settings.steps
            points = jax.lax.dynamic_update_slice_in_dim(points, xs, at, 0)
            lengths = jax.lax.dynamic_update_slice_in_dim(state.lengths, lengths, at, 0)
        return _State(
            look=state.look + 1,
            motion=_choose(active, after, motion),
            seen=_choose(active, seen, state.seen),
            kind=jnp.asarray(jnp.where(hopeless, -Kind.NEEDS_LONG, kind)),
            period=jnp.asarray(jnp.where(active, back.period, state.period)),
            distance=jnp.select([active, kind == Kind.AT_REST], [distance, rest.distance], state.distance),
            kicked=state.kicked | kick,
            evaluations=state.evaluations + jnp.where(active, settings.steps * STAGES, 0),
            points=points,
            lengths=lengths if settings.keep_way else state.lengths,
        )

    start = _State(
        look=jnp.zeros((), int),
        motion=start_motion(velocity, x, settings.rtol),
        seen=start_contraction(),
        kind=jnp.full((), int(Kind.NEEDS_LONG)),
        period=jnp.full((), jnp.nan),
        distance=jnp.full((), jnp.nan),
        kicked=jnp.zeros((), bool),
        evaluations=jnp.zeros((), int),
        points=jnp.zeros((total, x.shape[0])),
        lengths=jnp.zeros(total),
    )
    state = jax.lax.while_loop(unfinished, advance, start)
    return Settled(
        end=state.motion.x,
        kind=jnp.abs(state.kind),  # a lane that was given up early has it negative, so that it stops
        period=jnp.where(jnp.abs(state.kind) == Kind.AT_REST, jnp.nan, state.period),
        distance=state.distance,
        miss=state.seen.misses[0],
        kicked=state.kicked,
        time=state.motion.time,
        evaluations=state.evaluations,
        looks=state.look,
        points=state.points if settings.keep_way else None,
        lengths=state.lengths if settings.keep_way else None,
    )


def verdict_of(rest: Rest) -> jax.Array:
    """AT_REST, MARGINAL, or NEEDS_LONG where the motion goes on."""
    neutral = ~rest.stable & ~rest.unstable
    resting = jnp.where(rest.stable, Kind.AT_REST, jnp.where(neutral, Kind.MARGINAL, Kind.NEEDS_LONG))
    return jnp.where(rest.near, resting, Kind.NEEDS_LONG)


def must_leave(rest: Rest) -> jax.Array:
    """Whether the point is an unstable rest, and so would stay for ever."""
    return rest.near & rest.unstable & (jnp.max(moduli(rest.correction)) <= ON_REST)


def _choose(flag, yes, no):
    return jax.tree.map(lambda a, b: jnp.where(flag, a, b), yes, no)
