"""Fixed points with their linear fluctuations."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float, Int

from jaxsync.errors import ConvergenceError, InputError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.check import check_model
from jaxsync.models.equations import as_arrays, bind, has_clock, to_amplitudes
from jaxsync.numerics.adaptive import is_bounded
from jaxsync.numerics.equilibrium import Equilibrium, find_equilibrium
from jaxsync.numerics.lyapunov import stationary_covariance
from jaxsync.numerics.newton import find_root
from jaxsync.numerics.sizes import assess
from jaxsync.numerics.stability import KNOWN, Stability
from jaxsync.states.outcome import Outcome
from jaxsync.states.start import Start, read_start, scattered_starts
from jaxsync.states.state import State

TOLERANCE, MAX_STEPS = 1e-13, 100
"""Of Newton's method from scattered starts: close to rounding, since a root costs little; and enough from far away."""

DISTINCT = 1e-6
"""Fixed points whose amplitudes agree to this share of their size are one: far above the solver's error."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, repr=False)
class FixedPoint(State):
    """A fixed point of n modes and, where it is stable, its Gaussian state.

    Its outcome is FIXED_POINT where it is stable, UNSTABLE or MARGINAL where it is a root all the same, else what went
    wrong. MARGINAL is a drift, or a covariance, that double precision does not know.

    amplitudes: (n,) complex. drift A: (2n, 2n). covariance V, A V + V A^T + Q = 0: (2n, 2n), NaN unless stable.
    residual: norm of the remaining velocity in quadrature units.

    Example:
        >>> import jaxsync as js
        >>> bool(js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0)).stable)
        True
    """

    model: Model
    code: Int[Array, "*batch"]
    amplitudes: Complex[Array, "*batch n"]
    drift: Float[Array, "*batch 2n 2n"]
    covariance: Float[Array, "*batch 2n 2n"]
    residual: Float[Array, "*batch"]

    @property
    def stable(self) -> Bool[Array, "*batch"]:
        """Whether it is a root, and stable."""
        return self.code == Outcome.FIXED_POINT

    @property
    def converged(self) -> Bool[Array, "*batch"]:
        """Whether it is a root, stable or not."""
        return self.stable | (self.code == Outcome.UNSTABLE) | (self.code == Outcome.MARGINAL)

    @property
    def eigenvalues(self) -> Complex[Array, "*batch 2n"]:
        """Eigenvalues of the drift matrix, (2n,) complex, largest real part first. Not differentiable."""
        values = jnp.linalg.eigvals(jax.lax.stop_gradient(self.drift))
        return jnp.take_along_axis(values, jnp.argsort(-values.real, axis=-1), axis=-1)

    def __repr__(self) -> str:
        if self.amplitudes.ndim != 1 or is_traced(self):
            return f"FixedPoint(batch of shape {self.code.shape})"
        modes = ", ".join(f"{n}={z:.6g}" for n, z in zip(self.model.modes, self.amplitudes.tolist(), strict=True))
        return f"FixedPoint({self.outcome}, {modes}, residual={float(self.residual):.1e})"


def find_fixed_point(model: Model, start: Start = None, *, throw: bool = True) -> FixedPoint:
    """The fixed point that Newton's method reaches, or where it does not contract, a slow ramp of the drive.

    An unstable fixed point is an answer: its outcome is UNSTABLE and its covariance NaN. Differentiable, by the
    implicit function theorem.

    Args:
        model: The device.
        start: Where Newton's method starts: None or "vacuum", zero amplitudes; amplitudes (n,); or a state.
        throw: Whether to raise where there is no root, outside transformations; inside nothing raises.

    Returns:
        The fixed point; `outcome` tells whether it is one.

    Raises:
        InputError: For a modulated model, which rests nowhere, for a start of the wrong shape, and for a model that
            cannot be solved (`check_model`).
        ConvergenceError: If no root is reached, with the outcome's sentence.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=1.0, drive_m=1.0))
        >>> print(state.outcome)
        fixed point
    """
    refuse_modulated(model)
    x, _ = read_start(model, start)
    check_model(model, None if start is None else to_amplitudes(x))
    state = _solve(as_arrays(model), x)
    if throw and not is_traced(state) and not state.converged:
        outcome = Outcome(int(state.code))
        raise ConvergenceError(
            f"No fixed point: {outcome.found} (residual {float(state.residual):.1e}); {outcome.remedy}."
        )
    return state


def find_fixed_points(model: Model, starts: int = 64, seed: int = 0, *, largest: float = 1000.0) -> FixedPoint:
    """All distinct fixed points that Newton's method reaches from zero and from random starts, stacked.

    The number of roots depends on the values, so this one works outside transformations only.

    Args:
        model: The device.
        starts: How many starts, zero among them.
        seed: Of the random starts.
        largest: Largest size of a start in quadrature units; the sizes are even in the logarithm.

    Returns:
        Fixed points, stacked along a first axis and ordered by the size of the amplitudes, weakest first.

    Raises:
        InputError: For starts < 1, or a traced model.
        ConvergenceError: If no start converges.

    Example:
        >>> import jaxsync as js
        >>> found = js.find_fixed_points(js.OptoMagnoMechanical(drive_a=1.0, drive_m=1.0), starts=4)
        >>> found.amplitudes.shape[1]
        4
    """
    refuse_modulated(model)
    if starts < 1:
        raise InputError(f"Argument `starts` must be 1 or more, but is {starts}.")
    model = as_arrays(model)
    if is_traced(model):
        raise InputError(
            "Argument `model` is traced, but the number of roots depends on its values: call find_fixed_points outside "
            "jit, vmap and grad."
        )
    check_model(model)
    found = jax.device_get(_solve_many(model, scattered_starts(model, starts, seed, largest)))
    sizes = np.linalg.norm(found.amplitudes, axis=1)
    distinct: list[int] = []
    for i in np.argsort(sizes):
        near = [
            np.linalg.norm(found.amplitudes[i] - found.amplitudes[j]) <= DISTINCT * (1 + sizes[i]) for j in distinct
        ]
        if found.converged[i] and not any(near):
            distinct.append(i)
    if not distinct:
        raise ConvergenceError(
            f"No fixed point was reached from any of {starts} starts: try more `starts` or another `seed`."
        )
    return jax.tree.map(lambda leaf: jnp.asarray(leaf[np.array(distinct)]), found)


@jax.jit
def _solve(model: Model, start: jax.Array) -> FixedPoint:
    return _at_root(model, find_equilibrium(bind(model).velocity, start))


@jax.jit
def _solve_many(model: Model, starts: jax.Array) -> FixedPoint:
    """The first start as `_solve` does; from the others Newton's method alone, which leads to unstable points too."""

    def one(start):
        root = find_root(bind(model).velocity, start, tolerance=TOLERANCE, max_steps=MAX_STEPS)
        return fixed_point_at(model, root.point, root.converged)

    first, others = _solve(model, starts[0]), jax.vmap(one)(starts)
    return jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), first, others)


def fixed_point_at(model: Model, x: jax.Array, converged: jax.Array) -> FixedPoint:
    """The fixed point that the quadratures x, (2n,), are known to be, or not to be."""
    velocity = bind(model).velocity
    jacobian = jax.jacfwd(velocity)(x)
    share, error = assess(x, velocity(x), jacobian, jnp.linalg.inv(-jacobian))
    return _at_root(model, Equilibrium(x, converged, share, error))


def _at_root(model: Model, root: Equilibrium) -> FixedPoint:
    velocity, noise = bind(model)
    # What the error of the point does to the drift: its change when every amplitude changes by its share.
    A, change = jax.jvp(jax.jacfwd(velocity), (root.point,), (jax.lax.stop_gradient(root.point),))
    size = jnp.linalg.vector_norm(A)
    error = root.error * jnp.linalg.vector_norm(change) / jnp.where(size > 0, size, 1.0)
    # A stable stand-in where there is no root keeps the solve, and the derivatives of other lanes, finite.
    safe = jnp.asarray(jnp.where(root.converged, A, -jnp.eye(A.shape[0])))
    found = stationary_covariance(safe, noise(root.point), jnp.where(root.converged, error, 0.0))
    known = root.converged & (found.uncertainty <= KNOWN)
    code = jnp.select(
        [known, root.converged & (found.stability == Stability.UNSTABLE), root.converged, ~is_bounded(root.point)],
        [Outcome.FIXED_POINT, Outcome.UNSTABLE, Outcome.MARGINAL, Outcome.DIVERGED],
        Outcome.NOT_CONVERGED,
    )
    covariance = jnp.where(known, found.X, jnp.nan)
    residual = jnp.linalg.vector_norm(velocity(root.point))
    return FixedPoint(model, code.astype(jnp.int8), to_amplitudes(root.point), A, covariance, residual)


def refuse_modulated(model: Model) -> None:
    """Raise `InputError` for a model that has no fixed point, for it never stops changing."""
    if has_clock(model):
        raise InputError("Argument `model` is modulated and rests nowhere: call find_limit_cycle.")
