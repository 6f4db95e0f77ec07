"""How often the package is silently wrong on devices that are not the paper's: python -m benchmarks.wrong [count].

Counts right answers, honest refusals and silently wrong ones for every kind of fault that has been met: ensembles,
fluctuations along strongly contracting orbits, linear verdicts and covariances, and what motions settle on. One table,
then a line for each wrong answer. `count` scales all parts, each of which also runs by itself and says more: see the
modules `wrong_ensembles`, `wrong_fluctuations`, `wrong_linear`, `wrong_verdicts`.
"""

import sys
import time
from collections.abc import Iterator

from benchmarks import wrong_ensembles, wrong_fluctuations, wrong_linear, wrong_verdicts

COUNT = 60
"""Some ten minutes on two cores, half of them for the verdicts, which follow one motion at a time."""


def ensembles(count: int) -> Iterator[tuple[str, dict, list[str]]]:
    """Rows of a name, counts and lines on wrong answers."""
    for kind in (wrong_ensembles.one_mode, wrong_ensembles.two_modes, wrong_ensembles.particle):
        tally, lines, _ = wrong_ensembles.examine(kind, count // 3)
        yield f"ensembles: {kind.__name__.replace('_', ' ')}", tally, lines


def fluctuations(count: int) -> Iterator[tuple[str, dict, list[str]]]:
    """Motions that do not end on a cycle are not counted."""
    for name, pairs in (("cells", False), ("pairs", True)):
        yield f"fluctuations: {name}", *wrong_fluctuations.examine(count // 2, 1, pairs)


def linear(count: int) -> Iterator[tuple[str, dict, list[str]]]:
    """Twenty times as many: a batch of them is one call."""
    tally, lines = wrong_linear.examine(20 * count, 1)
    for kind, counts in tally.items():
        yield f"linear: {kind}", counts, [f"wrong {line}" for line in lines if line.startswith(kind)]


def verdicts(count: int) -> Iterator[tuple[str, dict, list[str]]]:
    """Two answers about each device, so that the counts are twice the devices."""
    for kind in wrong_verdicts.KINDS:
        yield f"verdicts: {kind.__name__}", *wrong_verdicts.examine(kind, count // len(wrong_verdicts.KINDS))


def main():
    count, begin = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT, time.perf_counter()
    wrong = []
    print("| | answers | right | refused | wrong |\n|---|---|---|---|---|")
    for part in (ensembles, fluctuations, linear, verdicts):
        for name, tally, lines in part(count):
            counts = [tally[word] for word in ("right", "refused", "wrong")]
            print(f"| {name} | {sum(counts)} | {' | '.join(map(str, counts))} |", flush=True)
            wrong += [f"{name}: {line}" for line in lines if line.startswith("wrong")]
    print(f"{count} devices, {time.perf_counter() - begin:.0f} s")
    print("\n".join(wrong))


if __name__ == "__main__":
    main()
