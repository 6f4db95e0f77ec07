"""What the paper leaves open, or to its Supplementary Information: what is taken here, and what depends on it."""

import numpy as np

from jaxsync.attractors.basins import find_attractors
from jaxsync.measures.synchronization import complete_synchronization
from jaxsync.measures.window import window_on_cycle
from jaxsync.models.optomagnomechanical import sagnac_shift
from jaxsync.paper.claims import NOT_SYNCHRONIZED, SYNCHRONIZED, Assumption
from jaxsync.paper.evaluate import Evaluator, range_around
from jaxsync.paper.points import KERR, OMEGA_1, PAPER, SHIFT, SPEED, SPHERE, device
from jaxsync.states.limit_cycle import find_limit_cycle

RATES = ("kappa_a", "kappa_m", "gamma_1", "gamma_2")


def sagnac_geometry(evaluate: Evaluator, quick: bool) -> Assumption:
    """Radius, index and wavelength of the sphere, and its dispersion."""

    def holds(shifts):
        right, left = (evaluate.along("sagnac", sign * np.asarray(shifts)) for sign in (-1, 1))
        return (right >= SYNCHRONIZED) & (left <= NOT_SYNCHRONIZED)

    low, high = range_around(holds, SHIFT, 0.0, 2.5, quick)
    # One per cent of the index within the dispersion term, as the paper says of it.
    dispersion = -0.01 * SPHERE["refractive_index"] / SPHERE["wavelength"]
    dispersed = float(sagnac_shift(SPEED, **SPHERE, dispersion=dispersion)) / OMEGA_1
    return Assumption(
        name="Sagnac geometry",
        left_open="Fig. 1c, d: radius, index and wavelength of the silica sphere; the dispersion term",
        taken=f"r = {SPHERE['radius'] * 1e3:g} mm, index {SPHERE['refractive_index']:g}, "
        f"{SPHERE['wavelength'] * 1e9:g} nm, no dispersion: |sigma_a| = {SHIFT:.4f}",
        effect=f"At Delta_a = {PAPER.delta_a:g} light is one-way for |sigma_a| in ({low:.3f}, {high:.3f}), which is "
        f"radii from {low / SHIFT * SPHERE['radius'] * 1e3:.2f} to {high / SHIFT * SPHERE['radius'] * 1e3:.2f} mm. A "
        f"dispersion term of -0.01 makes |sigma_a| = {dispersed:.4f}.",
        numbers={"shift": SHIFT, "low": low, "high": high, "with_dispersion": dispersed},
    )


def unit_of_speed(evaluate: Evaluator, quick: bool) -> Assumption:
    """Omega = 6 kHz as an angular speed or a rate of turns."""
    turns = 2 * np.pi * SHIFT
    right, left = evaluate.along("sagnac", [-turns, turns])
    return Assumption(
        name="unit of the speed",
        left_open="Fig. 1: whether Omega = 6 kHz counts radians or turns",
        taken="6e3 rad/s",
        effect=f"Turns would make |sigma_a| = {turns:.2f}; then at Delta_a = {PAPER.delta_a:g} S_Q is {right:.2g} "
        f"from the right and {left:.2g} from the left.",
        numbers={"shift": turns, "right": float(right), "left": float(left)},
    )


def averaging_window(evaluate: Evaluator, quick: bool) -> Assumption:
    """The times over which S_Q is averaged."""
    windows = [PAPER.window, (2000.0, 2200.0), (5000.0, 5200.0), (20000.0, 20200.0)]
    points = {"K = -2e-5": device(kerr=-KERR), "K = 0": PAPER, "K = +2e-5": device(kerr=KERR)}
    values, limits = {}, {}
    for name, model in points.items():
        cycle = find_limit_cycle(model)
        values[name] = [float(window_on_cycle(cycle, window)) for window in windows]
        limits[name] = float(complete_synchronization(cycle))
    shown = "; ".join(f"{name}: {', '.join(f'{v:.2g}' for v in row)}" for name, row in values.items())
    referenced = ", ".join(f"{v:.3f}" for v in limits.values())
    return Assumption(
        name="averaging window",
        left_open="all figures: over which times S_Q is averaged",
        taken=f"the mean of S_Q(t) over t in [{PAPER.window[0]:g}, {PAPER.window[1]:g}], behind the transient",
        effect=f"For windows of 200 from t = {', '.join(f'{w[0]:g}' for w in windows)}: {shown}. S_Q of a "
        f"free-running cycle falls for ever as its phase diffuses; with the phase known it is {referenced}.",
        numbers={"windows": windows, "s_q": values, "phase_referenced": limits},
    )


def start(evaluate: Evaluator, quick: bool) -> Assumption:
    """Which of the coexisting attractors is meant."""
    starts = 16 if quick else 64
    found, shown = {}, []
    for name, kerr in (("K = -2e-5", -KERR), ("K = +2e-5", KERR)):
        attractors = find_attractors(device(kerr=kerr), starts, seed=0)
        found[name] = [{"share": a.share, "s_q": a.s_q, "phase": a.relative_phase} for a in attractors]
        shown.append(f"{name}: " + ", ".join(f"{a.share:.0%} with {a.s_q:.2f}" for a in attractors))
    return Assumption(
        name="start",
        left_open="all figures: the state at t = 0",
        taken="vacuum: all amplitudes zero, variances n + 1/2",
        effect=f"Several attractors coexist. Shares of {starts} random starts and phase-referenced S_Q: "
        f"{'; '.join(shown)}.",
        numbers=found,
    )


def effective_coupling(evaluate: Evaluator, quick: bool) -> Assumption:
    """The definition of G."""
    numbers = {}
    for name, kerr in (("K = -2e-5", -KERR), ("K = +2e-5", KERR)):
        orbit = np.asarray(find_limit_cycle(device(kerr=kerr)).amplitudes)[:, :2]
        means = (
            np.sqrt(np.mean(np.abs(orbit) ** 2, axis=0)),
            np.mean(np.abs(orbit), axis=0),
            np.abs(np.mean(orbit, axis=0)),
        )
        numbers[name] = [(PAPER.g_a * float(a), PAPER.g_m * float(m)) for a, m in means]
    shown = "; ".join(f"{name}: {', '.join(f'({a:.3f}, {m:.3f})' for a, m in rows)}" for name, rows in numbers.items())
    return Assumption(
        name="effective couplings",
        left_open="Fig. 3f: the definition of G, which the paper leaves to its Supplementary Information",
        taken="G = g times the root mean square of |<o>| over the cycle",
        effect=f"(G_a, G_m) by root mean square, by mean modulus, and by modulus of the mean: {shown}.",
        numbers=numbers,
    )


def decay_convention(evaluate: Evaluator, quick: bool) -> Assumption:
    """Amplitude or energy decay rates."""
    halved = PAPER.replace(**{name: getattr(PAPER, name) / 2 for name in RATES})
    pairs = [(device(kerr=k), halved.replace(kerr=k)) for k in (-KERR, KERR)]
    (amplitude, energy), (amplitude_other, energy_other) = (evaluate.s_q(pair) for pair in pairs)
    right, left = evaluate.s_q([halved.replace(sagnac=s) for s in (-SHIFT, SHIFT)])
    return Assumption(
        name="decay rates",
        left_open="Fig. 1: whether kappa and gamma are rates of the amplitude or of the energy",
        taken="of the amplitude, with input noise sqrt(2 kappa)",
        effect=f"S_Q at K = -+{KERR:g} is {amplitude:.3f} and {amplitude_other:.1e}; with rates of the energy "
        f"{energy:.2g} and {energy_other:.2g}, and {right:.2g} and {left:.2g} for light from the right and left: the "
        "paper's statements would fail.",
        numbers={"field": [float(energy), float(energy_other)], "light": [float(right), float(left)]},
    )


def mass(evaluate: Evaluator, quick: bool) -> Assumption:
    """What a heavier sphere changes besides g."""
    ratios, shown = [1.2, 1.5, 2.0], []
    values = {}
    for kerr in (0.0, -KERR):
        plain = evaluate.along("rho", ratios, kerr=kerr)
        softer = evaluate.s_q([device(rho=r, kerr=kerr, chi=PAPER.chi / r) for r in ratios])
        values[f"K = {kerr:g}"] = {"fixed": plain, "scaled": softer}
        shown.append(f"K = {kerr:g}: " + ", ".join(f"{a:.2g} and {b:.2g}" for a, b in zip(plain, softer, strict=True)))
    return Assumption(
        name="mass",
        left_open="Fig. 3a: which parameters depend on the mass",
        taken="g proportional to 1/sqrt(rho), from the zero-point motion, at fixed frequencies, rates and chi",
        effect=f"S_Q at rho = {', '.join(f'{r:g}' for r in ratios)} with chi fixed and with chi proportional to 1/rho: "
        f"{'; '.join(shown)}.",
        numbers=values,
    )


def strength(evaluate: Evaluator, quick: bool) -> Assumption:
    """|K| of the figures that do not state it."""
    sizes = [1e-5, KERR, 4e-5, 1e-4]
    pairs = [evaluate.along("kerr", [-k, k]) for k in sizes]
    shown = ", ".join(f"{a:.2f} and {b:.1e} at {k:g}" for k, (a, b) in zip(sizes, pairs, strict=True))
    return Assumption(
        name="strength of the Kerr effect",
        left_open="Figs. 2b, 3a, 3b: |K|",
        taken=f"{KERR:g}, which the paper states for Fig. 3d",
        effect=f"S_Q at Delta_m = -1 for K < 0 and K > 0: {shown}.",
        numbers={"kerr": sizes, "s_q": pairs},
    )


ROWS = (
    sagnac_geometry,
    unit_of_speed,
    averaging_window,
    start,
    effective_coupling,
    decay_convention,
    mass,
    strength,
)
