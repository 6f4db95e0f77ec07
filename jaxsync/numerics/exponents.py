"""Lyapunov exponents over a horizon that is counted in steps of the motion's own length."""

import jax
import jax.numpy as jnp

from jaxsync.numerics.adaptive import Velocity, attempt, start_motion
from jaxsync.numerics.variational import with_deviations

STRETCH = 16
"""Steps between factorizations: too few for the fastest and slowest direction to become parallel."""


def lyapunov_exponents(
    velocity: Velocity, x: jax.Array, count: int, rtol: float, attempts: int
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The `count` largest Lyapunov exponents of the motion from x, (n,), largest first, the horizon, and its end, (n,).

    By repeated QR factorization (Benettin et al., Meccanica 15, 9 (1980)). An exponent is known to a few over the
    horizon, the time that the averages are taken over.
    """
    motion_of = with_deviations(velocity)
    # Directions along the axes could miss a slow one where modes are not coupled.
    directions = jnp.linalg.qr(jax.random.normal(jax.random.key(0), (x.shape[0], count)))[0]
    start = start_motion(motion_of, jnp.concatenate([x[:, None], directions], axis=1), rtol)

    def advance(motion, _):
        before = motion.time
        motion = jax.lax.fori_loop(0, STRETCH, lambda _, m: attempt(motion_of, m, rtol)[0], motion)
        orthogonal, triangular = jnp.linalg.qr(motion.x[:, 1:])
        inverse = jnp.linalg.inv(triangular)
        columns = lambda y, turned: jnp.concatenate([y[:, :1], turned], axis=1)
        motion = motion._replace(
            x=columns(motion.x, orthogonal), slope=columns(motion.slope, motion.slope[:, 1:] @ inverse)
        )
        return motion, (jnp.log(jnp.abs(jnp.diag(triangular))), motion.time - before)

    rounds = max(10, attempts // STRETCH)
    motion, (growth, times) = jax.lax.scan(advance, start, length=rounds)
    late = rounds // 10  # the first tenth turns the directions
    horizon = jnp.sum(times[late:])
    return -jnp.sort(-jnp.sum(growth[late:], axis=0) / horizon), horizon, motion.x[:, 0]
