"""Fluctuations about a limit cycle: what the phase does, what the shape does, and how they are correlated.

Linear fluctuations about a periodic orbit never reach a steady covariance: the common phase diffuses for ever. With u
the tangent of the orbit and v the left eigenvector of the monodromy matrix for its multiplier 1 (v.u = 1), the
covariance at time t after the transient is

    V(t) = V_t + u c^T + c u^T + (s0 + D t) u u^T,

each term at the same point of the orbit: V_t transverse covariance, c phase-shape correlation, D phase diffusion.
Floquet theory of noisy oscillators: A. Demir, A. Mehrotra, J. Roychowdhury, IEEE Trans. Circuits Syst. I 47, 655
(2000).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.models.equations import Equations
from jaxsync.numerics.flow import path
from jaxsync.numerics.lyapunov import solve_stein
from jaxsync.numerics.stability import spectral_radius
from jaxsync.numerics.variational import with_propagator


class Splitting(NamedTuple):
    """Fluctuations split along the orbit, at `steps` equal times of a period (first axis).

    points, tangents u, phase_gradients v, phase_correlation c: (steps, 2n). covariance V_t: (steps, 2n, 2n).
    monodromy at the first point: (2n, 2n). contraction: spectral radius of its transverse part Phi - u v^T; from 1 on,
    c and V_t mean nothing. phase_diffusion D: ().
    """

    points: jax.Array
    tangents: jax.Array
    phase_gradients: jax.Array
    phase_correlation: jax.Array
    covariance: jax.Array
    monodromy: jax.Array
    contraction: jax.Array
    phase_diffusion: jax.Array


def split_fluctuations(equations: Equations, point: jax.Array, period: jax.Array, steps: int) -> Splitting:
    """The splitting about the closed orbit through the quadratures `point`, (2n,); meaningful if it is stable."""
    points, propagators, noise = _propagate(equations, point, period, steps)
    tangents = jax.vmap(equations.velocity)(points[:-1])
    monodromy, noise_of_period = propagators[-1], noise[-1]
    eye = jnp.eye(point.shape[0])

    u, v = tangents[0], _phase_gradient(monodromy, tangents[0])
    transverse = monodromy - jnp.outer(u, v)
    aside = eye - jnp.outer(u, v)
    contraction = spectral_radius(transverse)
    # Where deviations grow there is no covariance, but powers that overflow would still leave NaN in derivatives.
    decaying = jnp.where(contraction < 1, transverse, jnp.zeros_like(transverse))
    V = solve_stein(decaying, aside @ noise_of_period @ aside.T, method="doubling")
    c = jnp.linalg.solve(eye - decaying, aside @ noise_of_period @ v)
    diffusion = v @ noise_of_period @ v / period

    def carry(u, propagator, noise):
        """V_t, c and v carried from the first point to where `propagator` leads and `noise` has gathered."""
        v_here = jnp.linalg.solve(propagator.T, v)
        aside = eye - jnp.outer(u, v_here)
        V_here = propagator @ V @ propagator.T + aside @ noise @ aside.T
        return v_here, propagator @ c + aside @ noise @ v_here, (V_here + V_here.T) / 2

    gradients, correlations, covariances = jax.vmap(carry)(tangents, propagators[:-1], noise[:-1])
    return Splitting(points[:-1], tangents, gradients, correlations, covariances, monodromy, contraction, diffusion)


def _phase_gradient(monodromy, u):
    """v with v^T Phi = v^T and v.u = 1, from a bordered system that is regular although Phi - I is not."""
    n = u.shape[0]
    eye = jnp.eye(n)
    scale = jnp.linalg.vector_norm(u)
    border = u / scale
    matrix = jnp.block([[monodromy.T - eye, border[:, None]], [border[None], jnp.zeros((1, 1))]])
    return jnp.linalg.solve(matrix, jnp.zeros(n + 1).at[n].set(1 / scale))[:n]


def _propagate(equations, point, period, steps):
    """Points, propagators from the first point, and noise gathered since, at steps + 1 times of one period."""
    n = point.shape[0]
    start = jnp.concatenate([point[:, None], jnp.eye(n), jnp.zeros((n, n))], axis=1)
    states = path(with_propagator(*equations), start, period / steps, steps)
    return states[:, :, 0], states[:, :, 1 : n + 1], states[:, :, n + 1 :]
