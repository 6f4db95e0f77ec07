"""Where motions and solves start from: the argument `start`, the same everywhere."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import InputError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.equations import quadratures_of, vacuum, without_noise
from jaxsync.states.state import State

Start = Any
"""None or "vacuum": all amplitudes zero, variances n + 1/2. Amplitudes (n,), with those variances. Amplitudes and a
covariance (2n, 2n). Or a state of the same modes, from where it ends. A motion starts at t = 0, whatever it is given: a
modulated one at the beginning of a period, where a forced cycle has its first sample."""


def read_start(model: Model, start: Start, covariance: bool = False) -> tuple[jax.Array, jax.Array]:
    """Quadratures, (2n,), and covariance, (2n, 2n), that the argument `start` stands for; with the clock, if any.

    covariance: whether the motion needs it; where it does not, the vacuum's stands in for one that a state lacks.
    Raises `InputError` for anything else, for other shapes, and for a state of other modes.
    """
    x, V = vacuum(model)
    if start is None or (isinstance(start, str) and start == "vacuum"):
        return x, V
    if isinstance(start, str):
        raise InputError(
            f"Argument `start` must be 'vacuum', amplitudes, (amplitudes, covariance), or a state, not {start!r}."
        )
    if isinstance(start, State):
        if start.model.modes != model.modes:
            raise InputError(
                f"Argument `start` is a state of the modes {', '.join(start.model.modes)}, but the model has "
                f"{', '.join(model.modes)}: give a state of the same modes."
            )
        amplitudes, found = start.last()
        if found is None and covariance:
            raise InputError(
                f"Argument `start` is a {type(start).__name__} without a covariance: give (amplitudes, covariance), or "
                "of a limit cycle cycle.at(time)."
            )
        V = V if found is None else without_noise(model, found)
    elif isinstance(start, tuple) and len(start) == 2 and np.ndim(start[1]) == 2:
        amplitudes, V = start[0], without_noise(model, _read_covariance(start[1], 2 * len(model.modes)))
    else:
        amplitudes = start
    return quadratures_of(model, read_amplitudes(model, amplitudes)), V


def read_amplitudes(model: Model, value: Any) -> jax.Array:
    """One complex amplitude per mode, (n,), checked."""
    # Known values stay with NumPy: inside a transformation jnp would make tracers of them, which cannot be checked.
    try:
        amplitudes = jnp.asarray(value) if is_traced(value) else np.asarray(value, dtype=complex)
    except (TypeError, ValueError):
        raise InputError(
            "Argument `start` must be 'vacuum', amplitudes, (amplitudes, covariance), or a state, not "
            f"{type(value).__name__}."
        ) from None
    if amplitudes.shape != (len(model.modes),):
        raise InputError(
            f"Argument `start` must be one complex amplitude per mode ({', '.join(model.modes)}), shape "
            f"({len(model.modes)},), but has shape {amplitudes.shape}."
        )
    if not is_traced(amplitudes) and not np.all(np.isfinite(amplitudes)):
        raise InputError(f"Argument `start` must be finite, but is {amplitudes}; give finite amplitudes.")
    return jnp.asarray(amplitudes, dtype=complex)


def _read_covariance(value, size):
    V = jnp.asarray(value, dtype=float)
    if V.shape != (size, size):
        raise InputError(
            f"Argument `start` must have a covariance of shape {(size, size)}, but it has shape {V.shape}."
        )
    return V


def scattered_starts(model: Model, starts: int, seed: int, largest: float) -> jax.Array:
    """Quadratures of the modes to start from, (starts, 2n): zero, then random directions at sizes from 1 to `largest`.

    The sizes are drawn evenly in their logarithm, which spans the vacuum, of size 1, and large oscillations.
    """
    size_key, direction_key = jax.random.split(jax.random.key(seed))
    directions = jax.random.normal(direction_key, (starts, 2 * len(model.modes)))
    directions = directions / jnp.linalg.vector_norm(directions, axis=1, keepdims=True)
    sizes = jnp.maximum(largest, 10.0) ** jax.random.uniform(size_key, (starts, 1))
    return (directions * sizes).at[0].set(0.0)
