"""How a solve ended: the one vocabulary of solvers, sweeps and attractors."""

import enum
from typing import Self

import jax
import numpy as np

from jaxsync.models.base import is_traced


class Outcome(enum.IntEnum):
    """What was found, or why there is nothing. Each member has a sentence: `found`, what it is, `remedy`, what to try.

    A state's numbers are there if its outcome is that of its kind: FIXED_POINT of a `FixedPoint`, LIMIT_CYCLE of a
    `LimitCycle`. The numbers of the members are what batched results and stored sweeps hold.

    Example:
        >>> import jaxsync as js
        >>> print(js.Outcome.FIXED_POINT, '-', js.Outcome.FIXED_POINT.found)
        fixed point - the motion comes to rest at a fixed point
    """

    found: str
    remedy: str

    def __new__(cls, number: int, found: str, remedy: str = "") -> Self:
        member = int.__new__(cls, number)
        member._value_ = number
        member.found, member.remedy = found, remedy
        return member

    NOT_COMPUTED = -1, "nothing has been computed yet", "make the same call again"
    OK = 0, "the numbers are there"
    FIXED_POINT = 1, "the motion comes to rest at a fixed point", "look at find_fixed_point, or start elsewhere"
    LIMIT_CYCLE = 2, "the motion settles on a limit cycle", "look at find_limit_cycle"
    QUASIPERIODIC = 3, "the motion has two or more frequencies without a common period", "look at simulate"
    CHAOTIC = 4, "the motion is chaotic", "look at simulate"
    DIVERGED = (
        5,
        "the motion grows without bound",
        "look at the signs of rates and detunings",
    )
    UNSTABLE = 6, "the state found is unstable and has no covariance", "look at classify for what the motion does"
    MARGINAL = 7, "the state found is on the border of stability and has no covariance", "move a parameter"
    NO_PERIOD = (
        8,
        "no orbit closes near where the motion ends: it is quasi-periodic, chaotic, or has not settled",
        "look at classify, or allow more by Settings(budget=...)",
    )
    NOT_REACHED = (
        9,
        "there is a cycle, but the motion ends away from it or leaves it",
        "follow the motion longer by the settings, or start elsewhere",
    )
    NOT_CONVERGED = 10, "no root was found by Newton's method", "start elsewhere, or look at find_fixed_points"
    NOT_FINITE = 11, "a number is not finite, and the measure says no more", "return an outcome with the measure"
    UNRESOLVED = (
        12,
        "what the motion does could not be decided",
        "allow more by Settings(budget=..., steps=...) or thorough=True",
    )

    @property
    def lost(self) -> bool:
        """Whether there is no state that numbers could be of, rather than a state of one kind or another."""
        return self >= Outcome.DIVERGED

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")


def read_outcome(code: jax.Array) -> "Outcome | jax.Array":
    """The member of one number; of a batch, or inside a transformation, the numbers themselves."""
    return code if is_traced(code) or np.ndim(code) else Outcome(int(code))
