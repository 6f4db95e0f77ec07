"""The command `jaxsync reproduce`."""

from pathlib import Path

import tyro


def reproduce(
    figures: tyro.conf.Positional[tuple[str, ...]] = (),
    claims: bool = False,
    quick: bool = False,
    out: Path = Path("jaxsync-out"),
    force: bool = False,
) -> None:
    """Figures of the paper as pictures, with their data and what made them beside them; its statements, tested.

    At full resolution an interrupted call is resumed by the same call.

    Args:
        figures: Figures (fig1, fig2, fig3) or panels (fig1d, fig3e); all if none is named.
        claims: Test the paper's statements, and write claims.md and claims.json; only figures that are named are drawn.
        quick: Fewer points.
        out: Folder for the files.
        force: Replace files that are already there.
    """
    # Matplotlib comes with both, which the other commands do without.
    from jaxsync.paper.audit import write_claims
    from jaxsync.paper.figures import reproduce as draw

    written = draw(figures, out, quick=quick, force=force, progress=True) if figures or not claims else []
    if claims:
        written += write_claims(out, quick=quick, force=force, progress=True)
    for path in written:
        print(path)
