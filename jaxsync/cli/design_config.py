"""Designs as text: what to optimize, which fields are free, how imperfect the device may be."""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from jaxsync.cli.toml import read_toml
from jaxsync.design.imperfections import robust
from jaxsync.design.objectives import Objective, contrast, difference, revival_factor, synchronization
from jaxsync.errors import InputError
from jaxsync.states.settings import Settings

DETUNINGS = np.linspace(-1.4, -0.6, 17)
"""Magnon detunings over which the revival factor looks for its maxima."""

OBJECTIVES: dict[str, Callable[[Objective], Objective]] = {
    "contrast": lambda synchrony: partial(contrast, objective=synchrony),
    "difference": lambda synchrony: partial(difference, objective=synchrony),
    "synchronization": lambda synchrony: synchrony,
    "revival": lambda synchrony: lambda model: revival_factor(model, "delta_m", DETUNINGS, objective=synchrony),
}
"""By name, made of the synchronization of one device."""

KINDS = {
    "objective": str,
    "free": dict,
    "model": dict,
    "spread": dict,
    "statistic": (str, float),
    "samples": int,
    "starts": int,
    "steps": int,
    "seed": int,
}
"""What a file may have: the fields of `Design`."""


@dataclasses.dataclass(frozen=True)
class Design:
    """A design task: an objective's name, bounds by field, and optionally imperfections that it has to bear.

    model: fields of the starting point. spread, statistic, samples: see `robust`; without a spread they do nothing.
    """

    objective: str = "difference"
    free: Mapping[str, tuple[float, float]] = dataclasses.field(
        default_factory=lambda: {"kerr": (-1e-4, 1e-4), "delta_a": (-1.6, -0.4), "delta_m": (-1.6, -0.4)}
    )
    model: Mapping[str, float] = dataclasses.field(default_factory=dict)
    spread: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    statistic: str | float = 0.1
    samples: int = 16
    starts: int = 64
    steps: int = 150
    seed: int = 0

    def function(self, settings: Settings) -> Objective:
        """The objective, of the device as built if there is a spread; cycles are looked for with the `settings`."""
        if self.objective not in OBJECTIVES:
            raise InputError(f"Argument `objective` must be one of {', '.join(OBJECTIVES)}, not {self.objective!r}.")
        objective = OBJECTIVES[self.objective](partial(synchronization, settings=settings))
        if not self.spread:
            return objective
        return robust(self.spread, objective, statistic=self.statistic, samples=self.samples, seed=self.seed)


def read_design(path: Path) -> Design:
    """The design in a TOML file, whose keys are the fields of `Design`; [free] gives each field [low, high]."""
    content = read_toml(path, KINDS)
    if "free" in content:
        content["free"] = {name: read_bounds(name, bounds) for name, bounds in content["free"].items()}
    return Design(**content)


def read_bounds(field: str, text: Any) -> tuple[float, float]:
    """Bounds given as "low:high" or as a list of two numbers."""
    parts = text.split(":") if isinstance(text, str) else text
    try:
        low, high = (float(part) for part in parts)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Argument `free` must give `{field}` bounds as two numbers, low and high, not {text!r}."
        ) from error
    return low, high
