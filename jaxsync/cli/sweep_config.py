"""What `jaxsync sweep` is asked for, from a TOML file and from flags; flags come first."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jaxsync.cli.toml import check_table, read_toml
from jaxsync.errors import InputError
from jaxsync.sweeps.axes import Axis

KEYS = {"measure": str, "store": str, "chunk": int, "along": str, "model": dict, "axes": dict}


def read_config(path: Path) -> dict[str, Any]:
    """The entries of a TOML file, those in KEYS; `axes` made into what `sweep` takes.

    An axis has `values`, or `low`, `high`, `count` and `spacing` "linear" or "log". It changes the field of its name,
    or `fields`: a list of them, or a table with scale and power for each, the field being scale * value^power.
    """
    found = read_toml(path, KEYS)
    found["axes"] = {name: _axis(name, table) for name, table in found.get("axes", {}).items()}
    return found


def read_flag(text: str) -> tuple[str, Any]:
    """An axis in one word: `kerr=-1e-4:1e-4:33` (low, high, count), `kerr=0,1e-5`, `gamma_1+gamma_2=0.004:0.006:5`."""
    name, equals, values = text.partition("=")
    try:
        if not equals:
            raise ValueError
        if ":" in values:
            low, high, count = values.split(":")
            numbers = np.linspace(float(low), float(high), int(count))
        else:
            numbers = np.array([float(word) for word in values.split(",")])
    except ValueError:
        raise InputError(
            f"Argument `axis` must be like kerr=-1e-4:1e-4:33 (low, high, count) or kerr=0,1e-5, but is {text!r}."
        ) from None
    return name, Axis(numbers, name.split("+"))


def _axis(name: str, table: Any) -> Axis:
    where = f"axes.{name}"
    kinds = {
        "values": list,
        "low": float,
        "high": float,
        "count": int,
        "spacing": str,
        "fields": (list, dict),
        "unit": str,
    }
    check_table(table, kinds, where)
    if "values" in table and not table.keys() & {"low", "high", "count", "spacing"}:
        values = np.asarray(table["values"], dtype=None if table["values"] else float)
    elif {"low", "high", "count"} <= table.keys() and "values" not in table and table["count"] >= 1:
        spacing = table.get("spacing", "linear")
        if spacing not in ("linear", "log") or (spacing == "log" and min(table["low"], table["high"]) <= 0):
            raise InputError(f"`{where}.spacing` must be 'linear', or 'log' between positive numbers, not {spacing!r}.")
        values = (np.linspace if spacing == "linear" else np.geomspace)(table["low"], table["high"], table["count"])
    else:
        raise InputError(f"`{where}` must have either `values`, or `low`, `high` and a `count` of one or more.")
    fields: Sequence[str] | Mapping[str, Any] = table.get("fields", [name])
    if isinstance(fields, dict):
        for field, rule in fields.items():
            check_table(rule, {"scale": float, "power": float}, f"{where}.fields.{field}")
        if any(rule.get("power", 1) % 1 for rule in fields.values()) and np.any(values < 0):
            raise InputError(f"`{where}` has values below zero, of which there is no broken power.")
        fields = {f: rule.get("scale", 1.0) * values ** float(rule.get("power", 1.0)) for f, rule in fields.items()}
    return Axis(values, fields, table.get("unit"))
