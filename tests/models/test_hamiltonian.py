"""Devices written as H and jump operators against the equations written out, closed forms, and exact steady states."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxsync as js
from jaxsync.models.equations import bind, to_quadratures


class Paper(js.HamiltonianModel):
    """Eq. (1) of the paper with its damping."""

    modes: ClassVar = ("a", "m", "b1", "b2")
    pair: ClassVar = ("b1", "b2")
    window: ClassVar = (1000.0, 1200.0)
    kerr: float = 0.0
    chi: float = 0.02
    nbar: float = 0.0

    def hamiltonian(self, z):
        a, m, b1, b2 = z
        n = (z * z.conj()).real
        energy = -1.005 * n[0] - n[1] + n[2] + 1.005 * n[3] - 2 * self.chi * (b1.conj() * b2).real
        energy = energy - 2 * 0.005 * (n[1] * b1.real + n[0] * b2.real) + self.kerr * n[1] ** 2
        return energy + 35 * (1j * (a.conj() - a) + 1j * (m.conj() - m))

    def jumps(self, z):
        bath = jnp.stack([jnp.zeros(()), self.nbar * jnp.ones(())])[jnp.array([0, 0, 1, 1])]
        gamma = 2 * jnp.array([0.15, 0.2, 0.005, 0.005])
        return jnp.concatenate([jnp.sqrt(gamma * (bath + 1)) * z, jnp.sqrt(gamma * bath) * z.conj()])


class VanDerPol(js.HamiltonianModel):
    """One quantum is gained at the rate `gain`, two are lost together at the rate `loss`."""

    modes: ClassVar = ("a",)
    gain: float = 1.0
    loss: float = 0.05

    def hamiltonian(self, z):
        return (z[0] * z[0].conj()).real

    def jumps(self, z):
        return jnp.sqrt(self.gain) * z[0].conj(), jnp.sqrt(self.loss) * z[0] ** 2


class WithoutInduced(VanDerPol):
    noise_induced = False


class Dephasing(js.HamiltonianModel):
    modes: ClassVar = ("a",)
    rate: float = 0.4

    def hamiltonian(self, z):
        return 0 * z[0].real

    def jumps(self, z):
        return [jnp.sqrt(self.rate) * (z[0] * z[0].conj()).real]


class Squeezing(js.HamiltonianModel):
    """L = u a + v a^+, complex u and v."""

    modes: ClassVar = ("a",)
    u: ClassVar = 0.8 + 0.3j
    v: ClassVar = 0.2 - 0.4j

    def hamiltonian(self, z):
        return (z[0] * z[0].conj()).real

    def jumps(self, z):
        return jnp.stack([self.u * z[0] + self.v * z[0].conj()])


class Plain(js.Model):
    """The quantum van der Pol oscillator with its drift and diffusion written by hand, in Ito's sense."""

    modes: ClassVar = ("a",)
    gain: float = 1.0
    loss: float = 0.05

    def rates(self, amplitudes):
        z = amplitudes
        return (self.gain / 2 - 1j - self.loss * (z.real**2 + z.imag**2 - 1)) * z

    def diffusion(self, amplitudes):
        quanta = amplitudes[0].real ** 2 + amplitudes[0].imag ** 2
        return (self.gain / 2 + 2 * self.loss * quanta) * jnp.ones(2)


Z = jnp.array([3.0 + 1j, 2.0 - 5j, 100.0 + 7j, -40j])


@pytest.mark.parametrize("nbar", [0.0, 2.5])
def test_the_papers_hamiltonian_gives_its_equations(nbar):
    written, ready = Paper(kerr=-2e-5, nbar=nbar), js.OptoMagnoMechanical(kerr=-2e-5, nbar_1=nbar, nbar_2=nbar)
    np.testing.assert_allclose(written.rates(Z), ready.rates(Z), rtol=1e-13)
    np.testing.assert_allclose(written.diffusion(Z), jnp.diag(ready.diffusion()), atol=1e-15)


@pytest.mark.slow
def test_the_papers_hamiltonian_gives_its_numbers():
    found, expected = (js.window_synchronization(m(kerr=-2e-5)) for m in (Paper, js.OptoMagnoMechanical))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_rules_that_were_worked_out_by_hand():
    z = jnp.array([1.5 - 0.7j])
    n = float(jnp.abs(z[0]) ** 2)
    one = VanDerPol()
    np.testing.assert_allclose(one.rates(z), (0.5 - 1j - 0.05 * (n - 1)) * z, rtol=1e-14)
    np.testing.assert_allclose(WithoutInduced().rates(z), (0.5 - 1j - 0.05 * n) * z, rtol=1e-14)
    np.testing.assert_allclose(one.diffusion(z), (0.5 + 0.1 * n) * np.eye(2), atol=1e-14)
    # Dephasing decays by its noise-induced drift alone.
    np.testing.assert_allclose(Dephasing().rates(z), -0.2 * z, rtol=1e-14)
    np.testing.assert_allclose(Dephasing().drift(z), 0 * z, atol=1e-15)
    # <dz dz> = -u* v dt and <dz dz*> = (|u|^2 + |v|^2)/2 dt.
    S = Squeezing().noise(z) / np.sqrt(2)
    dz = S[0] + 1j * S[1]
    np.testing.assert_allclose(dz @ dz, -np.conj(Squeezing.u) * Squeezing.v, rtol=1e-14)
    np.testing.assert_allclose(dz @ dz.conj(), (abs(Squeezing.u) ** 2 + abs(Squeezing.v) ** 2) / 2, rtol=1e-14)


@pytest.mark.parametrize("model", [VanDerPol(), Plain()], ids=lambda m: type(m).__name__)
def test_the_cycle_of_a_quantum_van_der_pol_oscillator(model):
    """|z|^2 = gain / (2 loss) + 1 = 11, Q = gain/2 + 2 loss |z|^2 = 1.6 on the cycle, contraction 2 loss |z|^2."""
    cycle = js.find_limit_cycle(model)
    np.testing.assert_allclose(np.abs(cycle.amplitudes) ** 2, 11.0, rtol=1e-9)
    # The time shift is the phase's, over a speed sqrt2 |z| of the quadratures; the radius relaxes at 2 loss |z|^2.
    np.testing.assert_allclose(cycle.phase_diffusion, 1.6 / 22.0, rtol=1e-6)
    np.testing.assert_allclose(np.trace(cycle.transverse_covariance[0]), 1.6 / (4 * 0.05 * 11.0), rtol=1e-6)


def test_phase_gathered_on_the_way_where_the_noise_depends_on_the_state():
    """From |z|^2 = 1 outwards the variance of the phase gathers Q / (2 |z|^2) dt, Q = 0.5 + 0.1 |z|^2."""
    start = np.array([1.0 + 0j]), np.zeros((2, 2))
    cycle = js.find_limit_cycle(VanDerPol(), start, settings=js.Settings(tolerance=1e-9))
    n = lambda t: 11 / (1 + 10 * np.exp(-1.1 * t))  # the logistic equation n' = 1.1 n (1 - n / 11)
    t = np.linspace(0, 40, 400_001)
    rate = (0.5 + 0.1 * n(t)) / (2 * n(t))
    gathered = np.trapezoid(rate, t)
    # Without shear the phase's gradient is that of the angle. By default steps err by 1e-6, and this by 3e-5;
    # at 1e-9 it is the step to the cycle's own samples that is left, 1e-6.
    np.testing.assert_allclose(cycle.phase_variance(40.0), gathered, rtol=3e-6)


@pytest.mark.slow
@pytest.mark.parametrize("model", [VanDerPol(), Plain()], ids=lambda m: type(m).__name__)
def test_ensembles_have_the_exact_number_of_quanta(model):
    """QuTiP, and the rate equation of the diagonal: <n> = 10.500912, variance of n 15.2408786."""
    found = js.simulate_ensemble(model, [30.0], 4096, 0, settings=js.Settings(thorough=False))
    n = np.abs(found.trajectories[:, 0, 0]) ** 2
    assert abs(n.mean() - 0.5 - 10.500912) < 3 * n.std() / np.sqrt(len(n))
    # In Wigner's order |z|^4 stands for n^2 + n + 1/2.
    spread = (n**2).mean() - (n.mean() - 0.5) - 0.5 - (n.mean() - 0.5) ** 2
    draws = np.random.default_rng(0).choice(n, (200, len(n)))
    assert abs(spread - 15.2408786) < 3 * draws.var(axis=1).std() + 0.35  # truncated Wigner: 15.7 with any step


@pytest.mark.slow
def test_derivatives_of_cycles_with_such_noise():
    spread = lambda loss: jnp.trace(js.find_limit_cycle(VanDerPol(loss=loss), throw=False).transverse_covariance[0])
    # 1.6 in 1 / (2 loss) + 1 and gain/2 + 2 loss |z|^2 = 1.5 + 2 loss, over 4 loss |z|^2 = 2 + 4 loss.
    exact = lambda loss: (1.5 + 2 * loss) / (2 + 4 * loss)
    for derivative in (jax.grad, jax.jacfwd):
        np.testing.assert_allclose(derivative(spread)(0.05), jax.grad(exact)(0.05), rtol=1e-6)


def test_the_integral_of_a_spread_has_the_right_noise():
    """V along the way by `simulate` against the same equation with the noise looked up at each step."""
    model, x = VanDerPol(), to_quadratures(jnp.array([1.0 + 0j]))
    np.testing.assert_allclose(bind(model).noise(x), 0.6 * np.eye(2), rtol=1e-14)
    early = js.simulate(model, [1e-3], (np.array([1.0 + 0j]), np.zeros((2, 2))))
    np.testing.assert_allclose(early.covariance[0], 6e-4 * np.eye(2), rtol=5e-3, atol=1e-6)


def refused(**methods):
    return type("Refused", (VanDerPol,), methods)()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (refused(hamiltonian=lambda self, z: z[0] ** 2), "`hamiltonian` of Refused must be real, .* conjugate"),
        (
            refused(hamiltonian=lambda self, z: (z * z.conj()).real),
            r"must return one number, but returned shape \(1,\)",
        ),
        (refused(jumps=lambda self, z: jnp.log(0 * z)), "`jumps` of Refused must be finite"),
        (refused(jumps=lambda self, z: jnp.ones((2, 2)) * z[0]), r"shape \(m,\), but returned shape \(2, 2\)"),
        (js.HamiltonianModel(), "no `hamiltonian`|needs `modes`"),
    ],
)
def test_what_is_no_device_is_refused(model, message):
    with pytest.raises(js.InputError, match=message):
        js.check_model(model, jnp.array([1.0 + 0.5j]))
