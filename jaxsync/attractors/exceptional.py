"""Exceptional points: two fields at which two modes about a fixed point become one."""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Complex, Float

from jaxsync.errors import ConvergenceError, InputError
from jaxsync.measures.synchronization import Modes
from jaxsync.models.base import Model, is_traced
from jaxsync.models.check import check_model
from jaxsync.models.equations import as_arrays, bind, mode_basis, pair_indices, pair_of, to_amplitudes
from jaxsync.numerics.coalescence import find_coalescence, measure_splitting
from jaxsync.numerics.eigenpair import eliminated
from jaxsync.numerics.equilibrium import find_equilibrium
from jaxsync.states.fixed_point import FixedPoint, find_fixed_point, refuse_modulated
from jaxsync.states.start import Start, read_start


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, repr=False)
class ExceptionalPoint:
    """Two fields at which two eigenvalues of the drift coalesce, with the evidence that their eigenvectors do too.

    model: the device there. state: its fixed point. fields: names of the two, values: theirs, (2,). modes: the two that
    are meant. eigenvalue: the double one. converged: whether it is a root; residual: of the equations, whose unknowns
    are of size one.

    Evidence. singular_values: of drift - eigenvalue, (2n,), largest first: only the last vanishes where there is one
    eigenvector. exponent: of the splitting with the distance from the point, measured around it, 1/2 for a defect and 1
    for a mere crossing. winding: how often the squared difference goes around zero, 1 or -1.

    hamiltonian: of the two modes alone, i z' = H z, with all others eliminated adiabatically, (2, 2);
    simple_values: the fields at which its own eigenvalues coalesce, (2,), NaN where they do not: how far off it is.

    reached: the fields where the search ended, (2,), and distance: of the eigenvalues there. coupling: of the two modes
    where the search began, a rate; zero where there is none.

    Example:
        >>> import jaxsync as js
        >>> red = js.OptoMagnoMechanical(delta_a=1.0, drive_a=14.0, delta_m=1.0, drive_m=1.0)
        >>> js.find_exceptional_point(red)
        ExceptionalPoint(delta_a=1.01977646, drive_a=14.3790927, eigenvalue=-0.0296862-0.999116j, exponent=0.5)
    """

    model: Model
    state: FixedPoint
    values: Float[Array, "*batch 2"]
    eigenvalue: Complex[Array, "*batch"]
    converged: Bool[Array, "*batch"]
    residual: Float[Array, "*batch"]
    singular_values: Float[Array, "*batch 2n"]
    exponent: Float[Array, "*batch"]
    winding: Float[Array, "*batch"]
    hamiltonian: Complex[Array, "*batch 2 2"]
    simple_values: Float[Array, "*batch 2"]
    reached: Float[Array, "*batch 2"]
    distance: Float[Array, "*batch"]
    coupling: Float[Array, "*batch"]
    fields: tuple[str, str] = dataclasses.field(metadata={"static": True})
    modes: tuple[str, str] = dataclasses.field(metadata={"static": True})

    @property
    def defective(self) -> Bool[Array, "*batch"]:
        """Whether one eigenvector is left: rank n - 1, a square root, and one turn of the squared difference."""
        last, before = self.singular_values[..., -1], self.singular_values[..., -2]
        # Rounding leaves 1e-13 of the last one, and a thousandth of the exponent; 0.05 is far from a crossing.
        alone = last <= 1e-6 * before
        return self.converged & alone & (abs(self.exponent - 0.5) < 0.05) & (abs(abs(self.winding) - 1) < 0.05)

    def __repr__(self) -> str:
        if self.values.ndim != 1 or is_traced(self):
            return f"ExceptionalPoint(batch of shape {self.values.shape[:-1]})"
        if not self.converged:
            return f"ExceptionalPoint(none, closest approach {float(self.distance):.3g})"
        where = ", ".join(f"{n}={v:.9g}" for n, v in zip(self.fields, self.values.tolist(), strict=True))
        return f"ExceptionalPoint({where}, eigenvalue={complex(self.eigenvalue):.6g}, exponent={self.exponent:.3g})"


def find_exceptional_point(
    model: Model,
    fields: tuple[str, str] = ("delta_a", "drive_a"),
    modes: Modes = None,
    start: Start = None,
    *,
    throw: bool = True,
) -> ExceptionalPoint:
    """The exceptional point of two modes that the search reaches from the model's own values of two fields.

    Two eigenvalues s of the drift A about the fixed point, which is followed, and their eigenvectors become one where
    the eigenvalue is double and its eigenvector single (W. D. Heiss, J. Phys. A 45, 444016 (2012)); two fields reach
    such a point. Newton's method on the discriminant of the pair, then on the bordered system of A - s. Differentiable
    in every other field, by the implicit function theorem.

    Args:
        model: The device; its values of the two fields are where the search begins.
        fields: Names of the two fields.
        modes: The two modes; None is the model's pair. Meant are the two eigenvectors that have the largest share in
            them.
        start: Where the fixed point is looked for: None or "vacuum", amplitudes (n,), or a state.
        throw: Whether to raise where there is no point in reach, outside transformations.

    Returns:
        The point with its evidence.

    Raises:
        InputError: For fields or modes that cannot be used, for modes that are not coupled, and for a modulated model.
        ConvergenceError: If no point is in reach: where the search got to, and the closest approach.

    Example:
        >>> import jaxsync as js
        >>> red = js.OptoMagnoMechanical(delta_a=1.0, drive_a=14.0, delta_m=1.0, drive_m=1.0)
        >>> point = js.find_exceptional_point(red)
        >>> [round(value, 6) for value in point.values.tolist()], bool(point.defective)
        ([1.019776, 14.379093], True)
    """
    refuse_modulated(model)
    fields, modes = read_fields(model, fields), pair_of(model, modes)
    pair_indices(model, modes)
    x, _ = read_start(model, start)
    check_model(model, None if start is None else to_amplitudes(x))
    found = _solve(as_arrays(model), x, fields, modes)
    if throw and not is_traced(found):
        refuse_point(found)
    return found


def follow_exceptional_point(
    model: Model,
    along: str,
    values: ArrayLike,
    fields: tuple[str, str] = ("delta_a", "drive_a"),
    modes: Modes = None,
    start: Start = None,
    *,
    throw: bool = True,
) -> ExceptionalPoint:
    """The exceptional point at each value of a third field, each found from the one before.

    Args:
        model: The device; its values of `fields` are where the search at the first value begins.
        along: Name of the third field.
        values: Its values, (v,).
        fields: Names of the two fields that are solved for.
        modes: The two modes; None is the model's pair.
        start: Of the fixed point at the first value, as for `find_exceptional_point`.
        throw: Whether to raise where the point is lost, outside transformations.

    Returns:
        The points, stacked along a first axis; `.values` (v, 2), and the third field in `.model`.

    Raises:
        InputError: As for `find_exceptional_point`, and for a third field that is one of the two.
        ConvergenceError: If the point is lost, saying at which value.

    Example:
        >>> import jaxsync as js
        >>> red = js.OptoMagnoMechanical(delta_a=1.0, drive_a=14.0, delta_m=1.0, drive_m=1.0)
        >>> line = js.follow_exceptional_point(red, "sagnac", [0.0, 0.1])
        >>> " ".join(f"{value:.6f}" for value in line.values[:, 0])
        '1.019776 0.919776'
    """
    refuse_modulated(model)
    fields = read_fields(model, fields)
    if along in fields:
        raise InputError(
            f"Argument `along` must be a third field, but {along!r} is one of the two that are solved for."
        )
    numbers = jnp.asarray(values, dtype=float)
    if numbers.ndim != 1 or numbers.size == 0:
        raise InputError(f"Argument `values` must be one or more numbers, but has shape {numbers.shape}.")
    points: list[ExceptionalPoint] = []
    here = model.replace(**{along: numbers[0]})
    for value in numbers:
        point = find_exceptional_point(here.replace(**{along: value}), fields, modes, start, throw=False)
        if throw and not is_traced(point):
            refuse_point(point, f" at {along} = {float(value):.6g}, followed from {float(numbers[0]):.6g}")
        points.append(point)
        # Where it was lost, the next one is looked for from the last one that was found.
        keep = lambda new, old, point=point: jnp.where(point.converged, new, old)
        nearest = {f: keep(point.values[i], getattr(here, f)) for i, f in enumerate(fields)}
        here, start = here.replace(**nearest), keep(point.state.amplitudes, to_amplitudes(read_start(model, start)[0]))
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *points)


def read_fields(model: Model, fields: Any) -> tuple[str, str]:
    """Names of two different fields that hold one number each, checked."""
    if isinstance(fields, str) or len(fields) != 2 or fields[0] == fields[1]:
        raise InputError(f"Argument `fields` must name two different fields, but is {fields!r}.")
    for name in fields:
        refuse_field(model, name)
    return fields[0], fields[1]


def refuse_field(model: Model, name: str) -> None:
    """Raise `InputError` for a name that is no field, or one that holds no number to vary."""
    known = {f.name: f for f in dataclasses.fields(model)}  # type: ignore[arg-type]
    if name not in known:
        model.replace(**{name: 0.0})  # says which field is near
    if known[name].metadata.get("static", False) or np.ndim(getattr(model, name)):
        raise InputError(f"Argument `fields`: {name!r} must hold one number that can vary; name another field.")


@partial(jax.jit, static_argnames=("fields", "modes"))
def _solve(model: Model, x: jax.Array, fields: tuple[str, str], modes: tuple[str, str]) -> ExceptionalPoint:
    def matrix(p, x):
        velocity = bind(model.replace(**dict(zip(fields, p, strict=True)))).velocity
        root = find_equilibrium(velocity, x)
        return jax.jacfwd(velocity)(root.point), jax.lax.stop_gradient(root.point), root.converged

    W, C = (jnp.asarray(columns) for columns in mode_basis(model, modes, x.size))
    p = jnp.stack([getattr(model, name) for name in fields])
    found = find_coalescence(matrix, W, C, p, x)
    evidence = measure_splitting(matrix, found, found.hint)
    there = model.replace(**dict(zip(fields, found.p, strict=True)))
    state = find_fixed_point(there, to_amplitudes(found.hint), throw=False)
    distances = jnp.linalg.svd(state.drift - found.value * jnp.eye(x.size), compute_uv=False)
    return ExceptionalPoint(
        model=there,
        state=state,
        values=found.p,
        eigenvalue=found.value,
        converged=found.converged & state.converged,
        residual=found.residual,
        singular_values=jax.lax.stop_gradient(distances),
        exponent=evidence.exponent,
        winding=evidence.winding,
        hamiltonian=1j * eliminated(state.drift, W, C),
        simple_values=jax.lax.stop_gradient(found.simple),
        reached=found.reached,
        distance=found.distance,
        coupling=found.coupling,
        fields=fields,
        modes=modes,
    )


def refuse_point(found: ExceptionalPoint, where: str = "") -> None:
    """Raise what is said of a point that is none, or that no device can have."""
    if found.coupling == 0:
        raise InputError(
            f"Argument `modes`: {found.modes[0]} and {found.modes[1]} are not coupled, so that their eigenvalues cross "
            "without becoming one; switch on what couples them, or name other modes."
        )
    if not found.converged:
        reached = ", ".join(f"{n} = {v:.6g}" for n, v in zip(found.fields, found.reached.tolist(), strict=True))
        raise ConvergenceError(
            f"No exceptional point in reach{where}: the search got to {reached}, where the two eigenvalues are still "
            f"{float(found.distance):.3g} apart, the closest approach; begin at other values of the fields, or name "
            "other `fields`."
        )
    for field in dataclasses.fields(found.model):  # type: ignore[arg-type]
        if field.name in found.fields and field.metadata.get("nonnegative", False):
            value = float(found.values[found.fields.index(field.name)])
            if value < 0:
                raise ConvergenceError(
                    f"No exceptional point in reach{where}: the nearest lies at {field.name} = {value:.6g}, which must "
                    "not be negative; begin at other values of the fields, or name other `fields`."
                )
