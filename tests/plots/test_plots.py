"""Every plotting function draws on the axes it is given, what it is given, and returns what it drew."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray
from cases import model_of, trajectory

import jaxsync as js
from jaxsync import plots
from jaxsync.numerics.critical import Kind

MODEL = model_of({})
TIMES = np.linspace(1.0, 5.0, 4)


@pytest.fixture
def ax():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def random_amplitudes(*shape):
    random = np.random.default_rng(0)
    return random.normal(size=(*shape, 4)) + 1j * random.normal(size=(*shape, 4))


def test_orbit_of_a_trajectory(ax):
    amplitudes = random_amplitudes(4)
    (line,) = plots.plot_orbit(trajectory(MODEL, TIMES, amplitudes), ax=ax)
    assert line.axes is ax
    np.testing.assert_allclose(line.get_xdata(), np.sqrt(2) * amplitudes[:, 2].real)
    np.testing.assert_allclose(line.get_ydata(), np.sqrt(2) * amplitudes[:, 3].real)


def test_attractors_are_listed_with_their_shares(ax):
    parts = [
        js.Attractor(outcome, share, np.arange(2), None, np.full(4, np.nan), np.nan, np.nan)
        for outcome, share in ((js.Outcome.QUASIPERIODIC, 0.75), (js.Outcome.CHAOTIC, 0.25))
    ]
    artists = plots.plot_attractors(js.Attractors(MODEL, tuple(parts), 0, ("b1", "b2")), ax)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["75% quasiperiodic, from vacuum", "25% chaotic"]
    assert len(artists) == 2


def special(kind, value, after):
    """A bifurcation that was not searched for, to look at."""
    return js.Bifurcation(MODEL, kind, "kerr", value, None, np.nan, after, None, None, None)


def a_branch():
    """An S: stable from 0 to 3, back to 1, stable from there to 4."""
    values = np.array([0.0, 1.5, 2.8, 2.0, 1.2, 2.5, 4.0])
    stable = np.array([True, True, True, False, True, True, True])
    states = js.FixedPoint(MODEL, np.ones(7), np.arange(28.0).reshape(7, 4) + 0j, None, None, None)
    folds = (special(Kind.FOLD, 3.0, 2), special(Kind.FOLD, 1.0, 3))
    return js.Branch(MODEL, "kerr", values, states, stable, stable, np.zeros((7, 8)), np.arange(7.0), folds, ("", ""))


@pytest.mark.parametrize("quantity", ["s_q", "b1"])
def test_a_branch_with_its_jumps(ax, quantity):
    branch = a_branch()
    y = np.arange(7.0) if quantity == "s_q" else 4 * np.arange(7.0) + 2
    solid, _, first, up, second, down = plots.plot_branch(branch, quantity, ax)
    np.testing.assert_array_equal(solid.get_ydata(), np.where(branch.stable, y, np.nan))
    assert [mark.get_xdata()[0] for mark in (first, second)] == [3.0, 1.0]
    # From the upper end of the lower part up, from the lower end of the upper part down.
    assert (up.xyann[0], up.xy) == (3.0, (3.0, y[6]))
    assert (down.xyann[0], down.xy) == (1.0, (1.0, y[1]))
    with pytest.raises(js.InputError, match="`quantity`"):
        plots.plot_branch(branch, "b3", ax)


def test_ensemble_with_errors_on_linear_theory(ax):
    trajectories = random_amplitudes(20, 4)
    ensemble = js.Ensemble(
        MODEL, TIMES, trajectories, 0, 0.1, np.zeros(20, int), np.ones(1), (js.Outcome.LIMIT_CYCLE,), np.ones((1, 4))
    )
    linear = trajectory(MODEL, TIMES, random_amplitudes(4), np.tile(np.eye(8) / 2, (4, 1, 1)))
    line, bars = plots.plot_ensemble(ensemble, linear, ax=ax)
    np.testing.assert_allclose(line.get_ydata(), 1.0)  # vacuum: <dX_-^2> = <dY_-^2> = 1/2
    relative = (trajectories[..., 2] - trajectories[..., 3]).T
    spread = relative.real.var(axis=1, ddof=1) + relative.imag.var(axis=1, ddof=1)  # sqrt2 of quadrature and of O_-
    np.testing.assert_allclose(bars.lines[0].get_ydata(), 1 / spread)


def swept():
    """A sweep over x and y, in which x = 3 failed."""
    y, x = np.array([0.0, 1.0, 2.0, 4.0]), np.array([3.0, 2.0, 1.0])
    values = np.where(x == 3, np.nan, 10 * y[:, None] + x)
    outcome = np.where(x == 3, js.Outcome.NO_PERIOD, js.Outcome.OK) * np.ones((4, 1))
    data = {"s": (("y", "x"), values), "outcome": (("y", "x"), outcome)}
    return xarray.Dataset(data, coords={"y": ("y", y, {"units": "omega_1"}), "x": ("x", x, {"units": "1"})})


@pytest.mark.parametrize("horizontal", [None, "x", "y"])
def test_map_of_a_sweep(ax, horizontal):
    """Values lie at their coordinates, whichever way they are ordered, and a line runs between x = 2 and x = 3."""
    mesh, outline = js.plot_map(swept(), x=horizontal, ax=ax)
    x = horizontal or "x"
    expected = swept().sortby(["x", "y"])["s"].transpose(..., x).values
    np.testing.assert_array_equal(np.ma.filled(mesh.get_array(), np.nan).reshape(expected.shape), expected)
    edges = mesh.get_coordinates()[..., 0 if x == "x" else 1]
    assert (edges.min(), edges.max()) == (0.5, 3.5)
    (path,) = outline.get_paths()
    np.testing.assert_allclose(path.vertices[:, 0 if x == "x" else 1], 2.5)
    labels = {ax.get_xlabel(), ax.get_ylabel()}
    assert labels == {"x", "y (omega_1)"}


def test_map_with_borders(ax):
    points = np.array([[1.0, 0.5], [2.0, 1.5], [3.0, 3.0]])
    border = js.Border(MODEL, "fold", ("x", "y"), points, points[:, 0], points[:, 0], ("", ""))
    *_, line = js.plot_map(swept(), ax=ax, borders=[border])
    np.testing.assert_array_equal(line.get_xydata(), points)
    *_, line = js.plot_map(swept(), x="y", ax=ax, borders=[border])
    np.testing.assert_array_equal(line.get_xydata(), points[:, ::-1])
    with pytest.raises(js.InputError, match="`borders` must hold borders in x and y, but one is in x and z"):
        js.plot_map(swept(), ax=ax, borders=[js.Border(**(vars(border) | {"fields": ("x", "z")}))])


def test_map_without_failures_has_no_outline(ax):
    (mesh,) = js.plot_map(swept().isel(x=[1, 2]), "s", ax=ax)
    assert mesh.axes is ax


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "t"}, r"`name` must be a variable of the dataset \(s, outcome\), not 't'"),
        ({"outline": "t"}, "`outline` must be a variable"),
        ({"x": "z"}, r"`x` must be an axis of the dataset \(y, x\), not 'z'"),
        ({"dataset": swept().isel(x=0)}, "`dataset` must have two axes, but has y"),
    ],
)
def test_maps_that_cannot_be_drawn(ax, change, message):
    with pytest.raises(js.InputError, match=message):
        js.plot_map(**({"dataset": swept(), "ax": ax} | change))


def test_designs(ax):
    model = js.OptoMagnoMechanical(kerr=-2e-5)
    hill = lambda m: 1 - (m.kerr * 1e4) ** 2 + 0.1 * m.chi
    result = js.design.maximize(hill, model, {"kerr": (-1e-4, 1e-4)}, starts=2, steps=4, progress=False)
    *_, best, given = plots.plot_history(result, ax)
    assert np.all(np.diff(best.get_ydata()) >= 0) and best.get_ydata()[-1] == result.value
    np.testing.assert_allclose(given.get_ydata(), result.start_value)

    bars = plots.plot_sensitivities(js.design.sensitivities(hill, model), plt.subplots()[1])
    # The strongest, kerr, is on top, the last bar: d ln S / d ln K = -2 (K / 1e-4)^2 / S.
    assert len(bars) == 2
    np.testing.assert_allclose(bars[-1].get_width(), -2 * 0.2**2 / hill(model))

    found = js.design.tolerance(lambda m: m.chi, model, {"chi": 0.1}, samples=50)
    shares, nominal = plots.plot_tolerance(found, plt.subplots()[1])
    assert shares.get_ydata()[-1] == 1 and nominal.get_xdata()[0] == 0.02
    np.testing.assert_allclose(
        np.interp(-0.02, -shares.get_xdata(), shares.get_ydata()), found.yield_above(0.02), atol=0.03
    )


def test_sheets():
    """Both surfaces at the values of the dataset, the point at its frequency."""
    red = js.OptoMagnoMechanical(delta_m=1.0, drive_m=1.0)
    sheets = js.frequency_sheets(red, ("delta_a", "drive_a"), [1.0, 1.0198, 1.04], [13.8, 14.4, 15.0])
    point = js.find_exceptional_point(red.replace(delta_a=1.0, drive_a=14.0))
    artists = plots.plot_sheets(sheets, "frequency", point)
    shown = artists[-1].get_data_3d()
    np.testing.assert_allclose(np.ravel(shown), [*point.values, -complex(point.eigenvalue).imag])
    assert artists[0].axes.get_zlabel() == "frequency"
    with pytest.raises(js.InputError, match="three-dimensional"):
        plots.plot_sheets(sheets, ax=plt.subplots()[1])
    with pytest.raises(js.InputError, match="quantity"):
        plots.plot_sheets(sheets, "gap")
    plt.close("all")
