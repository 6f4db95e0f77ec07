"""The variational equation: columns pushed through the Jacobian of a velocity, which is never built.

States are matrices, (n, 1 + k): the point x first, what rides along with it behind.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

Velocity = Callable[[jax.Array], jax.Array]
"""From a point, (n,), to its velocity, (n,)."""

Noise = Callable[[jax.Array], jax.Array]
"""From a point, (n,), to the diffusion matrix there, (n, n)."""


def push(velocity: Velocity, x: jax.Array, columns: jax.Array) -> tuple[jax.Array, jax.Array]:
    """velocity(x), (n,), and its Jacobian at x times each of the `columns`, (n, k)."""
    slope, jacobian = jax.linearize(velocity, x)
    return slope, jax.vmap(jacobian, in_axes=1, out_axes=1)(columns)


def with_deviations(velocity: Velocity) -> Velocity:
    """Motion of a point and of k deviations from it, each y' = A y: states (n, 1 + k)."""

    def motion(state):
        slope, pushed = push(velocity, state[:, 0], state[:, 1:])
        return jnp.concatenate([slope[:, None], pushed], axis=1)

    return motion


def with_covariance(velocity: Velocity, noise: Noise) -> Velocity:
    """Motion of mean and covariance together, x' = f(x) and V' = A V + V A^T + Q: states (n, 1 + n)."""

    def motion(state):
        slope, AV = push(velocity, state[:, 0], state[:, 1:])
        return jnp.concatenate([slope[:, None], AV + AV.T + noise(state[:, 0])], axis=1)

    return motion


def with_propagator(velocity: Velocity, noise: Noise) -> Velocity:
    """Motion of a point, of the propagator since the start, Phi' = A Phi, and of the noise gathered since,
    N' = A N + N A^T + Q: states (n, 1 + 2n)."""

    def motion(state):
        n = state.shape[0]
        slope, pushed = push(velocity, state[:, 0], state[:, 1:])
        gathered = pushed[:, n:] + pushed[:, n:].T + noise(state[:, 0])
        return jnp.concatenate([slope[:, None], pushed[:, :n], gathered], axis=1)

    return motion
