"""Implicit steps for stiff motion: collocation at Radau's points, which damp what is faster than a step can follow.

Five stages, order nine, stable for every decaying mode and with infinite rates forgotten at once (Radau IIA: Hairer and
Wanner, Solving ODEs II, sec. IV.5). A mode that only follows the others costs nothing, however fast it is.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

STAGES = 5

ITERATIONS = 20
"""Most Newton steps for the stages; where these do not do, the step is much too long for the motion."""

LAST = 1e-8
"""A Newton step this small, relative to the stages, is the last: what it leaves is its square."""


def _tableau(stages):
    """Radau's points c on (0, 1], (m,), and the integrals from 0 to c_i of the Lagrange polynomials, (m, m)."""
    legendre = np.polynomial.legendre
    c = (np.real(legendre.legroots([0.0] * (stages - 1) + [-1.0, 1.0])) + 1) / 2  # complex from NumPy 2.5 on
    c[-1] = 1.0
    # In Legendre polynomials, of which one knows the integrals: they keep the digits that monomials lose.
    values = legendre.legvander(2 * c - 1, stages - 1)
    integrals = np.stack(
        [legendre.legval(2 * c - 1, legendre.legint(unit, lbnd=-1)) / 2 for unit in np.eye(stages)],
        axis=1,
    )
    return c, integrals @ np.linalg.inv(values)


C, WEIGHTS = _tableau(STAGES)


def _interpolation():
    """Values at 1 - c, (m, m + 1), of the polynomial with given values at 0 and at the points c."""
    nodes = np.append(0.0, C)
    return np.stack(
        [np.prod([(1 - C - other) / (node - other) for other in nodes if other != node], axis=0) for node in nodes],
        axis=1,
    )


MIRROR = _interpolation()


def stages(velocity: Callable[[jax.Array], jax.Array], x: jax.Array, h: jax.Array | float) -> jax.Array:
    """The points X_i = x + h sum_j a_ij velocity(X_j) of one step of length h, (m, n), the last one its end.

    NaN where Newton's method does not find them. Differentiable by the implicit function theorem.
    """

    def equations(X):
        return X - x[None] - h * jnp.tensordot(WEIGHTS, jax.vmap(velocity)(X), axes=1)

    def solve(f, X):
        matrix = lambda X: _block_matrix(jax.vmap(jax.jacfwd(velocity))(X), h)

        def unfinished(state):
            _, moved, count = state
            return (moved > LAST) & (count < ITERATIONS)

        def iterate(state):
            X, _, count = state
            change = jnp.linalg.solve(matrix(X), f(X).reshape(-1)).reshape(X.shape)
            X = X - change
            size = jnp.max(jnp.abs(X), axis=0)
            # A quadrature that happens to vanish is measured against the largest one, not against its rounding error.
            size = jnp.maximum(size, 1e-6 * jnp.max(size))
            moved = jnp.max(jnp.abs(change) / jnp.where(size > 0, size, 1.0)[None])
            return X, moved, count + 1

        X, moved, _ = jax.lax.while_loop(unfinished, iterate, (X, jnp.array(jnp.inf, X.dtype), 0))
        return jnp.where(moved <= LAST, X, jnp.nan)

    def tangent_solve(linear, y):
        matrix = jax.jacfwd(linear)(jnp.zeros_like(y))
        return jnp.linalg.solve(matrix.reshape(y.size, y.size), y.reshape(-1)).reshape(y.shape)

    start = jnp.broadcast_to(jax.lax.stop_gradient(x), (STAGES, *x.shape))
    return jax.lax.custom_root(equations, start, solve, tangent_solve)


def step(velocity: Callable[[jax.Array], jax.Array], x: jax.Array, h: jax.Array | float) -> jax.Array:
    """One step of length h of x' = velocity(x), for x of shape (n,)."""
    return stages(velocity, x, h)[-1]


def linear_step(A: jax.Array, h: jax.Array | float, source: jax.Array | None = None) -> tuple[jax.Array, jax.Array]:
    """One step of length h of y' = A(t) y + q(t).

    Args:
        A: At the points c of the step, (m, d, d).
        h: Its length, ().
        source: q at these points, (m, d); None for zero.

    Returns:
        M: (d, d), and r: (d,), with M y + r the end of the step from y.
    """
    d = A.shape[1]
    sides = jnp.broadcast_to(jnp.eye(d), (STAGES, d, d))
    q = jnp.zeros((STAGES, d)) if source is None else h * jnp.tensordot(WEIGHTS, source, axes=1)
    sides = jnp.concatenate([sides, q[:, :, None]], axis=2).reshape(STAGES * d, d + 1)
    end = jnp.linalg.solve(_block_matrix(A, h), sides)[-d:]
    return end[:, :d], end[:, d]


def mirrored(x: jax.Array, stages: jax.Array) -> jax.Array:
    """The step's polynomial from x, (n,), through its stages, (m, n), at the points 1 - c, for steps backwards."""
    return jnp.tensordot(MIRROR, jnp.concatenate([x[None], stages]), axes=1)


def _block_matrix(A, h):
    """The matrix of Y_i - h sum_j a_ij A_j Y_j, (m d, m d)."""
    d = A.shape[1]
    blocks = jnp.asarray(WEIGHTS)[:, None, :, None] * jnp.transpose(A, (1, 0, 2))[None]
    return jnp.eye(STAGES * d) - h * blocks.reshape(STAGES * d, STAGES * d)
