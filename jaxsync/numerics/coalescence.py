"""Two parameters at which two eigenvalues of a matrix coalesce and its eigenvectors become one: an exceptional point.

Newton's method on the discriminant of the pair leads there, which is smooth (`eigenpair`), from a point where the two
modes coalesce with all others eliminated. The last digits and all derivatives are those of the bordered system in the
two parameters and the eigenvalue s:

    [[A - s, b], [c^H, 0]] [v; g] = [0; 1],    g = 0 and dg/ds = 0,

which holds where s is a double eigenvalue with one eigenvector, and is regular there (W. Govaerts, Numerical Methods
for Bifurcations of Dynamical Equilibria, ch. 3 and 4). Derivatives of any order follow from it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.numerics.eigenpair import block_of, discriminant, eliminated
from jaxsync.numerics.newton import find_root

Matrix = Callable[[jax.Array, Any], tuple[jax.Array, Any, jax.Array]]
"""From two parameters p, (2,), and a hint, to a matrix (n, n), a hint for parameters near by, and whether it is one."""

STEPS = 60
"""Most Newton steps of the search: one that comes near is done in ten."""

HALVINGS = 12
"""Most times that a step is halved: a search that needs more has met a minimum."""

SOLVED = 1e-9
"""Largest residual of the bordered system, whose unknowns are of size one, at its root."""

NEARER = 0.99
"""What a step leaves of the distance, at most: a search that gains less creeps away to where nothing depends on the
parameters any more."""

UNCOUPLED = 1e-12
"""Coupling over the size of the matrix below which two modes do not know of each other: rounding."""

ROOT = 1e-6
"""Largest value, over the coupling, with which a search has ended at a root: far above rounding, far below a minimum
that the halvings give up."""

NEAR = 1e-3
"""Farthest that the bordered system may lead from where the search ended, in units in which the discriminant is the
coupling squared: what lies farther is another point, or none."""

RADIUS, LARGER = 1e-3, 8.0
"""At which the splitting is measured, in units in which the discriminant is the coupling squared, and how many times
farther out again: near enough for the square root to rule, far enough to be above rounding."""

ANGLES = 12
"""Points on each circle: the argument turns by 30 degrees from one to the next."""


class Search(NamedTuple):
    """Where the search ended: parameters (2,), the hint there, the value (2,), real and imaginary part, and its
    derivatives (2, 2)."""

    p: jax.Array
    hint: Any
    value: jax.Array
    slope: jax.Array

    @property
    def distance(self) -> jax.Array:
        """Size of the value."""
        return jnp.linalg.vector_norm(self.value)


def search(matrix: Matrix, function: Callable[[jax.Array], jax.Array], p: jax.Array, hint: Any) -> Search:
    """Newton's method for a root of a complex function of a matrix, each step halved until it comes nearer.

    Args:
        matrix: Of two parameters.
        function: From a matrix to a complex number.
        p: Where to begin, (2,).
        hint: For the matrix there.

    Returns:
        Where it ended: at a root, or where no step comes nearer. Not differentiable.
    """

    def parts(p, hint):
        A, after, good = matrix(p, hint)
        value = function(A)
        value = jnp.stack([value.real, value.imag])
        return value, (value, after, good)

    def at(p, hint):
        slope, (value, after, good) = jax.jacfwd(parts, has_aux=True)(p, hint)
        return Search(p, after, jnp.asarray(jnp.where(good, value, jnp.inf)), slope)

    def advance(state):
        here, _, count = state
        # The first step looks where the search begins.
        change = jnp.where(count == 0, 0.0, -jnp.linalg.solve(here.slope, here.value))

        def nearer(after):
            return after.distance < NEARER * here.distance  # False for NaN

        def worse(trial):
            _, after, tried = trial
            return ~nearer(after) & (tried < HALVINGS)

        def shorten(trial):
            step, _, tried = trial
            return step / 2, at(here.p + step * change, here.hint), tried + 1

        _, after, _ = jax.lax.while_loop(worse, shorten, (jnp.ones(()), here, 0))
        better = nearer(after)
        return jax.tree.map(lambda a, b: jnp.where(better, a, b), after, here), better, count + 1

    nowhere = Search(p, hint, jnp.full(2, jnp.inf), jnp.eye(2))
    begin = (nowhere, jnp.ones((), bool), 0)
    return jax.lax.while_loop(lambda state: state[1] & (state[2] < STEPS), advance, begin)[0]


class Coalescence(NamedTuple):
    """A point where two eigenvalues coalesce.

    p: the parameters, (2,). value: the double eigenvalue, complex. converged: whether the bordered system is solved.
    residual: what is left of it. axes: (2, 2), the change of p per unit of the discriminant's two parts, the coupling
    squared. hint: for the matrix there. reached: where the search ended, (2,), and distance: of the two eigenvalues
    there. simple: where the two modes alone coalesce, all others eliminated, (2,), NaN where they do not. coupling: of
    the two modes where the search began, a rate, zero where it is rounding.
    """

    p: jax.Array
    value: jax.Array
    converged: jax.Array
    residual: jax.Array
    axes: jax.Array
    hint: Any
    reached: jax.Array
    distance: jax.Array
    simple: jax.Array
    coupling: jax.Array


def find_coalescence(matrix: Matrix, basis: jax.Array, complement: jax.Array, p: jax.Array, hint: Any) -> Coalescence:
    """The nearest of the points to which the search leads from p, and from where the two modes alone coalesce.

    Args:
        matrix: Of two parameters; what it closes over is what derivatives are taken with respect to.
        basis: The two modes that are meant, orthonormal, (n, 2).
        complement: All others, orthonormal, (n, n - 2).
        p: Where to begin, (2,).
        hint: For the matrix there.

    Returns:
        The point; flagged, with the closest approach, where there is none.
    """
    p, hint = jax.lax.stop_gradient((p, hint))
    A, hint, _ = jax.lax.stop_gradient(matrix(p, hint))
    alone = lambda A: eliminated(A, basis, complement)
    H = alone(A)
    coupling = jnp.sqrt(jnp.abs(H[0, 1] * H[1, 0]))
    coupling = jnp.where(coupling > UNCOUPLED * jnp.linalg.vector_norm(A), coupling, 0.0)
    scale = jnp.where(coupling > 0, coupling, 1.0)
    mismatch = lambda H, sign: H[0, 0] - H[1, 1] - 2j * sign * jnp.sqrt(H[0, 1] * H[1, 0])
    gap = lambda A: discriminant(block_of(A, basis)) / scale

    def far(p, q):
        """How far parameters are from others, without a unit."""
        size = jnp.maximum(jnp.abs(p), jnp.abs(q))
        return jnp.sum(jnp.where(size > 0, jnp.abs(q - p) / jnp.where(size > 0, size, 1.0), 0.0))

    def modes_alone(p, hint):
        """Where the two modes alone coalesce, seen from p: with either of the two signs."""
        return jax.lax.map(lambda sign: search(matrix, lambda A: mismatch(alone(A), sign), p, hint), jnp.array([1, -1]))

    # The way there: from p at once, and by way of the two modes alone.
    simple = modes_alone(p, hint)
    starts = jax.tree.map(lambda one, two: jnp.concatenate([one[None], two]), (p, hint), (simple.p, simple.hint))
    found = jax.lax.map(lambda start: search(matrix, gap, *start), starts)

    def best(ends, p):
        """The root nearest to p; roots are told from minima by what is left, rounding or a share of the coupling."""
        left = jax.vmap(jnp.linalg.vector_norm)(ends.value) / scale
        rank = jnp.where(left <= ROOT, jax.vmap(lambda q: far(p, q))(ends.p), 1e3 + left)
        rank = jnp.where(jnp.isnan(rank), jnp.inf, rank)
        return jax.tree.map(lambda leaf: leaf[jnp.argmin(rank)], ends)

    nearest = best(found, p)
    value = jnp.trace(block_of(matrix(nearest.p, nearest.hint)[0], basis)) / 2
    polished = polish(matrix, nearest, value, scale)
    simple = best(modes_alone(nearest.p, nearest.hint), nearest.p)
    return polished._replace(
        distance=jnp.sqrt(nearest.distance * scale),
        converged=polished.converged & (coupling > 0),
        simple=jnp.where(simple.distance <= ROOT * scale, simple.p, jnp.nan),
        coupling=coupling,
    )


def polish(matrix: Matrix, found: Search, value: jax.Array, scale: jax.Array) -> Coalescence:
    """The root of the bordered system next to where a search ended.

    Args:
        matrix: Of two parameters; what it closes over is what derivatives are taken with respect to.
        found: Where the search for a root of the discriminant over `scale` ended.
        value: The mean of both eigenvalues there, complex.
        scale: The coupling of the two, a rate, ().

    Returns:
        The point, differentiable to any order.
    """
    found, value, scale = jax.lax.stop_gradient((found, value, scale))
    regular = jnp.abs(jnp.linalg.det(found.slope)) > 0
    axes = scale * jnp.linalg.inv(jnp.where(regular, found.slope, jnp.eye(2)))
    A = jax.lax.stop_gradient(matrix(found.p, found.hint)[0])
    n = A.shape[0]
    left, _, right = jnp.linalg.svd(A - value * jnp.eye(n))
    b, c = left[:, -1], right[-1].conj()

    def point(unknowns):
        q, s = unknowns[:2], jax.lax.complex(unknowns[2], unknowns[3])
        return found.p + axes @ q, value + scale * s

    def residual(unknowns):
        p, s = point(unknowns)
        B = (matrix(p, found.hint)[0] - s * jnp.eye(n)) / scale
        border = jnp.block([[B, b[:, None]], [c.conj()[None], jnp.zeros((1, 1))]])
        inverse = jnp.linalg.inv(border)
        first = inverse[:, n]
        # dB/ds = -1 in these units, so that the same matrix gives the derivative.
        second = inverse[n, :n] @ first[:n]
        return jnp.stack([first[n].real, first[n].imag, second.real, second.imag])

    root = find_root(residual, jnp.zeros(4), tolerance=1e-14, max_steps=20)
    p, s = point(root.point)
    converged = regular & (root.residual <= SOLVED) & (jnp.linalg.vector_norm(root.point) <= NEAR)
    return Coalescence(p, s, converged, root.residual, axes, found.hint, found.p, found.distance, found.p, scale)


class Splitting(NamedTuple):
    """How the eigenvalues part around a point: the exponent of their distance in that from the point, 1/2 at an
    exceptional point and 1 at a mere crossing, and how often the square of their difference goes around zero."""

    exponent: jax.Array
    winding: jax.Array


def measure_splitting(matrix: Matrix, found: Coalescence, hint: Any) -> Splitting:
    """The splitting on two circles around a point, by plain eigenvalues. Not differentiable."""
    found, hint = jax.lax.stop_gradient((found, hint))
    angles = 2 * np.pi * np.arange(ANGLES) / ANGLES
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)

    def squared(q):
        values = jnp.linalg.eigvals(jax.lax.stop_gradient(matrix(found.p + found.axes @ q, hint)[0]))
        near = values[jax.lax.top_k(-jnp.abs(values - found.value), 2)[1]]
        return (near[0] - near[1]) ** 2

    both = jax.lax.map(squared, jnp.asarray(np.concatenate([RADIUS * circle, RADIUS * LARGER * circle])))
    near, far = both[:ANGLES], both[ANGLES:]
    exponent = jnp.mean(jnp.log(jnp.abs(far / near))) / (2 * np.log(LARGER))
    winding = turns_of(near)
    return Splitting(exponent, winding)


def turns_of(values: jax.Array) -> jax.Array:
    """How often complex values on a closed way, (k,), go around zero."""
    return jnp.sum(jnp.angle(jnp.roll(values, -1) / values)) / (2 * np.pi)
