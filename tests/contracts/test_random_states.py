"""Thousands of random parameter points: the bounds of quantum mechanics, and SciPy's covariances.

Each example is a batch of parameter sets, so that thousands of states cost a few runs of one compiled program.
"""

import jax
import numpy as np
import pytest
import scipy.linalg
from cases import REFERENCE, many, pick, smallest_uncertainty
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import jaxsync as js

BATCH = 1024
# The same examples in every run: a bound that is broken now and then would be hard to look into.
EXAMPLES = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@jax.jit
@jax.vmap
def cells_at_rest(model):
    return js.find_fixed_point(model, throw=False)


@st.composite
def devices(draw):
    """A batch of the paper's device: hypothesis draws the ranges, and the seed by which the batch fills them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    drive = draw(st.sampled_from([5.0, 20.0, 40.0]))
    hot = draw(st.sampled_from([0.0, 1.0, 100.0]))
    weak, strong = draw(st.sampled_from([(1e-4, 1e-2), (1e-3, 0.1), (0.05, 0.5)]))
    side = draw(st.sampled_from([(0.3, 1.8), (-1.8, 1.8)]))
    uniform = lambda low, high: rng.uniform(low, high, BATCH)
    base = {name: np.full(BATCH, value) for name, value in REFERENCE["base"].items()}
    return many(
        base | {
            "omega_2": uniform(0.8, 1.2), "gamma_1": uniform(weak, strong), "gamma_2": uniform(weak, strong),
            "kappa_a": uniform(0.05, 1.0), "kappa_m": uniform(0.05, 1.0), "chi": uniform(0.0, 0.3),
            "delta_a": uniform(*side), "delta_m": uniform(*side), "kerr": uniform(-1e-4, 1e-4),
            "sagnac": uniform(-0.4, 0.4), "drive_a": uniform(0.0, drive), "drive_m": uniform(0.0, drive),
            "nbar_1": uniform(0.0, hot), "nbar_2": uniform(0.0, hot),
        }
    )  # fmt: skip


@jax.jit
def measured(states):
    """Measures of all lanes of a batch, stable or not: one shape, one compilation."""
    return {
        "s_q": js.complete_synchronization(states),
        "spectrum": js.symplectic_eigenvalues(states, ("a", "b2")),
        "purity": js.purity(states),
        "entangled": js.logarithmic_negativity(states, ("m", "b1")),
        "steered": js.gaussian_steering(states, ("m", "b1")),
    }


def test_stable_states_obey_quantum_mechanics(find_fixed_points):
    seen = 0

    @EXAMPLES
    @given(devices())
    def check(models):
        nonlocal seen
        states = find_fixed_points(models)
        numbers = pick(jax.device_get(measured(states)), states.stable)
        V = states.covariance[states.stable]
        seen += len(V)
        # Rounding of the Lyapunov solve, relative to the largest variance over the slowest decay.
        size = np.abs(V).max(axis=(1, 2))
        assert np.all(smallest_uncertainty(V) > -1e-10 * size)
        assert np.all(numbers["s_q"] <= 1 + 1e-10 * size)
        assert np.all(numbers["spectrum"][:, 0] > 0.5 - 1e-6 * size)
        assert np.all((numbers["purity"] > 0) & (numbers["purity"] < 1 + 1e-6))
        # What is steered is entangled, and nothing is entangled by less than none.
        assert np.all(numbers["entangled"] >= 0)
        assert np.all(numbers["entangled"][numbers["steered"] > 1e-9] > 0)

    check()
    assert seen > 3000, seen


@EXAMPLES
@given(st.integers(0, 2**32 - 1), st.sampled_from([(0.0, 2.0), (0.0, 20.0)]))
def test_cells_obey_quantum_mechanics(seed, hot):
    rng = np.random.default_rng(seed)
    states = jax.device_get(cells_at_rest(random_chains(3, 256, rng, hot)))
    V = states.covariance[states.stable]
    assert len(V) > 50
    assert np.all(smallest_uncertainty(V) > -1e-10 * np.abs(V).max(axis=(1, 2)))
    s_q = np.asarray(js.complete_synchronization(states, ("b1", "b3")))
    assert np.all(s_q[states.stable] <= 1 + 1e-9)


def random_chains(cells, count, rng, hot=(0.0, 5.0)):
    """Chains driven on the red side, delta < 0 in their convention."""
    uniform = lambda low, high: rng.uniform(low, high, count)
    return js.models.OptomechanicalChain(
        cells=cells, omega=np.ones(count), delta=uniform(-1.5, -0.5), kappa=uniform(0.05, 0.5),
        gamma=uniform(1e-3, 0.05), g=uniform(1e-3, 1e-2), drive=uniform(1.0, 20.0), mu=uniform(0.0, 0.1),
        nbar=uniform(*hot), external=np.ones(count),
    )  # fmt: skip


def chain_by_hand(p, z):
    """Drift and diffusion of a chain at the amplitudes z, written from the linearized Langevin equations."""
    n = p.cells
    A, Q = np.zeros((4 * n, 4 * n)), np.zeros(4 * n)
    block = lambda w: np.array([[w.real, -w.imag], [w.imag, w.real]])  # do' = w do
    for j in range(n):
        a, b = slice(2 * j, 2 * j + 2), slice(2 * (n + j), 2 * (n + j) + 2)
        A[a, a] = block(-p.kappa + 1j * (p.delta + 2 * p.g * z[n + j].real))
        # da' = 2 i g a dRe(b) = sqrt2 i g a dX, in quadratures sqrt2 times that; db' = 2 i g Re(a* da).
        A[a, b] = 2 * p.g * np.array([[-z[j].imag, 0], [z[j].real, 0]])
        A[b, a] = 2 * p.g * np.array([[0, 0], [z[j].real, z[j].imag]])
        A[b, b] = block(-p.gamma - 1j * p.omega)
        for k in (j - 1, j + 1):
            if 0 <= k < n:
                A[b, 2 * (n + k) : 2 * (n + k) + 2] = block(1j * p.mu)
        Q[a], Q[b] = p.kappa, p.gamma * (2 * p.nbar + 1)
    return A, np.diag(Q)


@pytest.mark.parametrize("cells", [1, 2, 3, 6])
def test_chains_against_scipy(cells):
    # 50 of each size that are stable, 200 in all.
    states = jax.device_get(cells_at_rest(random_chains(cells, 120, np.random.default_rng(cells))))
    chosen = np.flatnonzero(states.stable)[:50]
    assert len(chosen) == 50
    for lane in chosen:
        state = pick(states, lane)
        A, Q = chain_by_hand(state.model, state.amplitudes)
        np.testing.assert_allclose(state.drift, A, atol=1e-13)
        V = scipy.linalg.solve_continuous_lyapunov(A, -Q)
        assert np.linalg.norm(state.covariance - V) < 1e-9 * np.linalg.norm(V)


def test_a_long_chain_against_scipy():
    # 128 quadratures: Kronecker's form would have 16,384 unknowns.
    state = js.find_fixed_point(js.models.OptomechanicalChain(cells=32, delta=-1.0, drive=10.0, nbar=2.0))
    assert state.stable
    A, Q = chain_by_hand(state.model, np.asarray(state.amplitudes))
    np.testing.assert_allclose(state.drift, A, atol=1e-13)
    V = scipy.linalg.solve_continuous_lyapunov(A, -Q)
    assert np.linalg.norm(state.covariance - V) < 1e-9 * np.linalg.norm(V)
    blue = js.find_fixed_point(js.models.OptomechanicalChain(cells=32, drive=10.0))
    assert not blue.stable
    assert np.linalg.eigvals(blue.drift).real.max() > 0


def test_magnomechanics_against_scipy():
    rng = np.random.default_rng(5)
    uniform = lambda low, high: rng.uniform(low, high, 400)
    models = js.models.CavityMagnomechanics(
        omega_b=np.ones(400), gamma_b=uniform(1e-5, 1e-3), kappa_a=uniform(0.05, 0.3), kappa_m=uniform(0.05, 0.3),
        delta_a=uniform(-1.5, 1.5), delta_m=uniform(0.5, 1.5), g_ma=uniform(0.1, 0.5), g_mb=np.full(400, 2e-8),
        coupling=uniform(0.05, 0.5), nbar_a=uniform(0, 0.1), nbar_m=uniform(0, 0.1), nbar_b=uniform(0, 50),
        external=np.ones(400),
    )  # fmt: skip
    find = jax.jit(jax.vmap(lambda m: js.find_fixed_point(m, m.working_point(), throw=False)))
    states = jax.device_get(find(models))
    chosen = np.flatnonzero(states.stable)[:200]
    assert len(chosen) == 200
    for lane in chosen:
        state = pick(states, lane)
        p = state.model
        A = np.array(
            [
                [-p.kappa_a, p.delta_a, 0, p.g_ma, 0, 0],
                [-p.delta_a, -p.kappa_a, -p.g_ma, 0, 0, 0],
                [0, p.g_ma, -p.kappa_m, p.delta_m, -p.coupling, 0],
                [-p.g_ma, 0, -p.delta_m, -p.kappa_m, 0, 0],
                [0, 0, 0, 0, 0, 1],
                [0, 0, 0, p.coupling, -1, -p.gamma_b],
            ]
        )
        Q = np.repeat([p.kappa_a * (2 * p.nbar_a + 1), p.kappa_m * (2 * p.nbar_m + 1), 0], 2)
        Q[5] = p.gamma_b * (2 * p.nbar_b + 1)
        V = scipy.linalg.solve_continuous_lyapunov(A, -np.diag(Q))
        assert np.linalg.norm(state.covariance - V) < 1e-9 * np.linalg.norm(V)
