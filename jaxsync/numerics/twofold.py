"""Products of matrices to more digits than a double has, by products of parts that are exact.

A matrix is cut into a coarse part on a grid, of half the digits, and the rest. Products of coarse parts are sums of
whole multiples of one number, exact in any order and with fused operations or without, on any device (error-free
splitting: K. Ozaki et al., Numer. Algorithms 59, 95 (2012)).
"""

import jax
import jax.numpy as jnp

from jaxsync.numerics.stability import power_of_two

DIGITS = 51
"""Bits of a sum of products of coarse parts and of its transpose: two less than those of a double."""


def product(A: jax.Array, B: jax.Array) -> tuple[jax.Array, jax.Array]:
    """A B of two (n, n) matrices as the sum of an exact part and a small one; their sum has some 75 bits.

    The error is 2^-75 of the largest entries of A and B, times n: bring them to similar sizes before.
    """
    bits = (DIGITS - (A.shape[0] - 1).bit_length()) // 2  # for each factor, after the sum of n products
    coarse_A, coarse_B = _coarse(A, bits), _coarse(B, bits)
    return coarse_A @ coarse_B, coarse_A @ (B - coarse_B) + (A - coarse_A) @ B


def lyapunov_residual(A: jax.Array, X: jax.Array, Q: jax.Array) -> jax.Array:
    """A X + X A^T + Q, (n, n): rounding of Q's size, not of the size of the terms that cancel."""
    left, left_rest = product(A, X)
    right, right_rest = product(X, A.T)
    return (left + right + Q) + (left_rest + right_rest)


def stein_residual(F: jax.Array, X: jax.Array, Q: jax.Array) -> jax.Array:
    """F X F^T - X + Q, (n, n), likewise."""
    half, half_rest = product(F, X)
    whole, whole_rest = product(half, F.T)
    return (whole - X + Q) + (whole_rest + half_rest @ F.T)


def _coarse(M, bits):
    # One more than the exponent of the largest entry; a zero matrix is its own coarse part.
    largest = jnp.max(jnp.abs(M))
    grid = power_of_two(jnp.ceil(jnp.log2(jnp.where(largest > 0, largest, 1.0))) - bits)
    return jnp.round(M / grid) * grid
