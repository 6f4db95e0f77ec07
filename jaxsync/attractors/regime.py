"""Which kind of long-time state the mean field reaches, with the evidence."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float, Int

from jaxsync.models.base import Model, is_traced
from jaxsync.models.check import check_model
from jaxsync.models.equations import as_arrays, bind, to_amplitudes
from jaxsync.numerics.flow import flow
from jaxsync.numerics.periodic_orbit import NEARBY, close_orbit
from jaxsync.numerics.variational import Velocity, with_deviations
from jaxsync.states.orbit import recurrence_time, transient
from jaxsync.states.outcome import Outcome, read_outcome
from jaxsync.states.settings import Settings
from jaxsync.states.start import Start, read_start
from jaxsync.states.thorough import UNDECIDED, settle
from jaxsync.states.verdicts import is_at_rest, is_bounded, is_near_cycle, is_on_cycle


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Classification:
    """What the motion does in the long run, its `outcome`, and what it was told by.

    code: the number of the outcome. exponents: the three largest Lyapunov exponents of the mean field (two of a single
    mode), in units of omega_1, known to about 1/horizon. amplitudes: where the transient ended, (n,). period: of the
    cycle, NaN without one. residual: of Newton's method for the cycle. distance: from the transient's end to that
    cycle, over its extent. speed: of the quadratures at the transient's end; zero at rest.

    Example:
        >>> import jaxsync as js
        >>> print(js.classify(js.OptoMagnoMechanical(kerr=-2e-5)).outcome)
        limit cycle
    """

    model: Model
    code: Int[Array, "*batch"]
    exponents: Float[Array, "*batch k"]
    amplitudes: Complex[Array, "*batch n"]
    period: Float[Array, "*batch"]
    residual: Float[Array, "*batch"]
    distance: Float[Array, "*batch"]
    speed: Float[Array, "*batch"]

    @property
    def outcome(self) -> Outcome | jax.Array:
        """FIXED_POINT, LIMIT_CYCLE, QUASIPERIODIC, CHAOTIC or DIVERGED; of a batch the numbers of the outcomes."""
        return read_outcome(self.code)

    def __repr__(self) -> str:
        if self.code.ndim or is_traced(self):
            return f"Classification(batch of shape {self.code.shape})"
        exponents = ", ".join(f"{x:.2g}" for x in self.exponents.tolist())
        return (
            f"Classification({self.outcome}, exponents=({exponents}), period={float(self.period):.8g}, "
            f"residual={float(self.residual):.1e}, distance={float(self.distance):.1e})"
        )


def classify(model: Model, start: Start = None, *, settings: Settings = Settings()) -> Classification:
    """Which kind of state the mean field reaches from a start.

    After the transient, Newton's method looks for a cycle, and the largest Lyapunov exponents are taken over
    settings.horizon by repeated QR factorization (Benettin et al., Meccanica 15, 9 (1980)). All negative: fixed point.
    One zero: limit cycle, also where its period is too long to be found. Two zeros: quasi-periodic. One positive:
    chaotic. Zero is what is smaller than 3/horizon. A cycle found close to where the motion ended settles doubtful
    cases.

    Args:
        model: The device.
        start: None or "vacuum", amplitudes (n,), or a state.
        settings: How long the motion is looked at, and how carefully.

    Returns:
        The outcome with its evidence.

    Raises:
        InputError: For a start of the wrong shape, and for a model that cannot be solved.

    Example:
        >>> import jaxsync as js
        >>> print(js.classify(js.OptoMagnoMechanical(kerr=-2e-5)).outcome)
        limit cycle
    """
    x, _ = read_start(model, start)
    check_model(model, None if start is None else to_amplitudes(x))
    found = _classify(as_arrays(model), x, settings=settings)
    if not settings.thorough or is_traced(found) or found.outcome not in UNDECIDED:
        return found
    settled = settle(as_arrays(model), x)
    return dataclasses.replace(
        found,
        code=jnp.asarray(settled.outcome, jnp.int8),
        exponents=found.exponents * jnp.nan if settled.exponents is None else jnp.asarray(settled.exponents),
        amplitudes=to_amplitudes(settled.end),
        period=jnp.where(settled.outcome == Outcome.LIMIT_CYCLE, settled.period, jnp.nan),
        residual=jnp.asarray(jnp.nan),
        distance=jnp.asarray(jnp.nan),
        speed=jnp.linalg.vector_norm(bind(as_arrays(model)).velocity(settled.end)),
    )


def lyapunov_exponents(velocity: Velocity, x: jax.Array, horizon: float, step: float, count: int = 3) -> jax.Array:
    """The `count` largest Lyapunov exponents of the motion from the quadratures x, largest first."""
    motion = with_deviations(velocity)
    stretch = 25  # steps between factorizations: too few for the fastest and slowest direction to become parallel
    rounds = max(1, round(horizon / (stretch * step)))

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


@partial(jax.jit, static_argnames="settings")
def _classify(model, start, *, settings):
    velocity = bind(model).velocity
    end, _ = transient(velocity, start, settings)
    period = recurrence_time(velocity, end, settings)
    orbit = close_orbit(
        velocity, velocity, end, recurrence_time(velocity, end, settings), settings.steps, jacobians=NEARBY
    )
    speed = jnp.linalg.vector_norm(velocity(end))
    exponents = lyapunov_exponents(velocity, end, settings.horizon, settings.step, min(3, 2 * len(model.modes)))
    zero = 3 / settings.horizon  # an exponent is known to about the inverse of the time that it is averaged over

    bounded = is_bounded(end) & jnp.all(jnp.isfinite(exponents))
    at_rest = (exponents[0] < -zero) | is_at_rest(speed, end)
    on_orbit = orbit.closed & orbit.resolved & is_near_cycle(orbit.distance) & (exponents[0] < zero)
    # Close to where it branches off, a cycle contracts more slowly than the exponents can tell from zero.
    cycle = (on_orbit & is_on_cycle(orbit.distance)) | (exponents[1] < -zero)
    code = jnp.select(
        [~bounded, at_rest, exponents[0] > zero, cycle],
        [Outcome.DIVERGED, Outcome.FIXED_POINT, Outcome.CHAOTIC, Outcome.LIMIT_CYCLE],
        Outcome.QUASIPERIODIC,
    ).astype(jnp.int8)
    period = jnp.where((code == Outcome.LIMIT_CYCLE) & on_orbit, orbit.period, jnp.nan)
    return Classification(model, code, exponents, to_amplitudes(end), period, orbit.residual, orbit.distance, speed)
