"""Where many motions settle, and which of them settle on the same attractor."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.attractors.regime import classify
from jaxsync.batches import map_points
from jaxsync.models.base import Model
from jaxsync.models.equations import amplitudes_of, quadratures_of, vacuum
from jaxsync.numerics.settled import Kind
from jaxsync.states.limit_cycle import cycle_reached, settle_thoroughly
from jaxsync.states.orbit import follow_motion
from jaxsync.states.outcome import Outcome
from jaxsync.states.settings import Settings
from jaxsync.states.thorough import is_undecided

SAME = 1e-4
"""Attractors whose periods and mean amplitudes agree to this are one: far above the solver's error, far below the
differences between attractors."""


class Settled(NamedTuple):
    """Where k motions settled: the outcome's number (k,), the amplitudes at the end (k, n), the period (k,).

    means, sizes: mean and root mean square of each amplitude over the period, (k, n); NaN where there is none.
    """

    code: Any
    end: Any
    period: Any
    means: Any
    sizes: Any


def settle(model: Model, starts: jax.Array, settings: Settings, progress: bool = False) -> Settled:
    """Follow the motions from the quadratures `starts`, (k, 2n); those that neither rest nor close are classified."""
    follow = partial(map_points, _settle, model, static=(settings,), progress=progress)
    settled = follow(starts, label="motions")
    slow = settled.code == Outcome.NO_PERIOD
    if slow.any():
        # Where a motion has been followed to, a clock is back at t = 0.
        # Filled up to the number of starts: the same shape, so that nothing is compiled anew.
        again = follow(np.resize(quadratures_of(model, settled.end[slow]), np.shape(starts)), label="slow motions")
        for old, new in zip(settled, again, strict=True):
            old[slow] = new[: slow.sum()]
    undecided = settled.code == Outcome.NO_PERIOD
    if undecided.any():
        ends = settled.end[undecided]
        settled.code[undecided] = map_points(
            _code, model, ends, static=(settings,), progress=progress, label="motions without a period"
        )
    if settings.thorough:
        for i in np.flatnonzero(is_undecided(settled.code, settled.period)):
            _settle_thoroughly(model, settled, i)
    return settled


def _settle_thoroughly(model, settled, i):
    """Replace what is known of motion number i by what every means say."""
    motion, outcome, cycle = settle_thoroughly(model, quadratures_of(model, settled.end[i]))
    settled.code[i], settled.end[i] = outcome, amplitudes_of(model, motion.end)
    if cycle is not None and cycle.stable:
        z, settled.period[i] = np.asarray(cycle.amplitudes), float(cycle.period)
    elif cycle is None and outcome in (Outcome.FIXED_POINT, Outcome.MARGINAL):
        z = settled.end[i][None]
    else:
        return
    settled.means[i], settled.sizes[i] = z.mean(axis=0), np.sqrt(np.mean(np.abs(z) ** 2, axis=0))


def group(settled: Settled) -> np.ndarray:
    """Number of the attractor of each motion, (k,), from zero in the order in which the attractors first appear.

    Fixed points and cycles are told apart by period and amplitudes, other regimes by their kind alone. Marginal states
    are those of a symmetry, whose phase is free: by the sizes of their amplitudes.
    """
    means = np.where((settled.code == Outcome.MARGINAL)[:, None], 0.0, settled.means)
    features = np.concatenate([settled.period[:, None], means.view(float), settled.sizes], axis=1)
    features = np.nan_to_num(features)
    labels, firsts = np.full(len(features), -1), []
    for i, row in enumerate(features):
        for label, j in enumerate(firsts):
            close = np.linalg.norm(row - features[j]) <= SAME * (1 + np.linalg.norm(row))
            if settled.code[i] == settled.code[j] and close:
                labels[i] = label
                break
        else:
            labels[i] = len(firsts)
            firsts.append(i)
    return labels


@partial(jax.jit, static_argnames="settings")
def reach_from_vacuum(model: Model, settings: Settings) -> jax.Array:
    """Largest norm of the quadratures on the way from vacuum to where the motion settles, or the budget ends."""
    motion = follow_motion(model, vacuum(model)[0], settings, keep_way=True)
    sizes = jnp.where(motion.lengths > 0, jnp.linalg.vector_norm(motion.points, axis=1), 0.0)
    return jnp.maximum(jnp.max(sizes), jnp.linalg.vector_norm(motion.end))


def _code(settings, model, end):
    """The number of the outcome of the motion from the amplitudes `end`, (n,)."""
    return classify(model, end, settings=settings).code


def _settle(settings, model, start):
    """Where the motion from the quadratures `start`, (2n,), settles."""
    motion = follow_motion(model, start, settings)
    state = cycle_reached(model, motion, settings)
    rests = (motion.kind == Kind.AT_REST) | (motion.kind == Kind.MARGINAL)
    cycle = state.code == Outcome.LIMIT_CYCLE
    end = amplitudes_of(model, motion.end)
    z = jnp.asarray(jnp.where(cycle, state.amplitudes, end[None]))
    known = rests | cycle
    told = known | (state.code == Outcome.DIVERGED)
    return Settled(
        code=jnp.where(told, state.code, Outcome.NO_PERIOD).astype(jnp.int8),
        end=end,
        period=jnp.where(cycle, state.period, jnp.nan),
        means=jnp.where(known, jnp.mean(z, axis=0), jnp.nan),
        sizes=jnp.where(known, jnp.sqrt(jnp.mean(jnp.abs(z) ** 2, axis=0)), jnp.nan),
    )
