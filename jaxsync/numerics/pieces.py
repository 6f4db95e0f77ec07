"""A smooth function of a loop's angle, known at nodes, as a polynomial on each of equal pieces of the loop."""

import jax
import jax.numpy as jnp
import numpy as np

PIECES, NODES = 32, 8
"""Pieces of a loop, and nodes on each: a function with up to four waves around the loop is known to 1e-10, and one with
corners where pieces meet, such as a square, just as well."""

POSITIONS = -np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
"""Of the nodes on a piece, from -1 to 1: Chebyshev's, none of which is at the ends or in the middle."""

_COEFFICIENTS = np.linalg.inv(np.vander(POSITIONS, increasing=True))


def angles() -> np.ndarray:
    """Where a function is asked for, (PIECES, NODES + 1), increasing: the nodes of each piece with its middle, which is
    for `fit` to be checked by."""
    here = np.insert(POSITIONS, NODES // 2, 0.0)
    return np.pi / PIECES * (2 * np.arange(PIECES)[:, None] + 1 + here)


def fit(values: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The polynomials through values at `angles`, (PIECES, NODES + 1, ...).

    Returns:
        Coefficients, lowest power first, (PIECES, NODES, ...), and the largest error in the middles of pieces, over the
        largest norm of a value.
    """
    nodes = at_nodes(values)
    coefficients = jnp.tensordot(nodes, _COEFFICIENTS, axes=[[1], [1]])
    coefficients = jnp.moveaxis(coefficients, -1, 1)
    norm = lambda x: jnp.sqrt(jnp.max(jnp.sum(jnp.abs(x.reshape(PIECES, -1)) ** 2, axis=1)))
    size = norm(nodes[:, 0])
    missed = norm(coefficients[:, 0] - values[:, NODES // 2])
    return coefficients, missed / jnp.where(size > 0, size, 1.0)


def at_nodes(values: jax.Array) -> jax.Array:
    """Values at the nodes, (PIECES, NODES, ...), from those at `angles`."""
    return jnp.delete(values, NODES // 2, axis=1)


def slopes(coefficients: jax.Array) -> jax.Array:
    """Derivatives with respect to the angle at the nodes, (PIECES, NODES, ...)."""
    powers = np.arange(NODES)
    lower = powers * POSITIONS[:, None] ** np.maximum(powers - 1, 0)
    return jnp.moveaxis(jnp.tensordot(lower, coefficients, axes=[[1], [1]]), 0, 1) * (PIECES / np.pi)


def value_at(coefficients: jax.Array, s: jax.Array) -> jax.Array:
    """The polynomial with coefficients (NODES, ...) at s from -1 to 1."""
    value = coefficients[-1]
    for number in range(NODES - 2, -1, -1):
        value = value * s + coefficients[number]
    return value
