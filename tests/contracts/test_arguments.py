"""What cannot be used is refused with a message that names the argument and says what would do."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import stack, trajectory

import jaxsync as js
from jaxsync.models.equations import diffusion_matrix, velocity


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"omega_1": 0.0}, "`omega_1` must be a positive frequency"),
        ({"omega_1": 1e7, "light_from": "above"}, "`light_from` must be 'right' or 'left'.*'above'"),
        ({"omega_1": 1e7, "sagnac": 1e6, "angular_speed": 6e3}, "exclude each other"),
        ({"omega_1": 1e7, "nbar_1": 1.0, "temperature": 1.0}, "exclude each other"),
        ({"omega_1": 1e7, "temperature": -1.0}, "`temperature` must be zero or more"),
        ({"omega_1": 1e7, "kap_a": 1.0}, "Unknown field `kap_a`.*`kappa_a`"),
        ({"omega_1": 1e7, "kappa_a": -1.0}, "`kappa_a` must not be negative"),
    ],
)
def test_from_si_refuses(arguments, message):
    with pytest.raises(js.InputError, match=message):
        js.OptoMagnoMechanical.from_si(**arguments)


@pytest.mark.parametrize("change", [lambda **kw: js.OptoMagnoMechanical(**kw), js.OptoMagnoMechanical().replace])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kerr": float("nan")}, "Argument `kerr` must be finite, but is nan"),
        ({"chi": np.array([0.1, np.inf])}, "`chi` must be finite"),
        ({"chi": jnp.array([0.1, jnp.nan])}, "`chi` must be finite"),
        ({"kappa_a": -0.1}, "`kappa_a` must not be negative, but is -0.1"),
        ({"gamma_2": np.array([0.1, -0.1])}, "`gamma_2` must not be negative"),
        ({"nbar_1": -1}, "`nbar_1` must not be negative"),
        ({"delta_a": "-1"}, "`delta_a` must be a real number.*'-1'"),
        ({"delta_a": None}, "`delta_a` must be a real number"),
        ({"delta_a": 1j}, "`delta_a` must be a real number"),
        ({"delta_a": [1.0, [2.0]]}, "`delta_a` must be a real number"),
        ({"delta_a": True}, "`delta_a` must be a real number"),
        ({"detla_a": 1.0}, "Unknown field `detla_a`.*did you mean `delta_a`"),
        ({"zzz": 1.0}, "Unknown field `zzz`.*its fields are omega_1"),
    ],
)
def test_bad_parameters_are_refused(change, arguments, message):
    with pytest.raises(js.InputError, match=message):
        change(**arguments)


MODEL = js.OptoMagnoMechanical()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: js.find_fixed_point(MODEL, np.zeros(3)), r"`start` must be one complex amplitude per mode.*\(4,\)"),
        (lambda: js.find_fixed_point(MODEL, np.full(4, np.nan)), "`start` must be finite"),
        (lambda: js.find_limit_cycle(MODEL, np.zeros((4, 2))), "`start` must be one complex amplitude per mode"),
        (lambda: js.find_fixed_points(MODEL, starts=0), "`starts` must be 1 or more, but is 0"),
        (lambda: jax.vmap(js.find_fixed_points)(stack([MODEL])), "`model` is traced.*outside jit, vmap and grad"),
        (lambda: js.simulate(MODEL, [0.0, 2.0, 1.0]), "`times` must be finite and increasing"),
        (lambda: js.simulate(MODEL, [1.0, 1.0]), "`times` must be finite and increasing"),
        (lambda: js.simulate(MODEL, [-1.0, 1.0]), "increasing from zero"),
        (lambda: js.simulate(MODEL, [1.0, np.nan]), "`times` must be finite"),
        (lambda: js.simulate(MODEL, [0.0]), "`times` must reach beyond t = 0"),
        (lambda: js.simulate(MODEL, []), "`times` must be a one-dimensional array"),
        (lambda: js.simulate(MODEL, 3.0), "`times` must be a one-dimensional array"),
        (lambda: js.simulate(MODEL, [1.0], start="rest"), "`start` must be 'vacuum'.*'rest'"),
        (lambda: js.simulate(MODEL, [1.0], start=np.zeros(2)), "`start` must be one complex amplitude per mode"),
        (
            lambda: js.simulate(MODEL, [1.0], start=(np.zeros(4), np.eye(2))),
            r"`start` must have a covariance.*\(8, 8\)",
        ),
        (lambda: js.simulate(MODEL, [1.0], rtol=0.0), "`rtol` and `atol` must be positive"),
        (lambda: js.simulate(MODEL, [1.0], derivatives="both"), "`derivatives` must be 'reverse' or 'forward'"),
        (lambda: js.window_synchronization(MODEL, (1200.0, 1000.0)), "`window` must be two increasing times"),
        (lambda: js.window_synchronization(MODEL, (-1.0, 1000.0)), "`window` must be two increasing times from zero"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(js.InputError, match=message):
        call()


def resting(covariance=True):
    """A trajectory that was not integrated, to look at."""
    V = jnp.eye(8)[None] / 2 if covariance else None
    return trajectory(MODEL, jnp.zeros(1), jnp.ones((1, 4), complex), V)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: js.complete_synchronization(resting(), ("b1", "b3")), "`modes` must name modes.*a, m, b1, b2.*'b3'"),
        (lambda: js.phase_synchronization(resting(), ("b1", "b1")), "`modes` must name two different modes"),
        (lambda: js.complete_synchronization(resting(False)), "trajectory without covariance.*covariance=True"),
    ],
)
def test_measures_refuse(call, message):
    with pytest.raises(js.InputError, match=message):
        call()


class Wrong(js.Model):
    modes: ClassVar = ("z",)
    x: float = 1.0
    count: int = js.parameter(default=2, static=True)

    def rates(self, amplitudes):
        return jnp.zeros(self.count, complex) * self.x

    def diffusion(self):
        return jnp.ones(3)


def test_own_model_with_wrong_shapes():
    with pytest.raises(js.InputError, match=r"`rates` of Wrong must return one number per mode, shape \(1,\).*\(2,\)"):
        velocity(Wrong(), jnp.zeros(2))
    with pytest.raises(js.InputError, match=r"`diffusion` of Wrong must return shape \(2,\) or \(2, 2\).*\(3,\)"):
        diffusion_matrix(Wrong())
    np.testing.assert_array_equal(velocity(Wrong(count=1), jnp.zeros(2)), [0.0, 0.0])
    with pytest.raises(js.InputError, match="without couplings"):
        js.effective_couplings(trajectory(Wrong(), jnp.zeros(1), jnp.zeros((1, 1))))


def test_model_without_rates_says_so():
    class Empty(js.Model):
        modes: ClassVar = ("z",)
        x: float = 1.0

    with pytest.raises(js.InputError, match="Empty has no `rates`"):
        js.find_fixed_point(Empty())
