"""Which kind of long-time state the mean field reaches, with the evidence."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float, Int

from jaxsync.models.base import Model, is_traced
from jaxsync.models.check import check_model
from jaxsync.models.equations import amplitudes_of, as_arrays, bind
from jaxsync.numerics.adaptive import is_bounded
from jaxsync.numerics.exponents import lyapunov_exponents
from jaxsync.numerics.settled import Kind
from jaxsync.states.limit_cycle import cycle_reached, settle_thoroughly
from jaxsync.states.orbit import follow_motion
from jaxsync.states.outcome import Outcome, read_outcome
from jaxsync.states.settings import Settings
from jaxsync.states.start import Start, read_start
from jaxsync.states.thorough import is_undecided
from jaxsync.states.verdicts import is_on_cycle

NOISE = 3.0
"""An exponent that is averaged over a time is known to a few over that time: what is smaller is zero."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Classification:
    """What the motion does in the long run, its `outcome`, and what it was told by.

    code: the number of the outcome. amplitudes: where the motion was when that was told, (n,), and `time`, how long it
    had been followed by then. kicked: whether it was pushed off an unstable rest first, by one quantum. period: of the
    cycle, NaN without one. residual: of Newton's method for the cycle. distance: from the motion's end to that cycle,
    over its extent. exponents: the three largest Lyapunov exponents of the mean field (two of a single mode), and
    `horizon`, the time that they are averages over, whose inverse is about their error; NaN where they decided nothing.

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
    time: Float[Array, "*batch"]
    horizon: Float[Array, "*batch"]
    kicked: Bool[Array, "*batch"]

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

    The motion is followed until it rests or returns to itself ever more closely; Newton's method looks for the cycle.
    The largest Lyapunov exponents are taken by repeated QR factorization (Benettin et al., Meccanica 15, 9 (1980)). One
    zero and the next negative: a limit cycle, also where its period is too long to be found. Two zeros: quasi-periodic.
    One positive: chaotic. Zero is what is smaller than 3/horizon. What this does not decide is UNRESOLVED, and outside
    transformations followed on by every means unless the settings forbid it.

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
    check_model(model, None if start is None else amplitudes_of(model, x))
    found = _classify(as_arrays(model), x, settings=settings)
    if not settings.thorough or is_traced(found) or not is_undecided(found.code, found.period):
        return found
    motion, outcome, cycle = settle_thoroughly(as_arrays(model), x)
    nothing = jnp.full((), jnp.nan)
    return dataclasses.replace(
        found,
        code=jnp.asarray(outcome, jnp.int8),
        exponents=found.exponents * jnp.nan if motion.exponents is None else jnp.asarray(motion.exponents),
        amplitudes=amplitudes_of(model, motion.end),
        period=cycle.period if cycle is not None and cycle.stable else nothing,
        residual=nothing,
        distance=jnp.asarray(motion.distance),
        time=jnp.asarray(motion.time),
        horizon=nothing if motion.horizon is None else jnp.asarray(motion.horizon),
        kicked=jnp.asarray(motion.kicked),
    )


@partial(jax.jit, static_argnames="settings")
def _classify(model, start, *, settings):
    velocity = bind(model).velocity
    motion = follow_motion(model, start, settings)
    state = cycle_reached(model, motion, settings)
    count = min(3, start.size)
    seen = lyapunov_exponents(velocity, motion.end, count, settings.tolerance, settings.budget)
    exponents, zero = seen.values, NOISE / seen.horizon
    cycle = state.code == Outcome.LIMIT_CYCLE
    # What a symmetric start keeps on a cycle that does not attract has a positive exponent, too.
    on_saddle = (state.code == Outcome.NOT_REACHED) & is_on_cycle(state.distance)
    torus = (exponents[0] > -zero) & (exponents[1] > -zero)
    if count > 2:
        torus = torus & (exponents[2] < -zero) & _beats(motion, zero)
    code = jnp.select(
        [
            motion.kind == Kind.AT_REST,
            motion.kind == Kind.MARGINAL,
            ~is_bounded(motion.end),
            ~jnp.all(jnp.isfinite(exponents)),
            cycle,
            seen.is_chaos(zero) & ~on_saddle,
            exponents[0] > zero,
            # With the first negative, too, it is on its way to a rest.
            (exponents[0] > -zero) & (exponents[1] < -zero),
            torus,
        ],
        [
            Outcome.FIXED_POINT,
            Outcome.MARGINAL,
            Outcome.DIVERGED,
            Outcome.UNRESOLVED,
            Outcome.LIMIT_CYCLE,
            Outcome.CHAOTIC,
            Outcome.UNRESOLVED,
            Outcome.LIMIT_CYCLE,  # of a period too long to be found
            Outcome.QUASIPERIODIC,
        ],
        Outcome.UNRESOLVED,
    ).astype(jnp.int8)
    return Classification(
        model=model,
        code=code,
        exponents=exponents,
        amplitudes=amplitudes_of(model, motion.end),
        period=jnp.where(cycle, state.period, jnp.nan),
        residual=state.residual,
        distance=state.distance,
        time=motion.time,
        horizon=seen.horizon,
        kicked=motion.kicked,
    )


def _beats(motion, zero):
    """Whether the motion misses its best return by more than a decay slower than `zero` could make of it in a period:
    a second frequency, and not a cycle that attracts slowly."""
    return motion.miss > zero * motion.period
