"""The growth of 1/S_Q that phase diffusion predicts, against mean field and covariance integrated in time."""

import jax
import numpy as np
import pytest
from cases import model_of, stack

import jaxsync as js

# Growth per 1/omega_1 found by independent integration.
GROWTH = [
    ({"kerr": -2e-5}, 3.722e-5),
    ({"kerr": 1e-5}, 0.1247),
    ({"kerr": 2e-5}, 0.0714),
    ({"sagnac": -0.32}, 6.06e-5),
]
PERIODS = 40


@pytest.mark.slow
def test_growth_of_the_inverse_follows_from_phase_diffusion(find_cycles):
    models = stack([model_of(change) for change, _ in GROWTH])
    cycles = find_cycles(models)
    u = cycles.tangents
    relative = ((u[..., 4] - u[..., 6]) ** 2 + (u[..., 5] - u[..., 7]) ** 2) / 2
    predicted = cycles.phase_diffusion * relative.mean(axis=1)

    @jax.jit
    @jax.vmap
    def inverse_mean(model, times):
        return 1 / js.complete_synchronization(js.simulate(model, times))

    # The same points of the orbit early and late, so that nothing but the diffusion tells them apart.
    phases = np.arange(16) / 16
    turns = np.concatenate([phases, PERIODS + phases])
    start = 1500.0  # the transient has died away
    values = np.asarray(inverse_mean(models, start + cycles.period[:, None] * turns[None]))
    measured = (values[:, 16:] - values[:, :16]).mean(axis=1) / (PERIODS * cycles.period)
    np.testing.assert_allclose(predicted, measured, rtol=0.02)
    np.testing.assert_allclose(measured, [growth for _, growth in GROWTH], rtol=0.02)
    assert np.all(cycles.stable)
