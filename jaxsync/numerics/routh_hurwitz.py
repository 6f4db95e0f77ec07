"""Routh and Hurwitz's criterion, the textbook's verdict on stability, with a bound on its rounding errors."""

import jax
import jax.numpy as jnp

from jaxsync.numerics.stability import EPS, Stability, stability_of


def routh_hurwitz(A: jax.Array) -> jax.Array:
    """Whether all eigenvalues of A, (n, n), have negative real parts, by the Routh-Hurwitz criterion.

    The first column of Routh's array of the characteristic polynomial must be positive (DeJesus and Kaufman, Phys.
    Rev. A 35, 5288 (1987)). Sums of products of all eigenvalues forget the slow ones, in large systems above all: where
    a running bound of the rounding errors leaves the sign of an entry open, squaring the Cayley transform decides.
    False where A is unstable, and where it is on the border of stability as far as the digits of its entries tell.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> bool(js.routh_hurwitz(jnp.array([[-1.0, 2.0], [0.0, -3.0]])))
        True
    """
    scale = jnp.linalg.vector_norm(A) / A.shape[0]  # eigenvalues near 1 keep the coefficients of similar size
    column, errors = _first_column(*characteristic_polynomial(A / jnp.where(scale > 0, scale, 1.0)))
    certain = jnp.all(jnp.abs(column) > errors)  # False for NaN
    return jnp.where(certain, jnp.all(column > 0), stability_of(A) == Stability.STABLE)


def characteristic_polynomial(A: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Coefficients (1, c1, ..., cn) of det(s I - A), (n + 1,), by the Faddeev-LeVerrier recursion, and error bounds."""
    n = A.shape[0]
    size, eye = jnp.linalg.vector_norm(A), jnp.eye(n)
    coefficients, M, error_of_M = [(jnp.ones(()), jnp.zeros(()))], eye, jnp.zeros(())
    for k in range(1, n + 1):
        AM = A @ M
        # A product's error is that of its factors and n roundings; a trace adds n entries.
        error_of_AM = size * (error_of_M + n * EPS * jnp.linalg.vector_norm(M))
        c = -jnp.trace(AM) / k
        error = n**0.5 * (error_of_AM + n * EPS * jnp.linalg.vector_norm(AM)) / k
        M = AM + c * eye
        error_of_M = error_of_AM + n**0.5 * error + EPS * jnp.linalg.vector_norm(M)
        coefficients.append((c, error))
    values, errors = zip(*coefficients, strict=True)
    return jnp.stack(values), jnp.stack(errors)


def _first_column(polynomial, errors):
    """Of Routh's array, (n + 1,), with error bounds."""
    n = polynomial.size - 1
    row = lambda entries: jnp.zeros(n // 2 + 1).at[: entries.size].set(entries)
    upper, upper_error = row(polynomial[0::2]), row(errors[0::2])
    lower, lower_error = row(polynomial[1::2]), row(errors[1::2])
    column = [(upper[0], upper_error[0]), (lower[0], lower_error[0])]
    for _ in range(n - 1):
        divisor = jnp.where(lower[0] == 0, 1.0, lower[0])
        ratio = upper[0] / divisor
        left = jnp.maximum(jnp.abs(lower[0]) - lower_error[0], 0.0)  # what is sure of the divisor
        ratio_error = (upper_error[0] + jnp.abs(ratio) * lower_error[0]) / left + EPS * jnp.abs(ratio)
        terms = jnp.abs(upper[1:]) + jnp.abs(ratio * lower[1:])
        error = upper_error[1:] + ratio_error * (jnp.abs(lower[1:]) + lower_error[1:])
        error = error + jnp.abs(ratio) * lower_error[1:] + 2 * EPS * terms
        following = upper[1:] - ratio * lower[1:]
        upper, upper_error = lower, lower_error
        lower, lower_error = jnp.append(following, 0.0), jnp.append(error, 0.0)
        column.append((lower[0], lower_error[0]))
    values, bounds = zip(*column, strict=True)
    return jnp.stack(values), jnp.stack(bounds)
