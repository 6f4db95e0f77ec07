"""What the paper leaves open, or to its Supplementary Information: what is taken here, and what depends on it."""

import numpy as np

from jaxsync.attractors.basins import find_attractors
from jaxsync.measures.synchronization import complete_synchronization
from jaxsync.measures.window import window_on_cycle
from jaxsync.models.optomagnomechanical import sagnac_shift
from jaxsync.paper.claim import Assumption, Effect, one_way
from jaxsync.paper.context import Context
from jaxsync.paper.ending import how_it_ends
from jaxsync.paper.points import KERR, OMEGA_1, PAPER, SHIFT, SPEED, SPHERE, device
from jaxsync.states.limit_cycle import find_limit_cycle

RATES = ("kappa_a", "kappa_m", "gamma_1", "gamma_2")


def sagnac_geometry(context: Context) -> Effect:
    """Radius, index and wavelength of the sphere, and its dispersion."""

    def holds(shifts):
        right, left = (context.along("sagnac", sign * np.asarray(shifts)) for sign in (-1, 1))
        return one_way(right, left)

    low, high = context.range_around(holds, "sagnac", SHIFT, low=0.0)
    # One per cent of the index within the dispersion term, as the paper says of it.
    dispersion = -0.01 * SPHERE["refractive_index"] / SPHERE["wavelength"]
    dispersed = float(sagnac_shift(SPEED, **SPHERE, dispersion=dispersion)) / OMEGA_1
    return Effect(
        f"At Delta_a = {PAPER.delta_a:g} light is one-way for |sigma_a| in ({low:.3f}, {high:.3f}), which is "
        f"radii from {low / SHIFT * SPHERE['radius'] * 1e3:.2f} to {high / SHIFT * SPHERE['radius'] * 1e3:.2f} mm. A "
        f"dispersion term of -0.01 makes |sigma_a| = {dispersed:.4f}.",
        {"shift": SHIFT, "low": low, "high": high, "with_dispersion": dispersed},
    )


def unit_of_speed(context: Context) -> Effect:
    """Omega = 6 kHz as an angular speed or a rate of turns."""
    turns = 2 * np.pi * SHIFT
    right, left = context.along("sagnac", [-turns, turns])
    return Effect(
        f"Turns would make |sigma_a| = {turns:.2f}; then at Delta_a = {PAPER.delta_a:g} S_Q is {right:.2g} "
        f"from the right and {left:.2g} from the left.",
        {"shift": turns, "right": float(right), "left": float(left)},
    )


def averaging_window(context: Context) -> Effect:
    """The times over which S_Q is averaged."""
    windows = [PAPER.window, (2000.0, 2200.0), (5000.0, 5200.0), (20000.0, 20200.0)]
    points = {"K = -2e-5": device(kerr=-KERR), "K = 0": PAPER, "K = +2e-5": device(kerr=KERR)}
    values, limits = {}, {}
    for name, model in points.items():
        cycle = find_limit_cycle(model, settings=context.settings)
        values[name] = [float(window_on_cycle(cycle, window)) for window in windows]
        limits[name] = float(complete_synchronization(cycle))
    shown = "; ".join(f"{name}: {', '.join(f'{v:.2g}' for v in row)}" for name, row in values.items())
    referenced = ", ".join(f"{v:.3f}" for v in limits.values())
    return Effect(
        f"For windows of 200 from t = {', '.join(f'{w[0]:g}' for w in windows)}: {shown}. S_Q of a "
        f"free-running cycle falls for ever as its phase diffuses; with the phase known it is {referenced}.",
        {"windows": windows, "s_q": values, "phase_referenced": limits},
    )


def start(context: Context) -> Effect:
    """Which of the coexisting attractors is meant."""
    starts = context.resolution.starts
    found, shown = {}, []
    for name, kerr in (("K = -2e-5", -KERR), ("K = +2e-5", KERR)):
        attractors = find_attractors(device(kerr=kerr), starts, seed=0, settings=context.settings)
        found[name] = [{"share": a.share, "s_q": a.s_q, "phase": a.relative_phase} for a in attractors]
        shown.append(f"{name}: " + ", ".join(f"{a.share:.0%} with {a.s_q:.2f}" for a in attractors))
    return Effect(
        f"Several attractors coexist. Shares of {starts} random starts and phase-referenced S_Q: {'; '.join(shown)}.",
        found,
    )


def effective_coupling(context: Context) -> Effect:
    """The definition of G."""
    numbers = {}
    for name, kerr in (("K = -2e-5", -KERR), ("K = +2e-5", KERR)):
        orbit = np.asarray(find_limit_cycle(device(kerr=kerr), settings=context.settings).amplitudes)[:, :2]
        means = (
            np.sqrt(np.mean(np.abs(orbit) ** 2, axis=0)),
            np.mean(np.abs(orbit), axis=0),
            np.abs(np.mean(orbit, axis=0)),
        )
        numbers[name] = [(PAPER.g_a * float(a), PAPER.g_m * float(m)) for a, m in means]
    shown = "; ".join(f"{name}: {', '.join(f'({a:.3f}, {m:.3f})' for a, m in rows)}" for name, rows in numbers.items())
    return Effect(
        f"(G_a, G_m) by root mean square, by mean modulus, and by modulus of the mean: {shown}.",
        numbers,
    )


def decay_convention(context: Context) -> Effect:
    """Amplitude or energy decay rates."""
    halved = PAPER.replace(**{name: getattr(PAPER, name) / 2 for name in RATES})
    pairs = [(device(kerr=k), halved.replace(kerr=k)) for k in (-KERR, KERR)]
    (amplitude, energy), (amplitude_other, energy_other) = (context.s_q(pair) for pair in pairs)
    right, left = context.s_q([halved.replace(sagnac=s) for s in (-SHIFT, SHIFT)])
    return Effect(
        f"S_Q at K = -+{KERR:g} is {amplitude:.3f} and {amplitude_other:.1e}; with rates of the energy "
        f"{energy:.2g} and {energy_other:.2g}, and {right:.2g} and {left:.2g} for light from the right and left: the "
        "paper's statements would fail.",
        {"field": [float(energy), float(energy_other)], "light": [float(right), float(left)]},
    )


def mass(context: Context) -> Effect:
    """What a heavier sphere changes besides g."""
    ratios, shown = [1.2, 1.5, 2.0], []
    values = {}
    for kerr in (0.0, -KERR):
        plain = context.along("rho", ratios, kerr=kerr)
        softer = context.s_q([device(rho=r, kerr=kerr, chi=PAPER.chi / r) for r in ratios])
        values[f"K = {kerr:g}"] = {"fixed": plain, "scaled": softer}
        shown.append(f"K = {kerr:g}: " + ", ".join(f"{a:.2g} and {b:.2g}" for a, b in zip(plain, softer, strict=True)))
    return Effect(
        f"S_Q at rho = {', '.join(f'{r:g}' for r in ratios)} with chi fixed and with chi proportional to 1/rho: "
        f"{'; '.join(shown)}.",
        values,
    )


def strength(context: Context) -> Effect:
    """|K| of the figures that do not state it."""
    sizes = [1e-5, KERR, 4e-5, 1e-4]
    pairs = [context.along("kerr", [-k, k]) for k in sizes]
    shown = ", ".join(f"{a:.2f} and {b:.1e} at {k:g}" for k, (a, b) in zip(sizes, pairs, strict=True))
    return Effect(
        f"S_Q at Delta_m = -1 for K < 0 and K > 0: {shown}.",
        {"kerr": sizes, "s_q": pairs},
    )


ASSUMPTIONS = (
    Assumption(
        "Sagnac geometry",
        "Fig. 1c, d: radius, index and wavelength of the silica sphere; the dispersion term",
        f"r = {SPHERE['radius'] * 1e3:g} mm, index {SPHERE['refractive_index']:g}, "
        f"{SPHERE['wavelength'] * 1e9:g} nm, no dispersion: |sigma_a| = {SHIFT:.4f}",
        sagnac_geometry,
    ),
    Assumption(
        "unit of the speed",
        "Fig. 1: whether Omega = 6 kHz counts radians or turns",
        "6e3 rad/s",
        unit_of_speed,
    ),
    Assumption(
        "averaging window",
        "all figures: over which times S_Q is averaged",
        f"the mean of S_Q(t) over t in [{PAPER.window[0]:g}, {PAPER.window[1]:g}], behind the transient",
        averaging_window,
    ),
    Assumption(
        "start",
        "all figures: the state at t = 0",
        "vacuum: all amplitudes zero, variances n + 1/2",
        start,
    ),
    Assumption(
        "effective couplings",
        "Fig. 3f: the definition of G, which the paper leaves to its Supplementary Information",
        "G = g times the root mean square of |<o>| over the cycle",
        effective_coupling,
    ),
    Assumption(
        "decay rates",
        "Fig. 1: whether kappa and gamma are rates of the amplitude or of the energy",
        "of the amplitude, with input noise sqrt(2 kappa)",
        decay_convention,
    ),
    Assumption(
        "mass",
        "Fig. 3a: which parameters depend on the mass",
        "g proportional to 1/sqrt(rho), from the zero-point motion, at fixed frequencies, rates and chi",
        mass,
    ),
    Assumption(
        "strength of the Kerr effect",
        "Figs. 2b, 3a, 3b: |K|",
        f"{KERR:g}, which the paper states for Fig. 3d",
        strength,
    ),
    Assumption(
        "end of synchronization",
        "Figs. 1d, 2a, 2b: in which way synchronization is lost where its range ends",
        "the cycle of the paper's point followed along K, Delta_a and omega_2 to where it is no longer stable",
        how_it_ends,
    ),
)
