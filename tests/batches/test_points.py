"""The one engine: the same results however points are cut into chunks, one compilation for all calls."""

import os
import subprocess
import sys

import jax.numpy as jnp
import numpy as np
import pytest

import jaxsync as js
from jaxsync.batches import map_points, program

POINTS = {"x": np.linspace(0.0, 3.0, 37), "k": np.arange(37)}


def shifted(shift, point):
    """Exact in floating point: sums of small whole numbers and halves."""
    return {"sum": jnp.floor(4 * point["x"]) / 4 + shift, "pair": jnp.stack([point["k"], 2 * point["k"]])}


EXPECTED = {"sum": np.floor(4 * POINTS["x"]) / 4 + 0.5, "pair": np.stack([POINTS["k"], 2 * POINTS["k"]], axis=1)}


@pytest.mark.parametrize("chunk", [None, 1, 5, 37, 1000])
def test_results_do_not_depend_on_the_chunk(chunk):
    found = map_points(shifted, 0.5, POINTS, chunk=chunk)
    for name, value in EXPECTED.items():
        np.testing.assert_array_equal(found[name], value)


def test_results_do_not_depend_on_the_devices():
    """In a process of its own, since the number of devices is fixed when jax starts."""
    script = (
        "import jax, numpy as np\n"
        "assert len(jax.local_devices()) == 3\n"
        "from test_points import EXPECTED, POINTS, shifted\n"
        "from jaxsync.batches import map_points\n"
        "found = map_points(shifted, 0.5, POINTS, chunk=4)\n"
        "assert all(np.array_equal(found[name], value) for name, value in EXPECTED.items())\n"
    )
    environment = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=3"}
    folder = os.path.dirname(__file__)
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, env=environment, timeout=240, check=False)
    assert done.returncode == 0


def test_later_calls_do_not_trace_again():
    traces = []

    def counted(power, shared, x):
        traces.append(power)
        return shared * x**power

    for _ in range(3):
        found = map_points(counted, 2.0, np.arange(1.0, 6.0), static=(2,), chunk=2)
        np.testing.assert_array_equal(found, 2.0 * np.arange(1.0, 6.0) ** 2)
    assert len(traces) == 1
    map_points(counted, 2.0, np.arange(1.0, 6.0), static=(3,), chunk=2)
    assert traces[1:] == [3] * (len(traces) - 1)


def test_chunks_fit_the_memory(monkeypatch):
    """A point of a megabyte, and room for three of them on every processor."""

    def heavy(_, x):
        table = jnp.outer(jnp.sin(x + jnp.arange(512.0)), jnp.arange(256.0))
        return jnp.sum(table @ table.T)

    monkeypatch.setattr(program, "_budget", lambda: 3e6 * (os.cpu_count() or 1))
    build = lambda width: program.Program(heavy, (), np.zeros(()), width)
    chunk, _ = program.fitting(build, None, 64)
    assert 1 <= chunk < 16
    monkeypatch.setattr(program, "_budget", lambda: 1e12)
    assert program.fitting(build, None, 64)[0] > chunk


def test_an_error_reaches_the_caller():
    def refuses(_, x):
        raise js.InputError("Argument `x` is refused.")

    with pytest.raises(js.InputError, match="refused"):
        map_points(refuses, None, np.arange(3.0))


@pytest.mark.parametrize("points", [np.zeros(0), {"a": np.zeros(2), "b": np.zeros(3)}, np.zeros(())])
def test_points_of_no_or_different_lengths_are_refused(points):
    with pytest.raises(js.InputError, match="`points` must be arrays with one leading axis"):
        map_points(lambda _, x: x, None, points)


@pytest.mark.parametrize("chunk", [0, -1, 1.5, True, "8"])
def test_chunks_that_are_no_numbers_of_points_are_refused(chunk):
    with pytest.raises(js.InputError, match="`chunk`"):
        map_points(lambda _, x: x, None, np.arange(3.0), chunk=chunk)
