"""Modulated models against closed forms, SciPy, and the published modulated cavity."""

import re
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

import jaxsync as js
from jaxsync.measures.covariances import negativity
from jaxsync.models.equations import bind, place

DEPTH, PERIOD = 0.7, 2 * np.pi / 0.9


class Mode(js.Model):
    """A damped mode with a force and with squeezing noise."""

    modes: ClassVar = ("b",)
    gamma: float = js.parameter(default=0.1, nonnegative=True)
    omega: float = 1.0
    force: float = 1.0
    n: float = js.parameter(default=2.0, nonnegative=True)

    def rates(self, z):
        return -(self.gamma + 1j * self.omega) * z + self.force

    def diffusion(self):
        return jnp.full(2, self.gamma * (2 * self.n + 1))


class Oscillator(js.Model):
    """A van der Pol oscillator with a tone of two quadratures; rotating, with x the real part of its amplitude."""

    modes: ClassVar = ("b",)
    omega: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def rates(self, z):
        return (0.1 - 1j * self.omega - 0.01 * (z * z.conj()).real) * z + self.x + 1j * self.y

    def diffusion(self):
        return jnp.full(2, 0.3)


class Spring(js.Model):
    """x'' = -(1 + modulation) x - x^3 - x' / 10: pumped through its spring constant."""

    modes: ClassVar = ("b",)
    pump: float = 0.0

    def rates(self, z):
        x, p = np.sqrt(2) * z.real, np.sqrt(2) * z.imag
        return (p + 1j * (-(1 + self.pump) * x - 1e-4 * x**3 - 0.1 * p)) * np.sqrt(0.5)

    def diffusion(self):
        return jnp.array([0.0, 0.1])


def forced(unit=1.0):
    mode = Mode(gamma=0.1 * unit, omega=unit, force=unit)
    push = lambda t, force, depth, period: force * (1 + depth * jnp.cos(2 * np.pi * t / period))
    return js.modulate(mode, {"force": push}, period=PERIOD / unit, depth=DEPTH)


def response(t, gamma=0.1, depth=DEPTH):
    """The forced motion in closed form, at times in units of 1 / omega."""
    w = 2 * np.pi / PERIOD
    sides = [np.exp(-1j * k * w * t) / (gamma + 1j - 1j * k * w) for k in (-1, 0, 1)]
    return sides[1] + depth / 2 * (sides[0] + sides[2])


def tone(detuning):
    """The oscillator with a rotating tone of strength 0.1: locked where |detuning| is below about 0.03."""
    w = 1 + detuning
    functions = {"x": lambda t, size: size * jnp.cos(w * t), "y": lambda t, size: -size * jnp.sin(w * t)}
    return js.modulate(Oscillator(), functions, period=2 * np.pi / w, size=0.1)


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e9])
def test_forced_mode(unit):
    cycle = js.find_limit_cycle(forced(unit))
    assert cycle.outcome is js.Outcome.LIMIT_CYCLE
    np.testing.assert_allclose(cycle.period * unit, PERIOD, rtol=1e-12)
    np.testing.assert_allclose(cycle.amplitudes[:, 0], response(np.arange(60) / 60 * PERIOD), rtol=1e-9)
    np.testing.assert_allclose(cycle.contraction, np.exp(-0.1 * PERIOD), rtol=1e-9)
    # Its phase is the clock's: all multipliers are the mode's, and nothing diffuses.
    np.testing.assert_allclose(np.abs(cycle.multipliers), np.exp(-0.1 * PERIOD), rtol=1e-9)
    assert cycle.phase_diffusion == cycle.phase_variance(1e9 / unit) == 0
    np.testing.assert_allclose(cycle.at(3.0 / unit).covariance, np.broadcast_to(2.5 * np.eye(2), (60, 2, 2)), atol=1e-9)


def test_motion_from_the_start():
    model = forced()
    start = 0.3 - 0.2j
    times = np.array([3.0, 40.0])
    seen = js.simulate(model, times, [start])
    exact = response(times) + (start - response(0.0)) * np.exp(-(0.1 + 1j) * times)
    np.testing.assert_allclose(seen.amplitudes[:, 0], exact, rtol=1e-7)
    assert seen.covariance.shape == (2, 2, 2)
    assert js.classify(model).outcome is js.Outcome.LIMIT_CYCLE


def test_ensemble():
    ensemble = js.simulate_ensemble(forced(), [20.0, 60.0], 2000, seed=1)
    np.testing.assert_allclose(ensemble.amplitudes[-1, 0], response(60.0), atol=4 * np.sqrt(2.5 / 2000))
    np.testing.assert_allclose(ensemble.covariance[-1], 2.5 * np.eye(2), atol=4 * 2.5 * np.sqrt(2 / 2000))
    assert ensemble.outcomes == (js.Outcome.LIMIT_CYCLE,)


@pytest.mark.slow
def test_modulated_noise():
    """Only the bath is modulated: V' = -2 g V + g (2 n(t) + 1), V = n0 + 1/2 + n1 Re[2g e^(iwt) / (2g + iw)]."""
    hot = js.modulate(Mode(), {"n": lambda t, n: n * (1 + 0.5 * jnp.cos(0.9 * t))}, period=PERIOD)
    cycle = js.find_limit_cycle(hot)
    t = np.arange(60) / 60 * PERIOD
    exact = 2.5 + (0.2 / (0.2 + 0.9j) * np.exp(0.9j * t)).real
    np.testing.assert_allclose(cycle.transverse_covariance[:, 0, 0], exact, rtol=1e-8)
    ensemble = js.simulate_ensemble(hot, [30 * PERIOD], 2000, seed=2)
    np.testing.assert_allclose(ensemble.covariance[0, 0, 0], exact[0], rtol=4 * np.sqrt(2 / 2000))


@pytest.mark.slow
def test_locked_and_not():
    inside, outside = tone(0.02), tone(0.06)
    cycle = js.find_limit_cycle(inside)
    np.testing.assert_allclose(cycle.period, 2 * np.pi / 1.02, rtol=1e-12)
    assert js.classify(outside).outcome is js.Outcome.QUASIPERIODIC
    assert js.find_limit_cycle(outside, throw=False).outcome is js.Outcome.QUASIPERIODIC


@pytest.mark.slow
def test_subharmonic():
    """Pumped at twice its frequency the spring swings at half the pump's, away from an unstable rest."""
    pumped = js.modulate(Spring(), {"pump": lambda t, depth: depth * jnp.cos(2 * t)}, period=np.pi, depth=0.6)
    cycle = js.find_limit_cycle(pumped)
    np.testing.assert_allclose(cycle.period, 2 * np.pi, rtol=1e-12)

    def motion(t, y):
        return [y[1], -(1 + 0.6 * np.cos(2 * t)) * y[0] - 1e-4 * y[0] ** 3 - 0.1 * y[1]]

    x, p = (np.sqrt(2) * part for part in (cycle.amplitudes[:, 0].real, cycle.amplitudes[:, 0].imag))
    way = solve_ivp(motion, (0, 2 * np.pi), [x[0], p[0]], method="DOP853", rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(way.y[:, -1], [x[0], p[0]], rtol=1e-8)
    assert js.find_attractors(pumped, 4)[0].outcome is js.Outcome.LIMIT_CYCLE


def test_modulated_cavity():
    """Mari and Eisert, Phys. Rev. Lett. 103, 213603 (2009), from their laboratory values."""
    w = 2 * np.pi * 1e6
    laboratory = {
        "gamma_m": 1e-6 * w, "mass": 150e-12, "length": 25e-3, "wavelength": 1064e-9, "finesse": 1.4e4, "power": 10e-3,
        "temperature": 0.1, "delta_0": w,
    }  # fmt: skip
    cavity = js.models.DrivenCavity.from_si(w, **laboratory)
    np.testing.assert_allclose(cavity.kappa, 0.21413747, rtol=1e-7)
    np.testing.assert_allclose(js.logarithmic_negativity(js.find_fixed_point(cavity)), 0.13239, atol=1e-5)
    modulated = js.models.DrivenCavity.from_si(w, **laboratory, sideband_power=2e-3, modulation=2 * w)
    cycle = js.find_limit_cycle(modulated, settings=js.Settings(steps=240))
    V = cycle.transverse_covariance
    entanglement = jax.vmap(lambda V: negativity(V, 1))(V)
    # Brute force over 400 periods.
    np.testing.assert_allclose(jnp.max(entanglement), 0.24489, atol=1e-5)
    np.testing.assert_allclose([jnp.min(V[:, 0, 0]), jnp.max(V[:, 0, 0])], [0.28679, 1.22984], atol=2e-5)
    np.testing.assert_allclose(js.logarithmic_negativity(cycle.at(0.0)), jnp.mean(entanglement), rtol=1e-12)
    np.testing.assert_allclose(jnp.mean(entanglement), mean_entanglement(cavity, float(modulated.sideband)), atol=1e-6)


def mean_entanglement(cavity, sideband):
    """The mean over a period of E_N after 150 of them, by SciPy, the equations written out."""
    g, k, c = float(cavity.g_0), float(cavity.kappa), float(cavity.gamma_m)
    Q = np.diag([0, c * (2 * float(cavity.nbar) + 1), k, k])

    def motion(t, y):
        q, p, x, z = y[:4]
        V = y[4:].reshape(4, 4)
        a = x + 1j * z
        change = -(k + 1j - 1j * g * q) * a + float(cavity.drive) + 2 * sideband * np.cos(2 * t)
        s = np.sqrt(2) * g
        A = np.array([[0, 1, 0, 0], [-1, -c, s * x, s * z], [-s * z, 0, -k, 1 - g * q], [s * x, 0, g * q - 1, -k]])
        moved = A @ V + V @ A.T + Q
        return np.concatenate([[p, -q - c * p + g * abs(a) ** 2, change.real, change.imag], moved.ravel()])

    start = np.concatenate([np.zeros(4), np.diag([cavity.nbar + 0.5, cavity.nbar + 0.5, 0.5, 0.5]).ravel()])
    seen = (149 + np.arange(120) / 120) * np.pi
    way = solve_ivp(motion, (0, 150 * np.pi), start, method="DOP853", rtol=1e-9, atol=1e-9, t_eval=seen)
    return np.mean(jax.vmap(lambda V: negativity(V, 1))(jnp.asarray(way.y[4:].T.reshape(-1, 4, 4))))


@pytest.fixture(scope="module")
def mean_square():
    """Mean |z|^2 over the forced cycle of the mode, compiled."""
    return jax.jit(lambda model: jnp.mean(jnp.abs(js.find_limit_cycle(model, throw=False).amplitudes) ** 2))


def test_derivatives(mean_square):
    """Of |z0|^2 + depth^2 / 4 (|z+|^2 + |z-|^2): by the depth in closed form, by the others as differences say."""
    model = forced()
    gradient = jax.grad(mean_square)(model)
    sides = [1 / abs(0.1 + 1j - 1j * k * 0.9) ** 2 for k in (-1, 1)]
    np.testing.assert_allclose(gradient.depth, DEPTH / 2 * sum(sides), rtol=1e-8)
    for field in ("gamma", "period", "force", "omega"):
        h = 1e-5
        up, down = (mean_square(model.replace(**{field: getattr(model, field) + s * h})) for s in (1, -1))
        np.testing.assert_allclose(getattr(gradient, field), (up - down) / (2 * h), rtol=1e-6)
    arrays = jax.tree.map(jnp.asarray, model)
    along = jax.jvp(mean_square, (arrays,), (jax.tree.map(jnp.ones_like, arrays),))[1]
    np.testing.assert_allclose(along, sum(jax.tree.leaves(gradient)), rtol=1e-8)


@pytest.mark.slow
def test_sweep_and_design(mean_square):
    swept = js.sweep(mean_square, forced(), {"depth": [0.0, 0.5, 1.0]})
    sides = sum(1 / abs(0.1 + 1j - 1j * k * 0.9) ** 2 for k in (-1, 1))
    np.testing.assert_allclose(swept["value"], 1 / 1.01 + np.array([0.0, 0.5, 1.0]) ** 2 / 4 * sides, rtol=1e-9)
    near = lambda model: -((mean_square(model) - 10.0) ** 2)
    found = js.design.maximize(near, forced(), {"depth": (0.0, 2.0)}, steps=60)
    np.testing.assert_allclose(found.model.depth, np.sqrt((10 - 1 / 1.01) * 4 / sides), rtol=1e-3)


@pytest.mark.parametrize("name", sorted(set(js.models.__all__) - {"Model", "parameter"}))
def test_any_shipped_model(name):
    """A field of any model: what is constant in time leaves the motion as it was."""
    model = getattr(js.models, name)()
    field = next(f for f, value in vars(model).items() if isinstance(value, float) and value != 0)
    same = js.modulate(model, {field: lambda t: getattr(model, field) + 0 * t}, period=1.0)
    n = 2 * len(model.modes)
    x = np.random.default_rng(0).normal(size=n)
    for of_plain, of_modulated in zip(bind(model), bind(same), strict=True):
        part = np.asarray(of_modulated(place(same, x)))[(slice(n),) * np.ndim(of_plain(x))]
        np.testing.assert_allclose(part, of_plain(x), rtol=1e-12)
    assert same.modes == model.modes
    assert same.reversed().modes == model.modes


CELL = Mode()
WRONG = {
    "an unknown field": (lambda: js.modulate(CELL, {"forc": jnp.cos}, period=1.0), "did you mean `force`"),
    "no function": (lambda: js.modulate(CELL, {"force": 3.0}, period=1.0), "must hold functions"),
    "no fields": (lambda: js.modulate(CELL, {}, period=1.0), "must be functions by field"),
    "no model": (lambda: js.modulate("cell", {"force": jnp.cos}, period=1.0), "must be a model"),
    "another period": (lambda: js.modulate(CELL, {"force": jnp.cos}, period=3.0), "has not the period 3"),
    "no period": (lambda: js.modulate(CELL, {"force": jnp.cos}, period=0.0), "`period` must be positive"),
    "a negative one": (lambda: js.modulate(CELL, {"force": jnp.cos}, period=-1.0), "`period` must not be negative"),
    "a rate below zero": (lambda: js.modulate(CELL, {"gamma": jnp.cos}, period=2 * np.pi), "must not be negative"),
    "not finite": (lambda: js.modulate(CELL, {"force": lambda t: jnp.inf * jnp.cos(t)}, period=2 * np.pi), "be finite"),
    "not real": (lambda: js.modulate(CELL, {"force": lambda t: jnp.exp(1j * t)}, period=2 * np.pi), "a real number"),
    "many values": (
        lambda: js.modulate(CELL, {"force": lambda t: jnp.cos(t) * jnp.ones(2)}, period=2 * np.pi),
        re.escape("shape ()"),
    ),
    "an argument": (lambda: js.modulate(CELL, {"force": lambda t, f: f * t}, period=1.0), "takes `f`"),
    "a number's name": (lambda: js.modulate(CELL, {"force": jnp.cos}, period=1.0, gamma=1.0), "cannot be a number"),
    "twice": (lambda: js.modulate(forced(), {"n": jnp.cos}, period=PERIOD), "modulated already"),
    "a field given whole": (
        lambda: js.modulate(CELL, {"force": jnp.cos}, period=2 * np.pi).replace(force=1.0),
        "given by its modulation",
    ),
    "a period that the function does not know": (
        lambda: js.modulate(CELL, {"force": jnp.cos}, period=2 * np.pi).replace(period=5.0),
        "has not the period 5",
    ),
    "a rest": (lambda: js.find_fixed_point(forced()), "call find_limit_cycle"),
    "rests": (lambda: js.find_fixed_points(forced()), "call find_limit_cycle"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_bad_input(wrong):
    call, words = WRONG[wrong]
    with pytest.raises(js.InputError, match=words):
        call()
