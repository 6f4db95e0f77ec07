"""Numbers on the quick grids of the paper's figures, computed without jaxsync: writes figures.json beside this file.

Mean field and covariance of the optomagnomechanical model from vacuum, all points side by side in NumPy: the classical
Runge-Kutta method with steps of 0.02 and the drift matrix written out by hand; S_Q sampled every fifth step of
t in [1000, 1200].
"""

import json
from pathlib import Path

import numpy as np

STEP = 0.02
BASE = {
    "omega_1": 1.0, "omega_2": 1.005, "gamma_1": 0.005, "gamma_2": 0.005, "kappa_a": 0.15, "kappa_m": 0.2,
    "g_a": 0.005, "g_m": 0.005, "chi": 0.02, "delta_a": -1.005, "delta_m": -1.0, "kerr": 0.0, "sagnac": 0.0,
    "drive_a": 35.0, "drive_m": 35.0, "nbar_1": 0.0, "nbar_2": 0.0,
}  # fmt: skip
# r zeta omega_c / c (1 - 1/zeta^2) at 6e3 rad/s, in units of 2 pi 10 MHz; omega_c / c = 2 pi / wavelength.
SHIFT = 6e3 * 1.48 * 1.1e-3 * (2 * np.pi / 1550e-9) * (1 - 1 / 1.48**2) / (2 * np.pi * 10e6)
DETUNINGS = [-1.4 + 0.05 * i for i in range(17)]


def grid(**axes):
    """All combinations of the values, as dictionaries."""
    points = [{}]
    for name, values in axes.items():
        points = [point | {name: value} for point in points for value in values]
    return points


POINTS = {
    "fig1d": grid(sagnac=[-SHIFT, SHIFT], delta_a=[-1.3, -1.1, -1.0, -0.9, -0.8]),
    "fig2a": grid(kerr=[-5e-5, -2.5e-5, 2.5e-5], delta_m=[-1.2, -1.0, -0.8]),
    "fig2b": grid(kerr=[-2e-5, 2e-5], delta_m=[-1.2, -1.0, -0.9]),
    "fig2c": grid(kerr=[-1e-4, -5e-5, -2.5e-5, 0.0, 6.25e-6, 5e-5, 1e-4]),
    "fig3a": grid(kerr=[0.0, -2e-5], rho=[1.125, 1.25, 1.5, 2.0, 5.0]),
    "fig3b": grid(kerr=[0.0, -2e-5], gamma=[0.0075, 0.0125, 0.015, 0.02]),
    "fig3c": grid(nbar=[0.0, 1.0, 10.0], delta_m=[-1.1, -1.0]),
    "fig3d": grid(kerr=[0.0, -2e-5], nbar=[10.0], delta_m=[-1.1, -1.0, -0.9]),
    "fig3e": grid(kerr=[0.0, -2.5e-5], nbar=[0.0, 10.0], delta_m=DETUNINGS),
    "fig3f": grid(kerr=[-1e-4, -5e-5, 0.0, 2.5e-5]),
}


def fields(point):
    """Model parameters of a point: rho, gamma and nbar stand for two fields each."""
    values = dict(BASE)
    for name, value in point.items():
        if name == "rho":
            values |= {"g_a": 0.005 / np.sqrt(value), "g_m": 0.005 / np.sqrt(value)}
        elif name in ("gamma", "nbar"):
            values |= {f"{name}_1": value, f"{name}_2": value}
        else:
            values[name] = value
    return values


def integrate(points):
    """Mean S_Q and root mean squares of |a| and |m| over the window, (points,) each."""
    p = {name: np.array([point[name] for point in points]) for name in BASE}
    count = len(points)
    rates = [p["kappa_a"], p["kappa_m"], p["gamma_1"] * (2 * p["nbar_1"] + 1), p["gamma_2"] * (2 * p["nbar_2"] + 1)]
    Q = np.zeros((count, 8, 8))
    V = np.zeros((count, 8, 8))
    for k, (rate, n) in enumerate(zip(rates, (0.0, 0.0, p["nbar_1"], p["nbar_2"]), strict=True)):
        for i in (2 * k, 2 * k + 1):
            Q[:, i, i], V[:, i, i] = rate, n + 0.5

    def motion(z, V):
        a, m, b1, b2 = z
        D = p["delta_a"] + p["sagnac"] - 2 * p["g_a"] * b2.real
        E = p["delta_m"] - 2 * p["g_m"] * b1.real
        N, M = np.abs(a) ** 2, np.abs(m) ** 2
        dz = np.stack(
            [
                -(p["kappa_a"] + 1j * D) * a + p["drive_a"],
                -(p["kappa_m"] + 1j * (E + 2 * p["kerr"] * M)) * m + p["drive_m"],
                -(p["gamma_1"] + 1j * p["omega_1"]) * b1 + 1j * p["chi"] * b2 + 1j * p["g_m"] * M,
                -(p["gamma_2"] + 1j * p["omega_2"]) * b2 + 1j * p["chi"] * b1 + 1j * p["g_a"] * N,
            ]
        )
        A = np.zeros((count, 8, 8))
        # d(do)/dt = -(kappa + i d) do + pair do^+ + 2 i g o Re(db): the Kerr term is 4 K |m|^2 and a two-magnon one.
        for k, (kappa, d, pair) in enumerate(
            ((p["kappa_a"], D, 0.0), (p["kappa_m"], E + 4 * p["kerr"] * M, -2j * p["kerr"] * m**2))
        ):
            i, u, v = 2 * k, np.real(pair), np.imag(pair)
            A[:, i, i], A[:, i, i + 1] = -kappa + u, d + v
            A[:, i + 1, i], A[:, i + 1, i + 1] = -d + v, -kappa - u
        for k, gamma, omega in ((2, p["gamma_1"], p["omega_1"]), (3, p["gamma_2"], p["omega_2"])):
            i = 2 * k
            A[:, i, i] = A[:, i + 1, i + 1] = -gamma
            A[:, i, i + 1], A[:, i + 1, i] = omega, -omega
        A[:, 4, 7] = A[:, 6, 5] = -p["chi"]
        A[:, 5, 6] = A[:, 7, 4] = p["chi"]
        for i, j, g, o in ((0, 6, p["g_a"], a), (2, 4, p["g_m"], m)):
            A[:, i, j], A[:, i + 1, j] = -2 * g * o.imag, 2 * g * o.real
            A[:, j + 1, i], A[:, j + 1, i + 1] = 2 * g * o.real, 2 * g * o.imag
        AV = A @ V
        return dz, AV + AV.transpose(0, 2, 1) + Q

    z = np.zeros((4, count), complex)
    s_q, squares, samples = np.zeros(count), np.zeros((2, count)), 0
    for step in range(round(1200 / STEP) + 1):
        if step * STEP > 1000 - STEP / 2 and step % 5 == 0:
            minus = V[:, 4, 4] + V[:, 6, 6] - 2 * V[:, 4, 6] + V[:, 5, 5] + V[:, 7, 7] - 2 * V[:, 5, 7]
            s_q, squares, samples = s_q + 2 / minus, squares + np.abs(z[:2]) ** 2, samples + 1
        slopes = [motion(z, V)]
        for weight in (0.5, 0.5, 1.0):
            dz, dV = slopes[-1]
            slopes.append(motion(z + weight * STEP * dz, V + weight * STEP * dV))
        weights = (1 / 6, 1 / 3, 1 / 3, 1 / 6)
        z = z + STEP * sum(w * dz for w, (dz, _) in zip(weights, slopes, strict=True))
        V = V + STEP * sum(w * dV for w, (_, dV) in zip(weights, slopes, strict=True))
    return s_q / samples, np.sqrt(squares / samples)


if __name__ == "__main__":
    everything = [fields(point) for points in POINTS.values() for point in points]
    s_q, sizes = integrate(everything)
    rows, k = {}, 0
    for figure, points in POINTS.items():
        rows[figure] = []
        for point in points:
            couplings = [everything[k][f"g_{o}"] * float(sizes[i, k]) for i, o in enumerate("am")]
            rows[figure].append({"at": point, "s_q": float(s_q[k]), "couplings": couplings})
            k += 1
    content = {"step": STEP, "window": [1000, 1200], "numpy": np.__version__, "figures": rows}
    (Path(__file__).parent / "figures.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
