"""How a grid is cut into chunks: blocks of one shape, so that a chunk of points is a chunk of the stored arrays."""

import dataclasses
import math
from typing import Self

import numpy as np


@dataclasses.dataclass(frozen=True)
class Blocks:
    """A grid of `shape` cut into blocks of the shape `block`, numbered in C order; those at the end may stick out."""

    shape: tuple[int, ...]
    block: tuple[int, ...]

    @classmethod
    def fit(cls, shape: tuple[int, ...], points: int, whole: int | None = None) -> Self:
        """Blocks of at most `points` points, long along the last axes, and as even as can be.

        whole: an axis that is not cut and whose length does not count.
        """
        block, room = [], points
        for axis in reversed(range(len(shape))):
            if axis == whole:
                block.append(shape[axis])
                continue
            # As many parts as that length needs, all equal but for rounding: little to fill up at the end.
            length = min(shape[axis], max(1, room))
            length = math.ceil(shape[axis] / math.ceil(shape[axis] / length))
            room //= length
            block.append(length)
        return cls(shape, tuple(reversed(block)))

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of blocks along each axis."""
        return tuple(-(-n // b) for n, b in zip(self.shape, self.block, strict=True))

    @property
    def width(self) -> int:
        """Points to a block."""
        return math.prod(self.block)

    def __len__(self) -> int:
        return math.prod(self.counts)

    def corner(self, number: int) -> tuple[int, ...]:
        """Position of a block among the blocks."""
        return tuple(int(i) for i in np.unravel_index(number, self.counts))

    def region(self, number: int) -> tuple[slice, ...]:
        """The part of the grid that a block covers."""
        corner = zip(self.corner(number), self.block, self.shape, strict=True)
        return tuple(slice(i * b, min((i + 1) * b, n)) for i, b, n in corner)

    def points(self, number: int) -> int:
        """Points of the grid in a block."""
        return math.prod(part.stop - part.start for part in self.region(number))

    def indices(self, number: int) -> tuple[np.ndarray, ...]:
        """Index along each axis of every point of a block, of the block's shape; what sticks out repeats the last."""
        corner = zip(self.corner(number), self.block, self.shape, strict=True)
        along = [np.minimum(np.arange(i * b, (i + 1) * b), n - 1) for i, b, n in corner]
        return tuple(np.meshgrid(*along, indexing="ij"))

    def crop(self, number: int, values: np.ndarray) -> np.ndarray:
        """What a block has on the grid: `values`, of the block's shape, without what sticks out."""
        return values[tuple(slice(part.stop - part.start) for part in self.region(number))]
