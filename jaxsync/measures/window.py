"""The paper's number: S_Q from vacuum, averaged over a window of time."""

import math
from functools import partial

import jax
import jax.numpy as jnp

from jaxsync.errors import InputError
from jaxsync.fluctuations.around_limit_cycle import LimitCycle, find_limit_cycle
from jaxsync.measures.synchronization import gaussian_state, mode_pair, relative_variance
from jaxsync.models.base import Model, is_traced, vacuum, with_covariance
from jaxsync.solvers.flow import flow, path

WINDOW = (1000.0, 1200.0)
"""Times behind the transient at the paper's parameters; the paper does not say over which times it averages."""

STEP = 0.1
"""Longest step of the integrated S_Q(t), in 1/omega_1."""

SETTLED = 5e-3
"""What may be left of a deviation from the cycle, as contraction^(t/T), when the window opens."""

ARRIVED = 2e-3
"""Largest distance from the transient's end to the orbit, over its extent: a motion that came late to its cycle brings
a covariance that has not forgotten the way. Beyond it the closed form is off by 2-10 %, below it by 0.3 % at most."""


def window_synchronization(
    model: Model, window: tuple[float, float] = WINDOW, modes: tuple[str, str] = ("b1", "b2")
) -> jax.Array:
    """Mean of S_Q(t) over `window`, the motion and the covariance started in vacuum at t = 0.

    Where the motion settles on a limit cycle in time, the value follows in closed form (`window_on_cycle`). Elsewhere
    it is integrated, or NaN inside a transformation, so that batches stay fast; `integrated_window` serves those lanes.
    """
    _check_window(window)
    value = window_on_cycle(find_limit_cycle(model, throw=False), window, modes)
    if is_traced(value) or jnp.isfinite(value):
        return value
    return integrated_window(model, window, modes)


def window_on_cycle(
    cycle: LimitCycle, window: tuple[float, float] = WINDOW, modes: tuple[str, str] = ("b1", "b2")
) -> jax.Array:
    """Mean of S_Q(t) over `window` on a cycle reached from its start, in closed form; NaN if it has not settled.

    1/S_Q(t) = tr_-(V_t + u c^T + c u^T) + (s0 + D t) |u_-|^2 grows linearly in t at each point of the orbit, so that
    its inverse is averaged in time by a logarithm, and over the orbit by a sum.
    """
    _check_window(window)
    return mean_of_inverse(*spreads_on_cycle(cycle, window, modes))


def spreads_on_cycle(
    cycle: LimitCycle, window: tuple[float, float] = WINDOW, modes: tuple[str, str] = ("b1", "b2")
) -> tuple[jax.Array, jax.Array]:
    """1/S_Q at each sample of the orbit when the window opens and when it closes, (samples,) each; NaN if not settled.

    Both are affine in each bath's occupation, on which the motion itself does not depend.
    """
    i, j = mode_pair(cycle.model, modes)
    at = [relative_variance(gaussian_state(cycle, cycle.phase_variance(t))[1], i, j) for t in window]
    left = cycle.contraction ** (window[0] / cycle.period)
    arrived = cycle.distance < ARRIVED
    settled = cycle.converged & jax.lax.stop_gradient((left < SETTLED) & arrived)
    return jnp.where(settled, at[0], jnp.nan), jnp.where(settled, at[1], jnp.nan)


def mean_of_inverse(before: jax.Array, after: jax.Array) -> jax.Array:
    """Mean of 1/x over samples and over the time in which x grows evenly from `before` to `after`, (samples,) each."""
    growth = (after - before) / before
    small = jnp.abs(growth) < 1e-6
    logarithm = jnp.log1p(growth) / jnp.where(small, 1.0, growth)
    return jnp.mean(jnp.where(small, 1 - growth / 2, logarithm) / before)


@partial(jax.jit, static_argnames=("window", "modes"))
def integrated_window(
    model: Model, window: tuple[float, float] = WINDOW, modes: tuple[str, str] = ("b1", "b2")
) -> jax.Array:
    """Mean of S_Q(t) over equal times of `window`, by integrating mean field and covariance from vacuum.

    The fixed steps of the limit-cycle solver, for batches; `simulate` is the accurate way for one point.
    """
    return jnp.mean(1 / integrated_spreads(model, window, modes))


@partial(jax.jit, static_argnames=("window", "modes"))
def integrated_spreads(
    model: Model, window: tuple[float, float] = WINDOW, modes: tuple[str, str] = ("b1", "b2")
) -> jax.Array:
    """1/S_Q(t) at equal times of `window`, (times,), by the same integration."""
    _check_window(window)
    i, j = mode_pair(model, modes)
    x, V = vacuum(model)
    motion = with_covariance(model)
    before, inside = (math.ceil(length / STEP) for length in (window[0], window[1] - window[0]))
    state = jnp.concatenate([x[:, None], V], axis=1)
    state = flow(motion, state, window[0] / max(before, 1), before)
    states = path(motion, state, (window[1] - window[0]) / inside, inside)
    return relative_variance(states[:, :, 1:], i, j)


def _check_window(window):
    if is_traced(window):
        return
    if len(window) != 2 or not 0 <= window[0] < window[1] < float("inf"):
        raise InputError(f"Argument `window` must be two increasing times from zero on, but is {window!r}.")
