"""S_Q read off noisy records against the S_Q that is known."""

import numpy as np
import pytest
from cases import CASES, model_of
from systems import Exchange
from test_records import ensemble_of

import jaxsync as js

NOISE = (0.8, 1.4)


@pytest.fixture(scope="module")
def exchange():
    model = Exchange()
    return model, ensemble_of(model, 40.0 + 7.0 * np.arange(12), 1024)


def records_of(ensemble, modes):
    return [
        js.heterodyne_record(ensemble, mode, n, seed) for seed, (mode, n) in enumerate(zip(modes, NOISE, strict=True))
    ]


@pytest.mark.parametrize("repetitions", [128, 1024])
def test_s_q_of_two_modes_in_their_baths(exchange, repetitions):
    """1 / (n1 + n2 + 1) in closed form, within four standard errors, which are what sampling makes them."""
    model, ensemble = exchange
    first, second = (record[:repetitions] for record in records_of(ensemble, model.modes))
    found = js.estimate_synchronization(first, second, NOISE)
    exact = float(model.exact_s_q())
    assert abs(found.value - exact) < 4 * found.error
    # Each of twelve times knows a variance, the noise's with it, to 1 / sqrt(k).
    expected = exact * (1 + sum(NOISE) * exact) / np.sqrt(12 * repetitions)
    assert expected / 2 < found.error < 2 * expected
    if repetitions == 1024:  # without taking the noise off it would be another number
        assert abs(js.estimate_synchronization(first, second).value - exact) > 10 * found.error


@pytest.mark.slow
def test_s_q_of_the_papers_cycle_in_its_window():
    """128 repetitions and two quanta of noise, in the window of the reference case, whose S_Q linear theory gives."""
    ensemble = ensemble_of(model_of({"kerr": -2e-5}), np.linspace(1000.0, 1200.0, 41), 128)
    found = js.estimate_synchronization(*records_of(ensemble, ("b1", "b2")), NOISE)
    known = next(case for case in CASES if case["name"] == "kerr -2e-5")["window"]["s_q_mean"]
    assert abs(found.value - known) < 3 * found.error + 0.02 * known
    assert found.error < 0.15 * known


GOOD = np.ones((4, 3)) * np.arange(4)[:, None]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: js.estimate_synchronization(GOOD, GOOD[:, :2]), r"must both be \(k, t\)"),
        (lambda: js.estimate_synchronization(GOOD[:3], GOOD[:3]), "four or more repetitions"),
        (lambda: js.estimate_synchronization(GOOD * np.nan, GOOD), "must be finite"),
        (lambda: js.estimate_synchronization(GOOD, 0 * GOOD, (1.0, 1.0)), "`noise` adds 2 quanta"),
        (lambda: js.estimate_synchronization(GOOD, 0 * GOOD, (-1.0, 1.0)), "`noise` must be two variances"),
        (lambda: js.estimate_synchronization(GOOD, 0 * GOOD, resamples=1), "`resamples` must be 2 or more"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(js.InputError, match=message):
        call()


def test_a_negative_noise_is_refused(exchange):
    with pytest.raises(js.InputError, match="`noise` must be zero or more quanta, but is -1"):
        js.heterodyne_record(exchange[1], "left", -1.0, 0)
