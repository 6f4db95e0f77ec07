"""Everything about one parameter point: which state the motion from vacuum reaches, and its numbers."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxsync.dynamics.ensemble import simulate_ensemble
from jaxsync.dynamics.trajectory import simulate
from jaxsync.fluctuations.around_fixed_point import find_fixed_point
from jaxsync.fluctuations.around_limit_cycle import find_limit_cycle
from jaxsync.measures.synchronization import complete_synchronization, effective_couplings, phase_synchronization
from jaxsync.measures.window import WINDOW, window_on_cycle
from jaxsync.models.base import Model
from jaxsync.solvers.regime import Regime, classify, regime_name


def describe_point(model: Model) -> dict[str, Any]:
    """State reached from vacuum, S_Q and S_p in the window and phase-referenced, couplings, period, multipliers.

    Window values are means over WINDOW from vacuum; where the state is no cycle they are integrated and what only a
    cycle has is NaN.
    """
    cycle = find_limit_cycle(model, throw=False)
    if not cycle.converged or not jnp.isfinite(window_on_cycle(cycle, WINDOW)):
        seen = simulate(model, jnp.linspace(*WINDOW, 2001))
        in_window = complete_synchronization(seen).mean(), phase_synchronization(seen).mean()
        couplings = {name: jnp.sqrt(jnp.mean(G**2)) for name, G in effective_couplings(seen).items()}
        state = regime_name(Regime.LIMIT_CYCLE if cycle.converged else classify(model).regime)
    else:
        middle = cycle.phase_variance((WINDOW[0] + WINDOW[1]) / 2)
        in_window = window_on_cycle(cycle, WINDOW), phase_synchronization(cycle, phase_variance=middle)
        couplings = effective_couplings(cycle)
        state = regime_name(Regime.LIMIT_CYCLE)
    on_cycle = bool(cycle.converged)
    fixed = find_fixed_point(model, throw=False)
    return {
        "state": state,
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


def describe_ensemble(model: Model, trajectories: int, seed: int, progress: bool = False) -> dict[str, Any]:
    """Means of S_Q and S_p over WINDOW from a truncated-Wigner ensemble, with bootstrap errors and attractor shares."""
    times = np.linspace(*WINDOW, 41)
    ensemble = simulate_ensemble(model, times, trajectories, seed, progress=progress)
    found: dict[str, Any] = {"trajectories": len(ensemble.trajectories), "diverged": ensemble.diverged}
    for name, measure in (("s_q", complete_synchronization), ("s_p", phase_synchronization)):
        found[name] = float(measure(ensemble).mean())
        found[f"{name}_error"] = float(ensemble.standard_error(lambda e, measure=measure: measure(e).mean()))
    found["attractors"] = [
        {"share": float(share), "regime": regime_name(regime), "amplitudes": sizes}
        for share, regime, sizes in zip(ensemble.shares, ensemble.regimes, ensemble.sizes, strict=True)
    ]
    return found
