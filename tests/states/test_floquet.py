"""Fluctuations about orbits whose every deviation is known in closed form: oscillators with circular symmetry."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from jaxsync.numerics.stability import Stability
from jaxsync.states.floquet import cut, split_fluctuations

TURN = np.array([[0.0, -1.0], [1.0, 0.0]])

PERIOD_OF_PAIR = 2 * np.pi / (1.0 - 3e-4 * 100)


def oscillator(x, mu, beta, shear, frequency):
    """z' = (mu + i w - (beta + i s) |z|^2) z, whose cycle is a circle of radius |z|^2 = mu/beta."""
    quanta = (x[0] ** 2 + x[1] ** 2) / 2
    growth, turning = mu - beta * quanta, frequency - shear * quanta
    return jnp.stack([growth * x[0] - turning * x[1], growth * x[1] + turning * x[0]])


@jax.jit
def split_circle(mu, beta, shear, frequency, diffusion):
    turning, radius = frequency - shear * mu / beta, jnp.sqrt(2 * mu / beta)
    period = 2 * jnp.pi / turning
    velocity = lambda x: oscillator(x, mu, beta, shear, frequency)
    orbit = cut(velocity, lambda x: diffusion * jnp.eye(2), jnp.array([radius, 0.0]), period, samples=60)
    return split_fluctuations(orbit, period)


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e9])
@pytest.mark.parametrize("mu", [0.1, 1e-3, 1e-6, 1e-8])
def test_any_quality_in_any_unit(mu, unit):
    # Deviations e_r + (s/beta) e_phi decay by 2 mu without moving the phase phi - (s/beta) log r.
    bend, beta, diffusion = 0.3, mu / 200, 0.7
    found = split_circle(mu * unit, beta * unit, bend * beta * unit, 1.3 * unit, diffusion * unit)
    assert found.stability == Stability.STABLE
    radius, turning = np.sqrt(2 * mu / beta), 1.3 - bend * mu
    across = np.array([1.0, bend])
    # Rounding in a period, some 1e-14, over what is lost in it, 1e-7 at the least; the uncertainty is a bound on that.
    tolerance = 1e-11 + 1e-14 / mu
    covariance = diffusion / (4 * mu) * np.outer(across, across)
    np.testing.assert_allclose(found.covariance[0], covariance, rtol=0, atol=tolerance * np.max(covariance))
    correlation = -diffusion * bend / (2 * mu * radius * turning) * across / unit
    np.testing.assert_allclose(found.phase_correlation[0], correlation, rtol=3 * tolerance)
    rate = diffusion / (radius * turning) ** 2 * (1 + bend**2) / unit
    np.testing.assert_allclose(found.phase_diffusion, rate, rtol=tolerance)
    np.testing.assert_allclose(1 - found.contraction, -np.expm1(-4 * np.pi * mu / turning), rtol=tolerance)
    assert found.uncertainty < 1e-4
    # All samples are turned copies of the first.
    spreads = np.trace(np.asarray(found.covariance), axis1=1, axis2=2)
    np.testing.assert_allclose(spreads, spreads[0], rtol=1e-12)


def test_too_slow_a_decay_is_marginal():
    found = split_circle(1e-12, 1e-14, 0.0, 1.0, 0.7)
    assert found.stability == Stability.MARGINAL
    assert np.all(np.isnan(found.covariance)) and np.isnan(found.phase_diffusion)


def test_derivatives():
    rate = lambda mu, shear: split_circle(mu, 1e-3, shear, 1.3, 0.7).phase_diffusion
    closed = lambda mu, s: 0.7 * 1e-3 / (2 * mu) / (1.3 - s * mu / 1e-3) ** 2 * (1 + (s / 1e-3) ** 2)
    at = (0.1, 2e-4)
    expected = jax.grad(closed, (0, 1))(*at)
    # The orbit's point is a closed form here as well, so that this is the whole derivative.
    np.testing.assert_allclose(jax.grad(rate, (0, 1))(*at), expected, rtol=1e-9)
    np.testing.assert_allclose(jax.jacfwd(rate, (0, 1))(*at), expected, rtol=1e-9)


@pytest.mark.parametrize(("kappa", "substeps"), [(0.3, 1), (6.0, 2), (40.0, 8)])
def test_along_strongly_contracting_orbits(kappa, substeps):
    pull, noise = 0.05, np.diag([0.5, 0.5, kappa, kappa])
    velocity = lambda x: jnp.concatenate(
        [oscillator(x[:2], 0.1, 1e-3, 3e-4, 1.3) + pull * (x[2:] - x[:2]), kappa * (x[:2] - x[2:])]
    )
    # In a frame that turns with the cycle everything rests: find radius and frequency there, by Newton's method.
    generator = np.kron(np.eye(2), TURN)
    unknown = np.array([14.0, 14.0, -2.0, 1.2])  # radius, X2, Y2, frequency
    place = lambda p: jnp.stack([p[0], 0.0, p[1], p[2]])
    rest = jax.jit(lambda p: velocity(place(p)) - p[3] * generator @ place(p))
    slope = jax.jit(jax.jacfwd(rest))
    for _ in range(20):
        unknown = unknown - np.linalg.solve(slope(unknown), rest(unknown))
    assert np.linalg.norm(rest(unknown)) < 1e-12
    point, turning = np.asarray(place(unknown)), unknown[3]
    u = np.asarray(velocity(point))
    A = np.asarray(jax.jacfwd(velocity)(point)) - turning * generator
    values, vectors = np.linalg.eig(A.T)
    v = vectors[:, np.argmin(abs(values))].real
    v = v / (v @ u)
    aside = np.eye(4) - np.outer(u, v)
    decaying = A - np.outer(u, v)  # moves the neutral direction's rate from 0 to -1, where nothing is
    covariance = solve_continuous_lyapunov(decaying, -aside @ noise @ aside.T)
    correlation = -np.linalg.solve(decaying, aside @ noise @ v)

    period = jnp.asarray(2 * np.pi / turning)
    orbit = jax.jit(lambda: cut(velocity, lambda x: jnp.asarray(noise), jnp.asarray(point), period, 60, substeps))()
    found = jax.jit(split_fluctuations)(orbit, period)
    assert found.stability == Stability.STABLE
    np.testing.assert_allclose(found.phase_gradients[0], v, rtol=0, atol=1e-9 * np.max(abs(v)))
    np.testing.assert_allclose(found.covariance[0], covariance, rtol=0, atol=1e-8 * np.max(abs(covariance)))
    np.testing.assert_allclose(found.phase_correlation[0], correlation, rtol=0, atol=1e-8 * np.max(abs(correlation)))
    np.testing.assert_allclose(found.phase_diffusion, v @ noise @ v, rtol=1e-8)
    # Going round adds nothing: every sample is the first one, turned.
    for k in (17, 59):
        angle = 2 * np.pi * k / 60
        turned = np.kron(np.eye(2), np.cos(angle) * np.eye(2) + np.sin(angle) * TURN)
        expected = turned @ covariance @ turned.T
        np.testing.assert_allclose(found.covariance[k], expected, rtol=0, atol=1e-8 * np.max(abs(covariance)))


@jax.jit
def split_pair(exchange, angle):
    """Two equal oscillators that pull at each other, the second one's phase ahead by the angle."""
    velocity = lambda x: jnp.concatenate(
        [
            oscillator(x[:2], 0.1, 1e-3, 3e-4, 1.0) + exchange * (x[2:] - x[:2]),
            oscillator(x[2:], 0.1, 1e-3, 3e-4, 1.0) + exchange * (x[:2] - x[2:]),
        ]
    )
    point = np.sqrt(200.0) * jnp.stack([1.0, 0.0, jnp.cos(angle), jnp.sin(angle)])
    orbit = cut(velocity, lambda x: jnp.eye(4), point, PERIOD_OF_PAIR, samples=60)
    return split_fluctuations(orbit, PERIOD_OF_PAIR)


@pytest.mark.parametrize("angle", [0.0, 0.7, 2.0])
def test_two_neutral_phases_are_marginal(angle):
    found = split_pair(0.0, angle)
    assert found.stability == Stability.MARGINAL
    assert np.all(np.isnan(found.covariance))


@pytest.mark.parametrize(("exchange", "expected"), [(0.01, Stability.STABLE), (-0.01, Stability.UNSTABLE)])
def test_coupled_phases(exchange, expected):
    # In phase the exchange vanishes; the difference of the phases decays by 2 exchange, sheared by s/beta.
    found = split_pair(exchange, 0.0)
    assert found.stability == expected
    # Deviations of the difference: radial -2 mu - 2e, tangential -2e, one feeding the other only.
    np.testing.assert_allclose(found.contraction, np.exp(-2 * exchange * PERIOD_OF_PAIR), rtol=1e-9)
