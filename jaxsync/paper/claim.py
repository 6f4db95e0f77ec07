"""What a statement of the paper is, and what the paper leaves open, as data."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from jaxsync.paper.context import Context

HOLDS = "holds"
IN_RANGE = "holds within a stated range"
FAILS = "does not hold"

SYNCHRONIZED, NOT_SYNCHRONIZED = 0.1, 0.02
"""What counts as synchronized, at least, and as not, at most: the paper's "S_Q > 0" and "S_Q = 0" cannot be told apart
in numbers, where S_Q is never zero."""


class Found(NamedTuple):
    """What became of a statement: in words, the verdict, and the numbers by name."""

    found: str
    verdict: str
    numbers: dict[str, Any]


class Effect(NamedTuple):
    """What depends on an assumption: in words, and the numbers by name."""

    effect: str
    numbers: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Claim:
    """A statement of the paper by figure, a few of its words, and what judges it."""

    name: str
    figure: str
    words: str
    judge: Callable[[Context], Found]

    def row(self, context: Context) -> dict[str, Any]:
        """The claim with what was found, the verdict and the numbers."""
        return {"name": self.name, "figure": self.figure, "words": self.words, **self.judge(context)._asdict()}


@dataclasses.dataclass(frozen=True)
class Assumption:
    """What the paper leaves open, or to its Supplementary Information; what is taken here; what finds the effect."""

    name: str
    left_open: str
    taken: str
    judge: Callable[[Context], Effect]

    def row(self, context: Context) -> dict[str, Any]:
        """The assumption with its effect and the numbers."""
        return {"name": self.name, "left_open": self.left_open, "taken": self.taken, **self.judge(context)._asdict()}


def one_way(there: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Whether S_Q is that of synchronized modes in one direction, and not in the other."""
    return (there >= SYNCHRONIZED) & (back <= NOT_SYNCHRONIZED)
