"""Truncated-Wigner ensembles against linear theory and other programs: python -m benchmarks.ensembles [points | speed]

points: 1,500 trajectories at three points of the paper, S_Q in the window. speed: 1,000 trajectories of the first of
them to t = 1,200, against diffrax's SRA1 at a tenth over the fastest rate, and against the package's own scheme and
step written for numba on all cores. Each with the largest eigenvalue of the covariance, that along the cycle, over
linear theory's at the same times, for which 1,000 trajectories have a standard error of 0.045.
"""

import sys
import time
from functools import partial

import diffrax
import jax
import jax.numpy as jnp
import numba
import numpy as np

import jaxsync as js
from benchmarks.baselines import NOISE, ROOT2
from jaxsync.attractors.ensemble import covariance_of, sample_trajectories
from jaxsync.batches import map_points
from jaxsync.models.equations import as_arrays, bind, to_amplitudes, vacuum
from jaxsync.numerics.stochastic import ORDER, end_weights
from jaxsync.numerics.tableau import A, B

TRAJECTORIES, SEED = 1500, 0
POINTS = {"kerr=-2e-5": {"kerr": -2e-5}, "kerr=0": {}, "kerr=2e-5": {"kerr": 2e-5}}
TIMES = np.linspace(1000.0, 1200.0, 41)
FEW = 1000
SRA1_STEP = 0.022
"""A tenth over the largest norm of the drift matrix along the mean motion."""


def points():
    for name, change in POINTS.items():
        model = js.OptoMagnoMechanical(**change)
        began = time.perf_counter()
        ensemble = js.simulate_ensemble(model, TIMES, TRAJECTORIES, SEED, progress=True)
        seconds = time.perf_counter() - began
        value = float(js.complete_synchronization(ensemble).mean())
        error = float(ensemble.standard_error(lambda e: js.complete_synchronization(e).mean()))
        linear = float(js.window_synchronization(model))
        print(f"{name}: S_Q {value:.4g} +- {error:.2g}, linear {linear:.4g}; {seconds:.0f} s\n{ensemble}", flush=True)


def by_sra1(model, key):
    """Amplitudes at the times of one trajectory."""
    velocity, Q = bind(model)
    x, V = vacuum(model)
    start_key, noise_key = jax.random.split(jax.random.wrap_key_data(key))
    start = x + jnp.sqrt(jnp.diag(V)) * jax.random.normal(start_key, x.shape)
    noise = diffrax.UnsafeBrownianPath(x.shape, noise_key, levy_area=diffrax.SpaceTimeLevyArea)
    strength = jnp.diag(jnp.sqrt(jnp.diag(Q(x))))
    terms = diffrax.MultiTerm(
        diffrax.ODETerm(lambda t, y, args: velocity(y)), diffrax.ControlTerm(lambda t, y, args: strength, noise)
    )
    solution = diffrax.diffeqsolve(
        terms,
        diffrax.SRA1(),
        t0=0.0,
        t1=TIMES[-1],
        dt0=SRA1_STEP,
        y0=start,
        saveat=diffrax.SaveAt(ts=jnp.asarray(TIMES)),
        stepsize_controller=diffrax.ConstantStepSize(),
        adjoint=diffrax.ForwardMode(),
        max_steps=None,
        throw=False,
    )
    return to_amplitudes(jnp.asarray(solution.ys))


@numba.njit(fastmath=True)
def velocity_by_hand(x, f, kerr):
    """The paper's mean field at the parameters of Fig. 1."""
    g, chi, kappa_a, kappa_m, gamma, omega_2, drive = 0.005, 0.02, 0.15, 0.2, 0.005, 1.005, 35.0
    magnons = (x[2] ** 2 + x[3] ** 2) / 2
    da = -1.005 - ROOT2 * g * x[6]
    dm = -1.0 + 2 * kerr * magnons - ROOT2 * g * x[4]
    f[0] = -kappa_a * x[0] + da * x[1] + ROOT2 * drive
    f[1] = -kappa_a * x[1] - da * x[0]
    f[2] = -kappa_m * x[2] + dm * x[3] + ROOT2 * drive
    f[3] = -kappa_m * x[3] - dm * x[2]
    f[4] = -gamma * x[4] + x[5] - chi * x[7]
    f[5] = -gamma * x[5] - x[4] + chi * x[6] + ROOT2 * g * magnons
    f[6] = -gamma * x[6] + omega_2 * x[7] - chi * x[5]
    f[7] = -gamma * x[7] - omega_2 * x[6] + chi * x[4] + ROOT2 * g * (x[0] ** 2 + x[1] ** 2) / 2


@numba.njit(fastmath=True, parallel=True)
def by_numba(seen, lengths, steps, ends, rows, row_stages, row_weights, kerr, noise):
    """Fills seen, (trajectories, times, 8): the same flows, kicks and weights. rows: where each stage's weights lie."""
    for lane in numba.prange(seen.shape[0]):
        x, y, f = np.empty(8), np.empty(8), np.empty((12, 8))
        np.random.seed(lane)  # noqa: NPY002
        for i in range(8):
            x[i] = np.sqrt(0.5) * np.random.normal()  # noqa: NPY002
        for k in range(len(steps)):
            h = lengths[k] / steps[k]
            for j in range(steps[k] + 1):
                weight = 1 + ends[min(j, len(ends) - 1)] + ends[min(steps[k] - j, len(ends) - 1)]
                for i in range(8):
                    x[i] += np.sqrt(weight * h * noise[i]) * np.random.normal()  # noqa: NPY002
                if j == steps[k]:
                    continue
                for stage in range(len(rows) - 1):
                    y[:] = x
                    for m in range(rows[stage], rows[stage + 1]):
                        for i in range(8):
                            y[i] += h * row_weights[m] * f[row_stages[m], i]
                    if stage < 12:
                        velocity_by_hand(y, f[stage], kerr)
                x[:] = y
            seen[lane, k] = x


def sparse_tableau():
    """The stages and weights that are not zero, row after row, the last row being the step itself."""
    table = [np.asarray(row) for row in (*A, B)]
    stages = [np.flatnonzero(row) for row in table]
    rows = np.concatenate([[0], np.cumsum([len(row) for row in stages])])
    weights = np.concatenate([row[where] for row, where in zip(table, stages, strict=True)])
    return rows, np.concatenate(stages), weights


def report(name, run, linear):
    """Seconds of the second run, compiled, and the covariance along the cycle over that of linear theory."""
    run()
    began = time.perf_counter()
    seen = run()
    seconds = time.perf_counter() - began
    along = lambda V: np.linalg.eigvalsh(V)[:, -1]
    ratio = np.mean(along(covariance_of(seen)) / along(np.asarray(linear.covariance)))
    print(f"{name}: {seconds:.1f} s, variance along the cycle {ratio:.3f} of linear theory", flush=True)


def speed():
    model = js.OptoMagnoMechanical(kerr=-2e-5)
    linear = js.simulate(model, TIMES)
    step = sample_trajectories(model, TIMES, 1, SEED, None)[2]
    lengths = np.diff(TIMES, prepend=0.0)
    steps = np.ceil(lengths / (step * (1 + 1e-9))).astype(int)  # the same numbers, from the longest that was taken
    keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(SEED)))(jnp.arange(FEW))
    seen, tableau = np.empty((FEW, len(TIMES), 8)), sparse_tableau()

    def numba_run():
        by_numba(seen, lengths, steps, end_weights(), *tableau, -2e-5, NOISE)
        return np.asarray(to_amplitudes(jnp.asarray(seen)))

    report(f"jaxsync, step {step:.3f}", lambda: sample_trajectories(model, TIMES, FEW, SEED, None)[1], linear)
    report(f"numba, the same, order {ORDER}", numba_run, linear)
    sra1 = lambda: map_points(by_sra1, as_arrays(model), jax.random.key_data(keys))
    report(f"diffrax SRA1, step {SRA1_STEP}", sra1, linear)


def main():
    for name in sys.argv[1:] or ("points", "speed"):
        {"points": points, "speed": speed}[name]()


if __name__ == "__main__":
    main()
