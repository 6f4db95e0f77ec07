"""What the numbers of a point of a curve are, and what they are measured by.

The unknowns of a point y, (N,): the chain, s points of 2n quadratures; the period of a cycle; the fields that vary;
and, of a special point with a pair of critical values, the pair's angle.
"""

from typing import Any, NamedTuple

import numpy as np

from jaxsync.numerics.critical import Kind
from jaxsync.numerics.periodic_orbit import EXPLICIT, Method


class Layout(NamedTuple):
    """What the numbers of a point are. kind: of the special points that a curve consists of, None for a branch.

    samples, substeps, method: how a cycle is cut into intervals, and each into steps; one sample is a fixed point.
    """

    fields: tuple[str, ...]
    samples: int = 1
    substeps: int = 1
    method: Method = EXPLICIT
    kind: Kind | None = None

    @property
    def rests(self) -> bool:
        """Whether it is about a fixed point."""
        return self.samples == 1

    @property
    def pair(self) -> bool:
        """Whether an angle is among the unknowns."""
        return self.kind is not None and self.kind.is_pair

    @property
    def square(self) -> bool:
        """Whether there are as many equations as unknowns: a special point, and no curve."""
        return self.kind is not None and len(self.fields) == 1

    def resolves(self, known: "Known") -> bool:
        """Whether steps of this kind resolve a cycle, from what is known of it."""
        steps = self.method.reach * self.samples * self.substeps
        return self.rests or bool(known.error < self.method.fine and known.rate <= steps)

    @property
    def scalars(self) -> int:
        """How many unknowns stand behind the chain."""
        return (not self.rests) + len(self.fields) + self.pair

    def chain(self, y: Any) -> Any:
        """The points of the chain, (s, 2n)."""
        return y[: y.shape[0] - self.scalars].reshape(self.samples, -1)

    def period(self, y: Any) -> Any:
        """The period of a cycle."""
        return y[y.shape[0] - self.scalars]

    def values(self, y: Any) -> Any:
        """The values of the fields, (k,)."""
        first = y.shape[0] - self.scalars + (not self.rests)
        return y[first : first + len(self.fields)]


class Frame(NamedTuple):
    """What a curve is measured by. clock: a time, for the rates of a fixed point; widths: of the fields' bounds, (k,);
    size: how far each quadrature goes on the largest cycle so far, or how large a fixed point is, (2n,)."""

    clock: Any
    widths: Any
    size: Any


class Known(NamedTuple):
    """What is known at a point besides its numbers, in units in which the chain's swing is 1.

    monodromy: of a cycle, (2n, 2n), or 1 + drift times clock of a fixed point. along: the flow at the first point.
    matrix: the condensed one, whose determinant changes sign at a branch point. slopes: the velocities that tell the
    phase, (s, 2n), without units. error, rate: what half the step changes in the orbit, and the fastest rate on it
    times the period.
    """

    monodromy: Any
    along: Any
    matrix: Any
    slopes: Any
    error: Any
    rate: Any


STATE = 3.0
"""How much less a change of the state counts than one of the field over its bounds: pictures are drawn over the field,
and what the state needs its turning tells."""

SMALL = 0.3
"""Share of the largest size so far below which a motion that shrinks is measured by that: it may shrink to nothing."""


def size_of(layout: Layout, y: Any, xp: Any = np) -> Any:
    """How far each quadrature goes on a cycle, or the modulus of its mode at a fixed point, (2n,).

    Not below a millionth of the largest, as in `periodic_orbit`; one quantum where nothing moves. xp: NumPy, or
    jax.numpy inside a transformation.
    """
    x = layout.chain(y)
    if layout.rests:
        size = xp.repeat(xp.sqrt(xp.sum(x.reshape(-1, 2) ** 2, axis=1)), 2)
    else:
        size = xp.max(xp.abs(x - xp.mean(x, axis=0)[None]), axis=0)
        size = xp.maximum(size, 1e-3 * xp.max(xp.abs(x), axis=0))
    return xp.where(xp.max(size) > 0, xp.maximum(size, 1e-6 * xp.max(size)), 1.0)


def units_of(layout: Layout, frame: Frame, y: Any, xp: Any = np) -> Any:
    """The unit of each number of a point, (N,); a step's length is a mean over the chain."""
    size = STATE * xp.maximum(size_of(layout, y, xp), SMALL * xp.asarray(frame.size))
    chain = xp.tile(size * layout.samples**0.5, layout.samples)
    period = y[:0] if layout.rests else layout.period(y)[None]
    return xp.concatenate([chain, period, xp.asarray(frame.widths), xp.ones(int(layout.pair))])
