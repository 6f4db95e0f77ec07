"""What a measure returns, as named numbers with the outcome that tells why where they are not there."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from jaxsync.errors import InputError
from jaxsync.states.outcome import Outcome


def numbers_of(measure: Callable[[Any], Any], argument: Any, name: str = "measure") -> dict[str, jax.Array]:
    """The numbers of a measure by name, float64, and the number of the `Outcome` as "outcome", int8.

    Called inside the compiled program. Where the measure's outcome says that there is no state the numbers are NaN; a
    number that is not finite without a word on it is an outcome of its own. name: of the argument, for messages. Raises
    `InputError` for anything but real numbers under names of their own.
    """
    values = dict(_read(_call(measure, argument, name), name))
    given = values.pop("outcome", jnp.asarray(Outcome.OK)).astype(jnp.int8)
    if not values:
        raise InputError(f"Argument `{name}` returns no numbers; return at least one.")
    values = {key: jnp.where(given < Outcome.DIVERGED, v.astype(float), jnp.nan) for key, v in values.items()}
    finite = jnp.all(jnp.isfinite(jnp.stack(list(values.values()))))
    outcome = jnp.where(finite | (given != Outcome.OK), given, jnp.int8(Outcome.NOT_FINITE))
    return {key: jnp.asarray(value) for key, value in (values | {"outcome": outcome}).items()}


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
