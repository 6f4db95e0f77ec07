"""The words in which a motion's end is told, and what stands beside them."""

import enum
from typing import Any, NamedTuple


class Kind(enum.IntEnum):
    """What a motion settles on, or why that is not known."""

    AT_REST = 0
    CYCLE = 1
    QUASIPERIODIC = 2
    CHAOTIC = 3
    DIVERGED = 4
    MARGINAL = 5
    """At rest where decay and growth cannot be told apart in double precision."""
    NEEDS_LONG = 6
    """The cheap path ended without a verdict: `settle_long` takes over."""
    UNRESOLVED = 7
    """The budget was spent without a verdict."""


class Settled(NamedTuple):
    """Where a motion came to.

    end: the last point, (n,). kind: a `Kind`. period: of the cycle, or of the best return seen; NaN where there was
    none. distance: to what it settles on, as the contraction from return to return (for a rest, Newton's method) tells,
    over the motion's extent; NaN where nothing tells. miss: of the best return of the last look, over the extent, NaN
    where there was none. kicked: whether it was pushed off an unstable rest by one quantum. time: how long it was
    followed. evaluations: of the velocity. looks: how often the batch was looked at. points, lengths: the way, (k, n)
    before each step and (k,) the step, zero where none was made; None unless asked for. exponents: the largest Lyapunov
    exponents, largest first, where they decided. multipliers: moduli of the cycle's Floquet multipliers without the
    neutral one, where they decided. horizon: what the exponents are averages over, in time.
    """

    end: Any
    kind: Any
    period: Any
    distance: Any
    miss: Any
    kicked: Any
    time: Any
    evaluations: Any
    looks: Any = None
    points: Any = None
    lengths: Any = None
    exponents: Any = None
    multipliers: Any = None
    horizon: Any = None
