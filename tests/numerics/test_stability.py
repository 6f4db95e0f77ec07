"""Verdicts on stability against eigenvalues."""

import jax
import numpy as np
import pytest

import jaxsync as js
from jaxsync.numerics.stability import characteristic_polynomial, is_stable

SIZES = (2, 3, 5, 8)  # even and odd, up to four modes


@pytest.mark.parametrize("size", SIZES)
def test_routh_hurwitz_agrees_with_eigenvalues(size):
    rng = np.random.default_rng(size)
    A = rng.normal(size=(4000, size, size)) * 10 ** rng.uniform(-3, 3, size=(4000, 1, 1))
    largest = np.linalg.eigvals(A).real.max(axis=1)
    spread = np.linalg.norm(A, axis=(1, 2))
    # Shifted to within a tenth of the norm on both sides of the border, where verdicts are hardest.
    shift = largest + 0.1 * spread * rng.uniform(-1, 1, size=4000)
    A = A - shift[:, None, None] * np.eye(size)
    margin = (largest - shift) / spread
    # Within rounding of the border neither side can tell; by chance hardly any of the 4,000 lies there.
    clear = np.abs(margin) > 1e-9
    stable = np.asarray(jax.jit(jax.vmap(js.routh_hurwitz))(A))
    assert clear.sum() > 3990
    assert 1500 < stable.sum() < 2500
    np.testing.assert_array_equal(stable[clear], (margin < 0)[clear])


def test_routh_hurwitz_on_the_border():
    # Purely imaginary eigenvalues, a zero one, and no matrix entry at all: not stable.
    A = np.array([[[0.0, 1.0], [-1.0, 0.0]], [[-1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    assert not np.any(jax.jit(jax.vmap(js.routh_hurwitz))(A))


def test_characteristic_polynomial_in_closed_form():
    # (s - 1)(s - 2)(s + 3), of a triangular matrix, and s^2 - tr s + det.
    A = np.array([[1.0, 5.0, -2.0], [0.0, 2.0, 7.0], [0.0, 0.0, -3.0]])
    np.testing.assert_allclose(characteristic_polynomial(A), [1.0, 0.0, -7.0, 6.0], atol=1e-13)
    B = np.array([[2.0, -1.5], [4.0, 0.5]])
    np.testing.assert_allclose(characteristic_polynomial(B), [1.0, -2.5, 7.0], atol=1e-13)
    # The companion matrix of s^4 + 4 s^3 + 3 s^2 + 2 s + 1.
    C = np.eye(4, k=1) + np.outer([0, 0, 0, 1], [-1.0, -2.0, -3.0, -4.0])
    np.testing.assert_allclose(characteristic_polynomial(C), [1.0, 4.0, 3.0, 2.0, 1.0], atol=1e-13)


def test_spectral_radius_agrees_with_eigenvalues():
    rng = np.random.default_rng(0)
    F = rng.normal(size=(500, 8, 8)) * 10 ** rng.uniform(-4, 4, size=(500, 1, 1))
    expected = np.abs(np.linalg.eigvals(F)).max(axis=1)
    np.testing.assert_allclose(jax.jit(jax.vmap(js.spectral_radius))(F), expected, rtol=1e-5)


def test_spectral_radius_of_matrices_that_are_not_diagonalizable():
    jordan = 0.9 * np.eye(4) + np.eye(4, k=1)
    np.testing.assert_allclose(js.spectral_radius(jordan), 0.9, rtol=1e-4)  # ||F^k|| carries k^3 along
    # A turn, whose two eigenvalues share their modulus.
    np.testing.assert_allclose(js.spectral_radius(0.3 * np.array([[0.0, 1.0], [-1.0, 0.0]])), 0.3, rtol=1e-5)
    assert js.spectral_radius(np.eye(3, k=1)) == 0  # nilpotent


def test_border_of_stability_in_large_systems():
    oscillators = np.kron(np.eye(6), np.array([[0.0, 1.0], [-1.0, 0.0]]))
    free = np.diag(np.append(-np.ones(11), 0.0))
    assert not np.any(jax.vmap(is_stable)(np.stack([oscillators, free, np.zeros((12, 12))])))
    assert is_stable(oscillators - 1e-6 * np.eye(12))
