"""Fixed points of the mean field by Newton's method."""

import jax

from jaxsync.models.base import Model, velocity
from jaxsync.solvers.newton import Root, find_root


def fixed_point_root(model: Model, guess: jax.Array, *, tolerance: float = 1e-13, max_steps: int = 100) -> Root:
    """The fixed point that Newton's method reaches from the quadratures `guess`, (2n,)."""
    return find_root(lambda x: velocity(model, x), guess, tolerance=tolerance, max_steps=max_steps)


def scattered_starts(model: Model, starts: int, seed: int) -> jax.Array:
    """Quadratures to start from, (starts, 2n): zero first, then random phases at sizes from one to the large orbits'.

    The sizes are drawn evenly in their logarithm between 1 and 1,000 quanta^(1/2), which spans the weakly driven
    vacuum and self-oscillations of hundreds of quanta^(1/2).
    """
    size_key, direction_key = jax.random.split(jax.random.key(seed))
    shape = (starts, 2 * len(model.modes))
    directions = jax.random.normal(direction_key, shape)
    sizes = 10 ** jax.random.uniform(size_key, (starts, 1), maxval=3.0)
    return (directions * sizes).at[0].set(0.0)
