"""Measures by name, for the command line."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.fluctuations.around_limit_cycle import LimitCycle, find_limit_cycle
from jaxsync.measures.synchronization import complete_synchronization, effective_couplings, phase_synchronization
from jaxsync.measures.window import integrated_window, window_on_cycle
from jaxsync.models.base import Model
from jaxsync.sweeps.reasons import reason_of


def window(model: Model) -> dict[str, jax.Array]:
    """S_Q from vacuum in the window, where it has a closed form, and whether there is a limit cycle."""
    cycle = find_limit_cycle(model, throw=False)
    return {"s_q_window": window_on_cycle(cycle), "limit_cycle": cycle.converged}


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
        "reason": reason_of(cycle),
        **{f"coupling_{name}": G for name, G in effective_couplings(cycle).items()},
    }


class Ready(NamedTuple):
    """A measure of the model, what makes up for it where it fails, and, if there is one, the measure of a cycle."""

    measure: Callable[[Model], Any]
    second_pass: Callable[[Model], Any] | None = None
    of_cycle: Callable[[LimitCycle], Any] | None = None


READY = {
    "window": Ready(window, window_integrated),
    "directions": Ready(directions, directions_integrated),
    "cycle": Ready(lambda model: cycle(find_limit_cycle(model, throw=False)), of_cycle=cycle),
}


def _compare(forward, backward):
    total = forward + backward
    contrast = jnp.where(total == 0, 0.0, (forward - backward) / jnp.where(total == 0, 1.0, total))
    return {"s_q_forward": forward, "s_q_reversed": backward, "contrast": contrast}
