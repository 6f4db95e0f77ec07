"""Devices that are not the paper's: other units, stiff cavities, high quality factors, cycles of many turns."""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
from systems import Rossler

import jaxsync as js

RATES = [name for name in vars(js.OptoMagnoMechanical()) if not name.startswith(("nbar", "external"))]


@pytest.fixture(scope="module")
def cycle():
    return js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 62.83, 1e9])
def test_the_unit_does_not_matter(unit, cycle):
    """The paper's cycle of the reference data, every rate multiplied."""
    scaled = cycle.model.replace(**{name: getattr(cycle.model, name) * unit for name in RATES})
    found = js.find_limit_cycle(scaled)
    assert found.outcome is js.Outcome.LIMIT_CYCLE
    np.testing.assert_allclose(found.period * unit, cycle.period, rtol=1e-9)
    np.testing.assert_allclose(found.amplitudes, cycle.amplitudes, rtol=1e-6)  # the phase is that of the motion's end
    for measure in (js.complete_synchronization, js.phase_synchronization):
        np.testing.assert_allclose(measure(found), measure(cycle), rtol=1e-8)
    window = tuple(t / unit for t in (1000.0, 1200.0))
    np.testing.assert_allclose(js.window_on_cycle(found, window), js.window_on_cycle(cycle), rtol=1e-6)
    early = js.integrated_window(cycle.model, (0.0, 10.0))
    np.testing.assert_allclose(js.integrated_window(scaled, (0.0, 10 / unit)), early, rtol=1e-6)


class Injected(js.Model):
    """A van der Pol oscillator in the frame of the tone that is injected into it: z' = (1/2 + i d - |z|^2/8) z + f."""

    modes: ClassVar = ("z",)
    detuning: float
    force: float = 0.0619

    def rates(self, z):
        return (0.5 + 1j * self.detuning - jnp.abs(z) ** 2 / 8) * z + self.force

    def diffusion(self):
        return jnp.ones(2)


@pytest.mark.parametrize("detuning", [0.02, 0.028, 0.034, 0.06, 0.105])
def test_beats_are_no_rest(detuning):
    """Locked where the cubic for |z|^2 has a stable root; beyond it beats, of a period that grows at the border."""
    n = np.roots([1 / 64, -1 / 8, 0.25 + detuning**2, -(Injected(0.0).force ** 2)])
    n = n[np.abs(n.imag) < 1e-9].real
    # Of the two eigenvalues the sum, 1 - |z|^2/2, and the product, (1/2 - n/8)(1/2 - 3n/8) + d^2.
    locked = np.any((1 - n / 2 < 0) & ((0.5 - n / 8) * (0.5 - 3 * n / 8) + detuning**2 > 0))
    found = js.classify(Injected(detuning), settings=js.Settings(steps=240, thorough=False))
    assert found.outcome is (js.Outcome.FIXED_POINT if locked else js.Outcome.LIMIT_CYCLE)
    if detuning == 0.06:
        np.testing.assert_allclose(found.period, 122.22, rtol=2e-3)


class Cell(js.Model):
    """One optomechanical cell."""

    modes: ClassVar = ("a", "b")
    kappa: float = 0.5
    gamma: float = 5e-3
    delta: float = -0.7
    g: float = 0.005
    drive: float = 322.5

    def rates(self, amplitudes):
        a, b = amplitudes
        light = -(self.kappa + 1j * (self.delta - 2 * self.g * b.real)) * a + self.drive
        return jnp.stack([light, -(self.gamma + 1j) * b + 1j * self.g * jnp.abs(a) ** 2])

    def diffusion(self):
        return jnp.repeat(jnp.stack([self.kappa, self.gamma]), 2)


@pytest.mark.slow
@pytest.mark.parametrize(("drive", "turns"), [(322.5, 6), (392.5, 4)])
def test_cycles_of_many_turns(drive, turns):
    cycle = js.find_limit_cycle(Cell(drive=drive))
    assert cycle.outcome is js.Outcome.LIMIT_CYCLE
    assert round(float(cycle.period) / (2 * np.pi)) == turns


@pytest.mark.slow
def test_a_resonator_of_high_quality():
    """A cell with Q = 10,000, of which brute force (Runge-Kutta's method at two steps) knows the swing once settled."""
    cycle = js.find_limit_cycle(Cell(gamma=1e-4, g=1e-4, delta=-1.0, drive=100.0))
    swing = np.ptp(np.asarray(cycle.amplitudes)[:, 1].real) / 2
    np.testing.assert_allclose(swing, 6379.98, rtol=1e-4)


@pytest.mark.slow
def test_a_stiff_cell_at_rest():
    """A cavity sixty times faster than the phonon, far from where explicit steps serve."""
    model = js.models.CoupledCells(kappa=60.0, delta_1=-30.0, delta_2=-30.0, drive=120.0)
    assert js.classify(model).outcome is js.Outcome.FIXED_POINT
    with pytest.raises(js.ConvergenceError, match=r"^No limit cycle: the motion comes to rest"):
        js.find_limit_cycle(model)
    at_rest = js.find_fixed_point(model)
    np.testing.assert_allclose(js.complete_synchronization(at_rest), 0.999579, rtol=1e-6)


class Laser(js.Model):
    """In the frame of its own light: at rest anywhere on a circle."""

    modes: ClassVar = ("z",)
    gain: float = 0.1

    def rates(self, z):
        return (self.gain - 0.01 * jnp.abs(z) ** 2) * z

    def diffusion(self):
        return jnp.full(2, 0.3)


@pytest.mark.slow
def test_a_circle_of_rests_is_one_attractor():
    found = js.find_attractors(Laser(), starts=16)
    assert len(found) == 1
    assert found[0].outcome is js.Outcome.MARGINAL
    np.testing.assert_allclose(found[0].amplitudes, [np.sqrt(10)], rtol=1e-3)


class WeaklyLocked(js.Model):
    """z' = (1 + i d - |z|^2) z + f: a tone too weak to hold the phase before the steps of a batch are spent."""

    modes: ClassVar = ("z",)
    f: float = 1e-4
    d: float = 3e-5

    def rates(self, amplitudes):
        z = amplitudes
        return (1 + 1j * self.d - 1e-4 * (z.real**2 + z.imag**2)) * z + 100 * self.f

    def diffusion(self):
        return jnp.ones(2)


@pytest.mark.slow
def test_a_slow_way_to_a_rest_is_no_cycle():
    """Locked, since |d| < f (Adler): yet its largest exponent is zero for as long as the steps of a batch reach."""
    assert js.classify(WeaklyLocked(), np.array([-70 + 70j])).outcome is js.Outcome.FIXED_POINT


class Repelling(js.Model):
    """Two equal oscillators that push each other apart: in phase they turn for ever, but a quantum lets them part."""

    modes: ClassVar = ("first", "second")

    def rates(self, z):
        return (0.1 + 1j - 0.001 * jnp.abs(z) ** 2) * z - 0.05 * (z[::-1] - z)

    def diffusion(self):
        return jnp.full(4, 0.1)


@pytest.mark.slow
def test_a_symmetric_start_does_not_stay_on_the_cycle_that_repels():
    """Opposite each other they see 0.1 + 2 x 0.05 of gain: |z|^2 = 200."""
    start = np.array([3.0, 3.0])
    assert js.classify(Repelling(), start).outcome is js.Outcome.LIMIT_CYCLE
    cycle = js.find_limit_cycle(Repelling(), start)
    assert cycle.kicked
    np.testing.assert_allclose(cycle.period, 2 * np.pi, rtol=1e-9)
    np.testing.assert_allclose(np.abs(cycle.amplitudes) ** 2, 200.0, rtol=1e-8)
    np.testing.assert_allclose(cycle.amplitudes[:, 0], -cycle.amplitudes[:, 1], rtol=1e-7)


@pytest.mark.slow
def test_chaos_is_no_cycle_however_long_it_is_looked_at():
    """Rossler's band at c = 5.7 (exponent 0.0714): it returns by chance as nearly as a cycle does."""
    with pytest.raises(js.ConvergenceError, match=f"^No limit cycle: {js.Outcome.CHAOTIC.found}"):
        js.find_limit_cycle(Rossler(), np.array([1.0, 0.0]))
