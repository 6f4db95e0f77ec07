"""Everything about one parameter point: which state the motion from vacuum reaches, and its numbers."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxsync.dynamics.trajectory import simulate
from jaxsync.fluctuations.around_fixed_point import find_fixed_point
from jaxsync.fluctuations.around_limit_cycle import find_limit_cycle
from jaxsync.measures.synchronization import complete_synchronization, effective_couplings, phase_synchronization
from jaxsync.measures.window import WINDOW, window_on_cycle
from jaxsync.models.base import Model, to_quadratures, velocity


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
        state = "limit cycle" if cycle.converged else _state_without_cycle(model, seen.amplitudes[-1])
    else:
        middle = cycle.phase_variance((WINDOW[0] + WINDOW[1]) / 2)
        in_window = window_on_cycle(cycle, WINDOW), phase_synchronization(cycle, phase_variance=middle)
        couplings = effective_couplings(cycle)
        state = "limit cycle"
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


def _state_without_cycle(model, end):
    x = to_quadratures(end)
    at_rest = jnp.linalg.vector_norm(velocity(model, x)) < 1e-6 * jnp.maximum(1.0, jnp.linalg.vector_norm(x))
    return "fixed point" if at_rest else "no limit cycle"
