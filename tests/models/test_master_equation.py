"""Devices written as H and jump operators against QuTiP's steady states of the full quantum master equation."""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
import qutip

import jaxsync as js
from jaxsync import models
from jaxsync.attractors.ensemble import sample_trajectories

TRAJECTORIES = 10_000


class DrivenKerr(js.HamiltonianModel):
    """Decay at the amplitude rate 1, a Kerr effect, dephasing, and a drive."""

    modes: ClassVar = ("a",)
    kerr: float = 0.0
    dephasing: float = 0.0
    drive: float = 1.0

    def hamiltonian(self, z):
        n = (z[0] * z[0].conj()).real
        return -n + self.kerr * (n**2 - 2 * n) + 2 * self.drive * z[0].imag

    def jumps(self, z):
        return jnp.sqrt(2.0) * z[0], jnp.sqrt(self.dephasing) * (z[0] * z[0].conj()).real

    def exact(self, levels):
        """QuTiP's <n> and variance of n."""
        a = qutip.destroy(levels)
        n = a.dag() * a
        H = -n + self.kerr * a.dag() ** 2 * a**2 + 1j * self.drive * (a.dag() - a)
        state = qutip.steadystate(H, [np.sqrt(2) * a, np.sqrt(self.dephasing) * n])
        return qutip.expect(n, state), qutip.variance(n, state)


def quanta(model, time, start):
    """<n> and variance of n of trajectories, each with its standard error."""
    seen = sample_trajectories(model, np.array([time]), TRAJECTORIES, 0, start)[1]
    s = np.abs(seen[:, 0, 0]) ** 2
    # In Wigner's order |z|^2 stands for n + 1/2 and |z|^4 for n^2 + n + 1/2.
    n, n2 = s - 0.5, s**2 - s
    error = lambda x: x.std() / np.sqrt(len(x))
    return n.mean(), error(n), n2.mean() - n.mean() ** 2, error(n2 - 2 * n.mean() * n)


@pytest.mark.slow
def test_dephasing_is_exact():
    """Nothing of dephasing and a linear mode is left out of truncated Wigner, at any number of quanta."""
    model = DrivenKerr(dephasing=0.5, drive=2.0)
    mean, variance = model.exact(24)
    n, n_error, spread, spread_error = quanta(model, 12.0, [1.0])
    # Steps have weak order one in noise that depends on the state.
    assert abs(n - mean) < 3 * n_error + 2e-3 * mean
    assert abs(spread - variance) < 3 * spread_error + 2e-3 * variance


@pytest.mark.slow
def test_a_driven_kerr_mode_of_ten_quanta():
    """Kerr shift 2 K n = 0.5, detuning -1. Linear theory misses what the mean shifts by, of order one quantum."""
    model = DrivenKerr(kerr=0.025, dephasing=1e-9, drive=np.sqrt(12.5))
    mean, variance = model.exact(40)
    n, n_error, spread, spread_error = quanta(model, 12.0, [3.0])
    assert abs(n - mean) < 3 * n_error + 1e-2
    assert abs(spread - variance) < 3 * spread_error + 1e-2 * variance
    state = js.find_fixed_point(model, [3.0])
    linear = jnp.abs(state.amplitudes[0]) ** 2 + jnp.trace(state.covariance) / 2 - 0.5
    assert abs(linear - mean) < 1


@pytest.mark.slow
def test_two_van_der_pol_oscillators_of_one_quantum():
    """<n> = 1.2536 and S_C = 1 / <X_-^2 + Y_-^2> = 0.6876 by QuTiP; so few quanta are too few for truncated Wigner."""
    model = models.VanDerPolPair(loss=0.5)
    seen = sample_trajectories(model, np.array([12.0]), TRAJECTORIES, 0, [1.0, 1.0])[1][:, 0]
    spread = np.abs(seen[:, 0] - seen[:, 1]) ** 2
    n, s_c = np.mean(np.abs(seen) ** 2) - 0.5, 1 / spread.mean()
    # Off by 2 and 7 %, of which one is the standard error.
    assert abs(n / 1.2536 - 1) < 0.05
    assert 0.02 < 1 - s_c / 0.6876 < 0.12


def test_the_oscillator_of_one_quantum_at_most():
    """Where pairs are lost at once, QuTiP has the two levels 2/3 and 1/3 of Lee and Sadeghpour (2013)."""
    a = qutip.destroy(8)
    state = qutip.steadystate(a.dag() * a, [a.dag(), 1e3 * a**2])
    np.testing.assert_allclose(state.diag()[:2], [2 / 3, 1 / 3], atol=1e-5)
