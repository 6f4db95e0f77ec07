"""Objectives against their parts, and their derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES

import jaxsync as js
from jaxsync import design

MODEL = js.OptoMagnoMechanical(kerr=-2e-5)


def window_of(change):
    return next(case["window"]["s_q_mean"] for case in CASES if case["change"] == change)


@pytest.fixture(scope="module")
def directions():
    """S_Q forward and reversed of the paper's point, and of one without a cycle in one direction."""
    evaluate = jax.jit(lambda model: jnp.stack(design.both_directions(model)))
    return lambda model: np.asarray(evaluate(model))


def test_objectives_from_the_two_directions(directions):
    forward, backward = directions(MODEL)
    expected = [window_of({"kerr": sign * 2e-5}) for sign in (-1, 1)]
    np.testing.assert_allclose([forward, backward], expected, rtol=2e-3)  # what is left of the way to the cycle
    # With the values at hand the objectives are formulas of them.
    known = lambda model: jnp.where(model.kerr < 0, forward, backward)
    assert design.contrast(MODEL, objective=known) == pytest.approx((forward - backward) / (forward + backward))
    assert design.difference(MODEL, "kerr", objective=known) == pytest.approx(forward - backward)
    assert design.contrast(MODEL, "sagnac", objective=known) == 0  # without rotation the light's side is no difference
    assert design.contrast(MODEL, objective=lambda m: 0.0 * m.kerr) == 0
    total = design.weighted_sum([(2.0, known), (-1.0, design.with_fields(known, kerr=1e-5))])
    assert total(MODEL) == pytest.approx(2 * forward - backward)


def test_no_self_oscillation_counts_as_nothing(directions):
    resting = js.OptoMagnoMechanical(
        delta_a=1.0, delta_m=1.0
    )  # a stable fixed point: S_Q of its vacuum noise is near 1
    assert js.complete_synchronization(js.find_fixed_point(resting)) > 0.9
    np.testing.assert_array_equal(directions(resting), 0)


def test_derivatives_without_a_cycle_are_zero():
    # The motion has no period, and Newton's method finds an unstable cycle beside it, whose covariance would overflow.
    aperiodic = js.OptoMagnoMechanical(kerr=-2.4698e-05, delta_a=-0.405012, delta_m=-0.56024)
    value, slope = jax.jit(jax.value_and_grad(design.synchronization))(aperiodic)
    assert value == 0
    np.testing.assert_array_equal(jax.tree.leaves(slope), 0)


def test_best_over_has_the_derivatives_of_the_envelope():
    s_q = lambda model: 1 / (1 + (model.delta_m + 1 + 1e3 * model.kerr) ** 2) - (model.kerr * 1e4) ** 2
    values = np.linspace(-1.4, -0.6, 4001)
    best = lambda kerr: design.best_over(MODEL.replace(kerr=kerr), "delta_m", values, s_q)
    # At delta_m = -1 - 1000 K the first term is 1, whatever K is.
    np.testing.assert_allclose(best(3e-5), 1 - 0.09, rtol=1e-6)
    np.testing.assert_allclose(jax.grad(best)(3e-5), -2e8 * 3e-5, rtol=2e-2)  # the grid's step is 2e-4
    lifted = design.revival_factor(MODEL.replace(kerr=3e-5, nbar_1=10.0), "delta_m", values, objective=s_q)
    np.testing.assert_allclose(lifted, 1 - 0.09, rtol=1e-6)
    known = design.revival_factor(MODEL, "delta_m", values, ideal=0.5, objective=s_q)
    np.testing.assert_allclose(known, 2 * 0.96, rtol=1e-6)


def test_a_sum_of_nothing_is_refused():
    with pytest.raises(js.InputError, match="empty"):
        design.weighted_sum([])
