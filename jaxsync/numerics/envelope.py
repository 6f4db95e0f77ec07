"""Envelope following: strides over many turns of a motion whose turns differ little.

With P the map from turn to turn and n the number of turns, x(n + 1) - x(n) = P(x) - x is followed as the slow motion
dx/dn = P(x) - x (Petzold, SIAM J. Numer. Anal. 18, 455 (1981)), by an L-stable Rosenbrock method of third order with
an embedded second (RODAS3: Sandu et al., Atmos. Environ. 31, 3459 (1997)). What decays within a few turns is damped
by the method and needs no turns of its own; near a cycle the strides grow and become Newton's method; over beats they
stay short against the beat, because the error decides them.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.adaptive import Velocity, is_bounded, moduli, relative
from jaxsync.numerics.methods import Method
from jaxsync.numerics.rest import assess_rest
from jaxsync.numerics.turns import Turn, Turning, turn, turn_and_derivative

GAMMA = 0.5
"""The method's diagonal coefficient."""

SHORTEST = 3.0
"""Turns of a stride that is no better than following them: four maps and a derivative."""


class Envelope(NamedTuple):
    """Where the envelope came to.

    x: the point, (n,), on the section of `turning`. turn: the last full turn. derivative: of the turn's end. stride:
    next length in turns. turns: followed. spanned: turns strided over and followed. plain: those that were followed
    one by one. steps: of the integrator. time: spanned.
    correction: of Newton's method for x = P(x), relative to each mode's swing, (). rest: whether x is next to a rest.
    lost: no turn closes any more.
    """

    x: jax.Array
    turning: Turning
    turn: Turn
    derivative: jax.Array
    stride: jax.Array
    turns: jax.Array
    spanned: jax.Array
    plain: jax.Array
    steps: jax.Array
    time: jax.Array
    correction: jax.Array
    rest: jax.Array
    lost: jax.Array


def follow_envelope(
    velocity: Velocity,
    method: Method,
    x: jax.Array,
    turning: Turning,
    *,
    rtol: float,
    stride_rtol: float,
    closeness: float,
    rest: float,
    turns: int,
    count: int = 1,
) -> Envelope:
    """Stride from x until Newton's correction is below `closeness`, or `turns` turns have been followed."""
    size = x.shape[0]
    eye = jnp.eye(size)

    def unfinished(s):
        # Where more than half of the strides fail there is no envelope; sixteen are for the start.
        useless = s.plain > 16 * count + s.turns / 6
        return (s.correction > closeness) & (s.turns < turns) & ~s.rest & ~s.lost & ~useless

    def advance(s):
        near = assess_rest(velocity, s.x, velocity(s.x), rest)
        whole, derivative = turn_and_derivative(velocity, method, rtol, s.turning, s.x, count)
        change, swings = whole.end - s.x, whole.extents + 1e-6 * moduli(s.x)
        correction = relative(jnp.linalg.solve(eye - derivative, change), swings)

        H = s.stride
        matrix = jnp.linalg.inv(eye / (GAMMA * H) - (derivative - eye))
        k1 = matrix @ change
        k2 = matrix @ (change + 4 / H * k1)

        def stage(state, weights):
            last, sofar = state
            end = turn(velocity, method, rtol, s.turning, s.x + sofar, s.x, count)
            slope = end.end - s.x - sofar
            new = matrix @ (slope + (k1 - k2 + weights * last) / H)
            return (new, sofar + new), (end.closed, end.steps)

        # The last two stages: 8/3 weighs the third slope in the fourth.
        start = (jnp.zeros_like(k1), 2 * k1)
        (k4, moved), (closed, steps) = jax.lax.scan(stage, start, jnp.array([0.0, -8 / 3]))
        error = relative(k4, swings) / stride_rtol
        fine = (error <= 1) & whole.closed & jnp.all(closed) & jnp.all(jnp.isfinite(moved))
        plain = ~fine & (H <= SHORTEST) & whole.closed
        factor = jnp.clip(0.9 * jnp.maximum(error, 1e-10) ** (-1 / 3), 0.2, 5.0)
        found = correction <= closeness
        spanned = jnp.select([found, fine, plain], [0.0, H, 1.0], 0.0) * count
        x = jnp.select([found, fine, plain], [s.x, s.x + moved, whole.end], s.x)
        return Envelope(
            x=x,
            # The centre follows the turn; the section turns a little with it, and x lies on either.
            turning=s.turning._replace(
                centre=jnp.where(
                    (spanned > 0) & whole.closed, whole.mean.reshape(-1, 2)[s.turning.mode], s.turning.centre
                )
            ),
            turn=whole,
            derivative=derivative,
            stride=jnp.maximum(H * jnp.where(jnp.isfinite(factor), factor, 0.2), SHORTEST),
            turns=s.turns + 3 * count,
            spanned=s.spanned + spanned,
            plain=s.plain + jnp.where(plain, count, 0),
            steps=s.steps + whole.steps + jnp.sum(steps),
            time=s.time + jnp.where(spanned > 0, spanned * whole.time / count, 0.0),
            correction=correction,
            rest=near.near & near.stable,
            lost=~whole.closed | ~jnp.isfinite(correction) | ~is_bounded(x),
        )

    zero, none, no = jnp.zeros(()), jnp.zeros((), int), jnp.zeros((), bool)
    nothing = Turn(x, zero, x, moduli(x), none, no)
    start = Envelope(
        x, turning, nothing, eye, jnp.full((), SHORTEST), none, zero, none, none, zero, jnp.full((), jnp.inf), no, no
    )
    return jax.lax.while_loop(unfinished, advance, start)
