"""Integrals over a way that was gone in steps of uneven length."""

import jax
import jax.numpy as jnp


def weights_of(lengths: jax.Array) -> jax.Array:
    """Weights of an integrand and of its derivative at the points of a way and at its end, (k + 1, 2).

    The trapezoidal rule with its first correction, h/2 (f_0 + f_1) + h^2/12 (f_0' - f_1'), exact for cubics. lengths:
    (k,), zero where no step was made.
    """
    zero = jnp.zeros(1)
    after, before = jnp.concatenate([lengths, zero]), jnp.concatenate([zero, lengths])
    return jnp.stack([(after + before) / 2, (after**2 - before**2) / 12], axis=1)
