"""The command `jaxsync solve`."""

import dataclasses

import tyro

from jaxsync.attractors.basins import find_attractors
from jaxsync.attractors.summary import describe_ensemble, describe_point
from jaxsync.cli.flags import Parameters, given
from jaxsync.cli.spectrum import describe_spectrum, spectrum_lines
from jaxsync.errors import InputError
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.outputs import made_with, to_json
from jaxsync.states.settings import Settings


def solve(
    parameters: tyro.conf.OmitArgPrefixes[Parameters] = Parameters(),  # type: ignore[valid-type]
    json: bool = False,
    attractors: int = 0,
    ensemble: int = 0,
    spectrum: bool = False,
    seed: int = 0,
) -> None:
    """One parameter point, in both directions of the input: the state from vacuum, S_Q, S_p, couplings, multipliers.

    Args:
        parameters: In units of omega_1; those not given are the paper's.
        json: Print JSON instead of a table.
        attractors: Also look for coexisting attractors, from this many starts.
        ensemble: Also check with this many truncated-Wigner trajectories whether the state survives the noise.
        spectrum: Also say what a spectrum analyser shows at each port.
        seed: Of the random starts and of the noise.
    """
    if attractors < 0 or ensemble < 0:
        raise InputError("Arguments `attractors` and `ensemble` must be zero, for none, or more.")
    # Made here and not by the argument parser, which would keep the sentence of an error to itself.
    model = OptoMagnoMechanical(**given(parameters))
    settings, answer = Settings(), {}
    for direction, device in (("forward", model), ("reversed", model.reversed())):
        if direction == "reversed" and device == model:
            answer[direction] = answer["forward"]  # nothing tells the directions apart
            continue
        answer[direction] = describe_point(device, settings)
        if attractors:
            found = find_attractors(device, attractors, seed, progress=True, settings=settings)
            answer[direction]["attractors"] = found
        if ensemble:
            answer[direction]["ensemble"] = describe_ensemble(device, ensemble, seed, progress=True, settings=settings)
        if spectrum:
            answer[direction]["spectrum"] = describe_spectrum(device, settings)
    if json:
        record = made_with(parameters=model, start="vacuum", window=model.window, settings=settings, seed=seed)
        if attractors:
            for point in answer.values():  # the table, without the orbits and covariances behind it
                point["attractors"] = [dataclasses.replace(a, state=None) for a in point["attractors"]]
        print(to_json(answer | {"made_with": record}))
        return
    print(_table(model, answer["forward"], answer["reversed"]))
    for direction, point in answer.items():
        if attractors:
            print(f"\nattractors, {direction}:\n{point['attractors']}")
        if ensemble:
            print(f"\nensemble, {direction}:\n{_ensemble_lines(point['ensemble'])}")
        if spectrum:
            print(f"\nspectrum, {direction}:\n{spectrum_lines(point['spectrum'])}")


def _table(model, forward, backward):
    changed = [
        f"{f.name}={getattr(model, f.name):g}" for f in dataclasses.fields(model) if getattr(model, f.name) != f.default
    ]
    t0, t1 = model.window
    rows = [("", "forward", "reversed"), ("state from vacuum", forward["state"], backward["state"])]
    for label, key in (
        (f"S_Q, mean over t in [{t0:g}, {t1:g}]", "s_q_window"),
        ("S_Q, phase-referenced", "s_q_phase_referenced"),
        ("S_p, same window", "s_p_window"),
        ("S_p, phase-referenced", "s_p_phase_referenced"),
        ("period", "period"),
        ("phase diffusion D", "phase_diffusion"),
    ):
        rows.append((label, _number(forward[key]), _number(backward[key])))
    for name in forward["couplings"]:
        rows.append((f"coupling G_{name}", *(_number(p["couplings"][name]) for p in (forward, backward))))
    for k in range(max(len(forward["multipliers"]), len(backward["multipliers"]))):
        moduli = [_number(abs(p["multipliers"][k])) if p["multipliers"] else "-" for p in (forward, backward)]
        rows.append((f"|multiplier {k + 1}|", *moduli))
    rest = ["stable" if p["fixed_point"]["stable"] else "unstable" for p in (forward, backward)]
    rows.append(("fixed point near zero", *rest))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"parameters: {', '.join(changed) or 'the defaults'} (units of omega_1)", "", *lines])


def _ensemble_lines(found):
    shares = ", ".join(f"{part['share']:.1%} {part['outcome']}" for part in found["attractors"])
    return (
        f"S_Q = {found['s_q']:.4g} +- {found['s_q_error']:.2g}, S_p = {found['s_p']:.4g} +- {found['s_p_error']:.2g}, "
        f"means over the window; {found['trajectories']} trajectories, {found['diverged']} diverged\n"
        f"they end in {len(found['attractors'])} attractor(s): {shares}"
    )


def _number(value):
    return f"{value:.6g}" if value == value else "-"
