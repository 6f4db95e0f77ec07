"""Loops in the plane of some fields, and the fixed point followed along them."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from jaxsync.errors import ConvergenceError, InputError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.equations import bind
from jaxsync.numerics.equilibrium import find_equilibrium
from jaxsync.numerics.pieces import NODES, angles, at_nodes, fit

Loop = Mapping[str, Callable[[Any], ArrayLike]]
"""Fields by name, each as a function of the angle, an array from 0 to 2 pi, in jax.numpy or numpy."""

CLOSED = 1e-9
"""Largest difference of the ends of a loop, over its size: rounding of a function of 2 pi."""

SMOOTH = 1e-6
"""Largest error of the pieces between their nodes, over the size of the drift: beyond it shares are not known."""


def ellipse(
    fields: tuple[str, str], center: ArrayLike, radii: ArrayLike, start: ArrayLike = 0.0
) -> dict[str, Callable[[Any], jax.Array]]:
    """A loop around a point: x = x0 + r_x cos(start + angle), y = y0 + r_y sin(start + angle).

    Args:
        fields: Names of x and y.
        center: (x0, y0), such as the values of an exceptional point.
        radii: (r_x, r_y), each in the unit of its field.
        start: The angle at which the loop begins, in radians.

    Returns:
        A loop for `encircle`; what it is made of can be differentiated.

    Example:
        >>> import jaxsync as js
        >>> loop = js.ellipse(("delta_a", "drive_a"), (1.0, 14.0), (0.02, 1.0))
        >>> delta_a = loop["delta_a"]
        >>> float(delta_a(0.0))
        1.02
    """
    (first, second), (x, y), (r, s) = fields, jnp.asarray(center, dtype=float), jnp.asarray(radii, dtype=float)
    return {
        first: lambda angle: x + r * jnp.cos(start + angle),
        second: lambda angle: y + s * jnp.sin(start + angle),
    }


class Followed(NamedTuple):
    """The drift about the fixed point along a loop, at angles of which the first is 0 and the last 2 pi.

    values: of each field, by name, (a,). drift: coefficients on the pieces. start: the drift at the start, (2n, 2n);
    noise: coefficients of the diffusion matrix. nodes: the drift at the nodes of the pieces, (PIECES, NODES, 2n, 2n).
    growth: the largest real part of its eigenvalues at all angles, (a,), and rate: the largest modulus. points: the
    quadratures, (a, 2n). rough: the error of the pieces. found: whether there is a fixed point, (a,).
    """

    values: dict[str, jax.Array]
    drift: jax.Array
    start: jax.Array
    noise: jax.Array
    nodes: jax.Array
    growth: jax.Array
    rate: jax.Array
    points: jax.Array
    rough: jax.Array
    found: jax.Array


def read_loop(model: Model, loop: Loop, direction: int) -> dict[str, jax.Array]:
    """The values of each field at 0, at the angles of `pieces`, and at 2 pi, (a,), gone in this direction; checked."""
    if direction not in (1, -1):
        raise InputError(
            f"Argument `direction` must be 1 or -1, the sense in which the loop is gone, not {direction!r}."
        )
    if not isinstance(loop, Mapping) or not loop or not all(callable(function) for function in loop.values()):
        raise InputError("Argument `loop` must be a mapping from names of fields to functions of an angle.")
    at = all_angles()
    at = at if direction == 1 else 2 * np.pi - at
    values = {}
    for name, function in loop.items():
        known = {f.name: f for f in dataclasses.fields(model)}  # type: ignore[arg-type]
        if name in known and known[name].metadata.get("static", False):
            raise InputError(f"Argument `loop`: {name!r} is no number that can vary; name another field.")
        try:
            row = jnp.broadcast_to(jnp.asarray(function(at), dtype=float), at.shape)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"Argument `loop`: the function of {name!r} must take an array of angles and return as many real "
                f"numbers, by numpy or jax.numpy; it says: {str(error).splitlines()[0]}"
            ) from error
        for extreme in (jnp.min(row), jnp.max(row)):
            model.replace(**{name: extreme})  # refuses an unknown field and values that the model forbids
        if not is_traced(row) and abs(row[0] - row[-1]) > CLOSED * np.max(np.abs(row)):
            raise InputError(
                f"Argument `loop` must be closed, but {name!r} is {float(row[0]):.9g} at the angle 0 and "
                f"{float(row[-1]):.9g} at 2 pi; give a function of period 2 pi."
            )
        values[name] = row
    return values


def all_angles() -> np.ndarray:
    """0, the angles of `pieces`, 2 pi."""
    return np.concatenate([[0.0], angles().reshape(-1), [2 * np.pi]])


@jax.jit
def follow_loop(model: Model, values: dict[str, jax.Array], x: jax.Array) -> Followed:
    """The fixed point from x, (2n,), along a loop, each from the one before."""

    def advance(x, here):
        velocity, noise = bind(model.replace(**here))
        root = find_equilibrium(velocity, x)
        A = jax.jacfwd(velocity)(root.point)
        return root.point, (root.point, A, noise(root.point), root.converged)

    _, (points, A, Q, found) = jax.lax.scan(advance, x, values)
    eigenvalues = jnp.linalg.eigvals(jax.lax.stop_gradient(A))
    drift, rough = fit(by_piece(A))
    return Followed(
        values=values,
        drift=drift,
        start=A[0],
        noise=fit(by_piece(Q))[0],
        nodes=at_nodes(by_piece(A)),
        growth=jnp.max(eigenvalues.real, axis=1),
        rate=jnp.max(jnp.abs(eigenvalues)),
        points=points,
        rough=rough,
        found=found,
    )


def by_piece(values: jax.Array) -> jax.Array:
    """Values at all angles, (a, ...), as those at the angles of the pieces, (PIECES, NODES + 1, ...)."""
    return values[1:-1].reshape(-1, NODES + 1, *values.shape[1:])


def refuse_loop(followed: Followed) -> None:
    """Raise where the fixed point is lost or unstable, saying where; where it does not come back; where it is not
    smooth."""
    found, growth = np.asarray(followed.found), np.asarray(followed.growth)
    for bad, what in (
        (~found, "there is no fixed point to follow"),
        (growth >= 0, "the fixed point that is followed is unstable"),
    ):
        if bad.any():
            index = int(np.argmax(bad))
            where = ", ".join(f"{name} = {float(row[index]):.6g}" for name, row in followed.values.items())
            grows = f" (it grows at the rate {growth[index]:.3g})" if found[index] else ""
            raise ConvergenceError(
                f"Argument `loop`: at the angle {all_angles()[index]:.3f}, {where}, {what}{grows}; choose a loop that "
                "stays where the device is stable."
            )
    first, last = followed.points[0], followed.points[-1]
    if np.linalg.norm(last - first) > SMOOTH * (1 + np.linalg.norm(first)):
        raise ConvergenceError(
            "Argument `loop`: the fixed point that is followed comes back as another one, the device being bistable; "
            "choose a smaller loop."
        )
    if not followed.rough <= SMOOTH:
        raise ConvergenceError(
            f"Argument `loop`: the drift along it is not smooth, known to {float(followed.rough):.1e} only between the "
            f"points looked at; choose a loop with fewer waves, or corners at multiples of 2 pi/32."
        )
