"""S_Q, S_C, S_p and effective couplings of states whose means and covariances are given."""

import numpy as np
from cases import trajectory

import jaxsync as js


def test_measures_of_a_known_state():
    model = js.OptoMagnoMechanical()

    def state(amplitudes, covariance):
        return trajectory(model, np.zeros(1), np.array([amplitudes]), covariance[None])

    # Vacuum: 1 / (1/2 + 1/2), and (1/2) / <dp'_-^2> with 1/2 in any direction.
    vacuum = state([1, 1, 1, 1], np.eye(8) / 2)
    for value in (js.complete_synchronization(vacuum), js.phase_synchronization(vacuum)):
        np.testing.assert_allclose(value, [1.0], rtol=1e-14)
    # Equal means leave nothing in the relative quadratures.
    np.testing.assert_allclose(js.complete_synchronization(vacuum, include_means=True), [1.0], rtol=1e-14)
    # b1 = 2 and b2 = -i: X_- + i Y_- = 2 + i, whose square is 5. Their angles 0 and -pi/2 make p' = Y_1 and X_2.
    V = np.diag([0.5, 0.5, 0.5, 0.5, 1.0, 2.0, 4.0, 8.0])
    V[5, 6] = V[6, 5] = 0.7
    other = state([2, 3j, 2, -1j], V)
    np.testing.assert_allclose(js.complete_synchronization(other), [1 / 7.5], rtol=1e-14)
    np.testing.assert_allclose(js.complete_synchronization(other, include_means=True), [1 / 12.5], rtol=1e-14)
    np.testing.assert_allclose(js.phase_synchronization(other), [1 / (2.0 + 4.0 - 2 * 0.7)], rtol=1e-14)
    couplings = js.effective_couplings(other)
    np.testing.assert_allclose([couplings["a"][0], couplings["m"][0]], [0.005 * 2, 0.005 * 3], rtol=1e-14)
