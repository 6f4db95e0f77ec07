"""Which kind of long-time state the mean field reaches, with the evidence."""

import dataclasses
import enum
from functools import partial

import jax
import jax.numpy as jnp

from jaxsync.models.base import (
    Model,
    as_arrays,
    is_traced,
    read_amplitudes,
    to_amplitudes,
    to_quadratures,
    vacuum,
    velocity,
)
from jaxsync.models.check import check_model
from jaxsync.solvers.flow import flow
from jaxsync.solvers.limit_cycle import CycleSettings, orbit_from


class Regime(enum.IntEnum):
    """Kinds of long-time states of the mean field."""

    FIXED_POINT = 0
    LIMIT_CYCLE = 1
    QUASIPERIODIC = 2
    CHAOTIC = 3
    DIVERGED = 4


def regime_name(regime: Regime) -> str:
    """The regime in words."""
    return regime.name.lower().replace("_", " ")


def is_bounded(x: jax.Array) -> jax.Array:
    """Whether a motion that has come to the quadratures x, (2n,), has not run away; NaN has."""
    return jnp.max(jnp.abs(x)) < 1e8


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Classification:
    """The regime and what it was told by.

    code: the regime's number. exponents: the three largest Lyapunov exponents of the mean field (two of a single mode),
    in units of omega_1, known to about 1/horizon. amplitudes: where the transient ended, (n,). period: of the cycle,
    NaN without one. residual: of Newton's method for the cycle. distance: from the transient's end to that cycle, over
    its extent. speed: of the quadratures at the transient's end; zero at rest.
    """

    model: Model
    code: jax.Array
    exponents: jax.Array
    amplitudes: jax.Array
    period: jax.Array
    residual: jax.Array
    distance: jax.Array
    speed: jax.Array

    @property
    def regime(self) -> Regime:
        """The regime of one classification; of a batch, read `code`."""
        return Regime(int(self.code))

    def __repr__(self) -> str:
        if self.code.ndim or is_traced(self):
            return f"Classification(batch of shape {self.code.shape})"
        exponents = ", ".join(f"{x:.2g}" for x in self.exponents.tolist())
        return (
            f"Classification({self.regime.name}, exponents=({exponents}), period={float(self.period):.8g}, "
            f"residual={float(self.residual):.1e}, distance={float(self.distance):.1e})"
        )


def classify(
    model: Model,
    start: jax.Array | None = None,
    *,
    horizon: float = 3000.0,
    settings: CycleSettings = CycleSettings(),
) -> Classification:
    """Which kind of state the mean field reaches from `start`, amplitudes (n,); None is the vacuum.

    After the transient, Newton's method looks for a cycle, and the largest Lyapunov exponents are taken over `horizon`
    (1/omega_1) by repeated QR factorization (Benettin et al., Meccanica 15, 9 (1980)). All negative: fixed point. One
    zero: limit cycle, also where its period is too long to be found. Two zeros: quasi-periodic. One positive: chaotic.
    Zero is what is smaller than 3/horizon. A cycle found close to where the motion ended settles doubtful cases.
    """
    amplitudes = None if start is None else read_amplitudes(model, "start", start)
    check_model(model, amplitudes)
    x = vacuum(model)[0] if amplitudes is None else to_quadratures(amplitudes)
    return _classify(as_arrays(model), x, horizon=horizon, settings=settings)


def lyapunov_exponents(model: Model, x: jax.Array, horizon: float, step: float, count: int = 3) -> jax.Array:
    """The `count` largest Lyapunov exponents of the motion from the quadratures x, largest first."""
    stretch = 25  # steps between factorizations: too few for the fastest and slowest direction to become parallel
    rounds = max(1, round(horizon / (stretch * step)))

    def motion(state):
        slope, push = jax.linearize(lambda y: velocity(model, y), state[:, 0])
        return jnp.concatenate([slope[:, None], jax.vmap(push, in_axes=1, out_axes=1)(state[:, 1:])], axis=1)

    def advance(state, _):
        state = flow(motion, state, step, stretch)
        orthogonal, triangular = jnp.linalg.qr(state[:, 1:])
        growth = jnp.log(jnp.abs(jnp.diag(triangular)))
        return jnp.concatenate([state[:, :1], orthogonal], axis=1), growth

    # Directions along the axes could miss a slow one where modes are not coupled.
    directions = jnp.linalg.qr(jax.random.normal(jax.random.key(0), (x.shape[0], count)))[0]
    start = jnp.concatenate([x[:, None], directions], axis=1)
    _, growth = jax.lax.scan(advance, start, length=rounds)
    settled = growth[rounds // 10 :]  # the first tenth turns the directions
    return -jnp.sort(-jnp.sum(settled, axis=0) / (settled.shape[0] * stretch * step))


@partial(jax.jit, static_argnames=("horizon", "settings"))
def _classify(model, start, *, horizon, settings):
    orbit, end, _ = orbit_from(model, start, settings)
    speed = jnp.linalg.vector_norm(velocity(model, end))
    exponents = lyapunov_exponents(model, end, horizon, settings.step, min(3, 2 * len(model.modes)))
    zero = 3 / horizon

    bounded = is_bounded(end) & jnp.all(jnp.isfinite(exponents))
    at_rest = (exponents[0] < -zero) | (speed < 1e-9 * jnp.maximum(1.0, jnp.linalg.vector_norm(end)))
    on_orbit = orbit.converged & (orbit.distance < 0.05) & (exponents[0] < zero)
    # Close to where it branches off, a cycle contracts more slowly than the exponents can tell from zero.
    cycle = (on_orbit & (orbit.distance < 1e-3)) | (exponents[1] < -zero)
    code = jnp.select(
        [~bounded, at_rest, exponents[0] > zero, cycle],
        [Regime.DIVERGED, Regime.FIXED_POINT, Regime.CHAOTIC, Regime.LIMIT_CYCLE],
        Regime.QUASIPERIODIC,
    )
    period = jnp.where((code == Regime.LIMIT_CYCLE) & on_orbit, orbit.period, jnp.nan)
    return Classification(model, code, exponents, to_amplitudes(end), period, orbit.residual, orbit.distance, speed)
