"""Models small enough for pen and paper, each a user's own subclass of `js.Model`."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import trajectory

import jaxsync as js


class Oscillator(js.Model):
    """z' = -(gamma + i omega) z + drive in a bath of n quanta."""

    modes: ClassVar = ("z",)
    omega: float = 1.3
    gamma: float = js.parameter(default=0.2, nonnegative=True)
    n: float = js.parameter(default=0.7, nonnegative=True)
    drive: float = 0.5

    def rates(self, amplitudes):
        return -(self.gamma + 1j * self.omega) * amplitudes + self.drive

    def diffusion(self):
        return jnp.full(2, self.gamma * (2 * self.n + 1))


class Exchange(js.Model):
    """Two resonant modes that exchange quanta, each in a bath of its own."""

    modes: ClassVar = ("left", "right")
    chi: float = 0.3
    gamma: float = js.parameter(default=0.2, nonnegative=True)
    n1: float = js.parameter(default=0.4, nonnegative=True)
    n2: float = js.parameter(default=2.5, nonnegative=True)

    def rates(self, amplitudes):
        left, right = amplitudes
        decay = -(self.gamma + 1j)
        return [decay * left + 1j * self.chi * right, decay * right + 1j * self.chi * left]

    def diffusion(self):
        return jnp.diag(jnp.repeat(self.gamma * (2 * jnp.stack([self.n1, self.n2]) + 1), 2))


class StuartLandau(js.Model):
    """z' = (mu + i omega) z - (g + i beta) |z|^2 z with diffusion q in each quadrature."""

    modes: ClassVar = ("z",)
    mu: float = 0.1
    omega: float = 1.5
    g: float = 0.01
    beta: float = 0.0
    q: float = js.parameter(default=0.3, nonnegative=True)

    def rates(self, amplitudes):
        (z,) = amplitudes
        quanta = z.real**2 + z.imag**2
        return jnp.stack([(self.mu + 1j * self.omega - (self.g + 1j * self.beta) * quanta) * z])

    def diffusion(self):
        return [self.q, self.q]


def test_damped_oscillator_at_rest():
    model = Oscillator()
    state = js.find_fixed_point(model)
    np.testing.assert_allclose(state.amplitudes, [0.5 / (0.2 + 1.3j)], rtol=1e-13)
    np.testing.assert_allclose(state.covariance, (0.7 + 0.5) * np.eye(2), atol=1e-13)
    np.testing.assert_allclose(sorted(state.eigenvalues, key=np.imag), [-0.2 - 1.3j, -0.2 + 1.3j], rtol=1e-12)
    assert state.stable and state.converged


def test_damped_oscillator_in_time():
    times = np.array([0.0, 0.3, 2.0, 11.0])
    start, squeezed = 2.0 - 1.0j, np.array([[0.1, 0.2], [0.2, 4.0]])
    trajectory = js.simulate(Oscillator(), times, (np.array([start]), squeezed))
    rest = 0.5 / (0.2 + 1.3j)
    # The tolerances of simulate are 1e-9 a step.
    expected = rest + (start - rest) * np.exp(-(0.2 + 1.3j) * times)
    np.testing.assert_allclose(trajectory.amplitudes[:, 0], expected, rtol=1e-7)
    for t, V in zip(times, trajectory.covariance, strict=True):
        # exp(-i omega t) turns (X, Y) clockwise.
        turn = np.array([[np.cos(1.3 * t), np.sin(1.3 * t)], [-np.sin(1.3 * t), np.cos(1.3 * t)]])
        expected = 1.2 * np.eye(2) + np.exp(-0.4 * t) * turn @ (squeezed - 1.2 * np.eye(2)) @ turn.T
        np.testing.assert_allclose(V, expected, atol=1e-7)


def test_exchanging_modes():
    # Quanta from n1' = -2 gamma (N1 - n1) - 2 chi Im C and C' = -2 gamma C + i chi (N1 - N2), C = <b1^+ b2>, at rest.
    chi, gamma, n1, n2 = 0.3, 0.2, 0.4, 2.5
    state = js.find_fixed_point(Exchange())
    moved = chi**2 * (n1 - n2) / (2 * (gamma**2 + chi**2))
    correlation = 1j * chi * (n1 - n2 - 2 * moved) / (2 * gamma)
    expected = np.diag(np.repeat([n1 - moved + 0.5, n2 + moved + 0.5], 2))
    # <b1^+ b2> = (<X1 X2> + <Y1 Y2> + i <X1 Y2> - i <Y1 X2>) / 2, and <b1 b2> = 0.
    cross = np.array([[correlation.real, correlation.imag], [-correlation.imag, correlation.real]])
    expected[:2, 2:], expected[2:, :2] = cross, cross.T
    np.testing.assert_allclose(state.covariance, expected, atol=1e-12)
    # O_- decouples from O_+, so the exchange does not show in the relative quadratures.
    s_q = js.complete_synchronization(state, ("left", "right"))
    np.testing.assert_allclose(s_q, 1 / (n1 + n2 + 1), rtol=1e-12)


START = 3.5  # radius in |z| to start from; the cycle is at sqrt(mu / g) = 3.16
SHEARS = (0.0, 0.006, -0.02)


@pytest.fixture(scope="module")
def stuart_landau():
    """Cycles without and with dependence of the frequency on the amplitude, from z = START; the last one from rest."""
    settings = js.Settings(transient=300.0, step=0.1)  # exp(-2 mu 300) = 1e-26 of the way is left
    models = jax.tree.map(lambda *leaves: np.asarray(leaves), *(StuartLandau(beta=beta) for beta in (*SHEARS, 0.0)))
    starts = np.array([[START]] * len(SHEARS) + [[0.0]], dtype=complex)
    find = jax.jit(jax.vmap(lambda model, start: js.find_limit_cycle(model, start, throw=False, settings=settings)))
    return jax.device_get(find(models, starts))


@pytest.mark.parametrize("lane", range(len(SHEARS)))
def test_stuart_landau_cycle(lane, stuart_landau):
    cycle = jax.tree.map(lambda leaf: leaf[lane], stuart_landau)
    mu, g, q, beta = 0.1, 0.01, 0.3, SHEARS[lane]
    speed = 1.5 - beta * mu / g  # of the phase; its sign is that of the rotation
    radius = np.sqrt(2 * mu / g)  # in quadrature units
    shear = beta / g
    assert cycle.converged and cycle.stable
    np.testing.assert_allclose(np.abs(cycle.amplitudes), np.sqrt(mu / g), rtol=1e-9)
    np.testing.assert_allclose(cycle.period, 2 * np.pi / speed, rtol=1e-9)
    np.testing.assert_allclose(np.abs(cycle.multipliers), [1, np.exp(-2 * mu * cycle.period)], rtol=1e-8)
    # r, the deviation of the radius, and p, that along the circle: r' = -2 mu r + noise, p' = -2 mu shear r + noise.
    # The time shift tau = (p - shear r) / (radius speed) is their combination that is pure noise; what is transverse
    # lies along (1, shear), with r the coordinate. So <r^2> = q / 4 mu, and <r tau>' = 0 gives the correlation.
    # (p - shear r)' has noise q (1 + shear^2): shear adds to the phase what the amplitude's noise turns into.
    np.testing.assert_allclose(cycle.phase_diffusion, q * (1 + shear**2) / (radius * speed) ** 2, rtol=1e-8)
    phases = np.angle(cycle.amplitudes[:, 0])
    outward = np.stack([np.cos(phases), np.sin(phases)], axis=1)
    forward = np.stack([-np.sin(phases), np.cos(phases)], axis=1)
    transverse = outward + shear * forward
    expected = q / (4 * mu) * transverse[:, :, None] * transverse[:, None, :]
    np.testing.assert_allclose(cycle.tangents, radius * speed * forward, atol=1e-8)
    np.testing.assert_allclose(cycle.transverse_covariance, expected, atol=1e-8)
    np.testing.assert_allclose(cycle.phase_correlation, -q * shear / (2 * mu * radius * speed) * transverse, atol=1e-8)
    # On the way from START, tau = (angle - shear log R) / speed, whose gradient squared is (1 + shear^2) / (speed R)^2:
    # s0 + D t is that at the start times the vacuum's 1/2, plus q times its integral over the known R(t). jaxsync
    # integrates by the trapezoidal rule at step 0.1, hence 1e-4.
    start = np.sqrt(2) * START
    way = (1 / start**2 - 1 / radius**2) / (2 * mu)
    s0 = (1 + shear**2) / speed**2 * (0.5 / start**2 + q * way)
    np.testing.assert_allclose(cycle.phase_variance(0.0), s0, rtol=1e-4)
    t = 40.0
    np.testing.assert_allclose(cycle.phase_variance(t), s0 + cycle.phase_diffusion * t, rtol=1e-4)


def test_stuart_landau_started_at_rest_has_no_cycle(stuart_landau):
    # Zero amplitude is a fixed point, if an unstable one: the mean field never leaves it, though a cycle exists.
    cycle = jax.tree.map(lambda leaf: leaf[-1], stuart_landau)
    assert not cycle.converged
    assert np.all(np.isnan(cycle.transverse_covariance)) and np.isnan(cycle.phase_variance(0.0))


def test_measures_of_a_known_state():
    model = js.OptoMagnoMechanical()

    def state(amplitudes, covariance):
        return trajectory(model, np.zeros(1), np.array([amplitudes]), covariance[None])

    # Vacuum: 1 / (1/2 + 1/2), and (1/2) / <dp'_-^2> with 1/2 in any direction.
    vacuum = state([1, 1, 1, 1], np.eye(8) / 2)
    for value in (js.complete_synchronization(vacuum), js.phase_synchronization(vacuum)):
        np.testing.assert_allclose(value, [1.0], rtol=1e-14)
    # Equal means leave nothing in the relative quadratures.
    np.testing.assert_allclose(js.complete_synchronization(vacuum, include_means=True), [1.0], rtol=1e-14)
    # b1 = 2 and b2 = -i: X_- + i Y_- = 2 + i, whose square is 5. Their angles 0 and -pi/2 make p' = Y_1 and X_2.
    V = np.diag([0.5, 0.5, 0.5, 0.5, 1.0, 2.0, 4.0, 8.0])
    V[5, 6] = V[6, 5] = 0.7
    other = state([2, 3j, 2, -1j], V)
    np.testing.assert_allclose(js.complete_synchronization(other), [1 / 7.5], rtol=1e-14)
    np.testing.assert_allclose(js.complete_synchronization(other, include_means=True), [1 / 12.5], rtol=1e-14)
    np.testing.assert_allclose(js.phase_synchronization(other), [1 / (2.0 + 4.0 - 2 * 0.7)], rtol=1e-14)
    couplings = js.effective_couplings(other)
    np.testing.assert_allclose([couplings["a"][0], couplings["m"][0]], [0.005 * 2, 0.005 * 3], rtol=1e-14)
