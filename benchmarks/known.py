"""Random devices whose long-time state is known, each in a unit of time of its own from 1e-9 to 1e9.

One oscillator above or below its threshold (closed form); one that a weak tone locks or beats with (roots of a cubic;
SciPy's DOP853); linear modes of quality factors from 10 to 1e6 (they rest); two oscillators side by side (rest, a
cycle, two frequencies); an optomechanical cell, kappa from 0.01 to 1,000, of either detuning (eigenvalues of its rest;
where they do not tell, or the answer is another one, SciPy's LSODA from the same start). One start in two is the vacuum
itself, which of an oscillator is an unstable rest by symmetry, and which of two leaves either one at rest by itself.
"""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp

import jaxsync as js
from jaxsync import Outcome

RIGHT = 1e-7
"""Largest relative error of a period: far above what closes an orbit, far below what distinguishes two states."""


class Truth(NamedTuple):
    """The outcome, its period, the size of the oscillation of the mode `mode`, and the tolerances of the two."""

    outcome: Outcome
    period: float = np.nan
    size: float = np.nan
    mode: int = 0
    tolerances: tuple[float, float] = (RIGHT, 10 * RIGHT)


class Member(NamedTuple):
    """A device and a start, its truth, and, where that may not be all, who is asked if the answer is another."""

    model: js.Model
    start: Any
    truth: Truth | None
    judge: Callable[[], Truth | None] | None = None


class Oscillator(js.Model):
    """z' = (mu + i w) z - (g + i beta) |z|^2 z + f: linear, by itself, or injected with a tone, in its frame."""

    modes: ClassVar = ("z",)
    mu: float = 0.1
    w: float = 1.0
    g: float = 0.0
    beta: float = 0.0
    f: float = 0.0

    def rates(self, amplitudes):
        z = amplitudes
        return (self.mu + 1j * self.w - (self.g + 1j * self.beta) * (z.real**2 + z.imag**2)) * z + self.f

    def diffusion(self):
        return jnp.abs(self.mu) * jnp.ones(2)


class Two(js.Model):
    """z_j' = (mu_j + i w_j) z_j - g_j |z_j|^2 z_j + i chi z_k."""

    modes: ClassVar = ("first", "second")
    mu: jnp.ndarray = js.parameter()
    w: jnp.ndarray = js.parameter()
    g: jnp.ndarray = js.parameter()
    chi: float = 0.0

    def rates(self, amplitudes):
        z = amplitudes
        return (self.mu + 1j * self.w - self.g * (z.real**2 + z.imag**2)) * z + 1j * self.chi * z[::-1]

    def diffusion(self):
        return jnp.repeat(jnp.abs(self.mu), 2)


class Cell(js.Model):
    """a' = -(kappa + i (delta - 2 g Re b)) a + drive, b' = -(gamma + i w) b + i g |a|^2."""

    modes: ClassVar = ("photon", "phonon")
    w: float = 1.0
    kappa: float = 1.0
    gamma: float = 0.01
    delta: float = -1.0
    g: float = 0.005
    drive: float = 1.0

    def rates(self, amplitudes):
        a, b = amplitudes
        a_rate = -(self.kappa + 1j * (self.delta - 2 * self.g * b.real)) * a + self.drive
        return jnp.stack([a_rate, -(self.gamma + 1j * self.w) * b + 1j * self.g * (a.real**2 + a.imag**2)])

    def diffusion(self):
        return jnp.stack([self.kappa, self.kappa, self.gamma, self.gamma])


def unit_of_time(random):
    return 10 ** random.uniform(-9, 9)


def radius_of(random):
    """From a few quanta, below which there is no mean field, to 1e10 of them."""
    return 10 ** random.uniform(0.5, 5)


def start_of(random, sizes):
    """The vacuum, or amplitudes about `sizes` from a hundredth to ten times them, one of which may be zero."""
    if random.random() < 0.5:
        return None
    z = sizes * 10 ** random.uniform(-2, 1, len(sizes)) * np.exp(2j * np.pi * random.random(len(sizes)))
    if len(sizes) > 1 and random.random() < 0.3:
        z[random.integers(len(sizes))] = 0
    return z


def oscillator(random):
    """One that oscillates by itself, or does not: 1e-4 to 1 of its frequency above or below threshold, with shear."""
    unit, r, w = unit_of_time(random), radius_of(random), random.choice([-1.0, 1.0]) * random.uniform(0.3, 3)
    mu, shear = 10 ** random.uniform(-4, 0), random.uniform(-2, 2) if random.random() < 0.5 else 0.0
    # With shear a cycle may turn as slowly as it likes, or not at all; a tenth of w is left.
    shear = shear if abs(w - shear * mu) > 0.1 * abs(w) else 0.0
    sign, g = random.choice([1.0, -1.0], p=[0.7, 0.3]), mu / r**2
    model = Oscillator(mu=sign * mu * unit, w=w * unit, g=g * unit, beta=shear * g * unit)
    truth = Truth(Outcome.FIXED_POINT)
    if sign > 0:
        truth = Truth(Outcome.LIMIT_CYCLE, 2 * np.pi / abs(w - shear * mu) / unit, r)
    return Member(model, start_of(random, np.array([r])), truth)


def injected(random):
    """With a tone of 0.005 to 0.15 of what would still it, detuned by 0.5 to 3 times what it locks."""
    unit, r, f = unit_of_time(random), radius_of(random), 10 ** random.uniform(np.log10(0.005), np.log10(0.15))
    # To a part in f^2 the border of locking is f; a hundredth next to it is left out.
    d = f * random.choice([random.uniform(0.5, 0.99), random.uniform(1.01, 3)]) * random.choice([-1, 1])
    model = Oscillator(mu=unit, w=d * unit, g=unit / r**2, f=f * r * unit)
    # In units of r and of 1 / mu: n ((1 - n)^2 + d^2) = f^2 at rest.
    n = np.roots([1, -2, 1 + d**2, -(f**2)])
    growth = [np.linalg.eigvals(injected_drift(x.real, d)).real.max() for x in n[np.abs(n.imag) < 1e-9]]
    if min(growth) < 0:
        truth = Truth(Outcome.FIXED_POINT)
    else:
        period, size = beat(d, f)
        truth = Truth(Outcome.LIMIT_CYCLE, period / unit, size * r)
    return Member(model, start_of(random, np.array([r])), truth)


def injected_drift(n, d):
    """Of z and its conjugate, |z|^2 = n, in a frame in which z is real."""
    return np.array([[1 - 2 * n + 1j * d, -n], [-n, 1 - 2 * n - 1j * d]])


def beat(d, f):
    """Period and size of the slips of z' = (1 + i d - |z|^2) z + f past its tone, by SciPy."""

    def rates(t, x):
        z = x[0] + 1j * x[1]
        z = (1 + 1j * d - abs(z) ** 2) * z + f
        return [z.real, z.imag]

    # Slips go round zero: once each through the half-axis in front of it.
    slip = lambda t, x: x[1] if x[0] < 0 else 1.0 if d > 0 else -1.0
    slip.direction, slip.terminal = -np.sign(d), 4
    found = solve_ivp(rates, (0, np.inf), [1.0, 0.0], "DOP853", rtol=1e-11, atol=1e-12, events=slip, dense_output=True)
    begin, end = found.t_events[0][-2:]
    x = found.sol(begin + (end - begin) * np.arange(4096) / 4096)  # far more than the slips' sharpest feature needs
    return end - begin, float(np.std(x[0] + 1j * x[1]))


def linear(random):
    """One or two modes, in the second case exchanging quanta, of quality factors from 10 to 1e6: they rest."""
    unit, size = unit_of_time(random), radius_of(random)
    w, quality = random.uniform(0.3, 3, 2) * random.choice([-1, 1], 2), 10 ** random.uniform(1, 6, 2)
    gamma = np.abs(w) / quality / 2
    start = size * 10 ** random.uniform(-1, 1, 2) * np.exp(2j * np.pi * random.random(2))
    if random.random() < 0.5:
        return Member(Oscillator(mu=-gamma[0] * unit, w=w[0] * unit), start[:1], Truth(Outcome.FIXED_POINT))
    chi = 10 ** random.uniform(-4, 0) * random.choice([0, 1])
    model = Two(mu=jnp.asarray(-gamma * unit), w=jnp.asarray(w * unit), g=jnp.zeros(2), chi=chi * unit)
    return Member(model, start, Truth(Outcome.FIXED_POINT))


def two(random):
    """Two that know nothing of each other, each 1e-3 to 0.3 of its frequency above or below threshold."""
    unit, r = unit_of_time(random), np.array([radius_of(random), radius_of(random)])
    mu = 10 ** random.uniform(-3, -0.5, 2) * random.choice([-1, 1], 2, p=[0.4, 0.6])
    w = np.array([1.0, 1.0])
    while nearly_commensurate(w[1] / w[0]):
        w = random.uniform(0.3, 3, 2)
    model = Two(mu=jnp.asarray(mu * unit), w=jnp.asarray(w * unit), g=jnp.asarray(np.abs(mu) / r**2 * unit))
    start = start_of(random, r)
    # What begins at rest above its threshold is on an unstable rest: any kick makes it oscillate.
    j = int(np.argmax(mu))
    truth = {
        0: Truth(Outcome.FIXED_POINT),
        1: Truth(Outcome.LIMIT_CYCLE, 2 * np.pi / w[j] / unit, r[j], j),
        2: Truth(Outcome.QUASIPERIODIC),
    }[int(np.sum(mu > 0))]
    return Member(model, start, truth)


def nearly_commensurate(ratio):
    """Whether a hundred turns or fewer close within 1e-5 of a turn: then only that many digits tell it from a cycle."""
    turns = np.arange(1, 101) * ratio
    return np.min(np.abs(turns - np.round(turns))) < 1e-5


def cell(random):
    """Red- or blue-detuned, its cavity's damping or anti-damping 0.2 to 5 times the phonon's damping at rest."""
    unit, kappa = unit_of_time(random), 10 ** random.uniform(-2, 3)
    gamma, g = 10 ** random.uniform(np.log10(5e-3), np.log10(5e-2)), 10 ** random.uniform(-4, -2)
    seen = random.choice([-1, 1], p=[0.7, 0.3]) * random.uniform(0.4, 1.2) * max(1.0, kappa)
    per_photon = g**2 * (kappa / (kappa**2 + (seen - 1) ** 2) - kappa / (kappa**2 + (seen + 1) ** 2))
    photons = 10 ** random.uniform(np.log10(0.2), np.log10(5)) * gamma / abs(per_photon)
    drive, pull = np.sqrt(photons * (kappa**2 + seen**2)), 2 * g**2 / (1 + gamma**2)
    p = np.array([1.0, kappa, gamma, seen + pull * photons, g, drive])  # the detuning that the light sees is `seen`
    model = Cell(**dict(zip(("w", "kappa", "gamma", "delta", "g", "drive"), p, strict=True))).replace(
        w=unit, kappa=kappa * unit, gamma=gamma * unit, delta=p[3] * unit, g=g * unit, drive=drive * unit
    )
    judge = lambda: follow_cell(p, unit)
    n = np.roots([pull**2, -2 * pull * p[3], kappa**2 + p[3] ** 2, -(drive**2)])
    n = n[np.abs(n.imag) < 1e-9 * np.abs(n)].real
    stable = [np.linalg.eigvals(cell_drift(p, x)).real.max() < 0 for x in n]
    # One rest, stable: beside it there may be a cycle, which the judge then has to see from this start.
    return Member(model, None, Truth(Outcome.FIXED_POINT) if all(stable) and len(n) == 1 else None, judge)


def cell_drift(p, photons):
    """Of the quadratures at the rest with so many photons, in a frame in which the light is real."""
    w, kappa, gamma, delta, g, _ = p
    seen = delta - 2 * g**2 * w / (w**2 + gamma**2) * photons
    G = 2 * g * np.sqrt(photons)
    return np.array([[-kappa, seen, 0, 0], [-seen, -kappa, G, 0], [0, 0, -gamma, w], [G, 0, -w, -gamma]])


def follow_cell(p, unit):
    """What the motion from vacuum settles on by SciPy: at rest, on a cycle, or None where 6,400 turns do not tell."""
    w, kappa, gamma, delta, g, drive = p

    def rates(t, x):
        a, b = x[0] + 1j * x[1], x[2] + 1j * x[3]
        a, b = -(kappa + 1j * (delta - 2 * g * x[2])) * a + drive, -(gamma + 1j * w) * b + 1j * g * abs(a) ** 2
        return [a.real, a.imag, b.real, b.imag]

    x, before, block = np.zeros(4), np.inf, 400 * np.pi / w
    times = np.arange(200 * 64 + 1) * block / (200 * 64)
    for _ in range(32):
        # The method changes to implicit steps by itself where the cavity is stiff.
        y = solve_ivp(rates, (0, block), x, "LSODA", t_eval=times, rtol=1e-9, atol=1e-9 * drive / kappa).y
        x, b = y[:, -1], y[2, len(times) // 2 :]
        middle = (np.max(b) + np.min(b)) / 2
        # What the solver's own errors keep up is less than this.
        if np.ptp(b) < 1e-6 * np.max(np.abs(b)):
            return Truth(Outcome.FIXED_POINT)
        up = np.flatnonzero((b[:-1] < middle) & (b[1:] >= middle))
        crossings = up + (middle - b[up]) / (b[up + 1] - b[up])
        size = float(np.std((y[2] + 1j * y[3])[len(times) // 2 :][up[0] : up[-1]]))
        # A decay, or a growth, of a millionth in 200 turns leaves the thousandth that is asked for.
        if abs(size / before - 1) < 1e-6 and np.std(np.diff(crossings)) < 1e-3 * np.mean(np.diff(crossings)):
            period = (crossings[-1] - crossings[0]) / (len(up) - 1) * times[1] / unit
            return Truth(Outcome.LIMIT_CYCLE, period, size, 1, (1e-3, 1e-3))
        before = size
    return None


KINDS = (oscillator, injected, linear, two, cell)


def member_random(kind, number, seed=1):
    return np.random.default_rng([seed, KINDS.index(kind), number])
