"""The one Newton iteration of the package, and the one place where solves get their derivatives."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

SIMPLIFIED = 16
"""Most steps with one Jacobian."""


class Root(NamedTuple):
    """Where the iteration ended: the point (n,), whether it is a root, the residual's norm."""

    point: jax.Array
    converged: jax.Array
    residual: jax.Array


def find_root(
    residual: Callable[[jax.Array], jax.Array], guess: jax.Array, *, tolerance: float, max_steps: int
) -> Root:
    """Damped Newton iteration for residual(x) = 0 with x of shape (n,).

    max_steps counts Jacobians: one serves for several steps while each halves the residual. A step that
    does not shrink it at all is taken back and tried again at a quarter of its length. Converged means
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
    def unfinished(state):
        x, _, norm, _, steps = state
        return (steps < max_steps) & ~_is_small(norm, x, tolerance) & jnp.isfinite(norm)

    def advance(state):
        x, value, norm, damping, steps = state
        inverse = jnp.linalg.inv(jax.jacfwd(f)(x))
        before = norm

        def go_on(inner):
            x, _, norm, quick, count = inner
            return (count == 0) | (quick & ~_is_small(norm, x, tolerance) & (count < SIMPLIFIED))

        def step(inner):
            x, value, norm, _, count = inner
            trial = x - jnp.where(count == 0, damping, 1.0) * (inverse @ value)
            trial_value = f(trial)
            trial_norm = jnp.linalg.vector_norm(trial_value)
            better = trial_norm < norm  # False for NaN
            kept = jax.tree.map(
                lambda new, old: jnp.where(better, new, old), (trial, trial_value, trial_norm), (x, value, norm)
            )
            return (*kept, trial_norm < norm / 2, count + 1)

        start = (x, value, norm, jnp.array(True), jnp.zeros((), int))
        x, value, norm, *_ = jax.lax.while_loop(go_on, step, start)
        damping = damping * jnp.where(norm < before, jnp.minimum(1 / damping, 2.0), 0.25)
        return x, value, norm, damping, steps + 1

    value = f(x0)
    start = (x0, value, jnp.linalg.vector_norm(value), jnp.ones(()), jnp.zeros((), int))
    x, _, norm, *_ = jax.lax.while_loop(unfinished, advance, start)
    return x, norm
