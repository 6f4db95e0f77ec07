"""What motions settle on: closed forms, brute force by other integrators, and the same answers in any unit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial
from scipy.integrate import solve_ivp

from jaxsync.numerics.adaptive import follow, start_motion
from jaxsync.numerics.recurrence import find_return
from jaxsync.numerics.settle_fast import FastSettings, settle_fast
from jaxsync.numerics.settle_long import settle_long
from jaxsync.numerics.settled import Kind


def quadratures(rates):
    """The velocity of the quadratures from rates(parameters, amplitudes)."""

    def velocity(parameters, x):
        z = jax.lax.complex(x[0::2], x[1::2]) * np.sqrt(0.5)
        r = jnp.stack(rates(parameters, z))
        return jnp.stack([r.real, r.imag], axis=-1).reshape(-1) * np.sqrt(2)

    return velocity


@quadratures
def oscillator(p, z):
    """Gain, frequency, saturation, injection, squeezing, unit of the rates; a van der Pol or parametric mode."""
    gain, omega, beta, injected, squeezing, unit = p
    (z,) = z
    return [unit * ((gain - 1j * omega - beta * jnp.abs(z) ** 2) * z + injected + squeezing * jnp.conj(z))]


@quadratures
def cell(p, z):
    """An optomechanical cell: kappa, gamma, g, delta, drive, unit of the rates."""
    kappa, gamma, g, delta, drive, unit = p
    a, b = z
    return [
        unit * (-(kappa + 1j * (delta - 2 * g * b.real)) * a + drive),
        unit * (-(gamma + 1j) * b + 1j * g * jnp.abs(a) ** 2),
    ]


@jax.jit
@jax.vmap
def fast_oscillators(p, start):
    return settle_fast(lambda x: oscillator(p, x), start, FastSettings(looks=24))


CASES = [
    # parameters but the unit, start (Re, Im), kind, period, |z| at the end (None: not the same all along), kicked
    ((-0.1, 1.0, 0.0, 0.0, 0.0), (1.4, 0.0), Kind.AT_REST, None, 0.0, False),
    ((-0.01, 1.0, 0.0, 0.0, 0.0), (1.4, 0.0), Kind.AT_REST, None, 0.0, False),
    ((0.1, 1.0, 0.01, 0.0, 0.0), (0.0, 0.0), Kind.CYCLE, 2 * np.pi, 10**0.5, True),
    ((0.1, 1.0, 0.01, 0.0, 0.0), (5.0, 1.0), Kind.CYCLE, 2 * np.pi, 10**0.5, False),
    ((-1.0, 0.0, 0.01, 0.0, 2.0), (0.0, 0.0), Kind.AT_REST, None, 10.0, True),
    ((-1.0, 0.0, 0.01, 0.0, 0.5), (0.0, 0.0), Kind.AT_REST, None, 0.0, False),
    ((0.1, 0.06, 0.01, 0.1, 0.0), (0.0, 0.0), Kind.CYCLE, 122.22, None, False),
    ((0.1, 0.02, 0.01, 0.1, 0.0), (0.0, 0.0), Kind.AT_REST, None, None, False),
    ((0.1, 0.0, 0.0, 0.0, 0.0), (0.0, 0.0), Kind.NEEDS_LONG, None, None, True),
]


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e9])
def test_oscillators_from_closed_forms_in_any_unit(unit):
    parameters = jnp.array([(*case[0], unit) for case in CASES])
    starts = jnp.array([case[1] for case in CASES])
    found = fast_oscillators(parameters, starts)
    for i, (_, _, kind, period, modulus, kicked) in enumerate(CASES):
        assert found.kind[i] == kind, CASES[i]
        assert found.kicked[i] == kicked, CASES[i]
        if period is not None:
            np.testing.assert_allclose(found.period[i] * unit, period, rtol=3e-5)
        if modulus is not None:
            end = np.linalg.norm(found.end[i]) / np.sqrt(2)
            np.testing.assert_allclose(end, modulus, rtol=2e-3, atol=1e-4)


def test_a_motion_that_crosses_nothing_has_no_return():
    decay = lambda x: -x
    _, (xs, lengths) = follow(decay, start_motion(decay, jnp.array([3.0, 0.0]), 1e-6), 1e-6, 40)
    back = find_return(decay, xs, lengths, 1e-6)
    assert np.isnan(back.period)
    assert np.isinf(back.miss)


BRUTE = [
    # kappa, gamma, g, delta, drive; kind; half the range of Re b, or Re b at rest. By RK4 until they no longer change:
    # for the first t = 4e5, forty times the phonon's decay time; at half of that it has come to 6222.1 only.
    ((0.5, 1e-4, 1e-4, -1.0, 100.0), Kind.CYCLE, 6379.98, None),
    ((20.0, 1e-3, 5e-3, -10.0, 4000.0), Kind.CYCLE, 2139.95, None),
    ((50.0, 1e-3, 1e-2, -30.0, 8000.0), Kind.AT_REST, None, 176.582182),
]


@pytest.mark.slow  # compiling the long way takes a minute, running it a quarter of a second a case
@pytest.mark.parametrize("unit", [1.0, 1e9])
@pytest.mark.parametrize(("parameters", "kind", "swing", "rest"), BRUTE)
def test_cells_against_brute_force(parameters, kind, swing, rest, unit):
    velocity = Partial(cell, jnp.array([*parameters, unit]))
    found = settle_long(velocity, jnp.zeros(4))
    assert found.kind == kind
    if kind == Kind.AT_REST:
        np.testing.assert_allclose(found.end[2] / np.sqrt(2), rest, rtol=1e-6)
        return
    assert found.multipliers[0] < 1
    period = float(found.period)
    times = np.linspace(0.0, period, 401)
    # One period by SciPy, of the parameters in their own unit.
    compiled = jax.jit(velocity)
    way = solve_ivp(
        lambda t, y: np.asarray(compiled(y)),
        (0.0, period),
        np.asarray(found.end),
        "DOP853",
        times,
        rtol=1e-9,
        atol=1e-9,
    ).y
    np.testing.assert_allclose(way[:, -1], way[:, 0], atol=1e-4 * np.max(np.abs(way)))
    np.testing.assert_allclose(np.ptp(way[2]) / np.sqrt(8), swing, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("drive", "turns"), [(322.5, 6), (392.5, 4)])
def test_cycles_of_many_turns(drive, turns):
    found = settle_long(Partial(cell, jnp.array([0.5, 5e-3, 0.005, -0.7, drive, 1.0])), jnp.zeros(4))
    assert found.kind == Kind.CYCLE
    assert round(float(found.period) / (2 * np.pi)) == turns


@pytest.mark.slow
def test_growth_without_bound_is_told_and_only_that():
    grows = Partial(oscillator, jnp.array([0.1, 1.0, 0.0, 0.0, 0.0, 1.0]))
    found = settle_long(grows, jnp.zeros(2))
    assert found.kind == Kind.DIVERGED and found.kicked
    rests = Partial(oscillator, jnp.array([-3e-4, 1.0, 0.0, 0.0, 0.0, 1.0]))
    assert settle_long(rests, jnp.array([1.4, 0.0])).kind == Kind.AT_REST
