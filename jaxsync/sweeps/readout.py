"""What a measure returns, as named numbers with a reason where they are not there."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from jaxsync.errors import InputError
from jaxsync.sweeps.reasons import Reason


def numbers_of(measure: Callable[[Any], Any], argument: Any, name: str = "measure") -> dict[str, jax.Array]:
    """The numbers of a measure by name, float64, and the number of the `Reason` as "reason", int8.

    Called inside the compiled program. Where the measure gives a reason the numbers are NaN, and a number that is not
    finite is a reason. name: of the argument, for messages. Raises `InputError` for anything but real numbers under
    names of their own.
    """
    values = dict(_read(_call(measure, argument, name), name))
    given = values.pop("reason", jnp.zeros(())).astype(jnp.int8)
    if not values:
        raise InputError(f"Argument `{name}` returns no numbers; return at least one.")
    there = given == Reason.OK
    values = {key: jnp.where(there, value.astype(float), jnp.nan) for key, value in values.items()}
    finite = jnp.all(jnp.isfinite(jnp.stack(list(values.values()))))
    reason = jnp.select([finite, there], [jnp.int8(Reason.OK), jnp.int8(Reason.NOT_FINITE)], given)
    return values | {"reason": reason}


def _call(measure, argument, name):
    try:
        return measure(argument)
    except jax.errors.JAXTypeError as error:
        raise InputError(
            f"Argument `{name}` looks at values, so that what it returns depends on the point; use jnp.where in place "
            f"of `if`, and return the same names at every point. ({str(error).splitlines()[0]})"
        ) from error


def _read(result, name):
    taken = {"start"}
    for path, leaf in jax.tree_util.tree_flatten_with_path(result)[0]:
        key = jax.tree_util.keystr(path, simple=True, separator="_") or "value"
        if key in taken or "/" in key:
            raise InputError(f"Argument `{name}` returns the name {key!r}, which is taken or has a slash; rename it.")
        taken.add(key)
        try:
            number = jnp.asarray(leaf)
        except TypeError:
            number = None
        if number is None or number.shape != () or number.dtype.kind not in "biuf":
            raise InputError(
                f"Argument `{name}` must return real numbers, but `{key}` is {leaf!r}; return one number per name, "
                "complex ones as two."
            )
        yield key, number
