"""Pictures of spectra."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from jaxsync.measures.phase_reduction import PhaseCoupling
from jaxsync.measures.spectra import Spectrum
from jaxsync.plots.style import COLORS


def plot_spectrum(
    spectrum: Spectrum,
    estimate: Spectrum | None = None,
    ax: Axes | None = None,
    color: str = COLORS[0],
    label: str = "",
) -> list[Artist]:
    """A spectrum as a spectrum analyser shows it, on a logarithmic scale, over what trajectories give where they do.

    Args:
        spectrum: What `spectrum` or `output_spectrum` returns.
        estimate: What `estimate_spectrum` returns, within the same frequencies.
        ax: Where to draw; None makes axes.
        color: Of the line; of a cycle the floor is dashed.
        label: Of the line, for a legend.

    Returns:
        The lines.

    Example:
        >>> import numpy as np
        >>> import jaxsync as js
        >>> from jaxsync.plots import plot_spectrum
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=1.0, drive_m=1.0))
        >>> lines = plot_spectrum(js.spectrum(state, np.linspace(0.9, 1.1, 101), "b1"))
    """
    ax = ax or plt.subplots()[1]
    w = np.asarray(spectrum.frequencies)
    artists: list[Artist] = []
    if estimate is not None:
        seen = np.asarray(estimate.frequencies)
        within = (seen >= w.min()) & (seen <= w.max())
        grey = {"color": "0.7", "linewidth": 2.5, "label": "trajectories"}
        artists += ax.semilogy(seen[within], np.asarray(estimate.density)[within], **grey)
    artists += ax.semilogy(w, np.asarray(spectrum.density), color=color, label=label)
    if np.any(np.asarray(spectrum.lines)):
        artists += ax.semilogy(w, np.asarray(spectrum.floor), "--", color=color, linewidth=0.8)
    ax.set_xlabel("frequency")
    ax.set_ylabel("spectral density (quanta)")
    if estimate is not None or label:
        ax.legend()
    return artists


def plot_phase_coupling(coupling: PhaseCoupling, ax: Axes | None = None, color: str = COLORS[0]) -> list[Artist]:
    """How fast the phases of two coupled cycles drift apart at each lead; where the line crosses zero they lock.

    Args:
        coupling: What `phase_coupling` returns.
        ax: Where to draw; None makes axes.
        color: Of the line.

    Returns:
        The lines.

    Example:
        >>> import jaxsync as js
        >>> from jaxsync.plots import plot_phase_coupling
        >>> cycle = js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> lines = plot_phase_coupling(js.phase_coupling(cycle, cycle, lambda z1, z2: (0.001j * z2, 0.001j * z1)))
    """
    ax = ax or plt.subplots()[1]
    lead = np.asarray(coupling.phases) / np.pi
    artists: list[Artist] = [ax.axhline(0.0, color="0.7", linewidth=0.8)]
    artists += ax.plot(np.append(lead, 2.0), np.append(coupling.drift, coupling.drift[0]), color=color)
    ax.set_xlabel(r"lead of the second, $\psi/\pi$")
    ax.set_ylabel(r"$\dot\psi$")
    return artists
