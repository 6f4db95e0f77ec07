"""Claims of Figs. 1 and 2: one-way synchronization by light and by the magnetic field."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.measures.measure import Measure
from jaxsync.measures.nonreciprocity import contrast
from jaxsync.paper.claims import FAILS, HOLDS, IN_RANGE, NOT_SYNCHRONIZED, SYNCHRONIZED, Claim
from jaxsync.paper.evaluate import Evaluator, range_around
from jaxsync.paper.points import KERR, PAPER, SHIFT, SPEED, device
from jaxsync.states.limit_cycle import LimitCycle, find_limit_cycle
from jaxsync.states.outcome import Outcome
from jaxsync.sweeps.grid import sweep


def opposite_shift(evaluate: Evaluator, quick: bool) -> Claim:
    """Fig. 1c."""
    return Claim(
        name="opposite Sagnac shift",
        figure="1c",
        words="an opposite Sagnac-Fizeau shift",
        found=f"sigma_a = -{SHIFT:.4f} from the right and +{SHIFT:.4f} from the left at Omega = {SPEED:g} rad/s, "
        "linear in Omega, for the sphere assumed below.",
        verdict=HOLDS,
        numbers={"shift": SHIFT},
    )


def reciprocal_without_effects(evaluate: Evaluator, quick: bool) -> Claim:
    """Text on Fig. 1d: no difference between the directions without both effects, and its onset."""
    small = 1e-12  # far below any rate: a difference that does not vanish with the effects would show
    values = evaluate.s_q(
        [
            PAPER,
            PAPER.reversed(),
            *(device(sagnac=s) for s in (-small, small)),
            *(device(kerr=k) for k in (-small, small)),
        ]
    )
    difference = float(np.ptp(values))
    sizes = [1e-3, 1e-2, 1e-1]
    onset = [float(contrast(*evaluate.along("sagnac", [-s, s]))) for s in sizes]
    shown = ", ".join(f"{c:.2f} at |sigma_a| = {s:g}" for s, c in zip(sizes, onset, strict=True))
    return Claim(
        name="reciprocity at Omega = 0 and K = 0",
        figure="1d",
        words="In the absence (presence) of the Sagnac effect, S_Q is independent (dependent) of the driving direction",
        found=f"S_Q of the two directions differs by {difference:.0e} as both effects vanish. Contrast (right - left)/"
        f"(right + left) with rotation: {shown}; where it is negative the left is favoured.",
        verdict=HOLDS if difference < 1e-6 and abs(onset[-1]) > 0.5 else FAILS,
        numbers={"difference": difference, "contrast": dict(zip(map(str, sizes), onset, strict=True))},
    )


def one_way_light(evaluate: Evaluator, quick: bool) -> Claim:
    """Fig. 1d."""

    def holds(detunings):
        right = evaluate.along("delta_a", detunings, sagnac=-SHIFT)
        left = evaluate.along("delta_a", detunings, sagnac=SHIFT)
        return (right >= SYNCHRONIZED) & (left <= NOT_SYNCHRONIZED)

    low, high = range_around(holds, -1.0, -1.4, -0.6, quick)
    (right, left), (right_far, left_far) = (
        [float(evaluate.along("delta_a", [x], sagnac=s)[0]) for s in (-SHIFT, SHIFT)] for x in (-1.0, -1.3)
    )
    return Claim(
        name="one-way by light",
        figure="1d",
        words="by injecting light from the right of the fibre, no quantum synchronization happens by applying it from "
        "the left",
        found=f"Delta_a in ({low:.3f}, {high:.3f}); at -1.000 S_Q = {right:.3f} from the right, {left:.1e} from the "
        f"left. At -1.300 it is the other way round: {right_far:.3f} and {left_far:.3f}.",
        verdict=IN_RANGE if np.isfinite(low) else FAILS,
        numbers={"low": low, "high": high, "right": right, "left": left, "right_far": right_far, "left_far": left_far},
    )


def opposite_kerr_shift(evaluate: Evaluator, quick: bool) -> Claim:
    """Text on Fig. 2: the magnon shift sigma_m = 4 K N_m of Eq. (2)."""
    values = evaluate([device(kerr=k) for k in (-KERR, KERR)])
    magnons = (values["coupling_m"] / PAPER.g_m) ** 2
    shifts = 4 * np.array([-KERR, KERR]) * magnons
    return Claim(
        name="opposite magnon shift",
        figure="2",
        words="leads to an opposite shift",
        found=f"sigma_m = 4 K N_m = {shifts[0]:+.3f} and {shifts[1]:+.3f} with N_m = {magnons[0]:.0f} and "
        f"{magnons[1]:.0f} magnons (mean over the cycle) at K = -+{KERR:g}: opposite in sign, not in size.",
        verdict=HOLDS if shifts[0] < 0 < shifts[1] else FAILS,
        numbers={"shifts": shifts, "magnons": magnons},
    )


def one_way_field(evaluate: Evaluator, quick: bool) -> Claim:
    """Figs. 2a and 2b."""

    def holds(detunings):
        chosen = evaluate.along("delta_m", detunings, kerr=-KERR)
        other = evaluate.along("delta_m", detunings, kerr=KERR)
        return (chosen >= SYNCHRONIZED) & (other <= NOT_SYNCHRONIZED)

    low, high = range_around(holds, -1.0, -1.4, -0.6, quick)
    chosen, other = evaluate.along("kerr", [-KERR, KERR])
    far = [float(evaluate.along("delta_m", [-1.3], kerr=k)[0]) for k in (-KERR, KERR)]
    return Claim(
        name="one-way by magnetic field",
        figure="2a, 2b",
        words="around Delta_m/omega_1 = -1, nonreciprocal quantum synchronization happens",
        found=f"|K| = {KERR:g}: Delta_m in ({low:.3f}, {high:.3f}); at -1 S_Q = {chosen:.3f} for K < 0, {other:.1e} "
        f"for K > 0. At -1.300 it is the other way round: {far[0]:.1e} and {far[1]:.3f}.",
        verdict=IN_RANGE if np.isfinite(low) else FAILS,
        numbers={"low": low, "high": high, "chosen": float(chosen), "other": float(other), "far": far},
    )


def sharp_switch(evaluate: Evaluator, quick: bool) -> Claim:
    """Fig. 2c: where S_Q falls, and over which width."""
    ends = [
        range_around(lambda ks, level=level: evaluate.along("kerr", ks) >= level, -KERR, -KERR, 1e-5, quick)[1]
        for level in (SYNCHRONIZED, NOT_SYNCHRONIZED)
    ]
    grid = np.append(np.linspace(-1e-4, 1e-4, 17 if quick else 65), [-5e-6, 5e-6])
    values = evaluate.along("kerr", grid)
    weakest, strongest = float(values[grid <= -5e-6].min()), float(values[grid >= 5e-6].max())
    return Claim(
        name="sharp switch in K",
        figure="2c",
        words="The sharp switch between synchronization and unsynchronization",
        found=f"S_Q falls below {SYNCHRONIZED:g} at K = {ends[0]:.2e} and below {NOT_SYNCHRONIZED:g} at "
        f"{ends[1]:.2e}. For |K| from 5e-6 to 1e-4 it is at least {weakest:.2f} at K < 0 and at most {strongest:.1e} "
        "at K > 0. With the full noise the switch lies just below K = 0 (last table).",
        verdict=HOLDS if weakest >= SYNCHRONIZED > strongest and ends[1] < 1e-5 else FAILS,
        numbers={"at_0.1": ends[0], "at_0.02": ends[1], "lowest_below": weakest, "highest_above": strongest},
    )


def like_a_transition(evaluate: Evaluator, quick: bool) -> Claim:
    """Text on Fig. 2c: is it a transition of the state, or of the basin that vacuum lies in?"""
    values = np.linspace(-KERR, 1e-4, 61 if quick else 241)
    branch = sweep(
        Measure(lambda model: amplitude_ratio(find_limit_cycle(model, throw=False)), of_cycle=amplitude_ratio),
        PAPER,
        {"kerr": values},
        along="kerr",
    )
    followed = (branch["start"].values == 1) & (branch["outcome"].values == Outcome.LIMIT_CYCLE)
    followed[0] = True  # where it begins, from vacuum
    last = float(values[-1] if followed.all() else values[np.argmin(followed) - 1])
    end, reach = float(branch["ratio"].sel(kerr=last)), "at least " if followed.all() else ""
    pairs = evaluate([device(kerr=-KERR), device(kerr=KERR)])
    below, above = pairs["amplitude_b1"] / pairs["amplitude_b2"]
    return Claim(
        name="like a phase transition",
        figure="2c",
        words="resembles a kind of dynamical phase transition",
        found=f"From vacuum the cycle changes from |b1|/|b2| = {below:.2f} at K = -{KERR:g} to {above:.2f} at "
        f"+{KERR:g}; but the first cycle does not end there: followed upwards in K it stays stable up to "
        f"{reach}K = {last:.2e} (|b1|/|b2| = {end:.2f}). What switches is the basin that "
        "vacuum lies in: a statement about the start.",
        verdict=IN_RANGE,
        numbers={"ratio_below": float(below), "ratio_above": float(above), "followed_to": last, "ratio_there": end},
    )


def amplitude_ratio(cycle: LimitCycle) -> dict[str, jax.Array]:
    """|b1| / |b2| over a cycle."""
    squares = jnp.mean(jnp.abs(cycle.amplitudes) ** 2, axis=0)
    return {"ratio": jnp.sqrt(squares[2] / squares[3])}


ROWS = (
    opposite_shift,
    reciprocal_without_effects,
    one_way_light,
    opposite_kerr_shift,
    one_way_field,
    sharp_switch,
    like_a_transition,
)
