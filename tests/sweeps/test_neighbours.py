"""Cycles followed from point to point along an axis."""

import jax.numpy as jnp
import numpy as np
import pytest
from systems import Rings

import jaxsync as js

SETTINGS = js.Settings(budget=4096)
WIDTHS = np.concatenate([np.linspace(1.5, 0.02, 30), [-0.1, -0.2], np.linspace(0.3, 1.6, 10)])


@pytest.fixture(scope="module")
def followed():
    numbers = lambda cycle: {"period": cycle.period, "square": jnp.mean(jnp.abs(cycle.amplitudes[:, 0] - 1) ** 2)}
    axes = {"inner": [0.25, -0.25, 0.3], "width": WIDTHS}
    measure = js.Measure(lambda model: numbers(js.find_limit_cycle(model, throw=False)), of_cycle=numbers)
    return js.sweep(measure, Rings(), axes, along="width", settings=SETTINGS, chunk=2)


def test_neighbours_stay_on_their_branch(followed):
    """The outer cycle, r^2 = 2 + sqrt(width), is followed to its end, though vacuum leads inwards once width < 1."""
    on_branch = followed.isel(width=slice(0, 30))
    np.testing.assert_allclose(on_branch["square"], np.tile(2 + np.sqrt(WIDTHS[:30]), (3, 1)), rtol=1e-8)
    np.testing.assert_allclose(on_branch["period"], 2 * np.pi / (1 + on_branch["square"] / 10), rtol=1e-9)
    assert followed["start"].attrs["flag_meanings"] == "not_computed vacuum neighbour"
    np.testing.assert_array_equal(on_branch["start"], np.tile([0] + 29 * [1], (3, 1)))
    assert followed.attrs["start"] == "neighbour along width"


def test_neighbours_fall_back_to_vacuum_where_the_branch_is_lost(followed):
    """Beyond width = 0 the outer cycle is gone: vacuum leads to the inner one, followed from there, or to rest."""
    after = followed.isel(width=slice(30, None))
    for inner in (0.25, 0.3):
        row = after.sel(inner=inner)
        np.testing.assert_allclose(row["square"], inner, rtol=1e-8)
        np.testing.assert_array_equal(row["start"], [0] + 11 * [1])
    # Where there is no cycle at all the last one is kept in mind, and found again when it is there again.
    resting = after.sel(inner=-0.25)
    there = WIDTHS[30:] > 0
    np.testing.assert_array_equal(resting["outcome"], np.where(there, js.Outcome.LIMIT_CYCLE, js.Outcome.FIXED_POINT))
    np.testing.assert_array_equal(resting["start"], there)
    outer = np.where(there, 2 + np.sqrt(np.maximum(WIDTHS[30:], 0)), np.nan)
    np.testing.assert_allclose(resting["square"], outer, rtol=1e-8)
