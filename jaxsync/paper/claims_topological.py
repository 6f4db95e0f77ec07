"""The claim of Fig. 3g on one-way topological phonon transfer."""

import dataclasses
from typing import Any

import jax
import numpy as np

from jaxsync.measures.nonreciprocity import contrast
from jaxsync.paper.claim import FAILS, IN_RANGE, Claim, Found
from jaxsync.paper.context import Context
from jaxsync.paper.topological import MOVED, WAYS, OneWay

ONE_WAY = 0.99
"""Contrast of what counts as one-way, at least, where `MOVED` is the share that moves in the chosen direction."""

DURATIONS = [25.0, 50.0, 100.0, 150.0, 200.0, 300.0, 500.0]
"""Of loops, 4 to 80 periods."""

MASSES = [1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0]
"""Mass ratios: beyond the largest the point is far outside of the loop."""

HOT = 1000.0
"""Thermal phonons of a warm device."""


def topological_transfer(context: Context) -> Found:
    """Designed loops in both directions, and what becomes of them with the duration, the mass and the temperature."""
    words, numbers = [], {}
    for effect, way in WAYS.items():
        share, c, chosen = measure(way)
        holds = [T for T in DURATIONS if is_one_way(dataclasses.replace(way, duration=T))]
        heaviest = max([1.0, *(rho for rho in MASSES if is_one_way(heavier(way, rho)))])
        followed = measure(heavier(way, 2.0, 2.0**0.5))[1]
        warm = measure(dataclasses.replace(way, model=way.model.replace(nbar_1=HOT, nbar_2=HOT)))[2]
        cost, hot = (float(t.quanta_needed[0, 1]) for t in (chosen, warm))
        gain = float(chosen.gain[0])
        numbers[effect] = {
            "share": share,
            "contrast": c,
            "gain": gain,
            "noise": chosen.noise,
            "energy_noise": chosen.energy_noise,
            "phonon_numbers": chosen.phonon_numbers,
            "durations": holds,
            "heaviest": heaviest,
            "followed": followed,
            "quanta_needed": cost,
            "quanta_needed_hot": hot,
        }
        words.append(
            f"{effect}: {share:.3f} of what arrives has changed the eigenmode in one direction, contrast {c:.4f}, gain "
            f"{gain:.2g}, in {way.duration / 2 / np.pi:.0f} periods (both at least {MOVED} and {ONE_WAY} for durations "
            f"{', '.join(f'{T:g}' for T in holds)} of those tried); {cost:.0f} quanta make as much as the noise, "
            f"{hot:.0f} at {HOT:g} thermal phonons, which leave the shares alone; at the same loop up to a mass "
            f"ratio of {heaviest:g}, and at any with the drive raised like its root (contrast {followed:.4f} at 2)"
        )
    good = all(n["contrast"] >= ONE_WAY and n["share"] >= MOVED for n in numbers.values())
    return Found("; ".join(words) + ".", IN_RANGE if good else FAILS, numbers)


def measure(way: OneWay):
    """The share that moves in the chosen direction, the contrast, and what arrives there."""
    chosen, other = way.both()
    there, back = float(chosen.shares[0, 1]), float(other.shares[0, 1])
    return there, float(contrast(there, back)), jax.device_get(chosen)


def is_one_way(way: OneWay) -> bool:
    """Whether the loop moves phonons in the chosen direction, and not in the other."""
    share, c, _ = measure(way)
    return share >= MOVED and c >= ONE_WAY


def heavier(way: OneWay, rho: float, drive: float = 1.0) -> OneWay:
    """The device with spheres heavier by rho, and its loops with drives larger by `drive`."""
    weak = "drive_m" if way.fields[1] == "drive_a" else "drive_a"
    model: Any = way.model
    changes = {name: getattr(model, name) / rho**0.5 for name in ("g_a", "g_m")}
    changes |= {weak: getattr(model, weak) * drive, "kerr": model.kerr / drive**2}  # |m|^2 K, not K, is kept
    return dataclasses.replace(
        way, model=model.replace(**changes), drive=way.drive * drive, stretch=way.stretch * drive
    )


CLAIMS = (
    Claim("topological phonon transfer", "3g", "unidirectional topological phonon transfer", topological_transfer),
)
