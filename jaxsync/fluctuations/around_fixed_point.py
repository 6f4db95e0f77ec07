"""Fixed points with their linear fluctuations."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import ConvergenceError, InputError
from jaxsync.fluctuations.lyapunov import KRONECKER_PAYS, solve_lyapunov
from jaxsync.fluctuations.stability import is_stable
from jaxsync.models.base import (
    Model,
    as_arrays,
    diffusion_matrix,
    drift,
    is_traced,
    read_amplitudes,
    to_amplitudes,
    to_quadratures,
)
from jaxsync.models.check import check_model
from jaxsync.solvers.fixed_point import fixed_point_root, scattered_starts


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class FixedPoint:
    """A fixed point of n modes and, where it is stable, its Gaussian state.

    amplitudes: (n,) complex. drift A: (2n, 2n). covariance V, A V + V A^T + Q = 0: (2n, 2n), NaN unless stable and
    converged. stable: by Routh-Hurwitz, or, of many modes, by powers. residual: norm of the remaining velocity in
    quadrature units.
    """

    model: Model
    amplitudes: jax.Array
    drift: jax.Array
    covariance: jax.Array
    stable: jax.Array
    converged: jax.Array
    residual: jax.Array

    @property
    def eigenvalues(self) -> jax.Array:
        """Eigenvalues of the drift matrix, (2n,) complex, largest real part first. Not differentiable."""
        values = jnp.linalg.eigvals(jax.lax.stop_gradient(self.drift))
        return jnp.take_along_axis(values, jnp.argsort(-values.real, axis=-1), axis=-1)

    def __repr__(self) -> str:
        if self.amplitudes.ndim != 1 or is_traced(self):
            return f"FixedPoint(batch of shape {self.converged.shape})"
        modes = ", ".join(f"{n}={z:.6g}" for n, z in zip(self.model.modes, self.amplitudes.tolist(), strict=True))
        verdict = ("stable" if self.stable else "unstable") if self.converged else "not converged"
        return f"FixedPoint({verdict}, {modes}, residual={float(self.residual):.1e})"


def find_fixed_point(model: Model, guess: jax.Array | None = None, throw: bool = True) -> FixedPoint:
    """The fixed point that damped Newton iteration reaches from `guess`, amplitudes (n,); None starts from zero.

    An unstable fixed point is an answer: `stable` is False and the covariance NaN. Raises `InputError` for a guess of
    the wrong shape and, outside transformations and unless `throw` is False, `ConvergenceError`.
    """
    start = jnp.zeros(len(model.modes), complex) if guess is None else read_amplitudes(model, "guess", guess)
    check_model(model, None if guess is None else start)
    state = _solve(as_arrays(model), to_quadratures(start))
    if throw and not is_traced(state) and not state.converged:
        raise ConvergenceError(
            f"No fixed point was reached, Newton's residual is {float(state.residual):.1e}: try another `guess`, or "
            "find_fixed_points, which starts from many."
        )
    return state


def find_fixed_points(model: Model, starts: int = 64, seed: int = 0) -> FixedPoint:
    """All distinct fixed points that Newton's method reaches from zero and from random starts, stacked.

    Ordered by the size of the amplitudes, weakest first. The number of roots depends on the values, so this one works
    outside transformations only. Raises `InputError` for starts < 1 and `ConvergenceError` if no start converges.
    """
    if starts < 1:
        raise InputError(f"Argument `starts` must be 1 or more, but is {starts}.")
    model = as_arrays(model)
    if is_traced(model):
        raise InputError(
            "Argument `model` is traced, but the number of roots depends on its values: call find_fixed_points outside "
            "jit, vmap and grad."
        )
    check_model(model)
    found = jax.device_get(_solve_many(model, scattered_starts(model, starts, seed)))
    sizes = np.linalg.norm(found.amplitudes, axis=1)
    distinct: list[int] = []
    for i in np.argsort(sizes):
        apart = [np.linalg.norm(found.amplitudes[i] - found.amplitudes[j]) > 1e-6 * (1 + sizes[i]) for j in distinct]
        if found.converged[i] and all(apart):
            distinct.append(i)
    if not distinct:
        raise ConvergenceError(
            f"No fixed point was reached from any of {starts} starts: try more `starts` or another `seed`."
        )
    return jax.tree.map(lambda leaf: jnp.asarray(leaf[np.array(distinct)]), found)


@jax.jit
def _solve(model: Model, start: jax.Array) -> FixedPoint:
    root = fixed_point_root(model, start)
    A = drift(model, root.point)
    stable = root.converged & is_stable(jax.lax.stop_gradient(A))
    # A stable stand-in where there is no covariance keeps the solve, and the derivatives of other lanes, finite.
    safe = jnp.where(stable, A, -jnp.eye(A.shape[0]))
    method = "symmetric" if A.shape[0] < KRONECKER_PAYS else "doubling"
    covariance = jnp.where(stable, solve_lyapunov(safe, diffusion_matrix(model), method=method), jnp.nan)
    return FixedPoint(model, to_amplitudes(root.point), A, covariance, stable, root.converged, root.residual)


@jax.jit
def _solve_many(model: Model, starts: jax.Array) -> FixedPoint:
    return jax.vmap(lambda start: _solve(model, start))(starts)
