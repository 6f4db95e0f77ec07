"""How long the steps of `stochastic` may be: what trajectories themselves meet decides, in their own unit.

A few of them are followed by steps that each takes from the rates where it is. The mean motion would not do: on top of
a barrier it rests, and sees neither the wells nor how steep they are where the noise leads.
"""

import math
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.adaptive import is_bounded
from jaxsync.numerics.flow import step
from jaxsync.numerics.stochastic import Kick, Strength, Velocity

TURN = 1.0
"""Longest step times the fastest rate of the drift: the flow is off by 7e-8 a step there."""

DAMPING = 5e-8
"""What a flow step of one radian takes from the energy of a turn, per radian; less by the eighth power below it."""

SHARE = 1e-4
"""Share of the energy that the flow's damping may take between the first time and the last."""

SPREAD = 0.8
"""Longest step times the rate at which noise that entered is spread by the drift: the covariance of a mode that decays
is off by 1e-4 there, of a damped oscillator whose velocity alone is kicked by 2e-4; at 1.0 by 5e-4 and 9e-4."""

MOST = 0.85
"""Share of the trajectories whose rates decide."""


class Rates(NamedTuple):
    """drift: fastest rate of the drift. spread: fastest rate at which the drift changes the covariance of noise."""

    drift: jax.Array
    spread: jax.Array


def longest_step(rates: Rates, duration: float) -> float:
    """The longest step, infinite where nothing moves.

    Three bounds: `TURN`, `SPREAD`, and the flow's damping over the whole duration within `SHARE`.
    """
    drift, spread = float(rates.drift), float(rates.spread)
    turns = drift * duration
    turn = min(TURN, (SHARE / (DAMPING * turns)) ** (1 / 8)) if turns > 0 else TURN
    return min(turn / drift if drift > 0 else math.inf, SPREAD / spread if spread > 0 else math.inf)


def rates_met(
    velocity: Velocity,
    strength: Strength,
    kick: Kick,
    starts: jax.Array,
    duration: jax.Array | float,
    key: jax.Array,
) -> Rates:
    """The largest rates that a trajectory meets: of those that stay bounded, the one that `MOST` stay below.

    A trajectory that runs away meets any rate; it is left out of an ensemble as well, and one that is about to counts
    among the rest. If all run away, the rates are those at their starts.

    Args:
        velocity: Of x, (n,).
        strength: The noise's S of x, (n, m).
        kick: The noise, as `stochastic.integrate` takes it.
        starts: (k, n).
        duration: How long they are followed.
        key: Of their noise.
    """
    keys = jax.random.split(key, len(starts))
    follow = partial(_follow, velocity, strength, kick, duration)
    first, met, bounded = jax.vmap(follow)(starts, keys)

    def pick(first: jax.Array, met: jax.Array) -> jax.Array:
        seen = jnp.where(bounded | ~jnp.any(bounded), jnp.where(bounded, met, first), jnp.nan)
        return jnp.nanquantile(seen, MOST, method="lower")

    return jax.tree.map(pick, first, met)


def rates_at(velocity: Velocity, strength: Strength, x: jax.Array) -> Rates:
    """The rates at one point: bounds by sums over rows and columns.

    A mode's noise Q_m enters in two columns of S. While it spreads it is P Q_m P^T, and the second derivative of that,
    relative to Q_m, is the square of the rate: zero for a phase-insensitive noise that only turns.
    """
    A, S = jax.jacfwd(velocity)(x), strength(x)
    pairs = S.reshape(len(x), -1, 2)
    Q = jnp.einsum("imc,jmc->mij", pairs, pairs)
    change = lambda V: A @ V + V @ A.T
    bent = jax.vmap(lambda V: change(change(V)))(Q)
    sizes = jnp.linalg.matrix_norm(Q)
    ratios = jnp.where(sizes > 0, jnp.linalg.matrix_norm(bent) / jnp.where(sizes > 0, sizes, 1.0), 0.0)
    absolute = jnp.abs(A)
    drift = jnp.sqrt(jnp.max(jnp.sum(absolute, axis=0)) * jnp.max(jnp.sum(absolute, axis=1)))
    return Rates(drift, jnp.sqrt(jnp.max(ratios)))


def _longest(rates: Rates) -> jax.Array:
    """The longest step at these rates, infinite where nothing moves."""
    return 1 / jnp.maximum(rates.drift / TURN, rates.spread / SPREAD)


class _Way(NamedTuple):
    x: jax.Array
    time: jax.Array
    h: jax.Array
    met: Rates
    tries: jax.Array


def _follow(velocity, strength, kick, duration, start, key):
    """Rates at the start, the largest on the way, and whether the trajectory stayed bounded to the end."""
    rates = partial(rates_at, velocity, strength)
    nearly = duration * (1 - 1e-9)  # times are sums of steps, and rounded

    def unfinished(way: _Way) -> jax.Array:
        # A step that is lost in the time's last digits will not get there.
        return (way.time < nearly) & (way.time + way.h > way.time) & is_bounded(way.x)

    def advance(way: _Way) -> _Way:
        normal = jax.random.normal(jax.random.fold_in(key, way.tries), (kick.wieners,), way.x.dtype)
        x = step(velocity, kick.apply(way.x, jnp.sqrt(way.h) * normal), way.h)
        here = rates(x)
        # A step into rates that it is too long for is taken again, shorter; so is the first one from where all vanish.
        fine = way.h <= 2 * _longest(here)  # False for NaN
        time = way.time + way.h
        after = _Way(x, time, way.h, jax.tree.map(jnp.maximum, way.met, here), way.tries)
        after = jax.tree.map(lambda new, old: jnp.where(fine, new, old), after, way)
        h = jnp.where(fine, jnp.minimum(_longest(here), duration - time), way.h / 2)
        return after._replace(h=h, tries=way.tries + 1)

    first = rates(start)
    way = _Way(start, jnp.zeros(()), jnp.minimum(_longest(first), duration), first, jnp.zeros((), int))
    way = jax.lax.while_loop(unfinished, advance, way)
    return first, way.met, is_bounded(way.x) & (way.time >= nearly)
