"""Settings are checked where they are made, and reach every function that looks for states."""

import dataclasses
import inspect

import numpy as np
import pytest
from systems import StuartLandau

import jaxsync as js


@pytest.mark.parametrize("field", ["transient", "step", "longest_period", "horizon"])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), "1", None, True, 1j, np.ones(2)], ids=repr)
def test_numbers_must_be_positive_and_finite(field, value):
    with pytest.raises(js.InputError, match=f"^Field `{field}` of Settings must be a positive finite number, but is"):
        js.Settings(**{field: value})


@pytest.mark.parametrize(("field", "least"), [("steps", 5)])
@pytest.mark.parametrize("value", [0, -3, 2.5, 60.0, "60", None, True], ids=repr)
def test_counts_must_be_whole_and_large_enough(field, least, value):
    with pytest.raises(js.InputError, match=f"^Field `{field}` of Settings must be a whole number from {least} on"):
        js.Settings(**{field: value})


@pytest.mark.parametrize("field", ["transient", "longest_period", "horizon"])
def test_times_must_have_a_step(field):
    with pytest.raises(
        js.InputError, match=rf"^Field `{field}` of Settings must be at least one step, 0\.2, but is 0\.1"
    ):
        js.Settings(**{field: 0.1})


def test_copies_are_checked_too():
    with pytest.raises(js.InputError, match="`horizon`"):
        dataclasses.replace(js.Settings(), horizon=-1.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        js.Settings().step = 1.0


def test_equal_settings_share_compiled_programs():
    """They are hashed by value, whatever kind of number they are given as."""
    given = js.Settings(transient=500, step=np.float64(0.1))
    assert given == js.Settings(transient=500.0, step=0.1)
    assert hash(given) == hash(js.Settings(transient=500.0, step=0.1))


def test_errors_are_value_errors():
    with pytest.raises(ValueError, match="`step`"):
        js.Settings(step=-1.0)


SOLVERS = ["find_limit_cycle", "classify", "find_attractors", "follow", "simulate_ensemble", "window_synchronization"]


@pytest.mark.parametrize("name", [*SOLVERS, "sweep", "design.synchronization"])
def test_they_are_an_argument_of_all_that_look_for_states(name):
    function = js
    for part in name.split("."):
        function = getattr(function, part)
    assert isinstance(inspect.signature(function).parameters["settings"].default, js.Settings)


def test_they_are_used():
    """A period that is longer than the longest one is not found, and an orbit has as many samples as asked for."""
    settings = js.Settings(transient=100.0, step=0.1, steps=24, longest_period=10.0)
    cycle = js.find_limit_cycle(StuartLandau(), np.array([3.0 + 0j]), settings=settings)
    assert cycle.amplitudes.shape == (24, 1)
    short = dataclasses.replace(settings, longest_period=2.0)
    assert not js.find_limit_cycle(StuartLandau(), np.array([3.0 + 0j]), throw=False, settings=short).converged
