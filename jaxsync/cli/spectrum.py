"""What `jaxsync solve --spectrum` adds: what a spectrum analyser shows at each port."""

from typing import Any

import numpy as np

from jaxsync.measures.lines import spectral_lines
from jaxsync.measures.spectra import output_spectrum
from jaxsync.models.base import Model
from jaxsync.models.ports import ports_of
from jaxsync.states.cycle import LimitCycle
from jaxsync.states.fixed_point import find_fixed_point
from jaxsync.states.limit_cycle import find_limit_cycle
from jaxsync.states.outcome import Outcome
from jaxsync.states.settings import Settings

HARMONICS = 3
"""To either side: the lines that are listed, and half a harmonic more is drawn."""

POINTS = 701
"""Frequencies of a spectrum: a hundred to a harmonic."""


def describe_spectrum(model: Model, settings: Settings = Settings()) -> dict[str, Any]:
    """Lines and densities at each port of the state that the motion from vacuum reaches, or why there are none."""
    state = find_limit_cycle(model, throw=False, settings=settings)
    if not state.stable and state.outcome is Outcome.FIXED_POINT:
        state = find_fixed_point(model)
    if not state.stable:
        return {"outcome": str(state.outcome), "ports": {}}
    unit = 2 * np.pi / float(state.period) if isinstance(state, LimitCycle) else float(_fastest(state))
    w = np.linspace(-(HARMONICS + 0.5), HARMONICS + 0.5, POINTS) * unit
    ports = {}
    for port in ports_of(model):
        seen = output_spectrum(state, w, port)
        ports[port] = {"frequencies": w, "density": seen.density, "floor": seen.floor}
        if isinstance(state, LimitCycle):
            ports[port]["lines"] = spectral_lines(state, port=port, harmonics=HARMONICS)
    return {"outcome": str(state.outcome), "ports": ports}


def spectrum_lines(found: dict[str, Any]) -> str:
    """The same as a table for people: power and width of each line, and the floor under it."""
    if not found["ports"]:
        return f"none: the motion from vacuum is of the kind {found['outcome']}"
    rows = []
    for port, seen in found["ports"].items():
        if "lines" not in seen:
            peak = int(np.argmax(seen["density"]))
            rows.append(f"{port}: no lines; at most {seen['density'][peak]:.4g} at {seen['frequencies'][peak]:.4g}")
            continue
        lines = seen["lines"]
        for place, power, width in zip(lines.frequencies, lines.powers, lines.widths, strict=True):
            floor = np.interp(float(place), seen["frequencies"], seen["floor"])
            rows.append(f"{port}: {place:+.6f}, power {power:.4g}, width {width:.3g}, on a floor of {floor:.4g}")
    return "\n".join(rows)


def _fastest(state):
    """The largest frequency at which a fixed point rings."""
    values = np.asarray(state.eigenvalues)
    return np.max(np.abs(np.imag(values))) or np.max(np.abs(values))
