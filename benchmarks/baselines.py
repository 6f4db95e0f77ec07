"""What a user would write instead: mean field and covariance in NumPy under SciPy's integrators, or compiled by numba.

Written out for the paper's model; nothing of the package is used.
"""

import time

import numba
import numpy as np
from scipy.integrate import solve_ivp

START = np.concatenate([np.zeros(8), (np.eye(8) / 2).ravel()])
WINDOW = (1000.0, 1200.0)
NOISE = np.array([0.15, 0.15, 0.2, 0.2, 0.005, 0.005, 0.005, 0.005])
ROOT2 = np.sqrt(2)


@numba.njit(cache=False, fastmath=True)
def velocity_and_drift(x, delta_a, delta_m, kerr, drive):
    """Velocity, (8,), and drift matrix, (8, 8), at the quadratures x, with the other parameters of Fig. 1."""
    g, chi, kappa_a, kappa_m, gamma, omega_2 = 0.005, 0.02, 0.15, 0.2, 0.005, 1.005
    f, A = np.zeros(8), np.zeros((8, 8))
    magnons = (x[2] ** 2 + x[3] ** 2) / 2
    da = delta_a - ROOT2 * g * x[6]
    dm = delta_m + 2 * kerr * magnons - ROOT2 * g * x[4]
    f[0] = -kappa_a * x[0] + da * x[1] + ROOT2 * drive
    f[1] = -kappa_a * x[1] - da * x[0]
    f[2] = -kappa_m * x[2] + dm * x[3] + ROOT2 * drive
    f[3] = -kappa_m * x[3] - dm * x[2]
    f[4] = -gamma * x[4] + x[5] - chi * x[7]
    f[5] = -gamma * x[5] - x[4] + chi * x[6] + ROOT2 * g * magnons
    f[6] = -gamma * x[6] + omega_2 * x[7] - chi * x[5]
    f[7] = -gamma * x[7] - omega_2 * x[6] + chi * x[4] + ROOT2 * g * (x[0] ** 2 + x[1] ** 2) / 2
    A[0, 0] = A[1, 1] = -kappa_a
    A[0, 1], A[1, 0] = da, -da
    A[0, 6], A[1, 6] = -ROOT2 * g * x[1], ROOT2 * g * x[0]
    A[2, 2], A[3, 3] = -kappa_m + 2 * kerr * x[2] * x[3], -kappa_m - 2 * kerr * x[2] * x[3]
    A[2, 3], A[3, 2] = dm + 2 * kerr * x[3] ** 2, -dm - 2 * kerr * x[2] ** 2
    A[2, 4], A[3, 4] = -ROOT2 * g * x[3], ROOT2 * g * x[2]
    for i in range(4, 8):
        A[i, i] = -gamma
    A[4, 5], A[5, 4], A[6, 7], A[7, 6] = 1.0, -1.0, omega_2, -omega_2
    A[4, 7], A[5, 6], A[6, 5], A[7, 4] = -chi, chi, -chi, chi
    A[5, 2], A[5, 3] = ROOT2 * g * x[2], ROOT2 * g * x[3]
    A[7, 0], A[7, 1] = ROOT2 * g * x[0], ROOT2 * g * x[1]
    return f, A


@numba.njit(cache=False, fastmath=True)
def with_covariance(y, delta_a, delta_m, kerr, drive, noise):
    """Velocity of mean field and covariance, (72,)."""
    f, A = velocity_and_drift(y[:8], delta_a, delta_m, kerr, drive)
    out = np.empty(72)
    out[:8] = f
    AV = np.dot(A, y[8:].copy().reshape(8, 8))
    for i in range(8):
        for j in range(8):
            out[8 + 8 * i + j] = AV[i, j] + AV[j, i]
        out[8 + 9 * i] += noise[i]
    return out


@numba.njit(cache=False, fastmath=True)
def runge_kutta(y, h, before, inside, delta_a, delta_m, kerr, drive, noise):
    """Mean of S_Q over the points after `before` steps, by classical Runge-Kutta."""
    total, count = 0.0, 0
    for k in range(before + inside + 1):
        if k >= before:
            V = y[8:].copy().reshape(8, 8)
            spread = 0.0
            for q in range(2):
                spread += (V[4 + q, 4 + q] + V[6 + q, 6 + q] - 2 * V[4 + q, 6 + q]) / 2
            total += 1 / spread
            count += 1
        k1 = with_covariance(y, delta_a, delta_m, kerr, drive, noise)
        k2 = with_covariance(y + h / 2 * k1, delta_a, delta_m, kerr, drive, noise)
        k3 = with_covariance(y + h / 2 * k2, delta_a, delta_m, kerr, drive, noise)
        k4 = with_covariance(y + h * k3, delta_a, delta_m, kerr, drive, noise)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return total / count


def compile_numba():
    """Two steps, so that later calls are not slowed by the compilation."""
    runge_kutta(START, 0.02, 1, 1, -1.005, -1.0, 0.0, 35.0, NOISE)


def by_numba(kerr, h=0.02):
    """S_Q of the window from vacuum and the seconds it took."""
    before, inside = round(WINDOW[0] / h), round((WINDOW[1] - WINDOW[0]) / h)
    began = time.perf_counter()
    value = runge_kutta(START, h, before, inside, -1.005, -1.0, kerr, 35.0, NOISE)
    return value, time.perf_counter() - began


def by_scipy(kerr, method, end=WINDOW[1]):
    """S_Q of the window from vacuum by `solve_ivp` at rtol 1e-8, with a velocity in plain NumPy, and its seconds."""
    plain = velocity_and_drift.py_func

    def motion(t, y):
        f, A = plain(y[:8], -1.005, -1.0, kerr, 35.0)
        AV = A @ y[8:].reshape(8, 8)
        return np.concatenate([f, (AV + AV.T + np.diag(NOISE)).ravel()])

    times = np.linspace(*WINDOW, 2001) if end == WINDOW[1] else None
    began = time.perf_counter()
    solution = solve_ivp(motion, (0, end), START, method=method, rtol=1e-8, atol=1e-8, t_eval=times)
    seconds = time.perf_counter() - began
    V = solution.y[8:].T.reshape(-1, 8, 8)
    minus = np.zeros((2, 8))
    minus[[0, 1, 0, 1], [4, 5, 6, 7]] = np.array([1, 1, -1, -1]) / ROOT2
    return float(np.mean(1 / np.einsum("ri,tij,rj->t", minus, V, minus))), seconds


def fastest_method():
    """Which of SciPy's integrators takes the fewest seconds over the first quarter."""
    return min(("LSODA", "DOP853", "RK45"), key=lambda method: by_scipy(-2e-5, method, end=300.0)[1])
