"""What a spectrum is of: a mode or what comes out of a port, its amplitude or one of its quadratures."""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import InputError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.equations import mode_index
from jaxsync.models.ports import check_port, ports_of
from jaxsync.states.outcome import Outcome
from jaxsync.states.state import State

Ordering = Literal["symmetric", "normal", "antinormal"]
"""Of the operators in a spectrum: the mean of both orders, <o+(0) o(t)>, or <o(t) o+(0)>."""

ORDERS = {"symmetric": 0, "normal": -1, "antinormal": 1}

AMPLITUDE = np.array([[1.0, 1.0j]]) * np.sqrt(0.5)
"""The row that makes o = (X + i Y) / sqrt2 of a mode's quadratures."""


class Probe(NamedTuple):
    """y = C x - E in: rows C, (r, 2n), and E, (r, 2), of the quadratures that come in at a port.

    inflow: B, (2n, 2), by which they drive x. incoming: their spectral density N, (2, 2), ordered. order: +1/2 or -1/2
    of the commutator that goes with the symmetric order's noise, or 0.
    """

    rows: jax.Array
    direct: jax.Array
    inflow: jax.Array
    incoming: jax.Array
    order: float


class Look(NamedTuple):
    """Which one, as what does not change from call to call: hashable. quadratures: "one", of an angle, or "both"."""

    mode: str | None
    port: str | None
    quadratures: Literal["amplitude", "one", "both"]
    ordering: Ordering


def read_look(model: Model, mode: str | None, port: str | None, angle: object, ordering: Ordering) -> Look:
    """The look that arguments describe; names, angle and ordering are refused where they cannot be used."""
    if port is not None:
        check_port(model, port)
    else:
        mode_index(model, mode)  # type: ignore[arg-type]
    if ordering not in ORDERS:
        raise InputError(f"Argument `ordering` must be one of {', '.join(map(repr, ORDERS))}, but is {ordering!r}.")
    if angle is not None and ordering != "symmetric":
        raise InputError(
            "Argument `ordering` must be 'symmetric' for the quadrature of an `angle`, which commutes with itself; "
            "leave one of them out."
        )
    if isinstance(angle, str) and angle != "best":
        raise InputError(f"Argument `angle` must be an angle in radians, 'best' or None, but is {angle!r}.")
    quadratures = "amplitude" if angle is None else "both" if isinstance(angle, str) else "one"
    return Look(mode, port, quadratures, ordering)


def probe_of(model: Model, look: Look, angle: jax.Array | float, size: int) -> Probe:
    """The probe in quadratures, of which there are `size`."""
    if look.quadratures == "amplitude":
        rows = jnp.asarray(AMPLITUDE)
    elif look.quadratures == "both":
        rows = jnp.eye(2, dtype=complex)
    else:
        rows = jnp.stack([jnp.cos(angle), jnp.sin(angle)])[None].astype(complex)
    place = lambda mode: 2 * model.modes.index(mode)
    order = ORDERS[look.ordering] / 2
    if look.port is None:
        at = place(look.mode)
        C = jnp.zeros((rows.shape[0], size), complex).at[:, at : at + 2].set(rows)
        return Probe(C, jnp.zeros_like(rows), jnp.zeros((size, 2)), jnp.zeros((2, 2), complex), order)
    port = ports_of(model)[look.port]
    at, strength = place(port.mode), root(2 * jnp.asarray(port.rate, dtype=float))
    B = jnp.zeros((size, 2)).at[at : at + 2].set(strength * jnp.eye(2))
    incoming = (port.occupation + 0.5) * jnp.eye(2) + order * 1j * symplectic(2)
    return Probe(rows @ B.T, rows, B, incoming, order)


def root(x: jax.Array) -> jax.Array:
    """The square root of what is not negative; where it vanishes, with no derivative rather than an infinite one."""
    return jnp.where(x > 0, jnp.sqrt(jnp.where(x > 0, x, 1.0)), 0.0)


def symplectic(size: int) -> np.ndarray:
    """J, (size, size): [x_i, x_j] = i J_ij."""
    return np.kron(np.eye(size // 2), [[0.0, 1.0], [-1.0, 0.0]])


def commutators(A: jax.Array) -> jax.Array:
    """W, (..., 2n, 2n): the noise's commutators i W that keep those of the quadratures, A J + J A^T + W = 0."""
    J = jnp.asarray(symplectic(A.shape[-1]))
    return -(A @ J + J @ jnp.swapaxes(A, -1, -2))


def check_stable(state: State, *kinds: type, argument: str = "state") -> None:
    """Refuse a state of none of the kinds, and one that is not stable, by its outcome."""
    if not isinstance(state, kinds):
        names = " or a ".join(kind.__name__ for kind in kinds)
        raise InputError(
            f"Argument `{argument}` must be a {names}, but is a {type(state).__name__}: of records in time "
            "see js.estimate_spectrum."
        )
    if not is_traced(state) and not np.all(state.stable):  # type: ignore[attr-defined]
        outcome = Outcome(int(np.ravel(state.code)[~np.ravel(state.stable)][0]))  # type: ignore[attr-defined]
        raise InputError(
            f"Argument `{argument}` must be stable, but its outcome is {outcome}, which has no spectrum: "
            f"{outcome.remedy}."
        )


def density_of(probe: Probe, answers: jax.Array, noise: jax.Array) -> jax.Array:
    """The spectral density of what is looked at, (f, r, r), averaged over the samples.

    S = <q Q q^+> - q B N E^+ - (q B N E^+)^+ + E N E^+: answers q, (s, f, r, 2n), noise Q in its order, (s, 2n, 2n).
    """
    driven = jnp.einsum("kfri,kij->kfrj", answers, noise)
    inside = jnp.einsum("kfri,kfti->frt", driven, answers.conj()) / answers.shape[0]
    mixed = jnp.mean(answers, axis=0) @ (probe.inflow @ probe.incoming @ probe.direct.conj().T)
    outside = probe.direct @ probe.incoming @ probe.direct.conj().T
    return inside - mixed - jnp.swapaxes(mixed.conj(), 1, 2) + outside[None]
