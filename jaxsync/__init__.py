"""jaxsync: steady states, limit cycles and quantum fluctuations of driven bosonic modes, differentiable in JAX.

Importing the package switches jax to double precision: the differences that synchronization is about vanish in single.
"""

import os as _os
from typing import TYPE_CHECKING as _TYPE_CHECKING

# XLA reports every program it takes from the compilation cache; its warnings are for those who develop it.
_os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import jax as _jax

_jax.config.update("jax_enable_x64", True)

from jaxsync import design, models
from jaxsync.attractors.basins import Attractor, Attractors, find_attractors
from jaxsync.attractors.bifurcations import Bifurcation, bifurcation_value
from jaxsync.attractors.borders import Border, follow_border
from jaxsync.attractors.branch import Branch, follow
from jaxsync.attractors.ensemble import Ensemble, simulate_ensemble
from jaxsync.attractors.exceptional import ExceptionalPoint, find_exceptional_point, follow_exceptional_point
from jaxsync.attractors.heterodyne import Estimate, estimate_synchronization, heterodyne_record
from jaxsync.attractors.records import estimate_linewidth, estimate_spectrum
from jaxsync.attractors.regime import Classification, classify
from jaxsync.attractors.sheets import frequency_sheets
from jaxsync.errors import ConvergenceError, InputError
from jaxsync.measures.covariances import from_xxpp, to_xxpp
from jaxsync.measures.gaussian import (
    gaussian_steering,
    logarithmic_negativity,
    minimum_variance,
    purity,
    residual_contangle,
    squeezing_db,
    symplectic_eigenvalues,
)
from jaxsync.measures.lines import Lines, linewidth, spectral_lines
from jaxsync.measures.loop import ellipse
from jaxsync.measures.many import (
    collective_synchronization,
    kuramoto_order,
    phase_locking,
    phase_synchronization_matrix,
    synchronization_matrix,
)
from jaxsync.measures.measure import Measure
from jaxsync.measures.nonreciprocity import contrast
from jaxsync.measures.phase_reduction import PhaseCoupling, locking_range, phase_coupling
from jaxsync.measures.scattering import Scattering, scattering
from jaxsync.measures.spectra import Spectrum, output_spectrum, sideband_asymmetry, spectrum
from jaxsync.measures.synchronization import complete_synchronization, effective_couplings, phase_synchronization
from jaxsync.measures.transport import Transport, encircle
from jaxsync.measures.window import integrated_window, window_on_cycle, window_synchronization
from jaxsync.models.base import Model, parameter
from jaxsync.models.check import check_model
from jaxsync.models.hamiltonian import HamiltonianModel
from jaxsync.models.modulation import modulate
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical, sagnac_shift
from jaxsync.models.ports import Port
from jaxsync.numerics.lyapunov import solve_lyapunov, solve_stein
from jaxsync.numerics.routh_hurwitz import routh_hurwitz
from jaxsync.numerics.stability import spectral_radius
from jaxsync.states.cycle import LimitCycle
from jaxsync.states.fixed_point import FixedPoint, find_fixed_point, find_fixed_points
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.states.outcome import Outcome
from jaxsync.states.settings import Settings
from jaxsync.states.state import DiffusedCycle, State
from jaxsync.states.trajectory import Trajectory, simulate
from jaxsync.sweeps.axes import Axis
from jaxsync.sweeps.grid import sweep

if _TYPE_CHECKING:
    from jaxsync.plots import plot_map

__version__ = "0.2.0.dev0"

__all__ = [
    "Attractor",
    "Attractors",
    "Axis",
    "Bifurcation",
    "Border",
    "Branch",
    "Classification",
    "ConvergenceError",
    "DiffusedCycle",
    "Ensemble",
    "Estimate",
    "ExceptionalPoint",
    "FixedPoint",
    "HamiltonianModel",
    "InputError",
    "LimitCycle",
    "Lines",
    "Measure",
    "Model",
    "OptoMagnoMechanical",
    "Outcome",
    "PhaseCoupling",
    "Port",
    "Scattering",
    "Settings",
    "Spectrum",
    "State",
    "Trajectory",
    "Transport",
    "bifurcation_value",
    "check_model",
    "classify",
    "collective_synchronization",
    "complete_synchronization",
    "contrast",
    "design",
    "effective_couplings",
    "ellipse",
    "encircle",
    "estimate_linewidth",
    "estimate_spectrum",
    "estimate_synchronization",
    "find_attractors",
    "find_exceptional_point",
    "find_fixed_point",
    "find_fixed_points",
    "find_limit_cycle",
    "follow",
    "follow_border",
    "follow_exceptional_point",
    "frequency_sheets",
    "from_xxpp",
    "gaussian_steering",
    "heterodyne_record",
    "integrated_window",
    "kuramoto_order",
    "linewidth",
    "locking_range",
    "logarithmic_negativity",
    "minimum_variance",
    "models",
    "modulate",
    "output_spectrum",
    "parameter",
    "phase_coupling",
    "phase_locking",
    "phase_synchronization",
    "phase_synchronization_matrix",
    "plot_map",
    "purity",
    "residual_contangle",
    "routh_hurwitz",
    "sagnac_shift",
    "scattering",
    "sideband_asymmetry",
    "simulate",
    "simulate_ensemble",
    "solve_lyapunov",
    "solve_stein",
    "spectral_lines",
    "spectral_radius",
    "spectrum",
    "squeezing_db",
    "sweep",
    "symplectic_eigenvalues",
    "synchronization_matrix",
    "to_xxpp",
    "window_on_cycle",
    "window_synchronization",
]


def __getattr__(name):
    """`plot_map` brings matplotlib with it, which the rest does without."""
    if name == "plot_map":
        from jaxsync.plots import plot_map

        return plot_map
    raise AttributeError(f"module 'jaxsync' has no attribute {name!r}")
