"""Sweeps on disk: killed, interrupted, shared, damaged, out of space, they end as one that ran through, bit for bit."""

import errno
import json
import multiprocessing
import os
import random
import signal
import socket
from pathlib import Path

import numpy as np
import pytest
import xarray
from sweep_child import AXES, CHUNK, FILES, POINTS, chaos, run_child
from systems import Rings

import jaxsync as js
from jaxsync.batches.program import available_cores
from jaxsync.cli.processes import finished_points


def run(store, **options):
    return js.sweep(chaos, Rings(), AXES, store=store, **({"chunk": CHUNK, "progress": False} | options))


def contents(store):
    """All files of a store but the group's own, which has the time at which it was made."""
    files = {str(path.relative_to(store)): path.read_bytes() for path in store.rglob("*") if path.is_file()}
    del files["zarr.json"]
    return files


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The files of a sweep that ran through."""
    store = tmp_path_factory.mktemp("whole") / "sweep.zarr"
    run(store)
    return contents(store)


@pytest.fixture(scope="module")
def context():
    """Processes that start with the imports done, in half a second instead of four."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["jaxsync", "xarray.backends.zarr", "zarr"])
    return server


@pytest.fixture
def start(context):
    """Starts `run_child` in a process of its own."""
    children = []

    def begin(*arguments, **options):
        child = context.Process(target=run_child, args=arguments, kwargs=options)
        child.start()
        children.append(child)
        return child

    yield begin
    for child in children:
        if child.is_alive():
            child.kill()
        child.join()


def test_store_reads_like_the_result(tmp_path, whole):
    """xarray opens the store by itself: values, coordinates, attributes."""
    result = run(tmp_path / "s.zarr")
    with xarray.open_zarr(tmp_path / "s.zarr", consolidated=False) as stored:
        xarray.testing.assert_equal(stored, result)
        assert stored.attrs["failed"] == result.attrs["failed"] == np.sum(AXES["inner"] >= 0.5) * 20
        assert json.loads(stored.attrs["failures"]) == {"not finite": result.attrs["failed"]}
        assert stored["outcome"].attrs["flag_meanings"].split()[:2] == ["not_computed", "ok"]
    assert contents(tmp_path / "s.zarr") == whole
    assert finished_points(tmp_path / "s.zarr") == (POINTS, POINTS)


def moments_of_death(lives):
    """While the store is made, twice; then one in four before anything is written, the others anywhere in the writing
    of the next eight chunks, between their files as well."""
    draw = random.Random(0)
    made = [("store", "before"), ("store", "after")]
    writing = [(draw.randint(1, 8 * FILES), draw.choice(["before", "after"])) for _ in range(lives)]
    return made + [("measure", None) if life % 4 == 0 else writing[life] for life in range(2, lives)]


@pytest.mark.slow
def test_killed_at_many_moments(tmp_path, whole, start):
    """SIGKILL twenty times, from the start of the process on, and the last run completes the same files."""
    store, seen = tmp_path / "s.zarr", [0]
    for moment in moments_of_death(20):
        child = start(store, end=(signal.SIGKILL, *moment))
        child.join()
        assert child.exitcode == -signal.SIGKILL
        seen.append(finished_points(store)[0])
    # Or the kills would not have shown anything.
    assert seen == sorted(seen)
    assert seen[-1] < POINTS
    assert len(set(seen)) > 10
    child = start(store)
    child.join()
    assert child.exitcode == 0
    assert contents(store) == whole


def test_two_processes_one_of_which_dies(tmp_path, whole, start):
    store = tmp_path / "s.zarr"
    first, second = start(store, (0, 2)), start(store, (1, 2), end=(signal.SIGKILL, 10 * FILES + 2, "before"))
    first.join()
    second.join()
    assert (first.exitcode, second.exitcode) == (0, -signal.SIGKILL)
    assert POINTS / 2 <= finished_points(store)[0] < POINTS
    partial = run(store, share=(0, 2))
    assert partial.attrs["not_computed"] == POINTS - finished_points(store)[0]
    assert np.isnan(partial["x"].values[partial["outcome"].values == js.Outcome.NOT_COMPUTED]).all()
    again = start(store, (1, 2))
    again.join()
    assert again.exitcode == 0
    assert contents(store) == whole


def test_jax_distributed_shares_the_chunks(tmp_path, whole, start):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    store = tmp_path / "s.zarr"
    children = [start(store, None, (address, 2, index)) for index in range(2)]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    assert contents(store) == whole


def test_devices_and_cores_do_not_matter(tmp_path, whole, start):
    """Three devices, so that the last group of chunks is not full; one core."""
    children = [start(tmp_path / "devices", devices=3), start(tmp_path / "core", cores=available_cores()[:1])]
    for child in children:
        child.join()
    assert contents(tmp_path / "devices") == contents(tmp_path / "core") == whole


@pytest.mark.parametrize(
    ("which", "half"), [(10 * FILES, "after"), (10 * FILES + 2, "before")], ids=["between chunks", "in a chunk"]
)
def test_interrupt_leaves_a_resumable_store(tmp_path, whole, start, which, half):
    store = tmp_path / "s.zarr"
    child = start(store, end=(signal.SIGINT, which, half))
    child.join()
    assert child.exitcode == 1  # the interpreter's own answer to an interrupt in a child
    assert 10 * CHUNK <= finished_points(store)[0] < POINTS
    run(store)
    assert contents(store) == whole


def test_a_full_disk_keeps_what_is_finished(tmp_path, whole, monkeypatch):
    replace, count = Path.replace, [0]

    def until_full(self, target):
        count[0] += "/c/" in str(target)
        if count[0] > 100:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    store = tmp_path / "s.zarr"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", until_full)
        with pytest.raises(js.InputError, match=r"`store`: cannot write to .*No space left on device.*call resumes"):
            run(store)
    done = finished_points(store)[0]
    assert 0 < done < POINTS
    partial = contents(store)
    assert all(whole[name] == data for name, data in partial.items() if not name.endswith(".partial"))
    run(store)
    assert contents(store) == whole


def refused(store, message, **options):
    """The call is refused and the store left as it is."""
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} if store.is_dir() else None
    with pytest.raises(js.InputError, match=message):
        run(store, **options)
    if before is not None:
        assert before == {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    store = tmp_path_factory.mktemp("kept") / "s.zarr"
    run(store)
    return store


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": Rings(noise=2.0)}, "`parameters.noise` is 2.0, but 1.0 in the store"),
        ({"axes": AXES | {"inner": AXES["inner"][:-1]}}, "`axes.inner.inner` is 36 values from 0 to 0.58"),
        ({"axes": dict(reversed(AXES.items()))}, "`shape` is"),
        ({"chunk": 5}, "`chunk` is 5, but 4 in the store"),
        ({"measure": lambda model: {"y": model.inner}}, r"`variables` is \[\"outcome\", \"y\"\]"),
        ({"measure": lambda model: {**chaos(model), "x": model.inner}}, "`measure` is .* in the store"),
        (
            {"along": "inner", "measure": js.Measure(chaos, of_cycle=lambda cycle: cycle.period)},
            "`start` is neighbour along inner, but vacuum",
        ),
    ],
)
def test_a_store_of_another_sweep_is_refused(kept, change, message):
    call = {"measure": chaos, "model": Rings(), "axes": AXES, "chunk": CHUNK, "progress": False} | change
    before = contents(kept)
    with pytest.raises(js.InputError, match=f"holds another sweep.*{message}.*Nothing was changed"):
        js.sweep(call.pop("measure"), call.pop("model"), call.pop("axes"), store=kept, **call)
    assert contents(kept) == before


def test_the_store_s_chunk_is_kept_where_none_is_asked_for(kept, whole):
    run(kept, chunk=None)
    assert contents(kept) == whole


def edit_description(store, **changes):
    path = store / "zarr.json"
    content = json.loads(path.read_text())
    content["attributes"]["sweep"] = json.dumps(json.loads(content["attributes"]["sweep"]) | changes)
    path.write_text(json.dumps(content))


def test_other_versions_and_layouts_are_refused(tmp_path):
    store = tmp_path / "s.zarr"
    run(store)
    edit_description(store, versions={"jaxsync": "0.0.1", "jax": "0.9.2", "jaxlib": "0.9.2"})
    refused(store, "`versions.jaxsync` is .*, but 0.0.1 in the store")
    edit_description(store, layout=99)
    refused(store, "has layout 99.*name another folder, or use jaxsync 0.0.1")


@pytest.mark.parametrize("damage", ["flipped bit", "cut off", "missing"])
def test_a_damaged_chunk_is_refused_and_can_be_computed_again(tmp_path, whole, damage):
    store = tmp_path / "s.zarr"
    run(store)
    file = store / "x" / "c" / "0" / "1"
    data = bytearray(file.read_bytes())
    if damage == "missing":
        file.unlink()
    else:
        data[9] ^= 16
        file.write_bytes(data if damage == "flipped bit" else data[:12])
    marker = store / "outcome" / "c" / "0" / "1"
    refused(store, rf"{file} is (missing|damaged).*delete {marker} to have its 4 points computed again")
    marker.unlink()
    run(store)
    assert contents(store) == whole


def test_what_is_no_sweep_is_left_alone(tmp_path):
    (tmp_path / "file").write_text("precious")
    refused(tmp_path / "file", "is there and is no sweep; name another folder")
    refused(tmp_path, "is there and is no sweep")
    refused(tmp_path / "file" / "s.zarr", "cannot write to .*name a folder that can be written")
    assert (tmp_path / "file").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("share", [(2, 2), (-1, 2), (0.5, 2), 3, ("a", 2)])
def test_shares_that_are_none(tmp_path, share):
    with pytest.raises(js.InputError, match=r"`share` must be \(i, n\)"):
        run(tmp_path / "s.zarr", share=share)


def test_a_share_needs_a_store():
    with pytest.raises(js.InputError, match="`store` is needed where several processes share"):
        run(None, share=(0, 2))
