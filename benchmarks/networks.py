"""Chains of N optomechanical cells, N = 1 .. 32: python -m benchmarks.networks

The covariance of a stable fixed point, 4 N quadratures, by every method, with its error against SciPy's Bartels-Stewart
solver beside it; compilation is left out. Kronecker forms stop where their matrices outgrow the memory. Then whole
fixed points, and limit cycles, of the same chains. Runs on whatever device JAX sees.
"""

import time

import jax
import numpy as np
import scipy.linalg

import jaxsync as js
from jaxsync.numerics.routh_hurwitz import routh_hurwitz
from jaxsync.numerics.stability import Stability, stability_of

CELLS = (1, 2, 4, 8, 16, 32)
RED = {"delta": -1.0, "drive": 10.0}
BLUE = {"drive": 48.0, "mu": 0.005}
BUDGET = {16: 32_000, 32: 128_000}
"""A long chain comes to rest about its cycle by diffusion, in a time that grows with the square of its length."""

LARGEST_KRONECKER = {"kronecker": 32, "symmetric": 64}
"""Quadratures up to which the forms are tried: their matrices take 8 MB and 35 MB there, and 64 and 16 times that at
the next size but one."""


def seconds(function, *arguments, repeats=5):
    """The shortest of some runs after the first, and the result."""
    result = jax.block_until_ready(function(*arguments))
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        jax.block_until_ready(function(*arguments))
        times.append(time.perf_counter() - began)
    return min(times), result


def covariance_table():
    print(f"device: {jax.devices()[0].device_kind}\n")
    print("covariance of a stable chain: milliseconds (relative error against SciPy)")
    methods = ("kronecker", "symmetric", "doubling")
    print(f"{'cells':>5} {'n':>4} {'SciPy':>9}" + "".join(f"{m:>22}" for m in methods))
    for cells in CELLS:
        state = js.find_fixed_point(js.models.OptomechanicalChain(cells=cells, **RED))
        A, Q = np.asarray(state.drift), np.diag(np.asarray(state.model.diffusion()))
        began = time.perf_counter()
        expected = scipy.linalg.solve_continuous_lyapunov(A, -Q)
        row = f"{cells:5} {len(A):4} {1e3 * (time.perf_counter() - began):9.3f}"
        for method in methods:
            if len(A) > LARGEST_KRONECKER.get(method, np.inf):
                row += f"{'-':>22}"
                continue
            solve = jax.jit(lambda A, Q, method=method: js.solve_lyapunov(A, Q, method=method))
            spent, found = seconds(solve, A, Q)
            error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
            row += f"{1e3 * spent:12.3f} ({error:.0e})"
        print(row)


def batch_table():
    print("\nbatches of random stable systems: microseconds a system (largest relative error against SciPy)")
    print(f"{'n':>4} {'batch':>6}{'kronecker':>20}{'symmetric':>20}{'doubling':>20}")
    for n, batch in ((2, 4096), (4, 4096), (6, 2048), (8, 2048), (12, 256), (16, 64), (24, 16)):
        rng = np.random.default_rng(n)
        A = rng.normal(size=(batch, n, n))
        A -= (np.linalg.eigvals(A).real.max(axis=1) + 0.1)[:, None, None] * np.eye(n)
        root = rng.normal(size=(batch, n, n))
        Q = root @ np.swapaxes(root, 1, 2)
        expected = [scipy.linalg.solve_continuous_lyapunov(a, -q) for a, q in zip(A[:16], Q[:16], strict=True)]
        row = f"{n:4} {batch:6}"
        for method in ("kronecker", "symmetric", "doubling"):
            solve = jax.jit(jax.vmap(lambda a, q, method=method: js.solve_lyapunov(a, q, method=method)))
            spent, found = seconds(solve, A, Q)
            errors = [np.linalg.norm(x - e) / np.linalg.norm(e) for x, e in zip(found, expected, strict=False)]
            row += f"{1e6 * spent / batch:11.1f} ({max(errors):.0e})"
        print(row)


def by_squaring(A):
    return stability_of(A) == Stability.STABLE


def verdict_table():
    print("\nverdicts on stability that are wrong, of 200 random systems close to the border and of the chain itself")
    print(
        f"{'n':>4} {'Routh-Hurwitz':>15} {'squaring':>9}   chain: Routh-Hurwitz, squaring, largest Re of an eigenvalue"
    )
    for cells in CELLS[:-1]:
        n = 4 * cells
        rng = np.random.default_rng(n)
        A = rng.normal(size=(200, n, n))
        shift = np.linalg.eigvals(A).real.max(axis=1)
        shift += 0.1 * np.linalg.norm(A, axis=(1, 2)) * rng.uniform(-1, 1, 200)
        A -= shift[:, None, None] * np.eye(n)
        truth = np.linalg.eigvals(A).real.max(axis=1) < 0
        wrong = [int(np.sum(np.asarray(jax.jit(jax.vmap(f))(A)) != truth)) for f in (routh_hurwitz, by_squaring)]
        chain = js.find_fixed_point(js.models.OptomechanicalChain(cells=cells, **RED)).drift
        largest = np.linalg.eigvals(np.asarray(chain)).real.max()
        verdicts = [bool(jax.jit(f)(chain)) for f in (routh_hurwitz, by_squaring)]
        print(f"{n:4} {wrong[0]:15} {wrong[1]:9}   {verdicts[0]}, {verdicts[1]}, {largest:.4f}")


def state_table():
    print("\nwhole states: seconds after compilation; what was found")
    for cells in CELLS:
        red = js.models.OptomechanicalChain(cells=cells, **RED)
        blue = js.models.OptomechanicalChain(cells=cells, **BLUE)
        rest, fixed = seconds(js.find_fixed_point, red)
        settings = js.Settings(budget=BUDGET.get(cells, 8192))
        find = lambda model, settings=settings: js.find_limit_cycle(model, throw=False, settings=settings)
        motion, cycle = seconds(find, blue, repeats=1)
        print(
            f"{cells:5} cells: fixed point {rest:8.4f} s, stable={bool(fixed.stable)}, residual {fixed.residual:.0e}; "
            f"cycle {motion:8.3f} s, converged={bool(cycle.converged)}, contraction {cycle.contraction:.6f}, "
            f"residual {cycle.residual:.0e}"
        )


def main():
    covariance_table()
    batch_table()
    verdict_table()
    state_table()


if __name__ == "__main__":
    main()
