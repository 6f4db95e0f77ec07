"""Quantum van der Pol oscillators and squeezed modes against closed forms, exact states, and the general rules."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxsync as js
from jaxsync import models
from jaxsync.attractors.ensemble import sample_trajectories

EXACT = {0.05: (10.500912, 15.2408786), 0.02: (25.5, 37.75)}
"""Loss to <n> and variance of n, gain 1: QuTiP's steady state, and the rate equation of the diagonal."""


def matrix(*rates):
    """A row of oscillators with these couplings."""
    return np.diag(rates, 1) + np.diag(rates, -1)


@pytest.mark.parametrize("name", ["rates", "drift", "noise_induced_drift", "diffusion"])
def test_an_array_is_what_its_hamiltonian_and_jumps_say(name):
    array = models.VanDerPolArray(
        omega=jnp.array([1.0, 1.2, 0.7]), loss=0.3, exchange=matrix(0.3, -0.1), dissipation=matrix(0.2, 0.0)
    )
    z = jnp.array([1.0 + 2j, 0.5 - 1j, -0.3 + 0.2j])
    if name == "diffusion":
        S = array.noise(z)
        np.testing.assert_allclose(array.diffusion(z), S @ S.T, atol=1e-14)
    else:
        np.testing.assert_allclose(getattr(array, name)(z), getattr(js.HamiltonianModel, name)(array, z), rtol=1e-13)


def test_a_pair_is_an_array_of_two():
    pair = models.VanDerPolPair(exchange=0.3)
    array = models.VanDerPolArray(omega=[1.05, 0.95], exchange=matrix(0.3), dissipation=matrix(2.0))
    z = jnp.array([1.0 + 2j, 0.5 - 1j])
    np.testing.assert_allclose(pair.rates(z), array.rates(z), rtol=1e-14)
    np.testing.assert_allclose(pair.diffusion(z), array.diffusion(z), atol=1e-14)


def test_one_alone_is_driven_and_has_a_kerr_effect():
    """-i omega z - 2 i K (|z|^2 - 1) z + drive, from the symbol |z|^4 - 2 |z|^2 of a^+^2 a^2."""
    one = models.QuantumVanDerPol(kerr=0.1, drive=0.4)
    z, n = jnp.array([1.5 - 0.7j]), 1.5**2 + 0.7**2
    expected = (0.5 - 0.05 * (n - 1) - 1j - 0.2j * (n - 1)) * z + 0.4
    np.testing.assert_allclose(one.rates(z), expected, rtol=1e-14)


def test_a_pair_locks_with_the_phase_of_adlers_equation():
    """In z_1 = r e^(i phi), z_2 = r: phi' = -(omega_1 - omega_2) - coupling sin(phi), with equal amplitudes."""
    model = models.VanDerPolPair()
    cycle = js.find_limit_cycle(model, [3.0, 2.0])
    ratio = cycle.amplitudes[:, 0] / cycle.amplitudes[:, 1]
    np.testing.assert_allclose(ratio, np.exp(-1j * np.arcsin(0.1 / 2)), rtol=1e-9)
    # 0 = gain/2 - loss (n - 1) - coupling (1 - cos phi) / 2
    quanta = 11 - 2 / (2 * 0.05) * (1 - np.cos(np.arcsin(0.05)))
    np.testing.assert_allclose(np.abs(cycle.amplitudes) ** 2, quanta, rtol=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        models.ParametricOscillator(kappa=0.8, delta=0.3, pump=0.6, nbar=0.4),
        models.SqueezedReservoir(kappa=0.6, delta=0.7, squeezing=0.9, angle=1.1, nbar=0.3, drive=0.4),
    ],
    ids=lambda model: type(model).__name__,
)
def test_squeezed_modes_have_their_closed_form(model):
    V = js.find_fixed_point(model).covariance
    np.testing.assert_allclose(V, model.at_rest(), rtol=1e-12)
    assert js.check_model(model) is None
    # In any unit of the rates.
    rates = {name: 1e9 * getattr(model, name) for name in ("kappa", "delta", "pump", "drive") if hasattr(model, name)}
    np.testing.assert_allclose(js.find_fixed_point(model.replace(**rates)).covariance, V, rtol=1e-12)


def test_squeezed_modes_are_their_hamiltonian_and_jumps():
    """The same devices written as operators."""

    class Written(js.HamiltonianModel):
        modes = ("a",)

        def hamiltonian(self, z):
            n = (z[0] * z[0].conj()).real
            return 0.3 * n + 0.6 * (0.5j * (z[0].conj() ** 2 - z[0] ** 2)).real + 0.01 * n**2

        def jumps(self, z):
            r, angle, k = 0.9, 1.1, 0.8
            return jnp.stack([jnp.sqrt(2 * k) * (jnp.cosh(r) * z[0] + jnp.sinh(r) * jnp.exp(1j * angle) * z[0].conj())])

    written, z = Written(), jnp.array([0.4 - 1.3j])
    pumped = models.ParametricOscillator(kappa=0.8, delta=0.3, pump=0.6, kerr=0.01)
    np.testing.assert_allclose(written.rates(z), pumped.rates(z), rtol=1e-13)
    bath = models.SqueezedReservoir(kappa=0.8, squeezing=0.9, angle=1.1)
    np.testing.assert_allclose(written.diffusion(z), bath.diffusion(), rtol=1e-13)


def test_above_threshold_a_parametric_oscillator_has_two_opposite_states():
    """2 kerr |a|^2 = sqrt(pump^2 - kappa^2) - delta on the bright branch."""
    model = models.ParametricOscillator(pump=1.5, kerr=0.02)
    found = [js.find_fixed_point(model, start) for start in ([5.0 - 3j], [-5.0 + 3j])]
    np.testing.assert_allclose(found[0].amplitudes, -found[1].amplitudes, rtol=1e-12)
    np.testing.assert_allclose(np.abs(found[0].amplitudes) ** 2, np.sqrt(1.25) / 0.04, rtol=1e-12)
    assert found[0].stable


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"exchange": [[0.0, 1.0], [2.0, 0.0]]}, "`exchange` must be a symmetric"),
        ({"dissipation": [[1.0, 1.0], [1.0, 0.0]]}, "`dissipation` must be .* zeros on the diagonal"),
        ({"exchange": 1.0}, "`exchange` must be a symmetric"),
        ({"exchange": matrix(1.0), "dissipation": matrix(1.0, 1.0)}, r"same shape, but have \(2, 2\) and \(3, 3\)"),
        ({"dissipation": -matrix(1.0)}, "`dissipation` must not be negative"),
    ],
)
def test_couplings_that_cannot_be(fields, message):
    with pytest.raises(js.InputError, match=message):
        models.VanDerPolArray(**fields)


@pytest.mark.slow
def test_quanta_of_ten_thousand_trajectories():
    """<n> within three standard errors of the exact one, its variance of that of truncated Wigner, which is off."""
    loss = 0.05
    mean, variance = EXACT[loss]
    # The radius relaxes at the rate 1.1.
    _, seen, _ = sample_trajectories(models.QuantumVanDerPol(loss=loss), np.array([12.0]), 10_000, 0, None)
    square = np.abs(seen[:, 0, 0]) ** 2
    # In Wigner's order |z|^2 stands for n + 1/2 and |z|^4 for n^2 + n + 1/2.
    n, n2 = square - 0.5, square**2 - square
    error = lambda x: x.std() / np.sqrt(len(x))
    assert abs(n.mean() - mean) < 3 * error(n)
    # Truncated Wigner's own stationary density, exp of minus its potential: what is simulated must be that.
    own = n2.mean() - n.mean() ** 2
    assert abs(own - wigner_variance(loss)) < 3 * error(n2 - 2 * n.mean() * n)
    # That is not the exact variance: 15.74 for 15.24, by the next order in one over the quanta.
    assert 0.02 < wigner_variance(loss) / variance - 1 < 0.05


def wigner_variance(loss):
    """Variance of n of the stationary truncated-Wigner density, by quadrature of the radial equation.

    From z' = gain/2 z - loss (|z|^2 - 1) z in Ito's sense and <dz dz*> = d dt, d = gain / 2 + 2 loss s, follows for
    s = |z|^2 the drift v = s (gain - 2 loss (s - 1)) + d and <ds ds> = 2 s d dt: the flux v P - (s d P)' vanishes.
    """
    s = np.linspace(0.0, 100.0, 400_001)
    d = 0.5 + 2 * loss * s
    # P = exp(integral of v / (s d)) / (s d), in which the integral of the drift's part d / (s d) is the logarithm of s.
    slope = (1 - 2 * loss * (s - 1)) / d
    potential = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(s))])
    P = np.exp(potential - potential.max()) / d
    mean = lambda x: np.trapezoid(x * P, s) / np.trapezoid(P, s)
    return mean(s**2 - s) - mean(s - 0.5) ** 2


@pytest.mark.slow
def test_derivatives_where_the_noise_depends_on_the_state():
    """Forward, reverse and differences, of the physical state of a pair at a time, and of couplings that are zero."""

    def measure(coupling):
        model = models.VanDerPolArray(omega=[1.05, 0.95, 1.0], exchange=matrix(0.0, 0.0) + 0 * coupling,
                                      dissipation=coupling)  # fmt: skip
        cycle = js.find_limit_cycle(model, [3.0, 2.5, 2.0], throw=False, settings=js.Settings(tolerance=1e-9))
        return js.collective_synchronization(cycle.at(30.0))

    at = matrix(1.0, 0.5)
    measure = jax.jit(measure)
    reverse = np.asarray(jax.jit(jax.grad(measure))(at))
    for move in (matrix(1.0, 0.0), np.eye(3)[::-1] - np.diag([0.0, 1.0, 0.0])):
        forward = jax.jvp(measure, (jnp.asarray(at),), (jnp.asarray(move),))[1]
        h = 1e-4
        difference = (measure(at + h * move) - measure(at - h * move)) / (2 * h)
        np.testing.assert_allclose(forward, np.sum(reverse * move), rtol=1e-8)
        np.testing.assert_allclose(forward, difference, rtol=1e-5)
