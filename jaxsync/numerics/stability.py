"""Verdicts on stability that know their own error, without eigenvalues, slow for many small matrices on a GPU.

A matrix F contracts, and every F + E with it, if |E| (|1|^2 + |F|^2 + |F^2|^2 + ...) < 1; the sum is also what an error
of F is multiplied by in the solution of X = F X F^T + Q. Squaring F tells the sum, the limit of the powers and X at
once. A drift A is judged by its Cayley transform.
"""

import enum
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.numerics.lockstep import any_lane

EPS = float(jnp.finfo(float).eps)

ROUNDING = 4 * EPS
"""Relative error of a matrix whose entries are rounded, and of its inverse: half a unit in the last place of each entry
of a row, and the same again for the elimination."""

DECIDED = 0.1
"""Largest share of the margin of stability that the error may take up where there is a verdict. One would do if norms
of powers between those that squaring visits were known."""

KNOWN = 1e-3
"""Largest relative change of a covariance, by the error of the matrix alone, at which it is an answer."""

SMALL = 1e-8
"""Powers below this add nothing: the next terms are multiplied by their square, a unit in the last place."""

BALANCING = 40
"""Rounds of balancing: each halves what is left of a logarithm, and rounding to powers of two ends it."""


class Stability(enum.IntEnum):
    """Whether deviations die out.

    Example:
        >>> from jaxsync.numerics.stability import Stability, stability_of
        >>> import jax.numpy as jnp
        >>> Stability(int(stability_of(jnp.array([[-1e-5, 1.0], [-1.0, -1e-5]])))).name
        'STABLE'
    """

    UNSTABLE = 0
    STABLE = 1
    MARGINAL = 2
    """The border of stability is within the matrix's error: nothing can be said in double precision."""


class Powers(NamedTuple):
    """What squaring a matrix F, (n, n), again and again tells.

    stability: a `Stability`. sensitivity: an estimate of 1 + |F|^2 + |F^2|^2 + ..., times the error of F; NaN where it
    is not finite. total: Q + F Q F^T + ..., (n, n), finite whatever F does; None without Q. growing: without Q, the
    power that is known to grow, (n, n), zero where there is none.
    """

    stability: jax.Array
    sensitivity: jax.Array
    total: Any
    growing: Any


def square_up(F: jax.Array, error: jax.Array, Q: jax.Array | None = None, *, sharp: bool = False) -> Powers:
    """Square F, (n, n), until its powers vanish, grow, or are lost in its own error.

    Growth is seen by the trace, whose modulus is n at most where no eigenvalue lies outside the unit circle. The power
    m has an error of m |F^j| |F^m| |E|, with the largest power j < m; the sum above grows like m where powers do not
    vanish, so that at most some fifty squarings are made.

    Args:
        F: The matrix, (n, n).
        error: A bound of |E| for the error E of F, ().
        Q: The right-hand side of X = F X F^T + Q, (n, n); None for a verdict alone.
        sharp: Whether to bound spectral norms by `squared_norm` as well, not by Frobenius' norm alone, which is
            cheaper and up to n^1/2 times too large where all decay alike.

    Returns:
        The verdict with its numbers. The loop is not differentiable.
    """
    n = F.shape[0]

    def look(power, seen):
        """At the power m: the power, zero once its lane is done, so that it stays as it is while others go on."""
        size = jnp.sum(power**2)
        go_on = size > SMALL**2
        if sharp:
            size = jnp.minimum(size, squared_norm(power))
        sensitivity = seen.sensitivity + error * seen.m * size
        # The trace by a stride: jnp.trace reads the whole matrix through a mask.
        size, trace = jnp.sqrt(size), jnp.abs(jnp.sum(power.reshape(-1)[:: n + 1]))
        grows = (trace > 1.5 * n) & (error * seen.m * seen.largest * size < DECIDED * trace)
        go_on = go_on & ~grows & (sensitivity < 1)  # False for NaN
        seen = _Seen(sensitivity, jnp.maximum(seen.largest, size), 2 * seen.m, seen.unstable | grows, go_on)
        return jnp.where(go_on, power, 0.0), seen, grows

    def square(state):
        power, seen, total, growing = state
        squared = power @ power
        if total is not None:
            total = total + power @ total @ power.T
        power, seen, grows = look(squared, seen)
        if growing is not None:
            growing = jnp.where(grows, squared, growing)
        return power, seen, total, growing

    one, no = jnp.ones(()), jnp.zeros((), bool)
    power, seen, grows = look(F, _Seen(jnp.asarray(error), one, one, no, no))
    start = (power, seen, Q, jnp.where(grows, F, 0.0) if Q is None else None)
    _, seen, total, growing = jax.lax.while_loop(lambda state: any_lane(state[1].go_on), square, start)
    word = jnp.where(seen.sensitivity < DECIDED, Stability.STABLE, Stability.MARGINAL)
    stability = jnp.where(seen.unstable, Stability.UNSTABLE, word).astype(jnp.int8)
    return Powers(stability, seen.sensitivity, total, growing)


class _Seen(NamedTuple):
    """Up to the power m: `Powers.sensitivity`, the largest norm, whether one grows, whether to go on."""

    sensitivity: jax.Array
    largest: jax.Array
    m: jax.Array
    unstable: jax.Array
    go_on: jax.Array


def squared_norm(M: jax.Array) -> jax.Array:
    """A bound of the squared spectral norm, at most n times too large: the norm of row sums times that of columns."""
    sizes = jnp.abs(M)
    return jnp.max(jnp.sum(sizes, axis=0)) * jnp.max(jnp.sum(sizes, axis=1))


class Cayley(NamedTuple):
    """The Cayley transform F = (p - A)^-1 (p + A) of a drift A, (n, n), with p > 0, R = (p - A)^-1 and F's error.

    F has all eigenvalues inside the unit circle exactly if those of A lie in the left half-plane, and X = F X F^T +
    2 p R Q R^T exactly if A X + X A^T + Q = 0.
    """

    p: jax.Array
    F: jax.Array
    R: jax.Array
    error: jax.Array


def cayley_transform(A: jax.Array, error: jax.Array | float = 0.0) -> Cayley:
    """The transform of A, (n, n), which has the relative error `error` besides that of rounding.

    p is near the root mean square singular value of A, at which slow eigenvalues of the usual size are moved farthest
    inside; the 1.1 keeps a multiple of the identity from being its own p.
    """
    n = A.shape[0]
    size = jnp.linalg.vector_norm(A)
    p = jnp.asarray(jnp.where(size > 0, 1.1 * size / n**0.5, 1.0))
    R = jnp.linalg.inv(p * jnp.eye(n) - A)
    F = 2 * p * R - jnp.eye(n)
    # A change D of A changes F by 2 p R D R.
    return Cayley(p, F, R, p**2 * squared_norm(R) * (ROUNDING + 2 * error * size / p))


def balance(A: jax.Array) -> jax.Array:
    """Powers of two d, (n,), in whose units, a_ij d_j / d_i, rows and columns of A, (n, n), have largest entries alike.

    Osborne's balancing (J. ACM 7, 338 (1960)) in logarithms, of all rows at a time.
    """
    n = A.shape[0]
    logarithms = jnp.where((A == 0) | jnp.eye(n, dtype=bool), -jnp.inf, jnp.log2(jnp.abs(A)))

    def adjust(t, _):
        here = logarithms + t[None, :] - t[:, None]
        change = (jnp.max(here, axis=1) - jnp.max(here, axis=0)) / 4
        return t + jnp.where(jnp.isfinite(change), change, 0.0), None

    return power_of_two(jax.lax.scan(adjust, jnp.zeros(n), length=BALANCING)[0])


def power_of_two(exponent: jax.Array) -> jax.Array:
    """2 to the nearest integer, within 2^-1000 .. 2^1000, exactly: by the bits of the number, where exp2 may round."""
    whole = jnp.round(jnp.clip(exponent, -1000, 1000)).astype(jnp.int64)
    return jax.lax.bitcast_convert_type((whole + 1023) << 52, jnp.float64)  # 1023 is the exponent's bias


def judge_drift(A: jax.Array, error: jax.Array | float = 0.0) -> tuple[jax.Array, jax.Array]:
    """A `Stability` of A, (n, n), known to the relative error `error`, and a direction in which it grows, (n,).

    In the units given, and, where some lane of the batch is not decided there, in balanced ones. The direction has
    length 1, and is zero unless A is unstable. Not differentiable.
    """
    A = jax.lax.stop_gradient(A)
    as_given = jnp.ones_like(A[0])

    def undecided(state):
        looks, stability, _ = state
        return any_lane((stability == Stability.MARGINAL) & (looks < 2))

    def look(state):
        looks, stability, direction = state
        d = jax.lax.cond(looks == 0, lambda: as_given, lambda: balance(A))
        transform = cayley_transform(A * d[None, :] / d[:, None], error)
        powers = square_up(transform.F, transform.error, sharp=True)
        largest = jnp.argmax(jnp.linalg.vector_norm(powers.growing, axis=0))
        grown = jnp.take(powers.growing, largest, axis=1) * d
        open_ = stability == Stability.MARGINAL
        return looks + 1, jnp.where(open_, powers.stability, stability), jnp.where(open_, grown, direction)

    start = (0, jnp.full((), int(Stability.MARGINAL), jnp.int8), jnp.zeros_like(A[0]))
    _, stability, direction = jax.lax.while_loop(undecided, look, start)
    size = jnp.linalg.vector_norm(direction)
    return jnp.asarray(stability), direction / jnp.where(size > 0, size, 1.0)


def growth_of(step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The multipliers, (n,), of a linear map, (n, n), and the direction, of length 1, in which it grows most, (n,)."""
    values, vectors = np.linalg.eig(step)
    direction = np.real(vectors[:, np.argmax(np.abs(values))])
    return values, direction / np.linalg.norm(direction)


def stability_of(A: jax.Array, error: jax.Array | float = 0.0) -> jax.Array:
    """Whether x' = A x dies out, a `Stability`, for A of shape (n, n), known to the relative error `error`.

    STABLE and UNSTABLE hold for every matrix within the error, which is never less than that of rounding.
    """
    return judge_drift(A, error)[0]


def spectral_radius(F: jax.Array, doublings: int = 32) -> jax.Array:
    """Largest modulus of the eigenvalues of F, (n, n), from the growth of F^(2^doublings) (Gelfand's formula).

    By default good to a relative 1e-8 or so. Not meant to be differentiated.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> f"{js.spectral_radius(jnp.diag(jnp.array([0.5, -0.75]))):.6f}"
        '0.750000'
    """

    def square(state, _):
        power, logarithm = state
        size = jnp.linalg.vector_norm(power)
        power = power / jnp.where(size > 0, size, 1.0)
        return (power @ power, 2 * (logarithm + jnp.log(size))), None

    (power, logarithm), _ = jax.lax.scan(square, (jax.lax.stop_gradient(F), jnp.zeros(())), length=doublings)
    return jnp.exp((logarithm + jnp.log(jnp.linalg.vector_norm(power))) / 2**doublings)
