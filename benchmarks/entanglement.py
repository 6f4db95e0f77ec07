"""The numbers of docs/entanglement.md: python -m benchmarks.entanglement

The maps of Fig. 3g and what differs between their two directions; a random search for what the maps do not show; the
limit cycles of Figs. 1 and 2 with and without the variance of their phase; and whether the motion from vacuum comes to
rest at the fixed points of the maps.
"""

import jax
import numpy as np

import jaxsync as js
from jaxsync.batches import map_points
from jaxsync.paper import entanglement as maps
from jaxsync.paper.context import Context
from jaxsync.paper.points import RED

RANDOM, SEED = 40_000, 0
AT_REST = 200
CYCLES = {
    "K = -2e-5": {"kerr": -2e-5},
    "K = +2e-5": {"kerr": 2e-5},
    "K = -1e-4": {"kerr": -1e-4},
    "sigma_a = -0.3425": {"sagnac": -0.3425},
}


def directions(effect):
    """The map of one effect; its negative half and, point by point, the positive one; and where both are stable."""
    data = maps.direction_map(Context(), effect)
    half = data[effect].size // 2
    one = data.isel({effect: slice(0, half)})
    other = data.isel({effect: slice(None, half, -1)})
    return data, one, other, (one["stable"].values * other["stable"].values) == 1


def show_map(effect):
    data, one, other, both = directions(effect)
    stable = [part["stable"].values == 1 for part in (one, other)]
    negative, positive = (np.mean(a & ~b) for a, b in (stable, stable[::-1]))
    print(f"\n{effect}: {float(data['stable'].mean()):.1%} of the map stable; of the pairs of directions", end=" ")
    print(f"{np.mean(both):.1%} in both, {negative:.1%} with the negative sign only, {positive:.1%} with the positive")
    for name in maps.PAIRS:
        there, back = one[name].values, other[name].values
        contrast = np.where(both, js.contrast(there, back), np.nan)
        place = np.unravel_index(np.nanargmax(np.abs(contrast)), contrast.shape)
        where = ", ".join(f"{d}={float(one[d][k]):.3g}" for d, k in zip(one[name].dims, place, strict=True))
        print(
            f"  E_N {name:14} at most {float(data[name].max()):.4f}; largest contrast {contrast[place]:+.3f}", end=" "
        )
        print(f"at {where}: {there[place]:.4f} and {back[place]:.4f}")
    for name in ("photon_squeezing_db", "magnon_squeezing_db", "phonon_squeezing_db"):
        there, back = one[name].values, other[name].values
        one_way = both & (((there > 0.1) & (back <= 0)) | ((back > 0.1) & (there <= 0)))
        print(f"  {name} at most {float(data[name].max()):+.4f}; {one_way.sum()} of {both.sum()} points", end=" ")
        print("squeezed by more than 0.1 dB one way and not the other")


def show_motion(effect):
    data = maps.direction_map(Context(), effect)
    stable = np.argwhere(data["stable"].values == 1)
    chosen = stable[np.random.default_rng(SEED).choice(len(stable), AT_REST, replace=False)]
    values = {name: data[name].values[chosen[:, k]] for k, name in enumerate((effect, maps.DETUNING[effect]))}

    @jax.jit
    @jax.vmap
    def distance(values):
        model = RED.replace(**values)
        end = js.simulate(model, [1500.0], covariance=False).amplitudes[0]
        return abs(end - js.find_fixed_point(model, throw=False).amplitudes).max()

    rests = np.sum(np.asarray(distance(values)) < 1e-3)
    print(
        f"{effect}: from vacuum the motion comes to rest at the fixed point of the map at {rests} of {AT_REST} points"
    )


def show_random(gamma, largest_chi):
    rng = np.random.default_rng(SEED)
    uniform = lambda low, high: rng.uniform(low, high, RANDOM)
    values = {
        "delta_a": uniform(-1.8, 1.8),
        "delta_m": uniform(-1.8, 1.8),
        "drive_a": uniform(1, 60),
        "drive_m": uniform(1, 60),
        "chi": uniform(0, largest_chi),
        "kerr": uniform(-1e-4, 1e-4),
    }
    base = js.OptoMagnoMechanical(gamma_1=gamma, gamma_2=gamma)
    found = map_points(lambda model, v: maps.entanglement(model.replace(**v)), base, values, chunk=1000)
    best = ", ".join(f"{name} {np.nanmax(found[name]):.4f}" for name in (*maps.PAIRS, "phonon_squeezing_db"))
    print(f"gamma={gamma:g}, chi up to {largest_chi:g}: {int(found['stable'].sum())} stable; largest: {best}")


def show_cycle(name, change):
    cycle = js.find_limit_cycle(js.OptoMagnoMechanical(**change))
    # V_t is a reference and no state; to see what it would say, it is given as one.
    reference = js.DiffusedCycle(cycle.model, cycle.code, np.nan, cycle.amplitudes, cycle.transverse_covariance)
    for label, state in (("V_t", reference), ("state at t = 1100", cycle.at(1100.0))):
        negativities = ", ".join(
            f"{pair} {float(js.logarithmic_negativity(state, modes)):.4f}" for pair, modes in maps.PAIRS.items()
        )
        squeezing = ", ".join(f"{mode} {float(js.squeezing_db(state, mode)):+.2f}" for mode in cycle.model.modes)
        print(f"{name:18} {label:18} E_N: {negativities}; dB: {squeezing}")


def main():
    for effect in maps.LARGEST:
        show_map(effect)
    print()
    for effect in maps.LARGEST:
        show_motion(effect)
    print(f"\n{RANDOM} random points, detunings from -1.8 to 1.8, drives up to 60, |K| up to 1e-4")
    for gamma, largest_chi in ((5e-3, 0.02), (5e-3, 0.5), (1e-5, 0.5)):
        show_random(gamma, largest_chi)
    print("\nlimit cycles from vacuum")
    for name, change in CYCLES.items():
        show_cycle(name, change)


if __name__ == "__main__":
    main()
