"""The motion carried along a parameter and back: hysteresis."""

import numpy as np
import pytest
from cases import model_of
from systems import KerrMode

import jaxsync as js

SETTINGS = js.Settings(thorough=False)


def test_hysteresis_of_a_kerr_mode_follows_the_cubic():
    """Upwards the weakest steady state is kept while it exists, downwards the strongest."""
    drives = np.linspace(0.5, 6.0, 23)
    hysteresis = js.follow(KerrMode(), "drive", drives, settings=SETTINGS)
    expected = [KerrMode(drive=float(drive)).exact_quanta() for drive in drives]
    up, down = hysteresis.up.sizes[:, 0] ** 2, hysteresis.down.sizes[::-1, 0] ** 2
    np.testing.assert_allclose(up, [n[0] for n in expected], rtol=1e-8)
    np.testing.assert_allclose(down, [n[-1] for n in expected], rtol=1e-8)
    np.testing.assert_array_equal(
        hysteresis.bistable(), [d for d, n in zip(drives, expected, strict=True) if n.size == 3]
    )
    assert hysteresis.bistable().size > 3
    assert np.all(hysteresis.up.outcomes == js.Outcome.FIXED_POINT)


def test_two_cycles_of_the_paper_coexist_along_kerr():
    """From vacuum at K = 2e-5 the motion is anti-phase; carried up from K = -2e-5 it stays in phase."""
    hysteresis = js.follow(model_of({}), "kerr", np.array([-2e-5, 0.0, 2e-5]))
    assert np.all(hysteresis.up.outcomes == js.Outcome.LIMIT_CYCLE)
    np.testing.assert_allclose(hysteresis.up.s_q[:2], [0.31862508, 0.28914157], rtol=1e-5)  # tests/data
    anti_phase = js.find_limit_cycle(model_of({"kerr": 2e-5}))
    assert abs(float(anti_phase.period) / hysteresis.up.period[-1] - 1) > 0.01


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: js.follow(model_of({}), "kerr", [1e-5, 0.0]), "`values`"),
        (lambda: js.follow(model_of({}), "kerrr", [0.0, 1e-5]), "did you mean `kerr`"),
        (lambda: js.follow(model_of({}), "kerr", [0.0, 1e-5], start="anywhere"), "`start`"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(js.InputError, match=words):
        call()
