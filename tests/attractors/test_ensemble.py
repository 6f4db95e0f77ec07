"""Truncated-Wigner ensembles against linear theory where that is exact or good, and where it fails.

Sampling errors shrink as 1/sqrt(trajectories); the bounds are stated in standard errors, and seeds are fixed.
"""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, model_of
from scipy.integrate import quad
from systems import Oscillator, Runaway

import jaxsync as js
from jaxsync.attractors.ensemble import covariance_of, sample_trajectories

WINDOW = np.linspace(1000.0, 1200.0, 41)
BY_NAME = {case["name"]: case for case in CASES}


ESCAPE = Runaway(rest=1.0, noise=0.4)  # rest is stable, and whoever is thrown beyond |z| = 1 runs away


class Duffing(js.Model):
    """x' = p, p' = -x - x^3 - p + noise of temperature 1, x and p the quadratures."""

    modes: ClassVar = ("z",)

    def rates(self, z):
        x, p = np.sqrt(2) * z[0].real, np.sqrt(2) * z[0].imag
        return jnp.stack([p - 1j * (x + x**3 + p)]) / np.sqrt(2)

    def diffusion(self):
        return jnp.array([0.0, 2.0])


SHORT = js.Settings(thorough=False)


@pytest.fixture(scope="module")
def red_detuned():
    """At rest: 1,024 trajectories at twelve late times, far enough apart to be nearly independent."""
    model = model_of(BY_NAME["red detuned stable fixed point"]["change"])
    return js.simulate_ensemble(model, np.linspace(120.0, 450.0, 12), 1024, seed=1)


def test_red_detuned_ensemble_has_the_lyapunov_covariance(red_detuned):
    """Every element within its standard error: of the 64 x 12, one in 370 lies beyond three, none beyond five."""
    expected = np.asarray(js.find_fixed_point(red_detuned.model).covariance)
    found, count = red_detuned.covariance, len(red_detuned.trajectories)
    # The sampling variance of a Gaussian's covariance element is (V_ii V_jj + V_ij^2) / count.
    error = np.sqrt((np.outer(np.diag(expected), np.diag(expected)) + expected**2) / count)
    deviation = (found - expected[None]) / error[None]
    assert np.abs(deviation).max() < 5
    assert (np.abs(deviation) < 3).mean() > 0.98
    assert np.abs(deviation.mean(axis=0)).max() < 3.5 / np.sqrt(12) * 1.5  # a bias would add up over the times
    assert red_detuned.outcomes == (js.Outcome.FIXED_POINT,)
    np.testing.assert_array_equal(red_detuned.shares, [1.0])


def test_red_detuned_s_q_lies_within_its_error(red_detuned):
    value = np.asarray(js.complete_synchronization(red_detuned))
    error = red_detuned.standard_error(js.complete_synchronization)
    assert np.all(np.abs(value - BY_NAME["red detuned stable fixed point"]["fixed_point"]["s_q"]) < 4 * error)
    np.testing.assert_allclose(error, value / np.sqrt(1024), rtol=0.5)  # two degrees of freedom: 1/sqrt(count), roughly


def test_seeds_reproduce_extend_and_differ(red_detuned):
    """The first 200 of 1,024, whichever chunks they were computed in; another seed shares none of them."""
    fewer, other = (js.simulate_ensemble(red_detuned.model, red_detuned.times, 200, seed=seed) for seed in (1, 2))
    np.testing.assert_array_equal(fewer.trajectories, red_detuned.trajectories[:200])
    assert np.all(other.trajectories != fewer.trajectories)


@pytest.mark.slow
def test_a_locked_cycle_survives_the_noise():
    """kerr = -2e-5: within three standard errors and 2 % of linear theory, and in one attractor."""
    ensemble = js.simulate_ensemble(model_of({"kerr": -2e-5}), WINDOW, 256, seed=0)
    value = float(js.complete_synchronization(ensemble).mean())
    error = float(ensemble.standard_error(lambda e: js.complete_synchronization(e).mean()))
    linear = BY_NAME["kerr -2e-5"]["window"]["s_q_mean"]
    assert abs(value - linear) < 3 * error + 0.02 * linear
    assert error < 0.1 * linear  # else the test above would pass for anything
    assert len(ensemble.shares) == 1


@pytest.mark.slow
def test_noise_throws_trajectories_into_another_basin():
    """kerr = 0: linear theory says 0.187; the ensemble splits over in-phase and anti-phase cycles."""
    ensemble = js.simulate_ensemble(model_of({}), WINDOW, 256, seed=0)
    assert float(js.complete_synchronization(ensemble).mean()) < 1e-3
    assert len(ensemble.shares) >= 2
    assert 0.8 < ensemble.shares[0] < 0.99
    np.testing.assert_allclose(ensemble.shares.sum(), 1)
    np.testing.assert_allclose(np.bincount(ensemble.labels) / 256, ensemble.shares)
    assert "attractor" in repr(ensemble)
    # The share that left is told by its amplitudes, those of an anti-phase cycle.
    np.testing.assert_allclose(ensemble.sizes[1][2:], [250, 425], rtol=0.01)


def test_divergent_trajectories_are_counted_and_the_others_kept():
    ensemble = js.simulate_ensemble(ESCAPE, np.linspace(1.0, 4.0, 4), 200, seed=0, settings=SHORT)
    assert 20 < ensemble.diverged < 180
    assert len(ensemble.trajectories) == 200 - ensemble.diverged
    assert np.all(np.isfinite(ensemble.trajectories))
    assert f"{ensemble.diverged} diverged" in repr(ensemble)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trajectories": 0}, "`trajectories` must be 1 or more"),
        ({"step": 1.0}, r"`step` must be positive and at most 0\.\d+"),
        ({"step": -0.1}, "`step`"),
        ({"times": [2.0, 1.0]}, "`times`"),
    ],
)
def test_bad_input(change, words):
    arguments = {"times": np.array([1.0, 2.0]), "trajectories": 4, "seed": 0} | change
    with pytest.raises(js.InputError, match=words):
        js.simulate_ensemble(ESCAPE, **arguments, settings=SHORT)


def test_the_step_that_is_named_will_do():
    with pytest.raises(js.InputError) as error:
        js.simulate_ensemble(ESCAPE, np.array([1.0]), 4, 0, step=1.0, settings=SHORT)
    named = float(str(error.value).split("at most ")[1].split()[0])
    _, _, step = sample_trajectories(ESCAPE, np.array([1.0]), 4, 0, None, step=named)
    assert 0 < step <= named


@pytest.mark.parametrize("unit", [1.0, 1e7])
@pytest.mark.parametrize(("gamma", "n"), [(1e-1, 0.0), (1e-3, 10.0), (1e-5, 10.0), (1e-6, 1000.0)])
def test_what_is_weakly_damped_is_not_heated(gamma, n, unit):
    """A mode in its bath from its equilibrium: <|z|^2> = n + 1/2 at all times, in any unit, four standard errors."""
    model = Oscillator(omega=unit, gamma=gamma * unit, n=n, drive=0.0)
    start = (np.zeros(1), (n + 0.5) * np.eye(2))
    _, seen, _ = sample_trajectories(model, np.array([500.0, 1000.0]) / unit, 4096, 0, start)
    quanta = np.mean(np.abs(seen[..., 0]) ** 2, axis=0)
    np.testing.assert_array_less(np.abs(quanta / (n + 0.5) - 1), 4 / np.sqrt(4096))  # |z|^2 is exponential


def test_phonons_of_high_quality_have_the_lyapunov_covariance():
    """The paper's device at rest with gamma = 1e-4 and n = 10, which explicit Runge-Kutta heats by a third."""
    change: dict[str, float] = {
        "delta_a": 1.0,
        "delta_m": 1.0,
        "gamma_1": 1e-4,
        "gamma_2": 1e-4,
        "nbar_1": 10.0,
        "nbar_2": 10.0,
    }
    model = js.OptoMagnoMechanical(**change, drive_a=2.0, drive_m=2.0)
    rest = js.find_fixed_point(model)
    V = np.asarray(rest.covariance)
    _, seen, _ = sample_trajectories(model, WINDOW[::10], 1024, 0, rest)
    error = np.sqrt((np.outer(np.diag(V), np.diag(V)) + V**2) / 1024)
    deviation = (covariance_of(seen) - V[None]) / error[None]
    assert np.abs(deviation).max() < 4.5  # of 36 x 5 independent ones, none in all likelihood


def test_a_duffing_oscillator_has_boltzmanns_variances():
    """<p^2> = T, and <x^2> by quadrature, at T = 1; eleven times, four standard errors of the means over them."""
    _, seen, _ = sample_trajectories(Duffing(), np.linspace(20.0, 60.0, 11), 4096, 0, None)
    weight = lambda x: np.exp(-(x**2) / 2 - x**4 / 4)
    expected = quad(lambda x: x**2 * weight(x), -6, 6)[0] / quad(weight, -6, 6)[0]
    for values, truth in ((2 * np.real(seen) ** 2, expected), (2 * np.imag(seen) ** 2, 1.0)):
        means = values[..., 0].mean(axis=1)
        assert abs(means.mean() - truth) < 4 * means.std() / np.sqrt(4096)


def test_too_few_resamples_are_refused(red_detuned):
    with pytest.raises(js.InputError, match="`resamples`"):
        red_detuned.standard_error(js.complete_synchronization, resamples=1)
