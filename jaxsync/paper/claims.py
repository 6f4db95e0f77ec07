"""The audit: what the paper says that this model can test, with the numbers found and a verdict.

`jaxsync reproduce --claims` writes it as JSON and Markdown. The rows are in `claims_direction`, `claims_rescue`,
`claims_basis`, and what the paper leaves open in `assumptions`.
"""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jaxsync.outputs import made_with, prepare_folder, write_json, write_whole
from jaxsync.paper.ensembles import kept
from jaxsync.paper.evaluate import Evaluator
from jaxsync.paper.points import PAPER
from jaxsync.states.settings import Settings

HOLDS = "holds"
IN_RANGE = "holds within a stated range"
FAILS = "does not hold"

SYNCHRONIZED, NOT_SYNCHRONIZED = 0.1, 0.02
"""What counts as synchronized, at least, and as not, at most: the paper's "S_Q > 0" and "S_Q = 0" cannot be told apart
in numbers, where S_Q is never zero."""

FACTOR, ERRORS = 1.5, 3.0
"""Linear theory and ensemble disagree where they differ by more than this factor, and by this many standard errors or
with trajectories in several attractors: a few outliers decide then, and the bootstrap's errors are no measure."""


@dataclasses.dataclass(frozen=True)
class Claim:
    """A statement of the paper by figure, a few of its words, what was found, and the verdict; `numbers` by name."""

    name: str
    figure: str
    words: str
    found: str
    verdict: str
    numbers: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Assumption:
    """What the paper leaves open, what is taken here, and what depends on it; `numbers` by name."""

    name: str
    left_open: str
    taken: str
    effect: str
    numbers: dict[str, Any]


Row = Callable[[Evaluator, bool], Claim]


def audit(quick: bool = False, progress: bool = True) -> dict[str, Any]:
    """All rows: claims, assumptions, and the points where linear theory and the ensemble disagree.

    quick: coarser scans and bisections, fewer random devices.
    """
    # They take Claim and Assumption from here.
    from jaxsync.paper import assumptions, claims_basis, claims_direction, claims_rescue

    evaluate = Evaluator()

    def each(rows):
        for row in rows:
            if progress:
                print(row.__name__, flush=True)
            yield row(evaluate, quick)

    claims = [*each(claims_direction.ROWS), *each(claims_rescue.ROWS), *each(claims_basis.ROWS)]
    return {
        "claims": claims,
        "assumptions": list(each(assumptions.ROWS)),
        "ensembles": [point | {"disagrees": disagrees(point)} for point in kept()],
        "made_with": made_with(
            quick=quick,
            start="vacuum",
            window=PAPER.window,
            settings=Settings(),
            parameters=PAPER,
            synchronized=SYNCHRONIZED,
            not_synchronized=NOT_SYNCHRONIZED,
            points=len(evaluate),
        ),
    }


def disagrees(point: dict[str, Any]) -> bool:
    """Whether linear theory fails at a point of `ensembles.kept`."""
    low, high = sorted([point["linear"], point["s_q"]])
    apart = high - low > ERRORS * point["s_q_error"] or len(point["attractors"]) > 1
    return high > FACTOR * low and apart


def write_claims(folder: Path, *, quick: bool = False, force: bool = False, progress: bool = True) -> list[Path]:
    """Write `audit` as claims.json and claims.md in `folder`; returns the files.

    Raises `InputError` before any computing if the folder cannot be written, or a file is there without `force`.
    """
    paths = [folder / "claims.json", folder / "claims.md"]
    prepare_folder(folder, [path.name for path in paths], force)
    answer = audit(quick, progress)
    write_json(paths[0], answer)
    write_whole(paths[1], lambda path: path.write_text(to_markdown(answer), encoding="utf-8"))
    return paths


def to_markdown(answer: dict[str, Any]) -> str:
    """The answer of `audit` as a page."""
    versions = answer["made_with"]["versions"]
    mode = " --quick" if answer["made_with"]["quick"] else ""
    lines = [
        "# The paper's statements, tested",
        "",
        f"Written by `jaxsync reproduce --claims{mode}` (jaxsync {versions['jaxsync']}, jax {versions['jax']}); "
        "claims.json has the same numbers with all digits. The paper is D.-G. Lai, A. Miranowicz and F. Nori, Nat. "
        "Commun. 16, 8491 (2025).",
        "",
        "S_Q is that of linear theory from vacuum, averaged over t in "
        f"[{PAPER.window[0]:g}, {PAPER.window[1]:g}]/omega_1, unless said otherwise. Synchronized means S_Q >= "
        f"{SYNCHRONIZED}, not synchronized S_Q <= {NOT_SYNCHRONIZED}. "
        "Frequencies and rates are in units of omega_1. Ranges are connected ranges around the paper's point, their "
        "ends found by bisection; parameters that are not named are the paper's.",
        "",
        *_table(
            ("figure", "the paper", "verdict", "found"),
            [(c.figure, f"“{c.words}”", f"**{c.verdict}**", c.found) for c in answer["claims"]],
        ),
        "",
        "## What the paper leaves open",
        "",
        "Its Supplementary Information was not at hand; what only that says is an assumption here.",
        "",
        *_table(
            ("left open", "taken here", "effect"),
            [(a.left_open, a.taken, a.effect) for a in answer["assumptions"]],
        ),
        "",
        "## Where linear theory fails",
        "",
        "Truncated-Wigner ensembles of the full nonlinear equations at marked points of the figures "
        f"(`python -m jaxsync.paper.ensembles`). The two disagree where they differ by a factor of {FACTOR:g} and "
        f"either {ERRORS:g} standard errors or trajectories in several attractors: noise carries some to another one.",
        "",
        *_table(
            ("point", "linear S_Q", "ensemble S_Q", "trajectories end in", "agree"),
            [_ensemble_row(point) for point in answer["ensembles"]],
        ),
        "",
    ]
    return "\n".join(lines)


def _ensemble_row(point):
    at = ", ".join(f"{name} = {value:.4g}" for name, value in point["at"].items())
    shares = ", ".join(f"{part['share']:.1%} {part['outcome']}" for part in point["attractors"])
    agree = "**no**" if point["disagrees"] else "yes"
    return at, f"{point['linear']:.2g}", f"{point['s_q']:.2g} ± {point['s_q_error']:.1g}", shares, agree


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    escaped = [[cell.replace("|", r"\|") for cell in row] for row in rows]  # |K| is not a new column
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *escaped)]
