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
    """S_Q of the limit cycle reached from a start, in [0, 1]; 0 where there is none.

    Args:
        model: The device.
        phase_referenced: S_Q of the transverse covariance in place of the window's; it is not bounded by 1.
        window: Two times between which S_Q is averaged; None is the model's own.
        modes: The two modes; None is the model's pair.
        start: Where the motion starts; None is the vacuum.
        settings: How the cycle is looked for.

    Returns:
        One number.

    Raises:
        InputError: For a window or modes that cannot be used, or are missing where the model has none.

    Example:
        >>> import jaxsync as js
        >>> f"{js.design.synchronization(js.OptoMagnoMechanical(kerr=-2e-5)):.3f}"
        '0.301'
    """
    cycle = find_limit_cycle(model, start, throw=False, settings=settings)
    value = complete_synchronization(cycle, modes) if phase_referenced else window_on_cycle(cycle, window, modes)
    return jnp.where(jnp.isfinite(value), value, 0.0)


def both_directions(model: Model, *fields: str, objective: Objective = synchronization) -> tuple[jax.Array, jax.Array]:
    """An objective of the model and of its reverse, as one batch of two.

    Args:
        model: The device.
        fields: Those that reverse, such as "kerr" (magnetic) or "sagnac" (optical); all of them if none is named.
        objective: From a model to a number.

    Returns:
        The objective of `model` and of `model.reversed(*fields)`.

    Raises:
        InputError: For a field that does not reverse.

    Example:
        >>> import jaxsync as js
        >>> forward, backward = js.design.both_directions(js.OptoMagnoMechanical(kerr=-2e-5))
        >>> bool(forward > backward)
        True
    """
    pair = jax.tree.map(lambda *leaves: jnp.stack(leaves), as_arrays(model), as_arrays(model.reversed(*fields)))
    forward, backward = jax.vmap(objective)(pair)
    return forward, backward


def contrast(model: Model, *fields: str, objective: Objective = synchronization) -> jax.Array:
    """(x - y) / (x + y) of S_Q forward, x, and reversed, y, in [-1, 1]; 0 where both vanish.

    Near 1 already where y is much smaller than x, however small x is: `difference` asks for both. Args and errors as
    for `both_directions`.

    Returns:
        One number.

    Example:
        >>> import jaxsync as js
        >>> f"{js.design.contrast(js.OptoMagnoMechanical(kerr=-2e-5)):.3f}"
        '0.994'
    """
    forward, backward = both_directions(model, *fields, objective=objective)
    return relative_difference(forward, backward)


def difference(model: Model, *fields: str, objective: Objective = synchronization) -> jax.Array:
    """S_Q forward minus S_Q reversed, in [-1, 1]. Args and errors as for `both_directions`.

    Returns:
        One number.

    Example:
        >>> import jaxsync as js
        >>> f"{js.design.difference(js.OptoMagnoMechanical(kerr=-2e-5)):.3f}"
        '0.300'
    """
    forward, backward = both_directions(model, *fields, objective=objective)
    return forward - backward


def best_over(model: Model, field: str, values: Any, objective: Objective = synchronization) -> jax.Array:
    """The largest objective over some values of a field.

    Its derivatives are those at the best value held fixed, by the envelope theorem: there the derivative with respect
    to the field vanishes, or the end of the values holds it.

    Args:
        model: The device.
        field: Name of the field.
        values: Its values, (k,).
        objective: From a model to a number.

    Returns:
        One number.

    Example:
        >>> import jaxsync as js
        >>> best = js.design.best_over(js.OptoMagnoMechanical(kerr=-2e-5), "delta_m", [-1.1, -1.0])
        >>> bool(best >= js.design.synchronization(js.OptoMagnoMechanical(kerr=-2e-5)))
        True
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

    Args:
        model: The device.
        field: Name of the field that the maxima are taken over, the magnon detuning in the paper.
        values: Its values, (k,).
        ideal: Fields that make the ideal device of the same model, by default the model's own `ideal`; or the ideal
            device's maximum itself, a number, where that device stays the same.
        objective: From a model to a number.

    Returns:
        One number; 0 where the ideal device has no S_Q.

    Raises:
        InputError: Where the model has no ideal device and none is given.

    Example:
        >>> import jaxsync as js
        >>> noisy = js.OptoMagnoMechanical(kerr=-2e-5, nbar_1=1.0, nbar_2=1.0)
        >>> bool(js.design.revival_factor(noisy, "delta_m", [-1.0, -0.95], ideal=0.3) < 1)
        True
    """
    if ideal is None:
        ideal = model.ideal
    if ideal is None:
        raise InputError(
            f"Argument `ideal` must give the fields of the ideal device, or its maximum: {type(model).__name__} has no "
            "ideal device of its own."
        )
    whole = best_over(model.replace(**ideal), field, values, objective) if isinstance(ideal, Mapping) else ideal
    whole = jnp.asarray(whole, dtype=float)
    revived = best_over(model, field, values, objective)
    return jnp.where(whole > 0, revived / jnp.where(whole > 0, whole, 1.0), 0.0)


def with_fields(objective: Objective, **fields: float) -> Objective:
    """The same objective of a model with some fields set.

    Args:
        objective: From a model to a number.
        fields: Values of fields.

    Returns:
        An objective.

    Example:
        >>> import jaxsync as js
        >>> at_ten_quanta = js.design.with_fields(js.design.synchronization, nbar_1=10.0, nbar_2=10.0)
    """
    return lambda model: objective(model.replace(**fields))


def weighted_sum(terms: Sequence[tuple[float, Objective]]) -> Objective:
    """The sum of weight x objective over pairs of a weight and an objective.

    Args:
        terms: The pairs.

    Returns:
        An objective.

    Raises:
        InputError: If there are none.

    Example:
        >>> import jaxsync as js
        >>> both = js.design.weighted_sum([(1.0, js.design.difference), (0.1, js.design.synchronization)])
    """
    if not terms:
        raise InputError("Argument `terms` is empty: give pairs of a weight and an objective.")
    return lambda model: sum((weight * objective(model) for weight, objective in terms), start=jnp.zeros(()))
