"""Reference numbers, and the small tools that several test files share."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp

import jaxsync as js


def load(name):
    """A file of tests/data."""
    return json.loads((Path(__file__).parent / "data" / name).read_text(encoding="utf-8"))


REFERENCE = load("reference_cases.json")
CASES = REFERENCE["cases"]


def model_of(change):
    """The reference model with some parameters changed."""
    return js.OptoMagnoMechanical(**(REFERENCE["base"] | change))


def stack(models):
    """One model whose fields are arrays over the given models."""
    return jax.tree.map(lambda *leaves: jnp.asarray(leaves, dtype=float), *models)


def lanes(models):
    """Number of models in a stack."""
    return jax.tree.leaves(models)[0].shape[0]


def pick(state, index):
    """One lane, or a slice of lanes, of a batched state."""
    return jax.tree.map(lambda leaf: leaf[index], state)


def in_chunks(function, models, width):
    """function over a stack of models in batches of `width`, the last one filled up: one shape, one compilation."""
    count = lanes(models)
    fill = -count % width
    filled = jax.tree.map(lambda leaf: jnp.concatenate([leaf, jnp.broadcast_to(leaf[:1], (fill,))]), models)
    parts = [function(pick(filled, slice(i, i + width))) for i in range(0, count, width)]
    return pick(jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *parts), slice(count))


def smallest_uncertainty(covariance):
    """Smallest eigenvalue of V + i Omega/2, (...): not negative for a physical state (vacuum variance 1/2)."""
    modes = covariance.shape[-1] // 2
    omega = jnp.kron(jnp.eye(modes), jnp.array([[0.0, 1.0], [-1.0, 0.0]]))
    omega = jnp.broadcast_to(omega, covariance.shape)
    return jnp.linalg.eigvalsh(covariance + 0.5j * omega)[..., 0]
