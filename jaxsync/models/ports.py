"""Where light and microwaves go in and out: which mode is coupled to which channel, at which rate."""

from collections.abc import Mapping
from typing import NamedTuple

import jax

from jaxsync.errors import InputError
from jaxsync.models.base import Model


class Port(NamedTuple):
    """A channel that a mode is coupled to, out = sqrt(2 rate) o - in: part of the mode's losses, not added to them.

    mode: name of the mode. rate: amplitude decay rate into the channel, in the model's unit. occupation: mean thermal
    quanta that come in; the noise that the channel brings is part of the model's `diffusion`.

    Example:
        >>> import jaxsync as js
        >>> js.OptoMagnoMechanical().ports()["light"]
        Port(mode='a', rate=0.15, occupation=0.0)
    """

    mode: str
    rate: jax.Array | float
    occupation: jax.Array | float = 0.0


def ports_of(model: Model) -> Mapping[str, Port]:
    """The model's ports by name; refused where there are none, or where one is at no mode of the model."""
    ports = model.ports()
    name = type(model).__name__
    if not ports:
        raise InputError(
            f"Model {name} has no ports: define ports(self), which returns the channels by name, such as "
            "{'light': js.Port('a', self.kappa)}."
        )
    for port in ports.values():
        if port.mode not in model.modes:
            raise InputError(
                f"Method `ports` of {name} must name modes of the model ({', '.join(model.modes)}), not {port.mode!r}."
            )
    return ports


def check_port(model: Model, name: str) -> None:
    """Refuse the name of a port that the model does not have, with those that it has."""
    ports = ports_of(model)
    if name not in ports:
        raise InputError(f"Argument `port` must name a port of the model ({', '.join(ports)}), not {name!r}.")
