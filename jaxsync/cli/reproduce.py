"""The command `jaxsync reproduce`."""

from pathlib import Path

import tyro


def reproduce(
    figures: tyro.conf.Positional[tuple[str, ...]] = (),
    quick: bool = False,
    out: Path = Path("jaxsync-out"),
    force: bool = False,
) -> None:
    """Figures of the paper as pictures, with their data and what made them beside them.

    Args:
        figures: Figures (fig1, fig2) or panels (fig1c, fig1d, fig2b, fig2c); all if none is named.
        quick: Fewer points.
        out: Folder for the files.
        force: Replace files that are already there.
    """
    from jaxsync.paper.figures import reproduce as draw  # matplotlib, which the other commands do without

    for path in draw(figures, out, quick=quick, force=force):
        print(path)
