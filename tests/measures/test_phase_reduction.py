"""Locking to first order, against exact folds, closed forms, and motions integrated by SciPy."""

import dataclasses
import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar
from systems import StuartLandau

import jaxsync as js

SETTINGS = js.Settings(tolerance=1e-9, closeness=1e-8)


def ring_of(**fields):
    return js.find_limit_cycle(StuartLandau(**fields), np.array([3.5 + 0j]), settings=SETTINGS)


def exact_half_range(model, tone):
    """Of the locked states of z' = (mu + i d) z - (g + i beta) |z|^2 z + tone, tone^2 = u [(mu - g u)^2 +
    (d - beta u)^2]: half the distance of the folds in d, its extrema over u = |z|^2."""
    u0 = model.mu / model.g
    room = lambda u: tone**2 / u - (model.mu - model.g * u) ** 2
    ends = [np.roots([model.g**2, -2 * model.g * model.mu, model.mu**2, -(tone**2)]).real]
    low, high = np.min(np.abs(ends[0][:, None] - u0), axis=1), ends[0]
    low, high = np.sort(high[np.argsort(low)[:2]])
    edge = lambda sign: (
        -minimize_scalar(
            lambda u: -(sign * model.beta * u + np.sqrt(max(room(u), 0.0))),
            bounds=(low, high),
            options={"xatol": 1e-12},
        ).fun
    )
    return (edge(1) + edge(-1)) / 2


@pytest.mark.parametrize("beta", [0.0, -0.02])
def test_a_weak_tone_locks_up_to_the_folds(beta):
    """To first order: the relative error falls as the square of the tone, by symmetry of the half range."""
    model, cycle = StuartLandau(beta=beta), ring_of(beta=beta)
    errors = []
    for tone in (0.02, 0.01, 0.005):
        found = float(js.locking_range(cycle, "z", tone, harmonic=-1))  # it turns as e^{+i omega t}
        errors.append(abs(found / exact_half_range(model, tone) - 1))
    assert errors[-1] < 1e-3 and errors[0] > 3 * errors[1] > 9 * errors[2]
    np.testing.assert_allclose(js.locking_range(cycle, "z", 0.01, harmonic=1), 0.0, atol=1e-12)


def test_two_rings_have_the_coupling_functions_of_a_closed_form():
    """z1' += i chi z2: phases move at chi (r2 / r1) (cos psi + shear_1 sin psi), and the other way round."""
    first, second, chi = ring_of(beta=-0.02), ring_of(beta=0.006, mu=0.07), 1e-3
    found = js.phase_coupling(first, second, lambda z1, z2: (1j * chi * z2, 1j * chi * z1))
    a, b = first.model, second.model
    ratio, psi = b.radius / a.radius, found.phases - found.phases[0]
    # The lead at the first entry is that of the two first samples.
    psi = psi + np.angle(second.amplitudes[0, 0] / first.amplitudes[0, 0])
    np.testing.assert_allclose(found.first, chi * ratio * (np.cos(psi) + a.shear * np.sin(psi)), atol=1e-11)
    np.testing.assert_allclose(found.second, chi / ratio * (np.cos(psi) - b.shear * np.sin(psi)), atol=1e-11)
    np.testing.assert_allclose(found.detuning, b.speed - a.speed, rtol=1e-8)
    assert not found.locked and not found.range[0] < found.detuning < found.range[1]


def paper_rates(z, p, chi=0.02, omega_2=1.005, tone=0.0):
    a, m, b1, b2 = z
    return np.stack([
        -(0.15 + 1j * (-1.005 - 0.01 * b2.real)) * a + 35.0,
        -(0.2 + 1j * (-1.0 + 2 * p * abs(m) ** 2 - 0.01 * b1.real)) * m + 35.0,
        -(0.005 + 1j) * b1 + 1j * (chi * b2 + 0.005 * abs(m) ** 2) + tone,
        -(0.005 + 1j * omega_2) * b2 + 1j * (chi * b1 + 0.005 * abs(a) ** 2),
    ])  # fmt: skip


LOCKING = json.loads((Path(__file__).parents[1] / "data" / "phase_locking.json").read_text())


def half_tongue(first, seconds, chi, side):
    """The predicted edge in omega_2, by linear interpolation between the second phonon's cycles, and the centre."""
    swap = lambda z1, z2: (1j * chi * jnp.roll(z2, -1), 1j * chi * jnp.roll(z1, 1))
    found = [js.phase_coupling(first, second, swap) for second in seconds]
    frequencies = [float(second.model.omega_2) for second in seconds]
    detunings = np.array([float(f.detuning) for f in found])
    edges = detunings - np.array([float(f.range[int(side > 0)]) for f in found])
    at_zero = lambda values: np.interp(0.0, values, frequencies)
    return at_zero(edges), at_zero(detunings)


@pytest.mark.slow
def test_the_two_phonons_lock_as_predicted_where_their_coupling_is_weak():
    """Each phonon with its own light or magnons, the other's drive off: the predicted half width of the tongue over the
    true one goes to 1 as chi falls, 2.5 % at 0.0005; at the folds of a strong coupling it is a quarter too large."""
    device = js.OptoMagnoMechanical(kerr=-2e-5, chi=0.0)
    first = js.find_limit_cycle(device.replace(drive_a=0.0))
    values = (0.94, 0.97, 0.99, 1.0, 1.01, 1.03, 1.06)
    seconds = [js.find_limit_cycle(device.replace(drive_m=0.0, omega_2=w)) for w in values]
    for row in LOCKING["brute_force"]:
        side = np.sign(row["locked"] - 1.00237)
        edge, centre = half_tongue(first, seconds, row["chi"], side)
        shares = [(row[word] - centre) / (edge - centre) for word in ("locked", "drifting")]
        assert 0.93 < shares[0] < 1.01 and 0.98 < shares[1] < 1.06, row
    ratios = []
    for row in LOCKING["auto"]:
        edge, centre = half_tongue(first, seconds, row["chi"], np.sign(row["omega_2"] - 1.0))
        ratios.append((edge - centre) / (row["omega_2"] - centre))
    assert 1.2 < ratios[0] < 1.3 < ratios[1] < 1.45 and 1.2 < ratios[2] < 1.3 < ratios[3] < 1.45, ratios


@pytest.mark.slow
@pytest.mark.parametrize(("share", "locks"), [(0.85, True), (1.15, False)])
def test_a_tone_locks_the_papers_cycle_within_the_range(share, locks):
    """SciPy's motion with the tone: whether the phase of b1 keeps to it over many of the beats that it would have."""
    cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
    tone = 0.6
    half = float(js.locking_range(cycle, "b1", tone))
    w = 2 * np.pi / float(cycle.period) + share * half
    rates = lambda t, z: paper_rates(z, -2e-5, tone=tone * np.exp(-1j * w * t))
    late = np.linspace(3000.0, 7000.0, 2000)
    motion = solve_ivp(rates, (0, late[-1]), cycle.amplitudes[0], "DOP853", late, rtol=1e-6, atol=1e-4)
    phase = np.unwrap(np.angle(motion.y[2] * np.exp(1j * w * late)))
    assert (abs(phase[-1] - phase[0]) < np.pi) == locks


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: js.locking_range(c, "y", 0.1), "`modes` must name modes"),
        (lambda c: js.locking_range(c, "z", np.inf), "`amplitude` must be finite"),
        (lambda c: js.locking_range(c, "z", 0.1, harmonic=40), "`harmonic` must be a whole number.*at most 29"),
        (lambda c: js.phase_coupling(c, thinned(c), lambda a, b: (b, a)), "`first` and `second` must have as many"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(js.InputError, match=message):
        call(ring_of())


def thinned(cycle):
    return dataclasses.replace(cycle, tangents=cycle.tangents[::2])
