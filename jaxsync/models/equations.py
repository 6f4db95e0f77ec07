"""All that the rest of the package sees of a model: its equations of motion in quadratures, bound once.

Quadratures are X = sqrt2 Re z, Y = sqrt2 Im z, ordered (X1, Y1, X2, Y2, ...); the vacuum variance is 1/2. Behind those
of the modes a modulated model has one pair more, its clock: a rotating amplitude of modulus 1, real at t = 0.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from jaxsync.errors import InputError
from jaxsync.models.base import Model
from jaxsync.models.modulation import Modulated


class Equations(NamedTuple):
    """A model as functions of the quadratures x, (2n,), or (2n + 2,) with a clock: for numerics, which know no model.

    velocity: x to x', of its shape, a pytree of the model's numbers, so that what is compiled for one model serves all
    of its kind. noise: x to the diffusion matrix Q there.
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
    """Whether the model's noise does: whether its `diffusion` takes amplitudes, or it has a clock."""
    return has_clock(model) or len(inspect.signature(model.diffusion).parameters) > 0


def has_clock(model: Model) -> bool:
    """Whether the model's quadratures end with a clock."""
    return isinstance(model, Modulated)


def place(model: Model, quadratures: jax.Array, time: jax.Array | float = 0.0) -> jax.Array:
    """The modes' quadratures, (..., 2n), with the model's clock, if it has one, as it is at a time, () or (...)."""
    if not isinstance(model, Modulated):
        return quadratures
    angle = 2 * np.pi * jnp.asarray(time, float) / model.period
    clock = np.sqrt(2) * jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=-1)
    return jnp.concatenate([quadratures, jnp.broadcast_to(clock, (*quadratures.shape[:-1], 2))], axis=-1)


def quadratures_of(model: Model, amplitudes: jax.Array | np.ndarray, time: jax.Array | float = 0.0) -> jax.Array:
    """The quadratures of complex amplitudes (..., n), with the model's clock, if it has one, as it is at a time."""
    return place(model, to_quadratures(amplitudes), time)


def amplitudes_of(model: Model, x: jax.Array) -> jax.Array:
    """The complex amplitudes of the model's modes, (..., n), in quadratures that may hold a clock."""
    return to_amplitudes(x[..., : 2 * len(model.modes)])


def at(model: Model, x: jax.Array) -> tuple[Model, jax.Array]:
    """The device as it is by the clock in x, and the amplitudes of its modes, (n,)."""
    if not isinstance(model, Modulated):
        return model, to_amplitudes(x)
    if x.shape != (2 * len(model.modes) + 2,):
        raise InputError(
            f"The quadratures of a modulated model are those of its {len(model.modes)} modes and of its clock, but "
            f"have shape {x.shape}: put them in place by `place`."
        )
    turn = jnp.arctan2(x[-1], x[-2]) / (2 * np.pi)
    return model.at(jnp.where(turn < 0, turn + 1, turn) * model.period), to_amplitudes(x[:-2])


def with_clock(model: Model, x: jax.Array, velocity: jax.Array) -> jax.Array:
    """The modes' velocity, (2n,), with that of the clock in x, if there is one."""
    if not isinstance(model, Modulated):
        return velocity
    clock = x[-2:]
    # Half a quantum per quadrature is where it goes round; what it is off falls by exp(-2 pi) in a period.
    back = (1 - jnp.sum(clock**2) / 2) / 2 * clock
    onward = jnp.stack([-clock[1], clock[0]])
    return jnp.concatenate([velocity, 2 * np.pi / model.period * (onward + back)])


def without_noise(model: Model, matrix: jax.Array) -> jax.Array:
    """A covariance of the modes' quadratures, (2n, 2n), with zeros for the clock, if there is one."""
    return jnp.pad(matrix, (0, 2)) if isinstance(model, Modulated) else matrix


def to_quadratures(amplitudes: jax.Array | np.ndarray) -> jax.Array:
    """Complex amplitudes (..., n) to quadratures (..., 2n)."""
    z = jnp.asarray(amplitudes)
    return jnp.stack([z.real, z.imag], axis=-1).reshape(*z.shape[:-1], -1) * np.sqrt(2)


def to_amplitudes(quadratures: jax.Array) -> jax.Array:
    """Quadratures (..., 2n) to complex amplitudes (..., n)."""
    x = quadratures * np.sqrt(0.5)
    return jax.lax.complex(x[..., 0::2], x[..., 1::2])


def velocity(model: Model, x: jax.Array) -> jax.Array:
    """Mean-field velocity of the quadratures, of the shape of x."""
    device, amplitudes = at(model, x)
    rates = device.rates(amplitudes)
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
    return with_clock(model, x, to_quadratures(rates))


_velocity = jax.jit(velocity)  # traced once a model, not at each of the many places of a solver that call it


def drift(model: Model, x: jax.Array) -> jax.Array:
    """Drift matrix A, the Jacobian of the mean-field velocity, (2n, 2n); the only place where A comes from."""
    return jax.jacfwd(lambda y: velocity(model, y))(x)


def diffusion_matrix(model: Model, *quadratures: jax.Array) -> jax.Array:
    """Diffusion matrix Q, (2n, 2n), whichever form the model gives it in; at the quadratures where it depends on
    them."""
    device, *amplitudes = at(model, *quadratures) if quadratures else (model,)
    takes = len(inspect.signature(device.diffusion).parameters)
    q = jnp.asarray(device.diffusion(*amplitudes[:takes]))
    size = 2 * len(model.modes)
    if q.shape not in {(size,), (size, size)}:
        raise InputError(
            f"Method `diffusion` of {type(model).__name__} must return shape ({size},) or ({size}, {size}), "
            f"but returned shape {q.shape}."
        )
    return without_noise(model, jnp.diag(q) if q.ndim == 1 else q)


_diffusion = jax.jit(diffusion_matrix)


def vacuum(model: Model) -> tuple[jax.Array, jax.Array]:
    """The default start: all amplitudes zero, and the covariance n + 1/2 of each mode; the clock, if any, at t = 0."""
    x = place(model, jnp.zeros(2 * len(model.modes)))
    occupations = jnp.asarray(at(model, x)[0].thermal_occupations(), dtype=float)
    return x, without_noise(model, jnp.diag(jnp.repeat(occupations + 0.5, 2)))


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


def mode_basis(model: Model, names: Sequence[str], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Orthonormal columns in the space of `size` quadratures: the annihilation operators of the modes named, (size, k),
    and all others, (size, size - k).

    In this space z = W^H x up to a factor; what rotates as exp(-i omega t) has no share in z*.
    """
    chosen = [mode_index(model, name) for name in names]
    pairs = np.eye(size).reshape(size, size // 2, 2)
    W = (pairs[:, :, 0] - 1j * pairs[:, :, 1]) / np.sqrt(2)
    others = [i for i in range(size // 2) if i not in chosen]
    return W[:, chosen], np.concatenate([W[:, others], W.conj()], axis=1)
