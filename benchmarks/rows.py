"""The rows of the benchmark table: each compares with what a user would use instead, and checks the numbers."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
import scipy.optimize

import jaxsync as js
from benchmarks import baselines
from benchmarks.timing import timed, timed_chunks
from jaxsync.models.equations import drift, velocity
from jaxsync.states.orbit import follow_motion

REFERENCE = json.loads((Path(__file__).parents[1] / "tests" / "data" / "reference_cases.json").read_text())
KERR = np.linspace(-1e-4, 1e-4, 256)
CHUNK = 64


def accelerated():
    return jax.default_backend() != "cpu"


def chunk_of(points):
    """A core's cache decides on a CPU; an accelerator takes all at once."""
    return points if accelerated() else CHUNK


def of_cycle(kerr):
    return js.complete_synchronization(js.find_limit_cycle(js.OptoMagnoMechanical(kerr=kerr), throw=False))


def of_window(kerr):
    return js.window_on_cycle(js.find_limit_cycle(js.OptoMagnoMechanical(kerr=kerr), throw=False))


def baselines_of_fig_2c():
    """Seconds a point of SciPy's fastest integrator and of numba, and their S_Q, at three points of Fig. 2c."""
    method = baselines.fastest_method()
    baselines.compile_numba()
    kerr = [-2e-5, -6e-5, 2e-5]
    scipy_runs = [baselines.by_scipy(k, method) for k in kerr]
    numba_runs = [baselines.by_numba(k) for k in kerr]
    return {
        "kerr": kerr,
        "method": method,
        "scipy": min(seconds for _, seconds in scipy_runs),
        "numba": min(seconds for _, seconds in numba_runs),
        "values": [value for value, _ in scipy_runs],
        "spread": max(abs(a / b - 1) for (a, _), (b, _) in zip(scipy_runs, numba_runs, strict=True)),
    }


def limit_cycles(base):
    """Row 1: S_Q of 256 limit cycles."""
    run = timed_chunks(of_cycle, KERR, chunk_of(256))
    cases = [c for c in REFERENCE["cases"] if "cycle" in c and set(c["change"]) <= {"kerr"}]
    found = jax.jit(jax.vmap(of_cycle))(np.array([c["change"].get("kerr", 0.0) for c in cases]))
    expected = [c["cycle"]["transverse_s_q_mean"] for c in cases]
    return against_integration("limit-cycle S_Q, 256 points of Fig. 2c", run, base, found, expected, (5000, 80))


def windows(base):
    """Row 5: S_Q of the window from vacuum."""
    run = timed_chunks(of_window, KERR, chunk_of(256))
    found = jax.jit(jax.vmap(of_window))(np.array(base["kerr"]))
    return against_integration("window S_Q, 256 points of Fig. 2c", run, base, found, base["values"], (1000, None))


def against_integration(name, run, base, found, expected, targets):
    point = run.best / len(KERR)
    error = float(np.max(np.abs(np.asarray(found) / np.asarray(expected) - 1)))
    against = ((f"solve_ivp {base['method']}, rtol 1e-8", "scipy"), ("numba RK4, h = 0.02", "numba"))
    return [
        row(name, comparator, point, base[key], target, error, run.first)
        for (comparator, key), target in zip(against, targets, strict=True)
    ]


def row(name, comparator, ours, theirs, target, error, compile_seconds):
    return {
        "name": name,
        "comparator": comparator,
        "seconds": ours,
        "comparator_seconds": theirs,
        "ratio": theirs / ours,
        "target": target,
        "error": error,
        "compile_seconds": compile_seconds,
    }


def fixed_points():
    """Row 2: fixed point, Lyapunov equation and S_Q of 10^4 red-detuned points."""
    points, rng = 10_000, np.random.default_rng(0)
    detunings = rng.uniform(0.7, 1.3, (points, 2))
    drives = rng.uniform(5.0, 15.0, points)

    def model_of(inputs):
        (delta_a, delta_m), drive = inputs
        return js.OptoMagnoMechanical(delta_a=delta_a, delta_m=delta_m, drive_a=drive, drive_m=drive)

    measure = lambda inputs: js.complete_synchronization(js.find_fixed_point(model_of(inputs), throw=False))
    run = timed_chunks(measure, (detunings, drives), points if accelerated() else 512)
    minus = np.zeros((2, 8))
    minus[[0, 1, 0, 1], [4, 5, 6, 7]] = np.array([1, 1, -1, -1]) / np.sqrt(2)
    few = 200
    began = time.perf_counter()
    expected = []
    for (delta_a, delta_m), drive in zip(detunings[:few], drives[:few], strict=True):
        both = lambda x, a=delta_a, m=delta_m, e=drive: baselines.velocity_and_drift.py_func(x, a, m, 0.0, e)
        A = both(scipy.optimize.root(both, np.zeros(8), jac=True, tol=1e-12).x)[1]
        V = scipy.linalg.solve_continuous_lyapunov(A, -np.diag(baselines.NOISE))
        expected.append(1 / np.einsum("ri,ij,rj", minus, V, minus))
    theirs = (time.perf_counter() - began) / few
    error = float(np.max(np.abs(run.result[:few] / np.array(expected) - 1)))
    name = "fixed point, Lyapunov, S_Q, 10^4 points"
    return [row(name, "SciPy loop", run.best / points, theirs, 50, error, run.first)]


def gradients():
    """Row 3: the gradient with respect to all 17 fields against the value alone."""
    rows = []
    for name, measure in (("cycle", of_cycle_of_model), ("window", of_window_of_model)):
        models = jax.vmap(lambda k: jax.tree.map(jnp.asarray, js.OptoMagnoMechanical(kerr=k)))(jnp.asarray(KERR[:64]))
        value = timed_chunks(measure, models, 32)
        both = timed_chunks(jax.value_and_grad(measure), models, 32)
        reference = jax.jit(jax.jacfwd(measure))(js.OptoMagnoMechanical(kerr=KERR[20])).kerr
        error = abs(float(both.result[1].kerr[20]) / float(reference) - 1)
        label = f"gradient of {name} S_Q, 17 fields (cost over the value)"
        rows.append(row(label, "value alone", both.best / 64, value.best / 64, 1 / 4, error, both.first))
    return rows


def of_cycle_of_model(model):
    return js.complete_synchronization(js.find_limit_cycle(model, throw=False))


def of_window_of_model(model):
    return js.window_on_cycle(js.find_limit_cycle(model, throw=False))


def lyapunov_methods():
    """Row 4: every method of the Lyapunov equation, 2 to 64 modes, against SciPy's Bartels-Stewart in a loop."""
    rows = []
    for modes, batch in ((2, 1024), (4, 1024), (8, 64), (16, 16), (32, 8), (64, 4)):
        n, rng = 2 * modes, np.random.default_rng(modes)
        A = rng.normal(size=(batch, n, n)) / np.sqrt(n)
        A -= (np.linalg.eigvals(A).real.max(axis=1) + 0.1)[:, None, None] * np.eye(n)
        root = rng.normal(size=(batch, n, n))
        Q = root @ np.swapaxes(root, 1, 2)
        began = time.perf_counter()
        expected = [scipy.linalg.solve_continuous_lyapunov(a, -q) for a, q in zip(A, Q, strict=True)]
        theirs = (time.perf_counter() - began) / batch
        for method in ("kronecker", "symmetric", "doubling"):
            if method != "doubling" and modes > {"kronecker": 8, "symmetric": 16}[method]:
                continue  # matrices of hundreds of megabytes
            solve = jax.jit(jax.vmap(lambda a, q, method=method: js.solve_lyapunov(a, q, method=method)))
            run = timed(solve, A, Q)
            error = max(np.linalg.norm(x - e) / np.linalg.norm(e) for x, e in zip(run.result, expected, strict=True))
            name = f"Lyapunov equation, {modes} modes, {method}"
            rows.append(row(name, "SciPy Bartels-Stewart", run.best / batch, theirs, None, float(error), run.first))
    return rows


START = """
import time; began = time.perf_counter()
import jaxsync as js
imported = time.perf_counter()
value = float(js.complete_synchronization(js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5))))
print(imported - began, time.perf_counter() - began, value)
"""


def cold_start():
    """Row 6: seconds from `python` to the first S_Q, with the compilation cache empty and filled."""
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        setting = {"JAX_COMPILATION_CACHE_DIR": cache, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.2"}
        for label, target in (("cold", 10), ("warm", 3)):
            began = time.perf_counter()
            run = subprocess.run(
                [sys.executable, "-c", START], env=os.environ | setting, capture_output=True, text=True, check=True
            )
            whole = time.perf_counter() - began
            imported, _, value = map(float, run.stdout.split())
            error = abs(value / 0.318625 - 1)
            found = row(f"python to the first S_Q, {label}", "target, seconds", whole, target, 1, error, None)
            rows.append(found | {"import_seconds": imported})
    return rows


def same_attractor():
    """On 256 points of Fig. 1d: whose cycle is not that of steps a hundred times as exact and a budget four times as
    large."""
    shift = 0.3425
    inputs = (np.tile(np.linspace(-1.4, -0.6, 128), 2), np.repeat([-shift, shift], 128))

    def measure(point, settings=js.Settings()):
        model = js.OptoMagnoMechanical(delta_a=point[0], sagnac=point[1])
        cycle = js.find_limit_cycle(model, throw=False, settings=settings)
        return cycle.converged, jnp.sqrt(jnp.mean(jnp.abs(cycle.amplitudes) ** 2, axis=0))

    usual = timed_chunks(measure, inputs, chunk_of(256), repeats=1)
    longer = js.Settings(tolerance=1e-8, budget=4 * js.Settings().budget)
    accurate = timed_chunks(lambda point: measure(point, longer), inputs, chunk_of(256), repeats=1)
    (found, sizes), (known, expected) = usual.result, accurate.result
    both = found & known
    other = both & (np.max(np.abs(sizes - expected), axis=1) > 1e-3 * np.max(expected, axis=1))
    return {
        "name": "cycles of Fig. 1d, 256 points, against steps a hundred times as exact and four times the budget",
        "cycles": int(known.sum()),
        "on_another_cycle": int(other.sum()),
        "not_settled_yet": int((known & ~found).sum()),
        "only_here": int((found & ~known).sum()),
    }


def arithmetic():
    """Row 7: counted operations of rows 1 and 2 a point, from XLA's own count of one step or one solve of each part."""
    model = jax.tree.map(jnp.asarray, js.OptoMagnoMechanical(kerr=-2e-5))
    x = jnp.ones(8)
    flops = lambda f, *args: jax.jit(f).lower(*args).compile().cost_analysis()["flops"]
    slope = flops(lambda m, x: velocity(m, x), model, x)
    columns = flops(lambda m, x: drift(m, x), model, x)
    stages, settings = 12, js.Settings()
    weighing = 2 * 8 * 58  # the tableau's nonzero weights, on eight quadratures
    motion = jax.jit(lambda m: follow_motion(m, jnp.zeros(8), settings))(model)
    steps = float(motion.evaluations) / stages
    cycle = steps * (stages * slope + weighing)
    # Newton's method: three Jacobians of nine columns; then the monodromy and the noise, sixteen columns.
    cycle += settings.steps * (3 + 2) * stages * (slope + columns) + settings.steps * 25 * weighing
    point = 10 * (slope + columns + 8**3) + 36**3 * 2 / 3  # ten Newton steps, one half-vectorized Lyapunov solve
    return {"cycle": float(cycle), "fixed_point": float(point)}


def matrix_product():
    """Operations a second that a large float64 matrix product reaches."""
    n = 4096 if accelerated() else 2048
    a = jnp.asarray(np.random.default_rng(0).normal(size=(n, n)))
    return 2 * n**3 / timed(jax.jit(lambda a: a @ a), a, repeats=5).best
