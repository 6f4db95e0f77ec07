"""How carefully states are looked for: one set of settings for every solver, checked where it is made."""

import dataclasses
import math

from jaxsync.errors import InputError


@dataclasses.dataclass(frozen=True)
class Settings:
    """How a state is looked for: tolerances and budgets. No time and no size stands here; those come from the device.

    Args:
        tolerance: Error of one step of a motion, relative to the size of each mode.
        closeness: Distance from a cycle, over its extent, at which a motion has settled on it.
        steps: Steps, and samples, per period of a cycle.
        budget: Steps for which a motion is followed, and for which Lyapunov exponents are averaged; some twenty make a
            turn.
        thorough: Whether a motion about which the steps of a batch do not decide is followed on by every means:
            implicit steps for stiff modes, strides along the envelope for high quality factors, Lyapunov exponents. One
            motion at a time, outside transformations.

    Raises:
        InputError: For a value that is out of range, naming the field.

    Example:
        >>> import jaxsync as js
        >>> js.Settings(budget=12_000).budget
        12000
    """

    tolerance: float = 1e-6
    closeness: float = 1e-4
    steps: int = 60
    budget: int = 4096
    thorough: bool = True

    def __post_init__(self):
        for name in ("tolerance", "closeness"):
            value = getattr(self, name)
            real = isinstance(value, int | float) and not isinstance(value, bool)
            # Rounding ends what a step can be asked for; a tenth of a cycle's extent is no longer near it.
            if not real or not 1e-13 <= value <= 0.1 or not math.isfinite(value):
                raise InputError(f"Field `{name}` of Settings must be a number from 1e-13 to 0.1, but is {value!r}.")
            object.__setattr__(self, name, float(value))
        # Five steps are the least that a period can be told by; a look at a motion takes 128.
        for name, least in (("steps", 5), ("budget", LOOK)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise InputError(
                    f"Field `{name}` of Settings must be a whole number from {least} on, but is {value!r}."
                )
        if not isinstance(self.thorough, bool):
            raise InputError(f"Field `thorough` of Settings must be True or False, but is {self.thorough!r}.")


LOOK = 128
"""Steps between two looks at where a motion is: some ten turns."""
