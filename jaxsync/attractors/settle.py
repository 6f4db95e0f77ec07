"""Where many motions settle, and which of them settle on the same attractor."""

import dataclasses
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.attractors.regime import classify
from jaxsync.batches import map_points
from jaxsync.models.base import Model
from jaxsync.models.equations import bind, to_amplitudes, to_quadratures, vacuum
from jaxsync.numerics.flow import path
from jaxsync.numerics.periodic_orbit import NEARBY, close_orbit
from jaxsync.states.orbit import recurrence_time, transient
from jaxsync.states.outcome import Outcome
from jaxsync.states.settings import Settings
from jaxsync.states.verdicts import is_at_rest, is_bounded, is_on_cycle

SAME = 1e-4
"""Attractors whose periods and mean amplitudes agree to this are one: far above the solver's error, far below the
differences between attractors."""

EXTRA = 2
"""Further transients for motions that do not settle in the first: weakly contracting cycles need them."""


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
    follow = partial(map_points, _settle, model, progress=progress)
    settled = follow(starts, static=(settings,), label="motions")
    wild = settled.code == Outcome.DIVERGED
    if wild.any():
        # A start of large amplitude turns faster than the steps can follow; what grows at finer steps too diverges.
        finer = dataclasses.replace(settings, step=settings.step / 8)
        _put(settled, wild, follow(starts[wild], static=(finer,), label="fast motions"))
    for _ in range(EXTRA):
        slow = settled.code == Outcome.NO_PERIOD
        if not slow.any():
            break
        # Filled up to the number of starts: the same shape, so that nothing is compiled anew.
        ends = np.resize(to_quadratures(settled.end[slow]), np.shape(starts))
        _put(settled, slow, follow(ends, static=(settings,), label="slow motions"))
    aperiodic = settled.code == Outcome.NO_PERIOD
    if aperiodic.any():
        ends = settled.end[aperiodic]
        settled.code[aperiodic] = map_points(
            _code, model, ends, static=(settings,), progress=progress, label="motions without a period"
        )
    return settled


def _put(settled, chosen, again):
    """Replace the results of the `chosen` motions, (k,) bool, by the first of `again`."""
    for old, new in zip(settled, again, strict=True):
        old[chosen] = new[: chosen.sum()]


def group(settled: Settled) -> np.ndarray:
    """Number of the attractor of each motion, (k,), from zero in the order in which the attractors first appear.

    Fixed points and cycles are told apart by period and amplitudes, other regimes by their kind alone.
    """
    features = np.concatenate([settled.period[:, None], settled.means.view(float), settled.sizes], axis=1)
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
    """Largest norm of the quadratures on the way from vacuum through the transient."""

    end, way = transient(bind(model).velocity, vacuum(model)[0], settings)
    return jnp.maximum(jnp.max(jnp.linalg.vector_norm(way, axis=1)), jnp.linalg.vector_norm(end))


def _code(settings, model, end):
    """The number of the outcome of the motion from the amplitudes `end`, (n,)."""
    return classify(model, end, settings=settings).code


def _settle(settings, model, start):
    """Where the motion from the quadratures `start`, (2n,), settles."""
    velocity = bind(model).velocity
    end, _ = transient(velocity, start, settings)
    period = recurrence_time(velocity, end, settings)
    orbit = close_orbit(velocity, velocity, end, period, settings.steps, jacobians=NEARBY)
    at_rest = is_at_rest(jnp.linalg.vector_norm(velocity(end)), end)
    cycle = orbit.closed & orbit.resolved & is_on_cycle(orbit.distance) & ~at_rest
    xs = path(velocity, orbit.point, orbit.period / settings.steps, settings.steps)[:-1]
    z = to_amplitudes(jnp.where(at_rest, end[None], xs))
    known = at_rest | cycle
    code = jnp.select([at_rest, cycle], [Outcome.FIXED_POINT, Outcome.LIMIT_CYCLE], Outcome.NO_PERIOD)
    return Settled(
        code=jnp.where(is_bounded(end), code, Outcome.DIVERGED).astype(jnp.int8),
        end=to_amplitudes(end),
        period=jnp.where(cycle, orbit.period, jnp.nan),
        means=jnp.where(known, jnp.mean(z, axis=0), jnp.nan),
        sizes=jnp.where(known, jnp.sqrt(jnp.mean(jnp.abs(z) ** 2, axis=0)), jnp.nan),
    )
