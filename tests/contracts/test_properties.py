"""What must hold whatever the numbers: bounds of quantum mechanics and symmetries of the equations."""

import jax
import numpy as np
import pytest
from cases import CASES, REFERENCE, many, model_of, pick, smallest_uncertainty, stack

import jaxsync as js

RANDOM = 400
# Everything that is a frequency, a rate, a coupling or a drive scales with time; occupations do not.
RATES = [name for name in REFERENCE["base"] if not name.startswith("nbar")]
PAIRS = [("omega_1", "omega_2"), ("gamma_1", "gamma_2"), ("kappa_a", "kappa_m"), ("g_a", "g_m")]
PAIRS += [("delta_a", "delta_m"), ("drive_a", "drive_m"), ("nbar_1", "nbar_2")]


def random_red_models():
    """Red-detuned on both sides, where fixed points are stable unless driven hard."""
    rng = np.random.default_rng(7)
    draw = lambda low, high: rng.uniform(low, high, RANDOM)
    base = {name: np.full(RANDOM, value) for name, value in REFERENCE["base"].items()}
    return many(
        base | {
            "omega_2": draw(0.9, 1.1), "gamma_1": draw(1e-3, 0.05), "gamma_2": draw(1e-3, 0.05),
            "kappa_a": draw(0.05, 0.5), "kappa_m": draw(0.05, 0.5), "chi": draw(0.0, 0.1),
            "delta_a": draw(0.5, 1.6), "delta_m": draw(0.5, 1.6), "kerr": draw(-2e-5, 1e-4), "sagnac": draw(-0.3, 0.3),
            "drive_a": draw(1.0, 40.0), "drive_m": draw(1.0, 40.0), "nbar_1": draw(0.0, 3.0), "nbar_2": draw(0.0, 3.0),
        }
    )  # fmt: skip


def rescaled(model, factor):
    """The same physics with the unit of time longer by `factor`."""
    return model.replace(**{name: getattr(model, name) * factor for name in RATES})


def exchanged(model):
    """Photon and magnon, and the two phonons, with their names exchanged; the Sagnac shift becomes a detuning."""
    model = model.replace(delta_a=model.delta_a + model.sagnac, sagnac=0 * model.sagnac)
    change = {a: getattr(model, b) for a, b in PAIRS} | {b: getattr(model, a) for a, b in PAIRS}
    return model.replace(**change)


@pytest.fixture(scope="module")
def red_points(find_fixed_points):
    return find_fixed_points(random_red_models())


def test_stable_fixed_points_are_physical_states(red_points):
    stable = red_points.stable
    assert 300 < stable.sum() < RANDOM  # some are driven into instability, so that the flag is tested too
    V = red_points.covariance[stable]
    # Rounding of the Lyapunov solve, whose condition the slowest decay, 1e-3, sets.
    np.testing.assert_allclose(V, np.swapaxes(V, 1, 2), rtol=0, atol=1e-11 * np.abs(V).max())
    assert np.all(smallest_uncertainty(V) > -1e-11)
    s_q = np.asarray(js.complete_synchronization(red_points))
    assert np.all((s_q[stable] > 0) & (s_q[stable] <= 1 + 1e-11))
    assert np.all(np.isnan(s_q[~stable]))
    # And the flag is what the eigenvalues say.
    largest = np.linalg.eigvals(red_points.drift).real.max(axis=1)
    np.testing.assert_array_equal(stable, red_points.converged & (largest < 0))


def test_fluctuations_of_fixed_points_balance(red_points):
    lane = int(np.flatnonzero(red_points.stable)[0])
    state = pick(red_points, lane)
    Q = np.diag(np.asarray(state.model.diffusion()))
    A, V = state.drift, state.covariance
    np.testing.assert_allclose(A @ V + V @ A.T, -Q, atol=1e-12)


def test_exchanging_the_names_changes_nothing(find_fixed_points, red_points):
    models = red_points.model.replace(kerr=np.zeros(RANDOM))  # Kerr is the magnon's alone
    one, other = find_fixed_points(models), find_fixed_points(exchanged(models))
    np.testing.assert_array_equal(one.stable, other.stable)
    assert one.stable.sum() > 300
    one, other = pick(one, one.converged), pick(other, one.converged)
    s_q = js.complete_synchronization(one), js.complete_synchronization(other)
    np.testing.assert_allclose(*s_q, rtol=1e-10)
    s_p = js.phase_synchronization(one), js.phase_synchronization(other)
    np.testing.assert_allclose(*s_p, rtol=1e-9)
    np.testing.assert_allclose(one.amplitudes, other.amplitudes[:, [1, 0, 3, 2]], rtol=1e-9)


def test_fixed_points_do_not_depend_on_the_unit_of_time(find_fixed_points, red_points):
    faster = find_fixed_points(rescaled(red_points.model, 3.7))
    np.testing.assert_array_equal(faster.stable, red_points.stable)
    found = red_points.converged
    np.testing.assert_array_equal(faster.converged, found)
    np.testing.assert_allclose(faster.amplitudes[found], red_points.amplitudes[found], rtol=1e-9)
    np.testing.assert_allclose(faster.covariance, red_points.covariance, rtol=1e-8, atol=1e-10)


def test_directions_differ_by_sagnac_and_kerr_only(find_fixed_points, red_points):
    zero = np.zeros(RANDOM)
    symmetric = red_points.model.replace(kerr=zero, sagnac=zero)
    s_q = [js.complete_synchronization(find_fixed_points(m)) for m in (symmetric, symmetric.reversed())]
    np.testing.assert_array_equal(*s_q)
    there, back = red_points, find_fixed_points(red_points.model.reversed())
    both = there.stable & back.stable
    difference = np.abs(js.complete_synchronization(there) - js.complete_synchronization(back))[both]
    assert np.median(difference) > 1e-3


@pytest.fixture(scope="module")
def related_cycles(find_cycles):
    """A cycle without Kerr, the same with exchanged names; one with Kerr, the same in another unit of time."""
    plain, kerr = model_of({"drive_m": 34.5, "nbar_1": 0.3}), model_of({"kerr": -2e-5, "nbar_2": 0.2})
    return find_cycles(stack([plain, exchanged(plain), kerr, rescaled(kerr, 1.1)]))


def test_cycles_with_exchanged_names(related_cycles):
    one, other = pick(related_cycles, 0), pick(related_cycles, 1)
    assert one.converged and other.converged
    np.testing.assert_allclose(one.period, other.period, rtol=1e-9)
    for measure in (js.complete_synchronization, js.phase_synchronization, js.window_on_cycle):
        np.testing.assert_allclose(measure(one), measure(other), rtol=1e-7)
    couplings = js.effective_couplings(one), js.effective_couplings(other)
    np.testing.assert_allclose(couplings[0]["a"], couplings[1]["m"], rtol=1e-8)


def test_cycles_in_another_unit_of_time(related_cycles):
    one, faster = pick(related_cycles, 2), pick(related_cycles, 3)
    assert one.converged and faster.converged
    np.testing.assert_allclose(faster.period * 1.1, one.period, rtol=1e-9)
    # A variance of time over a time, and a variance of time.
    np.testing.assert_allclose(faster.phase_diffusion * 1.1, one.phase_diffusion, rtol=1e-6)
    np.testing.assert_allclose(faster.phase_variance(0.0) * 1.1**2, one.phase_variance(0.0), rtol=1e-5)
    np.testing.assert_allclose(js.complete_synchronization(faster), js.complete_synchronization(one), rtol=1e-6)
    window = js.window_on_cycle(faster, (1000 / 1.1, 1200 / 1.1))
    np.testing.assert_allclose(window, js.window_on_cycle(one), rtol=1e-4)


@jax.jit
@jax.vmap
def s_q_at_1000(cycle):
    return js.complete_synchronization(cycle.at(1000.0))


def test_cycles_with_their_phase_variance_stay_below_one(case_cycles):
    settled = case_cycles.converged
    assert settled.sum() == sum("cycle" in case for case in CASES)
    s_q = np.asarray(s_q_at_1000(case_cycles))
    assert np.all((s_q[settled] > 0) & (s_q[settled] <= 1))
    assert np.all(np.isnan(s_q[~settled]))
