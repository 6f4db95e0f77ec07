"""The paper's device written out by hand in NumPy: its velocity, its rest, its drift by differences."""

import numpy as np
import scipy.optimize


def rest(m):
    """The quadratures at rest by SciPy, (8,), from those without coupling."""
    a, b = m.drive_a / (m.kappa_a + 1j * m.delta_a), m.drive_m / (m.kappa_m + 1j * m.delta_m)
    start = np.sqrt(2) * np.array([a.real, a.imag, b.real, b.imag, 0, 0, 0, 0])
    return scipy.optimize.fsolve(lambda x: velocity(m, x), start, xtol=1e-13)


def velocity(m, x):
    """The velocity of the quadratures, (8,) or (8, k)."""
    a, b, c, d = (x[0::2] + 1j * x[1::2]) / np.sqrt(2)
    rates = [
        -(m.kappa_a + 1j * (m.delta_a + m.sagnac - 2 * m.g_a * d.real)) * a + m.drive_a,
        -(m.kappa_m + 1j * (m.delta_m + 2 * m.kerr * abs(b) ** 2 - 2 * m.g_m * c.real)) * b + m.drive_m,
        -(m.gamma_1 + 1j * m.omega_1) * c + 1j * (m.chi * d + m.g_m * abs(b) ** 2),
        -(m.gamma_2 + 1j * m.omega_2) * d + 1j * (m.chi * c + m.g_a * abs(a) ** 2),
    ]
    return np.sqrt(2) * np.stack([np.real(rates), np.imag(rates)], axis=1).reshape(x.shape)


def jacobian(m, x):
    """The drift, (8, 8), by central differences: the velocity is a cubic, whose third derivative, 2 K, adds nothing."""
    h = 1e-3
    near = np.concatenate([x[:, None] + h * np.eye(8), x[:, None] - h * np.eye(8)], axis=1)
    return (velocity(m, near)[:, :8] - velocity(m, near)[:, 8:]) / (2 * h)
