"""Everything about one parameter point: which state the motion from vacuum reaches, and its numbers."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxsync.attractors.ensemble import simulate_ensemble
from jaxsync.attractors.regime import classify
from jaxsync.measures.synchronization import complete_synchronization, effective_couplings, phase_synchronization
from jaxsync.measures.window import window_of, window_on_cycle
from jaxsync.models.base import Model
from jaxsync.states.fixed_point import find_fixed_point
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.states.settings import Settings
from jaxsync.states.trajectory import simulate


def describe_point(model: Model, settings: Settings = Settings()) -> dict[str, Any]:
    """State reached from vacuum, S_Q and S_p in the window and phase-referenced, couplings, period, multipliers.

    Window values are means over the model's window from vacuum; where the state is no cycle they are integrated and
    what only a cycle has is NaN.
    """
    window = window_of(model, None)
    cycle = find_limit_cycle(model, throw=False, settings=settings)
    if jnp.isfinite(window_on_cycle(cycle)):
        in_window = window_on_cycle(cycle), phase_synchronization(cycle.at(sum(window) / 2))
        couplings = effective_couplings(cycle)
    else:
        seen = simulate(model, jnp.linspace(*window, 2001))
        in_window = complete_synchronization(seen).mean(), phase_synchronization(seen).mean()
        couplings = {name: jnp.sqrt(jnp.mean(G**2)) for name, G in effective_couplings(seen).items()}
    outcome = cycle.outcome if cycle.stable else classify(model, settings=settings).outcome
    on_cycle = bool(cycle.stable)
    fixed = find_fixed_point(model, throw=False)
    return {
        "state": str(outcome),
        "s_q_window": float(in_window[0]),
        "s_p_window": float(in_window[1]),
        "s_q_phase_referenced": float(complete_synchronization(cycle)),
        "s_p_phase_referenced": float(phase_synchronization(cycle)),
        "couplings": {name: float(G) for name, G in couplings.items()},
        "period": float(cycle.period) if on_cycle else np.nan,
        "phase_diffusion": float(cycle.phase_diffusion),
        "multipliers": np.asarray(cycle.multipliers).tolist() if on_cycle else [],
        "fixed_point": {
            "converged": bool(fixed.converged),
            "stable": bool(fixed.stable),
            "growth_rate": float(fixed.eigenvalues[0].real),
        },
    }


def describe_ensemble(
    model: Model, trajectories: int, seed: int, progress: bool = False, settings: Settings = Settings()
) -> dict[str, Any]:
    """Means of S_Q and S_p over the model's window from a truncated-Wigner ensemble, with bootstrap errors, and the
    shares of the attractors."""
    times = np.linspace(*window_of(model, None), 41)
    ensemble = simulate_ensemble(model, times, trajectories, seed, progress=progress, settings=settings)
    found: dict[str, Any] = {"trajectories": len(ensemble.trajectories), "diverged": ensemble.diverged}
    for name, measure in (("s_q", complete_synchronization), ("s_p", phase_synchronization)):
        found[name] = float(measure(ensemble).mean())
        found[f"{name}_error"] = float(ensemble.standard_error(lambda e, measure=measure: measure(e).mean()))
    found["attractors"] = [
        {"share": float(share), "outcome": str(outcome), "amplitudes": sizes}
        for share, outcome, sizes in zip(ensemble.shares, ensemble.outcomes, ensemble.sizes, strict=True)
    ]
    return found
