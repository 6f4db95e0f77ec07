"""Gaussian quantum information as functions of covariance matrices: entanglement, purity, squeezing, steering.

Covariances are (..., 2n, 2n) in the order (X1, Y1, X2, Y2, ...) with vacuum variance 1/2; a physical one has all
symplectic eigenvalues at or above 1/2. Closed forms serve one and two modes; more go through a Cholesky factor and the
eigenvalues of a Hermitian matrix, which GPUs do well and which have derivatives. What is not positive definite gives
NaN, and so does what double precision cannot know: strong squeezing leaves small numbers as differences of large ones.

Sources: C. Weedbrook et al., Rev. Mod. Phys. 84, 621 (2012); G. Adesso, F. Illuminati, J. Phys. A 40, 7821 (2007).
"""

import jax
import jax.numpy as jnp
import numpy as np

ROUNDING = float(np.finfo(float).eps)

KNOWN = 1e-2
"""Largest relative rounding error of a determinant, or of a difference, that counts as known."""


def symplectic_form(modes: int) -> np.ndarray:
    """Omega, (2n, 2n), with [R_k, R_l] = i Omega_kl for the quadratures R."""
    return np.kron(np.eye(modes), np.array([[0.0, 1.0], [-1.0, 0.0]]))


def select_modes(covariance: jax.Array, indices: tuple[int, ...]) -> jax.Array:
    """The covariance of some modes, (..., 2k, 2k), in the order of `indices`."""
    rows = np.array([2 * i + part for i in indices for part in (0, 1)])
    return covariance[..., rows[:, None], rows[None, :]]


def symplectic_spectrum(covariance: jax.Array) -> jax.Array:
    """Symplectic eigenvalues, (..., n), smallest first."""
    n = covariance.shape[-1] // 2
    if n == 1:
        return _root(_det(covariance))[..., None]
    if n == 2:
        return _spectrum_of_two(covariance)
    # V = L L^T: the eigenvalues of i L^T Omega L are plus and minus the symplectic ones.
    L = jnp.linalg.cholesky(covariance)
    hermitian = 1j * (jnp.swapaxes(L, -1, -2) @ symplectic_form(n) @ L)
    nu = jnp.linalg.eigvalsh(hermitian)[..., n:]
    # All of them carry the rounding of the largest.
    return jnp.asarray(jnp.where(nu * KNOWN > ROUNDING * nu[..., -1:], nu, jnp.nan))


def negativity(covariance: jax.Array, first: int) -> jax.Array:
    """Logarithmic negativity E_N = sum of max(0, -ln 2 nu), (...), of the first `first` modes against the rest.

    nu are the symplectic eigenvalues of the partially transposed covariance, in which the first modes' Y change sign.
    """
    sign = np.ones(covariance.shape[-1])
    sign[1 : 2 * first : 2] = -1
    flip = np.diag(sign)
    nu = symplectic_spectrum(jnp.asarray(flip @ covariance @ flip))
    return jnp.sum(jnp.maximum(0.0, -jnp.log(2 * nu)), axis=-1)


def residual_contangle(covariance: jax.Array) -> jax.Array:
    """Minimum residual contangle of three modes, (...): genuine tripartite entanglement where it is above zero.

    min over i of E_i|jk^2 - E_i|j^2 - E_i|k^2 with logarithmic negativities E (J. Li, S.-Y. Zhu, G. S. Agarwal, Phys.
    Rev. Lett. 121, 203601 (2018), after Adesso and Illuminati).
    """
    pick = lambda choices: jnp.stack([select_modes(covariance, choice) for choice in choices])
    whole = negativity(pick([(0, 1, 2), (1, 0, 2), (2, 0, 1)]), 1) ** 2
    pairs = negativity(pick([(0, 1), (0, 2), (1, 2)]), 1) ** 2
    # Mode i is in all pairs but one.
    others = jnp.sum(pairs, axis=0, keepdims=True) - pairs[::-1]
    return jnp.min(whole - others, axis=0)


def purity(covariance: jax.Array) -> jax.Array:
    """Tr rho^2 = 1 / (2^n sqrt(det V)), (...): 1 for a pure state."""
    n = covariance.shape[-1] // 2
    sign, logarithm = jnp.linalg.slogdet(covariance)
    return jnp.where(sign > 0, jnp.exp(-logarithm / 2 - n * np.log(2)), jnp.nan)


def minimum_variance(covariance: jax.Array) -> jax.Array:
    """Smallest variance of any quadrature of these modes or of a passive combination of them, (...)."""
    if covariance.shape[-1] > 2:
        return jnp.linalg.eigvalsh(covariance)[..., 0]
    x, y, xy = covariance[..., 0, 0], covariance[..., 1, 1], covariance[..., 0, 1]
    largest = (x + y) / 2 + _root(((x - y) / 2) ** 2 + xy**2)
    return _det(covariance) / largest  # the product of the two is the determinant; their difference would cancel


def steerability(covariance: jax.Array, first: int) -> jax.Array:
    """Gaussian steering, (...), of the rest by the first `first` modes: sum of max(0, -ln 2 nu), nu >= 0.

    nu are the symplectic eigenvalues of the Schur complement of the steering modes (I. Kogias, A. R. Lee, S. Ragy, G.
    Adesso, Phys. Rev. Lett. 114, 060403 (2015)).
    """
    k = 2 * first
    A, B, C = covariance[..., :k, :k], covariance[..., k:, k:], covariance[..., :k, k:]
    conditional = B - jnp.swapaxes(C, -1, -2) @ jnp.linalg.solve(A, C)
    conditional = (conditional + jnp.swapaxes(conditional, -1, -2)) / 2
    nu = symplectic_spectrum(conditional)
    # The difference carries the rounding of what it is a difference of.
    size = jnp.max(jnp.abs(B), axis=(-1, -2))[..., None]
    nu = jnp.where(nu * KNOWN > ROUNDING * size, nu, jnp.nan)
    return jnp.sum(jnp.maximum(0.0, -jnp.log(2 * nu)), axis=-1)


def combine(covariance: jax.Array, weights: np.ndarray) -> jax.Array:
    """Covariance, (..., 2, 2), of the mode o = sum_k w_k o_k with complex weights of norm 1, (n,)."""
    w = np.asarray(weights, dtype=complex)
    # The quadratures of w o are (Re w X - Im w Y, Im w X + Re w Y).
    rows = np.zeros((2, 2 * w.size))
    rows[0, 0::2], rows[0, 1::2], rows[1, 0::2], rows[1, 1::2] = np.real(w), -np.imag(w), np.imag(w), np.real(w)
    return jnp.asarray(rows @ covariance @ rows.T)


def to_xxpp(covariance: jax.Array, hbar: float = 2.0) -> jax.Array:
    """The covariance, (..., 2n, 2n), as other packages want it: order (X1 ... Xn, Y1 ... Yn), vacuum variance hbar / 2.

    Args:
        covariance: In this package's order (X1, Y1, X2, Y2, ...) with vacuum variance 1/2.
        hbar: 2 is the convention of thewalrus and Strawberry Fields, 1 keeps the variances.

    Returns:
        The covariance, (..., 2n, 2n).

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> js.to_xxpp(jnp.diag(jnp.array([1.0, 2.0, 3.0, 4.0])), hbar=1.0).diagonal().tolist()
        [1.0, 3.0, 2.0, 4.0]
    """
    order = _grouped(covariance)
    return hbar * covariance[..., order[:, None], order[None, :]]


def from_xxpp(covariance: jax.Array, hbar: float = 2.0) -> jax.Array:
    """The covariance, (..., 2n, 2n), from the order and the vacuum variance of other packages: undoes `to_xxpp`.

    Args:
        covariance: In the order (X1 ... Xn, Y1 ... Yn) with vacuum variance hbar / 2.
        hbar: As for `to_xxpp`.

    Returns:
        The covariance in this package's convention.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> js.from_xxpp(jnp.eye(4)).diagonal().tolist()
        [0.5, 0.5, 0.5, 0.5]
    """
    order = np.argsort(_grouped(covariance))
    return covariance[..., order[:, None], order[None, :]] / hbar


def _grouped(covariance):
    size = covariance.shape[-1]
    return np.concatenate([np.arange(0, size, 2), np.arange(1, size, 2)])


def _det(matrix):
    return matrix[..., 0, 0] * matrix[..., 1, 1] - matrix[..., 0, 1] * matrix[..., 1, 0]


def _root(square):
    """Square root, NaN below zero; its derivative at zero, where it has none, is taken as zero."""
    positive = square > 0
    root = jnp.sqrt(jnp.asarray(jnp.where(positive, square, 1.0)))
    return jnp.where(positive, root, jnp.where(square == 0, 0.0, jnp.nan))


def _spectrum_of_two(covariance):
    """Both symplectic eigenvalues nu, (..., 2), in closed form: (Omega V)^2 has the eigenvalues -nu^2, each twice."""
    A, B, C = covariance[..., :2, :2], covariance[..., 2:, 2:], covariance[..., :2, 2:]
    Ct, turn = jnp.swapaxes(C, -1, -2), symplectic_form(1)
    # Its diagonal blocks are -(det A + det C) and -(det B + det C) times the unit matrix, these are the others. Their
    # product is a number times the unit matrix. Delta^2 - 4 det V is the same discriminant, but loses half the digits
    # where the two eigenvalues are nearly equal.
    upper = turn @ (A @ turn @ C + C @ turn @ B)
    lower = turn @ (Ct @ turn @ A + B @ turn @ Ct)
    half_trace = jnp.sum(upper * jnp.swapaxes(lower, -1, -2), axis=(-1, -2)) / 2
    a, b = _det(A), _det(B)
    discriminant = jnp.maximum(0.0, ((a - b) / 2) ** 2 + half_trace)  # rounding may leave it below zero
    larger = (a + b) / 2 + _det(C) + _root(discriminant)
    # The product of the squares is the determinant; a difference would cancel where one is much smaller.
    product = jnp.asarray(jnp.linalg.det(covariance))
    # How many digits it keeps follows from Hadamard's inequality: within each mode it is a difference of products of
    # the diagonal, between the modes of the squares of their determinants.
    diagonal = jnp.prod(jnp.diagonal(covariance, axis1=-2, axis2=-1), axis=-1)
    known = (product > 0) & (a * b > 0)
    safe, apart = (jnp.asarray(jnp.where(known, value, 1.0)) for value in (product, a * b))
    known = known & (ROUNDING * diagonal / apart * jnp.sqrt(apart / safe) < KNOWN)
    smaller = jnp.where(known, _root(safe / larger), jnp.nan)
    return jnp.stack([smaller, _root(larger)], axis=-1)
