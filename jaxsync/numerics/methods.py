"""A method of integration, as those who follow motions see it."""

from collections.abc import Callable
from typing import NamedTuple

from jaxsync.numerics import adaptive, implicit
from jaxsync.numerics.flow import step


class Method(NamedTuple):
    """attempt: one step tried, as `adaptive.attempt`. partial_step: the point a given time after one with its slope."""

    attempt: Callable
    partial_step: Callable


def _partial_step(velocity, x, slope, h):
    return step(velocity, x, h)  # in a loop over its stages: it is rare, and a copy of it slow to compile


EXPLICIT = Method(adaptive.attempt, _partial_step)
IMPLICIT = Method(implicit.attempt, implicit.partial_step)
