"""The long way: devices whose units, quality factors or stiffness the fixed steps do not serve."""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest

import jaxsync as js

RATES = [name for name in vars(js.OptoMagnoMechanical()) if not name.startswith("nbar")]


@pytest.mark.slow
@pytest.mark.timeout(900)  # compiling takes minutes on a busy machine
@pytest.mark.parametrize("unit", [62.83, 1e-3])
def test_the_unit_does_not_matter(unit):
    """The paper's cycle of the reference data, every rate multiplied."""
    model = js.OptoMagnoMechanical(kerr=-2e-5)
    scaled = model.replace(**{name: getattr(model, name) * unit for name in RATES})
    cycle = js.find_limit_cycle(scaled)
    assert cycle.outcome is js.Outcome.LIMIT_CYCLE
    np.testing.assert_allclose(cycle.period * unit, 6.433854147, rtol=1e-8)
    np.testing.assert_allclose(js.complete_synchronization(cycle), 0.318625, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_stiff_cell_at_rest():
    """Fixed steps of a fifth of 1/omega_1 call it divergent."""
    model = js.models.CoupledCells(kappa=60.0, delta_1=-30.0, delta_2=-30.0, drive=120.0)
    assert js.classify(model).outcome is js.Outcome.FIXED_POINT


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
@pytest.mark.timeout(900)
def test_a_slow_way_to_a_rest_is_no_cycle():
    """Locked, since |d| < f (Adler): yet its largest exponent is zero for as long as the steps of a batch reach."""
    assert js.classify(WeaklyLocked(), np.array([-70 + 70j])).outcome is js.Outcome.FIXED_POINT
