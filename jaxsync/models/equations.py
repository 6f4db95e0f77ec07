"""All that the rest of the package sees of a model: its equations of motion in quadratures, bound once.

Quadratures are X = sqrt2 Re z, Y = sqrt2 Im z, ordered (X1, Y1, X2, Y2, ...); the vacuum variance is 1/2.
"""

import inspect
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from jaxsync.errors import InputError
from jaxsync.models.base import Model


class Equations(NamedTuple):
    """A model as functions of the quadratures x, (2n,): what solvers hand to the numerics, which know no model.

    velocity: x to x', (2n,), a pytree of the model's numbers, so that what is compiled for one model serves all of its
    kind. noise: x to the diffusion matrix Q there, (2n, 2n).
    """

    velocity: Callable[[jax.Array], jax.Array]
    noise: Callable[[jax.Array], jax.Array]


def bind(model: Model) -> Equations:
    """The equations of a model, bound once at a solver's entry."""
    if depends_on_state(model):
        return Equations(velocity=Partial(_velocity, model), noise=Partial(_diffusion, model))
    Q = diffusion_matrix(model)
    return Equations(velocity=Partial(_velocity, model), noise=lambda x: Q)


def depends_on_state(model: Model) -> bool:
    """Whether the model's noise does: whether its `diffusion` takes amplitudes."""
    return len(inspect.signature(model.diffusion).parameters) > 0


def to_quadratures(amplitudes: jax.Array | np.ndarray) -> jax.Array:
    """Complex amplitudes (..., n) to quadratures (..., 2n)."""
    z = jnp.asarray(amplitudes)
    return jnp.stack([z.real, z.imag], axis=-1).reshape(*z.shape[:-1], -1) * np.sqrt(2)


def to_amplitudes(quadratures: jax.Array) -> jax.Array:
    """Quadratures (..., 2n) to complex amplitudes (..., n)."""
    x = quadratures * np.sqrt(0.5)
    return jax.lax.complex(x[..., 0::2], x[..., 1::2])


def velocity(model: Model, x: jax.Array) -> jax.Array:
    """Mean-field velocity of the quadratures, (2n,) to (2n,)."""
    rates = model.rates(to_amplitudes(x))
    if rates is None:
        raise InputError(f"Method `rates` of {type(model).__name__} returned nothing: end it with `return`.")
    rates = jnp.asarray(rates)
    if not jnp.issubdtype(rates.dtype, jnp.inexact):
        raise InputError(
            f"Method `rates` of {type(model).__name__} must return complex numbers, but returned {rates.dtype}."
        )
    if rates.shape != (len(model.modes),):
        raise InputError(
            f"Method `rates` of {type(model).__name__} must return one number per mode, shape ({len(model.modes)},), "
            f"but returned shape {rates.shape}."
        )
    return to_quadratures(rates)


_velocity = jax.jit(velocity)  # traced once a model, not at each of the many places of a solver that call it


def drift(model: Model, x: jax.Array) -> jax.Array:
    """Drift matrix A, the Jacobian of the mean-field velocity, (2n, 2n); the only place where A comes from."""
    return jax.jacfwd(lambda y: velocity(model, y))(x)


def diffusion_matrix(model: Model, *quadratures: jax.Array) -> jax.Array:
    """Diffusion matrix Q, (2n, 2n), whichever form the model gives it in; at the quadratures where it depends on
    them."""
    q = jnp.asarray(model.diffusion(*map(to_amplitudes, quadratures)))
    size = 2 * len(model.modes)
    if q.shape not in {(size,), (size, size)}:
        raise InputError(
            f"Method `diffusion` of {type(model).__name__} must return shape ({size},) or ({size}, {size}), "
            f"but returned shape {q.shape}."
        )
    return jnp.diag(q) if q.ndim == 1 else q


_diffusion = jax.jit(diffusion_matrix)


def vacuum(model: Model) -> tuple[jax.Array, jax.Array]:
    """The default start: all amplitudes zero, (2n,), and the covariance n + 1/2 of each mode, (2n, 2n)."""
    occupations = jnp.asarray(model.thermal_occupations(), dtype=float)
    return jnp.zeros(2 * len(model.modes)), jnp.diag(jnp.repeat(occupations + 0.5, 2))


def as_arrays(model: Model) -> Model:
    """The model with every field a float64 array, so that equal shapes share one compiled program."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype=float), model)


def mode_index(model: Model, name: str) -> int:
    """Position of a mode; an unknown name is refused with the names there are."""
    if name not in model.modes:
        raise InputError(f"Argument `modes` must name modes of the model ({', '.join(model.modes)}), not {name!r}.")
    return model.modes.index(name)


def pair_of(model: Model, modes: tuple[str, str] | None) -> tuple[str, str]:
    """Names of two different modes: those given, or, for None, the model's own pair."""
    if modes is None:
        if model.pair is None:
            raise InputError(
                f"Argument `modes` must name two modes of the model ({', '.join(model.modes)}): "
                f"{type(model).__name__} has no pair that is meant where none is named."
            )
        modes = model.pair
    if isinstance(modes, str) or len(modes) != 2 or modes[0] == modes[1]:
        raise InputError(f"Argument `modes` must name two different modes, but is {modes!r}.")
    return modes[0], modes[1]


def pair_indices(model: Model, modes: tuple[str, str] | None) -> tuple[int, int]:
    """Positions of the two modes that `pair_of` names."""
    first, second = pair_of(model, modes)
    return mode_index(model, first), mode_index(model, second)
