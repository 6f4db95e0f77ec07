"""Sweeps: values, labels, chunks, compilations, failures with their outcomes, neighbours, and what is refused."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, model_of
from systems import Rings

import jaxsync as js
from jaxsync.batches import program
from jaxsync.cli.measures import MEASURES
from jaxsync.sweeps.blocks import Blocks

SETTINGS = js.Settings(transient=600.0)  # the slowest of the rings contracts at a rate of 0.03


def run(measure, axes, model=Rings(), **options):
    return js.sweep(measure, model, axes, **({"progress": False} | options))


def difference(model):
    """inner - 10 width, in two names and a nest."""
    return {"whole": model.inner - 10 * model.width, "parts": {"a": model.inner, "b": [-10 * model.width, True]}}


@pytest.mark.parametrize("chunk", [1, 7, 16, 1000])
def test_values_are_where_their_coordinates_are(chunk):
    inner, width = np.linspace(0.0, 1.0, 11), np.array([3.0, 1.0, 2.0])
    data = run(difference, {"inner": inner, "width": width}, chunk=chunk)
    assert data["whole"].dims == ("inner", "width")
    np.testing.assert_array_equal(data["whole"], inner[:, None] - 10 * width)
    np.testing.assert_array_equal(data["whole"].sel(width=1.0), inner - 10)
    assert set(data.data_vars) == {"whole", "parts_a", "parts_b_0", "parts_b_1", "outcome"}
    np.testing.assert_array_equal(data["parts_b_1"], 1.0)
    assert not data["outcome"].any()


def test_a_bare_number_and_one_point():
    data = run(lambda model: model.inner * 2, {"inner": [0.5]})
    assert float(data["value"][0]) == 1.0


def test_several_fields_share_an_axis():
    rho = np.array([1.0, 4.0])
    axes = {
        "rho": js.Axis(rho, {"g_a": 0.005 / np.sqrt(rho), "g_m": 0.01 / np.sqrt(rho)}, unit="1"),
        "gamma": js.Axis([0.001, 0.002, 0.003], ["gamma_1", "gamma_2"]),
        "nbar_1": [0.0, 5.0],
    }
    measure = lambda m: {"g": m.g_a + m.g_m, "gamma": m.gamma_1 - m.gamma_2, "n": m.nbar_1, "chi": m.chi}
    with pytest.raises(js.InputError, match="returns `gamma`, which is an axis"):
        run(measure, axes, js.OptoMagnoMechanical())
    measure = lambda m: {"g": m.g_a + m.g_m, "both": m.gamma_1 * m.gamma_2, "n": m.nbar_1, "chi": m.chi}
    data = run(measure, axes, js.OptoMagnoMechanical(chi=0.5))
    assert data["g"].dims == ("rho", "gamma", "nbar_1")
    np.testing.assert_allclose(data["g"].isel(gamma=0, nbar_1=0), [0.015, 0.0075], rtol=1e-15)
    np.testing.assert_allclose(data["both"].isel(rho=1, nbar_1=1), np.array([1e-6, 4e-6, 9e-6]), rtol=1e-15)
    np.testing.assert_array_equal(data["chi"], 0.5)
    assert {name: c.attrs.get("units") for name, c in data.coords.items()} == {
        "rho": "1",
        "gamma": "omega_1",
        "nbar_1": "1",
    }


def test_the_dataset_says_what_it_was_made_with():
    data = run(difference, {"inner": [0.0, 1.0]}, Rings(gain=2.5), chunk=2)
    assert json.loads(data.attrs["parameters"])["gain"] == 2.5
    assert {"jaxsync", "jax", "xarray"} <= json.loads(data.attrs["versions"]).keys()
    assert json.loads(data.attrs["settings"])["tolerance"] == js.Settings().tolerance
    assert data.attrs["precision"] == "float64"
    assert data.attrs["start"] == "vacuum"
    assert data.attrs["measure"] == "test_sweeps.difference"
    assert (data.attrs["points"], data.attrs["failed"], data.attrs["not_computed"]) == (2, 0, 0)


def test_one_trace_and_one_compilation_also_with_a_ragged_end(tmp_path):
    traces, compilations = [], []

    def measure(model):
        traces.append(model)
        return jnp.sin(model.inner) * jnp.cos(model.width)

    axes = {"inner": np.linspace(0, 1, 13), "width": np.linspace(0, 1, 5)}
    run(difference, axes, chunk=7)  # what JAX compiles for itself when it first sees arrays of these shapes
    listener = lambda event, *_, **__: compilations.append(event) if "backend_compile" in event else None
    jax.monitoring.register_event_duration_secs_listener(listener)
    try:
        data = run(measure, axes, chunk=16, store=tmp_path / "s.zarr")
    finally:
        jax.monitoring.unregister_event_duration_listener(listener)
    assert (len(traces), len(compilations)) == (1, 1)
    np.testing.assert_allclose(data["value"], np.sin(axes["inner"])[:, None] * np.cos(axes["width"]), rtol=1e-14)


@pytest.mark.parametrize(("shape", "points", "whole"), [((5,), 2, None), ((7, 5, 3), 16, None), ((4, 9, 6), 8, 1)])
def test_blocks_cover_each_point_once(shape, points, whole):
    blocks = Blocks.fit(shape, points, whole)
    seen = np.zeros(shape, int)
    for number in range(len(blocks)):
        seen[blocks.region(number)] += 1
        flat = np.ravel_multi_index(blocks.indices(number), shape)
        assert flat.shape == blocks.block
        np.testing.assert_array_equal(
            blocks.crop(number, flat), np.arange(seen.size).reshape(shape)[blocks.region(number)]
        )
    assert (seen == 1).all()
    assert blocks.width <= points * (1 if whole is None else shape[whole])
    assert whole is None or blocks.block[whole] == shape[whole]


def test_chunks_are_sized_from_the_memory(monkeypatch):
    """A measure that takes 8 kB a point, in 1 MB: less than the points that a processor likes best."""
    measure = lambda model: jnp.sum(
        jnp.linalg.inv(jnp.eye(32) * (2 + model.inner) + jnp.outer(*[jnp.arange(32.0)] * 2))
    )
    axes = {"inner": np.linspace(0, 1, 4096)}
    free = js.sweeps.plans.FromVacuum(js.Measure(measure), Rings(), js.sweeps.axes.read_axes(Rings(), axes), None)
    monkeypatch.setattr(program, "_budget", lambda: 1e6)
    tight = js.sweeps.plans.FromVacuum(js.Measure(measure), Rings(), js.sweeps.axes.read_axes(Rings(), axes), None)
    assert free.chunk == free.blocks.width == program.CPU_CHUNK
    assert 1 <= tight.chunk < free.chunk
    runs = program.in_flight()
    assert tight._program.memory() * runs <= 1e6 < free._program.memory() * runs


def test_a_failed_point_is_nan_with_its_outcome_and_alone():
    """inner < 0 where vacuum leads inwards: the motion comes to rest. gain < 0: it may run away. Both known exactly."""

    def measure(model):
        cycle = js.find_limit_cycle(model, throw=False, settings=SETTINGS)
        return {"period": cycle.period, "found": cycle.converged, "outcome": cycle.code}

    axes = {"width": [-0.5, 0.5, 1.5], "gain": [-0.05, 0.05], "inner": [-0.25, 0.25]}
    data = run(measure, axes, chunk=12)
    outcome, rests, cycle = data["outcome"], js.Outcome.FIXED_POINT, js.Outcome.LIMIT_CYCLE
    assert (outcome.sel(gain=0.05, inner=0.25) == cycle).all()
    assert outcome.sel(gain=0.05, inner=-0.25).values.tolist() == [rests, rests, cycle]
    # gain < 0 turns growth round: what is outside of all cycles runs away, width = -0.5 has no other.
    assert (outcome.sel(gain=-0.05, width=-0.5) == js.Outcome.DIVERGED).all()
    failed = outcome.values != cycle
    assert np.isnan(data["period"].values[failed]).all()
    # Rest is a state too, of which a measure may have numbers: that no cycle was found is one.
    np.testing.assert_array_equal(data["found"].values[failed], np.where(outcome.values[failed] == rests, 0, np.nan))
    assert np.isfinite(data["period"].values[~failed]).all()
    inner = 2 * np.pi / (1 + 0.025)
    np.testing.assert_allclose(data["period"].sel(gain=0.05, inner=0.25, width=[-0.5, 0.5]), inner, rtol=1e-9)
    outer = 2 * np.pi / (1.2 + np.sqrt(1.5) / 10)
    np.testing.assert_allclose(data["period"].sel(gain=0.05, width=1.5), outer, rtol=1e-9)
    counts = json.loads(data.attrs["failures"])
    assert sum(counts.values()) == data.attrs["failed"] == failed.sum()
    assert counts["fixed point"] == 2
    # Nothing else: the points that did not fail have the same bits where the others do not fail either.
    alone = run(measure, {"width": [-0.5, 0.5, 1.5], "gain": [0.05, 0.1], "inner": [0.25, 0.5]}, chunk=12)
    np.testing.assert_array_equal(data["period"].sel(gain=0.05, inner=0.25), alone["period"].sel(gain=0.05, inner=0.25))


def test_outcomes_of_the_reference_cases(case_cycles, find_fixed_points, case_models):
    """No cycle where the reference has none, and why; unstable fixed points where it has positive eigenvalues."""
    outcomes = np.asarray(case_cycles.outcome)
    np.testing.assert_array_equal(outcomes == js.Outcome.LIMIT_CYCLE, ["cycle" in case for case in CASES])
    names = [case["name"] for case in CASES]
    assert outcomes[names.index("red detuned stable fixed point")] == js.Outcome.FIXED_POINT
    lost = outcomes[names.index("fig1 positive sagnac (no limit cycle from vacuum)")]
    assert lost in (js.Outcome.NO_PERIOD, js.Outcome.UNSTABLE, js.Outcome.NOT_REACHED)
    fixed = find_fixed_points(case_models)
    growth = np.linalg.eigvals(fixed.drift).real.max(axis=1)
    expected = np.where(growth < 0, js.Outcome.FIXED_POINT, js.Outcome.UNSTABLE)
    np.testing.assert_array_equal(fixed.outcome[fixed.converged], expected[fixed.converged])


def test_the_other_way_replaces_what_is_not_finite():
    first = lambda model: {"x": jnp.where(model.inner > 0.5, jnp.nan, model.inner), "y": model.width}
    second = lambda model: {"x": jnp.where(model.inner > 0.9, jnp.nan, -model.inner)}
    inner = np.linspace(0.0, 1.0, 21)
    data = run(js.Measure(first, otherwise=second), {"inner": inner, "width": [1.0, 2.0]}, chunk=12)
    expected = np.where(inner > 0.9, np.nan, np.where(inner > 0.5, -inner, inner))
    np.testing.assert_array_equal(data["x"], np.stack([expected] * 2, axis=1))
    np.testing.assert_array_equal(data["y"], np.tile([1.0, 2.0], (21, 1)))
    np.testing.assert_array_equal(data["outcome"].values == js.Outcome.NOT_FINITE, np.isnan(data["x"]))
    with pytest.raises(js.InputError, match=r"`measure\.otherwise` returns z, which its value does not"):
        run(js.Measure(first, otherwise=lambda model: {"z": model.inner}), {"inner": inner})


WIDTHS = np.concatenate([np.linspace(1.5, 0.02, 30), [-0.1, -0.2], np.linspace(0.3, 1.6, 10)])


@pytest.fixture(scope="module")
def followed():
    numbers = lambda cycle: {"period": cycle.period, "square": jnp.mean(jnp.abs(cycle.amplitudes[:, 0] - 1) ** 2)}
    axes = {"inner": [0.25, -0.25, 0.3], "width": WIDTHS}
    measure = js.Measure(lambda model: numbers(js.find_limit_cycle(model, throw=False)), of_cycle=numbers)
    return run(measure, axes, along="width", settings=SETTINGS, chunk=2)


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


def test_ready_measures_have_the_reference_values(find_cycles):
    """`directions` against the window's values of the reference cases at kerr = -2e-5 and +2e-5."""
    by_name = {case["name"]: case["window"]["s_q_mean"] for case in CASES}
    data = run(MEASURES["directions"], {"kerr": [-2e-5, 2e-5]}, model_of({}))
    there, back = by_name["kerr -2e-5"], by_name["kerr +2e-5"]
    # The closed form leaves out what remains of the transient: 1 %.
    np.testing.assert_allclose(data["s_q_forward"], [there, back], rtol=1e-2)
    np.testing.assert_allclose(data["s_q_reversed"], [back, there], rtol=1e-2)
    contrast = (there - back) / (there + back)
    np.testing.assert_allclose(data["contrast"], [contrast, -contrast], rtol=1e-3)


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({}, "`axes` must give at least one field"),
        (None, "`axes` must give at least one field"),
        ({"inner": []}, r"`inner` a list of one or more values, but it has shape \(0,\)"),
        ({"inner": 3.0}, r"one or more values, but it has shape \(\)"),
        ({"inner": [[1.0]]}, r"shape \(1, 1\)"),
        ({"inner": [0.0, 1.0, 0.0]}, "the value 0 twice along `inner`"),
        ({"inner": [0.0, np.nan]}, "`inner` finite values, but has nan"),
        ({"inner": [0.0, np.inf]}, "finite values, but has inf"),
        ({"inner": ["a"]}, "list of real numbers"),
        ({"inner": [1j]}, "list of real numbers"),
        ({"inner": [1.0, [2.0]]}, "list of real numbers"),
        ({"iner": [1.0]}, "Unknown field `iner` of Rings.*did you mean `inner`"),
        ({"zzz": [1.0]}, "Unknown field `zzz`.*its fields are inner, width"),
        ({"noise": [-1.0]}, "`noise` must not be negative"),
        ({"kind": [0, 1]}, "cannot change `kind`, which is static"),
        ({"a/b": js.Axis([1.0], ["inner"])}, "names as keys.*'a/b'"),
        ({"outcome": js.Axis([1.0], ["inner"])}, "names as keys, other than 'outcome'"),
        ({"g": js.Axis([1.0], [])}, "fields of the axis `g` must be one or more names"),
        ({"g": js.Axis([1.0], "inner")}, "fields of the axis `g` must be one or more names in a list"),
        ({"g": js.Axis([1.0, 2.0], {"inner": [1.0]})}, "gives `inner` 1 values along `g`, which has 2"),
        ({"g": js.Axis([1.0], {"inner": [np.nan]})}, "`inner` along `g` finite values"),
        ({"width": js.Axis([1.0], ["inner"])}, "axis called `width` that leaves this field alone"),
        ({"inner": [1.0], "g": js.Axis([1.0], ["inner"])}, "changes `inner` along `inner` and along `g`"),
    ],
)
def test_axes_are_refused(axes, message):
    with pytest.raises(js.InputError, match=message):
        run(difference, axes)


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (lambda m: {"a": m.inner} if m.inner > 0.5 else {"b": m.inner}, "`measure` looks at values.*same names"),
        (lambda m: float(m.inner), "`measure` looks at values"),
        (lambda m: np.sin(m.inner), "`measure` looks at values"),
        (lambda m: {"a": jnp.ones(3)}, "must return real numbers, but `a` is"),
        (lambda m: m.inner + 1j, "must return real numbers, but `value` is"),
        (lambda m: {"a": "text"}, "must return real numbers, but `a` is 'text'"),
        (lambda m: None, "returns no numbers"),
        (lambda m: {"outcome": 0}, "returns no numbers"),
        (lambda m: {"a": {"b": 1.0}, "a_b": 2.0}, "returns the name 'a_b', which is taken"),
        (lambda m: {"a/b": 1.0}, "returns the name 'a/b'"),
        (lambda m: {"inner": 1.0}, "returns `inner`, which is an axis"),
    ],
)
def test_measures_are_refused(measure, message):
    with pytest.raises(js.InputError, match=message):
        run(measure, {"inner": [0.0, 1.0]})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chunk": 0}, "`chunk` must be one or more points"),
        ({"chunk": 1.5}, "`chunk` must be one or more points"),
        ({"chunk": True}, "`chunk` must be one or more points"),
        ({"along": "inner"}, "`measure` must have `of_cycle`.*js.Measure"),
        (
            {"along": "width", "measure": js.Measure(difference, of_cycle=lambda cycle: cycle.period)},
            r"`along` must be one of the axes \(inner\), not 'width'",
        ),
    ],
)
def test_other_arguments_are_refused(options, message):
    with pytest.raises(js.InputError, match=message):
        run(**({"measure": difference, "axes": {"inner": [0.0, 1.0]}} | options))


def test_not_inside_a_transformation():
    with pytest.raises(js.InputError, match="`model` is traced: call sweep outside"):
        jax.jit(lambda gain: run(difference, {"inner": [0.0]}, Rings(gain=gain)))(1.0)
