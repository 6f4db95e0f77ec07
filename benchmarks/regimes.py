"""`classify` against brute force on 40 random points of the plane of Fig. 1d: python -m benchmarks.regimes

The brute force shares nothing with the package: the equations written out in NumPy, classical Runge-Kutta, no Newton's
method, Lyapunov exponents from separations of neighbouring motions, over twice the time. Disagreements are listed.
"""

import time

import numpy as np

import jaxsync as js
from jaxsync.batches import map_points

POINTS, SEED = 40, 0
STEP, TRANSIENT, HORIZON = 0.04, 3000.0, 6000.0
SEPARATION = 1e-6


def rates(z, delta_a):
    """The paper's mean field at its Fig. 1 parameters, z (..., 4) complex, delta_a with the Sagnac shift (..., 1)."""
    a, m, b1, b2 = (z[..., i] for i in range(4))
    out = np.empty_like(z)
    out[..., 0] = -(0.15 + 1j * delta_a[..., 0]) * a + 0.01j * a * b2.real + 35
    out[..., 1] = -(0.2 - 1j) * m + 0.01j * m * b1.real + 35
    out[..., 2] = -(0.005 + 1j) * b1 + 0.02j * b2 + 0.005j * np.abs(m) ** 2
    out[..., 3] = -(0.005 + 1.005j) * b2 + 0.02j * b1 + 0.005j * np.abs(a) ** 2
    return out


def advance(z, delta_a, steps):
    """Classical Runge-Kutta."""
    for _ in range(steps):
        k1 = rates(z, delta_a)
        k2 = rates(z + STEP / 2 * k1, delta_a)
        k3 = rates(z + STEP / 2 * k2, delta_a)
        z = z + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + rates(z + STEP * k3, delta_a))
    return z


def brute_force(delta_a):
    """Regimes and the three largest exponents, (points,) and (points, 3)."""
    delta = delta_a[:, None]
    z = advance(np.zeros((delta_a.size, 4), complex), delta, round(TRANSIENT / STEP))
    speed = np.linalg.norm(rates(z, delta), axis=1)
    rest = speed < 1e-6
    # Neighbours in three random directions, brought back to the separation every 125 steps (five time units).
    random = np.random.default_rng(SEED).normal(size=(delta_a.size, 8, 3))
    directions = np.linalg.qr(random)[0]
    rounds = round(HORIZON / (125 * STEP))
    growth = np.zeros((rounds, delta_a.size, 3))
    for i in range(rounds):
        neighbours = z[:, None] + SEPARATION * np.swapaxes(directions[:, 0::2] + 1j * directions[:, 1::2], 1, 2)
        moved = advance(np.concatenate([z[:, None], neighbours], axis=1), delta[:, None], 125)
        z = moved[:, 0]
        apart = (moved[:, 1:] - z[:, None]) / SEPARATION
        columns = np.swapaxes(np.stack([apart.real, apart.imag], axis=-1).reshape(*apart.shape[:2], 8), 1, 2)
        directions, triangular = np.linalg.qr(columns)
        growth[i] = np.log(np.abs(np.diagonal(triangular, axis1=1, axis2=2)))
    exponents = -np.sort(-growth[rounds // 10 :].mean(axis=0) / (125 * STEP), axis=1)
    zero = 3 / HORIZON
    regime = np.select(
        [rest | (exponents[:, 0] < -zero), exponents[:, 0] > zero, exponents[:, 1] < -zero],
        [js.Outcome.FIXED_POINT, js.Outcome.CHAOTIC, js.Outcome.LIMIT_CYCLE],
        js.Outcome.QUASIPERIODIC,
    )
    return regime, exponents


def main():
    random = np.random.default_rng(SEED)
    delta_a, sagnac = random.uniform(-1.4, -0.6, POINTS), random.uniform(-0.4, 0.4, POINTS)
    base = js.OptoMagnoMechanical()
    began = time.perf_counter()
    found = map_points(
        lambda model, fields: js.classify(model.replace(**fields)), base, {"delta_a": delta_a, "sagnac": sagnac}
    )
    middle = time.perf_counter()
    regime, exponents = brute_force(delta_a + sagnac)
    end = time.perf_counter()
    agree = found.code == regime
    print(f"{agree.sum()} of {POINTS} agree")
    print(f"classify {middle - began:.0f} s with compilation, brute force {end - middle:.0f} s")
    for kind in sorted({*found.code.tolist(), *regime.tolist()}):
        name = str(js.Outcome(kind))
        print(f"  {name:14} classify {np.sum(found.code == kind):3}  brute force {np.sum(regime == kind):3}")
    for i in np.flatnonzero(~agree):
        print(f"  delta_a={delta_a[i]:.4f} sagnac={sagnac[i]:.4f}:")
        print(f"    classify    {js.Outcome(int(found.code[i]))} {np.round(found.exponents[i], 5)}")
        print(f"    brute force {js.Outcome(int(regime[i]))} {np.round(exponents[i], 5)}")


if __name__ == "__main__":
    main()
