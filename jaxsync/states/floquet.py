"""Fluctuations about a limit cycle: what the phase does, what the shape does, and how they are correlated.

Linear fluctuations about a periodic orbit never reach a steady covariance: the common phase diffuses for ever. With u
the tangent of the orbit and v the left eigenvector of the monodromy matrix for its multiplier 1 (v.u = 1), the
covariance at time t after the transient is

    V(t) = V_t + u c^T + c u^T + (s0 + D t) u u^T,

each term at the same point of the orbit: V_t transverse covariance, c phase-shape correlation, D phase diffusion.
Floquet theory of noisy oscillators: A. Demir, A. Mehrotra, J. Roychowdhury, IEEE Trans. Circuits Syst. I 47, 655
(2000).

Along a strongly contracting orbit a propagator has lost, to rounding, all but the slow directions, so that nothing here
is undone by inverting one: v is carried backwards, where the fast directions fall away from it, V_t and c forwards, and
both are put back into their places, v.u = 1 and across the flow, at every sample.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.flow import step
from jaxsync.numerics.lyapunov import solve_stein
from jaxsync.numerics.stability import KNOWN, Stability, spectral_radius, square_up
from jaxsync.numerics.variational import Noise, Velocity, with_propagator

DOUBLINGS = 44
"""Squarings of the transverse monodromy for its spectral radius: Gelfand's formula leaves some 2^-44."""

ROUNDING = 1e-12
"""Least relative error of a monodromy matrix in double precision: some thousand roundings in a row."""


class Intervals(NamedTuple):
    """A closed orbit cut at equal times of a period into s intervals.

    points, tangents u: (s, n), where each interval begins. propagators M: (s, n, n), of deviations over each interval.
    noise N: (s, n, n), the integral of M(t, s) Q M(t, s)^T ds over it, t its end.
    """

    points: jax.Array
    tangents: jax.Array
    propagators: jax.Array
    noise: jax.Array


class Splitting(NamedTuple):
    """Fluctuations split along the orbit, at s equal times of a period (first axis).

    points, tangents u, phase_gradients v, phase_correlation c: (s, n). covariance V_t: (s, n, n). phase_diffusion D:
    (). phase_modulation: (s,), the phase's variance at each sample beyond its even growth, of mean zero. c, V_t, D and
    the modulation are NaN unless the orbit is stable. monodromy Phi at the first point: (n, n). contraction: spectral
    radius of its transverse part. stability: a `Stability`. uncertainty: what the matrix's error may change in V_t,
    relative.
    """

    points: jax.Array
    tangents: jax.Array
    phase_gradients: jax.Array
    phase_correlation: jax.Array
    covariance: jax.Array
    phase_diffusion: jax.Array
    phase_modulation: jax.Array
    monodromy: jax.Array
    contraction: jax.Array
    stability: jax.Array
    uncertainty: jax.Array


def cut(
    velocity: Velocity, noise: Noise, point: jax.Array, period: jax.Array, samples: int, substeps: int = 1
) -> Intervals:
    """The closed orbit through `point` cut into intervals, by explicit steps.

    Args:
        velocity, noise: The equations of motion.
        point: A point of the orbit, (n,).
        period: Its period, ().
        samples: Number s of intervals.
        substeps: Steps in each; their length times the fastest rate must not exceed 2 or so.

    Returns:
        The intervals; each propagator starts from the identity.
    """
    interval = _interval(velocity, noise, period / (samples * substeps), substeps)
    _, cuts = jax.lax.scan(lambda x, _: interval(x), point, length=samples)
    return _intervals(velocity, *cuts)


def cut_at(velocity: Velocity, noise: Noise, points: jax.Array, period: jax.Array, substeps: int = 1) -> Intervals:
    """The same of an orbit whose points at equal times, (s, n), are known: all intervals side by side."""
    interval = _interval(velocity, noise, period / (points.shape[0] * substeps), substeps)
    return _intervals(velocity, *jax.vmap(lambda x: interval(x)[1])(points))


def _interval(velocity, noise, h, substeps):
    """From a point, (n,), to the next one, and the point with its propagator and the noise gathered."""
    motion = with_propagator(velocity, noise)

    def interval(x):
        n = x.shape[0]
        fresh = jnp.concatenate([jnp.eye(n), jnp.zeros((n, n))], axis=1)
        state = jnp.concatenate([x[:, None], fresh], axis=1)
        if substeps == 1:
            state = step(motion, state, h)
        else:
            state = jax.lax.scan(lambda y, _: (step(motion, y, h), None), state, length=substeps)[0]
        return state[:, 0], (x, state[:, 1 : n + 1], state[:, n + 1 :])

    return interval


def _intervals(velocity, points, propagators, gathered):
    return Intervals(points, jax.vmap(velocity)(points), propagators, gathered)


def split_fluctuations(intervals: Intervals, period: jax.Array, error: jax.Array | float = 0.0) -> Splitting:
    """The splitting about a closed orbit.

    Args:
        intervals: The orbit, cut.
        period: Its period, ().
        error: What is known of the relative error of the steps over one period, ().

    Returns:
        The splitting; it says itself whether it means anything.
    """
    unit = units(intervals.tangents)
    pair, ratio = unit[:, None] * unit[None, :], unit[:, None] / unit[None, :]
    u = intervals.tangents / unit[None]
    M = intervals.propagators / ratio[None]
    N = intervals.noise / pair[None]

    monodromy = jax.lax.scan(lambda phi, M: (M @ phi, None), jnp.eye(u.shape[1]), M)[0]
    v = _phase_gradients(M, u, monodromy)
    F, R, b, gains = _gather(M, N, u, v)
    diffusion, modulation = phase_of(gains, period)

    contraction, stability, uncertainty = judge(F[-1], monodromy, u[0], error)
    # Where deviations grow there is no covariance, but powers that overflow would still leave NaN in derivatives.
    decaying = jnp.where(stability == Stability.STABLE, F[-1], 0.0)
    V = solve_stein(decaying, R[-1], method="doubling")
    c = jnp.linalg.solve(jnp.eye(u.shape[1]) - decaying, b[-1])
    left = jax.lax.stop_gradient(V - decaying @ V @ decaying.T - R[-1])
    uncertainty = uncertainty + jnp.linalg.matrix_norm(left) / jnp.linalg.matrix_norm(R[-1])
    stable = (stability == Stability.STABLE) & ~(uncertainty > KNOWN)
    stability = jnp.where((stability == Stability.STABLE) & ~stable, Stability.MARGINAL, stability)

    covariances = jnp.einsum("kij,jl,kml->kim", F[:-1], V, F[:-1]) + R[:-1]
    correlations = F[:-1] @ c + b[:-1]
    keep = lambda values: jnp.asarray(jnp.where(stable, values, jnp.nan))
    return Splitting(
        points=intervals.points,
        tangents=intervals.tangents,
        phase_gradients=v / unit[None],
        phase_correlation=keep(correlations * unit[None]),
        covariance=keep((covariances + jnp.swapaxes(covariances, 1, 2)) / 2 * pair[None]),
        phase_diffusion=keep(diffusion),
        phase_modulation=keep(modulation),
        monodromy=monodromy * ratio,
        contraction=contraction,
        stability=stability,
        uncertainty=uncertainty,
    )


def phase_of(gains: jax.Array, period: jax.Array) -> tuple[jax.Array, jax.Array]:
    """D and the modulation at each sample, (s,), of a phase whose variance gains that in each interval, (s,)."""
    excess = jnp.cumsum(gains - jnp.mean(gains)) - (gains - jnp.mean(gains))
    return jnp.sum(gains) / period, excess - jnp.mean(excess)


def units(tangents: jax.Array) -> jax.Array:
    """The unit of each quadrature, (n,), in which an orbit with these tangents, (s, n), is looked at: its own speed.

    Modes of one device differ by many orders of magnitude, and only so is a matrix as good as its norm says.
    """
    speeds = jax.lax.stop_gradient(jnp.sqrt(jnp.mean(tangents**2, axis=0)))
    # A mode at rest has no speed; a millionth of the largest is less than any that follows another one.
    unit = jnp.maximum(speeds, 1e-6 * jnp.max(speeds))
    return jnp.where(jnp.max(speeds) > 0, unit, 1.0)


def phase_gradient(transposed: jax.Array, u: jax.Array) -> jax.Array:
    """v, (n,), with Phi^T v = v and v.u = 1, from `transposed` Phi^T, (n, n).

    From a bordered system, which is regular although Phi - I is not.
    """
    n = u.shape[0]
    size = jnp.linalg.vector_norm(u)
    border = u / size
    matrix = jnp.block([[transposed - jnp.eye(n), border[:, None]], [border[None], jnp.zeros((1, 1))]])
    return jnp.linalg.solve(matrix, jnp.zeros(n + 1).at[n].set(1 / size))[:n]


def _phase_gradients(M, u, monodromy):
    """v at each sample, (s, n): at the period's end from Phi, from there backwards."""
    end = phase_gradient(monodromy.T, u[0])

    def back(v, interval):
        M, u = interval
        v = v @ M
        v = v / (v @ u)
        return v, v

    return jax.lax.scan(back, end, (M, u), reverse=True)[1]


def _gather(M, N, u, v):
    """What deviations across the flow become, and the noise gathered since the first sample, at all s + 1 samples.

    Returns:
        F: (s + 1, n, n), the transverse propagator from the first sample; R: (s + 1, n, n), the transverse covariance
        gathered; b: (s + 1, n), the correlation with the phase gathered; and the phase variance of a period, ().
    """
    u_next, v_next = (jnp.roll(x, -1, axis=0) for x in (u, v))
    # With P = I - u v^T at an interval's end: P M, P N P^T, P N v and v.N v by products of vectors.
    M = M - u_next[:, :, None] * jnp.einsum("ki,kij->kj", v_next, M)[:, None, :]
    along = jnp.einsum("kij,kj->ki", N, v_next)
    phase = jnp.sum(v_next * along, axis=1)
    mixed = u_next[:, :, None] * along[:, None, :]
    N = N - mixed - jnp.swapaxes(mixed, 1, 2) + phase[:, None, None] * u_next[:, :, None] * u_next[:, None, :]
    along = along - phase[:, None] * u_next

    def forth(state, interval):
        F, R, b = state
        M, N, along = interval
        return (M @ F, M @ R @ M.T + N, M @ b + along), state

    n = u.shape[1]
    start = (jnp.eye(n) - jnp.outer(u[0], v[0]), jnp.zeros((n, n)), jnp.zeros(n))
    end, states = jax.lax.scan(forth, start, (M, N, along))
    F, R, b = (jnp.concatenate([all_but, last[None]]) for all_but, last in zip(states, end, strict=True))
    return F, R, b, phase


def judge(
    F: jax.Array, monodromy: jax.Array, u: jax.Array, error: jax.Array | float
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Whether deviations across the flow die out, and every matrix within the error of F says so too.

    Args:
        F: The transverse part of the monodromy, (n, n).
        monodromy: The whole, (n, n).
        u: The tangent, (n,), in the same units.
        error: What is known of the relative error of the steps.

    Returns:
        F's spectral radius, a `Stability`, and a bound of what the error may change in a covariance, relative. None is
        differentiable.
    """
    F, monodromy, u = jax.lax.stop_gradient((F, monodromy, u))
    # The tangent must come back to itself: what it misses is the error of the steps, and of the orbit's closing.
    missed = jnp.linalg.vector_norm(monodromy @ u - u) / jnp.linalg.vector_norm(u)
    powers = square_up(F, (missed + ROUNDING + error) * jnp.maximum(1.0, jnp.linalg.matrix_norm(monodromy)))
    return spectral_radius(F, doublings=DOUBLINGS), powers.stability, 2 * powers.sensitivity
