"""Flows and kicks against closed forms: quadrature and linear theory to the digit, the rest in standard errors."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm, solve_continuous_lyapunov

from jaxsync.numerics.stochastic import (
    FEWEST,
    ORDER,
    constant_kick,
    end_weights,
    integrate,
    square_root,
    stratonovich_kick,
)
from jaxsync.numerics.stochastic_step import DAMPING, SHARE, SPREAD, TURN, Rates, longest_step, rates_at, rates_met

LANES = 20_000


def weights(steps):
    inner, ends = np.ones(steps + 1), end_weights()
    k = np.arange(steps + 1)
    return inner + ends[np.minimum(k, ORDER)] + ends[np.minimum(steps - k, ORDER)]


def sample(velocity, kick, start, times, steps, lanes=LANES):
    """x at the times, (lanes, t, n), each lane with its own noise."""
    keys = jax.random.split(jax.random.key(3), lanes)
    run = jax.jit(jax.vmap(lambda key: integrate(velocity, kick, start, jnp.asarray(times), jnp.asarray(steps), key)))
    return np.asarray(run(keys))


@pytest.mark.parametrize("steps", [FEWEST, FEWEST + 1, 2 * ORDER, 40])
def test_weights_are_positive_and_integrate_polynomials(steps):
    w, t = weights(steps), np.arange(steps + 1) / steps
    assert np.all(w > 0)
    for power in range(ORDER):
        np.testing.assert_allclose(w @ t**power / steps, 1 / (power + 1), rtol=1e-13)


def test_the_outermost_weight_is_gregorys():
    """1/2 less the sum of Gregory's coefficients 1/12, 1/24, 19/720, 3/160, 863/60480, 275/24192, 33953/3628800."""
    published = ["1/12", "1/24", "19/720", "3/160", "863/60480", "275/24192", "33953/3628800"]
    expected = Fraction(1, 2) - sum(Fraction(c) for c in published)
    np.testing.assert_allclose(1 + end_weights()[0], float(expected), rtol=1e-14)


@pytest.mark.parametrize(
    ("A", "Q", "bound"),
    [
        (np.array([[-1.0]]), np.array([[2.0]]), 1.2e-4),
        (np.array([[0.0, 1.0], [-1.0, -1.0]]), np.diag([0.0, 2.0]), 2.4e-4),
        (np.array([[0.0, 1.0], [-1.0, -0.01]]), np.diag([0.0, 0.02]), 2.4e-4),
    ],
    ids=["decay", "damped", "weakly damped"],
)
def test_the_longest_steps_have_the_lyapunov_covariance(A, Q, bound):
    """What `SPREAD` says of itself, with SciPy's propagators: 1e-4 and 2e-4, and a fifth on top for the rounding."""
    n, steps = len(A), 20
    change = lambda V: A @ V + V @ A.T
    h = SPREAD / np.sqrt(np.linalg.norm(change(change(Q))) / np.linalg.norm(Q))
    P, covariance = expm(A * h), np.zeros_like(Q)
    for w in weights(steps):
        covariance = P @ covariance @ P.T + w * h * Q
    interval = np.kron(*2 * [np.linalg.matrix_power(P, steps)])
    found = np.linalg.solve(np.eye(n * n) - interval, covariance.reshape(-1)).reshape(n, n)
    expected = solve_continuous_lyapunov(A, -Q)
    sizes = np.sqrt(np.diag(expected))
    assert np.max(np.abs(found - expected) / np.outer(sizes, sizes)) < bound


def test_a_long_turn_loses_no_more_than_its_share():
    """10,000 radians at gamma = 1e-6, no noise: 10 s of a tuning fork."""
    gamma, duration = 1e-6, 1e4
    A = jnp.array([[-gamma, 1.0], [-1.0, -gamma]])
    step = longest_step(Rates(jnp.asarray(1.0), jnp.asarray(0.0)), duration)
    quiet = constant_kick(jnp.zeros((2, 2)))
    steps = jnp.array([int(np.ceil(duration / step))])
    x = integrate(lambda x: A @ x, quiet, jnp.array([1.0, 0.0]), jnp.array([duration]), steps, jax.random.key(0))
    lost = 1 - np.sum(np.asarray(x) ** 2) / np.exp(-2 * gamma * duration)
    assert 0 < lost < SHARE


@pytest.mark.parametrize("temperature", [0.25, 1.0])
def test_a_double_well_has_boltzmanns_variance(temperature):
    """x' = x - x^3 + noise from the top of the barrier, step as the trajectories ask; by quadrature, in errors."""
    velocity = lambda x: x - x**3
    strength = jnp.array([[np.sqrt(2 * temperature), 0.0], [0.0, 0.0]])
    kick, start, times = constant_kick(strength), jnp.zeros(2), np.array([20.0, 25.0, 30.0, 35.0])
    rates = rates_met(velocity, lambda x: strength, kick, jnp.zeros((16, 2)), times[-1], jax.random.key(0))
    steps = np.ceil(np.diff(times, prepend=0) / longest_step(rates, times[-1])).astype(int)
    x = sample(velocity, kick, start, times, steps)[:, :, 0]
    weight = lambda y: np.exp((y**2 / 2 - y**4 / 4) / temperature)
    expected = quad(lambda y: y**2 * weight(y), -5, 5)[0] / quad(weight, -5, 5)[0]
    squares = np.mean(x**2, axis=1)
    # The bias is 5e-4 or less (the transfer operator's, by quadrature on a grid); the error is about 1e-3.
    assert abs(squares.mean() - expected) < 3 * squares.std() / np.sqrt(LANES) + 5e-4


def test_geometric_brownian_motion():
    """dx = a x dt + b x dW in Stratonovich's sense: log x is Gaussian with mean a t and variance b^2 t."""
    a, b, t = -0.3, 0.5, 2.0
    x = sample(lambda x: a * x, stratonovich_kick(lambda x: b * jnp.diag(x), 2), jnp.ones(2), [t], [20])[:, 0]
    logs = np.log(x)
    error = b * np.sqrt(t / LANES)
    np.testing.assert_array_less(np.abs(logs.mean(axis=0) - a * t), 3.5 * error)
    np.testing.assert_array_less(np.abs(logs.var(axis=0) / (b**2 * t) - 1), 3.5 * np.sqrt(2 / LANES))


def test_dephasing_turns_and_keeps_the_modulus():
    """dz = i sqrt(2 G) z dW: <z> = exp(-G t), |z| stays (Kubo)."""
    G, t = 0.4, 1.5
    strength = lambda x: np.sqrt(2 * G) * jnp.stack([jnp.stack([-x[1], x[0]]), jnp.zeros(2)], axis=1)
    x = sample(jnp.zeros_like, stratonovich_kick(strength, 2), jnp.array([1.0, 0.0]), [t], [60])[:, 0]
    # Classical Runge-Kutta loses angle^6 / 144 of the modulus: at the largest of a million kicks, 0.7, 8e-4 in one.
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, atol=2e-3)
    error = x.std(axis=0) / np.sqrt(LANES)
    np.testing.assert_array_less(np.abs(x.mean(axis=0) - [np.exp(-G * t), 0]), 3.5 * error)


def test_noise_as_strong_as_the_amplitude():
    """dx = c |x| dW in two dimensions, whose columns do not commute: <log |x|> = c^2 t / 2, <|x|^2> = exp(3 c^2 t)."""
    c, t = 0.3, 1.0
    strength = lambda x: c * jnp.linalg.norm(x) * jnp.eye(2)
    x = sample(jnp.zeros_like, stratonovich_kick(strength, 2), jnp.array([1.0, 0.0]), [t], [40])[:, 0]
    for values, expected in (
        (np.log(np.linalg.norm(x, axis=1)), c**2 * t / 2),
        (np.sum(x**2, axis=1), np.exp(3 * c**2 * t)),
    ):
        assert abs(values.mean() - expected) < 3.5 * values.std() / np.sqrt(LANES)


def test_rates_of_a_mode_that_turns():
    """A phase-insensitive noise spreads at twice the damping, however fast the mode turns.

    That of one quadrature turns at 2 omega but for its isotropic half: sqrt2 / 2 (2 omega)^2, over its norm, 1.
    """
    gamma, omega = 0.1, 50.0
    velocity = lambda x: jnp.array([[-gamma, omega], [-omega, -gamma]]) @ x
    for Q, spread in ((jnp.eye(2), 2 * gamma), (jnp.diag(jnp.array([1.0, 0.0])), 8**0.25 * omega)):
        rates = rates_at(velocity, lambda x, Q=Q: square_root(Q), jnp.ones(2))
        np.testing.assert_allclose(rates.drift, gamma + omega, rtol=1e-12)  # the sum over a row
        np.testing.assert_allclose(rates.spread, spread, rtol=1e-4)  # (gamma / omega)^2 in the second


@pytest.mark.parametrize("unit", [1e-8, 1.0, 1e7])
def test_steps_are_in_the_devices_unit(unit):
    """x' = -x^3 from where every rate vanishes: the same step in any unit, and no step that is infinite."""
    velocity, strength = lambda x: -unit * x**3, np.sqrt(unit) * jnp.eye(2)
    kick = constant_kick(strength)
    rates = rates_met(velocity, lambda x: strength, kick, jnp.zeros((8, 2)), 50 / unit, jax.random.key(0))
    # Of 8 trajectories in the quartic potential at temperature 1/2 none stays below |x| = 1, few go beyond 2.5.
    assert 3 < rates.drift / unit < 3 * 2.5**2
    assert 0 < longest_step(rates, 50 / unit) * unit < TURN / 3


def test_trajectories_that_all_run_away_end():
    """x' = x^3 + noise: infinite in finite time; what is left are the rates at the start."""
    velocity, strength = lambda x: x**3, jnp.eye(2)
    kick, starts = constant_kick(strength), jnp.full((4, 2), 2.0)
    rates = rates_met(velocity, lambda x: strength, kick, starts, 1e3, jax.random.key(0))
    np.testing.assert_allclose(rates.drift, 12.0)


def test_bounds_on_steps():
    assert longest_step(Rates(jnp.zeros(()), jnp.zeros(())), 1.0) == np.inf
    assert longest_step(Rates(jnp.asarray(2.0), jnp.asarray(0.0)), 0.0) == TURN / 2
    assert longest_step(Rates(jnp.asarray(2.0), jnp.asarray(8.0)), 1.0) == SPREAD / 8
    long = longest_step(Rates(jnp.asarray(1.0), jnp.asarray(0.0)), 1e8)
    np.testing.assert_allclose(DAMPING * 1e8 * long**8, SHARE)
