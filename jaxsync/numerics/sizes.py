"""How points, steps and residuals are measured without a unit: each against what it is a part of."""

import jax
import jax.numpy as jnp

EPS = float(jnp.finfo(float).eps)

FAINT = 1e-6
"""Modes weaker than this share of the strongest count as that strong: what rounding leaves of one that vanishes is no
sign of failure."""

TINY = 1e-10
"""Corrections below this share of the amplitudes need not contract: rounding is near, and one more step reaches it."""

EXACT = 8 * EPS
"""A residual within this share of its terms cannot be made smaller."""

FLOOR = 0.1
"""Modes weaker than this share of the strongest are measured by it: one that is fed by the square of another grows
from nothing, by any factor in one step."""


def is_root(share: jax.Array, error: jax.Array, tolerance: float) -> jax.Array:
    """The verdict on a residual relative to its terms and an estimated relative error; False for NaN."""
    return (share <= tolerance) & (error <= tolerance**0.5)


def share_of_terms(value: jax.Array, terms: jax.Array) -> jax.Array:
    """The largest residual over the size of the terms it is the sum of; where there are no terms it must be zero."""
    # The residual itself bounds the terms that the Jacobian does not see, such as a constant drive far from the root.
    terms = terms + jnp.abs(value)
    return jnp.max(jnp.where(value == 0, 0.0, jnp.abs(value) / positive(terms)))


def positive(x: jax.Array) -> jax.Array:
    """x, or one where it is zero, to divide by."""
    return jnp.where(x > 0, x, 1.0)


def assess(x, value, jacobian, inverse):
    """Residual over its terms, and error over the amplitude of its mode."""
    terms = jnp.abs(jacobian) @ jnp.abs(x)
    error = jnp.abs(inverse @ value) + jnp.abs(inverse) @ (EPS * terms)
    size = amplitudes(x)
    size = jnp.maximum(size, FAINT * jnp.max(size))
    return share_of_terms(value, terms), jnp.max(jnp.where(error == 0, 0.0, error / size))


def is_final(share, before, error, tolerance):
    """A root, and as good as it gets."""
    return is_root(share, error, tolerance) & ((share <= EXACT) | (share >= before / 4))


def is_tiny(step, x, last):
    size = jnp.maximum(amplitudes(x), amplitudes(last))
    return jnp.all(amplitudes(step) <= TINY * jnp.maximum(size, FAINT * jnp.max(size)))


def inverse_sizes(x, step):
    """The inverse of the amplitude that each quadrature has or is given by a step, (n,)."""
    size = jnp.maximum(amplitudes(x), amplitudes(step))
    return 1 / positive(jnp.maximum(size, FLOOR * jnp.max(size)))


def amplitudes(x):
    """The size of the mode that each quadrature belongs to, (n,)."""
    pairs = x.reshape(-1, 2)
    return jnp.repeat(jnp.sqrt(jnp.sum(pairs**2, axis=1)), 2)


def projection(step, along, weights):
    """How far `step` goes along `along`, in units of it."""
    return jnp.dot(weights**2 * step, along) / positive(jnp.dot(weights**2 * along, along))


def norm(x):
    return jnp.sqrt(jnp.sum(x**2))
