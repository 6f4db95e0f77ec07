"""Forced cycles against brute force: python -m benchmarks.modulation

The modulated cavity of Mari and Eisert (Phys. Rev. Lett. 103, 213603 (2009)), from its laboratory values: its forced
cycle with the periodic covariance, from vacuum, against the same equations integrated over 400 periods by SciPy.
"""

import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp

import jaxsync as js
from benchmarks.timing import timed
from jaxsync.measures.covariances import negativity
from jaxsync.models.equations import bind, vacuum
from jaxsync.numerics.variational import with_covariance

PERIODS, SAMPLES = 400, 240

W = 2 * np.pi * 1e6


def modulated_cavity():
    """The device of the paper, all SI."""
    return js.models.DrivenCavity.from_si(
        W, gamma_m=1e-6 * W, mass=150e-12, length=25e-3, wavelength=1064e-9, finesse=1.4e4, power=10e-3,
        temperature=0.1, delta_0=W, sideband_power=2e-3, modulation=2 * W,
    )  # fmt: skip


def by_brute_force(model):
    """Covariances over the last of the periods, (samples, 4, 4), by compiled velocities and SciPy's DOP853."""
    x, V = vacuum(model)
    bound = bind(model)
    motion = jax.jit(lambda state: with_covariance(*bound)(state.reshape(x.size, -1)).reshape(-1))
    period = float(model.period)
    at = period * (PERIODS - 1 + np.arange(SAMPLES) / SAMPLES)
    start = np.concatenate([np.asarray(x)[:, None], np.asarray(V)], axis=1).reshape(-1)
    way = solve_ivp(lambda t, y: np.asarray(motion(y)), (0, at[-1]), start, "DOP853", t_eval=at, rtol=1e-8, atol=1e-8)
    return way.y.T.reshape(SAMPLES, x.size, -1)[:, :4, 1:5]


def numbers(V):
    """Largest and mean E_N, smallest and largest <dq^2>."""
    entanglement = jax.vmap(lambda V: negativity(V, 1))(jnp.asarray(V))
    return [float(n) for n in (entanglement.max(), entanglement.mean(), V[:, 0, 0].min(), V[:, 0, 0].max())]


def main():
    """Print both, and the ratio of the times, without compilation."""
    model = modulated_cavity()
    # Its sixty samples a period show extremes to 1e-4.
    found = timed(lambda: js.find_limit_cycle(model).transverse_covariance)
    brute = timed(lambda: by_brute_force(model), repeats=1)
    print(f"{'':14} {'max E_N':>10} {'mean E_N':>10} {'min <dq^2>':>10} {'max <dq^2>':>10} {'seconds':>10}")
    for name, run in (("forced cycle", found), (f"{PERIODS} periods", brute)):
        print(f"{name:14} " + " ".join(f"{n:10.6f}" for n in numbers(run.result)) + f" {run.best:10.4f}")
    print(f"faster by {brute.best / found.best:.0f}")


if __name__ == "__main__":
    main()
