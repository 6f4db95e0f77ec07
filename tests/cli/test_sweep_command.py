"""`jaxsync sweep`: what the file and the flags ask for, several processes, and how it refuses."""

import sys

import numpy as np
import pytest
import xarray
from cases import CASES

import jaxsync as js
from jaxsync import cli
from jaxsync.batches.program import available_cores
from jaxsync.cli.processes import run_processes
from jaxsync.cli.sweep_config import read_config, read_flag

BY_NAME = {case["name"]: case for case in CASES}


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path_factory):
    """Compiled programs of the tests are kept away from the user's folder."""
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "programs"))


def run(monkeypatch, *arguments):
    """Exit code of `jaxsync sweep ARGUMENTS`; what it printed is in capsys."""
    monkeypatch.setattr(sys, "argv", ["jaxsync", "sweep", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as end:
        return end.code or 0
    return 0


CONFIG = """
measure = "cycle"
chunk = 2
[model]
kerr = 2e-5
[axes.kerr]
low = -2e-5
high = 2e-5
count = 3
[axes.noise]
values = [0.0, 10.0]
fields = ["nbar_1", "nbar_2"]
unit = "1"
"""


@pytest.mark.slow
def test_file_flags_processes_and_resume(monkeypatch, capsys, tmp_path):
    """A sweep by two processes has the reference values; the same command again finds it done; another is refused."""
    config, store = tmp_path / "sweep.toml", tmp_path / "s.zarr"
    config.write_text(CONFIG)
    arguments = ("--config", config, "--store", store)
    assert run(monkeypatch, *arguments, "--processes", 2) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("6 points, 0 failed")
    assert "6/6" in printed.err
    assert "pt/s" in printed.err
    with xarray.open_zarr(store, consolidated=False) as data:
        for name, kerr, noise in (
            ("kerr -2e-5", -2e-5, 0.0),
            ("kerr +2e-5", 2e-5, 0.0),
            ("kerr -2e-5, nbar 10", -2e-5, 10.0),
        ):
            found = float(data["s_q_phase_referenced"].sel(kerr=kerr, noise=noise))
            np.testing.assert_allclose(found, BY_NAME[name]["cycle"]["transverse_s_q_mean"], rtol=1e-5)
        assert data["noise"].attrs["units"] == "1"
    assert run(monkeypatch, *arguments, "--quiet") == 0
    assert run(monkeypatch, *arguments, "--chi", 0.03) == 2
    assert "`parameters.chi` is 0.03, but 0.02 in the store" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("os.kill(os.getpid(), 9)", "Process 1 of 3 ended with exit code -9.*run the same command again"),
        ("print('jaxsync: The disk is full.', file=sys.stderr); sys.exit(2)", "^The disk is full.$"),
    ],
)
def test_a_process_that_fails(tmp_path, script, message):
    """The others are waited for, and what the one has said is said; it leaves the cores as they were."""
    done = tmp_path / "done"
    code = f"import os, sys; open({str(done)!r} + sys.argv[2], 'w')\nif sys.argv[1:] == ['--share', '1', '3']: {script}"
    before = available_cores()
    with pytest.raises(js.InputError, match=message):
        run_processes([sys.executable, "-c", code], 3, tmp_path / "s.zarr", progress=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["done0", "done1", "done2"]
    assert available_cores() == before


def test_an_interrupted_process_interrupts(tmp_path):
    """130 is what `jaxsync sweep` ends with on Ctrl-C."""
    with pytest.raises(KeyboardInterrupt):
        run_processes([sys.executable, "-c", "exit(130)"], 2, tmp_path / "s.zarr", progress=False)


def test_axes_of_a_file(tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_text("""
        [axes.rho]
        low = 1
        high = 4.0
        count = 3
        spacing = "log"
        unit = "1"
        fields = { g_a = { scale = 0.005, power = -0.5 }, g_m = { } }
        [axes.kerr]
        values = [0, 1e-5]
    """)
    axes = read_config(path)["axes"]
    np.testing.assert_allclose(axes["rho"].values, [1.0, 2.0, 4.0])
    np.testing.assert_allclose(axes["rho"].fields["g_a"], 0.005 / np.sqrt([1.0, 2.0, 4.0]))
    np.testing.assert_allclose(axes["rho"].fields["g_m"], [1.0, 2.0, 4.0])
    assert axes["rho"].unit == "1"
    np.testing.assert_array_equal(axes["kerr"].values, [0.0, 1e-5])
    assert list(axes["kerr"].fields) == ["kerr"]


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("kerr=-1e-4:1e-4:3", "kerr", [-1e-4, 0.0, 1e-4]),
        ("kerr=0,1e-5", "kerr", [0.0, 1e-5]),
        ("gamma_1+gamma_2=0.1:0.2:2", "gamma_1+gamma_2", [0.1, 0.2]),
    ],
)
def test_axes_as_flags(text, name, values):
    found, axis = read_flag(text)
    assert found == name
    np.testing.assert_allclose(axis.values, values, atol=1e-20)
    assert list(axis.fields) == name.split("+")


@pytest.mark.parametrize("text", ["kerr", "kerr=", "kerr=a", "kerr=0:1", "kerr=0:1:x", "kerr=0:1:-1"])
def test_flags_that_are_no_axes(text):
    with pytest.raises(js.InputError, match="`axis` must be like kerr=-1e-4:1e-4:33"):
        read_flag(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("measure = ", "is no TOML file"),
        ("colour = 'red'", "unknown entry `colour`; it may have measure"),
        ("chunk = 'many'", "the entry `chunk` cannot be 'many'"),
        ("chunk = true", "the entry `chunk` cannot be True"),
        ("axes = 3", "the entry `axes` cannot be 3"),
        ("[axes]\nkerr = 3", "`axes.kerr` must be a table"),
        ("[axes.kerr]\nlow = 0", "`axes.kerr` must have either `values`, or `low`, `high`"),
        ("[axes.kerr]\nlow = 0\nhigh = 1\ncount = 0", "a `count` of one or more"),
        ("[axes.kerr]\nvalues = [1.0]\ncount = 2", "must have either"),
        ("[axes.kerr]\nlow = 0\nhigh = 1\ncount = 3\nspacing = 'log'", "'log' between positive numbers"),
        ("[axes.kerr]\nlow = 0\nhigh = 1\ncount = 3\nspacing = 'cubic'", "must be 'linear', or 'log'"),
        ("[axes.r]\nvalues = [-1.0]\nfields = { g_a = { power = 0.5 } }", "values below zero"),
        ("[axes.r]\nvalues = [1.0]\nfields = { g_a = 3 }", "`axes.r.fields.g_a` must be a table with scale, power"),
    ],
)
def test_files_that_are_refused(tmp_path, text, message):
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    with pytest.raises(js.InputError, match=message):
        read_config(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(js.InputError, match=r"`config`: cannot read .*No such file"):
        read_config(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("`axes`", "at least one field")),
        (("--axis", "ker=0,1"), ("Unknown field `ker`", "did you mean `kerr`")),
        (("--axis", "kerr=0,1", "--measure", "beauty"), ("`measure`", "window, directions, cycle")),
        (("--axis", "kerr=0,1", "--along", "kerr"), ("`along`", "measure cycle")),
        (("--axis", "kerr=0,1", "--processes", 0), ("`processes`", "one or more")),
        (("--axis", "kerr=0,1", "--chunk", 0), ("`chunk`", "one or more")),
        (("--axis", "kerr=0,1", "--kappa-a", -1), ("`kappa_a`", "negative")),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(monkeypatch, capsys, tmp_path, arguments, words):
    assert run(monkeypatch, "--store", tmp_path / "s.zarr", *arguments) == 2
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    assert all(word in printed.err for word in words)
    assert not (tmp_path / "s.zarr").exists()
