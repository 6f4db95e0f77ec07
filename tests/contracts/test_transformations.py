"""Many points in one call, failed lanes flagged, and every function compiled once."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, REFERENCE, many, pick
from scipy.integrate import solve_ivp

import jaxsync as js

POINTS, CYCLES = 1024, 128
# A small budget: most lanes are near their cycle when it ends, and those that are not must say so.
SETTINGS = js.Settings(budget=3000, steps=40)
AT_REST = np.arange(POINTS) % 8 == 0
KNOWN = {1: "kerr -2e-5", 2: "fig1 base, no shift", 3: "kerr -2e-5, nbar 10", 8: "red detuned stable fixed point"}


def scattered_models():
    """Blue-detuned models with self-oscillations, every eighth one red-detuned and at rest; a few are known."""
    rng = np.random.default_rng(3)
    columns = {name: np.full(POINTS, value) for name, value in REFERENCE["base"].items()}
    columns["delta_a"], columns["kerr"] = rng.uniform(-1.2, -0.8, POINTS), rng.uniform(-1e-4, 0, POINTS)
    for name, value in {"delta_a": 1.0, "delta_m": 1.0, "kerr": 0.0}.items():
        columns[name][AT_REST] = value
    for lane, name in KNOWN.items():
        for field, value in (REFERENCE["base"] | case_named(name)["change"]).items():
            columns[field][lane] = value
    return many(columns)


def case_named(name):
    return next(case for case in CASES if case["name"] == name)


def test_many_fixed_points(find_fixed_points):
    state = find_fixed_points(scattered_models())
    np.testing.assert_array_equal(state.stable, AT_REST)
    np.testing.assert_array_equal(np.isnan(state.covariance).any(axis=(1, 2)), ~AT_REST)
    s_q = np.asarray(js.complete_synchronization(state))
    np.testing.assert_array_equal(np.isnan(s_q), ~AT_REST)
    np.testing.assert_allclose(s_q[8], case_named(KNOWN[8])["fixed_point"]["s_q"], rtol=1e-9)
    for lane in (0, 1):
        single = js.find_fixed_point(pick(scattered_models(), lane))
        np.testing.assert_allclose(single.amplitudes, state.amplitudes[lane], rtol=1e-10)
        np.testing.assert_allclose(single.covariance, state.covariance[lane], atol=1e-10)


def test_many_limit_cycles():
    @jax.jit
    def solve(models):
        cycles = jax.vmap(lambda model: js.find_limit_cycle(model, throw=False, settings=SETTINGS))(models)
        measures = {
            "complete": jax.vmap(js.complete_synchronization)(cycles),
            "phase": jax.vmap(js.phase_synchronization)(cycles),
            "window": jax.vmap(js.window_on_cycle)(cycles),
            "couplings": jax.vmap(lambda cycle: js.effective_couplings(cycle)["a"])(cycles),
        }
        return cycles, measures

    cycles, measures = jax.device_get(solve(pick(scattered_models(), slice(CYCLES))))
    at_rest = AT_REST[:CYCLES]
    assert not np.any(cycles.converged[at_rest])
    assert np.mean(cycles.converged[~at_rest]) > 0.7
    # A marginal cycle is one, but has no covariance.
    failed = ~cycles.stable
    for name in ("transverse_covariance", "phase_correlation", "phase_diffusion", "initial_phase_variance"):
        values = getattr(cycles, name).reshape(CYCLES, -1)
        np.testing.assert_array_equal(np.isnan(values).any(axis=1), failed, err_msg=name)
        np.testing.assert_array_equal(np.isnan(values).all(axis=1), failed, err_msg=name)
    for name in ("complete", "phase"):
        np.testing.assert_array_equal(np.isnan(measures[name]), failed, err_msg=name)
    # The window asks for more: that the motion has settled when it opens.
    settled = np.isfinite(measures["window"])
    assert np.any(settled) and not np.any(settled & failed)
    for lane in (1, 2, 3):
        case = case_named(KNOWN[lane])
        # Forty steps a period, for speed: good to 1e-5 in the period, less in what follows from it.
        np.testing.assert_allclose(cycles.period[lane], case["cycle"]["period"], rtol=1e-5)
        np.testing.assert_allclose(measures["complete"][lane], case["cycle"]["transverse_s_q_mean"], rtol=2e-3)
        np.testing.assert_allclose(measures["window"][lane], case["window"]["s_q_mean"], rtol=1e-2)


def test_many_trajectories():
    models, times = scattered_models(), np.array([0.5, 2.0])

    @jax.jit
    def solve(models):
        trajectories = jax.vmap(lambda model: js.simulate(model, times))(models)
        return trajectories, js.complete_synchronization(trajectories)

    trajectories, s_q = jax.device_get(solve(models))
    assert np.all(trajectories.converged) and np.all(np.isfinite(trajectories.covariance))
    assert s_q.shape == (POINTS, 2) and np.all((s_q > 0) & (s_q <= 1))
    for lane in (0, POINTS - 1):
        model = pick(models, lane)
        rates = lambda _, z, model=model: np.asarray(model.rates(z))
        expected = solve_ivp(rates, (0, 2), np.zeros(4, complex), "DOP853", times, rtol=1e-11, atol=1e-11).y.T
        # Values between steps are interpolated, to some 1e-7 of the largest amplitudes.
        np.testing.assert_allclose(trajectories.amplitudes[lane], expected, rtol=0, atol=1e-6)


def test_many_matrices():
    rng = np.random.default_rng(5)
    A, root = rng.normal(size=(2, POINTS, 8, 8))
    A = A - 3.0 * np.eye(8)
    Q = root @ np.swapaxes(root, 1, 2)
    F = A / 8

    @jax.jit
    def solve(A, F, Q):
        found = [
            jax.vmap(lambda a, q, m=m: js.solve_lyapunov(a, q, method=m))(A, Q) for m in ("kronecker", "symmetric")
        ]
        found += [jax.vmap(lambda f, q, m=m: js.solve_stein(f, q, method=m))(F, Q) for m in ("kronecker", "doubling")]
        return found, jax.vmap(js.routh_hurwitz)(A), jax.vmap(js.spectral_radius)(F)

    (*continuous, kronecker, doubling), stable, radius = solve(A, F, Q)
    np.testing.assert_array_equal(stable, np.linalg.eigvals(A).real.max(axis=1) < 0)
    assert 100 < np.sum(stable) < POINTS - 100
    np.testing.assert_allclose(radius, np.abs(np.linalg.eigvals(F)).max(axis=1), rtol=1e-5)
    for X in continuous:
        # The equation holds whether or not A is stable; near-singular ones lose digits.
        residual = np.linalg.norm(A @ X + X @ np.swapaxes(A, 1, 2) + Q, axis=(1, 2))
        assert np.all(residual < 1e-9 * np.linalg.norm(X, axis=(1, 2)))
    # Lanes outside the unit circle fail alone.
    inside = np.asarray(radius) < 0.99
    assert 0 < inside.sum() <= POINTS
    np.testing.assert_allclose(doubling[inside], kronecker[inside], rtol=1e-7, atol=1e-9)


class Counting(js.Model):
    """A Stuart-Landau oscillator that counts how often its rates are traced or called."""

    modes: ClassVar = ("z",)
    calls: ClassVar = []
    mu: float = 0.5
    omega: float = 1.0

    def rates(self, amplitudes):
        self.calls.append(1)
        (z,) = amplitudes
        return jnp.stack([(self.mu + 1j * self.omega - (z.real**2 + z.imag**2)) * z])

    def diffusion(self):
        return jnp.full(2, 0.1)


SHORT = js.Settings(budget=512, steps=30)
CALLS = {
    "find_fixed_point": lambda model: js.find_fixed_point(model, np.array([0.1j]), throw=False),
    "find_limit_cycle": lambda model: js.find_limit_cycle(model, np.array([0.5 + 0j]), settings=SHORT),
    "simulate": lambda model: js.simulate(model, [0.5, 1.0]),
}


@pytest.mark.parametrize("name", CALLS)
def test_compiled_once(name):
    call = CALLS[name]
    call(Counting())
    traced = len(Counting.calls)
    assert traced > 0
    others = [Counting(mu=0.4), Counting(mu=np.float64(0.6), omega=1), Counting(mu=jnp.array(0.3), omega=np.array(1.2))]
    others += [Counting(mu=np.float32(0.5)), Counting().replace(omega=jnp.array(0.9, dtype=jnp.float32))]
    for model in others:
        call(model)
    assert len(Counting.calls) == traced


def test_new_values_give_new_answers():
    # A compiled function must not remember the first values.
    periods = [js.find_limit_cycle(Counting(omega=w), np.array([0.5 + 0j]), settings=SHORT).period for w in (1.0, 1.2)]
    np.testing.assert_allclose(periods, [2 * np.pi, 2 * np.pi / 1.2], rtol=1e-9)


def test_neighbours_cycle_as_a_start():
    first = js.find_limit_cycle(Counting(), np.array([0.5 + 0j]), settings=SHORT)
    second = js.find_limit_cycle(Counting(omega=1.05, mu=0.45), first, settings=SHORT)
    np.testing.assert_allclose(second.period, 2 * np.pi / 1.05, rtol=1e-9)
    np.testing.assert_allclose(np.abs(second.amplitudes), np.sqrt(0.45), rtol=1e-9)
    assert np.isnan(second.phase_variance(0.0))  # no way was followed, so nothing is known of what it gathered
    with pytest.raises(js.InputError, match="same modes"):
        js.find_limit_cycle(js.OptoMagnoMechanical(), first)


def test_calls_inside_jit_take_constants():
    # Times and starts that are ordinary arrays outside the transformation.
    times, start = jnp.array([0.5, 1.0]), jnp.array([0.1j])
    model = jax.tree.map(jnp.asarray, Counting())
    inside = jax.jit(lambda m: js.simulate(m, times, start).amplitudes)(model)
    np.testing.assert_allclose(inside, js.simulate(model, times, start).amplitudes, rtol=1e-12)
    root = jax.jit(lambda m: js.find_fixed_point(m, start).amplitudes)(model)
    np.testing.assert_allclose(root, 0, atol=1e-12)
