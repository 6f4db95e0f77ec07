"""Curves of fixed points, of cycles, and of their special points: a device's equations as a chain that is followed.

One compiled program serves all points of a kind of curve, of any model of a class.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.attractors.layout import STATE, Frame, Known, Layout, units_of
from jaxsync.models.base import Model
from jaxsync.models.equations import bind, has_clock
from jaxsync.numerics.arclength import LAST, Corrected, Step, correct
from jaxsync.numerics.critical import Kind, critical, varied
from jaxsync.numerics.recurrence import across
from jaxsync.numerics.shooting import Rows, join, linearize, misses, product, solve

EXACT = 1e-9
"""Last Newton step, in the curve's units, where a point is to have all its digits."""


def maps(model: Model, layout: Layout, frame: Frame):
    """An interval of the chain, and the flow of a cycle, None of a fixed point: functions of x, (2n,), and sigma."""
    count = len(layout.fields)

    def velocity(sigma):
        values = sigma[:count] if layout.rests else sigma[1 : 1 + count]
        return bind(model.replace(**dict(zip(layout.fields, values, strict=True)))).velocity

    if layout.rests:
        return lambda x, sigma: x + frame.clock * velocity(sigma)(x), None

    def interval(x, sigma):
        h, f = sigma[0] / (layout.samples * layout.substeps), velocity(sigma)
        if layout.substeps == 1:
            return layout.method.step(f, x, h)
        return jax.lax.scan(lambda x, _: (layout.method.step(f, x, h), None), x, length=layout.substeps)[0]

    return interval, lambda x, sigma: velocity(sigma)(x)


class _Scaled(NamedTuple):
    """The equations of a point in its units: the chain, its points and sigma, the rows but that across the tangent."""

    chain: Any
    x: Any
    sigma: Any
    rows: Any
    frozen: Any
    along: Any


def _equations(model, layout, frame, y, units, reference, base):
    n = layout.chain(y).shape[1]
    points = y.size - layout.scalars
    plain = layout.scalars - layout.pair  # the unknowns that the motion depends on
    unit, scale = units[:n], units[points : points + plain]
    interval, slope = maps(model, layout, frame)
    step = lambda x, sigma: interval(unit * x, scale * sigma) / unit
    flow = None if slope is None else lambda x, sigma: slope(unit * x, scale * sigma) / unit
    x, sigma = layout.chain(y) / unit[None], y[points : points + plain] / scale
    chain = linearize(step, x, sigma)
    rows, frozen, along = [], None, jnp.zeros(n)
    if flow is not None:
        along = flow(x[0], sigma)
        # The phase that keeps the orbit as near as it can be to the one before.
        e = reference / unit[None]
        e = e / jnp.linalg.vector_norm(e)
        rows.append(Rows(jnp.sum(e * (x - base / unit[None]))[None], e[:, None, :], jnp.zeros((1, plain))))
    if layout.kind is not None:
        found, frozen, _ = critical(step, flow, x, sigma, chain, layout.kind, y[-1])
        rows = [row._replace(D=jnp.pad(row.D, ((0, 0), (0, int(layout.pair))))) for row in rows]
        rows.append(found)
        chain = chain._replace(B=jnp.pad(chain.B, ((0, 0), (0, 0), (0, int(layout.pair)))))
    return _Scaled(chain, x, sigma, join(*rows) if rows else None, frozen, along), step, flow


@partial(jax.jit, static_argnames="layout")
def corrected(
    model: Model, layout: Layout, frame: Frame, guess: Any, c: Any, units: Any, reference: Any, base: Any, last: Any
) -> Corrected:
    """The point of a curve, across the direction c, or the special point, next to a guess.

    Args:
        model: The device; its values of the layout's fields do not matter.
        layout, frame: What the numbers are.
        guess: (N,).
        c: (N,), in the units; of no meaning where the layout is square.
        units: (N,).
        reference, base: Velocities and points of the cycle nearby that fixes the phase, (s, 2n) each.
        last: Length of the last Newton step.
    """
    e = guess.size - layout.scalars

    def newton(y, c):
        scaled, *_ = _equations(model, layout, frame, y, units, reference, base)
        chain, rows = scaled.chain, scaled.rows
        r = misses(chain, scaled.x)[:, :, None]
        if layout.square:
            found = solve(chain, rows, r, rows.values[:, None])
            a = t = jnp.concatenate([found.x[:, :, 0].reshape(-1), found.sigma[:, 0]])
        else:
            bordering = Rows(jnp.zeros(1), c[:e].reshape(layout.samples, 1, -1), c[None, e:])
            rows = bordering if rows is None else join(rows, bordering)
            # Two right-hand sides: what is missed, and one unit along c.
            q = jnp.stack([rows.values, jnp.zeros_like(rows.values).at[-1].set(-1.0)], axis=1)
            found = solve(chain, rows, jnp.concatenate([r, jnp.zeros_like(r)], axis=2), q)
            both = jnp.concatenate([found.x.reshape(e, 2), found.sigma])
            a, t = both[:, 0], both[:, 1]
        return a, t, (product(chain), scaled.along, found.matrix)

    found = correct(newton, guess, c, units, last)
    monodromy, along, matrix = found.known
    slopes, error, rate = _look(model, layout, frame, found.y, units[: e // layout.samples])
    return found._replace(known=Known(monodromy, along, matrix, slopes, error, rate))


def _look(model, layout, frame, y, unit):
    """Velocities along an orbit, what half the step changes in it, and its fastest rate times the period."""
    interval, slope = maps(model, layout._replace(substeps=2 * layout.substeps), frame)
    x = layout.chain(y)
    if slope is None:
        return jnp.zeros_like(x), jnp.zeros(()), jnp.zeros(())
    sigma = y[x.size :]
    slopes = across(jax.vmap(lambda x: slope(x, sigma))(x), has_clock(model))
    halves = jax.vmap(lambda x: interval(x, sigma))(x)
    # Over the orbit's swing, as in `periodic_orbit`.
    opened = (halves - jnp.roll(x, -1, axis=0)) / unit[None] * (STATE * layout.samples**0.5)
    # |A^8|^(1/8), close to the largest eigenvalue, at every fifth sample: see `periodic_orbit`.
    A = jax.vmap(jax.jacfwd(lambda x: slope(x, sigma)))(x[::5]) * (sigma[0] * unit[None, :] / unit[:, None])[None]
    for _ in range(3):
        A = A @ A
    return slopes, jnp.sum(jnp.linalg.vector_norm(opened, axis=1)), jnp.max(jnp.linalg.matrix_norm(A)) ** (1 / 8)


class Curve(NamedTuple):
    """A device, what its points' numbers are, and what they are measured by."""

    model: Model
    layout: Layout
    frame: Frame

    def advance(self, here: Step, length: float) -> Step:
        """One step from a point of the curve."""
        units = units_of(self.layout, self.frame, here.y)
        c = here.tangent / units
        c = c / np.linalg.norm(c)
        return self._step(here.y + length * units * c, c, units, here, LAST)

    def correct(self, guess: np.ndarray, c: np.ndarray, near: Step, last: float = EXACT) -> Step:
        """The point across c, (N,), in the units at `near`, from a guess."""
        return self._step(guess, c, units_of(self.layout, self.frame, near.y), near, last)

    def at_value(self, guess: np.ndarray, value: float, near: Step, number: int = 0) -> Step:
        """The point at a value of one of the fields, from a guess."""
        guess, c = guess.copy(), np.zeros_like(guess)
        at = guess.size - self.layout.scalars + (not self.layout.rests) + number
        # In the sense of the curve, on which the sign of the condensed matrix's determinant depends.
        guess[at], c[at] = value, np.sign(near.tangent[at]) or 1.0
        return self.correct(guess, c, near)

    def special(self, kind: Kind, near: Step, kappa: float = 0.0) -> Step:
        """The special point of a kind next to a point of a branch."""
        layout = self.layout._replace(kind=kind)
        guess = np.append(near.y, kappa) if layout.pair else near.y
        return Curve(self.model, layout, self.frame).correct(guess, np.zeros_like(guess), near._replace(y=guess))

    def value(self, step: Step) -> float:
        """Of the first field."""
        return float(self.layout.values(step.y)[0])

    def distance(self, a: Step, b: Step, of: Step) -> float:
        """How far `of` is on the way from a to b: 0 to 1 if it lies between them."""
        N = a.y.size
        units = units_of(self.layout, self.frame, a.y)
        way = (b.y - a.y) / units
        return float((of.y[:N] - a.y) / units @ way / (way @ way))

    def _step(self, guess, c, units, near, last):
        base = self.layout.chain(near.y)
        found = corrected(self.model, self.layout, self.frame, guess, c, units, near.known.slopes, base, last)
        found = jax.device_get(found)
        angle = float(np.arccos(np.clip(found.tangent @ c, -1.0, 1.0)))
        good = bool(found.converged) and bool(np.all(np.isfinite(found.y)))
        return Step(found.y, found.tangent * units, good, angle, int(found.count), found.known)


@partial(jax.jit, static_argnames="layout")
def sensitivity(model: Model, layout: Layout, frame: Frame, y: Any, units: Any, reference: Any) -> Model:
    """How the value of a special point's field changes with every other field: a gradient, shaped as the model.

    By the implicit function theorem: G(y, model) = 0 moves by -G_y^-1 G_model, of which one number is asked for.
    """
    base = layout.chain(y)
    scaled, *_ = _equations(model, layout, frame, y, units, reference, base)
    at = int(not layout.rests)

    def moved(model):
        again, step, flow = _equations(model, layout, frame, y, units, reference, base)
        special = varied(step, flow, scaled.x, scaled.sigma, scaled.frozen)
        phase = jnp.zeros(scaled.rows.values.shape[0] - special.shape[0])
        q = jnp.concatenate([phase, special])
        found = solve(scaled.chain, scaled.rows, misses(again.chain, scaled.x)[:, :, None], q[:, None])
        return found.sigma[at, 0] * frame.widths[0]

    return jax.grad(moved)(model)
