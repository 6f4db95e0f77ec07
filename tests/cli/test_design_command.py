"""`jaxsync design`: files, flags, and what it refuses. The objective is a formula, so that nothing long is computed."""

import csv
import json
import sys

import numpy as np
import pytest

import jaxsync as js
from jaxsync import cli
from jaxsync.cli import design_config as config

CONFIG = """
objective = "contrast"
starts = 4
steps = 30
[model]
drive_a = 34.0
[free]
kerr = [-1e-4, 1e-4]
"""


@pytest.fixture(autouse=True)
def formula(monkeypatch, tmp_path_factory):
    """Both objectives are largest, 1, at kerr = 4e-5; compiled programs stay away from the user's folder."""
    peak = lambda model: 1 - (model.kerr * 1e4 - 0.4) ** 2
    monkeypatch.setattr(config, "OBJECTIVES", {"difference": lambda _: peak, "contrast": lambda _: peak})
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "programs"))


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["jaxsync", "design", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as end:
        return end.code or 0
    return 0


def test_a_design_from_a_file(monkeypatch, capsys, tmp_path):
    (tmp_path / "task.toml").write_text(CONFIG)
    out = tmp_path / "out"
    assert run(monkeypatch, "--config", tmp_path / "task.toml", "--seed", 2, "--out", out) == 0
    text = capsys.readouterr().out
    assert "contrast" in text and "S_Q reversed" in text and "kerr" in text
    record = json.loads((out / "design.json").read_text())
    np.testing.assert_allclose(record["model"]["kerr"], 4e-5, atol=1e-6)
    assert record["model"]["drive_a"] == 34.0
    assert record["made_with"]["seed"] == 2  # the flag wins over the file's default
    np.testing.assert_allclose(record["start_value"], 1 - 0.6**2)
    # The table's S_Q are those of the library.
    found = js.OptoMagnoMechanical(**record["model"])
    np.testing.assert_allclose(record["s_q"]["after"]["forward"], js.window_synchronization(found), rtol=1e-9)
    with (out / "design-history.csv").open() as lines:
        rows = list(csv.reader(lines))
    assert len(rows) == 31 and len(rows[0]) == 4
    assert (out / "design.png").read_bytes().startswith(b"\x89PNG")
    # Nothing is overwritten unasked.
    assert run(monkeypatch, "--config", tmp_path / "task.toml", "--out", out) == 2
    assert "add --force" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--objective", "beauty"], "`objective` must be one of"),
        (["--free", "kerr"], "field=low:high"),
        (["--free", "kerr=low:1"], "two numbers"),
        (["--free", "kerr=1e-4:-1e-4"], "increasing bounds"),
        (["--free", "kerr=-1e-4:1e-4", "--kerr", "2e-4"], "widen the bounds"),
        (["--config", "nowhere.toml"], "cannot read"),
    ],
)
def test_refusals_are_one_sentence(monkeypatch, capsys, tmp_path, arguments, message):
    assert run(monkeypatch, *arguments, "--out", tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [("objective = ", "is no TOML"), ("goal = 1", "unknown entry `goal`"), ("starts = 1.5", "cannot be 1.5")],
)
def test_files_that_make_no_sense(tmp_path, content, message):
    (tmp_path / "task.toml").write_text(content)
    with pytest.raises(js.InputError, match=message):
        config.read_design(tmp_path / "task.toml")


def test_a_robust_design_from_a_file(tmp_path):
    (tmp_path / "task.toml").write_text('statistic = "worst"\nsamples = 8\n[spread]\ng_a = 0.1\ng_m = [0.1, -0.5]\n')
    task = config.read_design(tmp_path / "task.toml")
    # The formula has only kerr in it, which does not scatter: any statistic is its value.
    np.testing.assert_allclose(task.function(js.Settings())(js.OptoMagnoMechanical(kerr=2e-5)), 1 - 0.2**2)
