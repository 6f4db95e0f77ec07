"""The map from turn to turn of a rotating mode, and its derivative.

The section is the half-plane on which one mode has, about the centre of its turn, the phase of the start. A mode that
rotates crosses it once a turn, whatever harmonics the others have, and the phase of the motion drops out: between
turns only what changes slowly is left.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.adaptive import Motion, Velocity, moduli, start_motion
from jaxsync.numerics.methods import Method

LONGEST = 200_000
"""Steps of a turn after which it is given up."""


class Turning(NamedTuple):
    """What turns: the mode's number, its sense +-1, and the centre of its turn, (2,)."""

    mode: jax.Array
    sense: jax.Array
    centre: jax.Array


class Turn(NamedTuple):
    """One turn: its end (n,), time, time-averaged point (n,), extents of the modes (n/2,), steps, whether it closed."""

    end: jax.Array
    time: jax.Array
    mean: jax.Array
    extents: jax.Array
    steps: jax.Array
    closed: jax.Array


def what_turns(xs: jax.Array, lengths: jax.Array) -> tuple[Turning, jax.Array]:
    """The mode that goes round most evenly on a way of points, (k, n), and steps, (k,), and how evenly: 0 to 1."""
    weights = lengths / jnp.sum(lengths)
    mean = weights @ xs
    z = (xs - mean[None]).reshape(xs.shape[0], -1, 2)
    radii = jnp.linalg.vector_norm(z, axis=2)
    largest = jnp.max(radii, axis=0)
    even = jnp.min(radii, axis=0) / jnp.where(largest > 0, largest, 1.0)
    # A tenth: of modes that turn about as evenly, the one with the largest swing is the oscillator, others follow.
    mode = jnp.argmax(even + 0.1 * largest / jnp.maximum(jnp.max(largest), 1e-300))
    swings = z[1:, mode, 1] * z[:-1, mode, 0] - z[1:, mode, 0] * z[:-1, mode, 1]
    return Turning(mode, jnp.sign(jnp.sum(swings)), mean.reshape(-1, 2)[mode]), even[mode]


def turn(
    velocity: Velocity, method: Method, rtol: float, turning: Turning, x: jax.Array, base: jax.Array, count: int = 1
) -> Turn:
    """Follow the motion from x, (n,), for `count` turns, to the section through `base`, (n,).

    Differentiable in forward mode with respect to x; the lengths of the steps have no derivatives.
    """
    along = base.reshape(-1, 2)[turning.mode] - turning.centre
    along = jax.lax.stop_gradient(along / jnp.linalg.vector_norm(along))
    across = turning.sense * jnp.stack([-along[1], along[0]])
    position = lambda y: y.reshape(-1, 2)[turning.mode] - turning.centre

    class State(NamedTuple):
        motion: Motion
        before: jax.Array  # the point, slope and step that led here
        slope: jax.Array
        gone: jax.Array
        half: jax.Array  # whether the far side has been seen in this turn
        left: jax.Array
        area: jax.Array  # integral of the point over time
        extents: jax.Array
        steps: jax.Array

    def unfinished(s):
        return (s.left > 0) & (s.steps < LONGEST) & jnp.all(jnp.isfinite(s.motion.x)) & (s.motion.h > 0)

    def advance(s):
        motion, gone = method.attempt(velocity, s.motion, rtol)
        gone = jax.lax.stop_gradient(gone)
        motion = motion._replace(
            h=jax.lax.stop_gradient(motion.h),
            time=jax.lax.stop_gradient(motion.time),
            sizes=jax.lax.stop_gradient(motion.sizes),
        )
        old, new = position(s.motion.x), position(motion.x)
        half = s.half | (new @ along < 0)
        crosses = half & (old @ across < 0) & (new @ across >= 0) & (gone > 0)
        middle = jax.lax.stop_gradient((motion.x + s.motion.x) / 2)
        return State(
            motion,
            s.motion.x,
            s.motion.slope,
            gone,
            half & ~crosses,
            s.left - crosses,
            s.area + gone * middle,
            jnp.maximum(s.extents, moduli(jax.lax.stop_gradient(motion.x) - jax.lax.stop_gradient(x))),
            s.steps + 1,
        )

    zero = jnp.zeros(())
    motion = start_motion(velocity, x, rtol)
    motion = motion._replace(h=jax.lax.stop_gradient(motion.h), sizes=jax.lax.stop_gradient(motion.sizes))
    start = State(
        motion,
        x,
        motion.slope,
        zero,
        jnp.zeros((), bool),
        jnp.full((), count),
        jnp.zeros_like(x),
        jnp.zeros(x.shape[0] // 2),
        jnp.zeros((), int),
    )
    s = jax.lax.while_loop(unfinished, advance, start)
    low, high = (position(y) @ across for y in (s.before, s.motion.x))
    step = s.gone * jax.lax.stop_gradient(low / jnp.where(high > low, low - high, -1.0))

    def correct(_, state):
        step, _ = state
        y = method.partial_step(velocity, s.before, s.slope, step)
        speed = velocity(y)
        rise = speed.reshape(-1, 2)[turning.mode] @ across
        missing = -(position(y) @ across) / jnp.where(rise == 0, 1.0, rise)
        # The last correction is differentiated: it takes the end's derivative onto the section.
        return step + jax.lax.stop_gradient(missing), y + missing * speed

    step, y = jax.lax.fori_loop(0, 3, correct, (step, s.before))
    time = s.motion.time - s.gone + step
    return Turn(y, time, s.area / s.motion.time, s.extents / 2, s.steps, (s.left <= 0) & jnp.all(jnp.isfinite(y)))


def turn_and_derivative(velocity, method, rtol, turning, x, count=1) -> tuple[Turn, jax.Array]:
    """One turn from x and the derivative of its end with respect to x, (n, n)."""

    def end(y):
        result = turn(velocity, method, rtol, turning, y, x, count)
        return result.end, result

    derivative, result = jax.jacfwd(end, has_aux=True)(x)
    return result, derivative
