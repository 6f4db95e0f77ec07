"""Lyapunov exponents over a horizon that is counted in steps of the motion's own length."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.adaptive import Velocity, attempt, moduli, start_motion
from jaxsync.numerics.variational import with_deviations

GROWN = 3.0
"""Growth of a mode's largest modulus, from the first half of the horizon to the second, at which the motion is on its
way yet; chaos swings by less."""

STRETCH = 16
"""Steps between factorizations: too few for the fastest and slowest direction to become parallel."""


class Exponents(NamedTuple):
    """The largest Lyapunov exponents and what else the same motion tells.

    values: largest first, (k,). horizon: the time that they are averages over; an exponent is known to a few over it.
    lasting: the largest one over the second half of it. grown: whether some mode went on growing.
    """

    values: jax.Array
    horizon: jax.Array
    lasting: jax.Array
    grown: jax.Array

    def is_chaos(self, zero: jax.Array | float) -> jax.Array:
        """Whether nearby motions part, at a rate above `zero`, for good and on an attractor: what leaves an unstable
        rest or cycle has a positive exponent for a while, too."""
        return (self.values[0] > zero) & (self.lasting > zero) & ~self.grown


def lyapunov_exponents(velocity: Velocity, x: jax.Array, count: int, rtol: float, attempts: int) -> Exponents:
    """The `count` largest Lyapunov exponents of the motion from x, (n,).

    By repeated QR factorization (Benettin et al., Meccanica 15, 9 (1980)). Each mode is displaced by one quantum first,
    in a direction of its own, so that a motion which keeps to what is unstable by its symmetry alone does not stay
    there.
    """
    kick = jax.random.normal(jax.random.key(1), x.shape)
    x = x + kick / jnp.repeat(moduli(kick), 2)
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
        return motion, (jnp.log(jnp.abs(jnp.diag(triangular))), motion.time - before, moduli(motion.x[:, 0]))

    rounds = max(10, attempts // STRETCH)
    _, (growth, times, sizes) = jax.lax.scan(advance, start, length=rounds)
    late, half = rounds // 10, rounds // 2  # the first tenth turns the directions
    average = lambda first: -jnp.sort(-jnp.sum(growth[first:], axis=0) / jnp.sum(times[first:]))
    grown = jnp.any(jnp.max(sizes[half:], axis=0) > GROWN * (jnp.max(sizes[late:half], axis=0) + 1.0))
    return Exponents(average(late), jnp.sum(times[late:]), average(half)[0], grown)
