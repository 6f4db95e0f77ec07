"""Verdicts on stability against eigenvalues, and against spectra known by construction."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxsync as js
from jaxsync.numerics.routh_hurwitz import characteristic_polynomial
from jaxsync.numerics.stability import Stability, balance, judge_drift, power_of_two, stability_of
from jaxsync.numerics.twofold import lyapunov_residual, stein_residual

SIZES = (2, 3, 5, 8)  # even and odd, up to four modes
TURN = np.array([[0.0, 1.0], [-1.0, 0.0]])

verdicts = jax.jit(jax.vmap(stability_of))


@pytest.mark.parametrize("size", SIZES)
def test_verdicts_agree_with_eigenvalues(size):
    rng = np.random.default_rng(size)
    A = rng.normal(size=(4000, size, size)) * 10 ** rng.uniform(-3, 3, size=(4000, 1, 1))
    largest = np.linalg.eigvals(A).real.max(axis=1)
    spread = np.linalg.norm(A, axis=(1, 2))
    # Shifted to within a tenth of the norm on both sides of the border, one half of them to within 1e-9 of it.
    share = rng.uniform(-1, 1, size=4000) * np.where(np.arange(4000) % 2, 0.1, 1e-9)
    A = A - (largest - share * spread)[:, None, None] * np.eye(size)
    found = verdicts(A)
    hurwitz = np.asarray(jax.jit(jax.vmap(js.routh_hurwitz))(A))
    # Eigenvalues have an error of 1e-16 times their condition, of which one in ten thousand exceeds 1e3.
    clear = np.abs(share) > 1e-12
    assert clear.sum() > 3990
    assert np.all((found == Stability.STABLE) <= (share < 0) | ~clear)
    assert np.all((found == Stability.UNSTABLE) <= (share > 0) | ~clear)
    assert np.all(hurwitz <= (share < 0) | ~clear)
    # Refusals are few even at 1e-9, and none far away.
    assert np.sum((found == Stability.MARGINAL) & clear) < 40
    assert not np.any((found == Stability.MARGINAL) & (np.abs(share) > 1e-5))


@pytest.mark.parametrize("gamma", [1e-5, 1e-9, 1e-11])
@pytest.mark.parametrize("count", [1, 4, 5])
def test_slow_modes_that_are_alike(gamma, count):
    A = np.kron(np.eye(count), TURN)
    damped, driven = A - gamma * np.eye(2 * count), A + gamma * np.eye(2 * count)
    np.testing.assert_array_equal(
        verdicts(np.stack([damped, driven, A])), [Stability.STABLE, Stability.UNSTABLE, Stability.MARGINAL]
    )
    hurwitz = jax.jit(js.routh_hurwitz)
    assert hurwitz(damped) and not hurwitz(driven) and not hurwitz(A)


@pytest.mark.parametrize("unit", [1e-12, 1.0, 2 * np.pi * 1e7])
def test_any_unit_of_time_and_of_modes(unit):
    rng = np.random.default_rng(1)
    M = rng.normal(size=(200, 6, 6))
    shift = np.linalg.eigvals(M).real.max(axis=1) + rng.choice([-1e-3, 1e-3], 200)
    M = M - shift[:, None, None] * np.eye(6)
    d = 10 ** rng.uniform(-6, 6, (200, 6))
    expected = verdicts(M)
    assert set(np.unique(expected)) == {Stability.UNSTABLE, Stability.STABLE}
    np.testing.assert_array_equal(verdicts(unit * M * d[:, None, :] / d[:, :, None]), expected)


def test_on_the_border():
    # Purely imaginary eigenvalues, a zero one, double ones, no matrix entry at all, and what is no number.
    border = [
        TURN,
        [[-1.0, 0.0], [0.0, 0.0]],
        [[0.0, 1.0], [0.0, 0.0]],
        np.zeros((2, 2)),
        [[-1.0, np.nan], [0.0, -1.0]],
        [[-1.0, np.inf], [0.0, -1.0]],
    ]
    A = np.array(border)
    np.testing.assert_array_equal(verdicts(A), Stability.MARGINAL)
    assert not np.any(jax.jit(jax.vmap(js.routh_hurwitz))(A))
    large = np.stack([np.kron(np.eye(6), TURN), np.diag(np.append(-np.ones(11), 0.0)), np.zeros((12, 12))])
    np.testing.assert_array_equal(verdicts(large), Stability.MARGINAL)


def test_what_the_error_of_a_drift_may_change_is_marginal():
    judge = jax.jit(stability_of)
    for A, word in ((TURN - 1e-3 * np.eye(2), Stability.STABLE), (TURN + 1e-3 * np.eye(2), Stability.UNSTABLE)):
        assert judge(A, 1e-6) == word
        assert judge(A, 1e-2) == Stability.MARGINAL


def test_direction_of_growth():
    # One real eigenvalue to the right, with the eigenvector w, among faster decays, in units that differ.
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(4, 4))
    A = vectors @ np.diag([0.05, -0.3, -1.0, -2.0]) @ np.linalg.inv(vectors)
    d = np.array([1.0, 1e5, 1e-4, 1e2])
    stability, direction = jax.jit(judge_drift)(A * d / d[:, None])
    assert stability == Stability.UNSTABLE
    expected = vectors[:, 0] / d
    # The power that is seen to grow by 6 has forgotten the rest by a factor exp(-7 log 6) at least.
    cosine = abs(direction @ expected) / np.linalg.norm(expected)
    np.testing.assert_allclose([cosine, np.linalg.norm(direction)], 1, atol=1e-4)


def test_balancing():
    rng = np.random.default_rng(3)
    d = 2.0 ** np.array([0, 13, -20, 7])
    A = rng.uniform(1, 2, (4, 4)) * d / d[:, None]
    found = np.asarray(jax.jit(balance)(A))
    assert np.all(np.log2(found) == np.round(np.log2(found)))
    balanced = np.abs(A * found / found[:, None])
    # What was between 1 and 2 is so again up to rounding to powers of two.
    assert balanced.max() <= 8 * balanced.min()
    exponents = np.array([-1000.0, -52.4, 0.0, 1.5, 999.6])
    np.testing.assert_array_equal(power_of_two(exponents), 2.0 ** np.round(exponents))


@pytest.mark.parametrize("size", [1, 8, 24])
def test_twofold_residuals(size):
    rng = np.random.default_rng(size)
    exact = lambda M: np.vectorize(Fraction, otypes=[object])(M)
    # Turns that lose 1e-9, about an X that is nearly a multiple of one: the terms cancel to 1e-9 of their size.
    turn = np.linalg.qr(rng.normal(size=(size, size)))[0]
    skew = turn - turn.T
    X = np.eye(size) + 1e-9 * rng.normal(size=(size, size))
    for residual, left, M in (
        (lyapunov_residual, lambda a, x: a @ x + x @ a.T, skew - 1e-9 * np.eye(size)),
        (stein_residual, lambda a, x: a @ x @ a.T - x, (1 - 1e-9) * turn),
    ):
        Q = -np.asarray(left(M, X))
        expected = (left(exact(M), exact(X)) + exact(Q)).astype(float)
        found = jax.jit(residual)(M, X, Q)
        # What is left is the rounding of the products in Q, some 1e-16, to 2^-75 times n, and rounding of Q, 1e-25.
        np.testing.assert_allclose(found, expected, rtol=0, atol=3e-23 * size)


def test_characteristic_polynomial_in_closed_form():
    # (s - 1)(s - 2)(s + 3), of a triangular matrix, and s^2 - tr s + det.
    A = np.array([[1.0, 5.0, -2.0], [0.0, 2.0, 7.0], [0.0, 0.0, -3.0]])
    B = np.array([[2.0, -1.5], [4.0, 0.5]])
    # The companion matrix of s^4 + 4 s^3 + 3 s^2 + 2 s + 1.
    C = np.eye(4, k=1) + np.outer([0, 0, 0, 1], [-1.0, -2.0, -3.0, -4.0])
    for matrix, expected in ((A, [1.0, 0.0, -7.0, 6.0]), (B, [1.0, -2.5, 7.0]), (C, [1.0, 4.0, 3.0, 2.0, 1.0])):
        found, errors = characteristic_polynomial(jnp.asarray(matrix))
        assert np.all(np.abs(found - np.array(expected)) <= errors)
        assert np.all(errors < 1e-10)  # a bound: 1e-16 times n, and times |A| < 10 at each of n steps


def test_spectral_radius_agrees_with_eigenvalues():
    rng = np.random.default_rng(0)
    F = rng.normal(size=(500, 8, 8)) * 10 ** rng.uniform(-4, 4, size=(500, 1, 1))
    expected = np.abs(np.linalg.eigvals(F)).max(axis=1)
    np.testing.assert_allclose(jax.jit(jax.vmap(js.spectral_radius))(F), expected, rtol=1e-5)


def test_spectral_radius_of_matrices_that_are_not_diagonalizable():
    jordan = 0.9 * np.eye(4) + np.eye(4, k=1)
    np.testing.assert_allclose(js.spectral_radius(jordan), 0.9, rtol=1e-4)  # ||F^k|| carries k^3 along
    # A turn, whose two eigenvalues share their modulus.
    np.testing.assert_allclose(js.spectral_radius(0.3 * TURN), 0.3, rtol=1e-5)
    assert js.spectral_radius(np.eye(3, k=1)) == 0  # nilpotent
