"""Verdicts on stability without eigenvalues, which are slow for many small matrices on a GPU."""

import jax
import jax.numpy as jnp


def characteristic_polynomial(A: jax.Array) -> jax.Array:
    """Coefficients (1, c1, ..., cn) of det(s I - A), (n + 1,), by the Faddeev-LeVerrier recursion."""
    eye = jnp.eye(A.shape[0])
    coefficients, M = [jnp.ones(())], eye
    for k in range(1, A.shape[0] + 1):
        AM = A @ M
        coefficients.append(-jnp.trace(AM) / k)
        M = AM + coefficients[-1] * eye
    return jnp.stack(coefficients)


def routh_hurwitz(A: jax.Array) -> jax.Array:
    """Whether all eigenvalues of A, (n, n), have negative real parts, by the Routh-Hurwitz criterion.

    The first column of Routh's array of the characteristic polynomial must be positive (DeJesus and Kaufman, Phys.
    Rev. A 35, 5288 (1987)). A vanishing entry, a matrix on the border of stability, counts as unstable.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> bool(js.routh_hurwitz(jnp.array([[-1.0, 2.0], [0.0, -3.0]])))
        True
    """
    scale = jnp.linalg.vector_norm(A) / A.shape[0]  # eigenvalues near 1 keep the coefficients of similar size
    polynomial = characteristic_polynomial(A / jnp.where(scale > 0, scale, 1.0))
    width = A.shape[0] // 2 + 1
    upper = jnp.zeros(width).at[: polynomial[0::2].size].set(polynomial[0::2])
    lower = jnp.zeros(width).at[: polynomial[1::2].size].set(polynomial[1::2])
    first_column = [upper[0], lower[0]]
    for _ in range(A.shape[0] - 1):
        ratio = upper[0] / jnp.where(lower[0] == 0, 1.0, lower[0])
        upper, lower = lower, jnp.append(upper[1:] - ratio * lower[1:], 0.0)
        first_column.append(lower[0])
    return jnp.all(jnp.stack(first_column) > 0)


def spectral_radius(F: jax.Array, doublings: int = 32) -> jax.Array:
    """Largest modulus of the eigenvalues of F, (n, n), from the growth of F^(2^doublings) (Gelfand's formula).

    By default good to a relative 1e-8 or so. Not meant to be differentiated.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> f"{js.spectral_radius(jnp.diag(jnp.array([0.5, -0.75]))):.6f}"
        '0.750000'
    """

    def square(state, _):
        power, logarithm = state
        size = jnp.linalg.vector_norm(power)
        power = power / jnp.where(size > 0, size, 1.0)
        return (power @ power, 2 * (logarithm + jnp.log(size))), None

    (power, logarithm), _ = jax.lax.scan(square, (jax.lax.stop_gradient(F), jnp.zeros(())), length=doublings)
    return jnp.exp((logarithm + jnp.log(jnp.linalg.vector_norm(power))) / 2**doublings)


def cayley_transform(A: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """p > 0, F = (p - A)^-1 (p + A) and R = (p - A)^-1 of A, (n, n).

    F has all eigenvalues inside the unit circle exactly if those of A lie in the left half-plane. p is the root mean
    square singular value of A, at which slow eigenvalues of the usual size are moved farthest inside.
    """
    eye = jnp.eye(A.shape[0])
    size = jnp.linalg.vector_norm(jax.lax.stop_gradient(A)) / A.shape[0] ** 0.5
    p = jnp.asarray(jnp.where(size > 0, size, 1.0))
    R = jnp.linalg.inv(p * eye - A)
    return p, R @ (p * eye + A), R


def is_stable(A: jax.Array) -> jax.Array:
    """Whether all eigenvalues of A, (n, n), have negative real parts, by the method that serves the size.

    Up to n = 8 `routh_hurwitz`. Beyond, where the coefficients of the characteristic polynomial lose their digits (at
    n = 32 the verdict on a chain of cells is wrong), from the spectral radius of the Cayley transform.
    """
    if A.shape[0] <= 8:
        return routh_hurwitz(A)
    F = cayley_transform(A)[1]
    # Decay a million million times slower than the other rates is not told from none.
    return spectral_radius(F, doublings=36) < 1 - 1e-12
