"""Fluctuations about a limit cycle: what the phase does, what the shape does, and how they are correlated.

Linear fluctuations about a periodic orbit never reach a steady covariance: the common phase diffuses for ever. With u
the tangent of the orbit and v the left eigenvector of the monodromy matrix for its multiplier 1 (v.u = 1), the
covariance at time t after the transient is

    V(t) = V_t + u c^T + c u^T + (s0 + D t) u u^T,

each term at the same point of the orbit: V_t transverse covariance, c phase-shape correlation, D phase diffusion.
Floquet theory of noisy oscillators: A. Demir, A. Mehrotra, J. Roychowdhury, IEEE Trans. Circuits Syst. I 47, 655
(2000).
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.fluctuations.lyapunov import solve_stein
from jaxsync.models.base import Model, diffusion_matrix, velocity
from jaxsync.solvers.flow import adjoint_step, flow, path


class Splitting(NamedTuple):
    """Fluctuations split along the orbit, at `steps` equal times of a period (first axis).

    points, tangents u, phase_gradients v, phase_correlation c: (steps, 2n). covariance V_t: (steps, 2n, 2n).
    monodromy, and its transverse part Phi - u v^T at the first point: (2n, 2n). phase_diffusion D: ().
    """

    points: jax.Array
    tangents: jax.Array
    phase_gradients: jax.Array
    phase_correlation: jax.Array
    covariance: jax.Array
    monodromy: jax.Array
    transverse: jax.Array
    phase_diffusion: jax.Array


def split_fluctuations(model: Model, point: jax.Array, period: jax.Array, steps: int) -> Splitting:
    """The splitting about the closed orbit through the quadratures `point`, (2n,); meaningful if it is stable."""
    points, propagators, noise = _propagate(model, point, period, steps)
    tangents = jax.vmap(lambda x: velocity(model, x))(points[:-1])
    monodromy, noise_of_period = propagators[-1], noise[-1]
    eye = jnp.eye(point.shape[0])

    u, v = tangents[0], _phase_gradient(monodromy, tangents[0])
    transverse = monodromy - jnp.outer(u, v)
    aside = eye - jnp.outer(u, v)
    V = solve_stein(transverse, aside @ noise_of_period @ aside.T, method="doubling")
    c = jnp.linalg.solve(eye - transverse, aside @ noise_of_period @ v)
    diffusion = v @ noise_of_period @ v / period

    def carry(u, propagator, noise):
        """V_t, c and v carried from the first point to where `propagator` leads and `noise` has gathered."""
        v_here = jnp.linalg.solve(propagator.T, v)
        aside = eye - jnp.outer(u, v_here)
        V_here = propagator @ V @ propagator.T + aside @ noise @ aside.T
        return v_here, propagator @ c + aside @ noise @ v_here, (V_here + V_here.T) / 2

    gradients, correlations, covariances = jax.vmap(carry)(tangents, propagators[:-1], noise[:-1])
    return Splitting(points[:-1], tangents, gradients, correlations, covariances, monodromy, transverse, diffusion)


def phase_variance_from(
    model: Model, start: jax.Array, covariance: jax.Array, end: tuple[jax.Array, jax.Array], h: float, steps: int
) -> jax.Array:
    """Variance of the phase gathered on the way from `start` (2n,), where the covariance is given, to the cycle.

    `end` is a point of the cycle close to where the motion is after `steps` steps of length h, and the phase gradient v
    there. v is carried back along the way by v' = -A^T v, and the variance is v^T V v at the start plus the integral of
    v^T Q v. Eight numbers a step for four modes instead of the sixty-four of the covariance. Way and derivatives are
    recomputed stretch by stretch, so that memory grows with the square root of the number of steps.
    """
    f = lambda x: velocity(model, x)
    Q = diffusion_matrix(model)
    stretch = next(d for d in range(math.isqrt(steps), 0, -1) if steps % d == 0)

    def advance(x, _):
        return flow(f, x, h, stretch), x

    def back(state, x):
        v, total = state
        earlier = adjoint_step(f, x, v, h)
        return (earlier, total + h / 2 * (v @ Q @ v + earlier @ Q @ earlier)), None

    @jax.checkpoint
    def back_along_stretch(state, x):
        return jax.lax.scan(back, state, path(f, x, h, stretch)[:-1], reverse=True)[0], None

    arrival, starts = jax.lax.scan(advance, start, length=steps // stretch)
    point, v = end
    # The motion ends near `point`, not at it: to first order the difference is a shift along the cycle, by
    # v . difference, and v there follows from v' = -A^T v. Without this the derivatives would miss how the end moves.
    shift = v @ (arrival - point)
    v_arrival = v - shift * jax.vjp(f, point)[1](v)[0]
    (v_start, total), _ = jax.lax.scan(back_along_stretch, (v_arrival, jnp.zeros(())), starts, reverse=True)
    return v_start @ covariance @ v_start + total


def _phase_gradient(monodromy, u):
    """v with v^T Phi = v^T and v.u = 1, from a bordered system that is regular although Phi - I is not."""
    n = u.shape[0]
    eye = jnp.eye(n)
    scale = jnp.linalg.vector_norm(u)
    border = u / scale
    matrix = jnp.block([[monodromy.T - eye, border[:, None]], [border[None], jnp.zeros((1, 1))]])
    return jnp.linalg.solve(matrix, jnp.zeros(n + 1).at[n].set(1 / scale))[:n]


def _propagate(model, point, period, steps):
    """Points, propagators from the first point, and noise gathered since, at steps + 1 times of one period."""
    n = point.shape[0]
    Q = diffusion_matrix(model)
    f = lambda x: velocity(model, x)

    def motion(state):
        """x' = f, Phi' = A Phi, N' = A N + N A^T + Q, as columns of one array: A acts on all of them at once."""
        x = state[:, 0]
        pushed = jax.vmap(lambda column: jax.jvp(f, (x,), (column,))[1], in_axes=1, out_axes=1)(state[:, 1:])
        noise = pushed[:, n:] + pushed[:, n:].T + Q
        return jnp.concatenate([f(x)[:, None], pushed[:, :n], noise], axis=1)

    start = jnp.concatenate([point[:, None], jnp.eye(n), jnp.zeros((n, n))], axis=1)
    states = path(motion, start, period / steps, steps)
    return states[:, :, 0], states[:, :, 1 : n + 1], states[:, :, n + 1 :]
