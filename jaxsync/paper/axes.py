"""The axes of the paper's figures: their ranges, labels, and the fields they change; and how finely they are looked at.

Each stands here once; panels and claims name them.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from jaxsync.paper.points import JOINED
from jaxsync.sweeps.axes import Axis

Values = str | Sequence[float] | Mapping[float, str] | np.ndarray
"""Values along an axis: the numbers; a mapping from the numbers to the labels of their curves; or the field of
`Resolution` that says how many even values over the figures' range there are."""


@dataclasses.dataclass(frozen=True)
class FigureAxis:
    """An axis of figures: its ends, its label, and what its numbers are multiplied by beside the label."""

    low: float
    high: float
    label: str
    scale: float = 1.0


AXES = {
    "delta_a": FigureAxis(-1.4, -0.6, r"$\Delta_a/\omega_1$"),
    "delta_m": FigureAxis(-1.4, -0.6, r"$\Delta_m/\omega_1$"),
    # The paper does not print the range of K, nor those of mass and decay rate.
    "kerr": FigureAxis(-1e-4, 1e-4, r"$K/\omega_1$ ($10^{-5}$)", 1e5),
    # Beyond the shift that 6e3 turns a second in place of radians would make, 2.15.
    "sagnac": FigureAxis(-2.5, 2.5, r"$\sigma_a/\omega_1$"),
    "rho": FigureAxis(1.0, 5.0, r"mass ratio $\rho = m_j/m_0$"),
    "gamma": FigureAxis(0.005, 0.025, r"$\gamma_j/\omega_1$ ($10^{-3}$)", 1e3),
    # Up to the thermal phonons of Fig. 3d.
    "nbar": FigureAxis(0.0, 10.0, r"$\bar n_j$"),
    "angular_speed": FigureAxis(0.0, 10e3, r"$\Omega$ ($10^3$ rad/s)", 1e-3),
    # Fig. 3g: either effect over its largest size; the detuning of either drive, now red.
    "strength": FigureAxis(-1.0, 1.0, "strength"),
    "detuning": FigureAxis(0.2, 2.0, "detuning"),
    # The middle of a loop, in units in which the exceptional points of both directions are at -1 and 1; its radius.
    "position": FigureAxis(-1.5, 1.5, r"middle of the loop (points at $\pm 1$)"),
    "radius": FigureAxis(0.01, 0.06, "radius"),
}
"""By the name of a field of the model, or of several fields that change together, in omega_1 where they have a unit."""


@dataclasses.dataclass(frozen=True)
class Resolution:
    """How finely figures and claims look. There are two: `FULL` and `QUICK`.

    Along the axes of line plots: `speeds` in Fig. 1c, `light` in 1d, `field` in 2b, 3c and 3d, `switch` in 2c and 3f,
    `rescue` in 3a and 3b. Of maps: `density` along both axes of 2a, and wherever a maximum over Delta_m is taken;
    `strengths` along K, and `occupations`, of 3e; `effects` and `detunings` of 3g, `effects` and `chosen` of its
    transfer. Of claims: `checked` points along each axis of Figs. 1d, 2b and 2c; `branch` points that a cycle is
    followed along; `chosen` strengths of the Kerr effect that may do better than the paper's; `devices` of random
    parameters; `starts` of random motions. A range is scanned at `scan` points on either side, and the bracket
    divided `rounds` times.
    """

    speeds: int
    light: int
    field: int
    switch: int
    rescue: int
    density: int
    strengths: int
    occupations: int
    effects: int
    detunings: int
    checked: int
    branch: int
    chosen: int
    devices: int
    starts: int
    scan: int
    rounds: int


# Odd numbers, so that the middle of a range, K = 0 or Delta = -1, is a point; and the points of QUICK, of which the
# tests have independent values, are among those of FULL.
FULL = Resolution(
    speeds=51,
    light=129,
    field=97,
    switch=129,
    rescue=161,
    density=81,
    strengths=65,
    occupations=21,
    effects=61,
    detunings=91,
    checked=41,
    branch=241,
    chosen=11,
    devices=128,
    starts=64,
    scan=24,
    rounds=2,
)
QUICK = Resolution(
    speeds=51,
    light=33,
    field=33,
    switch=33,
    rescue=33,
    density=17,
    strengths=17,
    occupations=21,
    effects=13,
    detunings=19,
    checked=9,
    branch=61,
    chosen=6,
    devices=16,
    starts=16,
    scan=12,
    rounds=1,
)


def values_along(name: str, given: Values, resolution: Resolution) -> np.ndarray:
    """The numbers along an axis, (values,)."""
    if isinstance(given, str):
        return np.linspace(AXES[name].low, AXES[name].high, getattr(resolution, given))
    return np.asarray(list(given), dtype=float)


def axis_of(name: str, values: np.ndarray) -> Axis:
    """An axis of a sweep: rho, gamma or nbar, or a field of the model."""
    if name not in JOINED:
        return Axis(values, [name])
    unit = "1" if name in ("rho", "nbar") else "omega_1"
    return Axis(values, {field: make(values) for field, make in JOINED[name].items()}, unit=unit)
