"""The variance of the common phase that is gathered on the way to a limit cycle.

The phase gradient v at the end of the way is carried back along it by v' = -A^T v; the variance is then v^T V v at the
start plus the integral of v^T Q v: 2n numbers a step in place of the (2n)^2 of the covariance.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from jaxsync.models.base import Model
from jaxsync.models.equations import bind, diffusion_matrix
from jaxsync.numerics.flow import adjoint_step, step


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def gathered_phase_variance(
    h: float,
    model: Model,
    start: jax.Array,
    covariance: jax.Array,
    point: jax.Array,
    gradient: jax.Array,
    way: jax.Array,
    end: jax.Array,
) -> jax.Array:
    """Variance of the phase, in squared time, at the `end` of a `way` from `start`, where V is `covariance`.

    way: the points before each step of length h, (steps, 2n). point, gradient: the point of the cycle close to `end`
    and v there, (2n,). Way and end follow from model and start: they are given so as not to be integrated again, and
    derivatives with respect to them are not asked for.

    The derivatives follow from the discrete adjoint of the whole recursion, at about three times the cost of the value
    for all parameters together; they are one gradient, used in forward and reverse mode alike.
    """
    f = bind(model).velocity
    total, _ = _carry_back(h, f, diffusion_matrix(model), covariance, _at_end(f, point, gradient, end), way)
    return total


@gathered_phase_variance.defjvp
def _derivative(h, primals, tangents):
    value, gradients = _value_and_gradients(h, *primals)
    along = jax.tree.map(jnp.vdot, gradients, tangents[: len(gradients)])
    return value, jax.tree.reduce(jnp.add, along)


def _at_end(f, point, gradient, end):
    """v at the end of the way. It ends near the cycle's point, not at it: to first order the difference is a shift
    along the cycle by v . difference, and v there follows from v' = -A^T v. Without this the derivatives would miss
    how the end moves."""
    shift = gradient @ (end - point)
    return gradient - shift * jax.vjp(f, point)[1](gradient)[0]


def _carry_back(h, f, Q, covariance, v_end, way):
    """The variance, and v at each point of the way, (steps, 2n)."""

    def back(state, x):
        v, total = state
        earlier = adjoint_step(f, x, v, h)[0]
        return (earlier, total + h / 2 * (v @ Q @ v + earlier @ Q @ earlier)), earlier

    (v_start, total), vs = jax.lax.scan(back, (v_end, jnp.zeros(())), way, reverse=True)
    return v_start @ covariance @ v_start + total, vs


def _value_and_gradients(h, model, start, covariance, point, gradient, way, end):
    """The variance and its derivatives with respect to model, start, covariance, point and gradient.

    The variance is J = v_0^T V v_0 + sum of weight_k v_k^T Q v_k, with x_{k+1} = step(x_k) and v_k = M_k^T v_{k+1}, M_k
    the step's Jacobian. What multiplies the second constraint, w, runs forward like a deviation from the way, w_{k+1} =
    M_k w_k + dJ/dv_{k+1}; what multiplies the first, m, runs back like v: (m, v) is carried back through the step of
    the pair (x, w), which also gives the derivatives with respect to the parameters p.
    """
    parameters, unravel = ravel_pytree(model)
    field = lambda p, x: bind(unravel(p)).velocity(x)
    pair = lambda p, s: jnp.stack(jax.jvp(lambda x: field(p, x), (s[0],), (s[1],)))
    Q, to_parameters = jax.vjp(lambda p: diffusion_matrix(unravel(p)), parameters)

    arrive = lambda p, point, gradient, end: _at_end(lambda x: field(p, x), point, gradient, end)
    v_end, from_end = jax.vjp(arrive, parameters, point, gradient, end)
    value, vs = _carry_back(h, lambda x: field(parameters, x), Q, covariance, v_end, way)
    later = jnp.concatenate([vs[1:], v_end[None]])
    weights = jnp.full(len(way) + 1, h).at[jnp.array([0, -1])].set(h / 2)

    def forth(w, inputs):
        x, v, weight = inputs
        return step(partial(pair, parameters), jnp.stack([x, w]), h)[1] + 2 * weight * Q @ v, w

    w_start = (covariance + covariance.T) @ vs[0] + 2 * weights[0] * Q @ vs[0]
    w_end, ws = jax.lax.scan(forth, w_start, (way, later, weights[1:]))
    of_parameters, of_point, of_gradient, of_end = from_end(w_end)

    def back(state, inputs):
        multipliers, of_parameters = state
        multipliers, stages, incoming = adjoint_step(partial(pair, parameters), jnp.stack(inputs), multipliers, h)
        evaluate = lambda p: jax.vmap(partial(pair, p))(stages)
        return (multipliers, of_parameters + jax.vjp(evaluate, parameters)[1](incoming)[0]), None

    state = (jnp.stack([of_end, v_end]), of_parameters)
    ((of_start, _), of_parameters), _ = jax.lax.scan(back, state, (way, ws), reverse=True)
    all_vs = jnp.concatenate([vs, v_end[None]])
    of_noise = jnp.einsum("k,ki,kj->ij", weights, all_vs, all_vs)
    of_parameters = of_parameters + to_parameters(of_noise)[0]
    return value, (unravel(of_parameters), of_start, jnp.outer(vs[0], vs[0]), of_point, of_gradient)
