"""Settings are checked where they are made, and reach every function that looks for states."""

import dataclasses
import inspect

import numpy as np
import pytest
from systems import StuartLandau

import jaxsync as js


@pytest.mark.parametrize("field", ["tolerance", "closeness"])
@pytest.mark.parametrize(
    "value", [0, -1.0, 0.2, 1e-14, float("nan"), float("inf"), "1", None, True, 1j, np.ones(2)], ids=repr
)
def test_tolerances_must_be_small_and_positive(field, value):
    with pytest.raises(js.InputError, match=f"^Field `{field}` of Settings must be a number from 1e-13 to 0.1, but is"):
        js.Settings(**{field: value})


@pytest.mark.parametrize(("field", "least"), [("steps", 5), ("budget", 128)])
@pytest.mark.parametrize("value", [0, -3, 2.5, 600.0, "600", None, True], ids=repr)
def test_counts_must_be_whole_and_large_enough(field, least, value):
    with pytest.raises(js.InputError, match=f"^Field `{field}` of Settings must be a whole number from {least} on"):
        js.Settings(**{field: value})


def test_copies_are_checked_too():
    with pytest.raises(js.InputError, match="`budget`"):
        dataclasses.replace(js.Settings(), budget=-1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        js.Settings().steps = 1


def test_equal_settings_share_compiled_programs():
    """They are hashed by value, whatever kind of number they are given as."""
    given = js.Settings(tolerance=np.float64(1e-6))
    assert given == js.Settings(tolerance=1e-6)
    assert hash(given) == hash(js.Settings(tolerance=1e-6))


def test_errors_are_value_errors():
    with pytest.raises(ValueError, match="`steps`"):
        js.Settings(steps=-1)


SOLVERS = ["find_limit_cycle", "classify", "find_attractors", "follow", "simulate_ensemble", "window_synchronization"]


@pytest.mark.parametrize("name", [*SOLVERS, "sweep", "design.synchronization"])
def test_they_are_an_argument_of_all_that_look_for_states(name):
    function = js
    for part in name.split("."):
        function = getattr(function, part)
    assert isinstance(inspect.signature(function).parameters["settings"].default, js.Settings)


def test_they_are_used():
    """An orbit has as many samples as asked for, and within one look no motion is known to settle."""
    start = np.array([3.0 + 0j])
    cycle = js.find_limit_cycle(StuartLandau(), start, settings=js.Settings(steps=24))
    assert cycle.amplitudes.shape == (24, 1)
    short = js.Settings(steps=24, budget=128, thorough=False)
    assert js.find_limit_cycle(StuartLandau(), start, throw=False, settings=short).time < cycle.time
