"""Own models that cannot be solved are refused with the reason, those that can are not."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxsync as js


class Damped(js.Model):
    """z' = -(1 + i) z + extra(z), which the cases below spoil."""

    modes: ClassVar = ("z",)
    drive: float = 0.3

    def rates(self, amplitudes):
        return -(1 + 1j) * amplitudes + self.drive + self.extra(amplitudes)

    def extra(self, z):
        return 0 * z

    def diffusion(self):
        return jnp.ones(2)


def spoilt(**methods):
    """A subclass with some methods replaced."""
    return type("Spoilt", (Damped,), methods)


REFUSED = {
    "floor": (spoilt(extra=lambda self, z: jnp.floor(z.real)), "not smooth: it uses floor"),
    "inside a loop": (
        spoilt(extra=lambda self, z: jax.lax.fori_loop(0, 3, lambda _, y: jnp.round(y.real) + 0j, z)),
        "not smooth: it uses round",
    ),
    "kink": (spoilt(extra=lambda self, z: jnp.abs(z.real) + 0j), "not smooth at zero amplitudes"),
    "modulus": (spoilt(extra=lambda self, z: jnp.abs(z) + 0j), "not smooth|derivative that is not finite"),
    "root": (
        spoilt(extra=lambda self, z: jnp.sqrt(z.real**2 + z.imag**2) * z),
        "derivative that is not finite at zero",
    ),
    "jump": (spoilt(extra=lambda self, z: jnp.where(z.real >= 0, 1.0, 0.0) + 0j), "not smooth at zero amplitudes"),
    "cut derivative": (
        spoilt(extra=lambda self, z: 2 * jax.lax.stop_gradient(z)),
        "slopes differ from its derivative by 2",
    ),
    "pole": (spoilt(extra=lambda self, z: 1 / z), "`rates` of Spoilt is not finite at zero amplitudes"),
    "if": (spoilt(extra=lambda self, z: z if z[0].real > 0 else -z), "jnp.where in place of `if`"),
    "numpy": (spoilt(extra=lambda self, z: np.sin(z)), "use jax.numpy in place of numpy"),
    "integers": (spoilt(rates=lambda self, z: jnp.zeros(1, int)), "must return complex numbers, but returned int"),
    "nothing": (spoilt(rates=lambda self, z: None), "`rates` of Spoilt returned nothing"),
    "shape": (spoilt(rates=lambda self, z: jnp.zeros(2, complex)), r"one number per mode, shape \(1,\).*\(2,\)"),
    "negative diffusion": (spoilt(diffusion=lambda self: jnp.array([1.0, -0.5])), "smallest is -0.5: noise cannot be"),
    "indefinite diffusion": (
        spoilt(diffusion=lambda self: jnp.array([[1.0, 2.0], [2.0, 1.0]])),
        "without negative eigenvalues, but its smallest is -1",
    ),
    "lopsided diffusion": (spoilt(diffusion=lambda self: jnp.array([[1.0, 0.5], [0.0, 1.0]])), "symmetric matrix"),
    "infinite diffusion": (
        spoilt(diffusion=lambda self: jnp.array([1.0, jnp.inf])),
        "`diffusion` of Spoilt must be finite",
    ),
    "shape of diffusion": (
        spoilt(diffusion=lambda self: jnp.ones(3)),
        r"`diffusion` of Spoilt must return shape \(2,\)",
    ),
    "occupations": (spoilt(thermal_occupations=lambda self: jnp.zeros(2)), r"`thermal_occupations`.*shape \(1,\)"),
    "no modes": (spoilt(modes=()), r"needs `modes`, a tuple of different names.*has \(\)"),
    "one string": (spoilt(modes="z"), "needs `modes`"),
    "twice the same": (spoilt(modes=("z", "z")), "needs `modes`"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_models_are_refused(case):
    cls, message = REFUSED[case]
    with pytest.raises(js.InputError, match=message):
        js.check_model(cls())


@pytest.mark.parametrize(
    "solve",
    [
        js.find_fixed_point,
        js.find_fixed_points,
        js.find_limit_cycle,
        js.classify,
        lambda model: js.simulate(model, [1.0]),
        lambda model: js.simulate_ensemble(model, [1.0], 2, 0),
        lambda model: js.find_attractors(model),
    ],
)
def test_solvers_look_first(solve):
    with pytest.raises(js.InputError, match="noise cannot be less than none"):
        solve(REFUSED["negative diffusion"][0]())


def test_what_is_smooth_where_it_starts_passes():
    # The pole and the root are at zero only.
    for case in ("pole", "root", "kink"):
        js.check_model(REFUSED[case][0](), np.array([2.0 - 1.0j]))
    with pytest.raises(js.InputError, match="at the amplitudes it starts from"):
        js.find_fixed_point(REFUSED["kink"][0](), np.array([1j]))
    # Strong, but smooth: a cubic at a large amplitude, and singular diffusion.
    cubic = spoilt(extra=lambda self, z: -50 * jnp.abs(z) ** 2 * z, diffusion=lambda self: jnp.array([0.0, 1.0]))
    js.check_model(cubic())
    js.check_model(cubic(), np.array([300.0 + 400.0j]))
    js.check_model(js.models.OptomechanicalChain(cells=8))


def test_nothing_is_said_inside_transformations():
    jax.jit(js.check_model)(REFUSED["negative diffusion"][0]())


class Still(js.Model):
    """Nothing but noise."""

    modes: ClassVar = ("z",)
    rate: float = 0.0

    def rates(self, amplitudes):
        return self.rate * amplitudes

    def diffusion(self):
        return jnp.ones(2)


@pytest.mark.parametrize("find", [js.find_fixed_point, js.find_limit_cycle, js.classify, js.find_attractors])
def test_what_does_not_move_has_no_state(find):
    with pytest.raises(js.InputError, match=r"^Model Still has no rate that is not zero: .* set a field\.$"):
        find(Still())


def test_what_does_not_move_still_diffuses():
    found = js.simulate(Still(), [2.0])
    np.testing.assert_allclose(found.covariance[0], 2.5 * np.eye(2), rtol=1e-8)  # the vacuum's 1/2, and 1 a time
