"""Devices that are not the paper's: python -m benchmarks.devices [units] [quality] [many [count]].

units: every shipped model and ten random ones, all rates multiplied by 1e-6, 1e-3, 40 and 1e9: the word, the numbers
without a dimension, and the time. quality: one optomechanical cell at phonon quality factors from 1e2 to 1e7, what
`find_limit_cycle` costs from vacuum, compiled, against classical Runge-Kutta steps in numba, and how far the two are
apart. many: random cells over ten decades of Q, six of kappa and six of g, the share of each word; none of them can
diverge.
"""

import sys
import time
from collections import Counter
from typing import ClassVar

import jax
import jax.numpy as jnp
import numba
import numpy as np

import jaxsync as js
from benchmarks.known import Cell
from benchmarks.timing import timed
from jaxsync import Outcome
from jaxsync.batches import map_points

UNITS = (1e-6, 1e-3, 40.0, 1e9)
ALIKE = 1e-8
"""Largest relative difference of a number without a dimension between two units."""


def in_unit(model):
    """The same device with a field `unit` that multiplies its rates."""
    cls = type(model)

    class InUnit(cls):
        unit: float = 1.0

        def rates(self, amplitudes):
            return self.unit * cls.rates(self, amplitudes)

        def diffusion(self):
            return self.unit * jnp.asarray(cls.diffusion(self))

    return InUnit(**vars(model))


class Kerr(js.Model):
    """Driven modes with Kerr terms that exchange quanta: z' = -(gamma + i (d + u |z|^2)) z + i J z + drive."""

    modes: ClassVar = ("first", "second", "third")
    gamma: jnp.ndarray = js.parameter()
    d: jnp.ndarray = js.parameter()
    u: jnp.ndarray = js.parameter()
    J: jnp.ndarray = js.parameter()
    drive: jnp.ndarray = js.parameter()

    def rates(self, amplitudes):
        z = amplitudes
        own = -(self.gamma + 1j * (self.d + self.u * (z.real**2 + z.imag**2))) * z
        return own + 1j * (self.J + self.J.T) @ z + self.drive

    def diffusion(self):
        return jnp.repeat(self.gamma, 2)


def random_cell(random, decades=((-3, 1), (-4, -1), (-4, -1))):
    """A cell, blue-detuned, whose light feeds the phonon at 0.3 to 30 times its damping; decades of kappa, gamma, g."""
    kappa, gamma, g = (10 ** random.uniform(*span) for span in decades)
    feed = 10 ** random.uniform(-0.5, 1.5) * gamma
    # Of photons detuned by -1 the phonon is fed g^2 n (1/kappa - kappa/(kappa^2 + 4)); the drive is what fills so many.
    photons = feed / g**2 / (1 / kappa - kappa / (kappa**2 + 4))
    return Cell(kappa=kappa, gamma=gamma, g=g, delta=-1.0, drive=float(np.sqrt(photons * (kappa**2 + 1))))


def random_kerr(random):
    gamma, d, u = 10 ** random.uniform(-2, 0, 3), random.uniform(-2, 2, 3), 10 ** random.uniform(-4, -1, 3)
    J, drive = np.triu(random.normal(size=(3, 3)), 1), 10 ** random.uniform(0, 1, 3)
    return Kerr(*map(jnp.asarray, (gamma, d, u, J, drive)))


def numbers(model):
    """The word of `classify` and what has no dimension of the state it names."""
    seen = js.classify(model)
    word = seen.outcome
    if word is Outcome.LIMIT_CYCLE:
        cycle = js.find_limit_cycle(model, throw=False)
        sizes = jnp.sqrt(jnp.mean(jnp.abs(cycle.amplitudes) ** 2, axis=0))
        found = [cycle.period * model.unit, cycle.contraction, cycle.phase_diffusion * model.unit, *sizes]
        return word, np.array([float(value) for value in found])
    if word is Outcome.FIXED_POINT:
        rest = js.find_fixed_point(model, seen.amplitudes, throw=False)
        return word, np.concatenate([np.abs(rest.amplitudes), np.diag(rest.covariance)])
    return word, np.array([])


def units():
    """One line a device: the word, the largest relative difference between units, the largest ratio of times."""
    random = np.random.default_rng(0)
    shipped = [getattr(js.models, name)() for name in js.models.__all__ if name not in ("Model", "parameter")]
    others = [random_cell(random) for _ in range(5)] + [random_kerr(random) for _ in range(5)]
    print("| device | word | differ by | time |\n|---|---|---|---|")
    for model in [*shipped, js.OptoMagnoMechanical(kerr=-2e-5), *others]:
        scaled = in_unit(model)
        runs = [timed(numbers, scaled.replace(unit=unit)) for unit in (1.0, *UNITS)]
        seen = [run.result for run in runs]
        word, own = seen[0]
        differ = max(np.max(np.abs(x / own - 1), initial=0.0) for w, x in seen if w is word)
        same = all(w is word for w, _ in seen)
        verdict = f"{word}" if same else "WRONG: " + ", ".join(f"{w}" for w, _ in seen)
        ratio = max(run.best for run in runs) / runs[0].best
        told = f"{differ:.0e}{' WRONG' if differ > ALIKE else ''}"
        print(f"| {type(model).__name__} | {verdict} | {told} | {ratio:.2f} |", flush=True)


@numba.njit
def slope(x, p, out):
    kappa, gamma, delta, g, drive = p
    seen = delta - 2 * g * x[2]
    out[0] = -kappa * x[0] + seen * x[1] + drive
    out[1] = -kappa * x[1] - seen * x[0]
    out[2] = -gamma * x[2] + x[3]
    out[3] = -gamma * x[3] - x[2] + g * (x[0] ** 2 + x[1] ** 2)


@numba.njit
def runge_kutta(x, p, h, steps, record):
    """Classical steps; Re b and its velocity at the last len(record) of them."""
    k1, k2, k3, k4, y = np.empty(4), np.empty(4), np.empty(4), np.empty(4), np.empty(4)
    for i in range(steps):
        slope(x, p, k1)
        for j in range(4):
            y[j] = x[j] + h / 2 * k1[j]
        slope(y, p, k2)
        for j in range(4):
            y[j] = x[j] + h / 2 * k2[j]
        slope(y, p, k3)
        for j in range(4):
            y[j] = x[j] + h * k3[j]
        slope(y, p, k4)
        if i >= steps - len(record):
            record[i - steps + len(record), 0] = x[2]
            record[i - steps + len(record), 1] = k1[2]
        for j in range(4):
            x[j] += h / 6 * (k1[j] + 2 * k2[j] + 2 * k3[j] + k4[j])


def brute_force(model, h):
    """Swing and period of Re b once the swing changes by less than 1e-5 in five decays, and the seconds from vacuum."""
    p = np.array([model.kappa, model.gamma, model.delta, model.g, model.drive])
    record, x, swing = np.zeros((round(100 * 2 * np.pi / h), 2)), np.zeros(4), 0.0
    runge_kutta(x.copy(), p, h, 10, record)
    began = time.perf_counter()
    for _ in range(40):
        runge_kutta(x, p, h, round(5 / model.gamma / h), record)
        before, (swing, period) = swing, turning_points(*record.T, h)
        if abs(swing - before) < 1e-5 * swing:
            break
    return swing, period, time.perf_counter() - began


def turning_points(y, v, h):
    """Half the mean distance of maxima and minima of y, whose velocity is v, and the mean time between maxima."""
    top, bottom = (np.flatnonzero((s * v[:-1] > 0) & (s * v[1:] <= 0)) for s in (1, -1))
    share = lambda i: v[i] / (v[i] - v[i + 1])

    def height(i):  # the cubic Hermite polynomial of the step
        s = share(i)
        ends = (1 + 2 * s) * (1 - s) ** 2 * y[i] + s**2 * (3 - 2 * s) * y[i + 1]
        return ends + h * s * (1 - s) * ((1 - s) * v[i] - s * v[i + 1])

    times = h * (top + share(top))
    return (np.mean(height(top)) - np.mean(height(bottom))) / 2, (times[-1] - times[0]) / (len(top) - 1)


def swing_of(cycle, mode):
    """Half of what the real part of a mode goes through, by its Fourier series between the samples."""
    samples = np.asarray(cycle.amplitudes)[:, mode].real
    fine = np.fft.irfft(np.fft.rfft(samples), 4096) * 4096 / len(samples)
    return np.ptp(fine) / 2


def quality():
    """One cell, its damping and coupling such that it oscillates alike at every quality factor."""
    print("| Q | seconds | over Q = 100 | numba | ratio | swing off | period off |")
    print("|---|---|---|---|---|---|---|")
    first = None
    for exponent in range(2, 8):
        gamma = 10.0**-exponent
        model = Cell(kappa=0.5, gamma=gamma, delta=-1.0, g=0.01 * gamma**0.5, drive=100.0)
        cycle, took, _ = timed(js.find_limit_cycle, model)
        first = first or took
        line = f"| 1e{exponent} | {took:.3f} | {took / first:.1f} |"
        if exponent < 7:
            swing, period, theirs = brute_force(model, 0.02)
            off = swing_of(cycle, 1) / swing - 1, float(cycle.period) / period - 1
            line += f" {theirs:.2f} | {theirs / took:.0f} | {off[0]:.0e} | {off[1]:.0e} |"
        print(line, flush=True)


def many(count):
    """In a batch, and the first hundred of the undecided on the long way."""
    random = np.random.default_rng(0)
    cells = [random_cell(random, ((-3, 3), (-10, 0), (-9, -3))) for _ in range(count)]
    models = jax.tree.map(lambda *leaves: np.stack(leaves), *cells)
    began = time.perf_counter()
    found = map_points(lambda _, model: js.classify(model).code, (), models)
    print(f"{count} cells in {time.perf_counter() - began:.0f} s, in a batch")
    for code, number in sorted(Counter(found.tolist()).items()):
        print(f"  {Outcome(code)!s:16} {number / count:.1%}")
    undecided = [i for i in range(count) if Outcome(int(found[i])) not in (Outcome.FIXED_POINT, Outcome.LIMIT_CYCLE)]
    words, longest = Counter(), 0.0
    for i in undecided[:100]:
        began = time.perf_counter()
        words[str(js.classify(cells[i]).outcome)] += 1
        longest = max(longest, time.perf_counter() - began)
    print(f"  of {len(undecided)} others the first 100 by every means, at most {longest:.1f} s each:")
    for word, number in words.most_common():
        print(f"    {word:16} {number}")


def main():
    words = [word for word in sys.argv[1:] if not word.isdigit()]
    count = next((int(word) for word in sys.argv[1:] if word.isdigit()), 10_000)
    parts = {"units": units, "quality": quality, "many": lambda: many(count)}
    for name in words or parts:
        parts[name]()


if __name__ == "__main__":
    main()
