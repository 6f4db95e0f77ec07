"""The audit: what the paper says that this model can test, with the numbers found and a verdict.

`jaxsync reproduce --claims` writes it as JSON and Markdown. The rows are in `claims_direction`, `claims_rescue`,
`claims_basis`, and what the paper leaves open in `assumptions`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jaxsync.outputs import made_with, prepare_folder, write_json, write_whole
from jaxsync.paper import claims_basis, claims_direction, claims_rescue, claims_topological
from jaxsync.paper.assumptions import ASSUMPTIONS
from jaxsync.paper.claim import NOT_SYNCHRONIZED, SYNCHRONIZED
from jaxsync.paper.context import Context
from jaxsync.paper.ensembles import ERRORS, FACTOR, disagrees, kept
from jaxsync.paper.points import PAPER
from jaxsync.states.settings import Settings

CLAIMS = (*claims_direction.CLAIMS, *claims_rescue.CLAIMS, *claims_topological.CLAIMS, *claims_basis.CLAIMS)
"""In the order of the table; "bound on S_Q" speaks of the points of all rows before it."""


def audit(context: Context) -> dict[str, Any]:
    """All rows: claims, assumptions, and the points where linear theory and the ensemble disagree; plain data."""

    def each(rows):
        for row in rows:
            if context.progress:
                print(row.name, flush=True)
            yield row.row(context)

    return {
        "claims": list(each(CLAIMS)),
        "assumptions": list(each(ASSUMPTIONS)),
        "ensembles": [point | {"disagrees": disagrees(point)} for point in kept()],
        "made_with": made_with(
            quick=context.quick,
            start="vacuum",
            window=PAPER.window,
            settings=context.settings,
            parameters=PAPER,
            synchronized=SYNCHRONIZED,
            not_synchronized=NOT_SYNCHRONIZED,
            points=len(context.evaluate),
        ),
    }


def write_claims(
    folder: Path,
    *,
    quick: bool = False,
    settings: Settings = Settings(),
    force: bool = False,
    progress: bool = False,
) -> list[Path]:
    """Write the audit as claims.json and claims.md.

    Args:
        folder: For the files.
        quick: Whether to take coarser scans and bisections, and fewer random devices.
        settings: How carefully states are looked for.
        force: Whether to replace the files.
        progress: Whether to show it.

    Returns:
        The files.

    Raises:
        InputError: Before any computing, if the folder cannot be written, or a file is there and `force` is not given.
    """
    paths = [folder / "claims.json", folder / "claims.md"]
    prepare_folder(folder, [path.name for path in paths], force)
    answer = audit(Context(quick=quick, settings=settings, progress=progress))
    write_json(paths[0], answer)
    write_whole(paths[1], lambda path: path.write_text(to_markdown(answer), encoding="utf-8"))
    return paths


def to_markdown(answer: dict[str, Any]) -> str:
    """What `audit` gives, or claims.json holds, as a page."""
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
            [(c["figure"], f"“{c['words']}”", f"**{c['verdict']}**", c["found"]) for c in answer["claims"]],
        ),
        "",
        "## What the paper leaves open",
        "",
        "Its Supplementary Information was not at hand; what only that says is an assumption here.",
        "",
        *_table(
            ("left open", "taken here", "effect"),
            [(a["left_open"], a["taken"], a["effect"]) for a in answer["assumptions"]],
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
