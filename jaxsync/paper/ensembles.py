"""Truncated-Wigner ensembles at marked points of the figures, where linear theory may be wrong.

One point takes a minute, too long for each reproduction, so that the values are kept in `data/ensembles.json` and drawn
from there. `python -m jaxsync.paper.ensembles` computes what is missing there; delete the file to compute all again.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from jaxsync.attractors.summary import describe_ensemble
from jaxsync.measures.window import window_synchronization
from jaxsync.outputs import made_with, write_json
from jaxsync.paper.points import KERR, PAPER, SHIFT, device

KEPT = Path(__file__).parent / "data" / "ensembles.json"

TRAJECTORIES = 256
SEED = 0

FACTOR, ERRORS = 1.5, 3.0
"""Linear theory and ensemble disagree where they differ by more than this factor, and by this many standard errors or
with trajectories in several attractors: a few outliers decide then, and the bootstrap's errors are no measure."""


def _along(name: str, values: list[float], **fixed: float) -> list[dict[str, float]]:
    return [{name: value, **fixed} for value in values]


POINTS = [
    *_along("kerr", [0.0, -KERR, KERR, -1e-5, -5e-6, 5e-6, -4e-5, -1e-4, 1e-4]),  # 2c
    *_along("delta_m", [-1.1, -1.0, -0.9], kerr=0.0, nbar=1.0),  # 3c
    *_along("delta_m", [-1.1, -1.0, -0.9], kerr=0.0, nbar=10.0),  # 3c, 3d
    *_along("delta_m", [-1.1, -1.0, -0.9], kerr=-KERR, nbar=10.0),  # 3d
    *_along("gamma", [0.0075, 0.01, 0.0125, 0.015, 0.02], kerr=-KERR),  # 3b
    *_along("gamma", [0.0075, 0.01], kerr=0.0),
    *_along("rho", [1.2, 1.5, 2.0, 5.0], kerr=-KERR),  # 3a
    *_along("rho", [1.2, 1.5, 2.0, 5.0], kerr=0.0),
    *_along("delta_m", [-1.2, -1.1, -0.9, -0.8], kerr=-KERR),  # 2b
    *_along("delta_m", [-1.2, -0.8], kerr=KERR),
    *_along("delta_a", [-1.2, -1.0, -0.9, -0.8], sagnac=-SHIFT),  # 1d
    *_along("delta_a", [-1.2, -1.0, -0.8], sagnac=SHIFT),
    *_along("delta_m", [-1.1, -0.9], kerr=0.0, nbar=0.0),  # 3c
]
"""What is computed: an axis of a figure, and what is fixed along it."""


def kept() -> list[dict]:
    """The points that are kept, each with `at`, `s_q`, `s_q_error`, `linear` and the `attractors` it ends in."""
    return json.loads(KEPT.read_text(encoding="utf-8"))["points"] if KEPT.exists() else []


def ensemble_points(along: str, fixed: Mapping[str, float]) -> np.ndarray:
    """Columns (x, S_Q, its standard error) of the points kept along an axis, (points, 3), ordered by x.

    fixed: the other axes of the curve; what is not named has the paper's value.
    """
    rows = []
    for point in kept():
        x = point["at"].get(along, getattr(device(), along, None))
        if x is not None and device(**point["at"]) == device(**{**fixed, along: x}):
            rows.append((x, point["s_q"], point["s_q_error"]))
    return np.array(sorted(rows)).reshape(-1, 3)


def disagrees(point: Mapping[str, Any]) -> bool:
    """Whether linear theory fails at one of the points that are `kept`."""
    low, high = sorted([point["linear"], point["s_q"]])
    apart = high - low > ERRORS * point["s_q_error"] or len(point["attractors"]) > 1
    return high > FACTOR * low and apart


def compute(progress: bool = False) -> None:
    """Compute the points that are not kept, and keep each as soon as it is there."""
    found = kept()
    for at in POINTS:
        if any(point["at"] == at for point in found):
            continue
        if progress:
            print(at, flush=True)
        model = device(**at)
        answer = describe_ensemble(model, TRAJECTORIES, SEED, progress=progress)
        found.append({"at": at, "linear": float(window_synchronization(model)), **answer})
        KEPT.parent.mkdir(exist_ok=True)
        record = made_with(trajectories=TRAJECTORIES, seed=SEED, start="vacuum", window=PAPER.window)
        write_json(KEPT, {"made_with": record, "points": found})


if __name__ == "__main__":
    compute(progress=True)
