"""The command `jaxsync follow`."""

from pathlib import Path

import tyro

from jaxsync.attractors.bifurcations import Bifurcation
from jaxsync.attractors.borders import Border, follow_border
from jaxsync.attractors.branch import Branch
from jaxsync.attractors.branch import follow as follow_branch
from jaxsync.cli.flags import Parameters, given
from jaxsync.errors import ConvergenceError, InputError
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.numerics.critical import Kind
from jaxsync.outputs import made_with, prepare_folder, write_json, write_whole


def follow(
    parameters: tyro.conf.OmitArgPrefixes[Parameters] = Parameters(),  # type: ignore[valid-type]
    field: tyro.conf.UseAppendAction[tuple[str, ...]] = (),
    quantity: str = "s_q",
    points: int = 400,
    out: Path = Path("jaxsync-out"),
    force: bool = False,
    quiet: bool = False,
) -> None:
    """The state from vacuum along a field, through folds, with its bifurcations; with two fields, their borders.

    Args:
        parameters: In units of omega_1; those not given are the paper's.
        field: omega_2=0.9:1.1 (low, high), which must hold the field's value; a second one for borders in both.
        quantity: What the picture of a branch shows: s_q, period, phase_diffusion, or a mode's name for its size.
        points: Most points in each direction.
        out: Folder for follow.csv, follow.json, follow.png and, with two fields, border-1.csv and so on.
        force: Replace files that are there.
        quiet: Show no progress.
    """
    if len(field) not in (1, 2):
        raise InputError("Argument `field` must be given once, for a branch, or twice, for borders: NAME=LOW:HIGH.")
    ranges = dict(map(_read_range, field))
    if len(ranges) != len(field):
        raise InputError(f"Argument `field` names {next(iter(ranges))} twice; name two different fields.")
    model = OptoMagnoMechanical(**given(parameters))
    prepare_folder(out, ["follow.csv", "follow.json", "follow.png"], force)
    name = next(iter(ranges))
    branch = follow_branch(model, name, ranges[name], points=points, progress=not quiet)
    print(f"{branch}\nends: {branch.ends[0]}; {branch.ends[1]}")
    for special in branch.bifurcations:
        print(special)
    borders = _borders(branch, ranges, points, quiet) if len(ranges) == 2 else []
    _write(out, model, branch, borders, quantity)
    print(out)


def _read_range(text: str) -> tuple[str, tuple[float, float]]:
    """NAME=LOW:HIGH."""
    name, _, rest = text.partition("=")
    try:
        low, high = (float(number) for number in rest.split(":"))
    except ValueError:
        raise InputError(f"Argument `field` must be NAME=LOW:HIGH, such as omega_2=0.9:1.1, but is {text!r}.") from None
    return name, (low, high)


def _borders(branch: Branch, ranges: dict, points: int, quiet: bool) -> list[Border]:
    """The borders of the bifurcations at which the branch is lost or regained; what has none is said."""
    names = tuple(ranges)
    found: list[Border] = []
    for special in filter(lambda special: _ends_stability(branch, special), branch.bifurcations):
        try:
            border = follow_border(special, names, [ranges[n] for n in names], points=points, progress=not quiet)
        except ConvergenceError as error:
            print(error)
            continue
        print(border)
        found.append(border)
    return found


def _ends_stability(branch: Branch, special: Bifurcation) -> bool:
    """Whether a stable state ends there; a branch point has no border."""
    sides = branch.stable[max(special.after, 0) : special.after + 2]
    return special.kind is not Kind.BRANCH_POINT and bool(sides.any()) and not (len(sides) == 2 and sides.all())


def _write(out: Path, model: OptoMagnoMechanical, branch: Branch, borders: list[Border], quantity: str) -> None:
    import matplotlib  # here: whoever only reads the help does without

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from jaxsync.plots.branches import draw_borders, plot_branch

    data = branch.to_dataset().drop_dims(["bifurcation"])
    sizes = {f"size_{mode}": data["size"].sel(mode=mode, drop=True) for mode in branch.model.modes}
    rows = data.drop_dims("mode").assign(sizes).to_dataframe()
    write_whole(out / "follow.csv", rows.to_csv)
    for number, border in enumerate(borders, start=1):
        table = border.to_dataset().to_dataframe()
        write_whole(out / f"border-{number}.csv", lambda path, table=table: table.to_csv(path))
    figure, ax = plt.subplots()
    if borders:
        x, y = borders[0].fields
        draw_borders(borders, x, y, ax)
        ax.autoscale()
        ax.set_xlabel(x)
        ax.set_ylabel(y)
    else:
        plot_branch(branch, quantity, ax)
    write_whole(out / "follow.png", lambda path: figure.savefig(path, dpi=150, bbox_inches="tight"))
    plt.close(figure)
    specials = [
        {"kind": b.kind.value, "value": b.value, "frequency": b.frequency, "after": b.after}
        for b in branch.bifurcations
    ]
    record = made_with(parameters=model, start="vacuum", field=branch.field, ends=branch.ends)
    found = [{"kind": b.kind, "fields": b.fields, "ends": b.ends, "points": len(b.values)} for b in borders]
    write_json(out / "follow.json", {"bifurcations": specials, "borders": found, "made_with": record})
