"""The command line: what it prints, what it writes, and how it refuses."""

import csv
import json
import stat
import sys

import numpy as np
import pytest
from cases import CASES

from jaxsync import cli

BY_NAME = {case["name"]: case for case in CASES}


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path_factory):
    """Compiled programs of the tests are kept away from the user's folder."""
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "programs"))


def run(monkeypatch, *arguments):
    """Exit code of `jaxsync ARGUMENTS`; what it printed is in capsys."""
    monkeypatch.setattr(sys, "argv", ["jaxsync", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as end:
        return end.code or 0
    return 0


def test_info_names_versions_device_and_precision(monkeypatch, capsys):
    assert run(monkeypatch, "info") == 0
    words = capsys.readouterr().out.split()
    assert {"jaxsync", "jax", "device", "float64"} <= set(words)


def test_solve_reports_both_directions(monkeypatch, capsys):
    """At kerr = -2e-5 both directions are cycles, one synchronized, the other not (numbers of the reference cases)."""
    assert run(monkeypatch, "solve", "--kerr", "-2e-5", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    for direction, name in (("forward", "kerr -2e-5"), ("reversed", "kerr +2e-5")):
        found, case = answer[direction], BY_NAME[name]
        assert found["state"] == "limit cycle"
        # The closed form leaves out what remains of the transient: 1 % by its own account, and the table says so.
        np.testing.assert_allclose(found["s_q_window"], case["window"]["s_q_mean"], rtol=1e-2)
        np.testing.assert_allclose(found["s_q_phase_referenced"], case["cycle"]["transverse_s_q_mean"], rtol=1e-5)
        moduli = [np.hypot(*pair) for pair in found["multipliers"]]
        np.testing.assert_allclose(moduli, case["cycle"]["multipliers_abs"], atol=1e-5)
        assert not found["fixed_point"]["stable"]
    assert answer["made_with"]["parameters"]["kerr"] == -2e-5

    assert run(monkeypatch, "solve", "--kerr", "-2e-5") == 0
    text = capsys.readouterr().out
    assert "kerr=-2e-05" in text
    assert "0.3186" in text


@pytest.mark.slow
def test_solve_shows_what_a_spectrum_analyser_does(monkeypatch, capsys):
    """A line of the phonons' motion on the light, with its width, both ways; at rest no lines."""
    assert run(monkeypatch, "solve", "--kerr", "-2e-5", "--spectrum") == 0
    shown = capsys.readouterr().out
    for direction in ("forward", "reversed"):
        assert f"spectrum, {direction}" in shown
    assert "light: +0.976582, power" in shown and "width 2.6e-07" in shown
    assert run(monkeypatch, "solve", "--delta-a", "1.005", "--delta-m", "1.0", "--spectrum", "--json") == 0
    at_rest = json.loads(capsys.readouterr().out)["forward"]["spectrum"]
    assert at_rest["outcome"] == "fixed point" and min(at_rest["ports"]["light"]["density"]) > 0


def test_solve_says_where_there_is_no_cycle(monkeypatch, capsys):
    """Light from the left: no cycle; red detuning: a fixed point, whose S_Q is the Lyapunov one."""
    assert run(monkeypatch, "solve", "--sagnac", "0.32", "--json") == 0
    found = json.loads(capsys.readouterr().out)["forward"]
    case = BY_NAME["fig1 positive sagnac (no limit cycle from vacuum)"]
    assert found["state"] == "quasiperiodic"
    assert found["s_q_phase_referenced"] is None
    np.testing.assert_allclose(found["s_q_window"], case["window"]["s_q_mean"], rtol=1e-4)

    assert run(monkeypatch, "solve", "--delta-a", "1.005", "--delta-m", "1.0", "--json") == 0
    found = json.loads(capsys.readouterr().out)["forward"]
    case = BY_NAME["red detuned stable fixed point"]
    assert found["state"] == "fixed point"
    np.testing.assert_allclose(found["s_q_window"], case["fixed_point"]["s_q"], rtol=1e-8)


def read_rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("solve", "--kerr", "nan"), ("`kerr`", "finite")),
        (("solve", "--kappa-a", "-1"), ("`kappa_a`", "negative")),
        (("solve", "--kerrr", "1"), ("--kerrr", "--kerr")),
        (("reproduce", "fig9"), ("fig9", "fig1d")),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(monkeypatch, capsys, arguments, words):
    assert run(monkeypatch, *arguments) == 2
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err + printed.out
    assert all(word in printed.err + printed.out for word in words)


def test_reproduce_writes_picture_data_and_provenance(monkeypatch, capsys, tmp_path):
    out = tmp_path / "figures"
    assert run(monkeypatch, "reproduce", "fig1c", "--out", out) == 0
    assert (out / "fig1c.png").read_bytes().startswith(b"\x89PNG")
    rows = read_rows(out / "fig1c.csv")
    at_speed = next(row for row in rows if float(row["angular_speed"]) == 6000.0)
    np.testing.assert_allclose(float(at_speed["shift_left"]), 0.3425, atol=5e-5)  # to the digits known
    assert float(at_speed["shift_right"]) == -float(at_speed["shift_left"])
    record = json.loads((out / "fig1c.json").read_text())
    assert {"versions", "device", "precision", "parameters", "settings", "window"} <= record.keys()
    assert sorted(path.name for path in out.iterdir()) == ["fig1c.csv", "fig1c.json", "fig1c.png"]


def test_files_are_replaced_only_with_force(monkeypatch, capsys, tmp_path):
    (tmp_path / "fig1c.csv").write_text("precious")
    assert run(monkeypatch, "reproduce", "fig1c", "--out", tmp_path) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "fig1c.csv").read_text() == "precious"
    assert not (tmp_path / "fig1c.png").exists()
    assert run(monkeypatch, "reproduce", "fig1c", "--out", tmp_path, "--force") == 0
    assert (tmp_path / "fig1c.csv").read_text() != "precious"


def test_unwritable_folder_is_refused_before_any_work(monkeypatch, capsys, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("")
    blocker.chmod(stat.S_IRUSR)
    assert run(monkeypatch, "reproduce", "fig2", "--out", blocker / "folder") == 2
    assert "writable folder" in capsys.readouterr().err


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    from jaxsync.outputs import write_whole

    target = tmp_path / "data.csv"
    target.write_text("old")

    def fail_halfway(path):
        path.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(target, fail_halfway)
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]
    assert target.read_text() == "old"


def test_quick_figure_has_the_reference_values(monkeypatch, capsys, tmp_path):
    """Fig. 2c, few points: K = 0 is one of them, and the whole curve keeps to the bound S_Q <= 1."""
    assert run(monkeypatch, "reproduce", "fig2c", "--quick", "--out", tmp_path) == 0
    rows = read_rows(tmp_path / "fig2c.csv")
    value = {round(float(row["kerr"]) * 1e5, 6): float(row["s_q_window"]) for row in rows}
    np.testing.assert_allclose(value[0.0], BY_NAME["fig1 base, no shift"]["window"]["s_q_mean"], rtol=1e-2)
    np.testing.assert_allclose(value[-10.0], 0.30, atol=5e-3)  # computed independently to the digits given
    assert value[10.0] < 5e-3
    assert all(0 <= v <= 1 for v in value.values())
