"""`jaxsync reproduce`: every figure against numbers computed without jaxsync, and calls that are interrupted."""

import dataclasses
import json

import matplotlib.contour
import matplotlib.figure
import numpy as np
import pandas as pd
import pytest
import xarray
from cases import load

import jaxsync as js
from jaxsync.errors import InputError
from jaxsync.paper import (
    assumptions,
    claims_direction,
    context,
    ensembles,
    figures,
    panels,
    revival,
    synchronization,
)
from jaxsync.paper.points import KERR, device

EXPECTED = load("figures.json")["figures"]

CLOSED_FORM = 1e-2
"""What the closed form may leave out: the rest of the transient, 1 % by its own account."""


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Folder with all figures, few points."""
    folder = tmp_path_factory.mktemp("figures")
    figures.reproduce([], folder, quick=True)
    return folder


def rows_at(table, at):
    """The one row of a figure's table at these coordinates, to the rounding of its grid."""
    near = np.all([np.isclose(table[name], value, rtol=1e-9, atol=1e-12) for name, value in at.items()], axis=0)
    assert near.sum() == 1, at
    return table[near].iloc[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fig1d", "fig2a", "fig2b", "fig2c", "fig3a", "fig3b", "fig3c", "fig3d"])
def test_window_values(quick, name):
    table = pd.read_csv(quick / f"{name}.csv")
    for row in EXPECTED[name]:
        found = rows_at(table, row["at"])["s_q_window"]
        # Below 1e-3, S_Q is leaked phase diffusion, large numbers that cancel; 1e-5 of it is invisible in any figure.
        np.testing.assert_allclose(found, row["s_q"], rtol=CLOSED_FORM, atol=1e-5, err_msg=f"{name} {row['at']}")


@pytest.mark.slow
def test_revival_factor_is_the_ratio_of_maxima(quick):
    """Fig. 3e: the maxima over the same detunings."""
    table = pd.read_csv(quick / "fig3e.csv")
    highest = {}
    for row in EXPECTED["fig3e"]:
        key = row["at"]["kerr"], row["at"]["nbar"]
        highest[key] = max(highest.get(key, 0.0), row["s_q"])
    for (kerr, nbar), value in highest.items():
        found = rows_at(table, {"kerr": kerr, "nbar": nbar})
        np.testing.assert_allclose(found["s_q_maximum"], value, rtol=CLOSED_FORM)
        np.testing.assert_allclose(found["revival"], value / highest[0.0, 0.0], rtol=CLOSED_FORM)


@pytest.mark.slow
def test_couplings(quick):
    """Fig. 3f: root mean squares over the cycle, here over the 31 periods of the window and a part of one."""
    table = pd.read_csv(quick / "fig3f.csv")
    for row in EXPECTED["fig3f"]:
        found = rows_at(table, row["at"])
        np.testing.assert_allclose([found["coupling_a"], found["coupling_m"]], row["couplings"], rtol=1e-2)


@pytest.mark.slow
def test_pictures_and_records(quick):
    names = set(figures.PANELS) | set(figures.LAYOUTS)
    assert {path.stem for path in quick.glob("*.png")} == names
    for name in figures.PANELS:
        record = json.loads((quick / f"{name}.json").read_text())
        assert record["panel"] == name
        assert record["quick"] is True
        assert {"versions", "window", "start", "axes", "settings"} <= record.keys()
    assert all((quick / f"{name}.png").read_bytes().startswith(b"\x89PNG") for name in names)


def test_contour_of_the_revival_factor():
    """A factor that is 1 at one thermal phonon for all K: a straight line there."""
    nbar, kerr = np.linspace(0.0, 2.0, 6), np.linspace(-1e-4, 1e-4, 5)
    revival = np.broadcast_to(2.0 - nbar[:, None], (6, 5))
    data = xarray.Dataset({"revival": (("nbar", "kerr"), revival)}, coords={"nbar": nbar, "kerr": kerr})
    picture = matplotlib.figure.Figure()
    ax = picture.subplots()
    panels.draw_revival(ax, data)
    contour = next(artist for artist in ax.collections if isinstance(artist, matplotlib.contour.ContourSet))
    points = np.concatenate([path.vertices for path in contour.get_paths()])
    np.testing.assert_allclose(points[:, 0], 1.0)
    assert (points[:, 1].min(), points[:, 1].max()) == (-10.0, 10.0)


def test_interrupted_reproduction_resumes(monkeypatch, tmp_path):
    """Stopped after the points are there, the same call takes them from the store, and replaces its own files only."""
    passes = []

    def compute(context, name, axes):
        def measure(model):
            return {"s_q_window": model.kerr * 2, "coupling_a": model.kerr, "coupling_m": model.kerr}

        return context.sweep(name, measure, axes)

    def noted(*arguments, store, **options):
        passes.append(store)
        return js.sweep(*arguments, store=store, **options)

    def stop(ax, data):
        raise KeyboardInterrupt

    monkeypatch.setattr(context, "sweep", noted)
    panel = panels.Panel({"kerr": [-KERR, 0.0, KERR]}, stop, compute)
    monkeypatch.setattr(figures, "PANELS", {"fig3f": panel})
    monkeypatch.setattr(figures, "LAYOUTS", {})
    with pytest.raises(KeyboardInterrupt):
        figures.reproduce([], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["fig3f.zarr"]
    chunk = next(path for path in (tmp_path / "fig3f.zarr" / "s_q_window").rglob("0"))
    written = chunk.stat().st_mtime_ns

    drawn = dataclasses.replace(panel, draw=lambda ax, data: None)
    monkeypatch.setattr(figures, "PANELS", {"fig3f": drawn})
    for _ in range(2):  # once to complete, once more over its own files
        figures.reproduce([], tmp_path)
    assert chunk.stat().st_mtime_ns == written
    assert passes == [tmp_path / "fig3f.zarr"] * 3
    table = pd.read_csv(tmp_path / "fig3f.csv")
    np.testing.assert_allclose(table["s_q_window"], [-2 * KERR, 0, 2 * KERR])

    with pytest.raises(InputError, match="--force"):  # made at full resolution: not this call's
        figures.reproduce([], tmp_path, quick=True)
    with pytest.raises(InputError, match="--force"):  # made with other settings
        figures.reproduce([], tmp_path, settings=js.Settings(steps=80))
    figures.reproduce([], tmp_path, settings=js.Settings(steps=80), force=True)
    assert next((tmp_path / "fig3f.zarr" / "s_q_window").rglob("0")).stat().st_mtime_ns > written
    assert json.loads((tmp_path / "fig3f.json").read_text())["settings"]["steps"] == 80


class Seen(Exception):
    """The settings that a solver was called with."""


def solver(*arguments, settings, **options):
    raise Seen(settings)


@pytest.mark.parametrize(
    "compute",
    [
        lambda here: here.evaluate([device()]),
        lambda here: here.warm(0.0),
        lambda here: panels.synchronization_over(here, "points", {"kerr": [0.0]}),
        lambda here: panels.revival_over(here, "points", {"kerr": [0.0], "delta_m": [-1.0]}),
        assumptions.averaging_window,
        assumptions.effective_coupling,
        assumptions.start,
    ],
)
def test_settings_reach_every_solve(monkeypatch, compute):
    for module in (synchronization, revival, assumptions):
        monkeypatch.setattr(module, "find_limit_cycle", solver)
    monkeypatch.setattr(assumptions, "find_attractors", solver)
    settings = js.Settings(steps=80)
    with pytest.raises(Seen) as seen:
        compute(context.Context(quick=True, settings=settings))
    assert seen.value.args == (settings,)


def test_settings_reach_sweeps(monkeypatch):
    monkeypatch.setattr(context, "sweep", solver)
    settings = js.Settings(steps=80)
    with pytest.raises(Seen) as seen:
        claims_direction.like_a_transition(context.Context(quick=True, settings=settings))
    assert seen.value.args == (settings,)


def test_ensembles_are_found_by_their_curve():
    """K = 0 lies on Figs. 2c and 3c; values as in the validation, 1,500 trajectories: S_Q 5e-5, and 0.304 at -2e-5."""
    points = ensembles.ensemble_points("kerr", {})
    at = dict(zip(points[:, 0], points[:, 1], strict=True))
    assert at[0.0] < 1e-3
    np.testing.assert_allclose(at[-KERR], 0.304, atol=0.03)  # three of its standard errors
    assert list(ensembles.ensemble_points("kerr", {"nbar": 10.0})[:, 0]) == [-KERR, 0.0]
    assert list(ensembles.ensemble_points("delta_m", {"nbar": 10.0, "kerr": -KERR})[:, 0]) == [-1.1, -1.0, -0.9]


def test_every_marked_ensemble_is_kept():
    assert [point["at"] for point in ensembles.kept()] == ensembles.POINTS


def test_axes_that_change_several_fields():
    np.testing.assert_allclose([device(rho=4.0).g_a, device(rho=4.0).g_m], 0.0025)
    assert (device(gamma=0.01).gamma_1, device(gamma=0.01).gamma_2) == (0.01, 0.01)
    assert (device(nbar=3.0, kerr=1e-5).nbar_2, device(nbar=3.0, kerr=1e-5).kerr) == (3.0, 1e-5)
