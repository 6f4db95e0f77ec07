"""Parameters that change in time: any model, with some of its fields functions of the time, of one period.

A modulated model keeps a clock, one more pair of quadratures behind those of its modes, which goes round once in a
period, feels nothing of the modes and has no noise. With it the motion is one of a velocity that knows no time, and
all that follows cycles serves: their period is a multiple of the clock's, the phase of a cycle is the clock's and does
not diffuse, and its covariance is the periodic one.
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import InputError
from jaxsync.models.base import Model, checked, is_traced, nearest, parameter

Function = Callable[..., jax.Array]

PROBES = 0.5 * (1 + np.sin(np.arange(1.0, 17.0) ** 2))
"""Times over the period at which functions are looked at: scattered, so that no harmonic is zero at all of them."""

REPEATS = 1e-8
"""What a function may miss after a period, relative to its largest value: rounding, and a period of ten digits."""


class Modulated(Model):
    """What a modulated model is besides the device that it was made from: made by `modulate`.

    Its fields are those of the device, the `period`, and the modulation's own numbers. A motion starts at t = 0.
    """

    device: ClassVar[type[Model]]
    """The class of the device."""

    functions: ClassVar[tuple[tuple[str, Function, tuple[str, ...]], ...]]
    """Field, function, and the names of what it takes besides the time."""

    period: float = parameter(default=1.0, nonnegative=True)
    """Period of the modulation, in the inverse of the rates' unit."""

    def at(self, time: jax.Array | float) -> Model:
        """The device as it is at a time, from 0 to the period."""
        values = {name: getattr(self, name) for name in _names(self.device)}
        given = {field: f(time, **{name: getattr(self, name) for name in takes}) for field, f, takes in self.functions}
        return self.device(**values | given)

    def replace(self, **changes: Any):
        """A copy with some fields changed; one that its function gives whole is refused."""
        for field, _, takes in self.functions:
            if field in changes and field not in takes:
                raise InputError(
                    f"Field `{field}` is given by its modulation: modulate anew, or let the function take `{field}`, "
                    f"as in lambda t, {field}: ..."
                )
        model = super().replace(**changes)
        if "period" in changes:
            _check_functions(model)
        return model


def modulate(model: Model, fields: Mapping[str, Function], *, period: float, **numbers: float) -> Model:
    """The model with some fields functions of the time, all of one period.

    Forced cycles, of the period or a multiple of it, are found by `find_limit_cycle`; `simulate`, `classify`,
    ensembles, sweeps and design take the model as any other, and start it at t = 0.

    Args:
        model: The device.
        fields: For each field that changes, a function of the time t, smooth and of period `period`, made of jax.numpy.
            Besides t it may take fields of the model by name, `period`, and any of the `numbers`.
        period: In the inverse of the rates' unit.
        numbers: The modulation's own numbers, which become fields of the model: a depth, a phase.

    Returns:
        A model with the same modes; its fields are those of `model`, `period` and `numbers`.

    Raises:
        InputError: For an unknown field, a period that is not positive, a function that does not have the period, that
            takes what is not there, or that gives what the field forbids.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> cell = js.models.CoupledCells(mu=0.0, drive=10.0)
        >>> shaken = js.modulate(
        ...     cell, {"drive": lambda t, drive, depth: drive * (1 + depth * jnp.cos(t))}, period=2 * jnp.pi, depth=0.5
        ... )
        >>> cycle = js.find_limit_cycle(shaken.replace(depth=0.1))
        >>> print(cycle.outcome, f"{float(cycle.period):.6f}")
        limit cycle 6.283185
    """
    if not isinstance(model, Model):
        raise InputError(f"Argument `model` must be a model, not {type(model).__name__}.")
    if isinstance(model, Modulated):
        raise InputError("Argument `model` is modulated already: give all its functions in one call.")
    if not isinstance(fields, Mapping) or not fields:
        raise InputError('Argument `fields` must be functions by field, as {"drive": lambda t: ...}.')
    device, known = type(model), _names(type(model))
    for name in fields:
        if name not in known:
            raise InputError(
                f"Argument `fields` names `{name}`, which {device.__name__} has not: {nearest(name, known)}"
            )
        if not callable(fields[name]):
            raise InputError(f"Argument `fields` must hold functions of the time, but `{name}` is {fields[name]!r}.")
    for name in numbers:
        if name in known or hasattr(device, name) or name in Modulated.__annotations__ or name == "at":
            raise InputError(
                f"Argument `{name}` cannot be a number of the modulation: {device.__name__} has that name."
            )
    there = (*known, "period", *numbers)
    functions = tuple((name, f, _taken(name, f, there)) for name, f in fields.items())
    made = _class(device, functions, tuple(numbers))
    modulated = made(**{name: getattr(model, name) for name in known}, period=period, **numbers)
    _check_functions(modulated)
    return modulated


@lru_cache
def _class(device: type[Model], functions, numbers: tuple[str, ...]) -> type[Modulated]:
    """The class of the modulated device; one for the same functions, so that what is compiled serves again."""
    body = {"device": device, "functions": functions, "__annotations__": dict.fromkeys(numbers, float)}
    body |= {name: parameter(default=0.0) for name in numbers}
    body |= {"__doc__": f"{device.__name__} with fields that change in time.", "__module__": __name__}
    return type(f"Modulated{device.__name__}", (Modulated, device), body)


def _names(cls) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))


def _taken(field, function, there) -> tuple[str, ...]:
    """What a function takes besides the time, by name."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[1:]
    except (TypeError, ValueError):  # what is not written in Python has none
        return ()
    taken = []
    for p in parameters:
        if p.name in there and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
            taken.append(p.name)
        elif p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            raise InputError(
                f"The function of `{field}` takes `{p.name}`, which is neither a field nor given: "
                f"modulate(..., {p.name}=...)."
            )
    return tuple(taken)


def _check_functions(model: Modulated) -> None:
    """Refuse functions without the period, or with values that their fields forbid; silent inside transformations.

    Fields that hold many values, as of a grid, are looked at all together.
    """
    if is_traced(model):
        return
    if not np.all(np.asarray(model.period) > 0):
        raise InputError(f"Argument `period` must be positive, but is {model.period}.")
    rules = {field.name: field for field in dataclasses.fields(model.device)}  # type: ignore[arg-type]
    for field, function, takes in model.functions:
        others = {name: getattr(model, name) for name in takes}
        once, again = (
            [checked(rules[field], function(jnp.asarray(t * model.period), **others)) for t in PROBES + turns]
            for turns in (0, 1)
        )
        shape = np.shape(getattr(model, field))
        many = np.broadcast_shapes(shape, np.shape(model.period), *map(np.shape, others.values()))
        if np.shape(once[0]) not in (shape, many):
            raise InputError(
                f"The function of `{field}` must return a value of shape {shape}, but returned {np.shape(once[0])}."
            )
        miss = np.max(np.abs(np.asarray(once) - np.asarray(again)))
        if miss > REPEATS * np.max(np.abs(np.asarray(once))):
            raise InputError(
                f"The function of `{field}` has not the period {np.max(model.period):.10g}: after it, it differs "
                f"by {miss:.3g}; give its period, or let the function take `period`."
            )
