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
        thorough: Whether a motion about which the steps above do not decide is followed on by steps that the motion
            itself chooses: adaptive, implicit for stiff modes, strides along the envelope for high quality factors. No
            time or size is assumed then. One motion at a time, outside transformations; compiling takes minutes.

    Raises:
        InputError: For a value that is out of range, naming the field.

    Example:
        >>> import jaxsync as js
        >>> js.Settings(transient=3000.0).transient
        3000.0
    """

    transient: float = 1000.0
    step: float = 0.2
    steps: int = 60
    longest_period: float = 60.0
    horizon: float = 3000.0
    thorough: bool = False

    def __post_init__(self):
        for name in ("transient", "step", "longest_period", "horizon"):
            value = getattr(self, name)
            real = isinstance(value, int | float) and not isinstance(value, bool)
            if not real or not 0 < value < math.inf:
                raise InputError(f"Field `{name}` of Settings must be a positive finite number, but is {value!r}.")
            object.__setattr__(self, name, float(value))
        # Five steps are the least that a period can be told by.
        if not isinstance(self.steps, int) or isinstance(self.steps, bool) or self.steps < 5:
            raise InputError(f"Field `steps` of Settings must be a whole number from 5 on, but is {self.steps!r}.")
        if not isinstance(self.thorough, bool):
            raise InputError(f"Field `thorough` of Settings must be True or False, but is {self.thorough!r}.")
        for name in ("transient", "longest_period", "horizon"):
            if getattr(self, name) < self.step:
                raise InputError(
                    f"Field `{name}` of Settings must be at least one step, {self.step:g}, but is "
                    f"{getattr(self, name):g}."
                )
