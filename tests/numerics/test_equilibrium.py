"""Roots by Newton's method or by a ramp of the drive, against polynomials, in any unit, with derivatives."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.numerics.equilibrium import find_equilibrium

U = 0.05


def kerr(delta, drive):
    def velocity(x):
        detuning = delta + U * (x[0] ** 2 + x[1] ** 2)
        return jnp.stack([-x[0] + detuning * x[1] + np.sqrt(2) * drive, -x[1] - detuning * x[0]])

    return velocity


def cell(kappa, delta, g, gamma, drive, unit=1.0):
    """Optomechanics at a mechanical frequency of one, all rates times `unit`."""

    def velocity(x):
        a0, a1, b0, b1 = x / np.sqrt(2)
        turn = delta - 2 * g * b0
        rates = [-kappa * a0 + turn * a1 + drive, -kappa * a1 - turn * a0]
        return unit * np.sqrt(2) * jnp.stack([*rates, -gamma * b0 + b1, -gamma * b1 - b0 + g * (a0**2 + a1**2)])

    return velocity


def cells(count):
    """Red-detuned, with resolved and unresolved sidebands, shifts from far below to far above the detuning."""
    rng = np.random.default_rng(0)
    even = lambda low, high: 10 ** rng.uniform(low, high, count)
    kappa, gamma, g, delta = even(-2, 3), even(-9, -1), even(-9, -1), even(-1, 1)
    delta = delta * np.where(rng.random(count) < 0.5, kappa, 1.0)
    shift = even(-3, 1) * np.maximum(kappa, delta)
    drive = np.sqrt(shift * (gamma**2 + 1) / (2 * g**2) * (kappa**2 + (delta - shift) ** 2))
    return kappa, delta, g, gamma, drive


def test_kerr_grid():
    # n (1 + (delta + 2 U n)^2) = drive^2; the middle one of three roots is a saddle.
    delta, drive = (v.ravel() for v in np.meshgrid(np.linspace(-100, 100, 20), np.linspace(50, 1000, 20)))
    found = jax.device_get(jax.jit(jax.vmap(lambda d, e: find_equilibrium(kerr(d, e), jnp.zeros(2))))(delta, drive))
    assert np.all(found.converged)
    several = 0
    for d, e, n in zip(delta, drive, np.sum(found.point**2, axis=1) / 2, strict=True):
        roots = np.roots([4 * U**2, 4 * U * d, 1 + d**2, -(e**2)])
        roots = np.sort(roots.real[np.abs(roots.imag) < 1e-7 * np.abs(roots)])
        several += roots.size == 3
        np.testing.assert_allclose(n, roots[0] if n < 1.001 * roots[0] else roots[-1], rtol=1e-7)
    assert several > 10


def test_optomechanical_cells_in_any_unit():
    p = cells(200)
    kappa, delta, g, gamma, drive = p
    solve = jax.jit(jax.vmap(lambda *p: find_equilibrium(cell(*p), jnp.zeros(4)), in_axes=(0,) * 5 + (None,)))
    found = jax.device_get(solve(*p, 1.0))
    assert np.all(found.converged)
    n = np.sum(found.point[:, :2] ** 2, axis=1) / 2
    shift = 2 * g**2 / (gamma**2 + 1) * n
    np.testing.assert_allclose(n * (kappa**2 + (delta - shift) ** 2), drive**2, rtol=1e-6)
    for unit in (1e-12, 1e9):
        other = jax.device_get(solve(*p, unit))
        assert np.all(other.converged)
        np.testing.assert_allclose(other.point, found.point, rtol=1e-6)


def test_derivatives():
    # Without a Kerr shift a = drive / (1 + i delta): |x|^2 = 2 drive^2 / (1 + delta^2).
    def linear(p):
        velocity = lambda x: jnp.stack([-x[0] + p[0] * x[1] + np.sqrt(2) * p[1], -x[1] - p[0] * x[0]])
        return jnp.sum(find_equilibrium(velocity, jnp.zeros(2)).point ** 2)

    exact = lambda p: 2 * p[1] ** 2 / (1 + p[0] ** 2)
    both = jax.jit(lambda f, p: (jax.grad(f)(p), jax.hessian(f)(p)), static_argnums=0)
    p = jnp.array([0.7, 3.0])
    for found, expected in zip(both(linear, p), both(exact, p), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_no_root_is_flagged():
    # x^2 + p = 0 beside a decay: a root for p < 0 only; and a velocity that is nowhere finite.
    solve = lambda p: find_equilibrium(lambda x: jnp.stack([x[0] ** 2 + p, -x[1]]), jnp.array([0.5, 0.1]))
    found = jax.device_get(jax.jit(jax.vmap(solve))(np.array([-4.0, 1.0, np.nan])))
    np.testing.assert_array_equal(found.converged, [True, False, False])
