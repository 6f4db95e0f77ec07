"""`start` means the same everywhere: None, "vacuum", amplitudes, amplitudes and covariance, or a state of the modes."""

import numpy as np
import pytest
from cases import trajectory
from systems import Exchange, Oscillator, StuartLandau

import jaxsync as js

MODEL = Oscillator()
TURNING = StuartLandau()
SETTINGS = js.Settings(steps=24)
TIMES = np.array([0.5, 2.0])
Z, V = np.array([2.0 - 1.0j]), np.array([[0.1, 0.2], [0.2, 4.0]])


@pytest.fixture(scope="module")
def states():
    """A state of every kind, with the amplitudes and the covariance that a motion from it starts with."""
    # Of the modes of MODEL, which is all that is asked of a state to start from.
    cycle = js.find_limit_cycle(TURNING, np.array([3.0 + 0j]), settings=SETTINGS)
    at = cycle.at(40.0)
    ensemble = js.simulate_ensemble(MODEL, TIMES, 20, seed=0, settings=SETTINGS)
    rest = js.find_fixed_point(MODEL)
    return {
        "fixed point": (rest, rest.amplitudes, rest.covariance),
        "trajectory": (trajectory(MODEL, TIMES, np.stack([0 * Z, Z]), np.stack([0 * V, V])), Z, V),
        "diffused cycle": (at, cycle.amplitudes[0], at.covariance[0]),
        "ensemble": (ensemble, ensemble.amplitudes[-1], ensemble.covariance[-1]),
        "limit cycle": (cycle, cycle.amplitudes[0], None),
        "mean field": (trajectory(MODEL, TIMES, np.stack([0 * Z, Z])), Z, None),
    }


GIVEN = {
    "none": (None, 0 * Z, np.eye(2) / 2),
    "vacuum": ("vacuum", 0 * Z, np.eye(2) / 2),
    "amplitudes": (Z, Z, np.eye(2) / 2),
    "a list": ([2.0 - 1.0j], Z, np.eye(2) / 2),
    "amplitudes and covariance": ((Z, V), Z, V),
}
STATES = ["fixed point", "trajectory", "diffused cycle", "ensemble", "limit cycle", "mean field"]


@pytest.mark.parametrize("kind", [*GIVEN, *STATES])
def test_motions_go_on_from_there(kind, states):
    start, z, covariance = (GIVEN | states)[kind]
    if covariance is None:
        with pytest.raises(
            js.InputError, match=f"`start` is a {type(start).__name__} without a covariance: .*cycle.at"
        ):
            js.simulate(MODEL, TIMES, start)
        motion = js.simulate(MODEL, TIMES, start, covariance=False)
    else:
        motion = js.simulate(MODEL, TIMES, start)
        expected = [MODEL.exact_covariance(t, np.asarray(covariance)) for t in TIMES]
        np.testing.assert_allclose(motion.covariance, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(motion.amplitudes[:, 0], MODEL.exact_amplitude(TIMES, np.asarray(z)[0]), rtol=1e-6)


@pytest.mark.parametrize("kind", [*GIVEN, *STATES])
def test_solvers_take_them_all(kind, states):
    start = (GIVEN | states)[kind][0]
    np.testing.assert_allclose(js.find_fixed_point(MODEL, start).amplitudes, [MODEL.exact_rest()], rtol=1e-12)
    assert js.classify(MODEL, start, settings=SETTINGS).outcome is js.Outcome.FIXED_POINT


@pytest.mark.parametrize("kind", ["amplitudes", "amplitudes and covariance", *STATES])
def test_cycles_from_all_of_them(kind, states):
    start, _, covariance = (GIVEN | states)[kind]
    cycle = js.find_limit_cycle(TURNING, start, settings=SETTINGS)
    np.testing.assert_allclose(cycle.period, TURNING.exact_period(), rtol=1e-8)
    # Of a neighbour's cycle no motion was followed, so that nothing is known of what its phase has gathered.
    assert np.isnan(cycle.phase_variance(0.0)) == (kind == "limit cycle")
    if covariance is not None:
        narrow = js.find_limit_cycle(TURNING, (np.asarray((GIVEN | states)[kind][1]), 0 * V), settings=SETTINGS)
        assert cycle.phase_variance(0.0) > narrow.phase_variance(0.0)  # what the start's covariance adds to it


@pytest.mark.parametrize("kind", ["none", "amplitudes and covariance", "diffused cycle"])
def test_ensembles_from_them(kind, states):
    start, z, covariance = (GIVEN | states)[kind]
    ensemble = js.simulate_ensemble(MODEL, [1e-6, 1.0], 4000, seed=1, start=start, settings=SETTINGS)
    # Sampling errors of the mean and of the variances, four times.
    spread = np.sqrt(np.diag(covariance))
    mean = np.array([ensemble.amplitudes[0, 0].real - z[0].real, ensemble.amplitudes[0, 0].imag - z[0].imag])
    assert np.all(np.abs(mean) * np.sqrt(2) < 4 * spread / np.sqrt(4000) + 1e-5)
    error = np.sqrt((np.outer(np.diag(covariance), np.diag(covariance)) + np.asarray(covariance) ** 2) / 4000)
    assert np.all(np.abs(ensemble.covariance[0] - covariance) < 4 * error + 1e-5)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("rest", "must be 'vacuum', amplitudes, .amplitudes, covariance., or a state, not 'rest'"),
        (object(), "must be 'vacuum', amplitudes, .amplitudes, covariance., or a state, not object"),
        (np.zeros(2), r"must be one complex amplitude per mode \(z\), shape \(1,\), but has shape \(2,\)"),
        (np.array([np.nan]), "must be finite"),
        ((Z, np.eye(4)), r"must have a covariance of shape \(2, 2\), but it has shape \(4, 4\)"),
    ],
)
@pytest.mark.parametrize(
    "solve",
    [
        js.find_fixed_point,
        js.find_limit_cycle,
        js.classify,
        lambda model, start: js.simulate(model, [1.0], start),
        lambda model, start: js.simulate_ensemble(model, [1.0], 2, 0, start),
        lambda model, start: js.follow(model, "drive", (0.1, 0.9), start),
    ],
    ids=["fixed point", "cycle", "classify", "simulate", "ensemble", "follow"],
)
def test_other_things_are_refused(solve, start, message):
    with pytest.raises(js.InputError, match=f"^Argument `start` {message}"):
        solve(MODEL, start)


def test_a_state_of_other_modes_is_refused():
    state = js.find_fixed_point(Exchange())
    with pytest.raises(js.InputError, match="`start` is a state of the modes left, right, but the model has z: give"):
        js.simulate(MODEL, [1.0], state)
