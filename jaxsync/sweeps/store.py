"""A sweep on disk: a zarr group with one array per variable, a chunk of points to a chunk of each array.

A chunk is done when its part of `outcome` exists, which is written last; every file is written whole or not at all, and
carries a checksum. The group's attribute "sweep" says what it is a sweep of, and nothing else is ever added to it: it
is JSON in a string, since NetCDF, which such data are often copied to, knows no nested attributes.
"""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jaxsync.errors import InputError
from jaxsync.states.outcome import Outcome
from jaxsync.sweeps.axes import Dimension
from jaxsync.sweeps.blocks import Blocks

LAYOUT = 2
"""Of the files; a store of another layout is refused."""

EMPTY = {np.dtype(float): np.nan, np.dtype(np.int8): int(Outcome.NOT_COMPUTED)}
"""What is read where nothing has been written."""


class Store:
    """The chunks of one sweep in a folder. `done`: numbers of the chunks that were there when it was opened."""

    def __init__(self, path: Path, blocks: Blocks, variables: Mapping[str, np.dtype]):
        """Opens the store at `path`, which must be of this sweep; see `open_store`."""
        import zarr

        self.path, self.blocks = path, blocks
        group = zarr.open_group(path, mode="r+")
        self._arrays = {name: group[name].with_config({"write_empty_chunks": True}) for name in variables}  # type: ignore[union-attr]
        self.done = [number for number in range(len(blocks)) if self._file("outcome", number).exists()]
        self.values = {name: np.full(blocks.shape, EMPTY[kind], kind) for name, kind in variables.items()}

    def load(self, numbers: Sequence[int]) -> None:
        """Read chunks into `values`, (grid); a part that is damaged or missing is refused."""
        for number in numbers:
            region = self.blocks.region(number)
            for name, array in self._arrays.items():
                file = self._file(name, number)
                problem = "is missing"
                if file.exists():
                    try:
                        self.values[name][region] = array[region]
                        continue
                    except (ValueError, TypeError, RuntimeError, OSError) as error:
                        problem = f"is damaged ({error})"
                marker = self._file("outcome", number)
                raise InputError(
                    f"Argument `store`: the file {file} {problem}. Nothing was changed; delete {marker} to have its "
                    f"{self.blocks.points(number)} points computed again."
                )

    def write(self, number: int, columns: Mapping[str, np.ndarray]) -> None:
        """Write a finished chunk: `columns` of the blocks' shape."""
        with _said_in_a_sentence(self.path):
            for name in [*(n for n in self._arrays if n != "outcome"), "outcome"]:
                part = self.blocks.crop(number, columns[name])
                self._arrays[name][self.blocks.region(number)] = part
                self.values[name][self.blocks.region(number)] = part

    def finish(self, attributes: Mapping[str, Any]) -> None:
        """Once all chunks are done: note `attributes`, and remove what writers that were killed left behind."""
        import zarr

        group = zarr.open_group(self.path, mode="r+")
        if any(group.attrs.get(name) != value for name, value in attributes.items()):
            with _said_in_a_sentence(self.path):
                group.attrs.update(attributes)
        for part in self.path.rglob("*.partial"):
            with contextlib.suppress(OSError):
                part.unlink()

    def _file(self, name, number):
        key = self._arrays[name].metadata.encode_chunk_key(self.blocks.corner(number))
        return self.path / name / key


def read_description(path: Path) -> dict[str, Any] | None:
    """What the store at `path` is a sweep of; None if there is nothing yet. Raises `InputError` for something else."""
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return None
    try:
        attributes = json.loads((path / "zarr.json").read_text(encoding="utf-8"))["attributes"]
        found = json.loads(attributes["sweep"])
        layout = found["layout"]
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"Argument `store`: {path} is there and is no sweep; name another folder.") from None
    if layout != LAYOUT:
        raise InputError(
            f"Argument `store`: {path} has layout {layout}, and this version of jaxsync reads {LAYOUT}; name another "
            f"folder, or use jaxsync {found.get('versions', {}).get('jaxsync', 'of that time')}."
        )
    return found


def open_store(
    path: Path,
    description: Mapping[str, Any],
    attributes: Mapping[str, Any],
    dimensions: Sequence[Dimension],
    blocks: Blocks,
    variables: Mapping[str, tuple[np.dtype, Mapping[str, Any]]],
) -> Store:
    """The store at `path`, made if it is not there; several processes may ask at once.

    description: what it must be a sweep of. attributes: of the group, if it is made. variables: type and attributes of
    each. Raises `InputError` if the folder holds anything else, naming the difference, or cannot be written.
    """
    description = {"layout": LAYOUT, **json.loads(json.dumps(description))}
    if read_description(path) is None:
        with _said_in_a_sentence(path):
            _make(path, description, attributes, dimensions, blocks, variables)
    differences = list(_differences(description, read_description(path) or {}))
    if differences:
        more = f" and {len(differences) - 3} more" if len(differences) > 3 else ""
        raise InputError(
            f"Argument `store`: {path} holds another sweep: {'; '.join(differences[:3])}{more}. Nothing was changed; "
            "name another folder, or give the same arguments to resume."
        )
    store = Store(path, blocks, {name: kind for name, (kind, _) in variables.items()})
    store.load(store.done)
    return store


def _make(path, description, attributes, dimensions, blocks, variables):
    """The empty store, made aside and moved into place, so that it is never half there."""
    import zarr
    from zarr.codecs import Crc32cCodec

    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        group = zarr.create_group(aside, zarr_format=3, attributes={**attributes, "sweep": json.dumps(description)})
        checked: dict[str, Any] = {"compressors": [Crc32cCodec()], "filters": None}
        names = [d.name for d in dimensions]
        for d in dimensions:
            unit = {"units": d.unit} if d.unit else {}
            array = group.create_array(
                d.name, shape=d.values.shape, dtype=float, fill_value=np.nan, dimension_names=[d.name], attributes=unit,
                **checked,
            )  # fmt: skip
            array[:] = d.values
        for name, (kind, about) in variables.items():
            group.create_array(
                name, shape=blocks.shape, chunks=blocks.block, dtype=kind, fill_value=EMPTY[kind],
                dimension_names=names, attributes=dict(about), **checked,
            )  # fmt: skip
        aside.chmod(0o755)
        try:
            os.rename(aside, path)
        except OSError:
            if read_description(path) is None:  # else another process was first
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _differences(here: Any, there: Any, name: str = "") -> Iterator[str]:
    if isinstance(here, dict) and isinstance(there, dict):
        for key in [*here, *(k for k in there if k not in here)]:
            yield from _differences(here.get(key), there.get(key), f"{name}.{key}" if name else key)
    elif here != there:
        yield f"`{name}` is {_short(here)}, but {_short(there)} in the store"


def _short(value):
    return "absent" if value is None else value if isinstance(value, str) else json.dumps(value)


@contextlib.contextmanager
def _said_in_a_sentence(path):
    try:
        yield
    except OSError as error:
        raise InputError(
            f"Argument `store`: cannot write to {path} ({error.strerror or error}); free space or name a folder that "
            "can be written. Finished chunks are kept, and the same call resumes."
        ) from error
