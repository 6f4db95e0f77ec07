"""Maximizing an objective over bounded fields of a model: many starts, one compiled program."""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from jaxsync.batches import map_points
from jaxsync.batches.program import read_chunk
from jaxsync.design.box import Box
from jaxsync.design.objectives import Objective
from jaxsync.errors import InputError
from jaxsync.models.base import Model
from jaxsync.models.equations import as_arrays

if TYPE_CHECKING:
    import optax

RATE = 0.2
"""Learning rate of the default optimizer, in the unbounded coordinates, where a box is some ten units wide."""

STUCK = 0.05
"""Part of a step below which a start no longer follows the slope but jumps."""

JUMPS = (0.01, 1.0)
"""Shortest and longest jump, in the unbounded coordinates."""


@dataclasses.dataclass(frozen=True)
class DesignResult:
    """The best model found, and the way to it.

    model: the best one. value: its objective. start_value: that of the model given. free: the bounds, by field.
    history: objective at the points tried, (steps, starts), NaN where it has none. starts, points: where each start
    began, and its best point, (starts, fields). values: the objective there, (starts,). evaluations: how often the
    objective was computed alone, and how often with its gradient.

    Example:
        >>> import jaxsync as js
        >>> quiet = lambda model: -model.kerr**2
        >>> found = js.design.maximize(quiet, js.OptoMagnoMechanical(), {"kerr": (-1e-4, 1e-4)}, starts=2, steps=2)
        >>> found.points.shape
        (2, 1)
    """

    model: Any
    value: float
    start_value: float
    free: dict[str, tuple[float, float]]
    history: np.ndarray
    starts: np.ndarray
    points: np.ndarray
    values: np.ndarray
    evaluations: tuple[int, int]

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={float(getattr(self.model, name)):.6g}" for name in self.free)
        return (
            f"DesignResult(value={self.value:.6g}, from {self.start_value:.6g}, at {fields}; "
            f"{len(self.starts)} starts, {self.evaluations[0]} values and {self.evaluations[1]} gradients)"
        )


class _Run(NamedTuple):
    """One start on its way: the point to try, the best point and its value, the optimizer's state and its proposed
    change there, and the part of it that is taken."""

    z: Any
    best: Any
    value: Any
    state: Any
    change: Any
    scale: Any


def maximize(
    objective: Objective,
    model: Model,
    free: Mapping[str, tuple[float, float]],
    *,
    starts: int = 64,
    steps: int = 150,
    optimizer: "optax.GradientTransformation | None" = None,
    seed: int = 0,
    screen: int = 8,
    chunk: int | None = None,
    progress: bool = False,
) -> DesignResult:
    """The model with the largest `objective`, with the fields of `free` anywhere between their bounds, (low, high).

    Each field is low + (high - low) sigmoid(z), and `optimizer` (any of optax, L-BFGS too; Adam if None) walks in z.
    The first start is the model itself; the others are the best of `screen` scrambled Sobol points each, by their
    value alone. All starts take `steps` steps in one compiled program, `chunk` of them at a time, or as many as suit
    the processor. The same seed gives the same result, whatever the chunk.

    What is reached from vacuum changes abruptly where one basin of attraction ends: the objective is smooth in patches
    with cliffs between them. So a step that lowers it is taken back and shortened; a start that gets no further jumps,
    at random and by any length; and after a third of the steps the lower three quarters of the starts go on from the
    best points of the upper quarter.

    objective: from a model to one number; it is jitted, vmapped and differentiated, and what has been compiled serves
    later calls with the same function, so that whatever else it reads must stay as it is. Where it is NaN, a start
    turns back and disturbs no other. Raises `InputError` for unknown fields, bounds that are not finite and increasing,
    a model outside them, and an objective that is not one number or is NaN at every start.

    Example:
        >>> import jaxsync as js
        >>> quiet = lambda model: -model.kerr**2
        >>> found = js.design.maximize(quiet, js.OptoMagnoMechanical(), {"kerr": (-1e-4, 1e-4)}, starts=2, steps=2)
        >>> bool(found.value >= found.start_value)
        True
    """
    for name, value in (("starts", starts), ("steps", steps), ("screen", screen)):
        if value < 1:
            raise InputError(f"Argument `{name}` must be 1 or more, but is {value}.")
    chunk = read_chunk(chunk)
    box = Box.of(model, free)
    _check_objective(objective, as_arrays(model))
    z, value_of_model, screened = _first_points(objective, box, starts, screen, seed, chunk, progress)
    run = map_points(_begin, (), z, static=(optimizer,), chunk=chunk)
    history, random = np.full((steps, starts), np.nan), np.random.default_rng(seed)
    with tqdm(total=steps, desc="steps", unit="step", disable=not progress) as bar:
        for number in range(steps):
            if number == steps // 3:
                run = _gather(run)
            run = _jump(run, random)
            run, values = map_points(_step, box, run, static=(objective, optimizer), chunk=chunk)
            history[number] = np.where(np.isfinite(values), values, np.nan)
            bar.update()
            bar.set_postfix(best=f"{run.value.max():.6g}")

    points = np.array([box.values_at(point) for point in run.best])
    winner = int(np.argmax(run.value))
    return DesignResult(
        model=model.replace(**{name: float(x) for name, x in zip(free, points[winner], strict=True)}),
        value=float(run.value[winner]),
        start_value=float(value_of_model),
        free=dict(free),
        history=history,
        starts=np.array([box.values_at(point) for point in z]),
        points=points,
        values=run.value,
        evaluations=(screened, starts * steps),
    )


def _value(objective, box, z):
    """The objective at a point of the box."""
    return objective(box.model_at(z))


def _method(optimizer):
    """The optimizer, Adam if None, in the form that is told values too."""
    import optax  # here: whoever does not optimize does without

    return optax.with_extra_args_support(optax.adam(RATE) if optimizer is None else optimizer)


def _begin(optimizer, _, z):
    """A start before its first step, which it takes at z itself."""
    return _Run(z, z, -jnp.inf, _method(optimizer).init(z), jnp.zeros_like(z), 1.0)


def _step(objective, optimizer, box, run):
    """One step of one start: the objective and its slope at the point to try, and the next point; and the value."""

    def loss(z):
        value = _value(objective, box, z)
        return jnp.where(jnp.isfinite(value), -value, jnp.inf)

    value, slope = jax.value_and_grad(loss)(run.z)
    slope = jnp.where(jnp.isfinite(slope), slope, 0.0)
    change, state = _method(optimizer).update(slope, run.state, run.z, value=value, grad=slope, value_fn=loss)
    # Attractors end in cliffs: a step that falls off one is taken back, and tried again at a third of its length.
    better = -value > run.value
    accepted = _Run(run.z, run.z, -value, state, change, jnp.minimum(1.0, 1.5 * run.scale))
    run = jax.tree.map(lambda new, old: jnp.where(better, new, old), accepted, run._replace(scale=run.scale / 3))
    trial = run.best + run.scale * run.change
    return run._replace(z=jnp.where(jnp.all(jnp.isfinite(trial)), trial, run.best)), -value


def _first_points(objective, box, starts, screen, seed, chunk, progress):
    """Where to start from, (starts, fields), the model's own value, and how many values that took."""
    candidates = np.concatenate([box.own[None], box.sobol(starts * screen, seed)]) if starts > 1 else box.own[None]
    values = map_points(
        _value, box, candidates, static=(objective,), chunk=chunk, progress=progress, label="first points"
    )
    if not np.isfinite(values).any():
        raise InputError(
            f"Argument `objective` is not finite at any of {len(values)} starts: let it return a number where there is "
            "no state, such as 0, or choose other bounds."
        )
    rest = np.where(np.isfinite(values[1:]), values[1:], -np.inf)
    order = np.argsort(-rest, kind="stable")[: starts - 1]
    return np.concatenate([candidates[:1], candidates[1:][order]]), values[0], len(values)


def _gather(run):
    """The lower three quarters of the starts go on from the best points of the upper quarter."""
    order = np.argsort(-run.value, kind="stable")
    keep = max(1, len(order) // 4)
    source = np.empty_like(order)
    source[order] = order[np.arange(len(order)) % keep]
    moved = source != np.arange(len(order))
    run = jax.tree.map(lambda leaf: leaf[source], run)
    return run._replace(scale=np.where(moved, 0.0, run.scale))


def _jump(run, random):
    """Starts that no longer get on jump, at random and by any length, and stay only where that is better."""
    stuck = run.scale < STUCK
    low, high = np.log(JUMPS)
    lengths = np.exp(random.uniform(low, high, len(stuck)))
    directions = random.normal(size=run.best.shape)
    landed = run.best + lengths[:, None] * directions
    # Barely above the threshold: if the jump fails, the next one follows.
    return run._replace(z=np.where(stuck[:, None], landed, run.z), scale=np.where(stuck, 2 * STUCK, run.scale))


def _check_objective(objective, model):
    shape = jax.eval_shape(objective, model)
    if not hasattr(shape, "shape") or shape.shape != () or not jnp.issubdtype(shape.dtype, jnp.floating):
        raise InputError(
            f"Argument `objective` must return one real number, but returns {shape}: take a mean, or one element."
        )
