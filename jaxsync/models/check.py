"""Whether a model can be solved at all, told before any solver stumbles over it."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from jax import errors

from jaxsync.errors import InputError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.equations import as_arrays, at, bind, place, to_quadratures, velocity
from jaxsync.models.hamiltonian import HamiltonianModel, read_jumps

STEPWISE = {"floor", "ceil", "round", "sign"}
"""Operations that are constant between jumps, so that their derivative says nothing."""


def check_model(model: Model, amplitudes: jax.Array | None = None, *, moves: bool = True) -> None:
    """Refuse a model that cannot be solved, with the reason; silent inside transformations. The solvers call it.

    Looked at: mode names; fields that are arrays; shapes of `rates`, `diffusion` and `thermal_occupations`; whether JAX
    can trace and differentiate them; whether `rates` is finite and smooth where the solver starts (a kink's slopes to
    either side differ however near they are taken); whether the diffusion matrix is symmetric and has no negative
    eigenvalue. Compiled once per model class.

    Args:
        model: The device.
        amplitudes: Where the solver starts, (n,); zero by default.
        moves: Whether a model in which nothing moves anywhere is refused, too: it has no long-time state.

    Raises:
        InputError: With the reason, and what to do.

    Example:
        >>> import jaxsync as js
        >>> js.check_model(js.OptoMagnoMechanical())
    """
    if is_traced(model) or is_traced(amplitudes):
        return
    name = type(model).__name__
    _check_modes(name, model.modes)
    x = place(model, jnp.zeros(2 * len(model.modes)) if amplitudes is None else to_quadratures(amplitudes))
    try:
        seen = jax.device_get(_look(as_arrays(model), x))
    except (errors.ConcretizationTypeError, errors.TracerArrayConversionError) as error:
        raise InputError(
            f"A method of {name} looks at values that JAX only traces: use jax.numpy in place of numpy, and jnp.where "
            f"in place of `if`. JAX says: {str(error).splitlines()[0]}"
        ) from error
    except (TypeError, ValueError) as error:
        many = _fields_of_many(model)
        if not many:
            raise
        field, shape = many
        raise InputError(
            f"Field `{field}` of {name} is an array of shape {shape}, which makes many devices of one: use js.sweep or "
            "jax.vmap over the model."
        ) from error
    _check_symbols(name, seen["written"])
    _check_rates(name, seen, at_rest=amplitudes is None)
    _check_diffusion(name, seen["diffusion"])
    if moves and not any(np.any(seen[key]) for key in ("value", "derivative", "elsewhere")):
        raise InputError(
            f"Model {name} has no rate that is not zero: nothing moves, and there is no state to find; set a field."
        )


def _fields_of_many(model):
    """The first field that holds an array where its default is one number, with its shape; None without one."""
    for field in dataclasses.fields(model):
        value, default = getattr(model, field.name), field.default
        one = default is not dataclasses.MISSING and np.ndim(default) == 0
        if one and np.ndim(value) and not field.metadata.get("static", False):
            return field.name, np.shape(value)
    return None


@jax.jit
def _look(model, x):
    """What only values can tell: the diffusion matrix, and velocity, derivative and slopes on both sides of x."""
    _refuse_steps(model, x)
    f, noise = bind(model)
    n = len(model.modes)
    occupations = jnp.asarray(at(model, x)[0].thermal_occupations())
    if occupations.shape != (n,):
        raise InputError(
            f"Method `thermal_occupations` of {type(model).__name__} must return one number per mode, shape ({n},), "
            f"but returned shape {occupations.shape}."
        )
    value, derivative = f(x), jax.jacfwd(f)(x)
    # Quadratures of one quantum are of size 1: nothing that matters is smaller.
    h = 1e-6 * jnp.maximum(1.0, jnp.linalg.vector_norm(x)) * jnp.array([1.0, 0.1])

    def miss(h):
        """How far the slopes over the length h are from the derivative, and how far rounding alone may take them."""
        moves = h * jnp.eye(x.size)
        up, down = (jax.vmap(lambda move, s=s: f(x + s * move), out_axes=1)(moves) for s in (1, -1))
        slopes = jnp.stack([(up - value[:, None]) / h, (value[:, None] - down) / h])
        # Rounding of the differences, a hundred times over.
        return jnp.max(jnp.abs(slopes - derivative[None])), 1e-14 * (jnp.max(jnp.abs(up)) + jnp.max(jnp.abs(down))) / h

    misses, noises = jax.vmap(miss)(h)
    elsewhere = x + 1 + jnp.arange(x.size)
    return {
        "written": _look_at_symbols(model, jnp.stack([x, elsewhere])),
        "value": value,
        "elsewhere": f(elsewhere),
        "derivative": derivative,
        "misses": misses,
        "noise": noises[1],
        "diffusion": noise(x),
    }


def _look_at_symbols(model, xs):
    """H and the jumps at some points, of a model that is written by them."""
    if not isinstance(model, HamiltonianModel):
        return None

    def look(x):
        device, z = at(model, x)
        H = device.hamiltonian(z)  # type: ignore[attr-defined]
        return {"hamiltonian": jnp.asarray(H, complex), "jumps": read_jumps(device, z)[0]}

    return jax.vmap(look)(xs)


def _check_symbols(name, written):
    if written is None:
        return
    H, jumps = written["hamiltonian"], written["jumps"]
    if np.any(np.abs(H.imag) > 1e-12 * np.abs(H)):
        raise InputError(
            f"Method `hamiltonian` of {name} must be real, but returned {H[np.argmax(np.abs(H.imag))]:.6g}: add the "
            "Hermitian conjugate of each term."
        )
    if not np.all(np.isfinite(jumps)):
        raise InputError(
            f"Method `jumps` of {name} must be finite, but returned {jumps[0]}; look at the signs of rates."
        )


def _check_modes(name, modes):
    named = isinstance(modes, tuple) and modes and all(isinstance(mode, str) for mode in modes)
    if not named or len(set(modes)) < len(modes):
        raise InputError(
            f"Model {name} needs `modes`, a tuple of different names such as ('a', 'b'), but has {modes!r}."
        )


def _check_rates(name, seen, at_rest):
    where = "at zero amplitudes" if at_rest else "at the amplitudes it starts from"
    remedy = "start from other amplitudes, or write it so that it is smooth there: |z|^2 as (z * z.conj()).real."
    for what, key in (("is", "value"), ("has a derivative that is", "derivative")):
        if not np.all(np.isfinite(seen[key])):
            raise InputError(f"Method `rates` of {name} {what} not finite {where}: {remedy}")
    far, near = seen["misses"]
    # The slopes of a curved function come nearer to its derivative as they are taken nearer, those of a kink do not.
    allowed = 1e-3 * np.max(np.abs(seen["derivative"])) + seen["noise"]
    if not (near <= allowed or near <= far / 2):
        raise InputError(
            f"Method `rates` of {name} is not smooth {where}: its slopes differ from its derivative by {near:.2g}; "
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
