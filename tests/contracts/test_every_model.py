"""For each model of the package, every public function with its default arguments works, or says in one sentence what
to give."""

import inspect
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxsync as js

MODELS = {name: getattr(js.models, name) for name in js.models.__all__ if name not in ("Model", "parameter")}
TIMES = [0.5, 1.0]


def number(model):
    """A measure that every model has: the largest quadrature after a short while."""
    return jnp.max(jnp.abs(js.simulate(model, TIMES, covariance=False).amplitudes))


def a_field(model):
    """A field that is not zero, with a value a little larger."""
    names = [name for name in vars(model) if isinstance(getattr(model, name), float) and getattr(model, name) != 0]
    return names[0], getattr(model, names[0])


def values(model):
    value = a_field(model)[1]
    return np.sort([value, 1.01 * value])


def two_fields(model):
    """Two fields that are not zero, and their values."""
    fields = [(name, value) for name, value in vars(model).items() if isinstance(value, float) and value != 0]
    return tuple(zip(fields[0], fields[-1], strict=True))


def a_small_loop(model):
    fields, center = two_fields(model)
    return js.ellipse(fields, center, 1e-3 * np.abs(center))


def unmodulated(model):
    """A modulation that changes nothing."""
    field, value = a_field(model)
    return js.modulate(model, {field: lambda t: value + 0 * t}, period=1.0)


def off_diagonal(matrix):
    """A mode makes no pair with itself."""
    return matrix[..., ~np.eye(matrix.shape[-1], dtype=bool)]


OF_MODELS = {
    "check_model": js.check_model,
    "find_fixed_point": js.find_fixed_point,
    "find_fixed_points": js.find_fixed_points,
    "find_limit_cycle": js.find_limit_cycle,
    "classify": js.classify,
    "simulate": lambda model: js.simulate(model, TIMES),
    "simulate_ensemble": lambda model: js.simulate_ensemble(model, TIMES, 2, 0),
    "find_attractors": js.find_attractors,
    "follow": lambda model: js.follow(model, a_field(model)[0], values(model) * [0.99, 1.01], points=4),
    "modulate": unmodulated,
    "find_exceptional_point": lambda model: js.find_exceptional_point(model, two_fields(model)[0]),
    "follow_exceptional_point": lambda model: js.follow_exceptional_point(
        model, a_field(model)[0], values(model), two_fields(model)[0]
    ),
    "frequency_sheets": lambda model: js.frequency_sheets(
        model, two_fields(model)[0], *(np.array([1.0, 1.01]) * value for value in two_fields(model)[1])
    ),
    "encircle": lambda model: js.encircle(model, a_small_loop(model), 1.0).shares,
    "window_synchronization": js.window_synchronization,
    "integrated_window": js.integrated_window,
    "Measure": js.Measure(number),
    "sweep": lambda model: js.sweep(number, model, {a_field(model)[0]: values(model)}),
    "design.synchronization": js.design.synchronization,
    "design.both_directions": js.design.both_directions,
    "design.contrast": js.design.contrast,
    "design.difference": js.design.difference,
    "design.best_over": lambda model: js.design.best_over(model, a_field(model)[0], values(model)),
    "design.revival_factor": lambda model: js.design.revival_factor(model, a_field(model)[0], values(model)),
    "design.with_fields": lambda model: js.design.with_fields(number)(model),
    "design.weighted_sum": lambda model: js.design.weighted_sum([(2.0, number)])(model),
    "design.robust": lambda model: js.design.robust({a_field(model)[0]: 0.01})(model),
    "design.tolerance": lambda model: js.design.tolerance(number, model, {a_field(model)[0]: 0.01}, samples=2),
    "design.sensitivities": lambda model: js.design.sensitivities(number, model),
    "design.maximize": lambda model: js.design.maximize(
        number, model, {a_field(model)[0]: tuple(np.sort([0.9 * values(model)[0], 1.1 * values(model)[1]]))},
        starts=1, steps=1, progress=False,
    ),
}  # fmt: skip

OF_STATES = {
    "complete_synchronization": js.complete_synchronization,
    "phase_synchronization": js.phase_synchronization,
    "effective_couplings": js.effective_couplings,
    "logarithmic_negativity": js.logarithmic_negativity,
    "gaussian_steering": js.gaussian_steering,
    "residual_contangle": js.residual_contangle,
    "symplectic_eigenvalues": js.symplectic_eigenvalues,
    "purity": js.purity,
    "minimum_variance": js.minimum_variance,
    "squeezing_db": js.squeezing_db,
    "window_on_cycle": js.window_on_cycle,
    "kuramoto_order": js.kuramoto_order,
    "phase_locking": js.phase_locking,
    "synchronization_matrix": lambda state: off_diagonal(js.synchronization_matrix(state)),
    "phase_synchronization_matrix": lambda state: off_diagonal(js.phase_synchronization_matrix(state)),
    "collective_synchronization": js.collective_synchronization,
    "spectrum": lambda state: js.spectrum(state, TIMES, state.model.modes[0]).density,
    "output_spectrum": lambda state: js.output_spectrum(state, TIMES, next(iter(state.model.ports()), "out")).density,
    "sideband_asymmetry": lambda state: js.sideband_asymmetry(state, TIMES, next(iter(state.model.ports()), "out")),
    "scattering": lambda state: js.scattering(state, TIMES).matrix,
    "spectral_lines": lambda state: js.spectral_lines(state, state.model.modes[0]).powers,
    "linewidth": lambda state: js.linewidth(state),
    "locking_range": lambda state: js.locking_range(state, state.model.modes[0], 0.1),
    "phase_coupling": lambda state: js.phase_coupling(state, state, lambda z, y: (y, z)).first,
    "estimate_spectrum": lambda state: js.estimate_spectrum(state, state.model.modes[0], 2).density,
    "estimate_linewidth": lambda state: js.estimate_linewidth(state, state.model.modes[0]),
    "heterodyne_record": lambda state: js.heterodyne_record(state, state.model.modes[0], 0.5, 0),
}

OF_BIFURCATIONS = {"bifurcation_value", "follow_border", "design.locking_width"}
"""What needs a branch that has one; test_branch.py and test_borders.py ask for it."""

WITHOUT_MODELS = {
    "contrast", "ellipse", "estimate_synchronization",
    "from_xxpp", "parameter", "plot_map", "routh_hurwitz", "sagnac_shift", "solve_lyapunov", "solve_stein",
    "spectral_radius", "to_xxpp",
}  # fmt: skip


def test_every_public_function_is_asked():
    """A new one must be put into one of the tables above."""
    functions = {name for name in js.__all__ if inspect.isfunction(inspect.unwrap(getattr(js, name)))}
    functions |= {f"design.{n}" for n in js.design.__all__ if inspect.isfunction(inspect.unwrap(getattr(js.design, n)))}
    asked = OF_MODELS.keys() | OF_STATES.keys() | WITHOUT_MODELS | OF_BIFURCATIONS
    assert functions <= asked, functions - asked


def one_sentence(error):
    """The message is one sentence that ends, not a dump."""
    text = str(error)
    assert "\n" not in text and text.endswith((".", "?")), text
    assert not re.search(r"[.?!] [A-Z]", text), text


def tried(call, *arguments):
    """What a call returns, or None if it says in a sentence why not."""
    try:
        return call(*arguments)
    except (js.InputError, js.ConvergenceError) as error:
        one_sentence(error)
        return None


def finite(result):
    return all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(result) if np.asarray(leaf).dtype.kind in "fc")


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param]()


@pytest.fixture(scope="module")
def states(model):
    """A state of every kind, where the model has one."""
    found = {
        "fixed point": js.find_fixed_point(model, throw=False),
        "cycle": js.find_limit_cycle(model, throw=False),
        "trajectory": js.simulate(model, TIMES),
        "mean field": js.simulate(model, TIMES, covariance=False),
        "ensemble": js.simulate_ensemble(model, TIMES, 20, 0),
    }
    # Where there is a cycle whose phase is known; pushed off an unstable rest, it is any.
    phased = found["cycle"].stable and not found["cycle"].kicked
    return found | ({"states of the cycle": found["cycle"].at(1000.0)} if phased else {})


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_MODELS)
def test_functions_of_models(model, name):
    result = tried(OF_MODELS[name], model)
    if isinstance(result, js.State):
        # Of stacked states, the numbers of the outcomes.
        assert isinstance(result.outcome, js.Outcome | jax.Array)
    elif isinstance(result, jax.Array | tuple):
        assert finite(result), result


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_STATES)
def test_functions_of_states(states, name):
    for kind, state in states.items():
        if name == "window_on_cycle" and kind != "cycle":
            continue
        result = tried(OF_STATES[name], state)
        # The state's outcome is the word on numbers that are not there; whether the closed form serves, its NaN says.
        if result is not None and bool(getattr(state, "stable", True)) and name != "window_on_cycle":
            assert finite(result), f"{kind}: {result}"
