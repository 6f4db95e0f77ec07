"""Designs from the paper's Fig. 2 point, each checked by other means: python -m benchmarks.design [search] [wide] ...

search: K, D_a and D_m for one-way synchronization, against 4,096 random points of the same box. wide: all couplings and
drives too, within a factor of 2. revival: Lambda at ten thermal quanta. robust: a 10 % quantile under imperfections of
10 %. What is found is simulated (diffrax, adaptive steps) and, for `search` and `wide`, followed by 1,000 noisy
trajectories in each direction. Half an hour on two cores for all four; the printed text is in docs/design.md.
"""

import sys
import time

import numpy as np

import jaxsync as js
from jaxsync import design
from jaxsync.attractors.summary import describe_ensemble
from jaxsync.batches import map_points

PAPER = js.OptoMagnoMechanical(kerr=-2e-5)
BOX = {"kerr": (-1e-4, 1e-4), "delta_a": (-1.6, -0.4), "delta_m": (-1.6, -0.4)}
FACTOR_TWO = ("g_a", "g_m", "chi", "drive_a", "drive_m")
TIMES = np.linspace(1000.0, 1200.0, 2001)
SPREAD = {
    "g_a": (0.1, -0.5),  # the mass of each sphere, through g / sqrt(mass)
    "g_m": (0.1, -0.5),
    "chi": 0.1,
    "gamma_1": 0.1,
    "gamma_2": 0.1,
    "kappa_a": 0.1,
    "kappa_m": 0.1,
    "omega_2": 0.001,  # 10 % of a frequency would be twenty times the phonons' linewidth
}


def simulated(model):
    """S_Q in the window by `simulate`, which shares neither steps nor cycle with the objective."""
    trajectory = js.simulate(model, TIMES)
    return float(np.mean(js.complete_synchronization(trajectory)))


def check(model, ensemble=1000):
    """Print S_Q in both directions by simulation and by trajectories."""
    for direction, device in (("forward", model), ("reversed", model.reversed())):
        line = f"  {direction}: simulated {simulated(device):.4g}"
        if ensemble:
            found = describe_ensemble(device, ensemble, 0)
            shares = ", ".join(f"{part['share']:.1%} {part['outcome']}" for part in found["attractors"])
            line += f"; {ensemble} trajectories {found['s_q']:.4g} +- {found['s_q_error']:.2g} ({shares})"
        print(line, flush=True)


def timed(label, objective, model, free, **options):
    start = time.perf_counter()
    found = design.maximize(objective, model, free, **options)
    print(f"{label}: {found}\n  {time.perf_counter() - start:.0f} s with compilation", flush=True)
    return found


def search():
    low, high = np.array(list(BOX.values())).T
    points = low + (high - low) * np.random.default_rng(0).random((4096, 3))
    directions = lambda model, p: design.both_directions(model.replace(kerr=p[0], delta_a=p[1], delta_m=p[2]))
    start = time.perf_counter()
    forward, backward = map_points(directions, PAPER, points)
    best = np.argmax(forward - backward)
    print(f"4,096 random points: best {forward[best]:.4f} forward, {backward[best]:.2g} reversed, at {points[best]}")
    print(f"  {time.perf_counter() - start:.0f} s with compilation", flush=True)
    few = timed("16 starts, 45 steps", design.difference, PAPER, BOX, starts=16, steps=45, screen=32, chunk=16)
    check(few.model, 0)
    many = timed("64 starts, 150 steps", design.difference, PAPER, BOX)
    check(many.model)


def wide():
    free = BOX | {name: (getattr(PAPER, name) / 2, getattr(PAPER, name) * 2) for name in FACTOR_TWO}
    found = timed("couplings and drives within a factor of 2", design.difference, PAPER, free, steps=100)
    check(found.model)


def revival():
    hot = {"nbar_1": 10.0, "nbar_2": 10.0}
    fine = np.linspace(-1.4, -0.6, 801)
    at = lambda model, delta_m: design.synchronization(model.replace(delta_m=delta_m))
    maximum = lambda model: float(np.max(map_points(at, model, fine)))
    ideal = maximum(js.OptoMagnoMechanical())
    paper = maximum(PAPER.replace(**hot))
    print(f"Lambda at n = 10, K = -2e-5, 801 detunings: {paper / ideal:.4f} = {paper:.4f} / {ideal:.4f}", flush=True)
    objective = lambda model: design.revival_factor(model, "delta_m", np.linspace(-1.4, -0.6, 17), ideal=ideal)
    free = {"kerr": (-1e-4, 1e-4), "delta_a": (-1.6, -0.4)}
    found = timed("Lambda over K and D_a", objective, PAPER.replace(**hot), free, starts=8, steps=40, chunk=4)
    best = fine[np.argmax(map_points(at, found.model, fine))]
    print(f"  801 detunings: Lambda = {maximum(found.model) / ideal:.4f}, largest at delta_m = {best:.3f}")
    check(found.model.replace(delta_m=best), 0)


def robust():
    nominal = timed("nominal", design.difference, PAPER, BOX, starts=16, steps=45, screen=32, chunk=16)
    objective = design.robust(SPREAD, design.difference, statistic=0.1, samples=64, seed=1)
    sturdy = timed("10 % quantile of 64 devices", objective, PAPER, BOX, starts=4, steps=30, screen=16, chunk=1)
    for label, model in (("paper", PAPER), ("nominal", nominal.model), ("robust", sturdy.model)):
        print(f"  {label}: {design.tolerance(design.difference, model, SPREAD, samples=1024, seed=99)}", flush=True)


if __name__ == "__main__":
    tasks = {"search": search, "wide": wide, "revival": revival, "robust": robust}
    for name in sys.argv[1:] or tasks:
        tasks[name]()
