"""Pictures of states and attractors."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from jaxsync.attractors.basins import Attractors
from jaxsync.attractors.ensemble import Ensemble
from jaxsync.measures.synchronization import Modes, complete_synchronization
from jaxsync.models.equations import pair_indices, pair_of
from jaxsync.plots.style import COLORS
from jaxsync.states.state import State
from jaxsync.states.trajectory import Trajectory


def plot_orbit(
    state: State,
    modes: Modes = None,
    ax: Axes | None = None,
    color: str = COLORS[0],
    label: str = "",
) -> list[Artist]:
    """The motion in the plane of two modes' X quadratures: a line for locked phonons, an area for unlocked ones.

    Args:
        state: A limit cycle or a trajectory.
        modes: The two modes; None is the model's pair.
        ax: Where to draw; None makes axes.
        color: Of the line.
        label: Of the line, for a legend.

    Returns:
        The lines.

    Example:
        >>> import jaxsync as js
        >>> from jaxsync.plots import plot_orbit
        >>> lines = plot_orbit(js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5)))
    """
    ax = ax or plt.subplots()[1]
    modes = pair_of(state.model, modes)
    i, j = pair_indices(state.model, modes)
    orbit = np.asarray(state.amplitudes)
    if state.closed:
        orbit = np.concatenate([orbit, orbit[:1]])
    first, second = (np.sqrt(2) * np.real(orbit[:, k]) for k in (i, j))
    lines = ax.plot(first, second, color=color, label=label)
    ax.set_xlabel(f"$X$ of {modes[0]}")
    ax.set_ylabel(f"$X$ of {modes[1]}")
    ax.set_aspect("equal", adjustable="datalim")
    return list(lines)


def plot_attractors(attractors: Attractors, ax: Axes | None = None) -> list[Artist]:
    """The attractors' orbits in one plane, each with its share of starts, S_Q and relative phase in the legend.

    Args:
        attractors: What `find_attractors` returns.
        ax: Where to draw; None makes axes.

    Returns:
        The lines.

    Example:
        >>> import jaxsync as js
        >>> from jaxsync.plots import plot_attractors
        >>> red = js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0)
        >>> lines = plot_attractors(js.find_attractors(red, starts=2))
    """
    ax = ax or plt.subplots()[1]
    first, second = attractors.modes or attractors.model.modes[:2]
    artists: list[Artist] = []
    for number, attractor in enumerate(attractors):
        phase = attractor.relative_phase / np.pi
        star = ", from vacuum" if number == attractors.from_vacuum else ""
        label = f"{attractor.share:.0%} {attractor.outcome}{star}"
        color = COLORS[number % len(COLORS)]
        if attractor.state is not None and attractor.state.closed:
            label += f"\n$S_Q$ = {attractor.s_q:.3f}, phase {phase:.2f}$\\pi$"
            artists += plot_orbit(attractor.state, (first, second), ax, label=label, color=color)
        else:
            artists += ax.plot([], [], label=label, color=color)
    ax.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return artists


def plot_ensemble(ensemble: Ensemble, linear: Trajectory, modes: Modes = None, ax: Axes | None = None) -> list[Artist]:
    """S_Q(t) of the ensemble with its standard errors, on that of linear theory.

    Args:
        ensemble: What `simulate_ensemble` returns.
        linear: What `simulate` returns, with covariance.
        modes: The two modes; None is the model's pair.
        ax: Where to draw; None makes axes.

    Returns:
        The line and the points.

    Example:
        >>> import jaxsync as js
        >>> from jaxsync.plots import plot_ensemble
        >>> model, times = js.OptoMagnoMechanical(), [1.0, 2.0]
        >>> artists = plot_ensemble(js.simulate_ensemble(model, times, 32, seed=0), js.simulate(model, times))
    """
    ax = ax or plt.subplots()[1]
    value = np.asarray(complete_synchronization(ensemble, modes))
    error = ensemble.standard_error(lambda e: complete_synchronization(e, modes))
    lines = ax.plot(linear.times, complete_synchronization(linear, modes), color=COLORS[0], label="linear theory")
    bars = ax.errorbar(
        ensemble.times,
        value,
        yerr=error,
        fmt=".",
        color=COLORS[1],
        label=f"truncated Wigner, {len(ensemble.trajectories)} trajectories",
    )
    ax.set_xlabel(r"$\omega_1 t$")
    ax.set_ylabel(r"$\mathcal{S}_Q$")
    ax.set_ylim(bottom=0)
    ax.legend()
    return [*lines, bars]  # type: ignore[list-item]  # a container of artists
