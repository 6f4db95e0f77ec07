"""Sweeps: values, labels, chunks, compilations, failures with their outcomes, neighbours, and what is refused."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, model_of
from systems import Rings, StuartLandau

import jaxsync as js
from jaxsync.batches import program
from jaxsync.cli.measures import MEASURES

SETTINGS = js.Settings(budget=4096)


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


def test_the_dataset_says_what_it_was_made_with():
    data = run(difference, {"inner": [0.0, 1.0]}, Rings(gain=2.5), chunk=2)
    assert json.loads(data.attrs["parameters"])["gain"] == 2.5
    assert {"jaxsync", "jax", "xarray"} <= json.loads(data.attrs["versions"]).keys()
    assert json.loads(data.attrs["settings"])["budget"] == js.Settings().budget
    assert data.attrs["precision"] == "float64"
    assert data.attrs["start"] == "vacuum"
    assert data.attrs["measure"] == "test_grid.difference"
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


def test_chunks_are_sized_from_the_memory(monkeypatch):
    """A measure that takes 8 kB a point, in 1 MB: less than the points that a processor likes best."""
    measure = lambda model: jnp.sum(
        jnp.linalg.inv(jnp.eye(32) * (2 + model.inner) + jnp.outer(*[jnp.arange(32.0)] * 2))
    )
    axes = {"inner": np.linspace(0, 1, 4096)}
    free = js.sweeps.plans.FromVacuum(
        js.Measure(measure), Rings(), js.sweeps.axes.read_axes(Rings(), axes), None, js.Settings()
    )
    monkeypatch.setattr(program, "_budget", lambda: 1e6)
    tight = js.sweeps.plans.FromVacuum(
        js.Measure(measure), Rings(), js.sweeps.axes.read_axes(Rings(), axes), None, js.Settings()
    )
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


@pytest.mark.slow
def test_what_a_batch_leaves_open_is_looked_at_once_more():
    """A quality factor of 1e5: the amplitude of 100 quanta grows for longer than the steps of a batch reach."""

    def size(model):
        cycle = js.find_limit_cycle(model, np.array([1.0]), throw=False)
        return {"size": jnp.max(jnp.abs(cycle.amplitudes)), "outcome": cycle.code}

    model = StuartLandau(mu=1e-5, g=1e-7)
    quick = js.sweep(size, model, {"g": [1e-7]}, settings=js.Settings(thorough=False))
    assert quick["outcome"].item() in js.states.thorough.UNDECIDED
    assert np.isnan(quick["size"].item())
    whole = js.sweep(size, model, {"g": [1e-7, 4e-7]})
    np.testing.assert_array_equal(whole["outcome"], js.Outcome.LIMIT_CYCLE)
    np.testing.assert_allclose(whole["size"], [10.0, 5.0], rtol=1e-8)
