"""Entanglement, purity, squeezing and steering against closed forms and brute force."""

import jax
import numpy as np
import pytest
import scipy.linalg
from cases import model_of
from random_states import (
    BIPARTITIONS,
    MODES,
    STATE,
    STATES,
    brute_force_negativity,
    brute_force_spectrum,
    reduced,
    sides,
    state_of,
)

import jaxsync as js
from jaxsync.measures import covariances


@pytest.mark.parametrize("modes", BIPARTITIONS)
def test_negativity_by_brute_force(modes):
    first, second = sides(modes)
    expected = [brute_force_negativity(reduced(V, first + second), len(first)) for V in STATES]
    assert sum(e > 0.01 for e in expected) > 50 and (len(first + second) == 4 or min(expected) == 0)
    # The eigenvalues of the non-symmetric product are the less accurate side.
    np.testing.assert_allclose(js.logarithmic_negativity(STATE, modes), expected, atol=1e-8)


@pytest.mark.parametrize("r", [1e-6, 1e-3, 0.5, 3.0])
def test_two_mode_squeezed_vacuum(r):
    c, s = np.cosh(2 * r) / 2, np.sinh(2 * r) / 2
    V = np.eye(8) / 2
    V[4:, 4:] = np.kron(np.array([[c, 0], [0, c]]), np.eye(2)) + np.kron(np.array([[0, s], [s, 0]]), np.diag([1, -1]))
    state = state_of(V[None])
    # Rounding of exp(2 r) against exp(-2 r), which is 1e-5 at r = 3.
    tight = {"rtol": 1e-9, "atol": 1e-14}
    np.testing.assert_allclose(js.logarithmic_negativity(state, ("b1", "b2")), [2 * r], **tight)
    np.testing.assert_allclose(js.gaussian_steering(state, ("b1", "b2")), [np.log(np.cosh(2 * r))], **tight)
    np.testing.assert_allclose(js.purity(state), [1.0], rtol=1e-9)
    np.testing.assert_allclose(js.purity(state, "b1"), [1 / np.cosh(2 * r)], rtol=1e-9)
    np.testing.assert_allclose(js.symplectic_eigenvalues(state, ("b1", "b2")), [[0.5, 0.5]], rtol=1e-6)
    # No quadrature of either mode is squeezed; X1 - X2 and Y1 + Y2 are.
    np.testing.assert_allclose(js.minimum_variance(state, "b1"), [c], rtol=1e-12)
    np.testing.assert_allclose(js.minimum_variance(state, {"b1": 1, "b2": -1}), [np.exp(-2 * r) / 2], **tight)
    np.testing.assert_allclose(js.squeezing_db(state, ("b1", "b2")), [20 * r / np.log(10)], rtol=1e-8, atol=1e-12)


def test_squeezed_mode_at_an_angle():
    angle, r = 0.7, 0.4
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    V = np.eye(8) / 2
    V[2:4, 2:4] = turn @ np.diag([np.exp(-2 * r), np.exp(2 * r)]) @ turn.T / 2
    state = state_of(V[None])
    np.testing.assert_allclose(js.squeezing_db(state, "m"), [20 * r / np.log(10)], rtol=1e-12)
    np.testing.assert_allclose(js.squeezing_db(state, "a"), [0.0], atol=1e-12)
    np.testing.assert_allclose(js.minimum_variance(state, MODES), [np.exp(-2 * r) / 2], rtol=1e-12)
    # A combination with weights (1, 1) keeps half the squeezed variance and half the vacuum's.
    expected = (np.exp(-2 * r) / 2 + 0.5) / 2
    np.testing.assert_allclose(js.minimum_variance(state, {"m": 3, "a": 3}), [expected], rtol=1e-12)


def test_combinations_are_what_beam_splitters_give():
    # The quadratures of w . o by hand: X = sum Re(w) X_k - Im(w) Y_k, Y = sum Im(w) X_k + Re(w) Y_k.
    weights = {"b2": 0.3 - 0.4j, "m": -1.2, "a": 0.9j}
    norm = np.sqrt(sum(abs(w) ** 2 for w in weights.values()))
    rows = np.zeros((2, 8))
    for name, w in weights.items():
        k = 2 * MODES.index(name)
        rows[:, k], rows[:, k + 1] = np.array([w.real, w.imag]) / norm, np.array([-w.imag, w.real]) / norm
    expected = [np.linalg.eigvalsh(rows @ V @ rows.T)[0] for V in STATES]
    np.testing.assert_allclose(js.minimum_variance(STATE, weights), expected, rtol=1e-10)
    everything = [np.linalg.eigvalsh(reduced(V, ("a", "b1")))[0] for V in STATES]
    np.testing.assert_allclose(js.minimum_variance(STATE, ("a", "b1")), everything, rtol=1e-10)


def test_steering_by_brute_force():
    for first, second in (("a", "m"), ("m", "a"), ("b1", ("a", "b2")), (("a", "m"), "b1")):
        A, B = sides((first, second))
        expected = []
        for V in STATES:
            both = reduced(V, A + B)
            k = 2 * len(A)
            nu = brute_force_spectrum(np.linalg.inv(np.linalg.inv(both)[k:, k:]))  # Schur complement
            expected.append(-np.log(2 * nu[nu < 0.5]).sum())
        assert np.count_nonzero(expected) > 5
        np.testing.assert_allclose(js.gaussian_steering(STATE, (first, second)), expected, atol=1e-8)
    # Both ways differ, and what can be steered is entangled.
    there, back = js.gaussian_steering(STATE, ("a", "m")), js.gaussian_steering(STATE, ("m", "a"))
    assert np.any((np.asarray(there) > 0) & (np.asarray(back) == 0))
    entangled = js.logarithmic_negativity(STATE, ("a", "m"))
    assert np.all(entangled[(there > 0) | (back > 0)] > 0)


def test_residual_contangle():
    names = ("a", "m", "b1")
    E = lambda V, *modes: brute_force_negativity(reduced(V, modes), 1) ** 2
    expected = []
    for V in STATES:
        parts = [
            E(V, i, j, k) - E(V, i, j) - E(V, i, k) for i, j, k in (names, names[1:] + names[:1], ("b1", "a", "m"))
        ]
        expected.append(min(parts))
    np.testing.assert_allclose(js.residual_contangle(STATE, names), expected, atol=1e-7)
    # All orders of the names give the same; a third mode in vacuum leaves nothing tripartite.
    np.testing.assert_allclose(js.residual_contangle(STATE, ("b1", "a", "m")), expected, atol=1e-7)
    V = scipy.linalg.block_diag(reduced(STATES[0], ("a", "m")), np.eye(4) / 2)
    np.testing.assert_allclose(js.residual_contangle(state_of(V[None]), names), [0.0], atol=1e-10)


def test_purity_and_spectrum_by_brute_force():
    for names in (("a",), ("m", "b2"), ("a", "b1", "b2"), MODES):
        spectra = np.array([brute_force_spectrum(reduced(V, names)) for V in STATES])
        np.testing.assert_allclose(js.symplectic_eigenvalues(STATE, names), spectra, rtol=1e-7)
        np.testing.assert_allclose(js.purity(STATE, names), 1 / np.prod(2 * spectra, axis=1), rtol=1e-7)
    assert np.all(js.symplectic_eigenvalues(STATE) > 0.5 - 1e-9)


def test_there_and_back_between_conventions():
    np.testing.assert_allclose(js.from_xxpp(js.to_xxpp(STATES)), STATES, rtol=1e-15)
    np.testing.assert_allclose(js.from_xxpp(js.to_xxpp(STATES, hbar=0.5), hbar=0.5), STATES, rtol=1e-15)
    V = np.diag([1.0, 2.0, 3.0, 4.0])  # X1, Y1, X2, Y2
    np.testing.assert_allclose(js.to_xxpp(V), 2 * np.diag([1.0, 3.0, 2.0, 4.0]), rtol=1e-15)


def test_measures_of_a_fixed_point_in_both_directions():
    model = model_of({"delta_a": 1.0, "delta_m": 1.24, "kerr": -9e-5})
    there, back = (js.logarithmic_negativity(js.find_fixed_point(m), ("m", "b1")) for m in (model, model.reversed()))
    expected = [
        brute_force_negativity(reduced(np.asarray(js.find_fixed_point(m).covariance), ("m", "b1")), 1)
        for m in (model, model.reversed())
    ]
    np.testing.assert_allclose([there, back], expected, atol=1e-9)
    assert js.contrast(there, back) > 0.3
    # Unstable: no covariance, no number.
    assert np.isnan(js.logarithmic_negativity(js.find_fixed_point(model_of({})), ("m", "b1")))


@pytest.mark.slow
def test_on_a_cycle_entanglement_needs_the_phase_variance(find_cycles):
    cycle = jax.tree.map(
        lambda leaf: leaf[0], find_cycles(jax.tree.map(lambda x: np.array([x]), model_of({"kerr": -2e-5})))
    )
    state, variance = cycle.at(1100.0), float(cycle.phase_variance(1100.0))
    V, u, c = cycle.transverse_covariance, cycle.tangents, cycle.phase_correlation
    mixed = u[:, :, None] * c[:, None, :]
    physical = V + mixed + np.swapaxes(mixed, 1, 2) + variance * u[:, :, None] * u[:, None, :]
    for pair in (("a", "b2"), ("b1", "b2")):
        expected = [np.mean([brute_force_negativity(reduced(W, pair), 1) for W in each]) for each in (V, physical)]
        rows = np.array([2 * MODES.index(name) + part for name in pair for part in (0, 1)])
        reference = np.mean(covariances.negativity(V[:, rows[:, None], rows[None]], 1))
        np.testing.assert_allclose([reference, js.logarithmic_negativity(state, pair)], expected, atol=1e-7)
    # The reference that is no state looks entangled, the state is not; one number per cycle, or one per eigenvalue.
    assert reference > 0.3
    assert js.logarithmic_negativity(state, ("b1", "b2")) == 0
    assert np.shape(js.symplectic_eigenvalues(state, ("b1", "b2"))) == (2,)
    for measure in (js.purity, js.minimum_variance, js.squeezing_db):
        assert np.shape(measure(state, "b1")) == ()
        with pytest.raises(js.InputError, match=r"limit cycle.*give cycle\.at\(time\)"):
            measure(cycle, "b1")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: js.logarithmic_negativity(STATE, "b1"), "`modes` must name the two sides of a bipartition.*'b1'"),
        (lambda: js.logarithmic_negativity(STATE, ("b1",)), "two sides of a bipartition"),
        (lambda: js.logarithmic_negativity(STATE, ("b1", ("b1", "a"))), "different modes, each once.*'b1', 'b1', 'a'"),
        (lambda: js.gaussian_steering(STATE, ("b1", "c")), "`modes` must name modes of the model.*'c'"),
        (lambda: js.gaussian_steering(STATE, ("b1", ())), "two sides of a bipartition, each of at least one mode"),
        (lambda: js.residual_contangle(STATE, ("b1", "b2")), "`modes` must name three different modes"),
        (lambda: js.purity(STATE, ()), "`modes` must name different modes, each once"),
        (lambda: js.squeezing_db(STATE, {"b1": 0.0}), "`modes` must have finite weights that are not all zero"),
    ],
)
def test_what_cannot_be_measured_is_refused(call, message):
    with pytest.raises(js.InputError, match=message):
        call()
