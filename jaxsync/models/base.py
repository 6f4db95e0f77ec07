"""What a model is: named numbers, the velocity of the amplitudes, and the noise that goes with it.

A model is a frozen dataclass whose fields are the parameters and which is a pytree, so it can be mapped, jitted and
differentiated like any array. The rest of the package sees it through the functions of `equations` only.
"""

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxsync.errors import InputError

if TYPE_CHECKING:
    from jaxsync.models.ports import Port


def parameter(
    *,
    default: Any = dataclasses.MISSING,
    nonnegative: bool = False,
    largest: float | None = None,
    reverses: bool = False,
    static: bool = False,
) -> Any:
    """A model field with its rules.

    Args:
        default: The value where none is given.
        nonnegative: Refuse values below zero (rates, occupations).
        largest: Refuse values above this one (shares of a whole).
        reverses: Changes sign when the input comes from the other side.
        static: Not a number to differentiate (a count, a choice); a new value compiles anew.

    Returns:
        What stands behind the field's annotation in the class.

    Example:
        >>> import jaxsync as js
        >>> class Mirror(js.Model):
        ...     modes = ("b",)
        ...     gamma: float = js.parameter(default=0.01, nonnegative=True)
    """
    return dataclasses.field(
        default=default,
        metadata={"nonnegative": nonnegative, "largest": largest, "reverses": reverses, "static": static},
    )


@dataclass_transform(frozen_default=True, field_specifiers=(parameter,))
class Model:
    """Base class of all models: subclass it, name the `modes`, and define `rates` and `diffusion`.

    Subclasses become frozen dataclasses and pytrees by themselves. Fields are real numbers or arrays of them.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> class Mirror(js.Model):
        ...     modes = ("b",)
        ...     gamma: float = 0.01
        ...     def rates(self, amplitudes):
        ...         return -(self.gamma + 1j) * amplitudes
        ...     def diffusion(self):
        ...         return jnp.stack([self.gamma, self.gamma])
        >>> print(js.find_fixed_point(Mirror()).outcome)
        fixed point
    """

    modes: ClassVar[tuple[str, ...]] = ()
    """Names of the modes, in the order of the amplitudes."""

    pair: ClassVar[tuple[str, str] | None] = None
    """The two modes that measures of a pair mean where none are named."""

    window: ClassVar[tuple[float, float] | None] = None
    """The times over which S_Q is averaged where none are named, in the inverse of the rates' unit."""

    ideal: ClassVar[Mapping[str, float] | None] = None
    """Fields, with their values, that make the ideal device of the revival factor."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        dataclasses.dataclass(frozen=True, eq=False)(cls)
        _register(cls)
        _refuse_unknown_fields(cls)

    def __post_init__(self):
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            if not field.metadata.get("static", False):
                value = checked(field, getattr(self, field.name))
                object.__setattr__(self, field.name, value)

    def __eq__(self, other: object) -> bool:
        """Whether it is the same class with the same values in every field, arrays element by element."""
        return type(self) is type(other) and self._values() == other._values()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def _values(self):
        """What the fields hold, as something that can be compared and hashed; tracers are only equal to themselves."""
        values = []
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, jax.Array | np.ndarray) and not is_traced(value):
                value = value.item() if value.ndim == 0 else (value.shape, np.asarray(value).tobytes())
            values.append(value)
        return tuple(values)

    def rates(self, amplitudes: jax.Array) -> jax.Array | Sequence[jax.Array]:
        """Velocities of the amplitudes, n complex numbers, given the n complex amplitudes."""
        raise InputError(f"Model {type(self).__name__} has no `rates`: define rates(self, amplitudes).")

    def diffusion(self, *amplitudes: jax.Array) -> jax.Array | Sequence[jax.Array]:
        """Diffusion matrix Q of the quadratures, (2n, 2n), or its diagonal, (2n,).

        Defined as diffusion(self), or as diffusion(self, amplitudes) where the noise depends on the state; `rates` is
        then the drift in Ito's sense.
        """
        raise InputError(
            f"Model {type(self).__name__} has no `diffusion`: define diffusion(self), or diffusion(self, amplitudes)."
        )

    def thermal_occupations(self) -> jax.Array | Sequence[jax.Array]:
        """Mean thermal quanta of each mode before the drive is switched on, (n,); zero unless a model says more."""
        return jnp.zeros(len(self.modes))

    def couplings(self) -> dict[str, jax.Array]:
        """Single-quantum coupling g of each mode that is coupled to a phonon, by mode name; none by default."""
        return {}

    def ports(self) -> "Mapping[str, Port]":
        """The channels that go in and out of the device, by name; none unless a model says more."""
        return {}

    def unit(self, field: str) -> str:
        """Unit of a field, for labels; empty where a model does not say."""
        return ""

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed; an unknown name is refused with the nearest one."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]

    def reversed(self, *names: str) -> Self:
        """The same device with its input from the other side: the named fields, or all that reverse, change sign."""
        odd = [f.name for f in dataclasses.fields(self) if f.metadata.get("reverses", False)]  # type: ignore[arg-type]
        for name in names:
            if name not in odd:
                raise InputError(
                    f"Argument `names` must be among the fields that reverse ({', '.join(odd)}), not {name!r}."
                )
        return self.replace(**{name: -getattr(self, name) for name in names or odd})


def is_traced(tree: Any) -> bool:
    """Whether any leaf is inside a jax transformation, where values cannot be looked at."""
    return any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(tree))


def _register(cls: type) -> None:
    fields = dataclasses.fields(cls)
    static = tuple(f.name for f in fields if f.metadata.get("static", False))
    dynamic = tuple(f.name for f in fields if f.name not in static)

    def flatten(model):
        children = tuple((jax.tree_util.GetAttrKey(name), getattr(model, name)) for name in dynamic)
        return children, tuple(getattr(model, name) for name in static)

    def unflatten(settings, leaves):
        # Built without __init__: gradients and transformed models have the model's shape, not its range of values.
        model = object.__new__(cls)
        for name, value in zip(dynamic + static, (*leaves, *settings), strict=True):
            object.__setattr__(model, name, value)
        return model

    jax.tree_util.register_pytree_with_keys(cls, flatten, unflatten)


def _refuse_unknown_fields(cls: type) -> None:
    known = [f.name for f in dataclasses.fields(cls)]
    init = cls.__init__

    def checked_init(self, *args, **kwargs):
        for name in kwargs:
            if name not in known:
                raise InputError(f"Unknown field `{name}` of {cls.__name__}: {nearest(name, known)}")
        init(self, *args, **kwargs)

    checked_init.__wrapped__ = init  # type: ignore[attr-defined]  # keeps the signature for help() and the command line
    checked_init.__doc__ = init.__doc__
    cls.__init__ = checked_init  # type: ignore[method-assign]


def nearest(name: str, known: Sequence[str]) -> str:
    """What to say of an unknown name: the one that is meant, or all that there are."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"its fields are {', '.join(known)}."


def checked(field: dataclasses.Field, value: Any) -> Any:
    """The value as float or float64 array, if it may be one; tracers pass, nothing is known of them."""
    if is_traced(value):
        return value
    try:
        number = np.asarray(value)
        real = number.dtype.kind in "iuf"
    except (TypeError, ValueError):
        real = False
    if not real:
        raise InputError(f"Argument `{field.name}` must be a real number or an array of them, but is {value!r}.")
    number = number.astype(float)
    if not np.all(np.isfinite(number)):
        raise InputError(f"Argument `{field.name}` must be finite, but is {value}; give a finite number.")
    if field.metadata.get("nonnegative", False) and np.any(number < 0):
        raise InputError(f"Argument `{field.name}` must not be negative, but is {value}; give zero or more.")
    largest = field.metadata.get("largest")
    if largest is not None and np.any(number > largest):
        raise InputError(f"Argument `{field.name}` must be at most {largest:g}, but is {value}; give a smaller one.")
    return float(number) if number.ndim == 0 and not isinstance(value, jax.Array) else jnp.asarray(number)
