"""Fixed-step integration of autonomous equations, the hot loop under the limit-cycle solver.

Steps are those of the 8th-order Dormand-Prince method (Hairer, Norsett, Wanner, Solving ODEs I, sec. II.5). Against
classical Runge-Kutta it needs a quarter of the velocity evaluations for the accuracy that the Floquet quantities ask of
one period, and a fixed number of equal steps keeps a batch of points in lockstep.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxsync.numerics.tableau import STAGES, A, B


def step(velocity: Callable[[jax.Array], jax.Array], x: jax.Array, h: jax.Array | float) -> jax.Array:
    """One step of length h of x' = velocity(x), for x of any shape."""
    return x + h * _weigh(B, _stages(velocity, x, h)[1])


def unrolled_step(velocity: Callable[[jax.Array], jax.Array], x: jax.Array, h: jax.Array | float) -> jax.Array:
    """`step` without its loop over the stages: a third faster for the mean field, and three times as long to compile.

    For ensembles, where the time of a batch goes; derivatives of it compile to slow code.
    """
    slopes: list[jax.Array] = []
    for row in A:
        slopes.append(velocity(x + h * combine(row, slopes)))
    return x + h * combine(B, slopes)


def adjoint_step(
    velocity: Callable[[jax.Array], jax.Array], x: jax.Array, v: jax.Array, h: jax.Array | float
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """v^T M for the Jacobian M of `step` at x, which has the shape of x: what `jax.vjp` of it gives.

    And, for derivatives with respect to what the velocity closes over: where the velocity was evaluated, and the
    cotangents of the slopes there, each (stages, ...). Written out because XLA compiles the derivative of the stage
    loop to code that is twice as slow.
    """
    inputs, _ = _stages(velocity, x, h)

    def back(cotangents, stage):
        i, weight, column, y = stage
        incoming = h * (weight * v + _weigh(column, cotangents))
        return cotangents.at[i].set(jax.vjp(velocity, y)[1](incoming)[0]), incoming

    stages = (jnp.arange(STAGES), jnp.asarray(B), jnp.asarray(A.T), inputs)
    cotangents, incoming = jax.lax.scan(back, jnp.zeros_like(inputs), stages, reverse=True)
    return v + jnp.sum(cotangents, axis=0), inputs, incoming


def flow(velocity: Callable[[jax.Array], jax.Array], x: jax.Array, h: jax.Array | float, steps: int) -> jax.Array:
    """x after `steps` steps of length h."""
    return jax.lax.scan(lambda y, _: (step(velocity, y, h), None), x, length=steps)[0]


def path(velocity: Callable[[jax.Array], jax.Array], x: jax.Array, h: jax.Array | float, steps: int) -> jax.Array:
    """All of x, (steps + 1, ...), from the start through `steps` steps of length h."""

    def advance(y, _):
        y = step(velocity, y, h)
        return y, y

    return jnp.concatenate([x[None], jax.lax.scan(advance, x, length=steps)[1]])


def _stages(velocity, x, h):
    """Where the velocity is evaluated in one step, and the slopes found there, each (stages, ...).

    A loop over the stages, not twelve copies of the velocity: as fast, and it compiles several times faster.
    """

    def stage(slopes, row):
        i, weights = row
        y = x + h * _weigh(weights, slopes)
        return slopes.at[i].set(velocity(y)), y

    rows = (jnp.arange(STAGES), jnp.asarray(A))
    slopes, inputs = jax.lax.scan(stage, jnp.zeros((STAGES, *x.shape), x.dtype), rows)
    return inputs, slopes


def combine(weights, slopes):
    """The sum of weighted slopes, without the terms of weight zero: more than half of them."""
    return sum((float(w) * slope for w, slope in zip(weights, slopes, strict=False) if w != 0), start=0.0)


def _weigh(weights, slopes):
    # A sum of products, not a matrix product: for arrays this small XLA's matrix product costs more than it does.
    return jnp.sum(jnp.reshape(weights, (STAGES,) + (1,) * (slopes.ndim - 1)) * slopes, axis=0)
