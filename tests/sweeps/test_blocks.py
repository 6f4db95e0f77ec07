"""How a grid is cut into blocks."""

import numpy as np
import pytest

from jaxsync.sweeps.blocks import Blocks


@pytest.mark.parametrize(("shape", "points", "whole"), [((5,), 2, None), ((7, 5, 3), 16, None), ((4, 9, 6), 8, 1)])
def test_blocks_cover_each_point_once(shape, points, whole):
    blocks = Blocks.fit(shape, points, whole)
    seen = np.zeros(shape, int)
    for number in range(len(blocks)):
        seen[blocks.region(number)] += 1
        flat = np.ravel_multi_index(blocks.indices(number), shape)
        assert flat.shape == blocks.block
        np.testing.assert_array_equal(
            blocks.crop(number, flat), np.arange(seen.size).reshape(shape)[blocks.region(number)]
        )
    assert (seen == 1).all()
    assert blocks.width <= points * (1 if whole is None else shape[whole])
    assert whole is None or blocks.block[whole] == shape[whole]
