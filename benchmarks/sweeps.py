"""Sweeps: overhead, a second core, host devices in place of threads, memory of 10^5 points: python -m benchmarks.sweeps

Each figure is taken in a process of its own, whose cores are set before it starts. Tracing and compiling are left out
of the times and reported by themselves.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

import jaxsync as js
from jaxsync.batches.program import available_cores, run_all
from jaxsync.cli.measures import MEASURES
from jaxsync.measures.measure import measure_of
from jaxsync.sweeps.axes import read_axes
from jaxsync.sweeps.plans import FromVacuum, fields_of

MODEL = js.OptoMagnoMechanical()


def fixed_point(model):
    """A measure that costs little, for many points."""
    state = js.find_fixed_point(model, throw=False)
    return {"residual": state.residual, "stable": state.stable, "converged": state.converged}


def axes_of(rows, columns):
    return {"kerr": np.linspace(-2e-5, 2e-5, rows), "delta_m": np.linspace(-1.2, -0.8, columns)}


def timed(work):
    """Seconds, seconds of all cores together, and what `work` returns; other programs disturb the second less."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return np.array([time.perf_counter() - wall, time.process_time() - cpu]), result


def stored(measure, axes, chunk=None):
    """A stored sweep with all that belongs to it."""
    with tempfile.TemporaryDirectory() as folder:
        return js.sweep(measure, MODEL, axes, store=Path(folder) / "s.zarr", chunk=chunk, progress=False)


def compiled(measure, axes):
    plan = FromVacuum(measure_of(measure), MODEL, read_axes(MODEL, axes), None, js.Settings())
    plan._program.compiled()
    return plan


def measure_times(rows, columns):
    """The stored sweep beside the vmapped computation alone: the same chunks by the same threads, inputs ready."""
    axes, measure = axes_of(rows, columns), js.Measure(MEASURES["window"].value)
    compiling, plan = timed(lambda: compiled(measure, axes))
    numbers = list(range(len(plan.blocks)))
    width = int(os.environ.get("DEVICES", "1"))
    inputs = []
    for first in range(0, len(numbers), width):
        group = [plan.blocks.indices(min(first + i, numbers[-1])) for i in range(width)]
        fields = fields_of(plan._dimensions, group)
        inputs.append({name: v.reshape(width, -1) for name, v in fields.items()})
    bare, whole, values = [], [], np.array([])
    for _ in range(2):
        compiling = np.minimum(compiling, timed(lambda: compiled(measure, axes))[0])
        bare.append(timed(lambda: list(run_all(partial(plan._program, plan._base), inputs)))[0])
        seconds, data = timed(lambda: stored(measure, axes))
        whole.append(seconds)
        values = data["s_q_window"].values
    return {
        "points": values.size,
        "compiling": compiling.tolist(),
        "bare": np.min(bare, axis=0).tolist(),
        "sweep": (np.min(whole, axis=0) - compiling).tolist(),
        "mean": float(np.nanmean(values)),
        "digest": hashlib.sha256(values.tobytes()).hexdigest()[:12],
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def measure_memory():
    """Peak memory, in GiB, of 10^5 points in chunks of at most 1,000."""
    seconds, data = timed(lambda: stored(fixed_point, axes_of(400, 250), chunk=1000))
    return {
        "points": data.attrs["points"],
        "sweep": seconds[0],
        "converged": float(data["converged"].mean()),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def in_process(cores, *arguments, devices=1):
    """What this file prints in a process with these cores and host devices."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "DEVICES": str(devices)}
        command = [sys.executable, "-m", "benchmarks.sweeps", *map(str, arguments)]
        done = subprocess.run(command, env=os.environ | flags, stdout=subprocess.PIPE, text=True, check=True)
    finally:
        os.sched_setaffinity(0, before)
    return json.loads(done.stdout)


def main():
    cores = available_cores()[-2:]
    large = in_process(cores, "times", 64, 64)
    print(f"{large['points']} points, cores {cores}, stored; mean S_Q {large['mean']:.6f}")
    for name, k in (("elapsed", 0), ("of both cores", 1)):
        alone, whole, compiling = (large[key][k] for key in ("bare", "sweep", "compiling"))
        print(f"  seconds {name}: vmapped computation alone {alone:.1f}, sweep {whole:.1f}: ", end="")
        print(f"overhead {whole / alone - 1:.1%}; tracing and compiling {compiling:.1f} more")
    one, two, host = (
        in_process(which, "times", 32, 32, devices=count) for which, count in ((cores[:1], 1), (cores, 1), (cores, 2))
    )
    seconds = [run["sweep"][0] for run in (one, two, host)]
    print(f"{one['points']} points, stored: one core {seconds[0]:.1f} s, two cores {seconds[1]:.1f} s: ", end="")
    print(f"{seconds[0] / seconds[1]:.2f} times; two host devices in place of threads {seconds[2]:.1f} s; ", end="")
    print("same bits" if one["digest"] == two["digest"] == host["digest"] else "DIFFERENT BITS")
    print(f"  peak memory {two['memory']:.2f} GiB")
    many = in_process(cores, "memory")
    print(f"{many['points']} fixed points in {many['sweep']:.0f} s, {many['converged']:.1%} converged: ", end="")
    print(f"peak memory {many['memory']:.2f} GiB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["times"]:
        print(json.dumps(measure_times(*map(int, sys.argv[2:4]))))
    elif sys.argv[1:2] == ["memory"]:
        print(json.dumps(measure_memory()))
    else:
        main()
