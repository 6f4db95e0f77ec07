"""Truncated-Wigner ensembles: the full nonlinear Langevin equations, for what linear theory cannot see."""

import dataclasses
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from jaxsync.attractors.settle import group, settle
from jaxsync.batches import map_points
from jaxsync.batches.program import largest_chunk
from jaxsync.errors import InputError
from jaxsync.models.base import Model
from jaxsync.models.check import check_model
from jaxsync.models.equations import (
    amplitudes_of,
    as_arrays,
    at,
    bind,
    depends_on_state,
    quadratures_of,
    to_quadratures,
    with_clock,
)
from jaxsync.models.hamiltonian import HamiltonianModel
from jaxsync.numerics.adaptive import LARGEST
from jaxsync.numerics.stochastic import (
    FEWEST,
    constant_kick,
    integrate,
    ito_kick,
    square_root,
    stratonovich_kick,
)
from jaxsync.numerics.stochastic_step import longest_step, rates_met
from jaxsync.states.outcome import Outcome
from jaxsync.states.settings import Settings
from jaxsync.states.start import Start, read_start
from jaxsync.states.state import State
from jaxsync.states.trajectory import read_times

PILOTS = 16
"""Trajectories that are followed first, for the rates that they meet."""


@dataclasses.dataclass(frozen=True, repr=False)
class Ensemble(State):
    """Truncated-Wigner trajectories, and where each of them settles when the noise is switched off at the end.

    times: (t,). trajectories: amplitudes (k, t, n), those that diverged left out. diverged: how many did. labels: the
    attractor of each by number, (k,). step: the longest that was taken. shares: of the attractors, most frequent first;
    outcomes and sizes (root mean square amplitudes, (attractors, n)) in the same order.

    Example:
        >>> import jaxsync as js
        >>> ensemble = js.simulate_ensemble(js.OptoMagnoMechanical(), [1.0, 2.0], 4, seed=0)
        >>> ensemble.amplitudes.shape
        (2, 4)
    """

    model: Model
    times: np.ndarray
    trajectories: np.ndarray
    diverged: int
    step: float
    labels: np.ndarray
    shares: np.ndarray
    outcomes: tuple[Outcome, ...]
    sizes: np.ndarray

    @property
    def code(self) -> np.int8:
        """OK: what does not reach the end is left out and counted."""
        return np.int8(Outcome.OK)

    @property
    def amplitudes(self) -> np.ndarray:
        """Ensemble means, (t, n)."""
        return self.trajectories.mean(axis=0)

    @property
    def covariance(self) -> np.ndarray:
        """Covariances of the quadratures, (t, 2n, 2n)."""
        return covariance_of(self.trajectories)

    @property
    def realizations(self) -> jax.Array:
        """The trajectories, (k, t, n)."""
        return jnp.asarray(self.trajectories)

    def last(self) -> tuple[jax.Array, jax.Array]:
        """Mean and covariance at the last time."""
        return jnp.asarray(self.amplitudes[-1]), jnp.asarray(self.covariance[-1])

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
        for share, outcome, sizes in zip(self.shares, self.outcomes, self.sizes, strict=True):
            modes = ", ".join(f"|{m}|={z:.4g}" for m, z in zip(self.model.modes, sizes, strict=True))
            lines.append(f"  {share:.1%} {outcome}, {modes}")
        return "\n".join(lines) + ")"


def simulate_ensemble(
    model: Model,
    times: ArrayLike,
    trajectories: int,
    seed: int,
    start: Start = None,
    *,
    step: float | None = None,
    progress: bool = False,
    settings: Settings = Settings(),
) -> Ensemble:
    """Trajectories of dx = f(x) dt + noise, <noise noise^T> = Q dt, from the Wigner function of the start at t = 0.

    Args:
        model: The device.
        times: Times to be seen, (t,), increasing.
        trajectories: How many.
        seed: The same seed gives the same trajectories, and a larger ensemble more of them.
        start: None or "vacuum"; amplitudes, (n,), with the vacuum's covariance; amplitudes and a covariance, (2n, 2n);
            or a state, from its end.
        step: Longest step between kicks of noise (numerics/stochastic.py says how they are placed); None takes the
            longest that the rates allow which trajectories of the device meet.
        progress: Whether to show a bar.
        settings: Of the motions without noise that follow each trajectory at the end, to see which attractor it is
            drawn to.

    Returns:
        The ensemble; trajectories that diverge are counted and left out.

    Raises:
        InputError: For no trajectories, for times that do not increase, for a step that is too long (naming one that
            would do), and if all trajectories diverge.

    Example:
        >>> import jaxsync as js
        >>> js.simulate_ensemble(js.OptoMagnoMechanical(), [1.0, 2.0], 4, seed=0).trajectories.shape
        (4, 2, 4)
    """
    seen_at = np.asarray(read_times(times))
    model, seen, step = sample_trajectories(model, seen_at, trajectories, seed, start, step=step, progress=progress)
    kept = seen[np.max(np.abs(seen), axis=(1, 2)) < LARGEST]  # False for NaN
    if len(kept) == 0:
        raise InputError(
            "All trajectories diverged: the motion grows without bound, or `step` is too long; give a shorter one."
        )
    settled = settle(model, quadratures_of(model, kept[:, -1], seen_at[-1]), settings, progress)
    labels = group(settled)
    counts = np.bincount(labels)
    order = np.argsort(-counts, kind="stable")
    firsts = [int(np.flatnonzero(labels == label)[0]) for label in order]
    return Ensemble(
        model=model,
        times=seen_at,
        trajectories=kept,
        diverged=len(seen) - len(kept),
        step=step,
        labels=np.argsort(order)[labels],
        shares=counts[order] / len(kept),
        outcomes=tuple(Outcome(int(settled.code[i])) for i in firsts),
        sizes=settled.sizes[firsts],
    )


def sample_trajectories(
    model: Model,
    times: np.ndarray,
    trajectories: int,
    seed: int,
    start: Start,
    *,
    step: float | None = None,
    progress: bool = False,
) -> tuple[Model, np.ndarray, float]:
    """The model as arrays, amplitudes (k, t, n) of all trajectories, diverged or not, and the longest step taken."""
    if trajectories < 1:
        raise InputError(f"Argument `trajectories` must be 1 or more, but is {trajectories}.")
    x, V = read_start(model, start, covariance=True)
    check_model(model, amplitudes_of(model, x), moves=False)
    model = as_arrays(model)
    longest = longest_step(_rates_met(model, x, V, times[-1]), float(times[-1]))
    if step is not None and not 0 < step <= longest:
        named = 0.99 * longest  # so that what three digits say is not beyond it
        raise InputError(
            f"Argument `step` must be positive and at most {named:.3g} to follow the fastest rate, but is {step}."
        )
    intervals = np.diff(times, prepend=0.0)
    steps = np.maximum(np.ceil(intervals / (step or longest)), FEWEST).astype(int)
    # One key per number, and chunks of one width, filled up: how a lane is rounded depends on those beside it. So a
    # larger ensemble begins with the trajectories of a smaller one.
    chunk = largest_chunk()
    numbers = jnp.arange(max(trajectories, chunk))
    keys = jax.random.key_data(jax.vmap(partial(jax.random.fold_in, jax.random.key(seed)))(numbers))
    shared = (model, x, V, times, steps)
    seen = map_points(_trajectory, shared, keys, chunk=chunk, progress=progress, label="trajectories")[:trajectories]
    return model, seen, float(np.max(intervals / steps))


def covariance_of(trajectories: np.ndarray) -> np.ndarray:
    """Sample covariances of the quadratures, amplitudes (k, t, n) to (t, 2n, 2n)."""
    x = np.asarray(to_quadratures(trajectories))
    x = x - x.mean(axis=0)
    return np.einsum("kti,ktj->tij", x, x, optimize=True) / max(1, len(x) - 1)


@jax.jit
def _rates_met(model, x0, V0, duration):
    """Rates that a few trajectories meet, whatever the seed: so the longest step is the device's own."""
    start_key, noise_key = jax.random.split(jax.random.key(0))
    starts = x0[None] + jax.random.normal(start_key, (PILOTS, x0.size)) @ square_root(V0)
    return rates_met(*_langevin(model, x0), starts, duration, noise_key)


def _trajectory(shared, key):
    """Amplitudes at the times, (t, n), of one trajectory, which the data of its key make."""
    model, x0, V0, times, steps = shared
    velocity, _, kick = _langevin(model, x0)
    start_key, noise_key = jax.random.split(jax.random.wrap_key_data(key))
    start = x0 + square_root(V0) @ jax.random.normal(start_key, x0.shape)
    return amplitudes_of(model, integrate(velocity, kick, start, times, steps, noise_key))


def _langevin(model, x0):
    """The drift, the noise's strength, and its kick, each in the sense in which the model is written."""
    velocity, Q = bind(model)
    if isinstance(model, HamiltonianModel):

        def drift(x):
            device, z = at(model, x)
            return with_clock(model, x, to_quadratures(device.drift(z)))  # type: ignore[attr-defined]

        def strength(x):
            device, z = at(model, x)
            S = device.noise(z)  # type: ignore[attr-defined]
            return jnp.pad(S, ((0, x.size - S.shape[0]), (0, 0)))  # a clock has none

        return drift, strength, stratonovich_kick(strength, strength(x0).shape[1])
    if depends_on_state(model):
        strength = lambda x: square_root(Q(x))
        return velocity, strength, ito_kick(strength, x0.size)
    S = square_root(Q(x0))
    return velocity, lambda x: S, constant_kick(S)
