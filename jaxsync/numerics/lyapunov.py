"""Lyapunov and Stein equations, the covariances of linear fluctuations in continuous and in discrete time."""

from functools import lru_cache
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import InputError
from jaxsync.numerics.stability import cayley_transform

KRONECKER_PAYS = 8
"""Largest matrix for which the n^2 unknowns of the Kronecker form, O(n^6), are worth it: beyond it, and in batches from
it on, doubling, O(n^3), is faster (`benchmarks/networks.py`)."""


def solve_lyapunov(
    A: jax.Array, Q: jax.Array, method: Literal["kronecker", "symmetric", "doubling"] | None = None
) -> jax.Array:
    """X with A X + X A^T + Q = 0; A and Q of shape (n, n), batched by `jax.vmap`.

    "kronecker" solves (I x A + A x I) vec X = -vec Q, n^2 unknowns. "symmetric" keeps the n (n + 1) / 2 independent
    ones of a symmetric X; Q must then be symmetric. Both solve the equation whether or not A is stable; X is a
    covariance only if it is. "doubling" turns it into a Stein equation by the Cayley transform and costs O(n^3); it
    needs all eigenvalues of A in the left half-plane and returns NaN or infinities otherwise. None: "kronecker" up to n
    = 8, "doubling" beyond. Raises `InputError` for shapes that do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> js.solve_lyapunov(-jnp.eye(2), jnp.eye(2)).diagonal().tolist()
        [0.5, 0.5]
    """
    _check_shapes("A", A, "Q", Q)
    if method is None:
        method = "kronecker" if A.shape[0] <= KRONECKER_PAYS else "doubling"
    if method == "doubling":
        # With F = (p - A)^-1 (p + A) and R = (p - A)^-1: X = F X F^T + 2 p R Q R^T, for any p > 0.
        p, F, R = cayley_transform(A)
        return _solve_by_doubling(F, 2 * p * R @ Q @ R.T)
    eye = jnp.eye(A.shape[0])
    operator = jnp.kron(eye, A) + jnp.kron(A, eye)
    if method == "kronecker":
        return jnp.linalg.solve(operator, -Q.reshape(-1)).reshape(Q.shape)
    if method == "symmetric":
        expand, reduce = _half_vectorization(A.shape[0])
        half = jnp.linalg.solve((operator @ expand)[reduce], -Q.reshape(-1)[reduce])
        return (expand @ half).reshape(Q.shape)
    raise InputError(f"Argument `method` must be 'kronecker', 'symmetric' or 'doubling', but is {method!r}.")


def solve_stein(F: jax.Array, Q: jax.Array, method: Literal["kronecker", "doubling"] | None = None) -> jax.Array:
    """X with X = F X F^T + Q; F and Q of shape (n, n), batched by `jax.vmap`.

    "kronecker" solves (I - F x F) vec X = vec Q. "doubling" sums the series X = Q + F Q F^T + ... by squaring F (R. A.
    Smith, SIAM J. Appl. Math. 16, 198 (1968)), eight times faster at n = 8; it needs all eigenvalues of F inside the
    unit circle and returns NaN or infinities otherwise. None: "kronecker" up to n = 8, "doubling" beyond. Raises
    `InputError` for shapes that do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> js.solve_stein(jnp.zeros((2, 2)), jnp.eye(2)).diagonal().tolist()
        [1.0, 1.0]
    """
    _check_shapes("F", F, "Q", Q)
    if method is None:
        method = "kronecker" if F.shape[0] <= KRONECKER_PAYS else "doubling"
    if method == "kronecker":
        operator = jnp.eye(F.size) - jnp.kron(F, F)
        return jnp.linalg.solve(operator, Q.reshape(-1)).reshape(Q.shape)
    if method == "doubling":
        return _solve_by_doubling(F, Q)
    raise InputError(f"Argument `method` must be 'kronecker' or 'doubling', but is {method!r}.")


def _solve_by_doubling(F, Q):
    # The derivatives are those of the equation: one more solve of the same kind, not the unrolled series.
    return jax.lax.custom_linear_solve(
        lambda x: x - F @ x @ F.T,
        Q,
        solve=lambda _, q: _double(F, q),
        transpose_solve=lambda _, q: _double(F.T, q),
    )


def _double(F, Q):
    """Q + F Q F^T + ... until the terms vanish; 2^32 of them are enough for eigenvalues up to 1 - 1e-8."""

    def unfinished(state):
        power, _, count = state
        return (count < 32) & (jnp.max(jnp.abs(power)) > 1e-10)  # its square is what the next terms are multiplied by

    def double(state):
        power, total, count = state
        return power @ power, total + power @ total @ power.T, count + 1

    return jax.lax.while_loop(unfinished, double, (F, Q, 0))[1]


def _check_shapes(name, matrix, name_of_q, q):
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(
            f"Argument `{name}` must be a square matrix, but has shape {matrix.shape}; use jax.vmap for many."
        )
    if q.shape != matrix.shape:
        raise InputError(f"Argument `{name_of_q}` must have the shape of `{name}`, {matrix.shape}, but has {q.shape}.")


@lru_cache
def _half_vectorization(n):
    """The matrix from the upper triangle of a symmetric matrix to its vec, and the triangle's places in the vec."""
    rows, columns = np.triu_indices(n)
    expand = np.zeros((n * n, rows.size))
    unknown = np.arange(rows.size)
    expand[rows * n + columns, unknown] = 1
    expand[columns * n + rows, unknown] = 1
    return expand, rows * n + columns
