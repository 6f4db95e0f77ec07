"""The panel and the claim on one-way topological transfer, at loops that SciPy integrates in tests/measures."""

import json

import matplotlib.figure
import numpy as np
import pytest
import xarray
from cases import ROOT

import jaxsync as js
from jaxsync.paper import topological
from jaxsync.paper.claims_topological import heavier


@pytest.mark.parametrize("effect", ["sagnac", pytest.param("kerr", marks=pytest.mark.slow)])
def test_the_points_of_both_directions(effect):
    """Loops are around the points: found here, as the tests of the points find them by SciPy."""
    way = topological.WAYS[effect]
    first, second = way.fields
    for model, where in zip((way.model, way.model.reversed()), way.points, strict=True):
        point = js.find_exceptional_point(model.replace(**{first: where, second: 15.0}), way.fields)
        np.testing.assert_allclose(point.values[0], where, atol=1e-4)
        assert point.defective
    # The chosen direction's lies inside the loop.
    chosen = js.find_exceptional_point(way.model.replace(**{first: way.points[0], second: 15.0}), way.fields)
    assert abs(float(chosen.values[1]) - way.drive) < way.stretch * way.radius


def test_mass_is_made_up_for_by_the_drive():
    """g / sqrt(rho) with drives sqrt(rho) larger, and K |m|^2 kept, is the same linear device."""
    way = topological.WAYS["kerr"]
    heavy = heavier(way, 4.0, 2.0)
    one, other = (js.encircle(w.model, w.loop(), 20.0, direction=w.direction) for w in (way, heavy))
    np.testing.assert_allclose(other.shares, one.shares, atol=1e-9)
    np.testing.assert_allclose(other.noise, one.noise, rtol=1e-8)


def test_claim_that_is_kept():
    """The designed loops are those confirmed elsewhere: share, contrast and gain as there."""
    answer = json.loads((ROOT / "docs" / "claims.json").read_text(encoding="utf-8"))
    row = next(row for row in answer["claims"] if row["name"] == "topological phonon transfer")
    for numbers in row["numbers"].values():
        assert numbers["contrast"] > 0.99
        assert numbers["share"] > 0.95
        assert 1e-3 < numbers["gain"] < 0.05


def test_drawing():
    position, radius = np.linspace(-1.5, 1.5, 5), np.array([0.01, 0.02, 0.03])
    shape = (2, 5, 3)
    share = np.broadcast_to(np.linspace(0, 1, 5)[None, :, None], shape)
    dims = ("effect", "position", "radius")
    data = xarray.Dataset(
        {"contrast": (dims, 2 * share - 1), "share": (dims, share), "share_back": (dims, share[:, ::-1])},
        coords={"effect": ["sagnac", "kerr"], "position": position, "radius": radius},
    )
    ax = matplotlib.figure.Figure().subplots()
    topological.draw_transfer(ax, data)
    left, right = ax.child_axes
    assert "$K$" in left.get_title()
    assert "rotation" in right.get_title()
    np.testing.assert_allclose(left.collections[0].get_array(), (2 * share - 1)[0].T)


@pytest.mark.slow
def test_map_is_one_way_around_either_point():
    """Where the loop is around the point of the other direction, that one transfers: the contrast changes its sign."""
    from jaxsync.paper.context import Context

    data = topological.transfer_maps(Context(quick=True), axes={"position": [-0.75, 1.0], "radius": [0.03, 0.06]})
    assert float(data["contrast"].sel(effect="sagnac", position=1.0, radius=0.06)) > 0.99
    assert float(data["contrast"].sel(effect="kerr", position=1.0, radius=0.03)) > 0.99
    assert float(data["contrast"].sel(effect="sagnac", position=-0.75).max()) < -0.8
