"""Fluctuations along limit cycles of random devices, judged by SciPy: python -m benchmarks.wrong_fluctuations [count].

Half of the devices are single optomechanical cells, half pairs of them that exchange phonons, kappa from 0.1 to 30
times the phonons' frequency. Each motion is followed to its cycle; the judge closes it again by its own shooting
method, with DOP853 at a relative tolerance of 1e-12 and Jacobians written by hand, and integrates the covariance.
Compared are the mean over the cycle of S_Q (for a cell, of 1 / <dX^2 + dY^2> of its phonon) and the phase diffusion.
Right is within 1e-5; refused is an answer that says that it is none; wrong is anything else.
"""

import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
from numba import njit
from scipy.integrate import solve_ivp
from scipy.linalg import solve_discrete_lyapunov

from jaxsync.numerics.flow import path, unrolled_step
from jaxsync.numerics.periodic_orbit import COLLOCATION, close_orbit
from jaxsync.numerics.stability import Stability
from jaxsync.states.collocated_floquet import split_collocated
from jaxsync.states.floquet import cut, split_fluctuations

NAMES = ("kappa", "delta", "gamma", "g", "drive", "detuning", "mu")
SAMPLES = 60
RIGHT = 1e-5
FINER = (60, 120, 240, 480)
"""Intervals of the second look, tried in turn."""


def random_devices(count, seed, pairs):
    """Rows of NAMES: drives that make the cavity's anti-damping 1.5 to 5 times the phonon's damping."""
    random = np.random.default_rng(seed)
    kappa = 10 ** random.uniform(-1, np.log10(30), count)
    delta = -random.uniform(0.4, 1.2, count) * np.maximum(1.0, kappa)
    gamma = random.uniform(0.01, 0.03, count)
    g = np.full(count, 5e-3)
    lorentzian = lambda d: kappa / (kappa**2 + d**2)
    heating = g**2 * (lorentzian(delta + 1) - lorentzian(delta - 1))  # per photon
    photons = random.uniform(1.5, 5, count) * gamma / heating
    drive = np.sqrt(photons * (kappa**2 + delta**2))
    detuning, mu = random.uniform(-0.01, 0.01, count), random.uniform(0.02, 0.08, count)
    return np.stack([kappa, delta, gamma, g, drive, detuning * pairs, mu * pairs], axis=1)


def velocity(p, x):
    """One cell, x = (X_a, Y_a, X_b, Y_b), or two, one after the other."""
    kappa, delta, gamma, g, drive, detuning, mu = p
    z = (x[0::2] + 1j * x[1::2]) / np.sqrt(2)
    a, b = z[0::2], z[1::2]
    omega = 1.0 + detuning * jnp.arange(b.size)
    a_rate = -(kappa + 1j * (delta - 2 * g * b.real)) * a + drive
    b_rate = -(gamma + 1j * omega) * b + 1j * g * jnp.abs(a) ** 2 + 1j * mu * b[::-1] * (b.size == 2)
    rates = jnp.stack([a_rate, b_rate], axis=1).reshape(-1) * np.sqrt(2)
    return jnp.stack([rates.real, rates.imag], axis=1).reshape(-1)


def noise_of(p, n):
    return jnp.diag(jnp.tile(jnp.stack([p[0], p[0], p[2], p[2]]), n // 4))


@jax.jit
def settle(devices, starts, steps, counts):
    """Where the motions are after `counts` steps, and their next 80 / 2 pi turns, (lanes, 8001, n)."""

    def lane(p, x, h, count):
        motion = lambda y: velocity(p, y)
        x = jax.lax.while_loop(
            lambda state: state[1] < count, lambda state: (unrolled_step(motion, state[0], h), state[1] + 1), (x, 0)
        )[0]
        return path(motion, x, 0.01, 8000)

    return jax.vmap(lane)(devices, starts, steps, counts)


def recurrence(points):
    """The first time at which the motion returns to its first point as nearly as it ever does, and the miss."""
    x, normal = points[0], points[1] - points[0]
    height = (points - x) @ normal
    k = np.nonzero((height[:-1] < 0) & (height[1:] >= 0))[0]
    if k.size == 0:
        return np.nan, np.inf
    s = height[k] / (height[k] - height[k + 1])
    between = points[k] + s[:, None] * (points[k + 1] - points[k])
    miss = np.linalg.norm(between - x, axis=1) / np.max(np.linalg.norm(points - x, axis=1))
    first = np.argmax(miss <= 3 * np.min(miss) + 1e-4)
    return (k[first] + s[first]) * 0.01, miss[first]


@jax.jit
def first_look(devices, points, periods):
    def lane(p, x, T):
        motion, Q = (lambda y: velocity(p, y)), noise_of(p, x.size)
        orbit = close_orbit(motion, motion, x, T)
        intervals = cut(motion, lambda y: Q, orbit.point, orbit.period, SAMPLES)
        return orbit, split_fluctuations(intervals, orbit.period, orbit.error)

    return jax.vmap(lane)(devices, points, periods)


@jax.jit(static_argnames="steps")
def second_look(p, x, T, steps):
    motion, Q = (lambda y: velocity(p, y)), noise_of(p, x.size)
    orbit = close_orbit(motion, motion, x, T, steps=steps, method=COLLOCATION)
    parts = split_collocated(
        motion, lambda y: Q, orbit.point, orbit.period, SAMPLES, steps // SAMPLES, error=orbit.error
    )
    return orbit, parts


def synchronization(covariances):
    """Mean of 1 / <dX_-^2 + dY_-^2> of two phonons, or 1 / <dX^2 + dY^2> of one."""
    n = covariances.shape[-1]
    rows = np.zeros((2, n))
    for row in range(2):
        if n == 4:
            rows[row, 2 + row] = 1.0
        else:
            rows[row, 2 + row], rows[row, 6 + row] = np.sqrt(0.5), -np.sqrt(0.5)
    return np.mean(1 / np.einsum("rk,...kl,rl->...", rows, covariances, rows))


@njit
def rates_by_hand(p, x):
    """The same equations and their Jacobian, in quadratures."""
    kappa, delta, gamma, g, drive, detuning, mu = p
    root, n = np.sqrt(2.0), x.size
    f, A = np.zeros(n), np.zeros((n, n))
    for j in range(0, n, 4):
        omega = 1.0 + detuning * (j // 4)
        shift = delta - root * g * x[j + 2]
        f[j] = -kappa * x[j] + shift * x[j + 1] + root * drive
        f[j + 1] = -kappa * x[j + 1] - shift * x[j]
        f[j + 2] = -gamma * x[j + 2] + omega * x[j + 3]
        f[j + 3] = -gamma * x[j + 3] - omega * x[j + 2] + g / root * (x[j] ** 2 + x[j + 1] ** 2)
        A[j, j] = A[j + 1, j + 1] = -kappa
        A[j, j + 1], A[j + 1, j] = shift, -shift
        A[j, j + 2], A[j + 1, j + 2] = -root * g * x[j + 1], root * g * x[j]
        A[j + 2, j + 2] = A[j + 3, j + 3] = -gamma
        A[j + 2, j + 3], A[j + 3, j + 2] = omega, -omega
        A[j + 3, j], A[j + 3, j + 1] = root * g * x[j], root * g * x[j + 1]
        if n == 8:
            other = 4 - j
            f[j + 2] -= mu * x[other + 3]
            f[j + 3] += mu * x[other + 2]
            A[j + 2, other + 3], A[j + 3, other + 2] = -mu, mu
    return f, A


@njit
def with_matrix(t, y, p, n, noisy):
    """x' = f with Phi' = A Phi, or with V' = A V + V A^T + Q."""
    f, A = rates_by_hand(p, y[:n])
    V = y[n:].reshape(n, n)
    change = A @ V
    if noisy:
        change = change + change.T
        for i in range(n):
            change[i, i] += p[0] if i % 4 < 2 else p[2]
    return np.concatenate((f, change.reshape(-1)))


def integrate(p, x, V, T, noisy, times=None):
    n = x.size
    size = np.concatenate([np.full(n, np.max(abs(x))), np.full(n * n, max(1.0, np.max(abs(V))))])
    found = solve_ivp(
        with_matrix,
        (0, T),
        np.concatenate([x, V.reshape(-1)]),
        "DOP853",
        t_eval=times,
        rtol=1e-12,
        atol=1e-12 * size,
        args=(p, n, noisy),
    )
    y = found.y.T if times is not None else found.y[:, -1:].T
    return y[:, :n], y[:, n:].reshape(-1, n, n)


def judge(p, x, T):
    """S_Q, phase diffusion and largest transverse multiplier of the cycle near x and T, or None without one."""
    n, guess, along = x.size, x, rates_by_hand(p, x)[0]
    along = along / np.linalg.norm(along)
    swing = None
    for _ in range(12):
        ends, propagators = integrate(p, x, np.eye(n), T, False)
        end, phi = ends[-1], propagators[-1]
        miss = np.append(end - x, along @ (x - guess))
        swing = swing or np.linalg.norm(rates_by_hand(p, x)[0])
        if np.linalg.norm(miss) < 3e-11 * swing:
            break
        matrix = np.block([[phi - np.eye(n), rates_by_hand(p, end)[0][:, None]], [along[None], np.zeros((1, 1))]])
        change = np.linalg.solve(matrix, miss)
        x, T = x - change[:n], T - change[n]
    else:
        return None
    u = rates_by_hand(p, x)[0]
    values, vectors = np.linalg.eig(phi.T)
    nearest = np.argmin(abs(values - 1))
    v = vectors[:, nearest].real
    v = v / (v @ u)
    aside = np.eye(n) - np.outer(u, v)
    N = integrate(p, x, np.zeros((n, n)), T, True)[1][-1]
    transverse = phi - np.outer(u, v)
    contraction = np.max(abs(np.linalg.eigvals(transverse)))
    diffusion = v @ N @ v / T
    if contraction > 1:
        return np.nan, np.nan, contraction
    V = solve_discrete_lyapunov(transverse, aside @ N @ aside.T)
    times = np.arange(SAMPLES) * T / SAMPLES
    points, Vs = integrate(p, x, V, times[-1], True, times)
    # v at the samples, backwards: over each interval by its own propagator.
    vs, later = np.zeros((SAMPLES, n)), v
    for k in reversed(range(SAMPLES)):
        later = later @ integrate(p, points[k], np.eye(n), T / SAMPLES, False)[1][-1]
        vs[k] = later = later / (later @ rates_by_hand(p, points[k])[0])
    for k in range(SAMPLES):
        aside = np.eye(n) - np.outer(rates_by_hand(p, points[k])[0], vs[k])
        Vs[k] = aside @ Vs[k] @ aside.T
    return synchronization(Vs), diffusion, contraction


def examine(count, seed, pairs):
    """Counts of right, refused and wrong answers among `count` random devices, and lines on all that is not right."""
    devices, n = random_devices(count, seed, pairs), 8 if pairs else 4
    starts = np.zeros((count, n))
    starts[:, 2::4] = 100.0
    rates = devices[:, 0] + abs(devices[:, 1]) + 3
    steps = np.minimum(0.1, 0.5 / rates)
    counts = (25 / devices[:, 2] / steps).astype(int)
    ways = np.asarray(settle(devices, starts, steps, counts))
    guesses = [recurrence(way) for way in ways]
    periods = np.array([period if miss < 1e-2 else np.nan for period, miss in guesses])
    moving = np.array([np.ptp(way[:, 2]) > 1e-3 * np.max(abs(way[:, 2])) for way in ways])
    orbits, parts = jax.device_get(first_look(devices, ways[:, 0], np.where(np.isfinite(periods), periods, 6.3)))
    tally = {"right": 0, "refused": 0, "wrong": 0, "no cycle": 0, "of them by collocation": 0}
    lines = []
    for i, p in enumerate(devices):
        if not (np.isfinite(periods[i]) and moving[i]):
            tally["no cycle"] += 1
            continue
        orbit, part = jax.tree.map(lambda leaf: leaf[i], (orbits, parts))  # noqa: B023
        looks = 0
        while not orbit.resolved and looks < len(FINER):
            orbit, part = jax.device_get(second_look(p, ways[i, 0], periods[i], FINER[looks]))
            looks += 1
        tally["of them by collocation"] += looks > 0
        truth = judge(p, ways[i, 0], periods[i] / orbit.turns)
        answered = orbit.closed and orbit.resolved and part.stability != Stability.MARGINAL
        found = (synchronization(part.covariance), part.phase_diffusion, part.contraction)
        off = np.inf if truth is None else np.max(np.abs(np.array(found[:2]) / truth[:2] - 1))
        if answered and part.stability == Stability.UNSTABLE:
            off = 0.0 if truth is not None and truth[2] > 1 else np.inf
        word = "refused" if not answered else "right" if off < RIGHT else "wrong"
        tally[word] += 1
        line = f"{word:7s} kappa={p[0]:6.2f} looks={looks} turns={orbit.turns} closed={orbit.closed}"
        line += f" error={orbit.error:.1e}"
        line += f" h*rate={orbit.rate / 60:.2f} stability={part.stability} uncertainty={part.uncertainty:.0e}"
        lines.append(f"{line} S_Q={found[0]:.9g} truth={truth} off={off:.1e}")
    return tally, lines


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for name, pairs in (("cells", False), ("pairs", True)):
        begin = time.perf_counter()
        tally, lines = examine(count // 2, 1, pairs)
        print(f"{name}: {tally}, {time.perf_counter() - begin:.0f} s")
        for line in lines:
            if "-v" in sys.argv or not line.startswith("right"):
                print("  " + line)


if __name__ == "__main__":
    main()
