"""Bounds, starts and optimizers on objectives with known maxima."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxsync as js
from jaxsync import design

FREE = {"kerr": (-1e-4, 1e-4), "delta_m": (-1.6, -0.4)}
MODEL = js.OptoMagnoMechanical(kerr=-2e-5)


def hill(model):
    """One maximum, 3, at kerr = 5e-5 and delta_m = -0.7."""
    return 3 - (model.kerr / 1e-4 - 0.5) ** 2 - (model.delta_m + 0.7) ** 2


def cliffs(model):
    """The hill, with no state at all, NaN, and NaN derivatives, on a part that the way there leads through."""
    blocked = (model.kerr > 0) & (model.kerr < 2e-5)
    return hill(model) + 0 * jnp.sqrt(jnp.where(blocked, -1.0, 1.0))


@pytest.mark.parametrize("optimizer", [None, optax.lbfgs(), optax.sgd(0.5)], ids=["adam", "lbfgs", "sgd"])
def test_optimizers_find_a_known_maximum(optimizer):
    found = design.maximize(hill, MODEL, FREE, starts=3, steps=60, optimizer=optimizer, screen=2, progress=False)
    np.testing.assert_allclose(found.value, 3, atol=1e-4)
    np.testing.assert_allclose([found.model.kerr * 1e4, found.model.delta_m], [0.5, -0.7], atol=0.02)
    assert found.start_value == pytest.approx(float(hill(MODEL)))
    assert found.history.shape == (60, 3) and found.points.shape == found.starts.shape == (3, 2)
    np.testing.assert_allclose(found.starts[0], [MODEL.kerr, MODEL.delta_m])
    assert "kerr=" in repr(found)


def test_a_maximum_at_the_bounds_is_approached_and_not_passed():
    found = design.maximize(lambda m: m.kerr * 1e4, MODEL, {"kerr": (-1e-4, 5e-5)}, starts=2, steps=80, progress=False)
    assert 0.495 < found.value <= 0.5


def test_starts_without_a_state_disturb_no_other():
    found = design.maximize(cliffs, MODEL, FREE, starts=16, steps=40, seed=1, progress=False)
    np.testing.assert_allclose(found.value, 3, atol=1e-3)
    assert np.all(np.isfinite(found.values)) and np.isnan(found.history).any()


def test_same_seed_same_result_whatever_the_chunk():
    run = lambda seed, chunk: design.maximize(
        hill, MODEL, FREE, starts=6, steps=12, screen=4, seed=seed, chunk=chunk, progress=False
    )
    one, other, third = run(3, 6), run(3, 4), run(4, 6)
    np.testing.assert_allclose(one.history, other.history, rtol=1e-9)
    assert not np.allclose(one.starts[1:], third.starts[1:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"free": {}}, "`free` is empty"),
        ({"free": {"kerr": (1e-4, -1e-4)}}, "increasing bounds"),
        ({"free": {"kerr": (0.0, np.nan)}}, "finite"),
        ({"free": {"ker": (-1e-4, 1e-4)}}, "did you mean `kerr`"),
        ({"free": {"kappa_a": (-1.0, 1.0)}}, "must not be negative"),
        ({"free": {"kerr": (0.0, 1e-4)}}, "starts at -2e-05: widen the bounds"),
        ({"objective": lambda m: jnp.ones(3) * m.kerr}, "one real number"),
        ({"objective": lambda m: (m.kerr, m.kerr)}, "one real number"),
        ({"objective": lambda m: m.kerr * jnp.nan}, "not finite at any"),
        ({"starts": 0}, "`starts` must be 1 or more"),
        ({"steps": 0}, "`steps` must be 1 or more"),
    ],
)
def test_bad_input_is_one_sentence(change, message):
    arguments = {"objective": hill, "model": MODEL, "free": FREE, "starts": 2, "steps": 1, "progress": False} | change
    with pytest.raises(js.InputError, match=message):
        design.maximize(**arguments)
