"""Random imperfections with known distributions, and statistics over them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxsync as js
from jaxsync import design

MODEL = js.OptoMagnoMechanical(kerr=-2e-5)


def test_tolerance_of_a_measure_with_a_known_distribution():
    # A log-normal with sigma 0.2 through the power -1/2: ln of the measure is normal with sigma 0.1.
    found = design.tolerance(lambda m: m.g_a, MODEL, {"g_a": (0.2, -0.5), "gamma_1": 0.1}, samples=4096, seed=5)
    logs = np.log(found.values / 0.005)
    np.testing.assert_allclose([logs.mean(), logs.std()], [0, 0.1], atol=0.005)  # three standard errors
    np.testing.assert_allclose(found.quantile(0.1), 0.005 * np.exp(-0.1 * 1.2816), rtol=0.01)
    assert abs(found.yield_above(0.005) - 0.5) < 0.025
    assert found.nominal == 0.005
    np.testing.assert_allclose(found.factors["g_a"], found.values / 0.005)
    np.testing.assert_allclose(np.log(found.factors["gamma_1"]).std(), 0.1, rtol=0.04)


def test_devices_without_a_value_count_as_the_worst():
    found = design.tolerance(lambda m: jnp.where(m.g_a > 0.005, m.g_a, jnp.nan), MODEL, {"g_a": 0.1}, samples=512)
    assert found.quantile(0.1) == -np.inf and found.quantile(0.9) > 0.005
    assert abs(found.yield_above(0.0) - 0.5) < 0.1
    assert "without a value" in repr(found)


def test_robust_objectives_are_statistics_over_one_sample():
    measure = lambda m: m.g_a / 0.005
    values = {
        s: design.robust({"g_a": 0.1}, measure, statistic=s, samples=64, seed=2)(MODEL) for s in ("mean", "worst", 0.1)
    }
    assert values["worst"] < values[0.1] < values["mean"]
    np.testing.assert_allclose(values["mean"], np.exp(0.005), atol=0.01)
    slope = jax.grad(design.robust({"g_a": 0.1}, measure, statistic=0.1, samples=64, seed=2))(MODEL)
    np.testing.assert_allclose(slope.g_a * 0.005, values[0.1], rtol=1e-6)  # the measure is linear in g_a


@pytest.mark.parametrize(
    ("spread", "message"),
    [
        ({}, "empty"),
        ({"g_b": 0.1}, "did you mean"),
        ({"g_a": -0.1}, "positive relative sigma"),
        ({"g_a": (0.1, 1, 2)}, "not"),
    ],
)
def test_spreads_that_make_no_sense(spread, message):
    with pytest.raises(js.InputError, match=message):
        design.tolerance(lambda m: m.g_a, MODEL, spread, samples=4)


def test_statistics_that_make_no_sense():
    for arguments, message in (
        ({"statistic": "median"}, "quantile"),
        ({"statistic": 2.0}, "quantile"),
        ({"samples": 1}, "2"),
    ):
        with pytest.raises(js.InputError, match=message):
            design.robust({"g_a": 0.1}, **arguments)
