"""What is read off trajectories: known noise, and linear theory on the paper's cycle."""

import dataclasses

import numpy as np
import pytest
from systems import Oscillator, StuartLandau

import jaxsync as js
from jaxsync.attractors.ensemble import sample_trajectories


def ensemble_of(model, times, trajectories, seed=0, start=None):
    """Without following each trajectory at its end, which spectra do not ask for."""
    model, seen, step = sample_trajectories(model, times, trajectories, seed, start)
    nothing = np.zeros(0)
    return js.Ensemble(model, times, seen, 0, step, nothing, nothing, (), nothing)


def band_ratio(found, expected, low, high):
    """Of the two powers in a band: what a window smears over its width stays in it."""
    w = np.asarray(found.frequencies)
    inside = (w > low) & (w < high)
    return float(np.sum(np.asarray(found.floor)[inside]) / np.sum(np.asarray(expected.density)[inside]))


def test_a_damped_mode_in_its_bath():
    """The sign of the frequency, and the density, that of the sampled process: 256 x 3 stretches, 3 % in each band."""
    model, h = Oscillator(drive=0.0, gamma=0.2, omega=1.3, n=0.7), 0.3
    found = js.estimate_spectrum(ensemble_of(model, 20.0 + h * np.arange(1024), 256), "z", 512)
    w, kept = np.asarray(found.frequencies), np.exp(-0.2 * h)
    sampled = h * 1.2 * (1 - kept**2) / np.abs(1 - kept * np.exp(1j * (w - 1.3) * h)) ** 2
    for low, high in ((1.0, 1.6), (0.2, 0.9), (1.7, 2.5), (-1.5, -0.5)):
        inside = (w > low) & (w < high)
        assert abs(np.sum(np.asarray(found.density)[inside]) / np.sum(sampled[inside]) - 1) < 0.03, (low, high)


def test_the_width_of_a_rings_line():
    """256 trajectories know a variance to sqrt(2/256) = 9 %, of increments half of which overlap."""
    model = StuartLandau(mu=0.5, g=0.05, beta=0.02, q=0.02)
    seen = ensemble_of(model, 20.0 + 0.5 * np.arange(1000), 256, start=np.array([3.16 + 0j]))
    exact = float(model.q * (1 + model.shear**2) / model.radius**2)
    np.testing.assert_allclose(js.estimate_linewidth(seen, "z"), exact, rtol=0.25)
    np.testing.assert_allclose(js.estimate_linewidth(seen, "z", 2), 4 * js.estimate_linewidth(seen, "z"), rtol=1e-12)


@pytest.mark.slow
def test_lines_and_floor_of_the_papers_cycle():
    """64 trajectories over 128 periods: powers of the lines to 1 %, each band of the floor to 8 %, all bands to 3 %."""
    model = js.OptoMagnoMechanical(kerr=2e-5)
    cycle = js.find_limit_cycle(model)
    speed = 2 * np.pi / float(cycle.period)
    times = 1000.0 + float(cycle.period) / 16 * np.arange(2048)
    seen = ensemble_of(model, times, 64)
    found = js.estimate_spectrum(seen, "b1", 1024)
    expected = js.spectrum(cycle, found.frequencies, "b1")
    ratios = [
        band_ratio(found, expected, (k + a) * speed, (k + a + 0.3) * speed) for k in (-1, 0, 1) for a in (0.2, 0.5)
    ]
    np.testing.assert_allclose(ratios, 1.0, atol=0.08)
    assert abs(np.mean(ratios) - 1) < 0.03
    lines = js.spectral_lines(cycle, "b1", harmonics=2)
    turns = np.exp(1j * np.asarray(lines.frequencies)[:, None] * times)
    powers = np.mean(np.abs(seen.trajectories[:, :, 2] @ turns.T / times.size) ** 2, axis=0)
    np.testing.assert_allclose(powers, lines.powers, rtol=0.02)


SHORT = Oscillator()


@pytest.fixture(scope="module")
def short():
    return ensemble_of(SHORT, np.arange(1.0, 9.0), 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: js.estimate_spectrum(e, "y"), "`modes` must name modes"),
        (lambda e: js.estimate_spectrum(e, "z", 9), "`segment` must be from 2 to 8"),
        (lambda e: js.estimate_spectrum(dataclasses.replace(e, times=e.times**2), "z"), "two or more even times"),
        (lambda e: js.estimate_linewidth(dataclasses.replace(e, trajectories=e.trajectories[:1]), "z"), "four or more"),
    ],
)
def test_bad_input(short, call, message):
    with pytest.raises(js.InputError, match=message):
        call(short)
