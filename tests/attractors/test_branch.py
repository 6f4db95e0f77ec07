"""Branches through folds, and their special points, against closed forms."""

import jax
import numpy as np
import pytest
from systems import (
    Cell,
    Exchange,
    KerrMode,
    Langford,
    Oscillator,
    Quintic,
    Squeezed,
    StuartLandau,
    Subharmonic,
    VanDerPol,
)

import jaxsync as js
from jaxsync.attractors.layout import Layout

CIRCLE = np.exp(2j * np.pi * np.arange(60) / 60)[:, None]


def cycle_of(model, amplitudes, period):
    """A cycle to start from that is known, (60, n), without its fluctuations."""
    s, n = amplitudes.shape
    rates = 2j * np.pi / period * np.fft.fftfreq(s, 1 / s)[:, None]
    speeds = np.sqrt(2) * np.fft.ifft(rates * np.fft.fft(amplitudes, axis=0), axis=0)
    nothing = lambda *shape: np.full(shape, np.nan)
    return js.LimitCycle(
        model=model,
        code=np.int8(js.Outcome.LIMIT_CYCLE),
        period=np.float64(period),
        amplitudes=amplitudes,
        tangents=np.stack([speeds.real, speeds.imag], axis=-1).reshape(s, -1),
        phase_response=nothing(s, 2 * n),
        transverse_covariance=nothing(s, 2 * n, 2 * n),
        phase_correlation=nothing(s, 2 * n),
        phase_diffusion=nothing(),
        phase_modulation=nothing(s),
        initial_phase_variance=nothing(),
        monodromy=nothing(2 * n, 2 * n),
        contraction=nothing(),
        residual=nothing(),
        distance=nothing(),
        time=nothing(),
        kicked=np.bool_(False),
    )


@pytest.fixture(scope="module")
def kerr_branch():
    model = KerrMode()
    return js.follow(model, "drive", (0.5, 6.0), js.find_fixed_point(model))


def kerr_folds(model):
    """The drives at the two folds, ascending: where d(drive^2)/dn = 0 for n = |z|^2."""
    cubic = np.array([4 * model.kerr**2, 4 * model.kerr * model.delta, model.delta**2 + model.kappa**2, 0.0])
    return np.sort(np.sqrt(np.polyval(cubic, np.roots(np.polyder(cubic)))))


def test_fixed_points_of_a_kerr_mode_through_both_folds(kerr_branch):
    quanta = kerr_branch.sizes[:, 0] ** 2
    drive = np.sqrt(quanta * ((-2 + 0.1 * quanta) ** 2 + 0.25))
    np.testing.assert_allclose(drive, kerr_branch.values, rtol=1e-10)
    assert kerr_branch.ends == ("the bound", "the bound")
    np.testing.assert_array_equal(kerr_branch.values[[0, -1]], [0.5, 6.0])
    folds = kerr_branch.bifurcations
    assert [fold.kind.value for fold in folds] == ["fold", "fold"]
    np.testing.assert_allclose([fold.value for fold in folds[::-1]], kerr_folds(KerrMode()), rtol=1e-10)
    # Between the folds, along the curve, one direction grows.
    middle = slice(folds[0].after + 1, folds[1].after + 1)
    assert not kerr_branch.stable[middle].any()
    assert kerr_branch.stable[: folds[0].after + 1].all()
    assert kerr_branch.stable[folds[1].after + 1 :].all()
    assert [len(kerr_branch.at(value)) for value in (1.0, 3.0, 5.0)] == [1, 3, 1]


def test_derivatives_of_a_fold_forward_and_reverse(kerr_branch):
    fold = kerr_branch.bifurcations[0]
    value = lambda model: js.bifurcation_value(fold, model)
    gradient = jax.grad(value)(KerrMode())
    for name, h in (("kappa", 1e-4), ("delta", 1e-4), ("kerr", 1e-6)):
        at = lambda x, name=name: kerr_folds(KerrMode(**{name: x}))[1]
        here = getattr(KerrMode(), name)
        expected = (at(here + h) - at(here - h)) / (2 * h)
        np.testing.assert_allclose(getattr(gradient, name), expected, rtol=1e-6)
        forward = jax.jvp(lambda x, name=name: value(KerrMode(**{name: x})), (here,), (1.0,))[1]
        np.testing.assert_allclose(forward, getattr(gradient, name), rtol=1e-12)
    assert gradient.drive == 0
    # Far from the device that it was found for.
    np.testing.assert_allclose(value(KerrMode(kappa=0.7, delta=-2.5)), kerr_folds(KerrMode(kappa=0.7, delta=-2.5))[1])


def test_cusp_of_a_kerr_mode_is_passed(kerr_branch):
    """The folds meet where kappa = |delta|/sqrt(3): the border goes from one to the other."""
    border = js.follow_border(kerr_branch.bifurcations[0], ("drive", "kappa"), ((1.0, 8.0), (0.1, 2.0)))
    assert border.kind == "fold"
    np.testing.assert_allclose(border.values[:, 1].max(), 2 / np.sqrt(3), rtol=1e-3)
    for drive, kappa in border.values[::5]:
        if kappa < 1.15:
            assert np.min(np.abs(kerr_folds(KerrMode(kappa=kappa)) - drive)) < 1e-9
    both = [np.argmin(np.abs(kerr_folds(KerrMode(kappa=kappa)) - drive)) for drive, kappa in border.values[[0, -1]]]
    assert sorted(both) == [0, 1]


@pytest.fixture(scope="module")
def hopf():
    model = StuartLandau(mu=-0.1, beta=0.004)
    return js.follow(model, "mu", (-0.2, 0.2), js.find_fixed_point(model)).bifurcations


def test_from_a_hopf_point_onto_its_cycle(hopf):
    (point,) = hopf
    assert point.kind.value == "Hopf"
    np.testing.assert_allclose([point.value, point.frequency], [0.0, 1.5], atol=1e-10)
    model = point.model
    cycles = js.follow(model, "mu", (-0.2, 0.2), point)
    mu = cycles.values
    assert np.all(mu > 0) and mu[0] < 1e-2 and mu[-1] == 0.2
    assert cycles.stable.all() and cycles.bifurcations == ()
    exact = [StuartLandau(mu=value, beta=0.004) for value in mu]
    np.testing.assert_allclose(cycles.sizes[:, 0] ** 2, mu / model.g, rtol=1e-9)
    np.testing.assert_allclose(cycles.period, [m.exact_period() for m in exact], rtol=1e-10)
    np.testing.assert_allclose(cycles.phase_diffusion, [m.exact_phase_diffusion() for m in exact], rtol=1e-6)
    np.testing.assert_allclose(cycles.multipliers[:, 0], [m.exact_contraction() for m in exact], rtol=1e-6)
    assert np.isnan(cycles.s_q).all()  # one mode has no pair


@pytest.mark.slow
def test_a_cycle_through_a_fold_to_its_hopf_point():
    model = Quintic()
    start = cycle_of(model, np.sqrt(model.exact_quanta()[1]) * CIRCLE, 2 * np.pi / model.omega)
    branch = js.follow(model, "mu", (-0.5, 0.5), start)
    assert "the cycle shrinks to a fixed point" in branch.ends
    found = {special.kind.value: special for special in branch.bifurcations}
    assert set(found) == {"fold", "Hopf"}
    np.testing.assert_allclose(found["fold"].value, -0.25, rtol=1e-8)
    np.testing.assert_allclose([found["Hopf"].value, found["Hopf"].frequency], [0, 1.5], atol=1e-8)
    quanta = branch.sizes[:, 0] ** 2
    np.testing.assert_allclose(branch.values, quanta**2 - quanta, atol=1e-9)
    np.testing.assert_array_equal(branch.stable, quanta > 0.5)


@pytest.mark.slow
def test_van_der_pol_begins_to_oscillate():
    model = VanDerPol()
    (point,) = js.follow(model, "mu", (-1.0, 1.0), js.find_fixed_point(model)).bifurcations
    np.testing.assert_allclose([point.value, point.frequency], [0.0, 1.0], atol=1e-10)


@pytest.mark.slow
def test_torus_of_langford():
    model = Langford()
    radius = np.sqrt((model.c + model.a * model.b - model.b**3 / 3) / 2)
    start = cycle_of(model, np.hstack([radius * CIRCLE, 0 * CIRCLE + model.b / np.sqrt(2)]), 2 * np.pi / model.d)
    (torus,) = js.follow(model, "a", (-0.2, 0.8), start).bifurcations
    value, frequency, slope = model.exact_torus()
    assert torus.kind.value == "torus"
    np.testing.assert_allclose([torus.value, torus.frequency], [value, frequency], rtol=1e-8)
    gradient = jax.grad(lambda model: js.bifurcation_value(torus, model))(model)
    np.testing.assert_allclose([gradient.b, gradient.c, gradient.d], [slope, 0, 0], atol=1e-7)
    border = js.follow_border(torus, ("a", "b"), ((-0.2, 0.8), (0.3, 1.0)))
    np.testing.assert_allclose(border.values[:, 0], border.values[:, 1] ** 2, rtol=1e-7)


@pytest.mark.slow
def test_from_a_doubling_onto_the_doubled_cycle():
    model = Subharmonic()
    start = cycle_of(model, np.hstack([CIRCLE, 0 * CIRCLE]), 2 * np.pi / model.omega)
    (doubling,) = js.follow(model, "pump", (0.0, 0.8), start).bifurcations
    assert doubling.kind.value == "period doubling"
    np.testing.assert_allclose(doubling.value, model.loss, rtol=1e-8)
    doubled = js.follow(model, "pump", (0.0, 0.8), doubling)
    np.testing.assert_allclose(doubled.period, 4 * np.pi / model.omega, rtol=1e-9)
    np.testing.assert_allclose(doubled.sizes[:, 1] ** 2, doubled.values - model.loss, atol=1e-9)
    assert doubled.stable.all() and doubled.values[-1] == 0.8


def test_branch_point():
    model = Squeezed()
    (point,) = js.follow(model, "pump", (0.0, 0.8), js.find_fixed_point(model)).bifurcations
    assert point.kind.value == "branch point"
    np.testing.assert_allclose(point.value, model.loss, rtol=1e-8)
    with pytest.raises(js.InputError, match="`start` is a branch point"):
        js.follow(model, "pump", (0.0, 0.8), point)
    with pytest.raises(js.InputError, match="`bifurcation` is a branch point"):
        js.follow_border(point, ("pump", "loss"), ((0.0, 0.8), (0.0, 0.8)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "swing"),
    [
        (Cell(), 6379.98),
        (Cell(**{name: value * 1e9 for name, value in vars(Cell()).items()}), 6379.98),
        (Cell(kappa=20.0, gamma=1e-3, g=5e-3, delta=-10.0, drive=4000.0), 2139.95),
    ],
    ids=["quality factor of 10,000", "in other units", "stiff"],
)
def test_from_rest_to_a_large_oscillation_of_any_cell(cell, swing):
    """The swing of Re b at the last drive, from brute force (Runge-Kutta from vacuum, two steps that agree)."""
    weak = cell.replace(drive=0.1 * cell.drive)
    rest = js.follow(weak, "drive", (0.0, cell.drive), js.find_fixed_point(weak))
    (hopf,) = rest.bifurcations
    cycles = js.follow(hopf.model, "drive", (0.0, cell.drive), hopf)
    assert cycles.ends == ("the start", "the bound") and cycles.values[-1] == cell.drive
    assert cycles.stable[1:].all()
    phonon = np.asarray(cycles.states.amplitudes[-1, :, 1].real)
    np.testing.assert_allclose((phonon.max() - phonon.min()) / 2, swing, rtol=2e-3)  # of sixty samples


def test_as_a_dataset(kerr_branch):
    data = kerr_branch.to_dataset()
    np.testing.assert_array_equal(data["drive"], kerr_branch.values)
    assert data["kind"].values.tolist() == ["fold", "fold"]
    assert data.sizes["point"] == len(kerr_branch.values)


def test_a_branch_stops_after_as_many_points_as_were_asked_for():
    model = KerrMode()
    branch = js.follow(model, "drive", (0.5, 6.0), js.find_fixed_point(model), points=5)
    assert len(branch.values) == 9
    assert branch.ends == ("as many points as were asked for",) * 2


REST = KerrMode()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: js.follow(REST, "drive", (1.5, 6.0)), "`bounds` must hold the model's own drive = 1"),
        (lambda: js.follow(REST, "drive", (6.0, 0.5)), "`bounds` must be two finite numbers that increase"),
        (lambda: js.follow(REST, "drive", 3.0), "`bounds` must be two numbers"),
        (lambda: js.follow(REST, "drives", (0.5, 6.0)), "did you mean `drive`"),
        (lambda: js.follow(REST, "drive", (0.5, 6.0), "anywhere"), "`start`"),
        (
            lambda: js.follow(REST, "drive", (0.5, 6.0), js.find_fixed_point(Oscillator())),
            "`start` is a state of a Osc",
        ),
        (
            lambda: js.follow(Exchange(), "n1", (0.0, 1.0), js.find_fixed_point(Exchange())),
            "`field` is 'n1', on which the motion does not depend",
        ),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(js.InputError, match=words):
        call()


def test_bad_input_of_borders(kerr_branch):
    fold = kerr_branch.bifurcations[0]
    bounds = ((1.0, 8.0), (0.1, 2.0))
    for fields, limits, words in (
        (("drive", "drive"), bounds, "two different fields"),
        (("drive", "kappas"), bounds, "did you mean `kappa`"),
        (("drive", "kappa"), ((1.0, 2.0), (0.1, 2.0)), "must hold the bifurcation, at drive"),
    ):
        with pytest.raises(js.InputError, match=words):
            js.follow_border(fold, fields, limits)
    with pytest.raises(js.InputError, match="`model` must be a KerrMode"):
        js.bifurcation_value(fold, Oscillator())
    with pytest.raises(js.InputError, match="along one field"):
        js.design.locking_width(fold, js.Bifurcation(**(vars(fold) | {"field": "kappa"})))


def test_points_have_as_many_unknowns_as_they_say():
    layout = Layout(("drive",), 3)
    y = np.arange(3 * 2 + 2.0)
    np.testing.assert_array_equal(layout.chain(y), y[:6].reshape(3, 2))
    assert (layout.period(y), layout.values(y).tolist()) == (6.0, [7.0])
