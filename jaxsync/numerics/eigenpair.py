"""Two eigenvalues that may be about to coalesce, as a block of two by two that stays smooth where they do.

Eigenvalues next to a point where they coalesce change like a root, and eigenvectors become one; the invariant subspace
of both, and with it the trace and the discriminant of the block, do not notice. No eigenvalue is differentiated.
"""

import jax
import jax.numpy as jnp


def pick(values: jax.Array, vectors: jax.Array, basis: jax.Array) -> jax.Array:
    """Which eigenvectors, columns of (n, n), lie most in the span of the orthonormal `basis`, (n, k): k numbers, those
    that decay least first, of equal decay the lower in frequency, -Im, first."""
    k = basis.shape[1]
    shares = jnp.sum(jnp.abs(basis.conj().T @ vectors) ** 2, axis=0)
    chosen = jax.lax.top_k(shares, k)[1]
    found = values[chosen]
    # Decay rates that differ by less than rounding are equal, so that the frequency decides.
    grain = 1e-9 * jnp.max(jnp.abs(found))
    order = jnp.lexsort((-found.imag, -jnp.round(found.real / jnp.where(grain > 0, grain, 1.0))))
    return chosen[order]


def block_of(A: jax.Array, basis: jax.Array) -> jax.Array:
    """A in the invariant subspace of the two eigenvalues that `pick` finds, (2, 2) complex.

    Value and first derivatives are exact up to a change of basis: with left and right null vectors L and R of
    (A - a)(A - b), held fixed, L^H A R changes as the block does. Derivatives of higher order are not those of the
    block.

    Args:
        A: The matrix, (n, n).
        basis: Orthonormal, (n, 2); what is meant by the pair.

    Returns:
        The block, in some basis.
    """
    fixed = jax.lax.stop_gradient(A)
    values, vectors = jnp.linalg.eig(fixed)
    first, second = values[pick(values, vectors, basis)]
    eye = jnp.eye(A.shape[0])
    left, _, right = jnp.linalg.svd((fixed - first * eye) @ (fixed - second * eye))
    L, R = left[:, -2:], right[-2:].conj().T
    return jnp.linalg.solve(L.conj().T @ R, L.conj().T @ A @ R)


def eliminated(A: jax.Array, basis: jax.Array, complement: jax.Array) -> jax.Array:
    """A in the span of `basis`, (n, k), with all else, `complement`, (n, n - k), taken to follow: (k, k).

    W^H A W + W^H A C (s - C^H A C)^-1 C^H A W at the mean s of the diagonal, the adiabatic elimination of fast modes.
    """
    W, C = basis, complement
    direct = W.conj().T @ A @ W
    s = jnp.trace(direct) / basis.shape[1]
    rest = s * jnp.eye(C.shape[1]) - C.conj().T @ A @ C
    return direct + W.conj().T @ A @ C @ jnp.linalg.solve(rest, C.conj().T @ A @ W)


def discriminant(block: jax.Array) -> jax.Array:
    """The square of the difference of the eigenvalues of a (2, 2) block, which is smooth where they coalesce."""
    return (block[0, 0] - block[1, 1]) ** 2 + 4 * block[0, 1] * block[1, 0]


def eigenvectors(A: jax.Array, basis: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The eigenvalues that `pick` finds, (k,), with right vectors r of length 1 and left ones l, (n, k), l^H r = 1.

    Differentiable twice, by corrections of Newton's method at the solution; the vectors have the phase at which their
    largest overlap with the undifferentiated ones is real. Not where eigenvalues coalesce.
    """
    n = A.shape[0]
    fixed = jax.lax.stop_gradient(A)

    def of(matrix, value, vector):
        """An eigenpair of the matrix from a nearly exact one; the correction carries the derivatives."""
        along = vector

        def correct(pair):
            value, vector = pair
            # Both the pair's equation and that of its length along what was given.
            residual = jnp.append(matrix @ vector - value * vector, jnp.vdot(along, vector) - 1)
            border = jnp.block(
                [[matrix - value * jnp.eye(n), -vector[:, None]], [along.conj()[None], jnp.zeros((1, 1))]]
            )
            change = jnp.linalg.solve(border, residual)
            return value - change[n], vector - change[:n]

        value, vector = correct(correct((value, vector)))
        return value, vector / jnp.linalg.vector_norm(vector)

    values, vectors = jnp.linalg.eig(fixed)
    chosen = pick(values, vectors, basis)
    values, right = jax.vmap(lambda i: of(A, values[i], vectors[:, i]))(chosen)
    lefts, others = jnp.linalg.eig(fixed.conj().T)
    nearest = jnp.argmin(jnp.abs(lefts[None] - jax.lax.stop_gradient(values).conj()[:, None]), axis=1)
    _, left = jax.vmap(lambda i: of(A.conj().T, lefts[i], others[:, i]))(nearest)
    left = left / jax.vmap(jnp.vdot)(left, right).conj()[:, None]
    return values, right.T, left.T
