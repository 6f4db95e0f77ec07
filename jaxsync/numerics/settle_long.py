"""What a motion settles on, by every means: for lanes that the cheap path flagged.

Outside transformations, one motion at a time: looks of plain steps, explicit or, where stability decides them,
implicit; strides along the envelope where a mode turns evenly; at last Lyapunov exponents.
"""

import dataclasses
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.numerics.adaptive import Motion, Velocity, begin, follow, is_bounded, start_motion
from jaxsync.numerics.contraction import Contraction, judge, start_contraction
from jaxsync.numerics.envelope import Envelope, follow_envelope
from jaxsync.numerics.exponents import lyapunov_exponents
from jaxsync.numerics.methods import EXPLICIT, IMPLICIT, Method
from jaxsync.numerics.recurrence import Returns, find_return
from jaxsync.numerics.rest import Rest, assess_rest
from jaxsync.numerics.settle_fast import STIFF, must_leave, verdict_of
from jaxsync.numerics.settled import Kind, Settled
from jaxsync.numerics.stability import growth_of
from jaxsync.numerics.tableau import STAGES
from jaxsync.numerics.turns import Turning, what_turns


@dataclasses.dataclass(frozen=True)
class LongSettings:
    """Tolerances and budgets of the long way.

    rtol, turn_rtol: error of one step in looks and in turns of the envelope, relative to each mode's size.
    stride_rtol: error of a stride, relative to each mode's swing. closeness, rest: as in `FastSettings`.
    steps: of one look. looks: at most. turns: followed by the envelope, at most. attempts: steps for the exponents.
    clocked: whether the last two quadratures are a clock.
    """

    rtol: float = 1e-8
    turn_rtol: float = 1e-10
    stride_rtol: float = 1e-3
    closeness: float = 1e-3
    rest: float = 1e-4
    steps: int = 1024
    looks: int = 32
    turns: int = 3000
    attempts: int = 40_000
    clocked: bool = False


EVEN = 0.2
"""Least over largest radius of a turn from which a mode serves as the envelope's clock."""

NEUTRAL = 1e-11
"""Distance of a Floquet multiplier from 1 that errors of a turn at rounding level can make."""

CLOSED = 1e-6
"""Newton's correction to a cycle, relative to each mode's swing, at which the envelope has come to it."""

FAR = 100.0
"""Strides of so many of the slowest decay's times only repeat Newton's method: what is left is rounding."""

SLOW = 0.2
"""Distance of a growing multiplier from 1 up to which it is followed as an envelope."""

TRIES = (1, 2, 4, 8, 16)
"""Looks after which the envelope is tried: what decays fast has gone, or has not and is looked at again."""


FEW_STEPS, FEW_RETURNS = 128, 4
"""Steps and returns in which a motion of two frequencies does not come near itself by chance; one that only decays
slowly does at once."""

RETURNS = 48
"""Returns of one look: as many as a cycle of a dozen turns makes."""


class _Look(NamedTuple):
    rest: Rest
    kind: jax.Array
    kicked: jax.Array
    start: jax.Array
    motion: Motion
    back: Returns
    distance: jax.Array
    seen: Contraction
    turning: Turning
    even: jax.Array


def settle_long(velocity: Velocity, x: jax.Array, settings: LongSettings = LongSettings()) -> Settled:
    """Follow the motion from the quadratures x, (n,), until it is known what it settles on or the budgets are spent.

    Args:
        velocity: of the quadratures, (n,) to (n,). A `jax.tree_util.Partial` of a function and a model compiles once
            for all models of its kind.
        x: start, (n,).
        settings: tolerances and budgets.

    Returns:
        Any kind but NEEDS_LONG; UNRESOLVED with the best period and the exponents seen.
    """
    velocity = velocity if isinstance(velocity, jax.tree_util.Partial) else jax.tree_util.Partial(velocity)
    method, rtol, stride_rtol = EXPLICIT, settings.rtol, settings.stride_rtol
    motion = _start(velocity, x, rtol)
    seen, kicked, evaluations, period, earlier = start_contraction(), False, 0, np.nan, []

    def result(kind, end, period=np.nan, distance=np.nan, **more):
        return Settled(
            end=end,
            kind=np.asarray(int(kind)),
            period=np.asarray(period),
            distance=np.asarray(distance),
            miss=np.asarray(seen.misses[0]),
            kicked=np.asarray(kicked),
            time=np.asarray(motion.time),
            evaluations=np.asarray(evaluations),
            **more,
        )

    for number in range(1, settings.looks + 1):
        look = jax.device_get(_look(velocity, motion, seen, rtol, settings, method))
        kicked = kicked or bool(look.kicked)
        if look.kind != Kind.NEEDS_LONG:
            return result(look.kind, look.start + look.rest.correction, distance=look.rest.distance)
        evaluations += settings.steps * STAGES
        earlier = [*earlier[-3:], motion._replace(x=look.start)]  # as kicked: on a rest nothing would grow again
        if look.distance <= settings.closeness:
            motion = look.motion
            return result(Kind.CYCLE, motion.x, look.back.period, look.distance)
        if not is_bounded(look.motion.x):
            # Growth is believed if finer steps from well before show it too.
            again = earlier[0]
            finer = _start(velocity, again.x, rtol / 1000)
            for _ in range(8 * len(earlier)):
                finer = _go_on(velocity, finer, rtol / 1000, settings.steps, method)
                if not is_bounded(finer.x):
                    motion = look.motion
                    return result(Kind.DIVERGED, motion.x)
            motion, rtol = finer._replace(time=finer.time + again.time), rtol / 1000
            continue
        motion, seen, period = look.motion, look.seen, look.back.period
        if look.motion.stiff >= STIFF and method is EXPLICIT:
            method = IMPLICIT
        if number in TRIES and look.even > EVEN and stride_rtol > 0:
            turning = look.turning
            envelope = jax.device_get(_stride(velocity, motion.x, turning, stride_rtol, settings, method))
            evaluations += int(envelope.steps) * STAGES
            if not np.all(np.isfinite(envelope.x)):
                continue
            moved = envelope.spanned > 0
            if envelope.correction <= settings.closeness and not envelope.rest and not envelope.lost:
                multipliers = np.sort(np.abs(np.linalg.eigvals(envelope.derivative)))[::-1]
                motion = motion._replace(time=motion.time + envelope.time)
                if envelope.stride > FAR / abs(1 - multipliers[0]) or envelope.correction <= CLOSED:
                    period = envelope.turn.time
                    if multipliers[0] < 1 - NEUTRAL:
                        return result(Kind.CYCLE, envelope.x, period, envelope.correction, multipliers=multipliers)
                    if multipliers[0] <= 1 + NEUTRAL:
                        return result(Kind.MARGINAL, envelope.x, period, multipliers=multipliers)
                    # An unstable cycle: left along what grows, by one quantum.
                    values, escape = growth_of(envelope.derivative)
                    motion = _start(velocity, envelope.x + escape, rtol)._replace(time=motion.time)
                    kicked, moved = True, False
                    # From a saddle on the way smaller strides lead round; what flips or turns from turn to turn is no
                    # envelope at all.
                    fast = np.max(np.abs(values[np.abs(values) > 1 + NEUTRAL] - 1)) > SLOW
                    stride_rtol = 0.0 if fast else stride_rtol / 10
            if moved:
                time = motion.time + envelope.time
                motion = _start(velocity, jnp.asarray(envelope.x), rtol)._replace(time=time)
                seen = start_contraction()

    return settled_by_exponents(velocity, result(Kind.UNRESOLVED, motion.x, period), settings)


def settled_by_exponents(velocity: Velocity, motion: Settled, settings: LongSettings = LongSettings()) -> Settled:
    """The same motion with the word of its largest Lyapunov exponents, taken from its end on."""
    seen = jax.device_get(_exponents(velocity, motion.end, settings))
    kind = _by_exponents(seen, float(_drift(velocity, motion.end, settings)))
    return motion._replace(kind=np.asarray(int(kind)), exponents=seen.values, horizon=seen.horizon)


def _by_exponents(seen, drift):
    """The kind that the largest exponents tell; UNRESOLVED where the horizon is too short to tell.

    drift: as `_drift` says; with two frequencies more than a decay makes that is too slow to be seen.
    """
    # Averages over the horizon are off by the logarithm of a distortion over it: ten is one of 20,000.
    exponents, zero = seen.values, 10 / seen.horizon
    if not np.all(np.isfinite(exponents)):
        return Kind.UNRESOLVED
    if exponents[0] > zero:
        return Kind.CHAOTIC if seen.is_chaos(zero) else Kind.UNRESOLVED
    neutral = np.abs(exponents) <= zero / 3
    if len(exponents) > 2 and neutral[0] and neutral[1] and exponents[2] < -zero and drift > zero:
        return Kind.QUASIPERIODIC
    return Kind.UNRESOLVED


@jax.jit
def _start(velocity, x, rtol):
    return start_motion(velocity, jnp.asarray(x), rtol)


@partial(jax.jit, static_argnames=("steps", "method"))
def _go_on(velocity, motion, rtol, steps, method: Method):
    return follow(velocity, motion, rtol, steps, method.attempt)[0]


@partial(jax.jit, static_argnames=("settings", "method"))
def _look(velocity, motion, seen, rtol, settings, method: Method):
    rest = assess_rest(velocity, motion.x, motion.slope, settings.rest)
    kick = must_leave(rest)
    x = jnp.where(kick, motion.x + rest.escape, motion.x)
    fresh = begin(velocity, x, rest.drift, rtol)._replace(time=motion.time)
    motion = jax.tree.map(lambda a, b: jnp.where(kick, a, b), fresh, motion)
    after, (xs, lengths) = follow(velocity, motion, rtol, settings.steps, method.attempt)
    back = find_return(velocity, xs, lengths, rtol, method.partial_step, RETURNS, settings.clocked)
    distance, seen = judge(back, seen, after.time, rtol)
    late = settings.steps // 2
    turning, even = what_turns(xs[late:], lengths[late:])
    return _Look(rest, verdict_of(rest), kick, motion.x, after, back, distance, seen, turning, even)


@partial(jax.jit, static_argnames=("settings", "method"))
def _stride(velocity, x, turning, stride_rtol, settings, method: Method) -> Envelope:
    return follow_envelope(
        velocity,
        method,
        x,
        turning,
        rtol=settings.turn_rtol,
        stride_rtol=stride_rtol,
        closeness=CLOSED,
        rest=settings.rest,
        turns=settings.turns,
    )


@partial(jax.jit, static_argnames=("settings",))
def _drift(velocity, x, settings):
    """By how much of its extent the motion misses the best of its first returns, per time."""
    _, (xs, lengths) = follow(velocity, start_motion(velocity, jnp.asarray(x), settings.rtol), settings.rtol, FEW_STEPS)
    back = find_return(velocity, xs, lengths, settings.rtol, EXPLICIT.partial_step, FEW_RETURNS, settings.clocked)
    return back.miss / back.period


@partial(jax.jit, static_argnames=("settings",))
def _exponents(velocity, x, settings):
    count = min(3, x.shape[0])
    return lyapunov_exponents(velocity, jnp.asarray(x), count, settings.rtol, settings.attempts)
