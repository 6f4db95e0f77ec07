"""Coexisting attractors."""

import jax.numpy as jnp
import numpy as np
import pytest
from cases import model_of
from systems import KerrMode

import jaxsync as js

SETTINGS = js.Settings(thorough=False)


@pytest.fixture(scope="module")
def coexisting():
    """The paper's parameters without Kerr effect and rotation."""
    return js.find_attractors(model_of({}), starts=64, seed=0)


def test_in_phase_and_anti_phase_cycles_are_separate(coexisting):
    """Amplitudes of the anti-phase cycles: about 250/425 and 385/265, by independent integration."""
    assert all(a.outcome == js.Outcome.LIMIT_CYCLE for a in coexisting)
    by_size = {tuple(np.round(a.amplitudes[2:], -1)): a for a in coexisting}
    np.testing.assert_allclose(sum(a.share for a in coexisting), 1)
    phases = {size: a.relative_phase / np.pi for size, a in by_size.items()}
    assert abs(phases[(330, 320)]) < 0.05
    assert abs(phases[(250, 420)]) > 0.8
    assert abs(phases[(390, 270)]) > 0.8
    vacuum = coexisting[coexisting.from_vacuum]
    assert 0 in vacuum.starts
    np.testing.assert_allclose(vacuum.s_q, 0.2891415698, rtol=1e-5)  # tests/data, the case without change
    assert "reached from vacuum" in repr(coexisting)


def test_motions_that_settle_slowly_are_told_apart_when_they_have():
    """Here motions to an anti-phase cycle come within a thousandth of it only in a second transient."""
    found = js.find_attractors(model_of({"kerr": -2e-5}), starts=64, seed=0)
    assert all(a.outcome == js.Outcome.LIMIT_CYCLE and np.all(np.isfinite(a.amplitudes)) for a in found)
    periods = np.sort([float(a.state.period) for a in found])
    assert np.all(np.diff(periods) > 1e-3)


def test_every_start_belongs_to_one_attractor(coexisting):
    members = np.sort(np.concatenate([a.starts for a in coexisting]))
    np.testing.assert_array_equal(members, np.arange(64))


def test_starts_may_be_given(coexisting):
    """Started on the cycles themselves, each draws one start."""
    starts = jnp.stack([a.state.amplitudes[7] for a in coexisting])
    again = js.find_attractors(model_of({}), starts=starts)
    assert len(again) == len(coexisting)
    assert again.from_vacuum is None
    np.testing.assert_allclose([a.share for a in again], 1 / len(coexisting))


def test_fixed_points_coexist_as_the_cubic_says():
    model = KerrMode(drive=3.5)
    quanta = model.exact_quanta()
    assert quanta.size == 3
    found = js.find_attractors(model, starts=32, settings=SETTINGS)
    assert all(a.outcome == js.Outcome.FIXED_POINT and a.state.stable for a in found)
    np.testing.assert_allclose(sorted(a.amplitudes[0] ** 2 for a in found), quanta[[0, 2]], rtol=1e-8)
    assert all(np.isnan(a.s_q) for a in found)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: js.find_attractors(KerrMode(), starts=0, modes=("z", "y")), "`modes`"),
        (lambda: js.find_attractors(model_of({}), starts=0), "`starts`"),
        (lambda: js.find_attractors(model_of({}), starts=np.ones((2, 3))), "`starts`"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(js.InputError, match=words):
        call()
