"""How the paper's synchronized cycle ends: by which bifurcation, along each of three fields."""

import numpy as np

from jaxsync.attractors.bifurcations import Bifurcation
from jaxsync.attractors.branch import Branch, follow
from jaxsync.paper.claim import Effect
from jaxsync.paper.context import Context
from jaxsync.paper.points import KERR, PAPER
from jaxsync.states.limit_cycle import find_limit_cycle

BOUNDS = {"kerr": (-2e-4, 3e-4), "delta_a": (-1.8, -0.4), "omega_2": (0.94, 1.06)}
"""Within which the cycle is followed: beyond its stable part on both sides."""


def how_it_ends(context: Context) -> Effect:
    """The bifurcations between which the cycle at K = -KERR is stable, along K, the light's detuning, and omega_2."""
    model = PAPER.replace(kerr=-KERR)
    cycle = find_limit_cycle(model, settings=context.settings)
    words, numbers = [], {}
    for field, bounds in BOUNDS.items():
        branch = follow(model, field, bounds, cycle, settings=context.settings)
        ends = ends_around(branch, getattr(model, field))
        numbers[field] = {side: {"kind": b.kind.value, "value": b.value} for side, b in ends.items()}
        words.append(f"along {field} " + " and ".join(f"by a {b.kind.value} at {b.value:.9g}" for b in ends.values()))
    return Effect(f"The cycle at K = {-KERR:g} ends {', '.join(words)}.", numbers)


def ends_around(branch: Branch, value: float) -> dict[str, Bifurcation]:
    """The bifurcations at which the stable part of a branch that holds its start, at a value, ends."""
    here = int(next(i for i in branch.at(value) if branch.stable[i]))
    change = np.flatnonzero(branch.stable[:-1] != branch.stable[1:])
    before, after = change[change < here][-1], change[change >= here][0]
    # Where two lie between the same two points of the branch, the one next to the stable part.
    below = [b for b in branch.bifurcations if b.after == before][-1]
    above = next(b for b in branch.bifurcations if b.after == after)
    low, high = sorted((below, above), key=lambda b: b.value)
    return {"below": low, "above": high}
