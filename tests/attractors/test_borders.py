"""Where the paper's cycle ends, against AUTO-07p, and what widens the range in which its phonons are locked.

AUTO's numbers: collocation with 60 intervals of degree 4, see tests/data/README.md.
"""

import jax
import numpy as np
import pytest
from cases import load, model_of

import jaxsync as js

AUTO = load("auto_tongue.json")
MODEL = model_of(AUTO["change"])


@pytest.fixture(scope="module")
def start():
    return js.find_limit_cycle(MODEL)


@pytest.fixture(scope="module")
def along_omega_2(start):
    return js.follow(MODEL, "omega_2", (0.94, 1.06), start)


@pytest.fixture(scope="module")
def edges(along_omega_2):
    """The two folds at which the stable part that holds the start ends."""
    stable = along_omega_2.stable
    return [b for b in along_omega_2.bifurcations if stable[b.after] != stable[b.after + 1]][-2:]


@pytest.mark.slow
def test_the_cycle_ends_in_folds_along_omega_2(along_omega_2, edges):
    assert [edge.kind.value for edge in edges] == ["fold", "fold"]
    np.testing.assert_allclose([edge.value for edge in edges], [fold["omega_2"] for fold in AUTO["folds"]], atol=1e-9)
    periods = [float(edge.state.period) for edge in edges]
    np.testing.assert_allclose(periods, [fold["period"] for fold in AUTO["folds"]], atol=1e-8)
    # The paper's cycle is on it, with what the search for cycles says of its fluctuations.
    at = along_omega_2.at(1.005)
    assert any(abs(along_omega_2.s_q[i] - 0.318625) < 3e-3 for i in at)


@pytest.mark.slow
def test_the_cycle_ends_in_tori_along_kerr(start):
    branch = js.follow(MODEL, "kerr", (-2e-4, 3e-4), start)
    ends = [b for b in branch.bifurcations if branch.stable[b.after] != branch.stable[b.after + 1]]
    tori = [b for b in ends if b.kind.value == "torus" and b.after > len(branch.values) // 3]
    np.testing.assert_allclose([b.value for b in tori], AUTO["tori"], rtol=1e-7)
    folds = [b.value for b in branch.bifurcations if b.kind.value == "fold"]
    assert np.min(np.abs(np.array(folds) - AUTO["fold_along_kerr"])) < 1e-11


@pytest.mark.slow
def test_the_tongue(edges):
    for edge, points in zip(edges, (AUTO["lower"], AUTO["upper"]), strict=True):
        border = js.follow_border(edge, ("chi", "omega_2"), ((0.01, 0.04), (0.92, 1.07)), points=40)
        assert "the bound" in border.ends
        for chi, omega_2 in points:
            value = js.bifurcation_value(edge, MODEL.replace(chi=chi))
            np.testing.assert_allclose(value, omega_2, atol=1e-5)
            # And the border passes there.
            x, y = (border.values - [chi, omega_2]).T
            assert np.min(np.hypot(x / 0.03, y / 0.15)) < 0.05


@pytest.mark.slow
def test_derivatives_of_the_edges(edges):
    """Forward, reverse, and by finite differences; none with respect to the field that the edges lie along."""
    for edge in edges:
        value = lambda model, edge=edge: js.bifurcation_value(edge, model)
        gradient = jax.grad(value)(MODEL)
        for name in ("chi", "gamma_1", "kerr", "drive_m"):
            here = float(getattr(MODEL, name))
            h = 1e-3 * abs(here)
            shifted = [float(value(MODEL.replace(**{name: here + k * h}))) for k in (-2, -1, 1, 2)]
            expected = np.dot([1, -8, 8, -1], shifted) / (12 * h)
            np.testing.assert_allclose(getattr(gradient, name), expected, rtol=1e-5, err_msg=name)
        assert gradient.omega_2 == 0
    width = js.design.locking_width(*edges)
    np.testing.assert_allclose(width(MODEL), AUTO["folds"][1]["omega_2"] - AUTO["folds"][0]["omega_2"], atol=1e-8)
    forward = jax.jvp(lambda chi: width(MODEL.replace(chi=chi)), (0.02,), (1.0,))[1]
    np.testing.assert_allclose(forward, jax.grad(width)(MODEL).chi, rtol=1e-12)
