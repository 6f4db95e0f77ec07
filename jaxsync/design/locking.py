"""How far a field can drift before a state is lost: an objective that is the distance of two bifurcations."""

import jax

from jaxsync.attractors.bifurcations import Bifurcation, bifurcation_value
from jaxsync.design.objectives import Objective
from jaxsync.errors import InputError


def locking_width(lower: Bifurcation, upper: Bifurcation) -> Objective:
    """The range of a field between two bifurcations, such as the folds at which two oscillators unlock.

    The two are found once, by `follow`, for the device at which a design starts; for another device they are sought
    from there, so that what is maximized is the width of one and the same range. Its derivatives are those of the
    implicit function theorem, forward and reverse, at the cost of one adjoint solve for each end.

    Args:
        lower: A bifurcation of a model along a field.
        upper: Another one along the same; the distance is positive where this one lies above.

    Returns:
        An objective: from a model to one number, NaN where one of the two is lost on the way.

    Raises:
        InputError: For bifurcations along different fields or of different kinds of model.

    Example:
        >>> import jaxsync as js
        >>> class Bistable(js.Model):
        ...     modes = ("z",)
        ...     delta: float = -2.0
        ...     drive: float = 1.0
        ...     def rates(self, z):
        ...         return -(0.5 + 1j * (self.delta + 0.1 * abs(z) ** 2)) * z + self.drive
        ...     def diffusion(self):
        ...         return [0.5, 0.5]
        >>> rest = js.find_fixed_point(Bistable())
        >>> upper, lower = js.follow(Bistable(), "drive", (0.5, 6.0), rest).bifurcations
        >>> f"{js.design.locking_width(lower, upper)(Bistable()):.6f}"
        '1.469783'
    """
    if lower.field != upper.field or type(lower.model) is not type(upper.model):
        raise InputError(
            "Arguments `lower` and `upper` must be bifurcations of one model along one field, but are "
            f"{lower.kind.value} of a {type(lower.model).__name__} along {lower.field} and {upper.kind.value} of a "
            f"{type(upper.model).__name__} along {upper.field}."
        )

    def width(model) -> jax.Array:
        return bifurcation_value(upper, model, throw=False) - bifurcation_value(lower, model, throw=False)

    return width
