"""The command `jaxsync follow`: what it writes, and how it refuses."""

import csv
import json
import sys

import numpy as np
import pytest

from jaxsync import cli


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path_factory):
    """Compiled programs of the tests are kept away from the user's folder."""
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "programs"))


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["jaxsync", "follow", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as end:
        return end.code or 0
    return 0


def read_rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "once, for a branch, or twice"),
        (["--field", "chi"], "NAME=LOW:HIGH"),
        (["--field", "chi=0.01:0.03", "--field", "chi=0.01:0.03"], "twice"),
        (["--field", "chi=0.03:0.04"], "`bounds` must hold the model's own chi"),
        (["--field", "chii=0.01:0.03"], "did you mean `chi`"),
    ],
)
def test_refusals(monkeypatch, capsys, tmp_path, arguments, words):
    assert run(monkeypatch, *arguments, "--out", tmp_path / "out") == 2
    assert words in capsys.readouterr().err


@pytest.mark.slow
def test_a_branch_and_a_border_are_written(monkeypatch, capsys, tmp_path):
    """Red-detuned the device rests, bistable: the fold of the fixed point along delta_a, and its curve with drive_a."""
    device = ["--delta-a", 1.0, "--delta-m", 1.0, "--quiet"]
    branch, border = tmp_path / "branch", tmp_path / "border"
    assert run(monkeypatch, *device, "--field", "delta_a=0:1.5", "--quantity", "b1", "--out", branch) == 0
    assert "fold at delta_a" in capsys.readouterr().out
    rows = read_rows(branch / "follow.csv")
    record = json.loads((branch / "follow.json").read_text())
    (fold,) = record["bifurcations"]
    # The values turn back at the fold.
    assert min(float(row["delta_a"]) for row in rows) > fold["value"] - 1e-9
    assert record["made_with"]["ends"] == ["the bound", "the bound"]
    assert (branch / "follow.png").stat().st_size > 1000

    fields = ["--field", "delta_a=0:1.5", "--field", "drive_a=30:40"]
    assert run(monkeypatch, *device, *fields, "--out", border) == 0
    rows = read_rows(border / "border-1.csv")
    values = np.array([[float(row["delta_a"]), float(row["drive_a"])] for row in rows])
    assert values[:, 1].min() == 30.0
    distance = np.hypot(values[:, 0] - fold["value"], (values[:, 1] - 35.0) / 10)
    assert distance.min() < 0.05
    assert run(monkeypatch, *device, *fields, "--out", border) == 2
    assert "--force" in capsys.readouterr().err
