"""How carefully states are looked for: one set of settings for every solver, checked where it is made."""

import dataclasses
import math

from jaxsync.errors import InputError


@dataclasses.dataclass(frozen=True)
class Settings:
    """How a state is looked for. Times are in the inverse of the model's unit of rates, 1/omega_1 of the shipped ones.

    Args:
        transient: How long the motion is followed before Newton's method starts.
        step: Step length of that motion.
        steps: Steps, and samples, per period of a cycle.
        longest_period: The longest period that is recognized.
        horizon: How long Lyapunov exponents are averaged.
        tolerance: Of Newton's method for a cycle, relative to the size of the amplitudes where these exceed 1.
        max_steps: Most Jacobians of Newton's method for a cycle.

    Raises:
        InputError: For a value that is out of range, naming the field.
    """

    transient: float = 1000.0
    step: float = 0.2
    steps: int = 60
    longest_period: float = 60.0
    horizon: float = 3000.0
    tolerance: float = 1e-11
    max_steps: int = 30

    def __post_init__(self):
        for name in ("transient", "step", "longest_period", "horizon", "tolerance"):
            value = getattr(self, name)
            real = isinstance(value, int | float) and not isinstance(value, bool)
            if not real or not 0 < value < math.inf:
                raise InputError(f"Field `{name}` of Settings must be a positive finite number, but is {value!r}.")
            object.__setattr__(self, name, float(value))
        # Five stages of a period, and one Jacobian, are the least with which anything can be found.
        for name, least in (("steps", 5), ("max_steps", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise InputError(
                    f"Field `{name}` of Settings must be a whole number from {least} on, but is {value!r}."
                )
        for name in ("transient", "longest_period", "horizon"):
            if getattr(self, name) < self.step:
                raise InputError(
                    f"Field `{name}` of Settings must be at least one step, {self.step:g}, but is "
                    f"{getattr(self, name):g}."
                )
