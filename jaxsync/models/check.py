"""Whether a model can be solved at all, told before any solver stumbles over it."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import errors

from jaxsync.errors import InputError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.equations import as_arrays, diffusion_matrix, to_quadratures, velocity

STEPWISE = {"floor", "ceil", "round", "sign"}
"""Operations that are constant between jumps, so that their derivative says nothing."""


def check_model(model: Model, amplitudes: jax.Array | None = None) -> None:
    """Raise `InputError` with the reason if a model cannot be solved; silent inside transformations.

    Looked at: mode names; shapes of `rates`, `diffusion` and `thermal_occupations`; whether JAX can trace and
    differentiate them; whether `rates` is finite and smooth where the solver starts, `amplitudes` (n,), zero by default
    (its slopes to either side must be its derivative); whether the diffusion matrix is symmetric and has no negative
    eigenvalue. Compiled once per model class; the solvers call it.
    """
    if is_traced(model) or is_traced(amplitudes):
        return
    name = type(model).__name__
    _check_modes(name, model.modes)
    x = jnp.zeros(2 * len(model.modes)) if amplitudes is None else to_quadratures(amplitudes)
    try:
        seen = jax.device_get(_look(as_arrays(model), x))
    except (errors.ConcretizationTypeError, errors.TracerArrayConversionError) as error:
        raise InputError(
            f"A method of {name} looks at values that JAX only traces: use jax.numpy in place of numpy, and jnp.where "
            f"in place of `if`. JAX says: {str(error).splitlines()[0]}"
        ) from error
    _check_rates(name, seen, at_rest=amplitudes is None)
    _check_diffusion(name, seen["diffusion"])


@jax.jit
def _look(model, x):
    """What only values can tell: the diffusion matrix, and velocity, derivative and slopes on both sides of x."""
    _refuse_steps(model, x)
    f = lambda y: velocity(model, y)
    n = len(model.modes)
    occupations = jnp.asarray(model.thermal_occupations())
    if occupations.shape != (n,):
        raise InputError(
            f"Method `thermal_occupations` of {type(model).__name__} must return one number per mode, shape ({n},), "
            f"but returned shape {occupations.shape}."
        )
    value = f(x)
    h = 1e-6 * jnp.maximum(1.0, jnp.linalg.vector_norm(x))
    moves = h * jnp.eye(x.size)
    up, down = (jax.vmap(lambda move, s=s: f(x + s * move), out_axes=1)(moves) for s in (1, -1))
    # Rounding of the differences, a hundred times over.
    noise = 1e-14 * (jnp.max(jnp.abs(up)) + jnp.max(jnp.abs(down))) / h
    return {
        "value": value,
        "derivative": jax.jacfwd(f)(x),
        "slopes": jnp.stack([(up - value[:, None]) / h, (value[:, None] - down) / h]),
        "noise": noise,
        "diffusion": diffusion_matrix(model),
    }


def _check_modes(name, modes):
    named = isinstance(modes, tuple) and modes and all(isinstance(mode, str) for mode in modes)
    if not named or len(set(modes)) < len(modes):
        raise InputError(
            f"Model {name} needs `modes`, a tuple of different names such as ('a', 'b'), but has {modes!r}."
        )


def _check_rates(name, seen, at_rest):
    where = "at zero amplitudes" if at_rest else "at the amplitudes it starts from"
    remedy = "start from other amplitudes, or write it so that it is smooth there."
    for what, key in (("is", "value"), ("has a derivative that is", "derivative")):
        if not np.all(np.isfinite(seen[key])):
            raise InputError(f"Method `rates` of {name} {what} not finite {where}: {remedy}")
    derivative, slopes = seen["derivative"], seen["slopes"]
    # A curved function's slopes differ from its derivative by a millionth of its curvature, a kink's by its whole size.
    allowed = 1e-3 * (1 + np.max(np.abs(derivative))) + seen["noise"]
    worst = np.max(np.abs(slopes - derivative))
    if not worst <= allowed:
        raise InputError(
            f"Method `rates` of {name} is not smooth {where}: its slopes differ from its derivative by {worst:.2g}; "
            f"{remedy}"
        )


def _check_diffusion(name, Q):
    if not np.all(np.isfinite(Q)):
        raise InputError(f"Method `diffusion` of {name} must be finite, but returned {Q}.")
    size = np.max(np.abs(Q))
    if np.max(np.abs(Q - Q.T)) > 1e-12 * size:
        raise InputError(f"Method `diffusion` of {name} must return a symmetric matrix, but returned {Q}.")
    smallest = np.linalg.eigvalsh(Q)[0]
    if smallest < -1e-12 * size:
        raise InputError(
            f"Method `diffusion` of {name} must return a matrix without negative eigenvalues, but its smallest is "
            f"{smallest:.3g}: noise cannot be less than none; look at the signs of the rates."
        )


def _refuse_steps(model, x):
    used = _primitives(jax.make_jaxpr(lambda y: velocity(model, y))(x).jaxpr) & STEPWISE
    if used:
        raise InputError(
            f"Method `rates` of {type(model).__name__} is not smooth: it uses {', '.join(sorted(used))}, which is "
            "constant between jumps; replace it by something with a derivative."
        )


def _primitives(jaxpr):
    """Names of all operations in a traced function, those inside of loops, branches and compiled parts too."""
    names = set()
    for equation in jaxpr.eqns:
        names.add(equation.primitive.name)
        for parameter in equation.params.values():
            for inner in parameter if isinstance(parameter, tuple | list) else (parameter,):
                inner = getattr(inner, "jaxpr", inner)
                names |= _primitives(inner) if hasattr(inner, "eqns") else set()
    return names
