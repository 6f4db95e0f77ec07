"""What vanishes where a fixed point or a cycle changes its stability: equations for Newton's method, with derivatives.

With C the drift of a fixed point, or the monodromy matrix of a cycle between two projections across the flow, a matrix

    fold: C, or C - 1;    doubling: C + 1;    Hopf: C^2 + kappa;    torus: C^2 - 2 kappa C + 1

becomes singular, kappa being the squared frequency, or the cosine of the angle of a turn. With V and W its last right
and left singular vectors, one, or two for a pair, W^T (...) V vanishes, and its derivative there is W^T d(...) V: no
derivative of a singular vector is needed (compare W. Govaerts, Numerical Methods for Bifurcations of Dynamical
Equilibria, ch. 4). A pair is not split into eigenvectors, so that nothing happens where its two values meet.
"""

import enum
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.shooting import Chain, Interval, Rows, product


class Kind(enum.Enum):
    """How stability changes."""

    FOLD = "fold"
    HOPF = "Hopf"
    BRANCH_POINT = "branch point"
    DOUBLING = "period doubling"
    TORUS = "torus"

    @property
    def is_pair(self) -> bool:
        """Whether two complex eigenvalues, or multipliers, are critical, not a real one."""
        return self in (Kind.HOPF, Kind.TORUS)

    @property
    def of_cycle(self) -> bool:
        """Whether only a cycle can have it."""
        return self in (Kind.DOUBLING, Kind.TORUS)


Slope = Callable[[jax.Array, jax.Array], jax.Array]
"""From a point, (n,), and sigma, (m,), to the direction of the flow there, (n,)."""


class Frozen(NamedTuple):
    """What is held fixed where the critical equations are differentiated: of each interval left vectors, (s, e, k, n),
    and right ones, (s, k, n); and those of the projection at the chain's ends, (2, e, k, n) and (2, k, n)."""

    left: jax.Array
    right: jax.Array
    end_left: jax.Array
    end_right: jax.Array


def critical(
    interval: Interval, slope: Slope | None, x: jax.Array, sigma: jax.Array, chain: Chain, kind: Kind, kappa: jax.Array
) -> tuple[Rows, Frozen, jax.Array]:
    """The equations of a special point, one, or two of a pair.

    Args:
        interval, chain: The chain through x, (s, n), with sigma, (m,).
        slope: The flow, for a cycle; None for a fixed point, whose interval's derivative is 1 + C.
        kind: FOLD, HOPF, DOUBLING or TORUS.
        kappa: Its unknown, () - of no meaning where there is one equation.

    Returns:
        Rows, the derivatives by sigma followed by that by kappa for a pair; what is frozen in them; and V, (n, 1 or 2).
    """
    n = x.shape[1]
    Phi = product(chain)
    P = jnp.eye(n) if slope is None else _across(slope(x[0], sigma))
    C = Phi - jnp.eye(n) if slope is None else P @ Phi @ P
    linear, constant = _polynomial(kind, kappa, slope is None)
    matrix = (C @ C if kind.is_pair else 0.0) + linear * C + constant * jnp.eye(n)
    W, _, VT = jnp.linalg.svd(matrix)
    count = 2 if kind.is_pair else 1
    W, V = W[:, n - count :], VT[n - count :].T
    G = W.T @ matrix @ V
    if kind.is_pair:
        # In these two directions the matrix moves with the pair's sum and with its product: two numbers say all.
        directions = jnp.stack([(W.T @ C @ V).reshape(-1), (W.T @ V).reshape(-1)], axis=1)
        weights = jnp.linalg.pinv(directions).reshape(2, 2, 2)
        left = jnp.concatenate([jnp.einsum("eab,na->ebn", weights, L) for L in (W, C.T @ W)], axis=1)
        right = jnp.concatenate([C @ V + linear * V, V], axis=1).T
        values = jnp.einsum("eab,ab->e", weights, G)
        by_kappa = jnp.array([[0.0], [1.0]]) if kind is Kind.HOPF else jnp.array([[-2.0], [0.0]])
    else:
        left, right, values, by_kappa = W.T[None], V.T, G[0], jnp.zeros((1, 0))
    frozen = _frozen(chain, Phi, P, left, right)
    E, D = _derivatives(interval, slope, x, sigma, frozen)
    return Rows(values, E, jnp.concatenate([D, by_kappa], axis=1)), frozen, V


def varied(interval: Interval, slope: Slope | None, x: jax.Array, sigma: jax.Array, frozen: Frozen) -> jax.Array:
    """Numbers, (e,), whose derivatives, by anything that the functions hold too, are those of the equations at their
    root."""
    parts = jax.vmap(lambda x, L, X: _bilinear(interval, x, sigma, L, X))(x, frozen.left, frozen.right)
    total = jnp.sum(parts, axis=0)
    return total if slope is None else total + _projected(slope, x[0], sigma, frozen)


def _polynomial(kind, kappa, rests):
    """Coefficients of C, and of the identity."""
    if kind is Kind.HOPF:
        return 0.0, kappa
    if kind is Kind.TORUS:
        return -2 * kappa, 1.0
    if kind is Kind.DOUBLING:
        return 1.0, 1.0
    return 1.0, 0.0 if rests else -1.0


def _across(along):
    """The orthogonal projection across a direction; everything where there is none."""
    square = along @ along
    return jnp.eye(along.shape[0]) - jnp.outer(along, along) / jnp.asarray(jnp.where(square > 0, square, 1.0))


def _frozen(chain, Phi, P, left, right):
    """The left vectors carried backwards and the right ones forwards to each interval."""
    inner_left, inner_right = left @ P, right @ P
    _, rights = jax.lax.scan(lambda X, M: (X @ M.T, X), inner_right, chain.M)
    _, lefts = jax.lax.scan(lambda L, M: (L @ M, L), inner_left, chain.M, reverse=True)
    # C = P Phi P: a change of the left P meets Phi P X, one of the right P meets Phi^T P L.
    end_left, end_right = jnp.stack([left, inner_left @ Phi]), jnp.stack([inner_right @ Phi.T, right])
    return Frozen(lefts, rights, end_left, end_right)


def _bilinear(interval, x, sigma, L, X):
    """sum_k L_ek . (d interval/dx) X_k, (e,)."""
    pushed = jax.vmap(lambda column: jax.jvp(lambda y: interval(y, sigma), (x,), (column,))[1])(X)
    return jnp.einsum("ekn,kn->e", L, pushed)


def _projected(slope, x, sigma, frozen):
    P = _across(slope(x, sigma))
    return jnp.einsum("tekn,nj,tkj->e", frozen.end_left, P, frozen.end_right)


def _derivatives(interval, slope, x, sigma, frozen):
    n = x.shape[1]

    def of_interval(x, L, X):
        function = lambda z: _bilinear(interval, z[:n], z[n:], L, X)
        return jax.jacfwd(function)(jnp.concatenate([x, sigma]))

    every = jax.vmap(of_interval)(x, frozen.left, frozen.right)
    E, D = every[:, :, :n], jnp.sum(every[:, :, n:], axis=0)
    if slope is None:
        return E, D
    end = jax.jacfwd(lambda z: _projected(slope, z[:n], z[n:], frozen))(jnp.concatenate([x[0], sigma]))
    return E.at[0].add(end[:, :n]), D + end[:, n:]
