"""Where many motions settle, and which of them settle on the same attractor."""

import dataclasses
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.batches import map_chunks
from jaxsync.models.base import Model, to_amplitudes, to_quadratures, vacuum, velocity
from jaxsync.solvers.flow import path
from jaxsync.solvers.limit_cycle import CycleSettings, orbit_from, transient
from jaxsync.solvers.regime import Regime, classify, is_bounded

SAME = 1e-4
"""Attractors whose periods and mean amplitudes agree to this are one: far above the solver's error, far below the
differences between attractors."""

EXTRA = 2
"""Further transients for motions that do not settle in the first: weakly contracting cycles need them."""


class Settled(NamedTuple):
    """Where k motions settled: the regime's number (k,), the amplitudes at the end (k, n), the period (k,).

    means, sizes: mean and root mean square of each amplitude over the period, (k, n); NaN where there is none.
    """

    code: Any
    end: Any
    period: Any
    means: Any
    sizes: Any


def settle(model: Model, starts: jax.Array, settings: CycleSettings, progress: bool = False) -> Settled:
    """Follow the motions from the quadratures `starts`, (k, 2n); those that neither rest nor close are classified."""
    settled = map_chunks(partial(_settle, model, settings=settings), starts, progress=progress, label="motions")
    wild = settled.code == Regime.DIVERGED
    if wild.any():
        # A start of large amplitude turns faster than the steps can follow; what grows at finer steps too diverges.
        finer = dataclasses.replace(settings, step=settings.step / 8)
        again = map_chunks(
            partial(_settle, model, settings=finer), starts[wild], progress=progress, label="fast motions"
        )
        _put(settled, wild, again)
    for _ in range(EXTRA):
        slow = settled.code == -1
        if not slow.any():
            break
        # Filled up to the number of starts: the same shape, so that nothing is compiled anew.
        ends = np.resize(to_quadratures(settled.end[slow]), np.shape(starts))
        again = map_chunks(partial(_settle, model, settings=settings), ends, progress=progress, label="slow motions")
        _put(settled, slow, again)
    aperiodic = settled.code == -1
    if aperiodic.any():
        settled.code[aperiodic] = map_chunks(
            lambda ends: _codes(model, ends, settings),
            settled.end[aperiodic],
            progress=progress,
            label="motions without a period",
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
def reach_from_vacuum(model: Model, settings: CycleSettings) -> jax.Array:
    """Largest norm of the quadratures on the way from vacuum through the transient."""

    end, way = transient(model, vacuum(model)[0], settings)
    return jnp.maximum(jnp.max(jnp.linalg.vector_norm(way, axis=1)), jnp.linalg.vector_norm(end))


@partial(jax.jit, static_argnames="settings")
def _codes(model, ends, settings):
    return jax.vmap(lambda end: classify(model, end, settings=settings).code)(ends)


@partial(jax.jit, static_argnames="settings")
def _settle(model, starts, *, settings):
    def one(start):
        orbit, end, _ = orbit_from(model, start, settings)
        speed = jnp.linalg.vector_norm(velocity(model, end))
        at_rest = speed < 1e-6 * jnp.maximum(1.0, jnp.linalg.vector_norm(end))
        cycle = orbit.converged & (orbit.distance < 1e-3) & ~at_rest
        xs = path(lambda x: velocity(model, x), orbit.point, orbit.period / settings.steps, settings.steps)[:-1]
        z = to_amplitudes(jnp.where(at_rest, end[None], xs))
        known = at_rest | cycle
        code = jnp.select([at_rest, cycle], [Regime.FIXED_POINT, Regime.LIMIT_CYCLE], -1)
        return Settled(
            code=jnp.where(is_bounded(end), code, Regime.DIVERGED),
            end=to_amplitudes(end),
            period=jnp.where(cycle, orbit.period, jnp.nan),
            means=jnp.where(known, jnp.mean(z, axis=0), jnp.nan),
            sizes=jnp.where(known, jnp.sqrt(jnp.mean(jnp.abs(z) ** 2, axis=0)), jnp.nan),
        )

    return jax.vmap(one)(starts)
