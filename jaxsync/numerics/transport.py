"""Vectors and covariances carried along u' = A(t) u + noise while A goes once around a loop.

Steps are those of the flow (`flow`), short against the fastest rate. Vectors are brought back to length one again and
again, their logarithms kept: what a lossy device leaves after a long loop is no number any more.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.flow import step
from jaxsync.numerics.pieces import PIECES, value_at

STRIDE = 0.4
"""Longest step times the largest eigenvalue: a step errs by 1e-11, so that the difference of two modes, which share
most of the error, is known to 1e-7 after 1e4 periods."""

BLOCK = 32
"""Steps between two looks at the length of the vectors: they change by e^13 at most."""


class Carried(NamedTuple):
    """What arrived: `vectors` of length one, (d, k), `logarithms` of the lengths that they have truly, (k,), the
    `covariance`, (d, d), and the part of it that was `gathered` on the way; None without noise."""

    vectors: jax.Array
    logarithms: jax.Array
    covariance: jax.Array | None
    gathered: jax.Array | None


def steps_for(rate: float, duration: float) -> int:
    """Steps on each piece of a loop that lasts so long, of a matrix with eigenvalues up to `rate`.

    A power of two or one and a half of it, so that loops of similar lengths share what is compiled.
    """
    power = 1
    while 2 * power * STRIDE * PIECES < duration * rate:
        power *= 2
    return next(
        n for n in (power, 3 * power // 2, 2 * power) if n * STRIDE * PIECES >= duration * rate or n == 2 * power
    )


def carry(
    A: jax.Array,
    duration: jax.Array | float,
    vectors: jax.Array,
    steps: int,
    noise: tuple[jax.Array, jax.Array] | None = None,
) -> Carried:
    """Carry vectors, and a covariance, once around.

    Args:
        A: Coefficients of the matrix on the pieces of the loop, as `pieces.fit` gives them, (PIECES, NODES, d, d).
        duration: Of the loop, which is gone at a constant speed of the angle.
        vectors: At the start, complex, (d, k).
        steps: On each piece.
        noise: Coefficients of the diffusion matrix, and the covariance at the start, (d, d), of a real matrix.

    Returns:
        What arrives.
    """
    d, k = vectors.shape
    blocks = -(-steps // BLOCK)
    block = -(-steps // blocks)
    h = 2 / (blocks * block)
    real = not jnp.iscomplexobj(A)
    # Of a real matrix real and imaginary parts are carried side by side.
    parts = 2 if real else 1
    columns = jnp.stack([vectors.real, vectors.imag], axis=2).reshape(d, 2 * k) if real else vectors
    signal = slice(1, 1 + parts * k)
    if noise is not None:
        columns = jnp.concatenate([columns, noise[1], jnp.zeros((d, d))], axis=1)
    pace = duration / (2 * PIECES)

    def velocity_on(piece):
        def velocity(state):
            s = state[0, 0].real
            pushed = value_at(piece[0], s) @ state[:, 1:]
            if noise is not None:
                Q = value_at(piece[1], s)
                halves = pushed[:, parts * k :].reshape(d, 2, d)
                halves = halves + jnp.transpose(halves, (2, 1, 0)) + Q[:, None]
                pushed = jnp.concatenate([pushed[:, : parts * k], halves.reshape(d, 2 * d)], axis=1)
            # The first column is the clock.
            return jnp.concatenate([jnp.ones((d, 1), state.dtype), pace * pushed], axis=1)

        return velocity

    def shorten(state, logarithms):
        lengths = jnp.sqrt(jnp.sum(jnp.abs(state[:, signal].reshape(d, k, parts)) ** 2, axis=(0, 2)))
        return state.at[:, signal].divide(jnp.repeat(lengths, parts)[None]), logarithms + jnp.log(lengths)

    @jax.checkpoint
    def go_on(piece, state, logarithms):
        velocity = velocity_on(piece)
        state = jax.lax.scan(lambda y, _: (step(velocity, y, h), None), state, length=block)[0]
        return shorten(state, logarithms)

    def over(carried, piece):
        state, logarithms = carried
        state = state.at[:, 0].set(-1.0)
        again = lambda carried, _: (go_on(piece, *carried), None)
        return jax.lax.scan(again, (state, logarithms), length=blocks)[0], None

    start = jnp.concatenate([jnp.zeros((d, 1), columns.dtype), columns], axis=1)
    pieces = (A,) if noise is None else (A, noise[0])
    (state, logarithms), _ = jax.lax.scan(over, shorten(start, jnp.zeros(k)), pieces)
    arrived = state[:, signal].reshape(d, k, parts)
    arrived = jax.lax.complex(arrived[..., 0], arrived[..., 1]) if real else arrived[..., 0]
    if noise is None:
        return Carried(arrived, logarithms, None, None)
    covariances = state[:, 1 + parts * k :].reshape(d, 2, d)
    return Carried(arrived, logarithms, covariances[:, 0], covariances[:, 1])
