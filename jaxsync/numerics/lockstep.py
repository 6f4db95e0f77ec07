"""A loop that ends when the last lane of a batch is done."""

import jax
import jax.numpy as jnp


@jax.custom_batching.custom_vmap
def any_lane(flag: jax.Array) -> jax.Array:
    """Whether the flag is set in any lane of the batch.

    A `while_loop` with a condition of its own in every lane copies all that it carries at every turn, to keep what
    finished lanes carry. With this as its condition it does not, and its body must leave finished lanes as they are.
    """
    return flag


@any_lane.def_vmap
def _(axis_size, in_batched, flags):
    return any_lane(jnp.any(flags)), False
