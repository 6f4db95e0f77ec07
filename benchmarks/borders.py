"""The paper's cycle followed along omega_2 beside AUTO, and an edge of its tongue: python -m benchmarks.borders

AUTO is that of XPPAUT, from the package xpplab; it gives stability, but no S_Q and no phase diffusion. Prints the folds
of both and the time a point takes, without compilation; of our own also for an edge of the tongue in (chi, omega_2).
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import xpplab

import jaxsync as js
from benchmarks.timing import timed
from jaxsync.models.equations import to_quadratures

MODEL = js.OptoMagnoMechanical(kerr=-2e-5)

LOW, HIGH = 0.94, 1.06

INTERVALS = 60
"""Of AUTO's collocation, of degree four; as many as our samples of a cycle."""

NAMES = [mode + part for mode in "ambc" for part in "xy"]


def equations(period: float) -> str:
    """The mean field for XPPAUT, real and imaginary parts of the amplitudes apart, b2 being c."""
    p = {name: float(value) for name, value in vars(MODEL).items()}
    light = f"({p['delta_a']}-{2 * p['g_a']}*cx)"
    magnons = f"({p['delta_m']}-{2 * p['g_m']}*bx+({2 * p['kerr']})*(mx^2+my^2))"
    return "\n".join(
        [
            f"par omega={p['omega_2']}",
            f"ax'=-{p['kappa_a']}*ax+{light}*ay+{p['drive_a']}",
            f"ay'=-{p['kappa_a']}*ay-{light}*ax",
            f"mx'=-{p['kappa_m']}*mx+{magnons}*my+{p['drive_m']}",
            f"my'=-{p['kappa_m']}*my-{magnons}*mx",
            f"bx'=-{p['gamma_1']}*bx+{p['omega_1']}*by-{p['chi']}*cy",
            f"by'=-{p['gamma_1']}*by-{p['omega_1']}*bx+{p['chi']}*cx+{p['g_m']}*(mx^2+my^2)",
            f"cx'=-{p['gamma_2']}*cx+omega*cy-{p['chi']}*by",
            f"cy'=-{p['gamma_2']}*cy-omega*cx+{p['chi']}*bx+{p['g_a']}*(ax^2+ay^2)",
            f"@ total={period:.12f}, dt={period / 2000:.12f}, meth=qualrk, tol=1e-10, maxstor=10000, bounds=1e6",
            "done",
        ]
    )


def by_auto(cycle: js.LimitCycle):
    """Folds, number of points, and seconds of AUTO's run from the cycle to both sides."""
    start = np.asarray(to_quadratures(cycle.amplitudes[0])) / np.sqrt(2)
    folds, points, seconds = [], 0, 0.0
    with tempfile.TemporaryDirectory() as folder:  # the engine works there
        file = Path(folder) / "cycle.ode"
        file.write_text(equations(float(cycle.period)))
        model = xpplab.load(str(file))
        for sense in (-1, 1):
            model.set(**dict(zip(NAMES, start.tolist(), strict=True)), omega=float(MODEL.omega_2))
            model.run()
            model.auto.reset()
            began = time.perf_counter()
            seen = model.auto.start(
                "periodic", "omega", ntst=INTERVALS, ncol=4, nmax=200, npr=1000, ds=sense * 0.02, dsmin=1e-6,
                dsmax=2.0, parmin=LOW, parmax=HIGH, epsl=1e-8, epsu=1e-8, epss=1e-7,
            )  # fmt: skip
            seconds += time.perf_counter() - began
            points += len(seen)
            folds += [point.value for point in seen.special("LP")][:1]
    return sorted(folds), points, seconds


def main():
    """Print the comparison."""
    cycle = js.find_limit_cycle(MODEL)
    follow = timed(lambda: js.follow(MODEL, "omega_2", (LOW, HIGH), cycle))
    branch = follow.result
    ends = [b for b in branch.bifurcations if branch.stable[b.after] != branch.stable[b.after + 1]][-2:]
    folds, points, seconds = by_auto(cycle)
    edge = timed(lambda: js.follow_border(ends[0], ("chi", "omega_2"), ((0.01, 0.04), (0.92, 1.07)), points=40))
    theirs = ", ".join(f"{x:.9f}" for x in folds)
    print(f"AUTO     {points:4} points, {1e3 * seconds / points:6.2f} ms each, folds {theirs}")
    ours = ", ".join(f"{b.value:.9f}" for b in ends)
    print(
        f"jaxsync  {len(branch.values):4} points, {1e3 * follow.best / len(branch.values):6.2f} ms each, folds {ours}"
    )
    count = len(edge.result.values)
    print(f"an edge  {count:4} points, {1e3 * edge.best / count:6.2f} ms each")


if __name__ == "__main__":
    main()
