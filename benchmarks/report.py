"""Benchmark rows as text, as a Markdown table and as a picture."""

import matplotlib.figure
import numpy as np


def lines_of(part):
    """One line for each row of a part of the benchmark."""
    if isinstance(part, dict):
        return ["  ".join([part["name"] + ":", *(f"{k}={v:.4g}" for k, v in part.items() if k != "name")])]
    lines = []
    for row in part:
        target = f" (target {row['target']:g})" if row["target"] else ""
        compiling = f", first call {row['compile_seconds']:.1f} s" if row["compile_seconds"] else ""
        lines.append(
            f"{row['name']} | {duration(row['seconds'])} | {row['comparator']} {duration(row['comparator_seconds'])} | "
            f"ratio {row['ratio']:.3g}{target} | error {row['error']:.1e}{compiling}"
        )
    return lines


def duration(seconds):
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def table(kept):
    """All rows of all devices in Markdown."""
    text = []
    for device, found in kept.items():
        made = found["made_with"]
        versions = ", ".join(f"{name} {made['versions'][name]}" for name in ("python", "jax", "numpy", "scipy"))
        text += [f"### {device}, {made['cores']} cores", "", f"{made['time']}; {versions}.", ""]
        text += ["| what | a point | comparator | its time | ratio | target | error |", "|---|---|---|---|---|---|---|"]
        for part in (p for p in found.values() if isinstance(p, list)):
            for row in part:
                target = f"{row['target']:g}" if row["target"] else ""
                cells = [row["name"], duration(row["seconds"]), row["comparator"], duration(row["comparator_seconds"])]
                cells += [f"{row['ratio']:.3g}", target, f"{row['error']:.0e}"]
                text.append("| " + " | ".join(cells) + " |")
        text.append("")
        for name in ("attractors", "hardware"):
            if name in found:
                text += [f"- {line}" for line in lines_of(found[name])]
        text.append("")
    return "\n".join(text)


def with_table(page, text):
    """The page with `text` between its two marks."""
    head, _, rest = page.partition("<!-- table -->\n")
    return f"{head}<!-- table -->\n\n{text}\n<!-- end of table -->{rest.partition('<!-- end of table -->')[2]}"


def picture(found, path):
    """Ratios as bars, with their targets."""
    shown = [
        row for part in found.values() if isinstance(part, list) for row in part if "Lyapunov equ" not in row["name"]
    ]
    figure = matplotlib.figure.Figure(figsize=(7.5, 0.4 * len(shown) + 1), dpi=140, layout="constrained")
    ax = figure.subplots()
    places = np.arange(len(shown))[::-1]
    ax.barh(places, [row["ratio"] for row in shown], color="#0072B2")
    targets = [(place, row["target"]) for place, row in zip(places, shown, strict=True) if row["target"]]
    ax.plot([t for _, t in targets], [p for p, _ in targets], "|", color="#D55E00", markersize=14, label="target")
    ax.set_yticks(places, [f"{row['name']}\nagainst {row['comparator']}" for row in shown], fontsize="x-small")
    ax.set_xscale("log")
    ax.set_xlabel("times as fast")
    ax.legend(loc="lower right")
    figure.savefig(path)
