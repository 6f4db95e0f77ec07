"""Mean field and covariance in time, integrated with diffrax at an adaptive step."""

import dataclasses
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from jaxsync.dynamics.backend import load_diffrax
from jaxsync.errors import ConvergenceError, InputError
from jaxsync.models.base import (
    Model,
    as_arrays,
    is_traced,
    read_amplitudes,
    to_amplitudes,
    to_quadratures,
    vacuum,
    velocity,
    with_covariance,
)
from jaxsync.models.check import check_model


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Trajectory:
    """Mean field and covariance at given times.

    times: (t,). amplitudes: (t, n) complex. covariance: (t, 2n, 2n), or None where it was not asked for. converged:
    whether the integration got to the end; what lies behind the point where it stopped is NaN.
    """

    model: Model
    times: jax.Array
    amplitudes: jax.Array
    covariance: jax.Array | None
    converged: jax.Array

    def __repr__(self) -> str:
        if self.times.ndim != 1 or is_traced(self):
            return f"Trajectory(batch of shape {self.converged.shape})"
        what = "mean field" if self.covariance is None else "mean field and covariance"
        return f"Trajectory({what} at {self.times.size} times, t={float(self.times[0]):g}..{float(self.times[-1]):g})"


def simulate(
    model: Model,
    times: ArrayLike,
    initial: Literal["vacuum"] | jax.Array | tuple[jax.Array, jax.Array] = "vacuum",
    covariance: bool = True,
    *,
    rtol: float = 1e-9,
    atol: float = 1e-9,
    derivatives: Literal["reverse", "forward"] = "reverse",
) -> Trajectory:
    """Mean field z' = rates(z) and covariance V' = A V + V A^T + Q from `initial` at t = 0, seen at `times`.

    times: (t,), increasing, from 0 on. initial: "vacuum", all amplitudes 0 and thermal occupation n + 1/2; amplitudes
    (n,) with that covariance; or amplitudes and a covariance (2n, 2n). covariance=False leaves V out. rtol, atol: of
    the adaptive 8th-order steps; between them the solution is interpolated, which may cost two digits early on.
    derivatives: which kind can be taken of the result, "reverse" (jax.grad) or "forward" (jax.jvp, jax.jacfwd).

    Raises `InputError` for times, shapes or tolerances that cannot be used and, outside transformations,
    `ConvergenceError` if the integration does not get to the end.
    """
    times = read_times(times)
    if derivatives not in ("reverse", "forward"):
        raise InputError(f"Argument `derivatives` must be 'reverse' or 'forward', but is {derivatives!r}.")
    if not (rtol > 0 and atol > 0):
        raise InputError(f"Arguments `rtol` and `atol` must be positive, but are {rtol} and {atol}.")
    model = as_arrays(model)
    x, V = _read_initial(model, initial)
    check_model(model, to_amplitudes(x))
    start = jnp.concatenate([x[:, None], V], axis=1) if covariance else x[:, None]
    trajectory = _integrate(model, times, start, rtol=rtol, atol=atol, derivatives=derivatives)
    if not is_traced(trajectory) and not trajectory.converged:
        raise ConvergenceError(
            "The integration did not get to the end: the motion may grow without bound; look at shorter `times`, or "
            "allow larger `rtol` and `atol`."
        )
    return trajectory


@partial(jax.jit, static_argnames=("rtol", "atol", "derivatives"))
def _integrate(model, times, start, *, rtol, atol, derivatives):
    has_covariance = start.shape[1] > 1
    motion = with_covariance(model) if has_covariance else lambda state: velocity(model, state[:, 0])[:, None]
    diffrax = load_diffrax()
    adjoint = diffrax.ForwardMode() if derivatives == "forward" else diffrax.RecursiveCheckpointAdjoint()
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, state, args: motion(state)),
        diffrax.Dopri8(),
        t0=0.0,
        t1=times[-1],
        dt0=None,
        y0=start,
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.PIDController(rtol=rtol, atol=atol),
        adjoint=adjoint,
        max_steps=2**20,
        throw=False,
    )
    finished = solution.result == diffrax.RESULTS.successful
    seen = jnp.asarray(solution.ys)
    states = jnp.where(jnp.isfinite(seen), seen, jnp.nan)
    V = states[:, :, 1:]
    covariance = (V + jnp.swapaxes(V, 1, 2)) / 2 if has_covariance else None  # rounding makes small elements differ
    return Trajectory(model, times, to_amplitudes(states[:, :, 0]), covariance, finished)


def read_times(times: ArrayLike) -> jax.Array:
    """An argument that gives times, (t,), checked: finite and increasing, from zero on, the last one later."""
    # Known values stay with NumPy: inside a transformation jnp would make tracers of them, which cannot be checked.
    times = jnp.asarray(times) if is_traced(times) else np.asarray(times, dtype=float)
    if times.ndim != 1 or times.size == 0:
        raise InputError(f"Argument `times` must be a one-dimensional array of times, but has shape {times.shape}.")
    if not is_traced(times):
        if not (np.all(np.isfinite(times)) and times[0] >= 0 and np.all(np.diff(times) > 0)):
            raise InputError(
                "Argument `times` must be finite and increasing from zero or later; sort them and drop repeats."
            )
        if times[-1] == 0:
            raise InputError("Argument `times` must reach beyond t = 0, where the motion starts; give a later time.")
    return jnp.asarray(times, dtype=float)


def _read_initial(model, initial):
    x, V = vacuum(model)
    if isinstance(initial, str):
        if initial != "vacuum":
            raise InputError(
                f"Argument `initial` must be 'vacuum', amplitudes, or (amplitudes, covariance), not {initial!r}."
            )
        return x, V
    if isinstance(initial, tuple) and len(initial) == 2 and jnp.ndim(initial[1]) == 2:
        initial, V = initial[0], jnp.asarray(initial[1], dtype=float)
        if V.shape != (x.size, x.size):
            raise InputError(
                f"Argument `initial` must have a covariance of shape {(x.size, x.size)}, but it has shape {V.shape}."
            )
    return to_quadratures(read_amplitudes(model, "initial", initial)), V
