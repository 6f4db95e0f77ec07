"""The axes of a grid: one field each, or several fields that change together."""

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaxsync.errors import InputError
from jaxsync.models.base import Model


@dataclasses.dataclass(frozen=True)
class Axis:
    """Coordinate values of an axis along which one or more fields change.

    values: coordinates, (v,). fields: names of the fields that take these values; or a mapping from the fields to the
    values, (v,), that each takes along the axis: `Axis(rho, {"g_a": 0.005 / np.sqrt(rho), "g_m": ...})` for the mass
    ratio. unit: of the coordinates; by default the unit of the fields, if they share one and take the values as they
    are.

    Example:
        >>> import jaxsync as js
        >>> js.Axis([0.005, 0.01], ["gamma_1", "gamma_2"]).fields
        ['gamma_1', 'gamma_2']
    """

    values: Any
    fields: Sequence[str] | Mapping[str, Any]
    unit: str | None = None


@dataclasses.dataclass(frozen=True)
class Dimension:
    """An axis that has been checked: its name, coordinates (v,), what each field is along it (v,), and its unit."""

    name: str
    values: np.ndarray
    fields: dict[str, np.ndarray]
    unit: str


def read_axes(model: Model, axes: Mapping[str, Any]) -> tuple[Dimension, ...]:
    """`axes` checked, in the order given. Raises `InputError` for what `sweep` says."""
    if not isinstance(axes, Mapping) or not axes:
        raise InputError("Argument `axes` must give at least one field and its values, as in {'kerr': [0.0, 1e-5]}.")
    dimensions = tuple(_read_axis(model, name, given) for name, given in axes.items())
    taken: dict[str, str] = {}
    for dimension in dimensions:
        for field in dimension.fields:
            if field in taken:
                raise InputError(
                    f"Argument `axes` changes `{field}` along `{taken[field]}` and along `{dimension.name}`; keep one."
                )
            taken[field] = dimension.name
    return dimensions


def _read_axis(model, name, given):
    if not isinstance(name, str) or not name or "/" in name or name in ("outcome", "start"):
        raise InputError(f"Argument `axes` must have names as keys, other than 'outcome' and 'start', not {name!r}.")
    axis = given if isinstance(given, Axis) else Axis(given, (name,))
    values = _read_values(f"`{name}`", axis.values)
    distinct, first = np.unique(values, return_index=True)
    if distinct.size < values.size:
        double = np.delete(values, first)[0]
        raise InputError(f"Argument `axes` has the value {double:g} twice along `{name}`; give each value once.")
    if isinstance(axis.fields, str) or not axis.fields:
        raise InputError(f"Argument `axes`: the fields of the axis `{name}` must be one or more names in a list.")
    if isinstance(axis.fields, Mapping):
        fields = {field: _read_values(f"`{field}` along `{name}`", v) for field, v in axis.fields.items()}
    else:
        fields = dict.fromkeys(axis.fields, values)
    known = {f.name: f for f in dataclasses.fields(model)}  # type: ignore[arg-type]
    if name in known and name not in fields:
        raise InputError(f"Argument `axes` has an axis called `{name}` that leaves this field alone; rename it.")
    for field, along in fields.items():
        if field not in known:
            near = difflib.get_close_matches(field, known, n=1)
            remedy = f"did you mean `{near[0]}`?" if near else f"its fields are {', '.join(known)}."
            raise InputError(f"Unknown field `{field}` of {type(model).__name__} in argument `axes`: {remedy}")
        if known[field].metadata.get("static", False):
            raise InputError(f"Argument `axes` cannot change `{field}`, which is static: sweep once for each value.")
        if along.size != values.size:
            raise InputError(
                f"Argument `axes` gives `{field}` {along.size} values along `{name}`, which has {values.size}; "
                "give as many."
            )
        model.replace(**{field: along})  # refuses values that the model forbids
    same = all(along is values for along in fields.values())
    units = {model.unit(field) for field in fields}
    unit = axis.unit if axis.unit is not None else units.pop() if same and len(units) == 1 else ""
    return Dimension(name, values, fields, unit)


def _read_values(what, given):
    try:
        values = np.asarray(given)
        numbers = values.dtype.kind in "iuf" or values.size == 0
    except (TypeError, ValueError):
        raise InputError(f"Argument `axes` must give {what} a list of real numbers, not {given!r}.") from None
    if values.ndim != 1 or values.size == 0:
        raise InputError(
            f"Argument `axes` must give {what} a list of one or more values, but it has shape {values.shape}."
        )
    if not numbers:
        raise InputError(f"Argument `axes` must give {what} a list of real numbers, not {given!r}.")
    values = values.astype(float)
    if not np.all(np.isfinite(values)):
        raise InputError(f"Argument `axes` must give {what} finite values, but has {values[~np.isfinite(values)][0]}.")
    return values
