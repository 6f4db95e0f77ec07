"""Derivatives: forward, reverse and central differences agree for every field, and with the independent numbers."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import REFERENCE, load, many, model_of, stack

import jaxsync as js

FIELDS = list(REFERENCE["base"])
GRADIENTS = load("gradients.json")

# nbar = 0.3: differences need room on both sides of a value, and negative occupations are refused.
WARM = {"nbar_1": 0.3, "nbar_2": 0.3}
RED = model_of(WARM | {"delta_a": 1.2, "delta_m": 0.9, "kerr": 3e-5, "drive_a": 20.0, "drive_m": 20.0})
BLUE = model_of(WARM | {"kerr": -2e-5})

# Differences move a parameter by this part of its size, or of 0.1 where it is zero: little against what bends the
# functions, much against the residual of Newton's method.
STEP = 2e-4
SIZES = np.array([abs(getattr(BLUE, name)) or 0.1 for name in FIELDS])


def fixed_point(model, _):
    return js.complete_synchronization(js.find_fixed_point(model))[None]


def trajectory(model, derivatives):
    # Tighter than by default: the error of adaptive steps is not a smooth function of the parameters.
    state = js.simulate(model, np.linspace(2.0, 20.0, 4), rtol=1e-12, atol=1e-12, derivatives=derivatives)
    return jnp.stack([jnp.sum(js.complete_synchronization(state)), jnp.abs(state.amplitudes[0, 2]) ** 2])


def cycle_and_window(model, _):
    return of_cycle(js.find_limit_cycle(model))


def of_cycle(cycle):
    # Together, because nearly all the time goes into compiling the cycle's derivatives.
    return jnp.stack([js.complete_synchronization(cycle), js.window_on_cycle(cycle)])


def perturbed(model):
    """The model with one field at a time moved up and down by a step, and by half of it: 4 x 17 models, stacked."""
    moves = [(name, factor) for factor in (1.0, -1.0, 0.5, -0.5) for name in FIELDS]
    columns = {name: np.full(len(moves), getattr(model, name), dtype=float) for name in FIELDS}
    for lane, (name, factor) in enumerate(moves):
        columns[name][lane] += factor * STEP * SIZES[FIELDS.index(name)]
    return many(columns)


def central_differences(values):
    """Derivatives from the values at `perturbed`, extrapolated so that the error goes with the step's fourth power."""
    up, down, half_up, half_down = np.reshape(values, (4, len(FIELDS), -1))
    return (4 * (half_up - half_down) - (up - down) / 2) / (3 * STEP * SIZES[:, None])


@pytest.fixture(scope="module")
def batched(find_fixed_points, find_cycles):
    """The functions of many models, by way of the batched solvers that other tests use too."""
    return {
        fixed_point: lambda models: jax.jit(jax.vmap(js.complete_synchronization))(find_fixed_points(models)),
        trajectory: jax.jit(jax.vmap(lambda model: trajectory(model, "reverse"))),
        cycle_and_window: lambda models: jax.jit(jax.vmap(of_cycle))(find_cycles(models)),
    }


@pytest.fixture(scope="module")
def derivatives():
    """Forward and reverse derivatives with respect to all fields, (fields, values), compiled once for all models."""
    unit_tangents = many(dict(zip(FIELDS, np.eye(len(FIELDS)), strict=True)))

    @partial(jax.jit, static_argnums=0)
    def forward(function, model):
        along = lambda tangent: jax.jvp(lambda m: function(m, "forward"), (model,), (tangent,))[1]
        return jax.vmap(along)(unit_tangents)

    @partial(jax.jit, static_argnums=0)
    def reverse(function, model, weights):
        gradient = jax.grad(lambda m: weights @ function(m, "reverse"))(model)  # a model whose fields are derivatives
        return jnp.stack([getattr(gradient, name) for name in FIELDS])

    def both(function, model):
        model = jax.tree.map(jnp.asarray, model)
        pushed = np.asarray(forward(function, model))
        pulled = [reverse(function, model, weights) for weights in np.eye(pushed.shape[1])]
        return pushed, np.stack(pulled, axis=1)

    return both


# Differences of the first two are limited by rounding over the step. The cycle's are by the steps to it, whose lengths
# change with the parameters: each errs by 1e-6, and the window moves by some 1e-8 from one side to the other.
TABLE = [
    pytest.param(fixed_point, RED, 1e-7, id="fixed point"),
    pytest.param(trajectory, BLUE, 1e-6, id="trajectory", marks=pytest.mark.slow),
    pytest.param(cycle_and_window, BLUE, 3e-4, id="cycle and window", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("function", "model", "tolerance"), TABLE)
def test_forward_reverse_and_differences_agree(function, model, tolerance, batched, derivatives):
    forward, reverse = derivatives(function, model)
    differences = central_differences(batched[function](perturbed(model)))
    # A derivative may nearly vanish; then its size counts beside the largest of the logarithmic ones.
    sizes = SIZES[:, None]
    scale = np.abs(forward) + 0.2 * np.max(np.abs(forward * sizes), axis=0) / sizes
    np.testing.assert_array_less(np.abs(reverse - forward), 1e-10 * scale)
    np.testing.assert_array_less(np.abs(differences - forward), tolerance * scale)


@pytest.mark.slow
def test_derivatives_of_the_cycle_are_the_independent_ones(derivatives):
    for found in derivatives(cycle_and_window, model_of(GRADIENTS["change"])):
        for name, expected in GRADIENTS["derivatives"].items():
            # The independent ones are good to 1e-5.
            np.testing.assert_allclose(found[FIELDS.index(name), 0], expected, rtol=1e-4, err_msg=name)


def test_failed_lanes_leave_the_derivatives_of_others_alone():
    slopes = jax.jit(jax.vmap(jax.grad(lambda model: fixed_point(model, None)[0])))
    of = lambda detunings: slopes(stack([RED.replace(delta_a=detuning) for detuning in detunings]))
    with_failure, without = of([1.2, -1.0, 0.9]), of([1.2, 1.1, 0.9])  # at -1 unstable, hence without covariance
    for name in FIELDS:
        found, expected = getattr(with_failure, name), getattr(without, name)
        assert np.all(np.isfinite(expected)) and np.any(expected != 0)
        np.testing.assert_allclose(found[::2], expected[::2], rtol=1e-10, err_msg=name)
