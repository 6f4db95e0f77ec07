"""Curves of solutions by pseudo-arclength continuation: N - 1 equations F(y) = 0 for N unknowns, through folds.

From a point of the curve a step goes along the tangent, and Newton's method leads back to the curve across it: the
equation c.(y - guess) = 0 borders the others, so that nothing is singular where a parameter turns back (H. B. Keller,
in Applications of Bifurcation Theory, 1977; E. Doedel et al., Int. J. Bifurcation Chaos 1, 493 (1991)). All is
measured in units that are given for each unknown.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

LAST = 1e-7
"""A Newton step this short, in the units given, is the last: it leaves about its square."""

MOST = 8
"""Most Newton steps: from a prediction near the curve two or three do."""

TURN = 0.12
"""Angle between neighbouring tangents, in radians, that steps aim at: some fifty points around a circle."""

SHARPEST = 0.5
"""Angle at which a step is taken again at half its length."""

EASY = 4
"""Newton steps up to which a step is not too long."""

SHORTEST = 1e-9
"""Shortest step: less is lost in the rounding of points whose units are their size."""

Newton = Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array, Any]]
"""From y, (N,), and a direction c, (N,), to the change a with F + F' a = 0 and c.a = 0, to the direction t along the
curve, F' t = 0 and c.t = 1, and to anything else that is known there; a, t and c in the units, y not."""


class Corrected(NamedTuple):
    """Where Newton's method ended: y, (N,); the tangent there, (N,), of length 1 in the units; the length of the last
    change, the number of changes, whether it converged; and what else is known just before the last change."""

    y: Any
    tangent: Any
    change: Any
    count: Any
    converged: Any
    known: Any


def correct(
    newton: Newton, guess: jax.Array, c: jax.Array, units: jax.Array | float = 1.0, last: float | jax.Array = LAST
) -> Corrected:
    """Newton's method from a guess, (N,), across the direction c, (N,)."""

    def unfinished(state):
        _, change, before, count, _ = state
        # Where a change is no shorter than the one before, nothing is near.
        return (change > last) & (count < MOST) & ((count < 2) | (change < before))

    def iterate(state):
        y, change, _, count, _ = state
        a, t, known = newton(y, c)
        return y + units * a, jnp.linalg.vector_norm(a), change, count + 1, (t, known)

    shapes = jax.eval_shape(newton, guess, c)[1:]
    nothing = jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), shapes)
    far = jnp.asarray(jnp.inf)
    y, change, _, count, (t, known) = jax.lax.while_loop(unfinished, iterate, (guess, far, far, 0, nothing))
    return Corrected(y, t / jnp.linalg.vector_norm(t), change, jnp.asarray(count), change <= last, known)


class Step(NamedTuple):
    """A point of a curve: y, (N,), the tangent there, (N,), neither in units, whether it is one, the angle to the
    tangent before, how many Newton steps it took, and what else is known."""

    y: np.ndarray
    tangent: np.ndarray
    converged: bool
    angle: float
    count: int
    known: Any


def trace(advance: Callable[[Step, float], Step], start: Step, length: float, longest: float) -> Iterator[Step]:
    """The points of a curve beyond the first, in steps that follow its turning, until none is found.

    Args:
        advance: One step from a point, of a length in the units of that point.
        start: The first point.
        length, longest: Of the first step, and of any.
    """
    here = start
    while length > SHORTEST:
        there = advance(here, length)
        if not there.converged or not there.angle < SHARPEST:
            length = length / 2
            continue
        yield there
        here = there
        ease = min(TURN / max(there.angle, 1e-3), EASY / max(there.count, 1))
        length = min(longest, length * float(np.clip(ease, 0.4, 2.0)))
