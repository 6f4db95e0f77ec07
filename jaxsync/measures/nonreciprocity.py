"""How different the two directions of a device are."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def contrast(forward: ArrayLike, backward: ArrayLike) -> jax.Array:
    """(x - y) / (x + y) of a measure, not negative, for the two directions of the input: 1 and -1 are one-way, 0 is
    equal.

    Args:
        forward: The measure in one direction, of any shape.
        backward: The measure in the other.

    Returns:
        The contrast; 0, with zero derivatives, where both vanish; NaN where either is.

    Example:
        >>> import jaxsync as js
        >>> float(js.contrast(0.75, 0.25))
        0.5
    """
    x, y = jnp.asarray(forward, dtype=float), jnp.asarray(backward, dtype=float)
    total = x + y
    # The guard is on the argument: a division that is only masked afterwards would leave NaN in the derivatives.
    return jnp.where(total == 0, 0.0, (x - y) / jnp.where(total == 0, 1.0, total))
