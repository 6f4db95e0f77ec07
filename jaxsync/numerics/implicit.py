"""Implicit steps for motions with rates far above those that matter.

Collocation at the Radau points (Radau IIA; Hairer and Wanner, Solving ODEs II, sec. IV.5 and IV.8) with five stages:
order nine, and fast decay is damped at steps of any length. The stages are solved by Newton's method with the Jacobian
of each stage, since a cavity that a phonon sweeps through resonance has another one at either end of a step. The
error is that of an embedded formula of the order of the stages, filtered by the drift.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.numerics.adaptive import Motion, Velocity, moduli, relative

STAGES = 5
"""Odd, so that the coefficients have a real eigenvalue for the error's filter; at five, a turn takes some ten steps."""

MOST = 10
"""Newton iterations of a step; one that needs more is too long."""


def _radau(s):
    """Nodes (s,), coefficients (s, s), inverse coefficients, error weights (s,), and the filter's coefficient."""
    legendre = np.polynomial.legendre.Legendre
    # The nodes are the roots of P_s - P_(s-1), moved from (-1, 1] to (0, 1]; the last of them is 1.
    nodes = np.sort(((legendre.basis(s) - legendre.basis(s - 1)).roots().real + 1) / 2)
    nodes[-1] = 1.0
    powers = np.arange(1, s + 1)
    vandermonde = nodes[:, None] ** (powers - 1)
    A = (nodes[:, None] ** powers / powers) @ np.linalg.inv(vandermonde)
    inverse = np.linalg.inv(A)
    eigenvalues = np.linalg.eigvals(inverse)
    gamma = 1 / eigenvalues[np.argmin(np.abs(eigenvalues.imag))].real
    weights = np.linalg.solve(vandermonde.T, 1 / powers - gamma * (powers == 1))
    return nodes, A, inverse, weights - A[-1], gamma


NODES, A, INVERSE, ERROR, GAMMA = _radau(STAGES)


def attempt(velocity: Velocity, motion: Motion, rtol: float | jax.Array) -> tuple[Motion, jax.Array]:
    """One implicit step tried, with the meaning of `adaptive.attempt`."""
    x, h = motion.x, motion.h
    Z, solved = _solve(velocity, x, motion.slope, h, motion.sizes, rtol)
    new = x + Z[-1]
    slope = velocity(new)
    sizes = jnp.maximum(motion.sizes, moduli(new))
    eye = jnp.eye(x.shape[0])
    drift = jax.jacfwd(velocity)(jax.lax.stop_gradient(x))
    raw = GAMMA * h * motion.slope + jnp.asarray(ERROR @ INVERSE) @ Z
    error = relative(jnp.linalg.solve(eye - h * GAMMA * drift, raw), sizes)
    # The embedded formula errs by h^(s + 1), the step itself by h^(2 s): a tenth is for what h does not multiply.
    error = error / (0.1 * rtol ** ((STAGES + 1) / (2 * STAGES)))
    fine = solved & (error <= 1) & jnp.all(jnp.isfinite(new)) & jnp.all(jnp.isfinite(slope))
    factor = jnp.clip(0.8 * jnp.maximum(error, 1e-10) ** (-1 / (STAGES + 1)), 0.2, 5.0)
    factor = jnp.where(solved & jnp.isfinite(error), factor, 0.25)
    pick = lambda after, before: jnp.where(fine, after, before)
    gone = pick(h, 0.0)
    # Sizes are forgotten over a few turns, of which an implicit step is a tenth.
    sizes = pick(jnp.maximum(moduli(new), 0.9 * sizes), motion.sizes)
    after = Motion(
        pick(new, x), pick(slope, motion.slope), sizes, h * factor, motion.time + gone, jnp.zeros_like(motion.stiff)
    )
    return after, gone


def partial_step(velocity: Velocity, x: jax.Array, slope: jax.Array, h: jax.Array) -> jax.Array:
    """x after one implicit step of length h."""
    return x + _solve(velocity, x, slope, h, moduli(x), 1e-10)[0][-1]


def _solve(velocity: Callable, x, slope, h, sizes, rtol):
    """The stages' distances from x, (s, n), and whether Newton's method found them; differentiable in x."""
    size = x.shape[0]
    eye = jnp.eye(STAGES * size)
    a = jnp.asarray(A)

    def residual(x, Z):
        return Z - h * (a @ jax.vmap(velocity)(x[None] + Z))

    def jacobian(x, Z):
        J = jax.vmap(jax.jacfwd(velocity))(x[None] + Z)
        return eye - h * jnp.einsum("ij,jkl->ikjl", a, J).reshape(STAGES * size, -1)

    fixed = jax.lax.stop_gradient(x)

    def unfinished(state):
        _, small, count = state
        return (small > 1e-3 * rtol) & (count < MOST) & ~jnp.isnan(small)

    def improve(state):
        Z, _, count = state
        step = -jnp.linalg.solve(jacobian(fixed, Z), residual(fixed, Z).reshape(-1)).reshape(Z.shape)
        small = jnp.max(jax.vmap(lambda z: relative(z, sizes))(step))
        return Z + step, small, count + 1

    start = (jnp.zeros((STAGES, size)), jnp.full((), jnp.inf), jnp.zeros((), int))
    start = jax.lax.stop_gradient(start)
    Z, small, _ = jax.lax.while_loop(unfinished, improve, start)
    Z = jax.lax.stop_gradient(Z)
    # One more correction carries the derivative: with the exact matrix it is that of the solution.
    matrix = jax.lax.stop_gradient(jacobian(fixed, Z))
    Z = Z - jnp.linalg.solve(matrix, residual(x, Z).reshape(-1)).reshape(Z.shape)
    # A rounding level that the last correction cannot pass is as good as converged.
    return Z, (small <= 1e-3 * rtol) | (small <= 1e-13)
