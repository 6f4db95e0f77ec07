"""What to optimize for: plain functions of a model, to use, to combine, and to copy.

All use the S_Q of the window from vacuum, or the phase-referenced one on request, and count only what oscillates by
itself: S_Q near 1 at a fixed point is the absence of motion, not synchronization. So S_Q is 0 without a limit cycle,
in either direction, and the derivatives there are 0 too.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jaxsync.errors import InputError
from jaxsync.measures.nonreciprocity import contrast as relative_difference
from jaxsync.measures.revival import revived_share
from jaxsync.measures.synchronization import Modes, complete_synchronization
from jaxsync.measures.window import Window, window_on_cycle
from jaxsync.models.base import Model
from jaxsync.models.equations import as_arrays
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.states.settings import Settings
from jaxsync.states.start import Start

Objective = Callable[[Any], jax.Array]
"""From a model to a number; larger is better."""


def synchronization(
    model: Model,
    *,
    phase_referenced: bool = False,
    window: Window = None,
    modes: Modes = None,
    start: Start = None,
    settings: Settings = Settings(),
) -> jax.Array:
    """S_Q of the limit cycle reached from vacuum, in [0, 1]; 0 where there is none.

    phase_referenced: S_Q of the transverse covariance in place of the window's; it is not bounded by 1.
    """
    cycle = find_limit_cycle(model, start, throw=False, settings=settings)
    value = complete_synchronization(cycle, modes) if phase_referenced else window_on_cycle(cycle, window, modes)
    return jnp.where(jnp.isfinite(value), value, 0.0)


def both_directions(model: Model, *fields: str, objective: Objective = synchronization) -> tuple[jax.Array, jax.Array]:
    """`objective` of the model and of `model.reversed(*fields)`, as one batch of two."""
    pair = jax.tree.map(lambda *leaves: jnp.stack(leaves), as_arrays(model), as_arrays(model.reversed(*fields)))
    forward, backward = jax.vmap(objective)(pair)
    return forward, backward


def contrast(model: Model, *fields: str, objective: Objective = synchronization) -> jax.Array:
    """(x - y) / (x + y) of S_Q forward, x, and reversed, y, in [-1, 1]; 0 where both vanish.

    fields: those that reverse, such as "kerr" (magnetic) or "sagnac" (optical); all of them if none is named. Near 1
    already where y is much smaller than x, however small x is: `difference` asks for both.
    """
    forward, backward = both_directions(model, *fields, objective=objective)
    return relative_difference(forward, backward)


def difference(model: Model, *fields: str, objective: Objective = synchronization) -> jax.Array:
    """S_Q forward minus S_Q reversed, in [-1, 1]. `fields` as for `contrast`."""
    forward, backward = both_directions(model, *fields, objective=objective)
    return forward - backward


def best_over(model: Model, field: str, values: Any, objective: Objective = synchronization) -> jax.Array:
    """The largest `objective` over the `values` of a field.

    Its derivatives are those at the best value held fixed, by the envelope theorem: there the derivative with respect
    to the field vanishes, or the end of the values holds it.
    """
    values = jnp.asarray(values, dtype=float)
    fixed = jax.lax.stop_gradient(as_arrays(model))
    found = jax.vmap(lambda value: objective(fixed.replace(**{field: value})))(values)
    return objective(as_arrays(model).replace(**{field: values[jnp.argmax(found)]}))


def revival_factor(
    model: Model,
    field: str,
    values: Any,
    ideal: Mapping[str, float] | float | None = None,
    objective: Objective = synchronization,
) -> jax.Array:
    """Lambda = max S_Q(n, K) / max S_Q(0, 0), Eq. (7): how much of the ideal device's S_Q is revived.

    field, values: what the maxima are taken over, (k,). ideal: fields that make the ideal device of the same model, by
    default the model's own `ideal`; or the ideal device's maximum itself, a number, where that device stays the same.
    Raises `InputError` where the model has none and none is given.
    """
    if ideal is None:
        ideal = model.ideal
    if ideal is None:
        raise InputError(
            f"Argument `ideal` must give the fields of the ideal device, or its maximum: {type(model).__name__} has no "
            "ideal device of its own."
        )
    whole = best_over(model.replace(**ideal), field, values, objective) if isinstance(ideal, Mapping) else ideal
    return revived_share(best_over(model, field, values, objective), whole)


def with_fields(objective: Objective, **fields: float) -> Objective:
    """The same objective of a model with some fields set: S_Q at ten thermal quanta is
    `with_fields(synchronization, nbar_1=10.0, nbar_2=10.0)`."""
    return lambda model: objective(model.replace(**fields))


def weighted_sum(terms: Sequence[tuple[float, Objective]]) -> Objective:
    """The objective sum of weight x objective over `terms`, pairs of a weight and an objective."""
    if not terms:
        raise InputError("Argument `terms` is empty: give pairs of a weight and an objective.")
    return lambda model: sum((weight * objective(model) for weight, objective in terms), start=jnp.zeros(()))
