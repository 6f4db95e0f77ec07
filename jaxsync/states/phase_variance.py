"""The variance of the common phase that is gathered on the way to a limit cycle.

The phase gradient v at the end of the way is carried back along it by v' = -A^T v; the variance is then v^T V v at the
start plus the integral of v^T Q v: 2n numbers a step in place of the (2n)^2 of the covariance.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from jaxsync.models.base import Model
from jaxsync.models.equations import bind
from jaxsync.numerics.flow import adjoint_step, step
from jaxsync.numerics.quadrature import weights_of
from jaxsync.numerics.variational import Noise, Velocity
from jaxsync.states.settings import LOOK


class Way(NamedTuple):
    """A motion that was followed: the points before each step, (k, 2n), and the steps' lengths, (k,), zero where none
    was made; the point at its end, (2n,); and of how many looks, `LOOK` steps each, the first hold all of it."""

    points: Any
    lengths: Any
    end: Any
    looks: Any


@jax.custom_jvp
def gathered_phase_variance(
    model: Model,
    start: jax.Array,
    covariance: jax.Array,
    point: jax.Array,
    gradient: jax.Array,
    diffusion: jax.Array,
    way: Way,
) -> jax.Array:
    """Variance of the phase, in squared time, at the end of a `way` from `start`, where V is `covariance`.

    More precisely, what it is when the motion passes the `point` of the cycle close to the way's end, (2n,), where v is
    `gradient`, (2n,), less what the mean rate D, `diffusion`, makes of the time between: so it does not depend on where
    in its period the motion ends. The way follows from model and
    start: it is given so as not to be integrated again, and carries no derivatives of its own; the lengths of its steps
    have none.

    The derivatives follow from the discrete adjoint of the whole recursion, at about three times the cost of the value
    for all parameters together; they are one gradient, used in forward and reverse mode alike.
    """
    v_end, later = _at_end(model, point, gradient, diffusion, way.end)
    return _carry_back(model, covariance, v_end, way)[0] - later


@gathered_phase_variance.defjvp
def _derivative(primals, tangents):
    *inputs, way = primals
    model, start = inputs[:2]
    way = way._replace(lengths=jax.lax.stop_gradient(way.lengths))
    points, end = _followed_again(model, start, way.points, way.end, way.lengths, way.looks)
    value, gradients = _value_and_gradients(*inputs, way=way._replace(points=points, end=end))
    along = jax.tree.map(jnp.vdot, gradients, tangents[: len(gradients)])
    return value, jax.tree.reduce(jnp.add, along)


@jax.custom_jvp
def _followed_again(model, start, points, end, lengths, looks):
    """The way as it is; only if the derivatives of the variance are differentiated in turn is its own asked for."""
    return points, end


@_followed_again.defjvp
def _of_the_way(primals, tangents):
    model, _, points, end, lengths, _ = primals
    parameters, unravel = ravel_pytree(model)
    field = lambda p, x: bind(unravel(p)).velocity(x)
    of_parameters = ravel_pytree(tangents[0])[0]

    def advance(moved, inputs):
        x, h = inputs
        onward = lambda p, x: step(partial(field, p), x, h)
        return jax.jvp(onward, (parameters, x), (of_parameters, moved))[1], moved

    at_end, along = jax.lax.scan(advance, tangents[1], (points, lengths))
    return (points, end), (along, at_end)


def _at_end(model, point, gradient, diffusion, end):
    """v at the end of the way, which lies near the cycle's point, not at it, and the variance gathered between, beyond
    the mean rate.

    The end is later than the point by s, with v' = -A^T v. To second order in s, with s = q - q^2/2 v.x'' from q =
    v.(end - point), so that the derivatives see how the end moves, the second ones too.
    """
    velocity, noise = bind(model)

    def slope(x, v):
        return velocity(x), -jax.vjp(velocity, x)[1](v)[0]

    def rate(x, v):
        return v @ noise(x) @ v

    first = slope(point, gradient)
    (x2, v2), (rate_1, rate_2) = (jax.jvp(slope, (point, gradient), first)[1], jax.jvp(rate, (point, gradient), first))
    q = gradient @ (end - point)
    s = q - q**2 / 2 * (gradient @ x2)
    return gradient + s * first[1] + s**2 / 2 * v2, s * (rate_1 - diffusion) + s**2 / 2 * rate_2


def _gain(velocity: Velocity, noise: Noise, x, v, weights):
    """What the point x adds to the integral of v^T Q v: weights times the rate there, and its derivative in time."""
    slope, back = jax.vjp(velocity, x)
    Q, change = jax.jvp(noise, (x,), (slope,))
    against = back(v)[0]  # A^T v
    return weights[0] * (v @ Q @ v) + weights[1] * (v @ change @ v - 2 * (against @ Q @ v))


def _chunks(looks, body, state, reverse=False):
    """`body(state, at)` for the first `looks` chunks of LOOK steps, `at` the number of the first step of each."""
    number = lambda i: (looks - 1 - i if reverse else i) * LOOK
    return jax.lax.fori_loop(0, looks, lambda i, state: body(state, number(i)), state)


def _take(arrays, at):
    return jax.tree.map(lambda a: jax.lax.dynamic_slice_in_dim(a, at, LOOK), arrays)


def _put(array, part, at):
    return jax.lax.dynamic_update_slice_in_dim(array, part, at, 0)


def _carry_back(model, covariance, v_end, way):
    """The variance, and v at each point of the way, (k, 2n)."""
    velocity, noise = bind(model)
    weights = weights_of(way.lengths)
    last = _gain(velocity, noise, way.end, v_end, weights[way.looks * LOOK])

    def back(state, inputs):
        v, total = state
        x, h, weights = inputs
        v = adjoint_step(velocity, x, v, h)[0]
        return (v, total + _gain(velocity, noise, x, v, weights)), v

    def chunk(state, at):
        carried, vs = state
        carried, part = jax.lax.scan(back, carried, _take((way.points, way.lengths, weights[:-1]), at), reverse=True)
        return carried, _put(vs, part, at)

    (v_start, total), vs = _chunks(way.looks, chunk, ((v_end, last), jnp.zeros_like(way.points)), reverse=True)
    return v_start @ covariance @ v_start + total, vs


def _value_and_gradients(model, start, covariance, point, gradient, diffusion, way):
    """The variance and its derivatives with respect to model, start, covariance, point, gradient and diffusion.

    The variance is J = v_0^T V v_0 + sum of gain_k(x_k, v_k), with x_{k+1} = step(x_k) and v_k = M_k^T v_{k+1}, M_k
    the step's Jacobian. What multiplies the second constraint, w, runs forward like a deviation from the way, w_{k+1} =
    M_k w_k + dJ/dv_{k+1}; what multiplies the first, m, runs back like v: (m, v) is carried back through the step of
    the pair (x, w), which also gives the derivatives with respect to the parameters p.
    """
    parameters, unravel = ravel_pytree(model)
    field = lambda p, x: bind(unravel(p)).velocity(x)
    pair = lambda p, s: jnp.stack(jax.jvp(lambda x: field(p, x), (s[0],), (s[1],)))
    gain = lambda p, x, v, weights: _gain(*bind(unravel(p)), x, v, weights)
    weights = weights_of(way.lengths)

    arrive = lambda p, *rest: _at_end(unravel(p), *rest)
    (v_end, later), from_end = jax.vjp(arrive, parameters, point, gradient, diffusion, way.end)
    value, vs = _carry_back(model, covariance, v_end, way)
    by_end = jax.grad(gain, argnums=(0, 1, 2))(parameters, way.end, v_end, weights[way.looks * LOOK])

    # w is kept before each step; dJ/dv of a point is added on arriving there, of the end at the very end.
    def forth(w, inputs):
        x, v, h, weights = inputs
        w = w + jax.grad(gain, argnums=2)(parameters, x, v, weights)
        return step(partial(pair, parameters), jnp.stack([x, w]), h)[1], w

    def chunk(state, at):
        w, ws = state
        w, part = jax.lax.scan(forth, w, _take((way.points, vs, way.lengths, weights[:-1]), at))
        return w, _put(ws, part, at)

    v_start = vs[0]
    w_start = (covariance + covariance.T) @ v_start
    w_end, ws = _chunks(way.looks, chunk, (w_start, jnp.zeros_like(way.points)))
    of_parameters, of_point, of_gradient, of_diffusion, of_end = from_end((w_end + by_end[2], -jnp.ones(())))

    def back(state, inputs):
        multipliers, of_parameters = state
        x, v, w, h, weights = inputs
        multipliers, stages, incoming = adjoint_step(partial(pair, parameters), jnp.stack([x, w]), multipliers, h)
        evaluate = lambda p: jax.vmap(partial(pair, p))(stages)
        of_parameters = of_parameters + jax.vjp(evaluate, parameters)[1](incoming)[0]
        by_parameters, by_x = jax.grad(gain, argnums=(0, 1))(parameters, x, v, weights)
        return (multipliers.at[0].add(by_x), of_parameters + by_parameters), None

    def chunk_back(state, at):
        return jax.lax.scan(back, state, _take((way.points, vs, ws, way.lengths, weights[:-1]), at), reverse=True)[0]

    state = (jnp.stack([of_end + by_end[1], v_end]), of_parameters + by_end[0])
    (of_start, _), of_parameters = _chunks(way.looks, chunk_back, state, reverse=True)
    of_covariance = jnp.outer(v_start, v_start)
    return value - later, (unravel(of_parameters), of_start, of_covariance, of_point, of_gradient, of_diffusion)
