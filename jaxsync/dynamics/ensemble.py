"""Truncated-Wigner ensembles: the full nonlinear Langevin equations, for what linear theory cannot see."""

import dataclasses
import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from jaxsync.batches import map_chunks
from jaxsync.dynamics.backend import load_diffrax
from jaxsync.dynamics.trajectory import read_times
from jaxsync.errors import InputError
from jaxsync.models.base import (
    Model,
    as_arrays,
    diffusion_matrix,
    drift,
    to_amplitudes,
    to_quadratures,
    vacuum,
    velocity,
)
from jaxsync.models.check import check_model
from jaxsync.solvers.flow import path
from jaxsync.solvers.limit_cycle import CycleSettings
from jaxsync.solvers.regime import Regime, regime_name
from jaxsync.solvers.settle import group, settle

CHUNK = 128
"""Trajectories integrated together; memory grows with this and with the number of times, not with the ensemble."""

STEP_PER_RATE = 0.1
"""Longest step times the fastest rate: at twice this, an S_Q that is mere leaked phase diffusion is a sixth too low."""


@dataclasses.dataclass(frozen=True)
class Ensemble:
    """Truncated-Wigner trajectories, and where each of them settles when the noise is switched off at the end.

    times: (t,). trajectories: amplitudes (k, t, n), those that diverged left out. diverged: how many did. labels: the
    attractor of each by number, (k,). shares: of the attractors, most frequent first; regimes and sizes (root mean
    square amplitudes, (attractors, n)) in the same order.
    """

    model: Model
    times: np.ndarray
    trajectories: np.ndarray
    diverged: int
    step: float
    labels: np.ndarray
    shares: np.ndarray
    regimes: tuple[Regime, ...]
    sizes: np.ndarray

    @property
    def amplitudes(self) -> np.ndarray:
        """Ensemble means, (t, n)."""
        return self.trajectories.mean(axis=0)

    @property
    def covariance(self) -> np.ndarray:
        """Covariances of the quadratures, (t, 2n, 2n)."""
        return covariance_of(self.trajectories)

    def standard_error(
        self, measure: Callable[["Ensemble"], jax.Array], resamples: int = 100, seed: int = 0
    ) -> np.ndarray:
        """Bootstrap standard error of `measure` of the ensemble, such as complete_synchronization: one per time."""
        if resamples < 2:
            raise InputError(f"Argument `resamples` must be 2 or more, but is {resamples}.")
        random = np.random.default_rng(seed)
        count = len(self.trajectories)
        draws = (
            dataclasses.replace(self, trajectories=self.trajectories[random.integers(count, size=count)])
            for _ in range(resamples)
        )
        return np.std([np.asarray(measure(draw)) for draw in draws], axis=0, ddof=1)

    def __repr__(self) -> str:
        lines = [
            f"Ensemble({len(self.trajectories)} trajectories, {self.diverged} diverged, t={self.times[0]:g}.."
            f"{self.times[-1]:g}, step={self.step:.3g}; they end in {len(self.shares)} attractor(s):"
        ]
        for share, regime, sizes in zip(self.shares, self.regimes, self.sizes, strict=True):
            modes = ", ".join(f"|{m}|={z:.4g}" for m, z in zip(self.model.modes, sizes, strict=True))
            lines.append(f"  {share:.1%} {regime_name(regime)}, {modes}")
        return "\n".join(lines) + ")"


def simulate_ensemble(
    model: Model,
    times: ArrayLike,
    trajectories: int,
    seed: int,
    *,
    step: float | None = None,
    progress: bool = False,
    settings: CycleSettings = CycleSettings(),
) -> Ensemble:
    """Trajectories of dx = f(x) dt + noise, <noise noise^T> = Q dt, from the Wigner function of the vacuum at t = 0.

    times: (t,), increasing, seen in the result. trajectories: how many. step: of the stochastic Runge-Kutta method for
    additive noise (diffrax.SRA1); None takes the longest that the fastest rate along the mean motion allows. The same
    seed gives the same trajectories, and a larger ensemble more of them. Trajectories that diverge are counted and left
    out. At the end each is followed without noise to see which attractor it is drawn to.

    Raises `InputError` for no trajectories, for times that do not increase, for a step that is too long (naming one
    that would do), and if all trajectories diverge.
    """
    at = np.asarray(read_times(times))
    if trajectories < 1:
        raise InputError(f"Argument `trajectories` must be 1 or more, but is {trajectories}.")
    check_model(model)
    model = as_arrays(model)
    longest = STEP_PER_RATE / float(_fastest_rate(model, min(float(at[-1]), settings.transient), settings.step))
    if step is None:
        step = longest
    elif not 0 < step <= longest:
        raise InputError(
            f"Argument `step` must be positive and at most {longest:.3g} to follow the fastest rate, but is {step}."
        )
    even = float(at[-1]) / math.ceil(at[-1] / step)  # whole steps to the last time
    # One key per number: a larger ensemble begins with the trajectories of a smaller one.
    keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(seed)))(jnp.arange(trajectories))
    run = partial(_integrate, model, jnp.asarray(at), even)
    seen = map_chunks(run, jax.random.key_data(keys), chunk=CHUNK, progress=progress, label="trajectories")
    kept = seen[np.all(np.isfinite(seen), axis=(1, 2)) & (np.max(np.abs(seen), axis=(1, 2)) < 1e8)]
    if len(kept) == 0:
        raise InputError(
            "All trajectories diverged: the motion grows without bound, or `step` is too long; give a shorter one."
        )
    settled = settle(model, to_quadratures(jnp.asarray(kept[:, -1])), settings, progress)
    labels = group(settled)
    counts = np.bincount(labels)
    order = np.argsort(-counts, kind="stable")
    firsts = [int(np.flatnonzero(labels == label)[0]) for label in order]
    return Ensemble(
        model=model,
        times=at,
        trajectories=kept,
        diverged=len(seen) - len(kept),
        step=even,
        labels=np.argsort(order)[labels],
        shares=counts[order] / len(kept),
        regimes=tuple(Regime(int(settled.code[i])) for i in firsts),
        sizes=settled.sizes[firsts],
    )


def covariance_of(trajectories: np.ndarray) -> np.ndarray:
    """Sample covariances of the quadratures, amplitudes (k, t, n) to (t, 2n, 2n)."""
    x = np.asarray(to_quadratures(trajectories))
    x = x - x.mean(axis=0)
    return np.einsum("kti,ktj->tij", x, x, optimize=True) / max(1, len(x) - 1)


@partial(jax.jit, static_argnames=("duration", "step"))
def _fastest_rate(model, duration, step):
    """Largest norm of the drift matrix along the mean motion from vacuum: detunings swing with the oscillation."""
    xs = path(lambda x: velocity(model, x), vacuum(model)[0], step, math.ceil(duration / step))
    norms = jax.vmap(lambda x: jnp.linalg.norm(drift(model, x), ord=2))(xs[::5])
    return jnp.max(norms)


@jax.jit
def _integrate(model, times, step, keys):
    diffrax = load_diffrax()
    x0, V0 = vacuum(model)
    strength = _square_root(diffusion_matrix(model))
    spread = _square_root(V0)

    def one(key):
        start_key, noise_key = jax.random.split(jax.random.wrap_key_data(key))
        start = x0 + spread @ jax.random.normal(start_key, x0.shape)
        noise = diffrax.UnsafeBrownianPath(x0.shape, noise_key, levy_area=diffrax.SpaceTimeLevyArea)
        terms = diffrax.MultiTerm(
            diffrax.ODETerm(lambda t, x, args: velocity(model, x)),
            diffrax.ControlTerm(lambda t, x, args: strength, noise),
        )
        solution = diffrax.diffeqsolve(
            terms,
            diffrax.SRA1(),
            t0=0.0,
            t1=times[-1],
            dt0=step,
            y0=start,
            saveat=diffrax.SaveAt(ts=times),
            stepsize_controller=diffrax.ConstantStepSize(),
            adjoint=diffrax.ForwardMode(),  # never differentiated; the others keep a record or refuse the noise's path
            max_steps=None,
            throw=False,
        )
        return to_amplitudes(jnp.asarray(solution.ys))

    return jax.vmap(one)(keys)


def _square_root(matrix):
    """S with S S^T = matrix, also for a semi-definite one, which has no Cholesky factor in floating point."""
    values, vectors = jnp.linalg.eigh(matrix)
    return vectors * jnp.sqrt(jnp.maximum(values, 0.0))[None]
