"""How far a motion still is from its cycle, as its returns tell."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.recurrence import Returns

SEEN = 100.0
"""Fall of the misses after which they have visibly contracted, down to what errors of the steps leave."""


class Contraction(NamedTuple):
    """The misses of the last two looks and the times between them, and the largest miss of all, over the extent."""

    misses: jax.Array
    times: jax.Array
    largest: jax.Array


def start_contraction() -> Contraction:
    """Nothing seen so far."""
    return Contraction(jnp.full(2, jnp.nan), jnp.full(2, jnp.nan), jnp.zeros(()))


def judge(back: Returns, seen: Contraction, time: jax.Array, rtol: float) -> tuple[jax.Array, Contraction]:
    """Distance from the cycle over the extent, NaN where returns do not tell it, and what has been seen by now.

    A miss d of one period T that shrinks at rate c is left at distance d / (1 - exp(-c T)) from its limit. The rate is
    the slower one of the last look and of the last two, since misses that turn shrink unevenly.
    """
    rates = jnp.min(jnp.log(seen.misses / back.miss) / (time - seen.times))  # NaN before the third look
    contracting = rates > 0
    left = back.miss / -jnp.expm1(-jnp.where(contracting, rates, 1.0) * back.period)
    largest = jnp.maximum(seen.largest, jnp.where(jnp.isfinite(back.miss), back.miss, 0.0))
    at_floor = (back.miss <= 100 * rtol) & (largest >= SEEN * back.miss) & (seen.misses[0] <= SEEN * back.miss)
    distance = jnp.where(contracting, left, jnp.where(at_floor, back.miss, jnp.nan))
    misses, times = jnp.stack([back.miss, seen.misses[0]]), jnp.stack([time, seen.times[0]])
    return distance, Contraction(misses, times, largest)
