"""One vocabulary of outcomes: its sentences, and that each solver says the right one."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import stack
from systems import Linear, Oscillator, Oscillators, Runaway, StuartLandau

import jaxsync as js

SETTINGS = js.Settings(steps=24, thorough=False)


@pytest.mark.parametrize("outcome", js.Outcome, ids=str)
def test_every_member_has_its_sentence(outcome):
    assert outcome.found and outcome.found[0].islower() and not outcome.found.endswith(".")
    assert str(outcome) == outcome.name.lower().replace("_", " ")
    assert outcome.remedy or outcome == js.Outcome.OK
    assert js.Outcome(int(outcome)) is outcome


def test_printing_says_the_name(capsys):
    print(js.Outcome.LIMIT_CYCLE, js.find_fixed_point(Oscillator()).outcome)
    assert capsys.readouterr().out == "limit cycle fixed point\n"


def test_what_is_a_state_and_what_is_lost():
    kinds = {
        js.Outcome.OK,
        js.Outcome.FIXED_POINT,
        js.Outcome.LIMIT_CYCLE,
        js.Outcome.QUASIPERIODIC,
        js.Outcome.CHAOTIC,
    }
    assert {o for o in js.Outcome if not o.lost} == kinds | {js.Outcome.NOT_COMPUTED}


TURNING = np.array([3.0 + 0j])
CYCLES = {
    "a cycle": (StuartLandau(), TURNING, js.Outcome.LIMIT_CYCLE),
    "rests": (Oscillator(), TURNING, js.Outcome.FIXED_POINT),
    "runs away": (Runaway(), TURNING, js.Outcome.DIVERGED),
    "two frequencies": (Oscillators(mu_2=0.2), np.array([0.3, 0.2 + 0j]), js.Outcome.NO_PERIOD),
}


@pytest.mark.parametrize("name", CYCLES)
def test_of_searches_for_cycles(name):
    model, start, outcome = CYCLES[name]
    cycle = js.find_limit_cycle(model, start, throw=False, settings=SETTINGS)
    assert cycle.outcome is outcome
    assert cycle.stable == cycle.converged == (outcome == js.Outcome.LIMIT_CYCLE)
    assert str(outcome) in repr(cycle)
    known = [cycle.transverse_covariance, cycle.phase_correlation, cycle.phase_diffusion, cycle.phase_variance(0.0)]
    assert all(np.all(np.isfinite(value)) == bool(cycle.stable) for value in known)
    if not cycle.stable:
        found, remedy = re.escape(outcome.found), re.escape(outcome.remedy)
        with pytest.raises(js.ConvergenceError, match=f"^No limit cycle: {found} .*; {remedy}.$"):
            js.find_limit_cycle(model, start, settings=SETTINGS)


def test_an_unstable_rest_is_left():
    """Zero amplitude is a fixed point, on which the mean field would stay for ever; the phase that it leaves it with
    is not known."""
    cycle = js.find_limit_cycle(StuartLandau(), settings=SETTINGS)
    assert cycle.outcome is js.Outcome.LIMIT_CYCLE and cycle.kicked
    assert np.isnan(cycle.phase_variance(0.0)) and np.all(np.isfinite(cycle.transverse_covariance))
    assert not js.find_limit_cycle(StuartLandau(), TURNING, settings=SETTINGS).kicked
    assert js.classify(StuartLandau(), settings=SETTINGS).kicked


def test_an_unstable_cycle_is_an_answer():
    """Backwards in time the cycle of a Stuart-Landau oscillator repels: a neighbour leads there, no motion does."""
    cycle = js.find_limit_cycle(StuartLandau(), TURNING, settings=SETTINGS)
    unstable = js.find_limit_cycle(StuartLandau(mu=-0.1, g=-0.01), cycle, settings=SETTINGS)
    assert unstable.outcome is js.Outcome.UNSTABLE
    assert unstable.converged and not unstable.stable
    np.testing.assert_allclose(unstable.period, 2 * np.pi / 1.5, rtol=1e-9)
    np.testing.assert_allclose(unstable.contraction, np.exp(0.2 * 2 * np.pi / 1.5), rtol=1e-6)
    assert np.all(np.isnan(unstable.transverse_covariance))


class Rootless(js.Model):
    """z' = -i (1 + |z|^2): nowhere at rest."""

    modes = ("z",)
    omega: float = 1.0

    def rates(self, z):
        return -1j * self.omega * (1 + jnp.abs(z) ** 2)

    def diffusion(self):
        return jnp.ones(2)


class Laser(js.Model):
    """z' = (mu - g |z|^2) z: at rest anywhere on a circle, along which nothing brings it back."""

    modes = ("z",)
    mu: float = 0.1
    g: float = 0.01

    def rates(self, z):
        return (self.mu - self.g * jnp.abs(z) ** 2) * z

    def diffusion(self):
        return jnp.full(2, 0.3)


class Slow(js.Model):
    """Five driven modes that decay slowly in vacuum: <b> = drive / (gamma + i omega), V = 1/2."""

    modes = ("a", "b", "c", "d", "e")
    gamma: float = 1e-10
    unit: float = 1.0

    def rates(self, z):
        return self.unit * (-(self.gamma + 1j) * z + 0.3)

    def diffusion(self):
        return jnp.full(10, self.unit * self.gamma)


@pytest.mark.parametrize("start", [2.5 + 2j, 3.1 + 0.2j, 3.0 + 0j, 4 + 1j])
def test_a_circle_of_fixed_points_is_marginal(start):
    state = js.find_fixed_point(Laser(), np.array([start]))
    assert state.outcome is js.Outcome.MARGINAL
    assert state.converged and not state.stable
    np.testing.assert_allclose(np.abs(state.amplitudes), np.sqrt(10), rtol=1e-9)
    assert np.all(np.isnan(state.covariance))


@pytest.mark.parametrize("unit", [1e-12, 1.0, 2 * np.pi * 1e7])
def test_slow_modes_in_any_unit(unit):
    models = stack([Slow(gamma=g, unit=unit) for g in (1e-10, 1e-11, -1e-11, 0.0)])
    states = jax.jit(jax.vmap(lambda model: js.find_fixed_point(model, throw=False)))(models)
    expected = [js.Outcome.FIXED_POINT] * 2 + [js.Outcome.UNSTABLE, js.Outcome.MARGINAL]
    np.testing.assert_array_equal(states.outcome, expected)
    # The drift's entries, times `unit`, are rounded: 1e-16 over the decay.
    np.testing.assert_allclose(states.covariance[:2], np.broadcast_to(np.eye(10) / 2, (2, 10, 10)), atol=1e-5)
    assert np.all(np.isnan(states.covariance[2:]))


FIXED_POINTS = {
    "stable": (Linear(), js.Outcome.FIXED_POINT),
    "unstable": (StuartLandau(), js.Outcome.UNSTABLE),
    "none": (Rootless(), js.Outcome.NOT_CONVERGED),
}


@pytest.mark.parametrize("name", FIXED_POINTS)
def test_of_searches_for_fixed_points(name):
    model, outcome = FIXED_POINTS[name]
    state = js.find_fixed_point(model, throw=False)
    assert state.outcome is outcome
    assert (bool(state.stable), bool(state.converged)) == (name == "stable", name != "none")
    assert np.all(np.isfinite(state.covariance)) == (name == "stable")
    if name == "none":
        with pytest.raises(js.ConvergenceError, match=f"^No fixed point: {outcome.found} .*; {outcome.remedy}.$"):
            js.find_fixed_point(model)


def test_of_motions():
    assert js.simulate(Oscillator(), [1.0]).outcome is js.Outcome.OK
    lost = js.simulate(Runaway(), [0.1, 10.0], np.array([1.0 + 0j]), throw=False)  # infinite at t = 1/2
    assert lost.outcome is js.Outcome.DIVERGED
    assert np.isfinite(lost.amplitudes[0, 0]) and np.isnan(lost.amplitudes[1, 0])
    with pytest.raises(js.ConvergenceError, match=js.Outcome.DIVERGED.found):
        js.simulate(Runaway(), [0.1, 10.0], np.array([1.0 + 0j]))


def test_batches_have_the_numbers():
    models = stack([StuartLandau(mu=0.1), StuartLandau(mu=-0.1)])
    states = jax.jit(jax.vmap(js.find_fixed_point))(models)
    np.testing.assert_array_equal(states.outcome, [js.Outcome.UNSTABLE, js.Outcome.FIXED_POINT])
    assert repr(states) == "FixedPoint(batch of shape (2,))"
