"""Pictures of results: every function takes the axes to draw on, or makes them, and returns what it drew."""

from jaxsync.plots.branches import plot_branch
from jaxsync.plots.designs import plot_history, plot_sensitivities, plot_tolerance
from jaxsync.plots.maps import plot_map
from jaxsync.plots.sheets import plot_sheets
from jaxsync.plots.spectra import plot_phase_coupling, plot_spectrum
from jaxsync.plots.states import plot_attractors, plot_ensemble, plot_orbit
from jaxsync.plots.style import COLORS

__all__ = [
    "COLORS",
    "plot_attractors",
    "plot_branch",
    "plot_ensemble",
    "plot_history",
    "plot_map",
    "plot_orbit",
    "plot_phase_coupling",
    "plot_sensitivities",
    "plot_sheets",
    "plot_spectrum",
    "plot_tolerance",
]
