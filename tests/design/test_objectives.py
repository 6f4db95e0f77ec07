"""Design: bounds, starts and optimizers on objectives with known maxima, and the objectives against their parts."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from cases import CASES, load, model_of

import jaxsync as js
from jaxsync import design

FREE = {"kerr": (-1e-4, 1e-4), "delta_m": (-1.6, -0.4)}
MODEL = js.OptoMagnoMechanical(kerr=-2e-5)


def hill(model):
    """One maximum, 3, at kerr = 5e-5 and delta_m = -0.7."""
    return 3 - (model.kerr / 1e-4 - 0.5) ** 2 - (model.delta_m + 0.7) ** 2


def cliffs(model):
    """The hill, with no state at all, NaN, and NaN derivatives, on a part that the way there leads through."""
    blocked = (model.kerr > 0) & (model.kerr < 2e-5)
    return hill(model) + 0 * jnp.sqrt(jnp.where(blocked, -1.0, 1.0))


@pytest.mark.parametrize("optimizer", [None, optax.lbfgs(), optax.sgd(0.5)], ids=["adam", "lbfgs", "sgd"])
def test_optimizers_find_a_known_maximum(optimizer):
    found = design.maximize(hill, MODEL, FREE, starts=3, steps=60, optimizer=optimizer, screen=2, progress=False)
    np.testing.assert_allclose(found.value, 3, atol=1e-4)
    np.testing.assert_allclose([found.model.kerr * 1e4, found.model.delta_m], [0.5, -0.7], atol=0.02)
    assert found.start_value == pytest.approx(float(hill(MODEL)))
    assert found.history.shape == (60, 3) and found.points.shape == found.starts.shape == (3, 2)
    np.testing.assert_allclose(found.starts[0], [MODEL.kerr, MODEL.delta_m])
    assert "kerr=" in repr(found)


def test_a_maximum_at_the_bounds_is_approached_and_not_passed():
    found = design.maximize(lambda m: m.kerr * 1e4, MODEL, {"kerr": (-1e-4, 5e-5)}, starts=2, steps=80, progress=False)
    assert 0.495 < found.value <= 0.5


def test_starts_without_a_state_disturb_no_other():
    found = design.maximize(cliffs, MODEL, FREE, starts=16, steps=40, seed=1, progress=False)
    np.testing.assert_allclose(found.value, 3, atol=1e-3)
    assert np.all(np.isfinite(found.values)) and np.isnan(found.history).any()


def test_same_seed_same_result_whatever_the_chunk():
    run = lambda seed, chunk: design.maximize(
        hill, MODEL, FREE, starts=6, steps=12, screen=4, seed=seed, chunk=chunk, progress=False
    )
    one, other, third = run(3, 6), run(3, 4), run(4, 6)
    np.testing.assert_allclose(one.history, other.history, rtol=1e-9)
    assert not np.allclose(one.starts[1:], third.starts[1:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"free": {}}, "`free` is empty"),
        ({"free": {"kerr": (1e-4, -1e-4)}}, "increasing bounds"),
        ({"free": {"kerr": (0.0, np.nan)}}, "finite"),
        ({"free": {"ker": (-1e-4, 1e-4)}}, "did you mean `kerr`"),
        ({"free": {"kappa_a": (-1.0, 1.0)}}, "must not be negative"),
        ({"free": {"kerr": (0.0, 1e-4)}}, "starts at -2e-05: widen the bounds"),
        ({"objective": lambda m: jnp.ones(3) * m.kerr}, "one real number"),
        ({"objective": lambda m: (m.kerr, m.kerr)}, "one real number"),
        ({"objective": lambda m: m.kerr * jnp.nan}, "not finite at any"),
        ({"starts": 0}, "`starts` must be 1 or more"),
        ({"steps": 0}, "`steps` must be 1 or more"),
    ],
)
def test_bad_input_is_one_sentence(change, message):
    arguments = {"objective": hill, "model": MODEL, "free": FREE, "starts": 2, "steps": 1, "progress": False} | change
    with pytest.raises(js.InputError, match=message):
        design.maximize(**arguments)


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


def test_sensitivities_are_the_independent_derivatives():
    """Against SciPy's central differences of the phase-referenced S_Q (tests/data/gradients.json)."""
    known = load("gradients.json")
    model = model_of(known["change"])
    found = design.sensitivities(lambda m: design.synchronization(m, phase_referenced=True), model)
    assert found.value == pytest.approx(known["value"], rel=1e-5)
    for name, derivative in known["derivatives"].items():
        i = found.fields.index(name)
        np.testing.assert_allclose(found.absolute[i], derivative, rtol=1e-4)
        np.testing.assert_allclose(found.relative[i], derivative * getattr(model, name) / known["value"], rtol=1e-4)
    assert np.all(np.diff(np.abs(found.relative)) <= 0)
    assert found.fields[0] in repr(found).splitlines()[2]
    with pytest.raises(js.InputError, match="no relative derivative"):
        design.sensitivities(lambda m: 0.0 * m.kerr, model)


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
    with pytest.raises(js.InputError, match="empty"):
        design.weighted_sum([])
