"""What a limit cycle is: its orbit with the linear fluctuations about it, at equal times of one period."""

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float, Int

from jaxsync.errors import InputError
from jaxsync.models.base import Model, is_traced
from jaxsync.models.equations import bind, has_clock, quadratures_of
from jaxsync.states.outcome import Outcome
from jaxsync.states.state import DiffusedCycle, State


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, repr=False)
class LimitCycle(State):
    """A limit cycle of n modes and, where it is stable, its fluctuations, at equal times of one period.

    Its outcome is LIMIT_CYCLE where it is stable and, if a motion was followed, reached by it; UNSTABLE where the orbit
    is closed all the same; else what became of the motion.

    period: T. amplitudes: the orbit, (samples, n) complex. tangents u: (samples, 2n), its velocity in quadrature units.
    phase_response v: (samples, 2n), v.u = 1: a small kick e shifts the time by v.e. transverse_covariance V_t:
    (samples, 2n, 2n). phase_correlation c: (samples, 2n). phase_diffusion D: variance of the common time shift per unit
    time. phase_modulation: (samples,), how far it is beyond s0 + D t at each sample. initial_phase_variance s0: see
    `phase_variance`. Fluctuations are NaN unless the cycle is stable, period and
    contraction unless the orbit is closed.

    contraction: largest modulus of the multipliers other than 1. distance: from where the motion ended to the orbit,
    over the orbit's extent. residual: how far the orbit opens, over its swing. time: how long the motion was followed,
    NaN where none was; it ends next to the first sample. kicked: whether it began on an unstable rest, on which the
    mean field would stay for ever, and was pushed off it by one quantum into the direction that grows.

    Example:
        >>> import jaxsync as js
        >>> js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5)).amplitudes.shape
        (60, 4)
    """

    model: Model
    code: Int[Array, "*batch"]
    period: Float[Array, "*batch"]
    amplitudes: Complex[Array, "*batch samples n"]
    tangents: Float[Array, "*batch samples 2n"]
    phase_response: Float[Array, "*batch samples 2n"]
    transverse_covariance: Float[Array, "*batch samples 2n 2n"]
    phase_correlation: Float[Array, "*batch samples 2n"]
    phase_diffusion: Float[Array, "*batch"]
    phase_modulation: Float[Array, "*batch samples"]
    initial_phase_variance: Float[Array, "*batch"]
    monodromy: Float[Array, "*batch 2n 2n"]
    contraction: Float[Array, "*batch"]
    residual: Float[Array, "*batch"]
    distance: Float[Array, "*batch"]
    time: Float[Array, "*batch"]
    kicked: Bool[Array, "*batch"]

    closed: ClassVar[bool] = True

    @property
    def stable(self) -> Bool[Array, "*batch"]:
        """Whether it is a stable cycle, reached by the motion if one was followed."""
        return self.code == Outcome.LIMIT_CYCLE

    @property
    def converged(self) -> Bool[Array, "*batch"]:
        """Whether it is a cycle, stable or not."""
        return self.stable | (self.code == Outcome.UNSTABLE) | (self.code == Outcome.MARGINAL)

    @property
    def covariance(self) -> jax.Array:
        """Refused: the covariance of a limit cycle depends on how far its phase has diffused."""
        raise InputError(
            "Argument `state` is a limit cycle, whose covariance grows as its phase diffuses: give cycle.at(time), the "
            "physical state at a time after the start; cycle.transverse_covariance is a reference and no state."
        )

    @property
    def reference_covariance(self) -> Float[Array, "*batch samples 2n 2n"]:
        """The transverse covariance: what is left when the common phase is known exactly."""
        return self.transverse_covariance

    @property
    def multipliers(self) -> Complex[Array, "*batch 2n"]:
        """Floquet multipliers, (2n,) complex, largest modulus first. Not differentiable."""
        values = jnp.linalg.eigvals(jax.lax.stop_gradient(self.monodromy))
        return jnp.take_along_axis(values, jnp.argsort(-jnp.abs(values), axis=-1), axis=-1)

    def phase_variance(self, time: jax.Array | float) -> jax.Array:
        """Variance s0 + D t of the common time shift at time t after the start, in squared time.

        Its modulation within a period, of the order of D T, has mean zero and is not in it. Known where the cycle was
        reached by following the motion from its start; NaN for a cycle found from another, and where `kicked`.
        """
        return self.initial_phase_variance + self.phase_diffusion * time

    def at(self, time: jax.Array | float) -> DiffusedCycle:
        """The physical Gaussian states of one period around `time` after the start, when the phase has diffused so far.

        V(t) = V_t + u c^T + c u^T + (s0 + D t + modulation) u u^T at each sample. NaN where `phase_variance` is.
        """
        variance = (self.phase_variance(time)[..., None] + self.phase_modulation)[..., None, None]
        # Where there is no covariance the tangents must not carry its NaN into derivatives.
        known = self.stable[..., None, None, None] & jnp.isfinite(variance)
        u = jnp.where(known[..., 0], self.tangents, jax.lax.stop_gradient(self.tangents))
        mixed = u[..., :, None] * self.phase_correlation[..., None, :]
        phase = variance * u[..., :, None] * u[..., None, :]
        covariance = self.transverse_covariance + mixed + jnp.swapaxes(mixed, -1, -2) + phase
        return DiffusedCycle(self.model, self.code, jnp.asarray(time), self.amplitudes, covariance)

    def average(self, values: jax.Array) -> jax.Array:
        """The mean over the samples, the last axis."""
        return jnp.mean(values, axis=-1)

    def last(self) -> tuple[jax.Array, None]:
        """The first sample, where the orbit closes; no covariance, which depends on the time."""
        return self.amplitudes[0], None

    def __repr__(self) -> str:
        if self.amplitudes.ndim != 2 or is_traced(self):
            return f"LimitCycle(batch of shape {self.code.shape})"
        return (
            f"LimitCycle({self.outcome}, period={float(self.period):.10g}, contraction={float(self.contraction):.4g}, "
            f"phase_diffusion={float(self.phase_diffusion):.4g}, residual={float(self.residual):.1e})"
        )


def along_orbit(cycle: LimitCycle) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Points, tangents u and phase gradients v, each (samples, 2n), as the equations of motion take them: of a forced
    cycle with the clock, (samples, 2n + 2), whose time is all the phase that there is."""
    samples = len(cycle.amplitudes)
    points = quadratures_of(cycle.model, cycle.amplitudes, cycle.period * jnp.arange(samples) / samples)
    if not has_clock(cycle.model):
        return points, cycle.tangents, cycle.phase_response
    tangents = jax.vmap(bind(cycle.model).velocity)(points)
    clock = tangents[:, -2:]
    gradients = jnp.zeros_like(points).at[:, -2:].set(clock / jnp.sum(clock**2, axis=1, keepdims=True))
    return points, tangents, gradients
