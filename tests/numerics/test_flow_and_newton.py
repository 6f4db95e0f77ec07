"""The numerical parts on their own: fixed steps of order eight, Newton's method with its derivatives, recurrence."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import DOP853

import jaxsync as js
from jaxsync.numerics import tableau
from jaxsync.numerics.flow import adjoint_step, flow, path, step
from jaxsync.numerics.newton import find_root


class Turning(js.Model):
    """A Stuart-Landau oscillator, z' = (1 + i omega) z - |z|^2 z: on the unit circle it turns at omega."""

    modes: ClassVar = ("z",)
    omega: float = 1.5

    def rates(self, amplitudes):
        return (1 + 1j * self.omega - jnp.abs(amplitudes) ** 2) * amplitudes

    def diffusion(self):
        return jnp.ones(2)


def rotating_growth(x):
    """Velocity of a Stuart-Landau oscillator, mu = 1, g = 1, omega = 2, in the coordinates (Re z, Im z)."""
    z = jax.lax.complex(x[0], x[1])
    slope = (1 + 2j) * z - (x[0] ** 2 + x[1] ** 2) * z
    return jnp.stack([slope.real, slope.imag])


def test_flow_has_order_eight():
    # From |z| = 0.5, |z(t)|^2 = 1 / (1 + 3 exp(-2 t)); halving the step divides the error by 2^8.
    exact = np.exp(2j) / np.sqrt(1 + 3 * np.exp(-2))
    errors = []
    for steps in (3, 6, 12):
        x = flow(rotating_growth, jnp.array([0.5, 0.0]), 1 / steps, steps)
        errors.append(abs(complex(*x.tolist()) - exact))
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert errors[-1] < 1e-11
    np.testing.assert_allclose(orders, 8, atol=0.7)


def test_path_ends_where_flow_does():
    start = jnp.array([0.5, 0.1])
    points = path(rotating_growth, start, 0.1, 4)
    assert points.shape == (5, 2)
    np.testing.assert_array_equal(points[0], start)
    np.testing.assert_allclose(points[-1], flow(rotating_growth, start, 0.1, 4), rtol=1e-14)


def test_adjoint_step_is_the_transposed_jacobian():
    @jax.jit
    def both(x, v):
        expected = jax.vjp(lambda y: step(rotating_growth, y, 0.4), x)[1](v)[0]
        return adjoint_step(rotating_growth, x, v, 0.4)[0], expected

    found, expected = both(np.array([0.5, -0.3]), np.array([1.0, 2.0]))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def square_root(p, guess=1.0):
    return find_root(lambda x: x**2 - p, jnp.array([guess]), tolerance=1e-13, max_steps=50)


def test_newton_and_its_derivatives():
    value = lambda p, guess: square_root(p, guess).point[0]

    @jax.jit
    def everything(p, guess):
        derivatives = jax.jacfwd(value)(p, guess), *jax.grad(value, argnums=(0, 1))(p, guess)
        return square_root(p, guess), derivatives, jax.jacfwd(jax.grad(value))(p, guess)

    root, (forward, reverse, to_guess), second = everything(2.0, 1.0)
    assert root.converged and root.residual < 1e-12
    np.testing.assert_allclose(root.point, [np.sqrt(2)], rtol=1e-13)
    np.testing.assert_allclose([forward, reverse], 0.5 / np.sqrt(2), rtol=1e-12)
    np.testing.assert_allclose(second, -0.25 / np.sqrt(8), rtol=1e-12)
    # The guess chooses the root, and has no derivative.
    assert to_guess == 0
    np.testing.assert_allclose(everything(2.0, -0.3)[0].point, [-np.sqrt(2)], rtol=1e-13)


def test_newton_flags_failure_in_its_lane_only():
    roots = jax.device_get(jax.jit(jax.vmap(square_root))(np.array([4.0, -1.0, 9.0])))  # x^2 = -1 has no root
    np.testing.assert_array_equal(roots.converged, [True, False, True])
    np.testing.assert_allclose(roots.point[[0, 2], 0], [2.0, 3.0], rtol=1e-12)
    assert roots.residual[1] >= 1


def test_coefficients_are_those_of_scipy():
    np.testing.assert_array_equal(tableau.A, DOP853.A)
    np.testing.assert_array_equal(tableau.B, DOP853.B)
