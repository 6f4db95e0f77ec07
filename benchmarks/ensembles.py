"""Truncated-Wigner ensembles of 1,500 against linear theory, in the window: python -m benchmarks.ensembles"""

import time

import numpy as np

import jaxsync as js

TRAJECTORIES, SEED = 1500, 0
POINTS = {"kerr=-2e-5": {"kerr": -2e-5}, "kerr=0": {}, "kerr=2e-5": {"kerr": 2e-5}}


def main():
    times = np.linspace(1000.0, 1200.0, 41)
    for name, change in POINTS.items():
        model = js.OptoMagnoMechanical(**change)
        began = time.perf_counter()
        ensemble = js.simulate_ensemble(model, times, TRAJECTORIES, SEED, progress=True)
        seconds = time.perf_counter() - began
        value = float(js.complete_synchronization(ensemble).mean())
        error = float(ensemble.standard_error(lambda e: js.complete_synchronization(e).mean()))
        linear = float(js.window_synchronization(model))
        print(f"{name}: S_Q {value:.4g} +- {error:.2g}, linear {linear:.4g}; {seconds:.0f} s\n{ensemble}", flush=True)


if __name__ == "__main__":
    main()
