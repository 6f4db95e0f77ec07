"""The paper's device and its points: what it prints, what is taken where it prints nothing, axes of several fields."""

import numpy as np

from jaxsync.models.optomagnomechanical import OptoMagnoMechanical, sagnac_shift

PAPER = OptoMagnoMechanical()
"""The parameters of Fig. 1 without rotation."""

RED = PAPER.replace(delta_a=1.0, delta_m=1.0)
"""The paper's parameters with both drives on the red side, for Fig. 3g."""

OMEGA_1 = 2 * np.pi * 10e6
"""Frequency of phonon b1, rad/s."""

SPHERE = {"radius": 1.1e-3, "refractive_index": 1.48, "wavelength": 1550e-9}
"""Silica sphere, SI: not printed in the paper; these values give its statement at its speed."""

SPEED = 6e3
"""The paper's Omega, rad/s."""

SHIFT = float(sagnac_shift(SPEED, **SPHERE)) / OMEGA_1
"""Size of the Sagnac-Fizeau shift at that speed, in omega_1: negative for light from the right."""

KERR = 2e-5
"""|K| in omega_1 that the paper states for Fig. 3d; taken for Fig. 2b too."""

JOINED = {
    "rho": {name: lambda rho, g=getattr(PAPER, name): g / np.sqrt(rho) for name in ("g_a", "g_m")},
    "gamma": {name: lambda gamma: gamma for name in ("gamma_1", "gamma_2")},
    "nbar": {name: lambda nbar: nbar for name in ("nbar_1", "nbar_2")},
}
"""Axes of Fig. 3 by name, with what each makes of the model's fields: the mass ratio rho acts on the zero-point motion
in g = eta x_zpm, at fixed frequencies; decay rates and occupations are equal for both spheres."""


def device(**at: float) -> OptoMagnoMechanical:
    """The paper's model with some fields, or some of the axes rho, gamma and nbar, at the values given."""
    changes = {}
    for name, value in at.items():
        changes |= {field: make(value) for field, make in JOINED[name].items()} if name in JOINED else {name: value}
    return PAPER.replace(**changes)
