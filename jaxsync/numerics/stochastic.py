"""Stochastic differential equations dx = f(x) dt + S(x) dW: exact flows, with kicks of noise between them.

Explicit stochastic Runge-Kutta methods pump what turns fast and is damped weakly: their anti-damping per unit time is
that of their low order, and it must be small against the slowest rate. Here the motion between two kicks is one step
of the project's 8th-order method, which damps a turn by 2e-8 of its rate at one radian a step, by 5e-11 at a half.

The kicks are a quadrature rule. To first order in the noise the covariance at t is the integral over s of P Q P^T, P
the propagator from s to t, and kicks of variance w_k h Q at equal distances h replace it by a sum with weights w_k.
Gregory's weights (Fornberg, Reeger, Numer. Math. 141, 1 (2019)) are one but near the ends of an interval, and leave an
error of order eight: 0.008 h times the eighth difference at the ends. Kicks and flows do not commute where f is curved:
the equation that is solved has the generator L0 + L1 + h^2/24 [L1, [L1, L0]] + ..., L0 = f.d and L1 = Q:dd/2, so the
weak order is two in what is of second order in the noise. That term vanishes for linear f and for forces that depend
on positions alone. (From the symmetric splitting, whose other term [L0, [L0, L1]] Gregory's ends remove.)
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.numerics.flow import unrolled_step

Velocity = Callable[[jax.Array], jax.Array]
Strength = Callable[[jax.Array], jax.Array]
"""S of x, (n, m): the noise is S(x) dW with m standard Wiener processes."""


class Kick(NamedTuple):
    """What noise does to a point. apply: x and the increment of so many Wiener processes, `wieners`, to x after it."""

    apply: Callable[[jax.Array, jax.Array], jax.Array]
    wieners: int


ORDER = 8
"""Of the quadrature: the highest order of Gregory's whose weights are all positive."""

FEWEST = ORDER + 1
"""Steps in an interval: with fewer, weights of the two ends overlap and one of them is negative."""


def integrate(
    velocity: Velocity, kick: Kick, start: jax.Array, times: jax.Array, steps: jax.Array, key: jax.Array
) -> jax.Array:
    """One trajectory of dx = f(x) dt + noise, seen at times.

    Args:
        velocity: f, of x (n,).
        kick: The noise: `constant_kick`, `stratonovich_kick` or `ito_kick`.
        start: x at t = 0, (n,).
        times: When to look, (t,), increasing; the first may be zero.
        steps: How many in each interval that ends at a time, (t,), `FEWEST` or more.
        key: Of the noise; the trajectory depends on nothing else that is random.

    Returns:
        x at the times, (t, n).

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from jaxsync.numerics.stochastic import constant_kick, integrate
        >>> noise = constant_kick(jnp.eye(2))
        >>> integrate(lambda x: -x, noise, jnp.zeros(2), jnp.ones(1), jnp.array([10]), jax.random.key(0)).shape
        (1, 2)
    """
    ends = jnp.asarray(end_weights())

    def interval(x, this):
        key, length, count = this
        h = length / count

        def kicked(k, x):
            weight = 1 + ends[jnp.minimum(k, ORDER)] + ends[jnp.minimum(count - k, ORDER)]
            normal = jax.random.normal(jax.random.fold_in(key, k), (kick.wieners,), x.dtype)
            return kick.apply(x, jnp.sqrt(weight * h) * normal)

        x = jax.lax.fori_loop(0, count, lambda k, x: unrolled_step(velocity, kicked(k, x), h), x)
        x = kicked(count, x)
        return x, x

    lengths = jnp.diff(times, prepend=0.0)
    keys = jax.vmap(lambda i: jax.random.fold_in(key, i))(jnp.arange(len(times)))
    return jax.lax.scan(interval, start, (keys, lengths, steps))[1]


def constant_kick(strength: jax.Array) -> Kick:
    """The kick of a noise that is the same everywhere, S dW with the matrix S, (n, m)."""
    return Kick(lambda x, increment: x + strength @ increment, strength.shape[1])


def ito_kick(strength: Strength, wieners: int) -> Kick:
    """The kick of a noise S(x) dW in Ito's sense. Weak order one."""
    return Kick(lambda x, increment: x + strength(x) @ increment, wieners)


def stratonovich_kick(strength: Strength, wieners: int) -> Kick:
    """The kick of a noise S(x) dW in Stratonovich's sense.

    The point flows along x' = S(x) dW for a unit of time, by one step of classical Runge-Kutta. Weak order two where
    the columns of S commute as vector fields, else one.
    """

    def kick(x, increment):
        slope = lambda y: strength(y) @ increment
        k1 = slope(x)
        k2 = slope(x + k1 / 2)
        k3 = slope(x + k2 / 2)
        k4 = slope(x + k3)
        return x + (k1 + 2 * k2 + 2 * k3 + k4) / 6

    return Kick(kick, wieners)


def end_weights() -> np.ndarray:
    """What Gregory's weights differ from one by, at the end and inwards, (ORDER + 1,): the last is zero.

    The trapezoidal rule's half at the end, less forward differences of order k with the coefficients of t / log(1 + t).
    """
    series = [Fraction(1)]
    for k in range(1, ORDER + 1):
        series.append(-sum((Fraction((-1) ** j, j + 1) * series[k - j] for j in range(1, k + 1)), Fraction(0)))
    weights = [Fraction(0)] * (ORDER + 1)
    weights[0] = Fraction(-1, 2)
    for k in range(1, ORDER):
        for j in range(k + 1):
            weights[j] -= series[k + 1] * (-1) ** (k - j) * math.comb(k, j)
    return np.array([float(w) for w in weights])


def square_root(matrix: jax.Array) -> jax.Array:
    """The symmetric S with S S = matrix, also for a semi-definite one, which has no Cholesky factor in floating point.

    Symmetric, so that what is no coupling in the matrix is none in its columns.
    """
    values, vectors = jnp.linalg.eigh(matrix)
    return (vectors * jnp.sqrt(jnp.maximum(values, 0.0))[None]) @ vectors.T
