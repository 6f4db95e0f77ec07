"""What every panel and every claim is computed with: resolution, settings, numbers at points, and sweeps."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray

from jaxsync.measures.measure import Measure
from jaxsync.models.base import Model
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.paper.axes import AXES, FULL, QUICK, Resolution, Values, axis_of, values_along
from jaxsync.paper.points import PAPER, device
from jaxsync.paper.revival import WarmDevice
from jaxsync.paper.synchronization import Evaluator
from jaxsync.states.settings import Settings
from jaxsync.sweeps.grid import sweep
from jaxsync.sweeps.store import read_description

CUTS = 8
"""Points that a bracket is divided by in each round of a bisection: they take as long together as one."""


class Context:
    """How finely and carefully is computed, what has been computed, and where points are kept.

    quick: fewer points. settings: of every solve. folder: where sweeps are kept, to resume; they are not if it is None.
    anew: begin sweeps that are kept there again. progress: whether to show it.
    """

    def __init__(
        self,
        *,
        quick: bool = False,
        settings: Settings = Settings(),
        folder: Path | None = None,
        anew: bool = False,
        progress: bool = False,
    ):
        """Nothing has been computed."""
        self.quick, self.settings, self.progress = quick, settings, progress
        self.resolution = QUICK if quick else FULL
        self.evaluate = Evaluator(settings)
        self._folder, self._anew = folder, anew
        self._warm: dict[float, WarmDevice] = {}

    def values(self, name: str, given: Values) -> np.ndarray:
        """The numbers along an axis of the figures, (values,), at this resolution."""
        return values_along(name, given, self.resolution)

    def s_q(self, models: Sequence[OptoMagnoMechanical]) -> np.ndarray:
        """The window's S_Q, (models,)."""
        return self.evaluate(models)["s_q_window"]

    def along(self, name: str, values: Sequence[float] | np.ndarray, **fixed: float) -> np.ndarray:
        """The window's S_Q along an axis, (values,)."""
        return self.s_q([device(**{**fixed, name: float(value)}) for value in values])

    def warm(self, kerr: float) -> WarmDevice:
        """The device with thermal phonons at one K, over the detunings of the maps."""
        if kerr not in self._warm:
            self._warm[kerr] = WarmDevice(kerr, self.values("delta_m", "density"), self.settings)
        return self._warm[kerr]

    def range_around(
        self,
        holds: Callable[[np.ndarray], np.ndarray],
        name: str,
        start: float,
        low: float | None = None,
        high: float | None = None,
    ) -> tuple[float, float]:
        """`range_around` on an axis of the figures, by default over its whole range."""
        low = AXES[name].low if low is None else low
        high = AXES[name].high if high is None else high
        return range_around(holds, start, low, high, self.resolution)

    def sweep(
        self,
        name: str,
        measure: Measure | Callable,
        axes: Mapping[str, Values],
        model: Model = PAPER,
        along: str | None = None,
    ) -> xarray.Dataset:
        """A sweep of the paper's model, or another, over axes of the figures; kept under `name` if there is a folder.

        along: as for `jaxsync.sweep`.
        """
        store = None if self._folder is None else self._folder / f"{name}.zarr"
        if store is not None and self._anew and read_description(store) is not None:
            shutil.rmtree(store)
        return sweep(
            measure,
            model,
            {axis: axis_of(axis, self.values(axis, given)) for axis, given in axes.items()},
            along=along,
            store=store,
            settings=self.settings,
            progress=self.progress,
        )


def range_around(
    holds: Callable[[np.ndarray], np.ndarray], start: float, low: float, high: float, resolution: Resolution = FULL
) -> tuple[float, float]:
    """Ends of the connected range around `start` on which `holds`, an array of verdicts, is true, within [low, high].

    Each side is scanned outwards to the first point that fails, and the bracket bisected to about 1e-3 of the side's
    length (quick: 1e-2). A statement that fails at `start` has the range (nan, nan); an end at a limit is no end.
    """
    if not holds(np.array([start]))[0]:
        return float("nan"), float("nan")
    return _end(holds, start, low, resolution), _end(holds, start, high, resolution)


def _end(holds, start, limit, resolution):
    points = np.linspace(start, limit, resolution.scan + 1)
    good, bad = start, limit
    for number in range(resolution.rounds + 1):
        verdicts = np.asarray(holds(points[1:]))
        if verdicts.all():
            if number == 0:
                return float(limit)
            good = points[-1]
        else:
            first = int(np.argmin(verdicts)) + 1
            good, bad = points[first - 1], points[first]
        points = np.linspace(good, bad, CUTS + 2)[:-1]
    return float((good + bad) / 2)
