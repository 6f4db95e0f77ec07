"""Lyapunov and Stein equations, the covariances of linear fluctuations in continuous and in discrete time.

No solution leaves without its evidence: an estimate of what the rounding of the matrix alone may change in it, and,
where that is not far below what anyone looks at, refinement by residuals of twofold precision. What has no digits is
NaN.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import InputError
from jaxsync.numerics.lockstep import any_lane
from jaxsync.numerics.stability import (
    KNOWN,
    ROUNDING,
    Stability,
    balance,
    cayley_transform,
    square_up,
    squared_norm,
)
from jaxsync.numerics.twofold import lyapunov_residual, stein_residual

KRONECKER_PAYS = 8
"""Largest matrix for which the n^2 unknowns of the Kronecker form, O(n^6), are worth it: beyond it, and in batches from
it on, doubling, O(n^3), is faster (`benchmarks/networks.py`)."""

ACCURATE = 1e-9
"""Largest uncertainty at which a solution is not refined; its error is some hundred times less."""

ROUNDS = 3
"""Solves when refining, the first included: each leaves `KNOWN` of the error at most, so that the third leaves 1e-9."""

AGREED = 1e-5
"""Largest relative change in the last of them: it leaves `KNOWN` times that, 1e-8."""


class Solution(NamedTuple):
    """X with A X + X A^T + Q = 0 or X = F X F^T + Q, (n, n), and what is known of it.

    stability: a `Stability` of the matrix. uncertainty: how much the error of the matrix may change X, relative;
    infinite where refinement does not agree with itself. X is NaN unless it is at most `KNOWN`.
    """

    X: jax.Array
    stability: jax.Array
    uncertainty: jax.Array


def solve_lyapunov(
    A: jax.Array, Q: jax.Array, method: Literal["kronecker", "symmetric", "doubling"] | None = None
) -> jax.Array:
    """X with A X + X A^T + Q = 0; A and Q of shape (n, n), batched by `jax.vmap`.

    "kronecker" solves (I x A + A x I) vec X = -vec Q, n^2 unknowns. "symmetric" keeps the n (n + 1) / 2 independent
    ones of a symmetric X; Q must then be symmetric. Both solve the equation whether or not A is stable; X is a
    covariance only if it is. "doubling" turns it into a Stein equation by the Cayley transform and costs O(n^3); it
    needs all eigenvalues of A in the left half-plane and returns NaN otherwise. None: "kronecker" up to n = 8,
    "doubling" beyond. X is NaN where the rounding of A's entries alone may change it by a thousandth. Raises
    `InputError` for shapes that do not fit.

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
        return stationary_covariance(A, Q).X
    if method == "kronecker":
        return _by_elimination(_LYAPUNOV, A, Q).X
    if method == "symmetric":
        X = _by_elimination(_LYAPUNOV, A, Q, symmetric=True).X
        return (X + X.T) / 2  # so that what is asked of X in reverse mode is symmetric as well
    raise InputError(f"Argument `method` must be 'kronecker', 'symmetric' or 'doubling', but is {method!r}.")


def solve_stein(F: jax.Array, Q: jax.Array, method: Literal["kronecker", "doubling"] | None = None) -> jax.Array:
    """X with X = F X F^T + Q; F and Q of shape (n, n), batched by `jax.vmap`.

    "kronecker" solves (I - F x F) vec X = vec Q. "doubling" sums the series X = Q + F Q F^T + ... by squaring F (R. A.
    Smith, SIAM J. Appl. Math. 16, 198 (1968)), eight times faster at n = 8; it needs all eigenvalues of F inside the
    unit circle and returns NaN otherwise. None: "kronecker" up to n = 8, "doubling" beyond. X is NaN where the rounding
    of F's entries alone may change it by a thousandth. Raises `InputError` for shapes that do not fit.

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
        return _by_elimination(_STEIN, F, Q).X
    if method == "doubling":
        return _by_doubling(_STEIN, F, Q).X
    raise InputError(f"Argument `method` must be 'kronecker' or 'doubling', but is {method!r}.")


def stationary_covariance(A: jax.Array, Q: jax.Array, error: jax.Array | float = 0.0) -> Solution:
    """The covariance of x' = A x with noise, A V + V A^T + Q = 0, by doubling, with a verdict on A.

    Args:
        A: The drift, (n, n), in any unit.
        Q: The diffusion, (n, n).
        error: What is known of the relative error of A besides that of rounding, ().

    Returns:
        The covariance, where there is one; whether there is, and how well it is known. Differentiable.
    """
    return _by_doubling(_LYAPUNOV, A, Q, error)


class _Equation(NamedTuple):
    """left(M, X) + Q = 0.

    residual(M, X, Q): its left side in twofold precision. matrix(M): that of vec X in it. part(M): what a relative
    error of M is multiplied by in it. transform(M, error): F, a bound of its error, and from Q the right-hand side of
    X = F X F^T + ...
    """

    left: Callable
    residual: Callable
    matrix: Callable
    part: Callable
    transform: Callable


def _by_cayley(A, error):
    p, F, R, bound = cayley_transform(A, error)
    return F, bound, lambda Q: 2 * p * R @ Q @ R.T


_LYAPUNOV = _Equation(
    left=lambda A, X: A @ X + X @ A.T,
    residual=lyapunov_residual,
    matrix=lambda A: jnp.kron(jnp.eye(A.shape[0]), A) + jnp.kron(A, jnp.eye(A.shape[0])),
    part=lambda A: 2 * jnp.sqrt(squared_norm(A)),
    transform=_by_cayley,
)
_STEIN = _Equation(
    left=lambda F, X: F @ X @ F.T - X,
    residual=stein_residual,
    matrix=lambda F: jnp.kron(F, F) - jnp.eye(F.size),
    part=lambda F: 2 * squared_norm(F),
    transform=lambda F, error: (F, (ROUNDING + error) * jnp.sqrt(squared_norm(F)), lambda Q: Q),
)


def _by_doubling(equation, M, Q, error: jax.Array | float = 0.0) -> Solution:
    """By powers of F, where they vanish."""

    def solver(M, error, sharp):
        F, error, source = equation.transform(M, error)

        def solve(Q):
            powers = square_up(F, error, source(Q), sharp=sharp)
            # Refining what is unstable leads nowhere, and what may be is left to the finer look.
            uncertainty = jnp.where(powers.stability == Stability.UNSTABLE, 0.0, 2 * powers.sensitivity)
            return powers.total, (powers.stability, uncertainty)

        return solve

    X, (stability, uncertainty) = _solve(equation, M, Q, error, solver)
    return _known(X, stability, jnp.where(stability == Stability.STABLE, uncertainty, jnp.inf))


def _by_elimination(equation, M, Q, symmetric=False) -> Solution:
    """By Gaussian elimination, for any M with a unique solution."""
    n = M.shape[0]

    def solver(M, error, sharp):
        matrix = equation.matrix(M)
        if symmetric:
            expand, reduce = _half_vectorization(n)
            matrix = (matrix @ expand)[reduce]

        def invert(right):
            """X for each of `right`, (k, n, n)."""
            columns = -right.reshape(len(right), -1).T
            found = (
                expand @ jnp.linalg.solve(matrix, columns[reduce]) if symmetric else jnp.linalg.solve(matrix, columns)
            )
            return found.T.reshape(right.shape)

        def probed():
            """The inverse's norm by two more right-hand sides: random signs, of which an eigenvector near the border
            takes its share, and the identity."""
            sizes = jnp.linalg.vector_norm(invert(jnp.stack([jnp.eye(n), _signs(n)])), axis=(1, 2))
            return ROUNDING * equation.part(M) * jnp.max(sizes)

        F, error, _ = equation.transform(M, error)
        powers = square_up(F, error, sharp=sharp)
        stable = powers.stability == Stability.STABLE
        uncertainty = _choose(~stable, probed, 2 * powers.sensitivity)
        return lambda Q: (invert(Q[None])[0], (powers.stability, uncertainty))

    X, (stability, uncertainty) = _solve(equation, M, Q, 0.0, solver)
    return _known(X, stability, uncertainty)


def _solve(equation, M, Q, error, solver):
    """X and (stability, uncertainty) by solver(M, error, sharp)(Q), with the derivatives of the equation.

    In the units given, and, in the lanes of a batch that ask for it, refined in balanced ones and with sharp bounds.
    """

    @jax.custom_jvp
    def forward(M, Q, error):
        def balanced():
            d = balance(M)
            N, pair = M * d[None, :] / d[:, None], d[:, None] * d[None, :]
            solve = solver(N, error, True)

            def improve(X, _):
                change, known = solve(equation.residual(N, X, Q / pair))
                return X + change, (jnp.linalg.vector_norm(change), known)

            X, (changes, known) = jax.lax.scan(improve, jnp.zeros_like(Q), length=ROUNDS)
            stability, uncertainty = jax.tree.map(lambda leaf: leaf[-1], known)
            agreed = changes[-1] <= AGREED * jnp.linalg.vector_norm(X)
            return X * pair, (stability, jnp.where(agreed, uncertainty, jnp.inf))

        quick = solver(M, error, False)(Q)
        return _choose(~(quick[1][1] <= ACCURATE), balanced, quick)

    @forward.defjvp
    def _(primals, tangents):
        (M, Q, error), (dM, dQ, _) = primals, tangents
        X, known = forward(M, Q, error)
        right = jax.jvp(lambda M: equation.left(M, X), (M,), (dM,))[1] + dQ
        dX = jax.lax.custom_linear_solve(
            lambda X: equation.left(M, X),
            -right,
            solve=lambda _, q: forward(M, -q, error)[0],
            transpose_solve=lambda _, q: forward(M.T, -q, error)[0],
        )
        stability, uncertainty = known
        return (X, known), (dX, (np.zeros(stability.shape, jax.dtypes.float0), jnp.zeros_like(uncertainty)))

    return forward(M, Q, jax.lax.stop_gradient(jnp.asarray(error)))


def _choose(wanted, careful, quick):
    """What `careful` finds in the lanes where it is wanted; it runs only where there are any."""
    both = lambda: jax.tree.map(lambda a, b: jnp.where(wanted, a, b), careful(), quick)
    return jax.lax.cond(any_lane(wanted), both, lambda: quick)


def _known(X, stability, uncertainty):
    return Solution(jnp.asarray(jnp.where(uncertainty <= KNOWN, X, jnp.nan)), stability, uncertainty)


def _check_shapes(name, matrix, name_of_q, q):
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(
            f"Argument `{name}` must be a square matrix, but has shape {matrix.shape}; use jax.vmap for many."
        )
    if q.shape != matrix.shape:
        raise InputError(f"Argument `{name_of_q}` must have the shape of `{name}`, {matrix.shape}, but has {q.shape}.")


@lru_cache
def _signs(n):
    """A symmetric matrix of random signs, (n, n)."""
    upper = np.triu(np.random.default_rng(0).choice([-1.0, 1.0], (n, n)))
    return upper + np.triu(upper, 1).T


@lru_cache
def _half_vectorization(n):
    """The matrix from the upper triangle of a symmetric matrix to its vec, and the triangle's places in the vec."""
    rows, columns = np.triu_indices(n)
    expand = np.zeros((n * n, rows.size))
    unknown = np.arange(rows.size)
    expand[rows * n + columns, unknown] = 1
    expand[columns * n + rows, unknown] = 1
    return expand, rows * n + columns
