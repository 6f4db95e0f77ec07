"""Fixed points of a velocity: Newton's method where it contracts from the start on, else a curve that leads to a root.

Nothing here has a unit. Steps are compared with steps, errors with amplitudes, residuals with the terms they are the
sum of. Points are quadratures, two for each mode.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxsync.numerics.sizes import assess, inverse_sizes, is_final, is_root, is_tiny, norm, positive, projection

CONTRACTION = 0.5
"""Largest correction after a Newton step, over that step. Kantorovich's theorem asks for a quarter or less after plain
steps; these are corrected once with the same Jacobian. Smaller only sends more starts along the curve."""

CHORDS = 3
"""Most steps more with the Jacobian of a Newton step."""

MAX_DIRECT = 20
"""Most Newton steps before the curve is followed: one that contracts is done in ten."""

NEAR = 0.1
"""Largest correction back to the curve, over the step along it, and in tau: small, so that the corrected point is on
the curve to a hundredth of the step, and shorter steps from there are judged by their own errors."""

BEND = 0.3
"""Largest 1 - cos of the angle between the tangents before and after a step, 45 degrees."""


class Equilibrium(NamedTuple):
    """Where the search ended, the point (n,), and how well it is a root; no entry has a unit.

    converged: whether it is one. residual: the largest over its equation's terms |J| |x|.
    error: the estimated error of the point, |J^-1| (|residual| + rounding), over the amplitude of its mode.
    """

    point: jax.Array
    converged: jax.Array
    residual: jax.Array
    error: jax.Array


def find_equilibrium(
    velocity: Callable[[jax.Array], jax.Array], start: jax.Array, *, tolerance: float = 1e-13, max_steps: int = 200
) -> Equilibrium:
    """The fixed point f(x) = 0 that a device at rest in `start` is led to when its drive is switched on slowly.

    First Newton's method from the start x0, for as long as its steps contract. Where they do not, the curve

        f(x) = tau [f(x0) + D (x - x0)],    tau from 1 to 0,

    is followed in its length, through folds: the drive grows while extra damping, at rates D above all of each mode's
    own, is taken away (a Newton homotopy joined to a fixed-point homotopy; E. L. Allgower and K. Georg, Numerical
    Continuation Methods, ch. 3 and 11). At tau = 1 the start is a regular root, stable by the damping, so the curve
    arrives where det(-J) > 0: never on a saddle with an odd number of growing directions. Where dissipation bounds the
    motion, and the damped device has no state but the start, the curve cannot end before tau = 0. Of the states of a
    bistable device driven from rest it is the one connected to zero drive.

    A fixed point that is unstable by oscillations is an answer, and so is a start that is one. Failure is flagged, not
    raised. Derivatives follow from the implicit function theorem, forward, reverse, of any order; the start has none.

    Args:
        velocity: From quadratures x, (n,), two for each mode, to their velocity f(x), (n,).
        start: x0, (n,); zero for a device at rest.
        tolerance: Largest velocity that counts as zero, relative to its terms |J| |x|.
        max_steps: Most Jacobians on the curve.

    Returns:
        The root with its verdict.
    """

    def solve(f, x0):
        at_start = f(x0)
        direct = _newton(f, x0, at_start, tolerance)
        curve = _follow(f, x0, at_start, direct.done, tolerance, max_steps)
        found = is_root(curve.share, curve.error, tolerance)  # else the last good point, which is finite
        return jax.tree.map(
            lambda a, b: _where(direct.done, a, b),
            (direct.x, (direct.share, direct.error)),
            (_where(found, curve.x, curve.base.x), (curve.share, curve.error)),
        )

    def tangent_solve(linear, y):
        # The Jacobian is built from columns, which keeps one code path for forward and, transposed, reverse mode.
        return jnp.linalg.solve(jax.jacfwd(linear)(jnp.zeros_like(y)), y)

    start = jax.lax.stop_gradient(start)
    point, (share, error) = jax.lax.custom_root(velocity, start, solve, tangent_solve, has_aux=True)
    return Equilibrium(point, is_root(share, error, tolerance), share, error)


class _Direct(NamedTuple):
    """Newton's method: the point, its velocity, the step that led there, how well it is a root, what became of it."""

    x: jax.Array
    value: jax.Array
    step: jax.Array
    share: jax.Array
    error: jax.Array
    done: jax.Array
    lost: jax.Array
    count: jax.Array


def _newton(f, x0, at_start, tolerance):
    def advance(state):
        x, value, last, share, *_, count = state
        jacobian = jax.jacfwd(f)(x)
        inverse = jnp.linalg.inv(-jacobian)
        step = inverse @ value
        weights = inverse_sizes(x, last)
        growth = norm(weights * step) / positive(norm(weights * last))
        contracts = (count == 0) | (growth <= CONTRACTION) | is_tiny(step, x, last)
        end = x + step
        # More steps with the same Jacobian cost one velocity each, a hundredth of a Jacobian and its inverse.
        end, new_value = _repeat(f, inverse, end, norm(weights * step), weights)
        new_share, error = assess(end, new_value, jacobian, inverse)
        lost = ~contracts | ~jnp.all(jnp.isfinite(new_value))
        done = ~lost & is_final(new_share, share, error, tolerance)
        return _Direct(end, new_value, end - x, new_share, error, done, lost, count + 1)

    never, no = jnp.full((), jnp.inf), jnp.zeros((), bool)
    start = _Direct(x0, at_start, jnp.zeros_like(x0), never, never, no, no, jnp.zeros((), int))
    return jax.lax.while_loop(lambda s: ~s.done & ~s.lost & (s.count < MAX_DIRECT), advance, start)


def _repeat(f, inverse, x, length, weights):
    """Steps with the Jacobian of the step before, of weighted length `length`; the second in any case, since a mode
    that is fed by the square of another is moved by it alone, the others while each is less than half of the last."""

    def advance(state, first):
        x, value, length = state
        step = inverse @ value
        size = norm(weights * step)
        helps = first | (size <= 0.5 * length)
        x = _where(helps, x + step, x)
        return (x, f(x), _where(helps, size, 0.0)), None

    (x, value, _), _ = jax.lax.scan(advance, (x, f(x), length), jnp.arange(CHORDS) == 0)
    return x, value


class _Base(NamedTuple):
    """A point near the curve, the inverse of -H there, the step back to the curve, and dx/d(-tau) along it."""

    x: jax.Array
    tau: jax.Array
    inverse: jax.Array
    correction: jax.Array
    along: jax.Array


class _Curve(NamedTuple):
    """A trial point and the step that led there; the last good point, the tangent there, and the length to go."""

    x: jax.Array
    tau: jax.Array
    value: jax.Array
    step: jax.Array
    base: _Base
    tangent: jax.Array
    length: jax.Array
    damping: jax.Array
    share: jax.Array
    error: jax.Array
    done: jax.Array
    count: jax.Array


def _follow(f, x0, at_start, known, tolerance, max_steps):
    """Along the curve H(x, tau) = f(x) - tau [f(x0) + D (x - x0)] = 0 from (x0, 1) to tau = 0, then Newton's method."""

    def advance(state):
        begins = state.count == 0
        jacobian = jax.jacfwd(f)(state.x)
        damping = _where(begins, _damping(jacobian), state.damping)
        drive = lambda x: at_start + damping * (x - x0)
        inverse = jnp.linalg.inv(jnp.diag(state.tau * damping) - jacobian)
        correction = inverse @ (state.value - state.tau * drive(state.x))
        here = _Base(state.x, state.tau, inverse, correction, inverse @ drive(state.x))

        weights = inverse_sizes(state.x, state.step)
        arrived = state.tau == 0
        quality = _quality(here, state, weights)
        good = begins | (quality <= 1) | (arrived & is_tiny(correction, state.x, state.step))
        on_curve, newton = good & ~arrived, good & arrived
        base = _choose(on_curve, here, state.base)
        speed = norm(base.along)
        ahead = _where(~begins & (jnp.dot(weights**2 * here.along, state.tangent) < 0), -1.0, 1.0)
        tangent = _where(on_curve, ahead * here.along / positive(speed), state.tangent)
        # The error grows with the square of the step; 0.4 aims below the bound, where few steps are refused.
        change = jnp.clip(jnp.sqrt(0.4 / positive(quality)), _where(good, 0.5, 0.1), _where(good, 3.0, 0.5))
        length = _where(newton, state.length, state.length * change)
        length = _where(begins, speed / 2, length)  # half of the way if it were straight

        origin = _choose(newton, here, base)
        forward = _where(jnp.dot(origin.along, tangent) < 0, -1.0, 1.0)
        back = projection(origin.correction, origin.along, weights)
        ascent = forward * length / positive(speed) - back
        # The last stretch: straight to tau = 0, where the same step is Newton's.
        last = (forward > 0) & (ascent >= origin.tau)
        ascent = _where(newton, 0.0, _where(last, origin.tau, ascent))
        tau = _where(newton | last, 0.0, origin.tau - ascent)
        end = origin.x + origin.correction + ascent * origin.along
        second = origin.inverse @ (f(end) - tau * drive(end))
        aside = second - projection(second, origin.along, weights) * origin.along
        second = _where(newton | last, second, aside)
        helps = norm(weights * second) <= 0.5 * norm(weights * (end - origin.x))
        end = _where(helps, end + second, end)

        value = f(end)
        share, error = assess(end, value, jacobian, inverse)
        error = _where(newton, error, jnp.inf)
        done = newton & is_final(share, state.share, error, tolerance)
        return _Curve(
            end, tau, value, end - origin.x, base, tangent, length, damping, share, error, done, state.count + 1
        )

    zero, none = jnp.zeros(()), jnp.zeros_like(x0)
    never = jnp.full((), jnp.inf)
    base = _Base(x0, zero, jnp.zeros((x0.size, x0.size)), none, none)
    start = _Curve(x0, zero + 1, at_start, none, base, none, zero, none, never, never, known, jnp.zeros((), int))
    return jax.lax.while_loop(lambda s: ~s.done & (s.count < max_steps), advance, start)


def _damping(jacobian):
    """A rate for each mode, (n,), twice the sum of its own: D - J is then diagonally dominant, and so regular."""
    rows = jnp.sum(jnp.abs(jacobian), axis=1).reshape(-1, 2)
    return 2 * jnp.repeat(jnp.max(rows, axis=1), 2)


def _quality(here, state, weights):
    """Error of a step over what is allowed: on the curve of position, tau and direction, at tau = 0 of position."""
    back = projection(here.correction, here.along, weights)
    length = positive(norm(weights * state.step))
    aside = norm(weights * (here.correction - back * here.along)) / length
    sizes = norm(weights * here.along) * norm(weights * state.tangent)
    cosine = jnp.abs(jnp.dot(weights**2 * here.along, state.tangent)) / positive(sizes)
    on_curve = jnp.maximum(jnp.maximum(aside, jnp.abs(back)) / NEAR, (1 - cosine) / BEND)
    newton = norm(weights * here.correction) / length / CONTRACTION
    quality = _where(state.tau == 0, newton, on_curve)
    return _where(jnp.isfinite(quality), quality, 1e6)  # a step that met infinities is refused


def _choose(condition, yes, no):
    return jax.tree.map(lambda a, b: _where(condition, a, b), yes, no)


def _where(condition, yes, no) -> jax.Array:
    return jnp.asarray(jnp.where(condition, yes, no))
