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
from pathlib import Path

import numpy as np

import jaxsync as js
from jaxsync.sweeps.axes import read_axes
from jaxsync.sweeps.devices import available_cores, run_all
from jaxsync.sweeps.plans import FromVacuum, fields_of
from jaxsync.sweeps.ready import READY

MODEL = js.OptoMagnoMechanical()


def fixed_point(model):
    """A measure that costs little, for many points."""
    state = js.find_fixed_point(model, throw=False)
    return {"residual": state.residual, "stable": state.stable, "converged": state.converged}


def axes_of(rows, columns):
    return {"kerr": np.linspace(-2e-5, 2e-5, rows), "delta_m": np.linspace(-1.2, -0.8, columns)}


def stored(measure, axes, chunk=None):
    """Seconds of a stored sweep, with all that belongs to it, and its dataset."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        data = js.sweep(measure, MODEL, axes, store=Path(folder) / "s.zarr", chunk=chunk, progress=False)
        return time.perf_counter() - began, data


def measure_times(rows, columns):
    """The stored sweep beside the vmapped computation alone: the same chunks by the same threads, inputs ready."""
    axes, measure = axes_of(rows, columns), READY["window"].measure
    began = time.perf_counter()
    plan = FromVacuum(measure, None, MODEL, read_axes(MODEL, axes), None)
    plan._program.compiled()
    compiling = time.perf_counter() - began
    numbers = list(range(len(plan.blocks)))
    width = int(os.environ.get("DEVICES", "1"))
    inputs = []
    for first in range(0, len(numbers), width):
        group = [plan.blocks.indices(min(first + i, numbers[-1])) for i in range(width)]
        fields = fields_of(plan._dimensions, group)
        inputs.append({name: v.reshape(width, -1) for name, v in fields.items()})
    bare, whole = [], []
    for _ in range(2):
        began = time.perf_counter()
        list(run_all(plan._program, inputs))
        bare.append(time.perf_counter() - began)
        seconds, data = stored(measure, axes)
        whole.append(seconds - compiling)
    values = data["s_q_window"].values
    return {
        "points": values.size,
        "compiling": compiling,
        "bare": min(bare),
        "sweep": min(whole),
        "mean": float(np.nanmean(values)),
        "digest": hashlib.sha256(values.tobytes()).hexdigest()[:12],
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def measure_memory():
    """Peak memory, in GiB, of 10^5 points in chunks of at most 1,000."""
    seconds, data = stored(fixed_point, axes_of(400, 250), chunk=1000)
    return {
        "points": data.attrs["points"],
        "sweep": seconds,
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
    print(f"  vmapped computation alone {large['bare']:.1f} s, sweep {large['sweep']:.1f} s: ", end="")
    print(f"overhead {large['sweep'] / large['bare'] - 1:.1%} (tracing and compiling: {large['compiling']:.1f} s more)")
    one, two, host = (
        in_process(which, "times", 32, 32, devices=count) for which, count in ((cores[:1], 1), (cores, 1), (cores, 2))
    )
    print(f"{one['points']} points, stored: one core {one['sweep']:.1f} s, two cores {two['sweep']:.1f} s: ", end="")
    print(
        f"{one['sweep'] / two['sweep']:.2f} times; two host devices in place of threads {host['sweep']:.1f} s; ", end=""
    )
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
