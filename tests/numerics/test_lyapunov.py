"""Lyapunov and Stein equations against SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

import jaxsync as js
from jaxsync.numerics.lyapunov import KNOWN, stationary_covariance
from jaxsync.numerics.stability import Stability, stability_of

SIZES = (2, 3, 5, 8)  # even and odd, up to four modes
LANES = 20


def lyapunov(method):
    return lambda A, Q: js.solve_lyapunov(A, Q, method=method)


def stein(method):
    return lambda F, Q: js.solve_stein(F, Q, method=method)


SOLVERS = {
    "lyapunov kronecker": (lyapunov("kronecker"), scipy.linalg.solve_continuous_lyapunov),
    "lyapunov symmetric": (lyapunov("symmetric"), scipy.linalg.solve_continuous_lyapunov),
    "lyapunov doubling": (lyapunov("doubling"), scipy.linalg.solve_continuous_lyapunov),
    "stein kronecker": (stein("kronecker"), scipy.linalg.solve_discrete_lyapunov),
    "stein doubling": (stein("doubling"), scipy.linalg.solve_discrete_lyapunov),
}


def problem(name, size, seed=0):
    """A stable matrix, at least 0.1 inside the border, and a positive definite right-hand side, LANES of each."""
    rng = np.random.default_rng(seed + size)
    M, root = rng.normal(size=(2, LANES, size, size))
    eigenvalues = np.linalg.eigvals(M)
    if name.startswith("lyapunov"):
        M = M - (eigenvalues.real.max(axis=1) + 0.1)[:, None, None] * np.eye(size)
    else:
        M = 0.9 * M / np.abs(eigenvalues).max(axis=1)[:, None, None]
    return M, root @ np.swapaxes(root, 1, 2)


@pytest.mark.parametrize("size", SIZES)
def test_solvers_agree_with_scipy(size):
    everything = jax.jit(lambda given: {name: jax.vmap(SOLVERS[name][0])(*given[name]) for name in SOLVERS})
    given = {name: problem(name, size) for name in SOLVERS}
    found = everything(given)
    for name, (_, scipy_solve) in SOLVERS.items():
        for M, Q, X in zip(*given[name], found[name], strict=True):
            # SciPy: A X + X A^H = Q and F X F^H - X + Q = 0.
            expected = scipy_solve(M, -Q if name.startswith("lyapunov") else Q)
            # Rounding times the condition of the equation, which non-normal random matrices raise to some 1e4.
            assert np.linalg.norm(X - expected) < 1e-10 * np.linalg.norm(expected), name


@pytest.mark.parametrize("name", SOLVERS)
def test_batched_is_one_by_one(name):
    solve = SOLVERS[name][0]
    M, Q = problem(name, 5)
    batched = jax.jit(jax.vmap(solve))(M[:3], Q[:3])
    single = jax.jit(solve)
    for lane in range(3):
        np.testing.assert_allclose(batched[lane], single(M[lane], Q[lane]), rtol=1e-10)


@pytest.mark.parametrize("name", SOLVERS)
def test_derivatives(name):
    solve = SOLVERS[name][0]
    (M, dM, *_), (Q, dQ, *_) = problem(name, 4)
    weight = np.random.default_rng(1).normal(size=(4, 4))

    @jax.jit
    def derivatives(M, Q, dM, dQ, weight):
        forward = jnp.stack(
            [
                jnp.vdot(weight, jax.jvp(lambda m: solve(m, Q), (M,), (dM,))[1]),
                jnp.vdot(weight, jax.jvp(lambda q: solve(M, q), (Q,), (dQ,))[1]),
            ]
        )
        to_M, to_Q = jax.vjp(solve, M, Q)[1](weight)
        reverse = jnp.stack([jnp.vdot(to_M, dM), jnp.vdot(to_Q, dQ)])
        h = 1e-5
        differences = jnp.stack(
            [
                jnp.vdot(weight, solve(M + h * dM, Q) - solve(M - h * dM, Q)) / (2 * h),
                jnp.vdot(weight, solve(M, Q + h * dQ) - solve(M, Q - h * dQ)) / (2 * h),
            ]
        )
        return forward, reverse, differences

    forward, reverse, differences = derivatives(M, Q, dM, dQ, weight)
    np.testing.assert_allclose(forward, reverse, rtol=1e-9)
    # Differences: an error of h^2 times the third derivative, and rounding over h; some 1e-7 each.
    np.testing.assert_allclose(forward, differences, rtol=1e-5)


def test_kronecker_takes_any_right_hand_side():
    # Not symmetric, and A not stable: the equation is solved all the same.
    A, Q = np.array([[1.5, 2.0], [0.0, 3.0]]), np.array([[1.0, -2.0], [5.0, 0.5]])
    X = js.solve_lyapunov(A, Q)
    np.testing.assert_allclose(A @ X + X @ A.T + Q, 0, atol=1e-13)
    Y = js.solve_stein(A, Q)
    np.testing.assert_allclose(A @ Y @ A.T + Q, Y, atol=1e-13)


def test_doubling_of_what_is_unstable_is_no_number():
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    for F in (1.1 * np.eye(2), np.eye(2), turn, np.array([[1.0, 1.0], [0.0, 1.0]])):
        assert np.all(np.isnan(js.solve_stein(F, np.eye(2), method="doubling")))
    for A in (np.diag([0.1, 0.2]), np.zeros((2, 2)), turn, np.diag([0.0, -1.0])):
        assert np.all(np.isnan(js.solve_lyapunov(A, np.eye(2), method="doubling")))


@pytest.mark.parametrize("method", ["kronecker", "symmetric", "doubling"])
def test_what_has_no_digits_is_no_number(method):
    # Singular equations, and one whose slow decay is 1e-14 of the rest: its rounding alone is a hundredth of it.
    solve = jax.jit(jax.vmap(lyapunov(method), in_axes=(0, None)))
    slow = np.array([[-1e-14, 1.0], [-1.0, -1e-14]])
    A = np.stack([slow, np.zeros((2, 2)), [[0.0, 1.0], [-1.0, 0.0]], [[1.0, 3.0], [0.0, -1.0]]])
    assert np.all(np.isnan(solve(A, np.eye(2))))


@pytest.mark.parametrize("method", ["kronecker", "symmetric", "doubling"])
@pytest.mark.parametrize(("count", "gamma"), [(4, 1e-10), (5, 1e-11)])
def test_slow_modes_that_are_alike(method, count, gamma):
    # In vacuum 1/2 in each quadrature, whatever the decay; refined, to a few units in the last place.
    A = np.kron(np.eye(count), [[-gamma, 1.0], [-1.0, -gamma]])
    X = js.solve_lyapunov(A, gamma * np.eye(2 * count), method=method)
    np.testing.assert_allclose(X, np.eye(2 * count) / 2, rtol=0, atol=1e-13)


@pytest.mark.parametrize("unit", [1e-12, 1.0, 2 * np.pi * 1e7])
def test_hot_and_cold_modes_in_any_unit(unit):
    # A cold mode a hundred million times faster than two hot ones that exchange quanta: each keeps its own digits.
    kappa, gamma, chi = 1.0, 1e-8, 3e-8
    first, second = 1e5, 0.2
    moved = chi**2 * (first - second) / (2 * (gamma**2 + chi**2))
    damped = np.array([[-gamma, 1.0], [-1.0, -gamma]])
    swap = chi * np.array([[0.0, -1.0], [1.0, 0.0]])
    A = scipy.linalg.block_diag(-kappa * np.eye(2), np.block([[damped, swap], [swap, damped]]))
    Q = np.diag(np.repeat([kappa, gamma * (2 * first + 1), gamma * (2 * second + 1)], 2))
    found = jax.jit(stationary_covariance)(unit * A, unit * Q)
    assert found.stability == Stability.STABLE
    # From N1' = -2 gamma (N1 - n1) - 2 chi Im C and C' = -2 gamma C + i chi (N1 - N2).
    expected = np.repeat([0.5, first - moved + 0.5, second + moved + 0.5], 2)
    # The drift's entries, times `unit`, are rounded: 1e-16 over the decay 1e-8.
    np.testing.assert_allclose(np.diag(found.X), expected, rtol=1e-7)


def test_the_error_of_the_drift_counts():
    A, Q = np.array([[-1e-3, 1.0], [-1.0, -1e-3]]), 1e-3 * np.eye(2)
    solve = jax.jit(stationary_covariance)
    for error in (0.0, 1e-9, 1e-7):
        found = solve(A, Q, error)
        np.testing.assert_allclose(found.X, np.eye(2) / 2, rtol=0, atol=1e-9)
        # A decay that is off by `error` of |A| changes the covariance by error / gamma; at most ten times that is said.
        assert error / 1e-3 <= found.uncertainty < 1e-11 + 10 * error / 1e-3
    lost = solve(A, Q, 1e-5)
    assert np.all(np.isnan(lost.X)) and lost.uncertainty > KNOWN and lost.stability == Stability.STABLE


def test_derivatives_of_slow_modes():
    # V = q / (2 gamma), in lanes beside others that are unstable, on the border, and no number.
    def variance(gamma):
        A = gamma * jnp.array([[-1.0, 0.0], [0.0, -1.0]]) + jnp.array([[0.0, 1.0], [-1.0, 0.0]])
        return stationary_covariance(A, 1e-10 * jnp.eye(2)).X[0, 0]

    gammas = jnp.array([1e-10, 1e-2, -1e-3, 0.0, jnp.nan])
    for derivative in (jax.grad(variance), jax.jacfwd(variance)):
        found = jax.jit(jax.vmap(derivative))(gammas)
        np.testing.assert_allclose(found[:2], -0.5e-10 / gammas[:2] ** 2, rtol=1e-9)
    np.testing.assert_allclose(jax.jit(jax.hessian(variance))(1e-10), 1e-10 / 1e-30, rtol=1e-9)


def test_doubling_of_slow_decay():
    # Decay 1e-6 and 1e-3 beside oscillations at 1 and 30: what slow oscillators among fast ones ask for.
    A = scipy.linalg.block_diag([[-1e-6, 1.0], [-1.0, -1e-6]], [[-1e-3, 30.0], [-30.0, -1e-3]])
    X = js.solve_lyapunov(A, np.diag([1e-6, 1e-6, 1e-3, 1e-3]), method="doubling")
    np.testing.assert_allclose(X, np.eye(4) / 2, atol=1e-13)


@pytest.mark.parametrize("size", [9, 24, 64])
def test_large_systems_by_default(size):
    """Beyond n = 8 the default is the O(n^3) method, for stability as well."""
    rng = np.random.default_rng(size)
    M, root = rng.normal(size=(2, size, size))
    margin = np.linalg.eigvals(M).real.max()
    A, Q = M - (margin + 0.1) * np.eye(size), root @ root.T
    X, found = jax.jit(lambda A, Q: (js.solve_lyapunov(A, Q), jax.vmap(stability_of)(A[None] + shifts(size))))(A, Q)
    expected = scipy.linalg.solve_continuous_lyapunov(A, -Q)
    assert np.linalg.norm(X - expected) < 1e-10 * np.linalg.norm(expected)
    # 1e-6 on both sides of the border, and far from it.
    np.testing.assert_array_equal(found, [Stability.STABLE] * 2 + [Stability.UNSTABLE] * 2)
    F, Q = 0.9 * M / np.abs(np.linalg.eigvals(M)).max(), Q
    expected = scipy.linalg.solve_discrete_lyapunov(F, Q)
    assert np.linalg.norm(js.solve_stein(F, Q) - expected) < 1e-10 * np.linalg.norm(expected)


def shifts(size):
    return jnp.array([0.0, 0.1 - 1e-6, 0.1 + 1e-6, 0.5])[:, None, None] * jnp.eye(size)[None]


@pytest.mark.parametrize("solve", [js.solve_lyapunov, js.solve_stein])
def test_what_does_not_fit_is_refused(solve):
    first = "A" if solve is js.solve_lyapunov else "F"
    for matrix in (np.ones(3), np.ones((2, 3)), np.ones((4, 2, 2))):
        with pytest.raises(js.InputError, match=f"`{first}` must be a square matrix.*jax.vmap"):
            solve(matrix, np.ones((2, 2)))
    with pytest.raises(js.InputError, match="`Q` must have the shape"):
        solve(np.eye(3), np.eye(2))
    with pytest.raises(js.InputError, match=r"`method`.*'guesswork'"):
        solve(np.eye(2), np.eye(2), method="guesswork")
