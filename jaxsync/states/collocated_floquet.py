"""The splitting of fluctuations along an orbit that contracts strongly, by collocation.

Everything that is solved for is periodic and smooth, however fast some modes decay, and what is only an intermediate
quantity there, propagators and the noise that they gather, is not: a mode that decays within a step begins each of them
with a layer that no polynomial follows. So v is stepped backwards by its own equation, v' = -A^T v, and

    W = V_t + u c^T + c u^T,    W' = A W + W A^T + Q - (v^T Q v) u u^T,

by its own, as a vector of n (n + 1) / 2 numbers: layers cancel in the periodic solution. The letters are those of
`floquet.py`.
"""

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.numerics.collocation import linear_step, mirrored, stages
from jaxsync.numerics.stability import Stability
from jaxsync.numerics.variational import Noise, Velocity
from jaxsync.states.floquet import Splitting, judge, phase_gradient, phase_of, units


def split_collocated(
    velocity: Velocity,
    noise: Noise,
    point: jax.Array,
    period: jax.Array,
    samples: int = 60,
    substeps: int = 1,
    error: jax.Array | float = 0.0,
) -> Splitting:
    """The splitting about a closed orbit, at any stiffness.

    The cost of a step grows like n^6: a tenth of a second per orbit for n = 8, too much beyond n = 16 or so.

    Args:
        velocity, noise: The equations of motion.
        point: A point of the orbit, (n,), to the accuracy of collocation.
        period: Its period, ().
        samples: Number s of samples, at equal times.
        substeps: Steps from one sample to the next.
        error: What is known of the relative error of the steps over one period, ().

    Returns:
        The splitting, at the samples; it says itself whether it means anything.
    """
    n, steps = point.shape[0], samples * substeps
    h = period / steps

    def advance(x, _):
        X = stages(velocity, x, h)
        return X[-1], (x, X)

    _, (points, inner) = jax.lax.scan(advance, point, length=steps)
    tangents = jax.vmap(velocity)(points)
    unit = units(tangents)
    pair, ratio = unit[:, None] * unit[None, :], unit[:, None] / unit[None, :]
    u = tangents / unit[None]
    rows, columns = np.triu_indices(n)
    basis = _symmetric(jnp.eye(rows.size), n)

    def interval(x_and_stages):
        """Propagators of a deviation, of v backwards, and of a covariance, with the noise that the latter gathers."""
        x, X = x_and_stages
        drift = lambda X: jax.vmap(jax.jacfwd(velocity))(X) / ratio[None]
        A = drift(X)
        M, _ = linear_step(A, h)
        B, _ = linear_step(jnp.swapaxes(drift(mirrored(x, X)), 1, 2), h)
        half = jnp.einsum("mij,kjl->mkil", A, basis)
        operator = (half + jnp.swapaxes(half, 2, 3))[:, :, rows, columns]
        Q = jax.vmap(noise)(X) / pair[None]
        G, q = linear_step(jnp.swapaxes(operator, 1, 2), h, Q[:, rows, columns])
        return M, B, G, q

    M, B, G, q = jax.lax.map(interval, (points, inner))
    monodromy = jax.lax.scan(lambda phi, M: (M @ phi, None), jnp.eye(n), M)[0]
    backwards = jax.lax.scan(lambda psi, B: (B @ psi, None), jnp.eye(n), B, reverse=True)[0]
    end = phase_gradient(backwards, u[0])

    def back(v, interval):
        B, u = interval
        v = B @ v
        v = v / (v @ u)
        return v, v

    v = jax.lax.scan(back, end, (B, u), reverse=True)[1]

    # Of a symmetric W as a vector w: v^T W v = a.w, and the component along u u^T, the variance of the phase, is put
    # aside at each step.
    a = v[:, rows] * v[:, columns] * np.where(rows == columns, 1.0, 2.0)[None]
    b = u[:, rows] * u[:, columns]
    a_next, b_next = (jnp.roll(x, -1, axis=0) for x in (a, b))
    start = (jnp.eye(rows.size) - jnp.outer(b[0], a[0]), jnp.zeros(rows.size))

    def forth(state, interval):
        carried, gathered = state
        G, q, a, b = interval
        carried, gathered = G @ carried, G @ gathered + q
        return (carried - jnp.outer(b, a @ carried), gathered - b * (a @ gathered)), state

    (carried, gathered), earlier = jax.lax.scan(forth, start, (G, q, a_next, b_next))
    contraction, stability, uncertainty = judge(monodromy - jnp.outer(u[0], v[0] @ monodromy), monodromy, u[0], error)
    stable = stability == Stability.STABLE
    decaying = jnp.where(stable, carried, 0.0)
    w = earlier[0] @ jnp.linalg.solve(jnp.eye(rows.size) - decaying, gathered) + earlier[1]
    diffusion, modulation = phase_of(jnp.sum(a_next * (jnp.einsum("kij,kj->ki", G, w) + q), axis=1), period)

    some = slice(None, None, substeps)
    u, v, W = u[some], v[some], _symmetric(w[some], n)
    c = jnp.einsum("kij,kj->ki", W, v)  # W v = c + u (c.v), and c.v = 0
    mixed = u[:, :, None] * c[:, None, :]
    keep = lambda values: jnp.asarray(jnp.where(stable, values, jnp.nan))
    return Splitting(
        points=points[some],
        tangents=tangents[some],
        phase_gradients=v / unit[None],
        phase_correlation=keep(c * unit[None]),
        covariance=keep((W - mixed - jnp.swapaxes(mixed, 1, 2)) * pair[None]),
        phase_diffusion=keep(diffusion),
        phase_modulation=keep(modulation[some]),
        monodromy=monodromy * ratio,
        contraction=contraction,
        stability=stability,
        uncertainty=uncertainty,
    )


def _symmetric(vectors, n):
    """Symmetric matrices, (k, n, n), from their upper triangles, (k, n (n + 1) / 2)."""
    rows, columns = np.triu_indices(n)
    place = np.zeros((n, n), int)
    place[rows, columns] = place[columns, rows] = np.arange(rows.size)
    return vectors[:, place]
