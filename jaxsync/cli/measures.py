"""Measures by name, for the command line."""

import jax

from jaxsync.measures.measure import Measure
from jaxsync.measures.nonreciprocity import contrast
from jaxsync.measures.synchronization import complete_synchronization, effective_couplings, phase_synchronization
from jaxsync.measures.window import integrated_window, window_on_cycle
from jaxsync.models.base import Model
from jaxsync.states.cycle import LimitCycle
from jaxsync.states.limit_cycle import find_limit_cycle


def window(model: Model) -> dict[str, jax.Array]:
    """S_Q from vacuum in the window, where it has a closed form, and whether there is a limit cycle."""
    cycle = find_limit_cycle(model, throw=False)
    return {"s_q_window": window_on_cycle(cycle), "limit_cycle": cycle.stable, "outcome": cycle.code}


def window_integrated(model: Model) -> dict[str, jax.Array]:
    """The window's S_Q by integration."""
    return {"s_q_window": integrated_window(model)}


def directions(model: Model) -> dict[str, jax.Array]:
    """The window's S_Q in both directions of the input, and their contrast, where they have a closed form."""
    return _compare(*(window_on_cycle(find_limit_cycle(m, throw=False)) for m in (model, model.reversed())))


def directions_integrated(model: Model) -> dict[str, jax.Array]:
    """The same by integration."""
    return _compare(*(integrated_window(m) for m in (model, model.reversed())))


def cycle(cycle: LimitCycle) -> dict[str, jax.Array]:
    """Phase-referenced S_Q and S_p of a limit cycle, its period, contraction, phase diffusion and couplings."""
    return {
        "s_q_phase_referenced": complete_synchronization(cycle),
        "s_p_phase_referenced": phase_synchronization(cycle),
        "period": cycle.period,
        "contraction": cycle.contraction,
        "phase_diffusion": cycle.phase_diffusion,
        "outcome": cycle.code,
        **{f"coupling_{name}": G for name, G in effective_couplings(cycle).items()},
    }


MEASURES = {
    "window": Measure(window, window_integrated),
    "directions": Measure(directions, directions_integrated),
    "cycle": Measure(lambda model: cycle(find_limit_cycle(model, throw=False)), of_cycle=cycle),
}


def _compare(forward, backward):
    return {"s_q_forward": forward, "s_q_reversed": backward, "contrast": contrast(forward, backward)}
