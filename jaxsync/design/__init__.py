"""Finding parameters: what to optimize for, the optimizer, and how the result bears imperfections."""

from jaxsync.design.imperfections import Tolerance, robust, tolerance
from jaxsync.design.locking import locking_width
from jaxsync.design.maximize import DesignResult, maximize
from jaxsync.design.objectives import (
    best_over,
    both_directions,
    contrast,
    difference,
    revival_factor,
    synchronization,
    weighted_sum,
    with_fields,
)
from jaxsync.design.sensitivities import Sensitivities, sensitivities

__all__ = [
    "DesignResult",
    "Sensitivities",
    "Tolerance",
    "best_over",
    "both_directions",
    "contrast",
    "difference",
    "locking_width",
    "maximize",
    "revival_factor",
    "robust",
    "sensitivities",
    "synchronization",
    "tolerance",
    "weighted_sum",
    "with_fields",
]
