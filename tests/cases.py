"""Reference numbers, and the small tools that several test files share."""

import json
from pathlib import Path

import jax
import numpy as np

import jaxsync as js

ROOT = Path(__file__).parents[1]
"""Of the repository."""

WINDOW = np.linspace(1000.0, 1200.0, 2001)
"""Times at which the reference cases are looked at: those of the paper's window."""


def load(name):
    """A file of tests/data."""
    return json.loads((Path(__file__).parent / "data" / name).read_text(encoding="utf-8"))


REFERENCE = load("reference_cases.json")
CASES = REFERENCE["cases"]


def model_of(change):
    """The reference model with some parameters changed."""
    return js.OptoMagnoMechanical(**(REFERENCE["base"] | change))


def many(columns):
    """Many models from columns of their fields; those of the detected shares, which move no state, are filled in."""
    count = len(next(iter(columns.values())))
    return js.OptoMagnoMechanical(**({name: np.ones(count) for name in ("external_a", "external_m")} | columns))


def stack(models):
    """One model whose fields are arrays over the given models."""
    return jax.tree.map(lambda *leaves: np.asarray(leaves, dtype=float), *models)


def trajectory(model, times, amplitudes, covariance=None):
    """A trajectory that was not integrated, to look at."""
    return js.Trajectory(model, np.int8(js.Outcome.OK), times, amplitudes, covariance)


def lanes(models):
    """Number of models in a stack."""
    return jax.tree.leaves(models)[0].shape[0]


def pick(state, index):
    """One lane, or a slice of lanes, of a batched state."""
    return jax.tree.map(lambda leaf: leaf[index], state)


def in_chunks(function, models, width):
    """function over a stack of models in batches of `width`, the last one filled up: one shape, one compilation.

    The result has NumPy leaves, so that looking at lanes of it compiles nothing more.
    """
    count = lanes(models)
    filled = jax.tree.map(lambda leaf: np.pad(leaf, (0, -count % width), mode="edge"), models)
    parts = [jax.device_get(function(pick(filled, slice(i, i + width)))) for i in range(0, count, width)]
    return pick(jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts), slice(count))


def smallest_uncertainty(covariance):
    """Smallest eigenvalue of V + i Omega/2, (...): not negative for a physical state (vacuum variance 1/2)."""
    modes = covariance.shape[-1] // 2
    omega = np.kron(np.eye(modes), np.array([[0.0, 1.0], [-1.0, 0.0]]))
    return np.linalg.eigvalsh(np.asarray(covariance) + 0.5j * omega)[..., 0]
