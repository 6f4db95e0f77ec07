"""The model's parameters as flags that may be left out."""

import dataclasses
from typing import Annotated, Any

import tyro

from jaxsync.models.optomagnomechanical import OptoMagnoMechanical

Parameters = dataclasses.make_dataclass(
    "Parameters",
    [
        (f.name, Annotated[float | None, tyro.conf.arg(help=f"The model's own value is {f.default:g}.")], None)
        for f in dataclasses.fields(OptoMagnoMechanical)  # type: ignore[arg-type]
    ],
)
"""The model's fields without defaults, so that one that is not given leaves what a file says."""


def given(parameters: Any) -> dict[str, float]:
    """The flags of `Parameters` that were given."""
    return {name: value for name, value in vars(parameters).items() if value is not None}
