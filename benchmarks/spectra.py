"""Spectra against ensembles, and what they cost: python -m benchmarks.spectra [trajectories].

First the time of a thousand frequencies, compiled. Then, for both directions of the paper's device, lines, floor and
linewidth of each mode against trajectories of the nonlinear equations: powers of the lines, bands of the floor between
them, each 0.2 of a harmonic wide, and the spread of the phonons' phases.
"""

import sys

import numpy as np

import jaxsync as js
from benchmarks.timing import timed

SAMPLES, PER_PERIOD = 4096, 16
BANDS = [k + a for k in range(-2, 3) for a in (0.1, 0.3, 0.5, 0.7)]


def costs():
    """Of 1,000 frequencies, without compilation."""
    w = np.linspace(-2.0, 2.0, 1000)
    rest = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=8.0, drive_m=1.0))
    cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
    for what, call in (
        ("fixed point, mode", lambda: js.spectrum(rest, w, "b1").density),
        ("fixed point, port at its best angle", lambda: js.output_spectrum(rest, w, "light", "best").density),
        ("fixed point, scattering", lambda: js.scattering(rest, w).matrix),
        ("cycle, mode", lambda: js.spectrum(cycle, w, "b1").density),
        ("cycle, port", lambda: js.output_spectrum(cycle, w, "light").density),
    ):
        print(f"{what:40} {1e3 * timed(call).best:8.2f} ms")


def against_ensemble(kerr, trajectories):
    """Ratios of what trajectories show to what linear theory says."""
    cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=kerr))
    period = float(cycle.period)
    times = 1000.0 + period / PER_PERIOD * np.arange(SAMPLES)
    ensemble = js.simulate_ensemble(cycle.model, times, trajectories, seed=0)
    print(f"\nkerr = {kerr:g}, {trajectories} trajectories, {SAMPLES // PER_PERIOD} periods")
    for place, mode in enumerate(cycle.model.modes):
        found = js.estimate_spectrum(ensemble, mode, SAMPLES // 2)
        expected = np.asarray(js.spectrum(cycle, found.frequencies, mode).density)
        turns = np.asarray(found.frequencies) * period / (2 * np.pi)
        bands = [(turns > low) & (turns < low + 0.2) for low in BANDS]
        ratios = [np.sum(np.asarray(found.density)[band]) / np.sum(expected[band]) for band in bands]
        lines = js.spectral_lines(cycle, mode, harmonics=2)
        seen = ensemble.trajectories[:, :, place] @ np.exp(1j * np.outer(times, lines.frequencies)) / times.size
        powers = np.mean(np.abs(seen) ** 2, axis=0) / np.asarray(lines.powers)
        print(
            f"{mode:3} floor: mean {np.mean(ratios):.3f}, {np.min(ratios):.3f}..{np.max(ratios):.3f} over "
            f"{len(ratios)} bands; lines: {np.min(powers):.4f}..{np.max(powers):.4f}"
        )
    widths = [js.estimate_linewidth(ensemble, mode) / float(js.linewidth(cycle)) for mode in ("b1", "b2")]
    error = np.sqrt(2 / len(ensemble.trajectories))
    print(f"linewidth {float(js.linewidth(cycle)):.4g}; found {widths[0]:.2f}, {widths[1]:.2f} +- {error:.2f} of it")


if __name__ == "__main__":
    costs()
    for K in (-2e-5, 2e-5):
        against_ensemble(K, int(sys.argv[1]) if len(sys.argv) > 1 else 256)
