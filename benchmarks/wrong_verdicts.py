"""What devices settle on, judged by closed forms and SciPy: python -m benchmarks.wrong_verdicts [count] [kind].

Asked are `classify` and `find_limit_cycle`, with default settings, about the devices of `benchmarks.known`. Right is
the right word, with the period within 1e-7 and, of a cycle found, its size within 1e-6 (of cells 1e-3 and 1e-3, the
judge's own error). Refused is an answer that says that it is none, or a cycle without its period; wrong is anything
else, any other word for a state above all.
"""

import sys
import time

import numpy as np

import jaxsync as js
from benchmarks.known import KINDS, member_random
from jaxsync import Outcome

REFUSED = (Outcome.NO_PERIOD, Outcome.NOT_REACHED, Outcome.NOT_CONVERGED, Outcome.NOT_FINITE, Outcome.UNRESOLVED)
"""What says that it is no answer. MARGINAL is not among them: no member is on a border."""


def judge(truth, outcome, period, size=None):
    """ "right", "refused" or "wrong", and why."""
    if outcome in REFUSED:
        # A motion of two frequencies has no period: so far that says it all.
        return "refused", f"{outcome}"
    if outcome != truth.outcome:
        return "wrong", f"{outcome}, not {truth.outcome}"
    if outcome != Outcome.LIMIT_CYCLE:
        return "right", ""
    if not np.isfinite(period):
        return "refused", "a cycle without its period"
    off = abs(period / truth.period - 1)
    if off > truth.tolerances[0]:
        return "wrong", f"period {period:.12g} off by {off:.1e}"
    if size is not None and abs(size / truth.size - 1) > truth.tolerances[1]:
        return "wrong", f"size {size:.12g} off by {abs(size / truth.size - 1):.1e}"
    return "right", ""


def look(member):
    """What `classify` and `find_limit_cycle` say: pairs of a name and (outcome, period, sizes of all modes)."""
    seen = js.classify(member.model, member.start)
    yield "classify", (seen.outcome, float(seen.period), None)
    cycle = js.find_limit_cycle(member.model, member.start, throw=False)
    yield "find_limit_cycle", (cycle.outcome, float(cycle.period), np.std(np.asarray(cycle.amplitudes), axis=0))


def words(member, truth, answers):
    for name, (outcome, period, sizes) in answers:
        yield name, *judge(truth, outcome, period, None if sizes is None else sizes[truth.mode])


def examine(kind, count, seed=1):
    """Counts of right, refused and wrong answers about `count` devices of one kind, and lines on what is not right.

    `kind(member_random(kind, number, seed))` makes a member again by its number.
    """
    tally, lines = {"right": 0, "refused": 0, "wrong": 0}, []
    for number in range(count):
        member = kind(member_random(kind, number, seed))
        answers = list(look(member))
        truth, found = member.truth, []
        if truth is not None:
            found = list(words(member, truth, answers))
        if member.judge is not None and (truth is None or any(word == "wrong" for _, word, _ in found)):
            truth = member.judge()
            if truth is None:
                lines.append(f"unjudged {kind.__name__} {number}: {[str(a[0]) for _, a in answers]}")
                continue
            found = list(words(member, truth, answers))
        for name, word, why in found:
            tally[word] += 1
            if word != "right":
                lines.append(f"{word} {kind.__name__} {number}: {name}: {why}; {member.model}, {member.start}; {truth}")
    return tally, lines


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    for kind in KINDS:
        if kind.__name__ not in (sys.argv[2:] or [kind.__name__]):
            continue
        begin = time.perf_counter()
        tally, lines = examine(kind, count // len(KINDS))
        print(f"{kind.__name__}: {tally}, {time.perf_counter() - begin:.0f} s")
        print("\n".join(f"  {line}" for line in lines), end="\n" if lines else "", flush=True)


if __name__ == "__main__":
    main()
