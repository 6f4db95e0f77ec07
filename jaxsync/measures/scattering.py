"""How a device at a fixed point scatters what comes in at its ports, and what it lets through one way and the other."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Complex, Float

from jaxsync.errors import InputError
from jaxsync.measures.probe import check_stable, commutators, root
from jaxsync.measures.spectra import read_frequencies
from jaxsync.models.base import is_traced
from jaxsync.models.ports import ports_of
from jaxsync.numerics.response import stationary_response
from jaxsync.states.fixed_point import FixedPoint

SPARE = 1e-9
"""By how much, relative to a mode's losses, rounding may make those left beside its ports negative."""

TO_AMPLITUDES = np.array([[1.0, 1.0j], [1.0, -1.0j]]) * np.sqrt(0.5)
"""From a channel's quadratures to its o and o+."""


@partial(jax.tree_util.register_dataclass, data_fields=["frequencies", "matrix"], meta_fields=["channels"])
@dataclasses.dataclass(frozen=True, repr=False)
class Scattering:
    """out = s in at frequencies w, (f,), between c channels.

    matrix s: (f, 2c, 2c) complex, of (o_1, o_1^+, o_2, o_2^+, ...), where o^+(w) is the transform of o^+(t). channels:
    their names.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=1.0, drive_m=1.0))
        >>> js.scattering(state, [1.0, 1.1])
        Scattering(light, microwave; 2 frequencies)
    """

    channels: tuple[str, ...]
    frequencies: Float[Array, " f"]
    matrix: Complex[Array, "f 2c 2c"]

    def amplitude(self, to: str, source: str, *, conjugate: bool = False) -> Complex[Array, " f"]:
        """s from o of `source`, or with `conjugate` from its o^+, to o of `to`, (f,)."""
        i, j = (self._place(name, "to" if name is to else "source") for name in (to, source))
        return self.matrix[:, 2 * i, 2 * j + int(conjugate)]

    def transmission(self, to: str, source: str) -> Float[Array, " f"]:
        """|s|^2 from `source` to `to`, (f,): with the two exchanged, or of the reversed device, the other way."""
        s = self.amplitude(to, source)
        return s.real**2 + s.imag**2

    def commutators(self) -> Complex[Array, "f 2c 2c"]:
        """s J s^+, J = diag(1, -1, 1, -1, ...): J itself where the channels are all that there are."""
        signs = np.tile([1.0, -1.0], len(self.channels))
        return (self.matrix * jnp.asarray(signs)[None, None]) @ jnp.swapaxes(self.matrix.conj(), 1, 2)

    def _place(self, name, argument):
        if name not in self.channels:
            raise InputError(f"Argument `{argument}` must be one of {', '.join(self.channels)}, not {name!r}.")
        return self.channels.index(name)

    def __repr__(self) -> str:
        return f"Scattering({', '.join(self.channels)}; {self.frequencies.size} frequencies)"


def scattering(state: FixedPoint, frequencies: ArrayLike, *, losses: bool = False) -> Scattering:
    """The scattering matrix s = B^T (-i w - A)^-1 B - 1 between the ports, B the square roots of twice their rates.

    (C. W. Gardiner, M. J. Collett, Phys. Rev. A 31, 3761 (1985).) How different the two directions are is
    `js.contrast(s.transmission("light", "microwave"), s.transmission("microwave", "light"))`, or, where a field or a
    rotation is what breaks the symmetry, that of the same transmission of a device and of its `reversed()` one.

    Args:
        state: A stable fixed point.
        frequencies: w, (f,), of either sign, from the drives' frequencies.
        losses: Whether what each mode loses beside its ports is a channel, too, named "loss of a" for the mode a; the
            matrix then keeps commutators, s J s^+ = J.

    Returns:
        The matrix; NaN inside transformations where the state is not stable.

    Raises:
        InputError: For a model without ports, frequencies that are not finite, a state that is not stable, and, with
            losses, for modes that do not just decay: gain, or losses that modes share.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=1.0, drive_m=1.0))
        >>> f"{js.scattering(state, [1.0]).transmission('light', 'light')[0]:.3f}"
        '0.992'
    """
    w = read_frequencies(frequencies)
    check_stable(state, FixedPoint)
    model = state.model
    ports = ports_of(model)
    names = tuple(ports) + (tuple(f"loss of {mode}" for mode in model.modes) if losses else ())
    matrix, left, shared = _scatter(state, w, losses=losses)
    if losses and not is_traced(matrix):
        lossy = np.flatnonzero(~(left >= 0))
        if len(lossy) or shared:
            what = f"mode {model.modes[lossy[0]]!r} gains" if len(lossy) else "modes share losses"
            raise InputError(
                f"Argument `losses` must be False for {type(model).__name__}, in which {what}; leave it out."
            )
    return Scattering(names, w, matrix)


@partial(jax.jit, static_argnames="losses")
def _scatter(state, w, losses):
    """The matrix; of each mode the losses beside its ports, negative if there are none; whether modes share some."""
    model = state.model
    A = jnp.asarray(jnp.where(state.stable, state.drift, -jnp.eye(state.drift.shape[0])))
    size = A.shape[0]
    rates, places = [], []
    for port in ports_of(model).values():
        rates.append(jnp.asarray(port.rate, dtype=float))
        places.append(model.modes.index(port.mode))
    W = commutators(A)
    total = jnp.stack([W[2 * k, 2 * k + 1] / 2 for k in range(len(model.modes))])
    left = total - jnp.zeros_like(total).at[np.array(places)].add(jnp.stack(rates))
    # Rounding must not make a gain of what is no loss.
    left = jnp.where(jnp.abs(left) <= SPARE * jnp.abs(total), 0.0, left)
    alone = W * jnp.asarray(np.kron(np.eye(len(model.modes)), np.ones((2, 2))))
    shared = jnp.any(jnp.abs(W - alone) > SPARE * jnp.max(jnp.abs(W)))
    if losses:
        rates, places = [*rates, *left], [*places, *range(len(model.modes))]
    B = jnp.zeros((size, 2 * len(rates)))
    for channel, (rate, place) in enumerate(zip(rates, places, strict=True)):
        strength = root(2 * rate) * jnp.eye(2)
        B = B.at[2 * place : 2 * place + 2, 2 * channel : 2 * channel + 2].set(strength)
    s = stationary_response(A, B.T.astype(complex), w) @ B - jnp.eye(B.shape[1])[None]
    U = jnp.asarray(np.kron(np.eye(len(rates)), TO_AMPLITUDES))
    return jnp.where(state.stable, U @ s @ U.conj().T, jnp.nan), left, shared
