"""The one Newton iteration of the package, and the one place where solves get their derivatives."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp


class Root(NamedTuple):
    """Where the iteration ended: the point (n,), whether it is a root, the residual's norm."""

    point: jax.Array
    converged: jax.Array
    residual: jax.Array


def find_root(
    residual: Callable[[jax.Array], jax.Array], guess: jax.Array, *, tolerance: float, max_steps: int
) -> Root:
    """Damped Newton iteration for residual(x) = 0 with x of shape (n,).

    A step that does not shrink the residual is taken back and tried again at a quarter of its length. Converged means
    |residual| <= tolerance * max(1, |x|). The point's derivatives with respect to whatever `residual` closes over
    follow from the implicit function theorem, in forward and reverse mode, at the cost of one linear solve; the guess
    has none. Failure is flagged, never raised.
    """

    def solve(f, x0):
        return _iterate(f, x0, tolerance, max_steps)

    def tangent_solve(linear, y):
        # The Jacobian is built from columns, which keeps one code path for forward and, transposed, reverse mode.
        return jnp.linalg.solve(jax.jacfwd(linear)(jnp.zeros_like(y)), y)

    guess = jax.lax.stop_gradient(guess)
    point, norm = jax.lax.custom_root(residual, guess, solve, tangent_solve, has_aux=True)
    return Root(point, _is_small(norm, point, tolerance), norm)


def _is_small(norm, x, tolerance):
    return norm <= tolerance * jnp.maximum(1.0, jnp.linalg.vector_norm(x))


def _iterate(f, x0, tolerance, max_steps):
    def evaluate(x):
        jacobian, value = jax.jacfwd(lambda y: (f(y),) * 2, has_aux=True)(x)
        return value, jacobian

    def unfinished(state):
        x, norm, _, _, steps = state
        return (steps == 0) | ((steps < max_steps) & ~_is_small(norm, x, tolerance) & jnp.isfinite(norm))

    def advance(state):
        x, norm, direction, damping, steps = state
        trial = x + damping * direction
        value, jacobian = evaluate(trial)
        trial_norm = jnp.linalg.vector_norm(value)
        better = (trial_norm < norm) | (steps == 0)  # False for NaN
        trial_direction = -jnp.linalg.solve(jacobian, value)
        x, norm, direction = jax.tree.map(
            lambda new, old: jnp.where(better, new, old), (trial, trial_norm, trial_direction), (x, norm, direction)
        )
        damping = jnp.where(better, jnp.minimum(1.0, 2 * damping), damping / 4)
        return x, norm, direction, damping, steps + 1

    # The first pass, with no direction yet, evaluates the guess itself: one copy of the residual in the program.
    start = (x0, jnp.zeros(()), jnp.zeros_like(x0), jnp.ones(()), jnp.zeros((), dtype=int))
    x, norm, *_ = jax.lax.while_loop(unfinished, advance, start)
    return x, norm
