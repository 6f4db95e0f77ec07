"""Every number of the independent SciPy computation: fixed points, limit cycles, windows, phase variance."""

import dataclasses

import numpy as np
import pytest
from cases import CASES, WINDOW, load, model_of, pick, smallest_uncertainty, stack

import jaxsync as js
from jaxsync.states.limit_cycle import cycle_near

INDEX = {case["name"]: i for i, case in enumerate(CASES)}
FLOQUET = load("floquet.json")["cases"]


def having(key):
    return pytest.mark.parametrize("case", [c for c in CASES if key in c], ids=lambda c: c["name"])


def index_of(change):
    return next(i for i, case in enumerate(CASES) if case["change"] == change)


@pytest.fixture(scope="module")
def case_fixed_points(find_fixed_points, case_models):
    return find_fixed_points(case_models)


@pytest.fixture(scope="module")
def window_s_q(case_trajectories):
    return np.asarray(js.complete_synchronization(case_trajectories))[:, : WINDOW.size]


@having("fixed_point")
def test_fixed_point(case, case_fixed_points):
    expected = case["fixed_point"]
    state = pick(case_fixed_points, INDEX[case["name"]])
    assert state.converged
    z = np.asarray(expected["z"]).reshape(-1, 2)
    # Both sides are roots to rounding; the reference's residual, 1e-14, over the smallest rate, 0.005, leaves 1e-11.
    np.testing.assert_allclose(state.amplitudes, z[:, 0] + 1j * z[:, 1], rtol=0, atol=1e-10)
    np.testing.assert_allclose(state.eigenvalues[0].real, expected["max_real_eigenvalue"], rtol=1e-9)
    assert bool(state.stable) == ("s_q" in expected) == (expected["max_real_eigenvalue"] < 0)
    if "s_q" in expected:
        np.testing.assert_allclose(js.complete_synchronization(state), expected["s_q"], rtol=1e-9)
    else:
        assert np.all(np.isnan(state.covariance))
        assert np.isnan(js.complete_synchronization(state))


@having("cycle")
def test_cycle(case, case_cycles):
    expected = case["cycle"]
    cycle = pick(case_cycles, INDEX[case["name"]])
    assert cycle.converged and cycle.stable
    np.testing.assert_allclose(cycle.period, expected["period"], rtol=1e-7)
    b1, b2 = (np.sqrt(np.mean(np.abs(cycle.amplitudes[:, mode]) ** 2)) for mode in (2, 3))
    np.testing.assert_allclose([b1, b2], [expected["amplitude_b1_rms"], expected["amplitude_b2_rms"]], rtol=1e-7)
    # Below: the reference's own differences between its 1s, and a nearly defective pair of multipliers, allow 1e-5.
    np.testing.assert_allclose(np.abs(cycle.multipliers), expected["multipliers_abs"], rtol=1e-5)
    np.testing.assert_allclose(cycle.contraction, expected["multipliers_abs"][1], rtol=1e-4)
    np.testing.assert_allclose(cycle.phase_diffusion, expected["phase_diffusion"], rtol=1e-5)
    np.testing.assert_allclose(relative_velocity(cycle), expected["relative_velocity_sq_mean"], rtol=1e-5)
    np.testing.assert_allclose(js.complete_synchronization(cycle), expected["transverse_s_q_mean"], rtol=1e-5)
    spread = [1 / js.complete_synchronization(pick_sample(cycle, k)) for k in range(cycle.amplitudes.shape[0])]
    np.testing.assert_allclose(np.mean(spread), expected["transverse_inverse_mean"], rtol=1e-5)


@having("window")
def test_window_integrated(case, window_s_q):
    expected, s_q = case["window"], window_s_q[INDEX[case["name"]]]
    found = [s_q.mean(), s_q.min(), s_q.max(), s_q[-1]]
    # Both integrations have a relative tolerance of 1e-9; over a thousand time units this leaves 1e-4 at the very most.
    np.testing.assert_allclose(found, [expected[f"s_q_{key}"] for key in ("mean", "min", "max", "last")], rtol=1e-4)


@having("cycle")
def test_window_in_closed_form(case, case_cycles):
    cycle = pick(case_cycles, INDEX[case["name"]])
    # Not exact: at t = 1000 up to 0.5 % of the way to the cycle may be left, and 200 is not a multiple of the period.
    np.testing.assert_allclose(js.window_on_cycle(cycle), case["window"]["s_q_mean"], rtol=1e-2)


@pytest.mark.parametrize("case", [c for c in CASES if "cycle" not in c], ids=lambda c: c["name"])
def test_no_cycle_is_flagged(case, case_cycles):
    cycle = pick(case_cycles, INDEX[case["name"]])
    assert not cycle.converged
    for value in (
        cycle.transverse_covariance,
        cycle.phase_correlation,
        cycle.phase_diffusion,
        cycle.phase_variance(1000.0),
    ):
        assert np.all(np.isnan(value))
    assert np.isnan(js.complete_synchronization(cycle))
    assert np.isnan(js.window_on_cycle(cycle))


def test_no_cycle_outside_transformations():
    case = next(c for c in CASES if "cycle" not in c and c["change"].get("sagnac"))
    model = model_of(case["change"])
    with pytest.raises(js.ConvergenceError, match=r"No limit cycle: .*; .*"):
        js.find_limit_cycle(model)
    cycle = js.find_limit_cycle(model, throw=False)
    assert not cycle.converged
    assert np.all(np.isnan(cycle.transverse_covariance))
    assert str(cycle.outcome) in repr(cycle)
    # The reference is the mean of 2,001 samples, the first and the last of full weight: for an S_Q as uneven as this
    # one (a mean of 2.5e-5, a last sample of 1.1e-5) that is 3e-4 below the mean over time.
    np.testing.assert_allclose(js.window_synchronization(model), case["window"]["s_q_mean"], rtol=1e-3)


@pytest.mark.parametrize("expected", FLOQUET, ids=lambda e: str(e["change"]))
def test_growth_of_the_relative_variance(expected, find_cycles, case_cycles):
    if expected["change"] in [case["change"] for case in CASES]:
        cycle = pick(case_cycles, index_of(expected["change"]))
    else:
        cycle = pick(find_cycles(stack([model_of(expected["change"])])), 0)
    growth = cycle.phase_diffusion * relative_velocity(cycle)
    np.testing.assert_allclose(growth, expected["predicted_growth"], rtol=1.5e-3)  # three digits are given
    # Read off a simulation of finite length, which has the way to the cycle in it.
    np.testing.assert_allclose(growth, expected["simulated_growth"], rtol=1e-2)


@pytest.mark.parametrize("expected", [e for e in FLOQUET if "s0" in e], ids=lambda e: str(e["change"]))
def test_phase_variance_from_vacuum(expected, case_cycles):
    cycle = pick(case_cycles, index_of(expected["change"]))
    np.testing.assert_allclose(cycle.phase_variance(0.0), expected["s0"], rtol=3e-3)  # half of the last digit given


@pytest.mark.parametrize(
    ("change", "tolerance"), [({"kerr": -2e-5}, 1e-4), ({"kerr": 2e-5}, 2e-3), ({"sagnac": -0.32}, 5e-4)]
)
def test_covariance_after_the_transient(change, tolerance, late_cycle):
    # The motion passes the first sample at cycle.time, and once a period after it, here near t = 1500. The tolerances
    # are what is left of the way to the cycle then; the independent computation finds 2e-5, 9e-4 and 1e-4.
    cycle = late_cycle(model_of(change))
    time = cycle.time + cycle.period * np.round((1500.0 - cycle.time) / cycle.period)
    u, c = cycle.tangents[0], cycle.phase_correlation[0]
    variance = cycle.phase_variance(time) + cycle.phase_modulation[0]
    predicted = cycle.transverse_covariance[0] + np.outer(u, c) + np.outer(c, u) + variance * np.outer(u, u)
    np.testing.assert_allclose(cycle.at(time).covariance[0], predicted, rtol=1e-12)
    simulated = js.simulate(cycle.model, [float(time)]).covariance[-1]
    assert np.linalg.norm(predicted - simulated) < tolerance * np.linalg.norm(simulated)
    # A part of V_t alone, across the motion, is far smaller than V and must agree as well.
    across = np.eye(8) - np.outer(u, u) / (u @ u)
    shape = across @ simulated @ across
    assert np.linalg.norm(across @ predicted @ across - shape) < 10 * tolerance * np.linalg.norm(shape)


def relative_velocity(cycle):
    """Mean over the cycle of |u_-|^2."""
    u = np.asarray(cycle.tangents)
    return np.mean((u[:, 4] - u[:, 6]) ** 2 + (u[:, 5] - u[:, 7]) ** 2) / 2


def pick_sample(cycle, k):
    """The cycle with its k-th sample only, whose cycle means are that sample's values."""
    names = ("amplitudes", "tangents", "transverse_covariance", "phase_correlation")
    return dataclasses.replace(cycle, **{name: getattr(cycle, name)[k : k + 1] for name in names})


def test_simulated_states_are_physical(case_trajectories):
    V = case_trajectories.covariance
    assert np.all(case_trajectories.converged)
    # The integration's tolerance, 1e-9 a step, is relative to the entries, which the diffusing phase makes large.
    size = np.abs(V).max(axis=(2, 3))
    assert np.all(np.abs(V - np.swapaxes(V, 2, 3)).max(axis=(2, 3)) < 1e-12 * size)
    assert np.all(smallest_uncertainty(V) > -1e-7 * size)
    s_q = np.asarray(js.complete_synchronization(case_trajectories))
    assert np.all((s_q > 0) & (s_q <= 1))


def test_transverse_covariance_is_a_reference_not_a_state(late_cycle, case_trajectories):
    expected = next(e for e in FLOQUET if "uncertainty_transverse" in e)
    cycle = late_cycle(model_of(expected["change"]))
    trajectory = pick(case_trajectories, index_of(expected["change"]))
    # Two digits are given, at the point of the orbit where the simulation is at t = 1500.
    there = cycle_near(cycle.model, trajectory.amplitudes[-1], cycle.period, js.Settings())
    found = smallest_uncertainty(there.transverse_covariance[0])
    np.testing.assert_allclose(found, expected["uncertainty_transverse"], atol=5e-3)
    found = smallest_uncertainty(trajectory.covariance[-1])
    np.testing.assert_allclose(found, expected["uncertainty_simulated"], atol=5e-3)
    # With the phase's variance and correlation the covariance is that of a state, all around the orbit.
    u, c = cycle.tangents, cycle.phase_correlation
    mixed = u[:, :, None] * c[:, None, :]
    variance = cycle.phase_variance(1000.0) + cycle.phase_modulation
    spread = variance[:, None, None] * u[:, :, None] * u[:, None, :]
    physical = cycle.transverse_covariance + mixed + np.swapaxes(mixed, 1, 2) + spread
    assert np.all(smallest_uncertainty(physical) > 0)
    np.testing.assert_allclose(cycle.at(1000.0).covariance, physical, rtol=1e-12, atol=1e-12)
