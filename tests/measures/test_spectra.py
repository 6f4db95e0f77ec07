"""Spectra against their integrals, textbook formulas, brute force in harmonics, and the simplest oscillators."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import trajectory
from systems import Oscillator, StuartLandau

import jaxsync as js
from jaxsync.models.equations import bind, to_quadratures

PARTLY = js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=8.0, drive_m=1.0, external_a=0.7, external_m=0.4)
AHEAD = np.linspace(-2.0, 2.0, 41)


def integral(density, scale=1.0, points=40_000):
    """Over dw / 2 pi, by w = scale tan(theta / 2): of a rational function the midpoint rule converges geometrically."""
    theta = (np.arange(points) + 0.5) / points * 2 * np.pi - np.pi
    w = scale * np.tan(theta / 2)
    return np.mean(np.asarray(density(w)) * scale / 2 / np.cos(theta / 2) ** 2)


@pytest.fixture(scope="module")
def rest():
    return js.find_fixed_point(PARTLY)


@pytest.mark.parametrize("mode", PARTLY.modes)
def test_integrals_are_the_covariance(rest, mode):
    at = 2 * PARTLY.modes.index(mode)
    V = np.asarray(rest.covariance)[at : at + 2, at : at + 2]
    for ordering, beyond in (("symmetric", 0.0), ("normal", -0.5), ("antinormal", 0.5)):
        found = integral(lambda w, o=ordering: js.spectrum(rest, w, mode, ordering=o).density)
        np.testing.assert_allclose(found, np.trace(V) / 2 + beyond, rtol=1e-8, atol=1e-10)
    row = np.array([np.cos(0.3), np.sin(0.3)])
    np.testing.assert_allclose(integral(lambda w: js.spectrum(rest, w, mode, 0.3).density), row @ V @ row, rtol=1e-8)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
def test_scattering_keeps_commutators_in_any_unit(unit):
    rates = {name: value * unit for name, value in vars(PARTLY).items() if not name.startswith(("nbar", "external"))}
    state = js.find_fixed_point(PARTLY.replace(**rates))
    s = js.scattering(state, AHEAD * unit, losses=True)
    signs = np.diag(np.tile([1.0, -1.0], len(s.channels)))
    np.testing.assert_allclose(s.commutators(), np.broadcast_to(signs, (41, 12, 12)), atol=1e-10)
    assert s.channels == ("light", "microwave", "loss of a", "loss of m", "loss of b1", "loss of b2")


def test_an_empty_cavity_reflects_as_in_the_textbook():
    """Aspelmeyer, Kippenberg, Marquardt 2014, Eq. (22): R = [(kappa_0 - kappa_ex)/2 - i D] / [kappa/2 - i D]."""
    cavity = js.OptoMagnoMechanical(g_a=0.0, delta_a=0.4, external_a=0.3, delta_m=1.0)
    s = js.scattering(js.find_fixed_point(cavity), AHEAD)
    ours, outside, detuning = 0.15, 0.3 * 0.15, AHEAD - 0.4
    expected = ((ours - outside) - outside - 1j * detuning) / (ours - 1j * detuning)
    np.testing.assert_allclose(s.amplitude("light", "light"), -expected, atol=1e-12)  # out = sqrt o - in here
    np.testing.assert_allclose(s.transmission("light", "microwave"), 0.0, atol=1e-20)


@pytest.mark.parametrize("delta", [1.0, 0.3])
def test_optomechanics_of_the_textbook(delta):
    """Aspelmeyer, Kippenberg, Marquardt, Rev. Mod. Phys. 86, 1391 (2014), section V: the effective susceptibility,
    1/chi + Sigma, under the force of the bath and of the photon noise S_NN; their kappa is 2 kappa here."""
    model = js.models.FabryPerot(delta=delta, gamma_m=1e-3, kappa=0.7, nbar=3.0, drive=1e4)
    state = js.find_fixed_point(model, model.working_point())
    w = np.linspace(-3.0, 3.0, 101)
    x_found = js.spectrum(state, w, "b", 0.0).density
    kappa, D, photons = 2 * model.kappa, -delta, float(model.alpha) ** 2
    half_squared = (model.g_0**2 / 2) * photons  # g^2 of the book, whose x is sqrt2 q x_zpf
    sigma = 2 * half_squared * (1 / (D + w + 0.5j * kappa) + 1 / (D - w - 0.5j * kappa))
    susceptibility = 1 / ((1 - w**2 - 1j * model.gamma_m * w) + sigma)
    of_photons = lambda w: photons * kappa / (kappa**2 / 4 + (D + w) ** 2)
    force = model.gamma_m * (2 * model.nbar + 1) + model.g_0**2 * (of_photons(w) + of_photons(-w)) / 2
    np.testing.assert_allclose(x_found, np.abs(susceptibility) ** 2 * force, rtol=1e-10)


def test_light_is_squeezed_by_a_mirror_as_in_closed_form():
    """On resonance X comes out as it goes in, and Y has the mirror's motion, driven by X and by its bath, upon it."""
    model = js.models.FabryPerot(delta=0.0, gamma_m=1e-4, kappa=2.0, drive=5e4)
    state = js.find_fixed_point(model, model.working_point())
    w = np.linspace(0.1, 0.9, 33)
    G, pole = float(model.coupling), model.kappa - 1j * w
    motion = 1 / (1 - w**2 - 1j * model.gamma_m * w)
    read_out = np.sqrt(2 * model.kappa) * G * motion / pole
    XX, passed, pushed = 0.5, (model.kappa + 1j * w) / pole, read_out * G * np.sqrt(2 * model.kappa) / pole
    YY = 0.5 + np.abs(pushed) ** 2 / 2 + np.abs(read_out) ** 2 * model.gamma_m
    XY = (passed * pushed.conj()).real / 2
    found = [js.output_spectrum(state, w, "light", angle).density for angle in (0.0, np.pi / 2, 0.4, "best")]
    c, s = np.cos(0.4), np.sin(0.4)
    best = (XX + YY) / 2 - np.sqrt((XX - YY) ** 2 / 4 + XY**2)
    expected = [np.full(33, XX), YY, c**2 * XX + s**2 * YY + 2 * c * s * XY, best]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert js.output_spectrum(state, w, "light", "best").squeezing_db.max() > 3.0


def test_sidebands_tell_the_quanta():
    """A damped mode in its bath: n and n + 1 Lorentzians; out of a port on resonance with a phonon, n + 1 over n."""
    state = js.find_fixed_point(Oscillator())
    shape = 2 * 0.2 / (0.2**2 + (AHEAD - 1.3) ** 2)
    for ordering, quanta in (("normal", 0.7), ("symmetric", 1.2), ("antinormal", 1.7)):
        found = js.spectrum(state, AHEAD, "z", ordering=ordering).density
        np.testing.assert_allclose(found, quanta * shape, rtol=1e-11)
    model = js.OptoMagnoMechanical(chi=0.0, delta_a=0.0, drive_a=0.1, delta_m=1.0, drive_m=0.0, nbar_2=0.5)
    asymmetry = js.sideband_asymmetry(js.find_fixed_point(model), [1.005], "light")
    np.testing.assert_allclose(asymmetry, 3.0, rtol=1e-3)  # light of 0.45 photons hardly heats


def test_spectra_are_positive(rest):
    for port in PARTLY.ports():
        assert js.output_spectrum(rest, AHEAD, port, ordering="normal").density.min() > -1e-15
        assert js.output_spectrum(rest, AHEAD, port, "best").density.min() > 0


FAINT = 1e-9  # so that the width of a line is far below all distances from it


@pytest.fixture(scope="module", params=[0.0, -0.02])
def ring(request):
    model = StuartLandau(beta=request.param, q=FAINT)
    settings = js.Settings(tolerance=1e-9, closeness=1e-8)
    return model, js.find_limit_cycle(model, np.array([3.5 + 0j]), settings=settings)


def exact_ring(model, w):
    """Floor and total from r' = -2 mu r + noise and p' = -2 mu shear r + noise, o = (r + i p) / sqrt2 turning."""
    d = w - model.speed * -1  # e^{+i speed t}
    radial = 1 / (4 * model.mu**2 + d**2)
    floor = FAINT / 2 * (1 + model.shear**2) * radial
    return floor, FAINT / 2 * (radial * (1 + 2 * model.mu * model.shear / d) ** 2 + 1 / d**2)


def test_a_ring_has_its_closed_forms(ring):
    model, cycle = ring
    w = -float(model.speed) + np.array([-7.0, -0.5, -0.1, -0.03, 0.02, 0.2, 1.5, 40.0])
    found = js.spectrum(cycle, w, "z")
    floor, total = exact_ring(model, w)
    np.testing.assert_allclose(found.floor, floor, rtol=1e-8)
    np.testing.assert_allclose(found.density, total, rtol=3e-8)  # the tail of 40 is carried by a period of 60 steps
    width = FAINT * (1 + model.shear**2) / model.radius**2
    np.testing.assert_allclose(js.linewidth(cycle), width, rtol=1e-8)
    lines = js.spectral_lines(cycle, "z", harmonics=2)
    np.testing.assert_allclose(lines.powers, [0, model.radius**2 / 2, 0, 0], atol=1e-8)
    np.testing.assert_allclose(lines.widths, width * np.array([4, 1, 1, 4]), rtol=1e-8)
    # On the line itself nothing diverges.
    at = js.spectrum(cycle, lines.frequencies[1][None], "z").density[0]
    np.testing.assert_allclose(at, 4 * lines.powers[1] / width, rtol=1e-6)
    whole = integral(lambda w: js.spectrum(cycle, w, "z").floor, 2.0)
    np.testing.assert_allclose(whole, jnp.trace(cycle.transverse_covariance[0]) / 2, rtol=1e-8)


@pytest.mark.slow
def test_derivatives_of_spectra_and_widths_are_exact():
    """Forward, reverse, and of the closed forms, of the logarithms along every field."""
    model, w = StuartLandau(beta=-0.006, q=FAINT), np.array([-1.7, -1.35])

    def found(model):
        cycle = js.find_limit_cycle(model, np.array([3.5 + 0j]), settings=js.Settings(tolerance=1e-9, closeness=1e-8))
        seen = js.spectrum(cycle, w, "z")
        return jnp.log(jnp.concatenate([seen.density, seen.floor, js.linewidth(cycle)[None]]))

    def exact(model):
        d = w + model.speed
        radial = 1 / (4 * model.mu**2 + d**2)
        floor = model.q / 2 * (1 + model.shear**2) * radial
        total = model.q / 2 * (radial * (1 + 2 * model.mu * model.shear / d) ** 2 + 1 / d**2)
        return jnp.log(jnp.concatenate([total, floor, (model.q * (1 + model.shear**2) / model.radius**2)[None]]))

    model = jax.tree.map(jnp.asarray, model)
    slopes = [jax.jit(way)(model) for way in (jax.jacfwd(found), jax.jacrev(found), jax.jacfwd(exact))]
    for name in ("mu", "omega", "g", "beta", "q"):
        forward, reverse, expected = (np.asarray(getattr(slope, name)) for slope in slopes)
        size = np.abs(expected).max()
        np.testing.assert_allclose(forward, expected, rtol=1e-6, atol=1e-6 * size, err_msg=name)
        np.testing.assert_allclose(reverse, forward, rtol=1e-9, atol=1e-9 * size, err_msg=name)


@pytest.fixture(scope="module")
def cycle():
    return js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))


@pytest.mark.slow
def test_a_cycle_has_the_spectrum_of_harmonic_balance(cycle):
    """24 harmonics to either side as one matrix; it has the poles on the axis, hence 1e-6 away from the lines."""
    velocity, noise = bind(cycle.model)
    x = to_quadratures(cycle.amplitudes)
    A = np.fft.ifft(np.asarray(jax.vmap(jax.jacfwd(velocity))(x)), axis=0)
    Q, speed, most = np.asarray(noise(x[0])), 2 * np.pi / float(cycle.period), 24
    k = np.arange(-most, most + 1)

    def expected(w, place):
        blocks = -A[(k[:, None] - k[None]) % len(A)] * (np.abs(k[:, None] - k[None]) < len(A) // 2)[..., None, None]
        blocks[np.arange(k.size), np.arange(k.size)] -= 1j * (w + k * speed)[:, None, None] * np.eye(8)
        matrix = blocks.transpose(0, 2, 1, 3).reshape(8 * k.size, -1)
        row = np.zeros(8 * k.size, complex)
        row[8 * most + 2 * place : 8 * most + 2 * place + 2] = np.array([1, 1j]) / np.sqrt(2)
        g = np.linalg.solve(matrix.T, row).reshape(-1, 8)
        return np.einsum("ki,ij,kj->", g, Q, g.conj()).real

    w = np.array([-0.3, 0.5, 1.05, 2.3, 5.2])
    for mode in ("a", "b1"):
        found = js.spectrum(cycle, w, mode).density
        np.testing.assert_allclose(found, [expected(x, cycle.model.modes.index(mode)) for x in w], rtol=1e-6)


@pytest.mark.slow
def test_the_floor_of_a_cycle_integrates_to_the_transverse_covariance(cycle):
    for mode in ("a", "b1"):
        at = 2 * cycle.model.modes.index(mode)
        V = np.asarray(cycle.transverse_covariance).mean(axis=0)[at : at + 2, at : at + 2]
        found = integral(lambda w, mode=mode: js.spectrum(cycle, w, mode).floor, 4.0, 6000)
        np.testing.assert_allclose(found, np.trace(V) / 2, rtol=1e-8)


def test_a_forced_cycle_has_a_floor_and_sharp_lines():
    """A cell whose drive is modulated: the integral is the mean covariance, and lines have no width."""
    cell = js.models.CoupledCells(mu=0.0, drive=10.0, delta_1=-1.0, delta_2=-1.0)
    swing = {"drive": lambda t, drive, depth: drive * (1 + depth * jnp.cos(t))}
    cycle = js.find_limit_cycle(js.modulate(cell, swing, period=2 * jnp.pi, depth=0.5))
    V = np.asarray(cycle.transverse_covariance).mean(axis=0)
    for mode, at in (("a1", 0), ("b1", 4)):
        found = integral(lambda w, mode=mode: js.spectrum(cycle, w, mode).density, 4.0, 6000)
        np.testing.assert_allclose(found, np.trace(V[at : at + 2, at : at + 2]) / 2, rtol=1e-8)
    assert js.output_spectrum(cycle, AHEAD, "light1").density.min() > 0
    assert not np.any(js.spectral_lines(cycle, "b1").widths)
    with pytest.raises(js.InputError, match="forced cycle"):
        js.locking_range(cycle, "b1", 0.1)


class Greedy(Oscillator):
    """An oscillator whose port takes more than it loses."""

    modes: ClassVar = ("z",)

    def ports(self):
        return {"out": js.Port("z", 2 * self.gamma)}


UNSTABLE = js.OptoMagnoMechanical()
RECORD = trajectory(UNSTABLE, jnp.zeros(1), jnp.ones((1, 4), complex))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: js.spectrum(s, AHEAD, "c"), "`modes` must name modes.*'c'"),
        (lambda s: js.output_spectrum(s, AHEAD, "sound"), "`port` must name a port.*light, microwave.*'sound'"),
        (lambda s: js.spectrum(s, [1.0, np.inf], "a"), "`frequencies` must be finite, but has inf"),
        (lambda s: js.spectrum(s, 1.0, "a"), "`frequencies` must be a one-dimensional array"),
        (lambda s: js.spectrum(s, AHEAD, "a", "worst"), "`angle` must be an angle in radians, 'best' or None"),
        (lambda s: js.spectrum(s, AHEAD, "a", 0.1, ordering="normal"), "`ordering` must be 'symmetric' for"),
        (lambda s: js.spectrum(s, AHEAD, "a", ordering="odd"), "`ordering` must be one of"),
        (
            lambda s: js.spectrum(js.find_fixed_point(UNSTABLE), AHEAD, "a"),
            "must be stable, but its outcome is unstable",
        ),
        (lambda s: js.scattering(RECORD, AHEAD), "`state` must be a FixedPoint, but is a Traj"),
        (lambda s: js.scattering(s, AHEAD).transmission("light", "b1"), "`source` must be one of light, microwave"),
        (lambda s: js.spectral_lines(s), "`mode` and `port` exclude each other"),
        (lambda s: js.linewidth(s, 0), "`harmonic` must be a whole number other than zero"),
        (lambda s: js.output_spectrum(js.find_fixed_point(Oscillator()), AHEAD, "out"), "has no ports: define"),
        (lambda s: js.output_spectrum(js.find_fixed_point(Greedy()), AHEAD, "out"), "'out' a rate within the losses"),
        (lambda s: js.OptoMagnoMechanical(external_a=1.1), "`external_a` must be at most 1, but is 1.1"),
    ],
)
def test_bad_input(rest, call, message):
    with pytest.raises(js.InputError, match=message):
        call(rest)
