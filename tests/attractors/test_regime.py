"""Regimes of systems whose long-time behaviour is known from elsewhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, model_of, stack
from scipy.integrate import solve_ivp
from systems import Linear, Oscillators, Rossler, Runaway

import jaxsync as js
from jaxsync.models.equations import bind
from jaxsync.numerics.exponents import lyapunov_exponents

SHORT = js.Settings(thorough=False)


@pytest.mark.parametrize(
    ("mu_1", "mu_2", "outcome"),
    [
        (-0.1, -0.2, js.Outcome.FIXED_POINT),
        (0.1, -0.1, js.Outcome.LIMIT_CYCLE),
        (0.1, 0.2, js.Outcome.QUASIPERIODIC),
    ],
)
def test_oscillators(mu_1, mu_2, outcome):
    model = Oscillators(mu_1=mu_1, mu_2=mu_2)
    found = js.classify(model, np.array([0.3, 0.2]), settings=SHORT)
    assert found.outcome == outcome
    # The exponents are averages over the horizon: known to a few parts of its inverse.
    np.testing.assert_allclose(found.exponents, model.exact_exponents(), atol=3 / float(found.horizon))
    if outcome == js.Outcome.LIMIT_CYCLE:
        np.testing.assert_allclose(found.period, 2 * np.pi, rtol=1e-9)
    else:
        assert np.isnan(found.period)
    assert str(outcome) in repr(found)


def return_time(c, turns):
    """Time between every `turns`-th upward crossing of y = 0 of Rossler's motion, by SciPy."""

    def crossing(t, u):
        return u[1]

    crossing.direction = 1

    def motion(t, u):
        return [-u[1] - u[2], u[0] + 0.2 * u[1], 0.2 + u[2] * (u[0] - c)]

    run = solve_ivp(motion, (0, 2000), [1.0, 0.0, 0.0], method="DOP853", rtol=1e-11, atol=1e-11, events=crossing)
    late = run.t_events[0][-33:]
    return (late[-1] - late[0]) / 32 * turns


@pytest.mark.parametrize(("c", "turns"), [(2.5, 1), (3.5, 2), (4.0, 4)])
def test_period_doublings_are_cycles_of_longer_period(c, turns):
    """Rossler's first doublings lie at c = 2.83 and 3.86 (a = b = 0.2)."""
    # Of a period of four turns, the steps must follow the fast decay of its third variable.
    settings = js.Settings(steps=300, thorough=False)
    found = js.classify(Rossler(c=c), np.array([1.0, 0.0]), settings=settings)
    assert found.outcome == js.Outcome.LIMIT_CYCLE
    np.testing.assert_allclose(found.period, return_time(c, turns), rtol=1e-6)


def test_chaos_has_a_positive_exponent():
    """Rossler's exponents at c = 5.7: 0.0714, 0, a strongly negative one (Sprott, Chaos and Time-Series Analysis)."""
    long = js.Settings(budget=32_000, thorough=False)
    found = js.classify(Rossler(), np.array([1.0, 0.0]), settings=long)
    assert found.outcome == js.Outcome.CHAOTIC
    np.testing.assert_allclose(found.exponents[0], 0.0714, atol=5e-3)  # a finite-time average of a chaotic motion
    assert abs(found.exponents[1]) < 3e-3


def test_growth_without_bound_is_told():
    assert js.classify(Runaway(), np.array([0.5]), settings=SHORT).outcome == js.Outcome.DIVERGED


def test_linear_motion_has_its_eigenvalues_as_exponents():
    exponents = lyapunov_exponents(bind(Linear()).velocity, jnp.ones(2), 2, 1e-6, 4000).values
    np.testing.assert_allclose(exponents, [-0.1, -0.3], atol=2e-5)  # ten times what one step may err


def test_reference_cases_in_one_batch():
    """Cycles, fixed points, and the case that the independent computation found to have no cycle."""
    models = stack([model_of(case["change"]) for case in CASES])
    found = jax.jit(jax.vmap(js.classify))(models)
    for i, case in enumerate(CASES):
        if "cycle" in case:
            assert found.code[i] == js.Outcome.LIMIT_CYCLE
            np.testing.assert_allclose(found.period[i], case["cycle"]["period"], rtol=1e-7)
        elif "s_q" in case["fixed_point"]:
            assert found.code[i] == js.Outcome.FIXED_POINT
        else:
            assert found.code[i] in (js.Outcome.QUASIPERIODIC, js.Outcome.CHAOTIC)


def test_a_start_of_the_wrong_shape_is_refused():
    with pytest.raises(js.InputError, match="`start`"):
        js.classify(Oscillators(), np.ones(3))
