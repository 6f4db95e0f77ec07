"""Closed chains of points by multiple shooting, linearized: what curves of orbits, and of fixed points, are solved by.

A closed orbit is s points, each of which the motion carries to the next one in the same time; a fixed point is a chain
of one. What else is unknown, period and parameters, is the same for all points, m numbers sigma. All intervals are
computed side by side, and a linear system is condensed to the first point and sigma, n + m unknowns.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

Interval = Callable[[jax.Array, jax.Array], jax.Array]
"""From a point, (n,), and sigma, (m,), to where the motion carries it, (n,)."""


class Chain(NamedTuple):
    """Intervals at points x, (s, n): their ends, (s, n), and derivatives by the point M, (s, n, n), by sigma B,
    (s, n, m)."""

    ends: jax.Array
    M: jax.Array
    B: jax.Array


class Rows(NamedTuple):
    """More equations: their values, (e,), and derivatives by each point E, (s, e, n), and by sigma D, (e, m)."""

    values: jax.Array
    E: jax.Array
    D: jax.Array


class Solved(NamedTuple):
    """Changes of the points, (s, n, k), and of sigma, (m, k), for k right-hand sides, and the condensed matrix."""

    x: jax.Array
    sigma: jax.Array
    matrix: jax.Array


def linearize(interval: Interval, x: jax.Array, sigma: jax.Array) -> Chain:
    """The chain through the points x, (s, n)."""
    n = x.shape[1]

    def both(z):
        end = interval(z[:n], z[n:])
        return end, end

    def one(x):
        derivatives, end = jax.jacfwd(both, has_aux=True)(jnp.concatenate([x, sigma]))
        return Chain(end, derivatives[:, :n], derivatives[:, n:])

    return jax.vmap(one)(x)


def misses(chain: Chain, x: jax.Array) -> jax.Array:
    """By how much each interval misses the next point, (s, n)."""
    return chain.ends - jnp.roll(x, -1, axis=0)


def join(*rows: Rows) -> Rows:
    """All the equations, one below the other."""
    values, E, D = zip(*rows, strict=True)
    return Rows(jnp.concatenate(values), jnp.concatenate(E, axis=1), jnp.concatenate(D))


def solve(chain: Chain, rows: Rows, r: jax.Array, q: jax.Array) -> Solved:
    """The changes with M_i x_i + B_i sigma - x_(i+1) = -r_i and sum E_i x_i + D sigma = -q.

    Args:
        chain, rows: The equations; as many rows as sigma has numbers.
        r: (s, n, k).
        q: (e, k).
    """
    n, m, k = r.shape[1], chain.B.shape[2], r.shape[2]
    first = jnp.concatenate([jnp.eye(n), jnp.zeros((n, m + k))], axis=1)

    def onward(state, interval):
        x, total = state
        M, B, E, r = interval
        after = (M @ x).at[:, n:].add(jnp.concatenate([B, r], axis=1))
        return (after, total + E @ x), x

    start = (first, jnp.zeros((q.shape[0], n + m + k)))
    (last, total), every = jax.lax.scan(onward, start, (chain.M, chain.B, rows.E, r))
    total = total.at[:, n:].add(jnp.concatenate([rows.D, q], axis=1))
    system = jnp.concatenate([last - first, total])
    matrix = system[:, : n + m]
    found = jnp.linalg.solve(matrix, -system[:, n + m :])
    x = every[:, :, : n + m] @ found + every[:, :, n + m :]
    return Solved(x, found[n:], matrix)


def product(chain: Chain) -> jax.Array:
    """The derivative of the last end by the first point, (n, n)."""
    return jax.lax.scan(lambda P, M: (M @ P, None), jnp.eye(chain.M.shape[1]), chain.M)[0]
