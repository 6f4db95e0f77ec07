"""The benchmark table: python -m benchmarks [row ...]; minutes on two cores, the same command on a GPU adds its column.

Prints each row, and keeps all of them in docs/benchmarks.json, docs/benchmarks.md and docs/benchmarks.png. Rows:
cycles, windows, fixed_points, gradients, lyapunov, start, attractors, hardware.
"""

import json
import os
import sys
from pathlib import Path

import jax

from benchmarks import rows
from benchmarks.report import lines_of, picture, table, with_table
from jaxsync.outputs import made_with

DOCS = Path(__file__).parents[1] / "docs"
ROWS = ("cycles", "windows", "fixed_points", "gradients", "lyapunov", "start", "attractors", "hardware")


def main():
    chosen = sys.argv[1:] or ROWS
    store = DOCS / "benchmarks.json"
    kept = json.loads(store.read_text()) if store.exists() else {}
    device = jax.devices()[0].device_kind
    found = kept.setdefault(device, {})
    base = rows.baselines_of_fig_2c() if {"cycles", "windows"} & set(chosen) else None
    compute = {
        "cycles": lambda: rows.limit_cycles(base),
        "windows": lambda: rows.windows(base),
        "fixed_points": rows.fixed_points,
        "gradients": rows.gradients,
        "lyapunov": rows.lyapunov_methods,
        "start": rows.cold_start,
        "attractors": rows.same_attractor,
        "hardware": lambda: hardware(found),
    }
    for name in chosen:
        found[name] = compute[name]()
        print("\n".join(lines_of(found[name])), flush=True)
    found["made_with"] = made_with(cores=len(os.sched_getaffinity(0)))
    store.write_text(json.dumps(kept, indent=1, default=float) + "\n")
    page = DOCS / "benchmarks.md"
    page.write_text(with_table(page.read_text(), table(kept)))
    picture(found, DOCS / "benchmarks.png")


def hardware(found):
    """What rows 1 and 2 reach of the machine, from the times of the same run."""
    peak, counts = rows.matrix_product(), rows.arithmetic()
    timings = {"cycle": found["cycles"][0]["seconds"], "fixed_point": found["fixed_points"][0]["seconds"]}
    return {
        "name": "operations a second, counted, over those of a float64 matrix product",
        "matrix_product": peak,
        **{f"{name}_operations": counts[name] for name in counts},
        **{f"{name}_share": counts[name] / timings[name] / peak for name in counts},
    }


if __name__ == "__main__":
    main()
