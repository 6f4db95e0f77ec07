"""How the points of a chunk are computed: each from vacuum, or each from its neighbour on the grid.

A chunk's result depends on its number alone: not on the device, the thread, or what was computed before.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.batches.program import Program, fitting
from jaxsync.errors import InputError
from jaxsync.measures.measure import Measure
from jaxsync.models.equations import as_arrays
from jaxsync.states.limit_cycle import cycle_near, find_limit_cycle
from jaxsync.states.outcome import Outcome
from jaxsync.states.settings import Settings
from jaxsync.states.thorough import UNDECIDED
from jaxsync.sweeps.axes import Dimension
from jaxsync.sweeps.blocks import Blocks
from jaxsync.sweeps.readout import numbers_of

NARROW = 8
"""Points, and parts of a chunk, to a run of what only some points need: fewer take as long, more are rarely needed."""

JUMP = 0.2
"""Farthest that an orbit may be from the point of its neighbour's that Newton's method started at, over its extent:
beyond this it is taken for another attractor's."""


class FromVacuum:
    """`measure` of the model at each point, its `otherwise` where that is not finite, and where its outcome leaves open
    what the device does, all of it once more, outside of batches, where solvers follow a motion by every means."""

    start = "vacuum"

    def __init__(self, measure: Measure, model, dimensions, chunk, settings: Settings):
        self._measure, self._thorough, self._dimensions = measure, settings.thorough, dimensions
        self._base = as_arrays(model)
        shape = tuple(d.values.size for d in dimensions)
        one = {field: 0.0 for d in dimensions for field in d.fields}

        def program(function, name, width):
            return Program(lambda b, fields: numbers_of(function, b.replace(**fields), name), self._base, one, width)

        self.chunk, self._program = fitting(
            lambda points: program(measure.value, "measure", Blocks.fit(shape, points).width), chunk, math.prod(shape)
        )
        self.blocks = Blocks.fit(shape, self.chunk)
        self.variables, self.identity, self._second = list(self._program.outputs), self._program.identity, None
        if measure.otherwise is not None:
            self._second = program(measure.otherwise, "measure.otherwise", _narrow(self.blocks.width))
            new = [name for name in self._second.outputs if name not in self.variables]
            if new:
                raise InputError(
                    f"Argument `measure.otherwise` returns {', '.join(new)}, which its value does not; return names "
                    f"among {', '.join(self.variables)}."
                )
            self.identity += "+" + self._second.identity

    def compute(self, chunks: Sequence[int]) -> list[dict[str, np.ndarray]]:
        """The variables of as many chunks as there are devices, each of the blocks' shape."""
        fields = fields_of(self._dimensions, [self.blocks.indices(number) for number in chunks])
        fields = {name: values.reshape(len(chunks), -1) for name, values in fields.items()}
        values = {name: np.array(column) for name, column in self._program(self._base, fields).items()}
        if self._second is not None:
            for where, again in self._second.where(~_all_finite(values), self._base, fields):
                for name in again.keys() - {"outcome"}:
                    values[name][where] = again[name]
            # Only what says no more than that a number was missing is no longer true.
            missing = values["outcome"] == Outcome.NOT_FINITE
            values["outcome"][missing & _all_finite(values)] = Outcome.OK
        undecided = np.isin(values["outcome"], list(UNDECIDED)) & ~_all_finite(values)
        found = {}  # by point: what fills up a chunk is a repetition
        for where in zip(*np.nonzero(undecided & self._thorough), strict=True):
            point = tuple(column[where] for column in fields.values())
            if point not in found:
                found[point] = numbers_of(self._measure, self._base.replace(**dict(zip(fields, point, strict=True))))
            for name, value in found[point].items():
                values[name][where] = value
        return [{name: v[d].reshape(self.blocks.block) for name, v in values.items()} for d in range(len(chunks))]


class FromNeighbours:
    """`measure` of the limit cycle at each point, found from the cycle at the point before it along one axis."""

    def __init__(self, measure: Measure, model, dimensions, chunk, along: str, settings: Settings):
        names = [d.name for d in dimensions]
        of_cycle = measure.of_cycle
        if of_cycle is None:
            raise InputError(
                "Argument `measure` must have `of_cycle`, numbers of a limit cycle, where cycles are followed along an "
                "axis: give js.Measure(value, of_cycle=...)."
            )
        if along not in names:
            raise InputError(f"Argument `along` must be one of the axes ({', '.join(names)}), not {along!r}.")
        self._axis = names.index(along)
        self.start = f"neighbour along {names[self._axis]}"
        self._dimensions, self._modes = dimensions, len(model.modes)
        self._base = as_arrays(model)
        shape = tuple(d.values.size for d in dimensions)
        one = {field: 0.0 for d in dimensions for field in d.fields}

        def answer(cycle, there):
            values = numbers_of(of_cycle, cycle, "measure.of_cycle")
            # A cycle that is not there has no numbers, whatever the measure makes of it.
            given = values.pop("outcome")
            outcome = jnp.where(there & (given != Outcome.OK), given, cycle.code)
            values = {name: jnp.where(there, v, jnp.nan) for name, v in values.items()} | {"outcome": outcome}
            return Step(values, cycle.amplitudes[0], cycle.period, there)

        def follow(base, inputs):
            fields, point, period = inputs
            cycle = cycle_near(base.replace(**fields), point, period, settings)
            return answer(cycle, cycle.stable & (cycle.distance < JUMP))

        def search(base, fields):
            cycle = find_limit_cycle(base.replace(**fields), throw=False, settings=settings)
            return answer(cycle, cycle.stable)

        def lanes(points):
            return Blocks.fit(shape, points, whole=self._axis).width // shape[self._axis]

        start = (one, np.zeros(self._modes, complex), 0.0)
        self.chunk, self._follow = fitting(
            lambda points: Program(follow, self._base, start, lanes(points)),
            chunk,
            math.prod(shape) // shape[self._axis],
        )
        self._search = Program(search, self._base, one, _narrow(self._follow.width))
        self.blocks = Blocks.fit(shape, self.chunk, whole=self._axis)
        self.variables = [*self._follow.outputs.values, "start"]
        self.identity = f"{self._follow.identity}+{self._search.identity}"

    def compute(self, chunks: Sequence[int]) -> list[dict[str, np.ndarray]]:
        """The variables of as many chunks as there are devices, each of the blocks' shape."""
        fields = fields_of(self._dimensions, [self.blocks.indices(number) for number in chunks])
        fields = {name: np.moveaxis(v, self._axis + 1, 1) for name, v in fields.items()}
        length, others = self.blocks.shape[self._axis], next(iter(fields.values())).shape[2:]
        fields = {name: v.reshape(len(chunks), length, -1) for name, v in fields.items()}
        lead = (len(chunks), self._follow.width)
        point, period = np.full((*lead, self._modes), np.nan, complex), np.full(lead, np.nan)
        rows = []
        for i in range(length):
            here = {name: v[:, i] for name, v in fields.items()}
            # At the first point there is no neighbour, so that its answer is lost, and it has the types of the others.
            step = jax.tree.map(np.array, self._follow(self._base, (here, point, period)))
            lost = ~step.there
            point = np.where(lost[..., None], point, step.point)
            period = np.where(lost, period, step.period)
            for where, found in self._search.where(lost, self._base, here):
                for name, column in found.values.items():
                    step.values[name][where] = column
                # Where there is no cycle from vacuum either, the last one found is tried again at the next point.
                good = tuple(index[found.there] for index in where)
                point[good], period[good] = found.point[found.there], found.period[found.there]
            rows.append({**step.values, "start": np.where(lost, 0, 1).astype(np.int8)})
        columns = {name: np.stack([row[name] for row in rows], axis=1) for name in rows[0]}
        columns = {name: v.reshape(len(chunks), length, *others) for name, v in columns.items()}
        return [{name: np.moveaxis(v[d], 0, self._axis) for name, v in columns.items()} for d in range(len(chunks))]


class Step(NamedTuple):
    """One point of a branch: the measure's numbers, a point of the cycle, its period, and whether it is there."""

    values: Any
    point: Any
    period: Any
    there: Any


def fields_of(dimensions: Sequence[Dimension], indices: Sequence[tuple[np.ndarray, ...]]) -> dict[str, np.ndarray]:
    """What each field is at the points with these indices along the axes, one tuple per chunk; stacked."""
    return {
        field: np.stack([along[index[axis]] for index in indices])
        for axis, dimension in enumerate(dimensions)
        for field, along in dimension.fields.items()
    }


def _narrow(width):
    return min(width, max(NARROW, width // NARROW))


def _all_finite(values):
    return np.all(np.isfinite([column for name, column in values.items() if name != "outcome"]), axis=0)
