"""Measures of many oscillators, of states whose means and covariances are given, and of chains whose state is known."""

from itertools import combinations
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import trajectory

import jaxsync as js


@pytest.fixture(scope="module")
def state():
    """Five modes at three times, random."""
    rng = np.random.default_rng(0)
    model = SimpleNamespace(modes=("a", "b", "c", "d", "e"), pair=None)
    root = rng.normal(size=(3, 10, 10))
    z = rng.normal(size=(3, 5)) + 1j * rng.normal(size=(3, 5))
    return trajectory(model, np.arange(3.0), z, root @ np.swapaxes(root, 1, 2))


@pytest.mark.parametrize("means", [False, True])
def test_matrices_are_the_measures_of_pairs(state, means):
    found = js.synchronization_matrix(state, include_means=means)
    phases = js.phase_synchronization_matrix(state, ("d", "b", "a"))
    for i, j in combinations(range(5), 2):
        pair = state.model.modes[i], state.model.modes[j]
        expected = js.complete_synchronization(state, pair, include_means=means)
        np.testing.assert_allclose(found[:, i, j], expected, rtol=1e-12)
        np.testing.assert_array_equal(found[:, i, j], found[:, j, i])
    np.testing.assert_allclose(phases[:, 0, 2], js.phase_synchronization(state, ("d", "a")), rtol=1e-12)
    assert np.all(np.isnan(np.diagonal(found, axis1=1, axis2=2)))


def test_of_two_modes_collective_synchronization_is_theirs(state):
    for means in (False, True):
        expected = js.complete_synchronization(state, ("a", "c"), include_means=means)
        found = js.collective_synchronization(state, ("a", "c"), include_means=means)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_collective_mode_takes_its_part_of_the_variance(state):
    """tr V less the variance of sum_j o_j / sqrt(5), over four modes."""
    V = state.covariance
    A = np.kron(np.ones((1, 5)), np.eye(2)) / np.sqrt(5)
    rest = np.trace(V, axis1=1, axis2=2) - np.trace(A @ V @ A.T, axis1=1, axis2=2)
    np.testing.assert_allclose(js.collective_synchronization(state), 4 / rest, rtol=1e-12)


def test_vacuum_has_one(state):
    vacuum = trajectory(state.model, np.zeros(1), np.ones((1, 5)), np.eye(10)[None] / 2)
    np.testing.assert_allclose(js.collective_synchronization(vacuum), [1.0], rtol=1e-14)
    np.testing.assert_allclose(js.synchronization_matrix(vacuum)[0][np.triu_indices(5, 1)], 1.0, rtol=1e-14)


def test_order_and_locking_by_brute_force(state):
    phases = np.angle(state.amplitudes)
    np.testing.assert_allclose(js.kuramoto_order(state), np.abs(np.exp(1j * phases).mean(axis=1)), rtol=1e-13)
    locking = np.abs(np.exp(1j * (phases[:, :, None] - phases[:, None, :])).mean(axis=0))
    np.testing.assert_allclose(js.phase_locking(state), locking, rtol=1e-13)


def test_a_mode_that_does_not_oscillate_counts_as_zero(state):
    z = np.array([[1.0, 1.0, 1.0, 1.0, 0.0]])
    still = trajectory(state.model, np.zeros(1), z, None)
    np.testing.assert_allclose(js.kuramoto_order(still), [0.8], rtol=1e-14)
    np.testing.assert_allclose(js.phase_locking(still)[:, 4], 0.0)
    order = lambda z: js.kuramoto_order(trajectory(state.model, np.zeros(1), z, None))[0]
    assert np.all(np.isfinite(jax.grad(lambda x: order(x * (1 + 1j)))(jnp.asarray(z))))


def test_modes_that_cannot_be(state):
    for modes, message in (
        (("a", "z"), "must name modes"),
        (("a",), "two or more"),
        ("ab", "two or more"),
        (("a", "a"), "different"),
    ):
        with pytest.raises(js.InputError, match=message):
            js.kuramoto_order(state, modes)


@pytest.fixture(scope="module")
def row():
    """Three oscillators in a row, alike: they move in phase."""
    return js.models.VanDerPolArray(loss=0.05)


def test_a_cycle_has_means_over_its_orbit(row):
    cycle = js.find_limit_cycle(row, [3.0, 2.5, 2.0])
    np.testing.assert_allclose(js.kuramoto_order(cycle), 1.0, rtol=1e-9)
    np.testing.assert_allclose(js.phase_locking(cycle), np.ones((3, 3)), rtol=1e-9)
    found = js.synchronization_matrix(cycle)
    np.testing.assert_allclose(found[0, 2], js.complete_synchronization(cycle, ("a1", "a3")), rtol=1e-12)
    # Alike and in phase, they differ by the row's own modes: damping of phase differences G k / 2 with the Laplacian's
    # k = 1 and 3, of amplitudes 2 loss n more, for the noise d = gain/2 + 2 loss n + G k / 2 each, n = 11.
    spread = sum((1.6 + 0.1 * k) * (1 / (0.2 * k) + 1 / (0.2 * k + 4 * 0.05 * 11)) for k in (1, 3))
    np.testing.assert_allclose(js.collective_synchronization(cycle), 2 / spread, rtol=1e-6)


def test_an_ensemble_has_the_mean_of_its_trajectories(row):
    ensemble = js.simulate_ensemble(row, [1.0, 2.0], 30, 0, [3.0, 2.5, 2.0], settings=js.Settings(thorough=False))
    phasors = np.exp(1j * np.angle(ensemble.trajectories))
    np.testing.assert_allclose(js.kuramoto_order(ensemble), np.abs(phasors.mean(axis=2)).mean(axis=0), rtol=1e-12)
    locking = np.abs(np.einsum("ktj,kti->ji", phasors, phasors.conj()) / 60)
    np.testing.assert_allclose(js.phase_locking(ensemble), locking, rtol=1e-12)
    assert js.collective_synchronization(ensemble).shape == (2,)


class DimerizedChain(js.models.VanDerPolArray):
    """The mean field of C. W. Waechtler, G. Platero, Phys. Rev. Research 5, 023021 (2023), with bonds from the edge
    0.25 (1 - d), 0.25 (1 + d), ...: for d > 0 the chain has a mode at either end, in the middle of the gap."""

    noise_induced = False

    @classmethod
    def of(cls, dimerization):
        bonds = 0.25 * (1 + dimerization * (-1.0) ** np.arange(1, 20))
        return cls(omega=0.0, gain=5e-3, loss=1e-2, exchange=np.diag(bonds, 1) + np.diag(bonds, -1))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("dimerization", [-0.8, -0.4, 0.4, 0.6, 0.8])
def test_ends_of_a_dimerized_chain_lock_in_its_topological_phase_only(dimerization, seed):
    """From random amplitudes, t in [2e4, 2.4e4]; classical Runge-Kutta steps of 0.1 in numba gave, for d = 0.4, 0.6,
    0.8, 0.913 to 0.925, 0.979 to 0.980 and 0.995 to 0.997, and at most 0.53 for d < 0."""
    rng = np.random.default_rng(seed)
    start = (rng.normal(size=20) + 1j * rng.normal(size=20)) / 2
    seen = js.simulate(
        DimerizedChain.of(dimerization), np.linspace(2e4, 2.4e4, 4001), start, covariance=False, rtol=1e-6, atol=1e-6
    )
    locking = js.phase_locking(seen)
    if dimerization < 0:
        assert locking[0, -1] < 0.6
    else:
        np.testing.assert_allclose(locking[0, -1], {0.4: 0.92, 0.6: 0.98, 0.8: 0.996}[dimerization], atol=0.01)
        # Not with their neighbours, and the bulk not with itself.
        assert max(locking[0, 1], locking[8, 9], locking[-2, -1]) < 0.1
