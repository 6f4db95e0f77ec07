"""Fixed points of the mean field by Newton's method."""

import jax
import jax.numpy as jnp

from jaxsync.models.base import Model, velocity
from jaxsync.solvers.newton import Root, find_root


def fixed_point_root(model: Model, guess: jax.Array, *, tolerance: float = 1e-13, max_steps: int = 100) -> Root:
    """The fixed point that Newton's method reaches from the quadratures `guess`, (2n,)."""
    return find_root(lambda x: velocity(model, x), guess, tolerance=tolerance, max_steps=max_steps)


def scattered_starts(model: Model, starts: int, seed: int, largest: float = 1000.0) -> jax.Array:
    """Quadratures to start from, (starts, 2n): zero first, then random directions at sizes from 1 to `largest`.

    The sizes are drawn evenly in their logarithm, which spans the weakly driven vacuum and large oscillations.
    """
    size_key, direction_key = jax.random.split(jax.random.key(seed))
    directions = jax.random.normal(direction_key, (starts, 2 * len(model.modes)))
    directions = directions / jnp.linalg.vector_norm(directions, axis=1, keepdims=True)
    sizes = jnp.maximum(largest, 10.0) ** jax.random.uniform(size_key, (starts, 1))
    return (directions * sizes).at[0].set(0.0)
