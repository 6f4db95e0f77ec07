"""How noise shows in what is looked at, at a frequency: about a point, and about a periodic orbit.

With x' = A x + xi and y = C x, in the convention x(w) = integral of e^{i w t} x(t) dt, about a point
y(w) = C (-i w - A)^-1 xi(w). About an orbit the answer to noise at the time s is the row q(s), periodic in s,

    q(s) = integral over t > s of e^{i w (t - s)} C Phi(t, s) dt,    -q' = q A + i w q + C,

which holds the response of all harmonics, [-i (w + k Omega) delta_kl - A_{k-l}]^-1, without any of them being cut off;
the spectrum averaged over a period is the mean of q Q q^+ over s. Along the tangent u, q has poles at the harmonics
k Omega, whose residues are those of the orbit itself: q = q_t + p v with p = q.u, and q_t has none.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.numerics.flow import step
from jaxsync.numerics.variational import Velocity, with_deviations

NODES = 7
"""Points of an interval, its ends included, through which propagators are interpolated: of order 12 with Lobatto's."""

INNER = 24
"""Gauss points for the integrals of e^{i w t} over an interval, for each node's polynomial: enough up to `FAST`."""

FAST = 20.0
"""Phase w h that e^{i w t} gains in an interval up to which `INNER` points leave 1e-12; from there on the integrals are
taken by parts, which lose no more than two digits there and fewer beyond."""


def stationary_response(A: jax.Array, rows: jax.Array, frequencies: jax.Array) -> jax.Array:
    """C (-i w - A)^-1, (f, r, n), for the rows C, (r, n), and the drift A, (n, n), at frequencies w, (f,)."""
    n = A.shape[0]
    matrices = -1j * frequencies[:, None, None] * jnp.eye(n)[None] - A.T[None]
    right = jnp.broadcast_to(rows.T[None].astype(complex), (frequencies.size, n, rows.shape[0]))
    return jnp.swapaxes(jnp.linalg.solve(matrices, right), 1, 2)


class Segments(NamedTuple):
    """Propagators along an orbit of s samples at equal times: across each interval, (s, n, n), and from its beginning
    to its nodes, (s, NODES, n, n)."""

    across: jax.Array
    inner: jax.Array


def segments(velocity: Velocity, points: jax.Array, period: jax.Array) -> Segments:
    """The propagators of an orbit through `points`, (s, n), at equal times of its period."""
    samples, n = points.shape
    motion, h = with_deviations(velocity), period / samples

    def of_one(x):
        def advance(state, share):
            state = step(motion, state, share * h)
            return state, state[:, 1:]

        start = jnp.concatenate([x[:, None], jnp.eye(n)], axis=1)
        inner = jax.lax.scan(advance, start, jnp.diff(jnp.asarray(LOBATTO)))[1]
        return jnp.concatenate([jnp.eye(n)[None], inner])

    inner = jax.vmap(of_one)(points)
    return Segments(inner[:, -1], inner)


def transverse_response(
    parts: Segments, u: jax.Array, v: jax.Array, period: jax.Array, row: jax.Array, frequencies: jax.Array
) -> jax.Array:
    """q_t, (s, f, n), at the samples, for one row C, (n,) complex.

    Args:
        parts: Propagators along the orbit.
        u: Tangents at the samples, (s, n).
        v: Phase gradients there, (s, n), v.u = 1.
        period: Of the orbit, ().
        row: What is looked at, (n,).
        frequencies: w, (f,).

    Returns:
        The answers across the flow, to noise at each sample.
    """
    samples, n = u.shape
    w, h = frequencies, period / samples
    turn = jnp.exp(1j * w * h)[:, None]
    gathered = h * jnp.einsum("fj,kjn->kfn", _weights_of(w * h), jnp.einsum("i,kjin->kjn", row, parts.inner))

    def across(y, u, v):
        return y - (y @ u)[:, None] * v[None]

    def back(state, interval):
        y, P = state
        M, b, u, v = interval
        y, P = across(turn * (y @ M) + b, u, v), across(P @ M, u, v)
        return (y, P), (y, P)

    start = (jnp.zeros((w.size, n), complex), jnp.eye(n) - jnp.outer(u[0], v[0]))
    (y, P), (ys, Ps) = jax.lax.scan(back, start, (parts.across, gathered, u, v), reverse=True)
    # Once around: y_0 = y + e^{i w T} y_0 P.
    around = jnp.eye(n)[None] - jnp.exp(1j * w * period)[:, None, None] * P.T[None]
    y_0 = jnp.linalg.solve(around, y[:, :, None])[:, :, 0]
    later = jnp.exp(1j * w[None] * (period - h * jnp.arange(samples))[:, None])
    return ys + later[:, :, None] * jnp.einsum("fi,kij->kfj", y_0, Ps)


def phase_response(
    harmonics: jax.Array,
    numbers: np.ndarray,
    period: jax.Array,
    diffusion: jax.Array,
    frequencies: jax.Array,
    samples: int,
) -> jax.Array:
    """p, (s, f), the answer along the flow, with its poles moved off the axis by the phase's diffusion.

    Without diffusion p = sum over k of k Omega c_k e^{-i k Omega s} / (w - k Omega). The correlation of e^{i k phase}
    decays at half the width Gamma_k = (k Omega)^2 D, which takes w to w + i Gamma_k / 2.

    Args:
        harmonics: c_k of what is looked at, C x(t) = sum of c_k e^{-i k Omega t}, (m,).
        numbers: k, (m,), none of them zero.
        period: 2 pi / Omega, ().
        diffusion: D, ().
        frequencies: w, (f,).
        samples: Number s.
    """
    places = 2 * jnp.pi / period * numbers
    distance = frequencies[:, None] - places[None] + 0.5j * (places**2 * diffusion)[None]
    # On a line of no width, that of an orbit without noise along it, there is nothing to answer.
    distance = jnp.where(distance == 0, 1.0, distance)
    turns = np.exp(-2j * np.pi * np.outer(numbers, np.arange(samples)) / samples)
    return ((places * harmonics)[None] / distance @ turns).T


def harmonics_of(values: jax.Array, numbers: np.ndarray) -> jax.Array:
    """c_k, (m, ...), of samples (s, ...) at equal times of a period, sum of c_k e^{-i k Omega t}."""
    samples = values.shape[0]
    turns = np.exp(2j * np.pi * np.outer(numbers, np.arange(samples)) / samples) / samples
    return jnp.tensordot(jnp.asarray(turns), values, axes=1)


def _weights_of(theta):
    """The integrals from 0 to 1 of e^{i theta x} times each node's polynomial, (f, NODES), for theta, (f,)."""
    fast = jnp.abs(theta) > FAST
    slow, quick = jnp.asarray(jnp.where(fast, 0.0, theta)), jnp.asarray(jnp.where(fast, theta, FAST))
    by_points = jnp.exp(1j * slow[:, None] * jnp.asarray(GAUSS)[None]) @ jnp.asarray(OF_NODES)
    powers = 1 / (1j * quick[:, None]) ** np.arange(1, NODES + 1)[None] * (-1.0) ** np.arange(NODES)[None]
    by_parts = jnp.exp(1j * quick)[:, None] * (powers @ jnp.asarray(AT_END)) - powers @ jnp.asarray(AT_START)
    return jnp.where(fast[:, None], by_parts, by_points)


def _lobatto(count):
    """Lobatto's points on [0, 1]."""
    legendre = np.polynomial.legendre
    inner = np.real(legendre.legroots(legendre.legder(np.eye(count)[-1])))  # complex numbers from NumPy 2.5 on
    return np.concatenate([[0.0], (np.sort(inner) + 1) / 2, [1.0]])


def _lagrange(nodes, at):
    """Values at `at`, (m, k), of the polynomials that are one at one node and zero at the others."""
    return np.stack(
        [np.prod([(at - other) / (node - other) for other in nodes if other != node], axis=0) for node in nodes],
        axis=1,
    )


LOBATTO = _lobatto(NODES)
_points, _weights = np.polynomial.legendre.leggauss(INNER)
GAUSS = (_points + 1) / 2
OF_NODES = _weights[:, None] / 2 * _lagrange(LOBATTO, GAUSS)
_polynomials = np.linalg.inv(np.polynomial.legendre.legvander(2 * LOBATTO - 1, NODES - 1))


def _derivatives(at):
    """Derivatives of order 0 to NODES - 1 of the nodes' polynomials at a point of [0, 1], (NODES, NODES)."""
    legendre = np.polynomial.legendre
    return np.stack([legendre.legval(2 * at - 1, 2**n * legendre.legder(_polynomials, n)) for n in range(NODES)])


AT_START, AT_END = _derivatives(0.0), _derivatives(1.0)
