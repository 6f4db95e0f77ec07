"""Mean field and covariance in time, integrated with diffrax at an adaptive step."""

import dataclasses
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Complex, Float, Int

from jaxsync.errors import ConvergenceError, InputError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.check import check_model
from jaxsync.models.equations import amplitudes_of, as_arrays, bind
from jaxsync.numerics.backend import load_diffrax
from jaxsync.numerics.stability import EPS
from jaxsync.numerics.variational import with_covariance
from jaxsync.states.outcome import Outcome
from jaxsync.states.start import Start, read_start
from jaxsync.states.state import State


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, repr=False)
class Trajectory(State):
    """Mean field and covariance at given times.

    Its outcome is OK where the integration got to the end, else DIVERGED; what lies behind the point where it stopped
    is NaN. Measures give one value per time.

    times: (t,). amplitudes: (t, n) complex. covariance: (t, 2n, 2n), or None where it was not asked for.

    Example:
        >>> import jaxsync as js
        >>> js.simulate(js.OptoMagnoMechanical(), [1.0, 2.0]).covariance.shape
        (2, 8, 8)
    """

    model: Model
    code: Int[Array, "*batch"]
    times: Float[Array, "*batch t"]
    amplitudes: Complex[Array, "*batch t n"]
    covariance: Float[Array, "*batch t 2n 2n"] | None

    @property
    def converged(self) -> jax.Array:
        """Whether the integration got to the end."""
        return self.code == Outcome.OK

    @property
    def reference_covariance(self) -> jax.Array:
        """The covariance, which must have been asked for."""
        if self.covariance is None:
            raise InputError("Argument `state` is a trajectory without covariance: call simulate with covariance=True.")
        return self.covariance

    def last(self) -> tuple[jax.Array, jax.Array | None]:
        """Amplitudes and covariance at the last time."""
        return self.amplitudes[-1], None if self.covariance is None else self.covariance[-1]

    def __repr__(self) -> str:
        if self.times.ndim != 1 or is_traced(self):
            return f"Trajectory(batch of shape {self.code.shape})"
        what = "mean field" if self.covariance is None else "mean field and covariance"
        return f"Trajectory({what} at {self.times.size} times, t={float(self.times[0]):g}..{float(self.times[-1]):g})"


def simulate(
    model: Model,
    times: ArrayLike,
    start: Start = None,
    *,
    covariance: bool = True,
    throw: bool = True,
    rtol: float = 1e-9,
    atol: float = 1e-9,
    derivatives: Literal["reverse", "forward"] = "reverse",
) -> Trajectory:
    """Mean field z' = rates(z) and covariance V' = A V + V A^T + Q in time.

    Args:
        model: The device.
        times: Times to be seen, (t,), increasing, from 0 on, where the motion starts.
        start: None or "vacuum"; amplitudes (n,), with the vacuum's covariance; amplitudes and a covariance (2n, 2n); or
            a state, from its end.
        covariance: Whether V is integrated too.
        throw: Whether to raise if the integration does not get to the end, outside transformations.
        rtol: Relative tolerance of the adaptive 8th-order steps; between them the solution is interpolated, which may
            cost two digits early on.
        atol: Absolute tolerance, in quadrature units.
        derivatives: Which kind can be taken of the result, "reverse" (jax.grad) or "forward" (jax.jvp, jax.jacfwd).

    Returns:
        The trajectory at `times`.

    Raises:
        InputError: For times, shapes or tolerances that cannot be used.
        ConvergenceError: If the integration does not get to the end.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> js.simulate(js.OptoMagnoMechanical(), jnp.linspace(0.0, 1.0, 11))
        Trajectory(mean field and covariance at 11 times, t=0..1)
    """
    times = read_times(times)
    if derivatives not in ("reverse", "forward"):
        raise InputError(f"Argument `derivatives` must be 'reverse' or 'forward', but is {derivatives!r}.")
    if not (rtol > 0 and atol > 0):
        raise InputError(f"Arguments `rtol` and `atol` must be positive, but are {rtol} and {atol}.")
    model = as_arrays(model)
    x, V = read_start(model, start, covariance=covariance)
    check_model(model, amplitudes_of(model, x), moves=False)
    state = jnp.concatenate([x[:, None], V], axis=1) if covariance else x[:, None]
    trajectory = _integrate(model, times, state, rtol=rtol, atol=atol, derivatives=derivatives)
    if throw and not is_traced(trajectory) and not trajectory.converged:
        raise ConvergenceError(
            f"The integration did not get to the end: {Outcome.DIVERGED.found}, or the tolerances are too tight; look "
            "at shorter `times`, or allow larger `rtol` and `atol`."
        )
    return trajectory


@partial(jax.jit, static_argnames=("rtol", "atol", "derivatives"))
def _integrate(model, times, start, *, rtol, atol, derivatives):
    has_covariance = start.shape[1] > 1
    equations = bind(model)
    motion = with_covariance(*equations) if has_covariance else lambda x: equations.velocity(x[:, 0])[:, None]
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
        # What grows without bound in a finite time is stopped where the clock no longer feels a step.
        stepsize_controller=diffrax.PIDController(
            rtol=rtol, atol=atol, dtmin=EPS * jax.lax.stop_gradient(times[-1]), force_dtmin=False
        ),
        adjoint=adjoint,
        max_steps=2**20,
        throw=False,
    )
    finished = solution.result == diffrax.RESULTS.successful
    seen = jnp.asarray(solution.ys)
    states = jnp.where(jnp.isfinite(seen), seen, jnp.nan)
    size = 2 * len(model.modes)
    V = states[:, :size, 1 : size + 1]
    covariance = (V + jnp.swapaxes(V, 1, 2)) / 2 if has_covariance else None  # rounding makes small elements differ
    code = jnp.where(finished, Outcome.OK, Outcome.DIVERGED).astype(jnp.int8)
    return Trajectory(model, code, times, amplitudes_of(model, states[:, :, 0]), covariance)


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
