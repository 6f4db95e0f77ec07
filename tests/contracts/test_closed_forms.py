"""One table of (system, what the package finds, what is exact): values, both kinds of derivatives, and batches of each.

README.md says how to add a row; the systems, with their closed forms, stand in `systems.py`.
"""

import dataclasses
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from systems import Amplifier, Exchange, KerrMode, Oscillator, Rings, StuartLandau

import jaxsync as js


class Case(NamedTuple):
    """found and exact go from a model to numbers under the same names.

    tolerance: of the values by name, relative to the largest entry; the one without a name is that of all others.
    slopes: the same of the derivatives with respect to the logarithm of a field, or to the field itself where it is 0.
    forward: whether the forward derivatives are taken of `forward` in place of `found`.
    """

    model: js.Model
    found: Callable[[Any], dict[str, jax.Array]]
    exact: Callable[[Any], dict[str, jax.Array]]
    tolerance: dict[str, float]
    slopes: dict[str, float]
    forward: Callable[[Any], dict[str, jax.Array]] | None = None


def at_rest(model):
    state = js.find_fixed_point(model)
    return {"amplitude": state.amplitudes[0], "covariance": state.covariance}


TIMES = np.array([0.3, 2.0, 11.0])
START, SQUEEZED = 2.0 - 1.0j, np.array([[0.1, 0.2], [0.2, 4.0]])


def in_time(model, derivatives="reverse"):
    motion = js.simulate(model, TIMES, (np.array([START]), SQUEEZED), derivatives=derivatives)
    return {"amplitude": motion.amplitudes[:, 0], "covariance": motion.covariance}


def exact_in_time(model):
    return {
        "amplitude": model.exact_amplitude(TIMES, START),
        "covariance": jnp.stack([model.exact_covariance(t, SQUEEZED) for t in TIMES]),
    }


def exchange(model):
    state = js.find_fixed_point(model)
    return {"covariance": state.covariance, "s_q": js.complete_synchronization(state, ("left", "right"))}


def amplifier(model):
    state = js.find_fixed_point(model)
    return {
        "negativity": js.logarithmic_negativity(state),
        "purity": js.purity(state),
        "smallest": js.minimum_variance(state),
        "squeezing": js.squeezing_db(state, {"a": 1, "b": -1}),
        "s_q": js.complete_synchronization(state),
        "s_p": js.phase_synchronization(state),  # of zero amplitudes the phases count as 0: p' is Y_-
    }


def exact_amplifier(model):
    smallest, largest = model.exact_variances()
    return {
        "negativity": model.exact_negativity(),
        "purity": model.exact_purity(),
        "smallest": smallest,
        "squeezing": -10 * jnp.log10(2 * smallest),
        "s_q": model.exact_s_q(),
        "s_p": 1 / (2 * largest),
    }


BISTABLE = KerrMode(drive=3.5)
WEAKEST, _, STRONGEST = BISTABLE.exact_quanta()


def bistable(model):
    # Starts at which Newton's method needs a few steps, on either side of the root between.
    starts = (np.array([0.9 * BISTABLE.exact_amplitude(quanta)]) for quanta in (WEAKEST, STRONGEST))
    return {
        name: js.find_fixed_point(model, s).amplitudes[0] for name, s in zip(("weak", "strong"), starts, strict=True)
    }


FROM = 3.5  # radius in |z| to start from; the cycles are at sqrt(mu / g) = 3.16
SETTLING = js.Settings(tolerance=1e-9, closeness=1e-8)


def cycle(model):
    """What a limit cycle knows, in the frame (outward, counterclockwise), at all samples."""
    found = js.find_limit_cycle(model, np.array([FROM + 0j]), settings=SETTLING)
    phase = jnp.angle(found.amplitudes[:, 0])
    c, s = jnp.cos(phase), jnp.sin(phase)
    frame = jnp.stack([jnp.stack([c, s], axis=1), jnp.stack([-s, c], axis=1)], axis=1)
    turn = lambda vectors: jnp.einsum("kij,kj->ki", frame, vectors)
    return {
        "radius": jnp.abs(found.amplitudes[:, 0]),
        "period": found.period,
        "contraction": found.contraction,
        "multipliers": jnp.abs(found.multipliers),
        "phase diffusion": found.phase_diffusion,
        "tangents": turn(found.tangents),
        "transverse covariance": jnp.einsum("kij,kjl,kml->kim", frame, found.transverse_covariance, frame),
        "phase correlation": turn(found.phase_correlation),
        "phase response": turn(found.phase_response),
        "phase variance": jnp.stack([found.phase_variance(0.0), found.phase_variance(40.0)]),
    }


def exact_cycle(model):
    samples = lambda value: jnp.broadcast_to(value, (SETTLING.steps, *jnp.shape(value)))
    s0 = model.exact_initial_phase_variance(np.sqrt(2) * FROM)
    return {
        "radius": samples(model.radius / np.sqrt(2)),
        "period": model.exact_period(),
        "contraction": jax.lax.stop_gradient(model.exact_contraction()),  # verdicts are not differentiated
        "multipliers": jax.lax.stop_gradient(jnp.stack([1.0, model.exact_contraction()])),
        "phase diffusion": model.exact_phase_diffusion(),
        "tangents": samples(model.radius * model.speed * jnp.array([0.0, 1.0])),
        "transverse covariance": samples(model.exact_transverse_covariance()),
        "phase correlation": samples(model.exact_phase_correlation()),
        "phase response": samples(model.exact_phase_response()),
        "phase variance": s0 + model.exact_phase_diffusion() * jnp.array([0.0, 40.0]),
    }


# s0 is integrated by the trapezoidal rule at step 0.1, hence 1e-4.
OF_CYCLE = {"": 2e-9, "period": 1e-9, "radius": 1e-9, "multipliers": 1e-8, "contraction": 1e-8, "phase variance": 1e-4}
SLOPES_OF_CYCLE = {"": 1e-7, "phase variance": 1e-3}

RINGS = js.Settings()


def rings(model):
    """The outer ring from vacuum, the inner one from near its centre."""
    inner = js.find_limit_cycle(model, np.array([1.1 + 0j]), settings=RINGS)
    return {
        "outer": js.find_limit_cycle(model, settings=RINGS).period,
        "inner": inner.period,
        "square": jnp.abs(inner.amplitudes[:, 0] - 1) ** 2,
    }


CASES = {
    "oscillator at rest": Case(
        Oscillator(), at_rest,
        lambda m: {"amplitude": m.exact_rest(), "covariance": m.exact_covariance()},
        {"": 8e-14}, {"": 1e-12},
    ),
    "oscillator in time": Case(
        # The tolerances of simulate are 1e-9 a step.
        Oscillator(), in_time, exact_in_time, {"": 2e-8}, {"": 1e-6}, lambda m: in_time(m, "forward"),
    ),
    "exchange": Case(
        Exchange(), exchange, lambda m: {"covariance": m.exact_covariance(), "s_q": m.exact_s_q()},
        {"": 3e-13}, {"": 1e-12},
    ),
    "amplifier": Case(Amplifier(), amplifier, exact_amplifier, {"": 1e-12}, {"": 1e-11}),
    "kerr mode": Case(
        BISTABLE, bistable,
        lambda m: {"weak": m.exact_amplitude(WEAKEST), "strong": m.exact_amplitude(STRONGEST)},
        {"": 1e-12}, {"": 1e-11},
    ),
    **{
        f"cycle, shear {beta / 0.01:g}": Case(
            StuartLandau(beta=beta), cycle, exact_cycle, OF_CYCLE, SLOPES_OF_CYCLE
        )
        for beta in (0.0, 0.006, -0.02)
    },
    "rings": Case(
        Rings(), rings,
        lambda m: {
            "outer": m.exact_period(True), "inner": m.exact_period(False),
            "square": jnp.broadcast_to(m.exact_square(False), RINGS.steps),
        },
        {"": 1e-9}, {"": 1e-7},
    ),
}  # fmt: skip
every = pytest.mark.parametrize("name", CASES)


@lru_cache
def compiled(found):
    """What a function finds of a model; its derivatives along each field; those of a weighted sum; and a batch's."""
    value = lambda model: jax.tree.map(as_real, found(model))

    def moved(model, theta):
        return model.replace(**{name: getattr(model, name) + x for name, x in theta.items()})

    forward = lambda model, zero: jax.jacfwd(lambda theta: value(moved(model, theta)))(zero)

    def reverse(model, zero, weights):
        along = lambda theta: sum(jnp.vdot(weights[name], v) for name, v in value(moved(model, theta)).items())
        return jax.grad(along)(zero)

    return jax.jit(value), jax.jit(forward), jax.jit(reverse), jax.jit(jax.vmap(value))


def as_real(leaf):
    return jnp.stack([leaf.real, leaf.imag]) if jnp.iscomplexobj(leaf) else leaf


def fields(model):
    """The fields that are numbers."""
    return [f.name for f in dataclasses.fields(model) if not f.metadata.get("static", False)]


def scale(model, name):
    """What derivatives are multiplied by: the field, or 1 where it is 0."""
    return abs(getattr(model, name)) or 1.0


def slopes(function, model):
    """Derivatives along every field times its scale, by the numbers' names and the field's."""
    found = function(model, dict.fromkeys(fields(model), 0.0))
    return {key: {f: scale(model, f) * np.asarray(v) for f, v in leaf.items()} for key, leaf in found.items()}


def allowed(tolerances, name, exact):
    # What vanishes exactly is left with the roundings of what it is the difference of, which is of order one here.
    return tolerances.get(name, tolerances[""]) * (np.abs(exact).max() or 1.0)


@every
def test_values(name):
    case = CASES[name]
    found, exact = compiled(case.found)[0](case.model), compiled(case.exact)[0](case.model)
    assert found.keys() == exact.keys()
    for key, value in exact.items():
        np.testing.assert_allclose(
            found[key], value, rtol=0, atol=allowed(case.tolerance, key, value), equal_nan=False, err_msg=key
        )


@every
def test_batches(name):
    """Many models at once, none of them the one of the table, each with its own exact values."""
    case = CASES[name]
    rng = np.random.default_rng(0)
    moved = {f: getattr(case.model, f) * rng.uniform(0.98, 1.02, 3) for f in fields(case.model)}
    models = case.model.replace(**moved)
    found = compiled(case.found)[3](models)
    for lane in range(3):
        exact = compiled(case.exact)[0](case.model.replace(**{f: v[lane] for f, v in moved.items()}))
        for key, value in exact.items():
            tolerance = allowed(case.tolerance, key, value)
            np.testing.assert_allclose(found[key][lane], value, rtol=0, atol=tolerance, err_msg=key)


@every
def test_forward_derivatives(name):
    case = CASES[name]
    found, exact = (slopes(compiled(f)[1], case.model) for f in (case.forward or case.found, case.exact))
    for key, of_fields in exact.items():
        tolerance = allowed(case.slopes, key, np.stack(list(of_fields.values())))
        for field, value in of_fields.items():
            np.testing.assert_allclose(found[key][field], value, rtol=0, atol=tolerance, err_msg=f"{key} by {field}")


@every
def test_reverse_derivatives(name):
    """Of one sum of all numbers under a name, each with a weight of its own."""
    case = CASES[name]
    exact = slopes(compiled(case.exact)[1], case.model)
    rng = np.random.default_rng(1)
    weights = {key: rng.normal(size=next(iter(leaf.values())).shape) for key, leaf in exact.items()}
    for key in exact:
        only = {k: w if k == key else np.zeros_like(w) for k, w in weights.items()}
        found = compiled(case.found)[2](case.model, dict.fromkeys(fields(case.model), 0.0), only)
        expected = {f: np.vdot(weights[key], v) for f, v in exact[key].items()}
        # The sum of the entries' tolerances.
        entry = allowed(case.slopes, key, np.stack(list(exact[key].values())))
        tolerance = entry * np.abs(weights[key]).sum()
        for field, value in expected.items():
            slope = found[field] * scale(case.model, field)
            np.testing.assert_allclose(slope, value, rtol=0, atol=tolerance, err_msg=f"{key} by {field}")
