"""Gaussian measures and conventions against QuTiP and thewalrus."""

import numpy as np
import pytest
from random_states import BIPARTITIONS, STATE, STATES, reduced, sides

import jaxsync as js
from jaxsync.measures import covariances


@pytest.mark.parametrize("modes", BIPARTITIONS)
def test_negativity_of_thewalrus(modes):
    quantum = pytest.importorskip("thewalrus.quantum", reason="thewalrus needs numba, which lags behind Python")
    first, second = sides(modes)
    found = js.logarithmic_negativity(STATE, modes)
    for V, E in zip(STATES[:50], found, strict=False):
        xxpp = js.to_xxpp(reduced(V, first + second))
        assert quantum.is_valid_cov(np.asarray(xxpp), hbar=2)
        expected = quantum.log_negativity(np.asarray(xxpp), modes_A=list(range(len(first))), hbar=2)
        np.testing.assert_allclose(E, expected, atol=1e-8)


def test_conventions_and_spectra_of_thewalrus():
    symplectic = pytest.importorskip("thewalrus.symplectic", reason="thewalrus needs numba, which lags behind Python")
    decompositions = pytest.importorskip("thewalrus.decompositions")
    np.testing.assert_allclose(js.to_xxpp(STATES[0], hbar=1.0), symplectic.xpxp_to_xxpp(STATES[0]), rtol=1e-15)
    np.testing.assert_allclose(js.to_xxpp(np.eye(8) / 2), symplectic.vacuum_state(4, hbar=2)[1], rtol=1e-15)
    found = js.symplectic_eigenvalues(STATE)
    for V, nu in zip(STATES[:50], found, strict=False):
        expected = np.sort(np.abs(decompositions.symplectic_eigenvals(np.asarray(js.to_xxpp(V))))) / 2
        np.testing.assert_allclose(nu, expected, rtol=1e-7)


def test_negativity_of_qutip():
    qutip = pytest.importorskip("qutip.continuous_variables")
    found = js.logarithmic_negativity(STATE, ("m", "b1"))
    expected = [qutip.logarithmic_negativity(reduced(V, ("m", "b1"))) for V in STATES]
    # QuTiP subtracts squares, and loses half the digits where the two eigenvalues are close.
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_covariance_of_a_qutip_state():
    # The full quantum state of squeezed light on a beam splitter, its moments taken by QuTiP in the number basis.
    qutip = pytest.importorskip("qutip")
    size, r = 24, 0.25  # the levels left out hold some tanh(r)^24
    a = qutip.tensor(qutip.destroy(size), qutip.qeye(size))
    b = qutip.tensor(qutip.qeye(size), qutip.destroy(size))
    state = qutip.tensor(qutip.squeeze(size, r) * qutip.basis(size, 0), qutip.basis(size, 0))
    state = (-0.25 * np.pi * (a.dag() * b - a * b.dag())).expm() * state
    R = [(o + o.dag()) / np.sqrt(2) for o in (a, b)] + [1j * (o.dag() - o) / np.sqrt(2) for o in (a, b)]
    X1, X2, Y1, Y2 = R
    quadratures = (X1, Y1, X2, Y2)
    V = np.array([[qutip.expect((p * q + q * p) / 2, state).real for q in quadratures] for p in quadratures])
    # ||rho^T_A||_1 by the singular values of the partially transposed density matrix: pure, so (sum of Schmidt)^2.
    schmidt = np.linalg.svd(state.full().reshape(size, size), compute_uv=False)
    np.testing.assert_allclose(covariances.negativity(V, 1), 2 * np.log(schmidt.sum()), rtol=1e-6)
    np.testing.assert_allclose(covariances.purity(V), 1.0, rtol=1e-7)
    np.testing.assert_allclose(covariances.minimum_variance(V), np.exp(-2 * r) / 2, rtol=1e-7)
