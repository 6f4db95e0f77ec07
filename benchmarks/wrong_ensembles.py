"""Ensembles of random devices, judged by closed forms and SciPy: python -m benchmarks.wrong_ensembles [count].

A third each: one mode in its bath (gamma from 1e-6 to 1e-1 of its frequency, up to 1,000 quanta), whose covariance is
known at all times; two coupled modes with squeezing and any noise, some of it of one quadrature, whose covariance
SciPy's matrix exponential gives at all times; a particle in a quartic potential with one or two wells, under- or
overdamped, whose variances are Boltzmann's, by SciPy's quadrature. Each in a unit between 1e-9 and 1e9 of its own.

Right is an ensemble all of whose numbers are within 4.5 standard errors; of some thousand, one run in 70 has one beyond
by chance. Refused is one that raises; wrong is anything else. A bias too small to be seen in one device shows in the
mean of all deviations, printed in standard errors of independent ones, and in their root mean square, about 1.
Last a table: <n> of one mode after 1,000 radians in its bath, 4,096 trajectories.
"""

import itertools
import sys
import time
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from scipy.integrate import quad
from scipy.linalg import expm

import jaxsync as js
from jaxsync.attractors.ensemble import covariance_of, sample_trajectories

TRAJECTORIES = 1024
LARGEST = 4.5


class Linear(js.Model):
    """x' = A x with the diffusion matrix Q, of two modes; A and Q as sixteen numbers each, row by row."""

    modes: ClassVar = ("first", "second")
    A: jnp.ndarray = js.parameter()
    Q: jnp.ndarray = js.parameter()

    def rates(self, amplitudes):
        x = np.sqrt(2) * jnp.stack([amplitudes.real, amplitudes.imag], axis=1).reshape(-1)
        f = self.A @ x / np.sqrt(2)
        return f[0::2] + 1j * f[1::2]

    def diffusion(self):
        return self.Q


class Mode(js.Model):
    """z' = -(gamma + i omega) z in a bath of n quanta."""

    modes: ClassVar = ("z",)
    omega: float = 1.0
    gamma: float = 1e-3
    n: float = 0.0

    def rates(self, amplitudes):
        return -(self.gamma + 1j * self.omega) * amplitudes

    def diffusion(self):
        return jnp.full(2, self.gamma * (2 * self.n + 1))


class Particle(js.Model):
    """x' = p, p' = -a x - b x^3 - gamma p + noise of temperature T; overdamped: x' = -a x - b x^3 + noise, p' = -p."""

    modes: ClassVar = ("z",)
    a: float = 1.0
    b: float = 1.0
    gamma: float = 1.0
    T: float = 1.0
    unit: float = 1.0
    overdamped: int = js.parameter(default=0, static=True)

    def rates(self, amplitudes):
        x, p = np.sqrt(2) * amplitudes[0].real, np.sqrt(2) * amplitudes[0].imag
        force = -self.a * x - self.b * x**3
        f = force - 1j * p if self.overdamped else p + 1j * (force - self.gamma * p)
        return self.unit * jnp.stack([f]) / np.sqrt(2)

    def diffusion(self):
        if self.overdamped:
            return self.unit * jnp.stack([2 * self.T, 2 * self.T])
        return self.unit * jnp.stack([0.0, 2 * self.gamma * self.T])


def covariance_at(A, Q, V, t):
    """exp(At) V exp(At)^T and the noise, by one exponential (Van Loan, IEEE Trans. Autom. Control 23, 395 (1978))."""
    n = len(A)
    # In pieces: the exponential of -A t grows as fast as that of A t decays.
    pieces = max(1, int(np.ceil(np.linalg.norm(A) * t / 4)))
    block = expm(np.block([[-A, Q], [np.zeros((n, n)), A.T]]) * t / pieces)
    P = block[n:, n:].T
    noise = P @ block[:n, n:]
    for _ in range(pieces):
        V = P @ V @ P.T + noise
    return (V + V.T) / 2


def deviations(seen, V):
    """Of the covariances of amplitudes (k, t, n) from V (t, 2n, 2n), in the standard errors of Gaussian ones."""
    sizes = np.einsum("tii->ti", V)
    error = np.sqrt((sizes[:, :, None] * sizes[:, None, :] + V**2) / len(seen))
    upper = np.triu_indices(V.shape[-1])
    return ((covariance_of(seen) - V) / error)[:, upper[0], upper[1]].ravel()


def one_mode(random, seed):
    unit, gamma = 10 ** random.uniform(-9, 9), 10 ** random.uniform(-6, -1)
    n, before = random.choice([0.0, 1.0]) * 10 ** random.uniform(-1, 3, 2)
    times = np.sort(random.uniform(1, 300, 3))
    model = Mode(omega=unit, gamma=gamma * unit, n=n)
    start = (np.zeros(1), (before + 0.5) * np.eye(2))
    _, seen, _ = sample_trajectories(model, times / unit, TRAJECTORIES, seed, start)
    left = np.exp(-2 * gamma * times)
    expected = (n + 0.5) * (1 - left) + (before + 0.5) * left
    return f"{model}", deviations(seen, expected[:, None, None] * np.eye(2))


def two_modes(random, seed):
    unit = 10 ** random.uniform(-9, 9)
    gammas, omegas = 10 ** random.uniform(-6, 0.5, 2), random.uniform(0.1, 2, 2)
    A = np.zeros((4, 4))
    for j in range(2):
        A[2 * j : 2 * j + 2, 2 * j : 2 * j + 2] = [[-gammas[j], omegas[j]], [-omegas[j], -gammas[j]]]
    # Any coupling of the quadratures, below the damping of both: no growth beyond a factor in the time that is seen.
    A += random.normal(size=(4, 4)) * np.min(gammas) * random.uniform(0, 0.3)
    exchange = 10 ** random.uniform(-4, 0)
    A[:2, 2:] += exchange * np.array([[0, -1], [1, 0]])
    A[2:, :2] += exchange * np.array([[0, -1], [1, 0]])
    root = random.normal(size=(4, random.integers(1, 5))) * np.repeat(np.sqrt(gammas), 2)[:, None]
    Q = root @ root.T * 10 ** random.uniform(0, 3)
    times = np.sort(random.uniform(1, 200, 2))
    model = Linear(A=A * unit, Q=Q * unit)
    _, seen, _ = sample_trajectories(model, times / unit, TRAJECTORIES, seed, None)
    V = np.stack([covariance_at(A, Q, np.eye(4) / 2, t) for t in times])
    return f"A={A.tolist()} Q={Q.tolist()} unit={unit:.1e}", deviations(seen, V)


def particle(random, seed):
    unit, overdamped = 10 ** random.uniform(-9, 9), int(random.integers(2))
    a, b, gamma, T = (
        random.uniform(-1, 2),
        10 ** random.uniform(-1, 0.5),
        random.uniform(0.3, 3),
        10 ** random.uniform(-1, 0.5),
    )
    model = Particle(a=a, b=b, gamma=gamma, T=T, unit=unit, overdamped=overdamped)
    times = np.linspace(40, 60, 9)
    _, seen, _ = sample_trajectories(model, times / unit, TRAJECTORIES, seed, None)
    deepest = -(a**2) / (4 * b) if a < 0 else 0.0
    weight = lambda x: np.exp(-(a * x**2 / 2 + b * x**4 / 4 - deepest) / T)
    far = 2 * (np.sqrt(max(0.0, -a / b)) + (40 * T / b) ** 0.25)
    norm, second = (quad(lambda x, k=k: x**k * weight(x), 0, far, epsabs=0, limit=200)[0] for k in (0, 2))
    found = []
    # In any well the variance about zero is the same: barriers need not be crossed.
    for values, expected in ((2 * np.real(seen) ** 2, second / norm), (2 * np.imag(seen) ** 2, T)):
        means = values[..., 0].mean(axis=1)
        found.append((means.mean() - expected) / (means.std(ddof=1) / np.sqrt(TRAJECTORIES)))
    return f"{model}", np.array(found)


def examine(kind, count):
    """Counts of right, refused and wrong among `count` devices of one kind, lines on all but the right, deviations."""
    tally, lines, every = {"right": 0, "refused": 0, "wrong": 0}, [], []
    for seed in range(count):
        try:
            name, off = kind(np.random.default_rng(seed), seed)
        except js.InputError as error:
            tally["refused"] += 1
            lines.append(f"refused {seed}: {error}")
            continue
        right = bool(np.all(np.abs(off) < LARGEST))  # False for NaN
        tally["right" if right else "wrong"] += 1
        every.append(off)
        if not right:
            lines.append(f"wrong {seed}: {np.max(np.abs(off)):.1f} errors; {name}")
    return tally, lines, np.concatenate(every)


def heating():
    """Rows of (gamma, n, <n> found, deviation in standard errors), started in equilibrium."""
    cases = itertools.product(10.0 ** np.arange(-1, -7, -1), (0.0, 1.0, 10.0, 100.0, 1000.0))
    for seed, (gamma, n) in enumerate(cases):
        start = (np.zeros(1), (n + 0.5) * np.eye(2))
        _, seen, _ = sample_trajectories(Mode(gamma=gamma, n=n), np.array([1000.0]), 4096, seed, start)
        quanta = np.mean(np.abs(seen) ** 2)
        yield gamma, n, quanta - 0.5, (quanta / (n + 0.5) - 1) * np.sqrt(4096)  # |z|^2 is exponential


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 240
    for kind in (one_mode, two_modes, particle):
        begin = time.perf_counter()
        tally, lines, off = examine(kind, count // 3)
        mean, spread = np.mean(off) * np.sqrt(off.size), np.sqrt(np.mean(off**2))
        seconds = time.perf_counter() - begin
        print(f"{kind.__name__}: {tally}; {off.size} numbers, mean {mean:+.1f}, rms {spread:.2f}; {seconds:.0f} s")
        print("\n".join(f"  {line}" for line in lines), end="\n" if lines else "", flush=True)
    for gamma, n, found, off in heating():
        print(f"gamma {gamma:.0e}, n {n:6g}: {found:9.3f}, {off:+.1f} standard errors")


if __name__ == "__main__":
    main()
