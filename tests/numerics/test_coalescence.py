"""Coalescing eigenvalues and transport around them, on matrices of two by two with closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxsync.numerics.coalescence import find_coalescence, measure_splitting, turns_of
from jaxsync.numerics.eigenpair import block_of, discriminant, eigenvectors, eliminated
from jaxsync.numerics.pieces import angles, fit, slopes, value_at
from jaxsync.numerics.transport import carry, steps_for

BASIS = np.eye(2, dtype=complex)


def pair(p, g, loss):
    """Two modes that coalesce where their detuning p0 vanishes and their losses differ by 2 g, p1 = loss + 2 g."""
    return jnp.array([[-1j * p[0] - p[1], -1j * g], [-1j * g, -loss + 0j]]) - jnp.eye(2)


@jax.jit
def find(g, loss, start, unit):
    matrix = lambda p, x: (pair(p / unit, g, loss) * unit, x, True)
    found = find_coalescence(matrix, BASIS, jnp.zeros((2, 0), complex), start, jnp.zeros(1))
    return found, measure_splitting(matrix, found, found.hint)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
def test_point(unit):
    """p = (0, loss + 2 g) and s = -1 - loss - g in closed form, in any unit."""
    found, splitting = find(0.3, 0.1, jnp.array([0.2, 1.1]) * unit, unit)
    assert found.converged
    np.testing.assert_allclose(found.p / unit, [0.0, 0.7], atol=1e-13)
    np.testing.assert_allclose(found.value / unit, -1.4, rtol=1e-12)
    np.testing.assert_allclose(splitting.exponent, 0.5, atol=1e-3)
    np.testing.assert_allclose(abs(splitting.winding), 1.0, atol=1e-9)


def test_derivatives_of_the_point():
    slope = jax.jit(jax.jacrev(lambda g: find(g, 0.1, jnp.array([0.2, 1.1]), 1.0)[0].p))(0.3)
    np.testing.assert_allclose(slope, [0.0, 2.0], atol=1e-9)


def test_no_point_and_no_coupling():
    def look(matrix):
        go = lambda: find_coalescence(matrix, BASIS, jnp.zeros((2, 0), complex), jnp.array([0.5, 0.5]), jnp.zeros(1))
        return jax.jit(go)()

    # A gap that no parameter closes: p1 only shifts both.
    apart = look(lambda p, x: (pair(jnp.array([p[0], 0.1]), 0.3, 0.1) + p[1] ** 2 * jnp.eye(2), x, True))
    assert not apart.converged
    np.testing.assert_allclose(apart.distance, 0.6, atol=0.05)  # 2 g, at p0 = 0
    uncoupled = look(lambda p, x: (pair(p, 0.0, 0.1), x, True))
    assert not uncoupled.converged
    assert uncoupled.coupling == 0


def test_block_of_a_defective_matrix():
    """The block's trace and discriminant, and their derivatives, where NumPy's eigenvalues have none."""
    rng = np.random.default_rng(1)
    mix = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    jordan = np.diag([-1.0, -1.0, -3.0, -5.0]) + np.diag([1.0, 0, 0], 1)
    A, dA = mix @ jordan @ np.linalg.inv(mix), rng.normal(size=(4, 4))
    basis = jnp.asarray(np.linalg.qr(mix[:, :2])[0])
    block, change = jax.jvp(lambda A: block_of(A, basis), (jnp.asarray(A),), (jnp.asarray(dA + 0j),))
    np.testing.assert_allclose(jnp.trace(block), -2, atol=1e-6)
    np.testing.assert_allclose(discriminant(block), 0, atol=1e-10)
    # The sum of the two eigenvalues by finite differences, which are smooth.
    near = lambda h: np.sort_complex(np.linalg.eigvals(A + h * dA))[-2:].sum()
    np.testing.assert_allclose(jnp.trace(change), (near(1e-4) - near(-1e-4)) / 2e-4, rtol=1e-5)


def test_elimination_is_exact_for_what_follows():
    """A fast mode far away leaves -|G|^2/(rate) behind, to first order in the slow rates."""
    A = np.array([[-0.01, 0.02j, 1j], [0.02j, -0.01, 0], [1j, 0, -1e4]])
    H = eliminated(jnp.asarray(A), jnp.eye(3, 2, dtype=complex), jnp.eye(3, dtype=complex)[:, 2:])
    np.testing.assert_allclose(H, [[-0.01 - 1e-4, 0.02j], [0.02j, -0.01]], atol=1e-9)


def test_eigenvectors_and_their_derivatives():
    A = np.array([[-1.0, 0.3, 0.1], [0.2, -1.5, 0.4], [0.1, 0.2, -7.0]])
    of = lambda A: eigenvectors(A, jnp.eye(3, 2, dtype=complex))
    values, R, L = of(jnp.asarray(A))
    np.testing.assert_allclose(A @ R, R * values[None], atol=1e-12)
    np.testing.assert_allclose(L.conj().T @ R, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(R, axis=0), 1.0, atol=1e-12)
    E = np.array([[0.3, -1.0, 0.2], [0.5, 0.1, 0.7], [-0.4, 0.6, 0.2]])
    h = 1e-5
    for number in range(3):
        derivative = jax.jvp(lambda A, number=number: of(A)[number], (jnp.asarray(A),), (jnp.asarray(E),))[1]
        plus, minus = (of(jnp.asarray(A + s * h * E))[number] for s in (1, -1))
        if number:  # the vectors' phase is that of the undifferentiated ones
            first = of(jnp.asarray(A))[number]
            turn = lambda X: X * np.exp(-1j * np.angle(np.sum(first.conj() * X, axis=0)))[None]  # noqa: B023
            plus, minus, derivative = turn(plus), turn(minus), derivative
        np.testing.assert_allclose(derivative, (plus - minus) / (2 * h), atol=1e-8)


def test_pieces():
    wave = lambda f: np.stack([np.cos(f), np.sin(3 * f)], axis=-1)
    coefficients, missed = fit(jnp.asarray(wave(angles())))
    assert missed < 1e-10
    half = np.pi / 32
    np.testing.assert_allclose(value_at(coefficients[3], 0.3), wave(half * (7 + 0.3)), atol=1e-10)
    nodes = np.delete(angles(), 4, axis=1)
    np.testing.assert_allclose(slopes(coefficients)[..., 0], -np.sin(nodes), atol=1e-9)
    assert fit(jnp.abs(jnp.sin(angles() + 0.3)))[1] > 1e-3
    square = np.exp(-3j * np.linspace(0, 2 * np.pi, 100, endpoint=False))
    np.testing.assert_allclose(turns_of(jnp.asarray(square)), -3)


def hamiltonian(f, R=0.1):
    """The test problem of T. J. Milburn et al., Phys. Rev. A 92, 052124 (2015)."""
    w, g = R * np.sin(f), 0.5 + R * np.cos(f)
    return np.moveaxis(np.array([[-w - 0.5j, g], [g, w + 0.5j]]), (0, 1), (-2, -1))


@pytest.mark.parametrize(
    ("start", "duration", "expected"),
    [(0.0, 45.0, (0.004272, 0.995728)), (0.0, 10.0, (0.111113, 0.830535)), (np.pi, 45.0, (0.988883, 0.339624))],
)
def test_shares_around_an_exceptional_point(start, duration, expected):
    """Of what starts in one right eigenvector the share that ends in the other, by brute force elsewhere."""
    values, R = np.linalg.eig(hamiltonian(start))
    order = np.argsort(values.real + values.imag)  # lower first; lossy first
    R = R[:, order]
    A, missed = fit(jnp.asarray(-1j * hamiltonian(start + angles())))
    assert missed < 1e-12
    arrived = jax.jit(carry, static_argnums=3)(A, duration, jnp.asarray(R), steps_for(1.0, duration))
    shares = np.abs(np.linalg.solve(R, arrived.vectors)) ** 2
    shares = shares / shares.sum(axis=0)
    np.testing.assert_allclose([shares[1, 0], shares[0, 1]], expected, atol=1e-6)


def test_slow_loops_switch_only_around_the_point():
    """Mode switching: adiabatic, and only where the point, at R = 0, lies inside; not for a loop beside it."""
    arrive = jax.jit(carry, static_argnums=3)
    for shift, switched in ((0.0, True), (0.3, False)):
        H = lambda f: hamiltonian(f) + shift * np.array([[0.0, 1.0], [1.0, 0.0]])  # noqa: B023
        R = np.linalg.eig(H(np.pi / 2))[1]
        order = np.argsort(-np.linalg.eigvals(H(np.pi / 2)).imag)
        R = R[:, order]
        shares = []
        for sense in (1, -1):
            A, _ = fit(jnp.asarray(-1j * H(np.pi / 2 + sense * angles())))
            out = np.abs(np.linalg.solve(R, arrive(A, 200.0, jnp.asarray(R), 16).vectors)) ** 2
            shares.append(out / out.sum(axis=0))
        # In one sense either mode ends in the same one, and in the other sense in the other, around the point alone.
        moved = [int(np.argmax(s[:, 0])) for s in shares]
        assert (moved[0] != moved[1]) == switched


def test_covariance_of_a_damped_oscillator():
    """A constant drift: V relaxes in closed form, what is gathered is that of the empty start, vectors decay."""
    gamma, omega, n, T = 0.05, 1.3, 2.0, 20.0
    drift = np.array([[-gamma, omega], [-omega, -gamma]])
    constant = lambda M: fit(jnp.broadcast_to(jnp.asarray(M), (*angles().shape, 2, 2)))[0]
    Q = gamma * (2 * n + 1) * np.eye(2)
    vector = np.array([[1.0], [-1j]]) / np.sqrt(2)
    out = jax.jit(carry, static_argnums=3)(
        constant(drift), T, jnp.asarray(vector), steps_for(omega, T), (constant(Q), 0.5 * jnp.eye(2))
    )
    left = np.exp(-2 * gamma * T)
    np.testing.assert_allclose(out.covariance, ((n + 0.5) * (1 - left) + 0.5 * left) * np.eye(2), atol=1e-9)
    np.testing.assert_allclose(out.gathered, (n + 0.5) * (1 - left) * np.eye(2), atol=1e-9)
    np.testing.assert_allclose(out.logarithms, [-gamma * T], rtol=1e-9)
    np.testing.assert_allclose(out.vectors, vector * np.exp(-1j * omega * T), atol=1e-8)
