"""Result files: checked before the work starts, written whole or not at all, never over others unasked, and always with
a record of what made them beside them."""

import dataclasses
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import InputError

PACKAGES = ("jaxsync", "jax", "jaxlib", "diffrax", "optax", "numpy", "scipy", "xarray", "zarr")


def made_with(**details: Any) -> dict[str, Any]:
    """What a result was made with: versions, device, precision, command, time, and the `details` given."""
    return {
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "device": [f"{d.platform}: {d.device_kind}" for d in jax.devices()],
        "precision": str(jnp.zeros(()).dtype),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        **{name: _plain(value) for name, value in details.items()},
    }


def prepare_folder(folder: Path, names: Sequence[str], force: bool) -> None:
    """Make `folder`, and refuse before any work is done if it cannot be written or a file of `names` is in the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            f"Argument `out`: cannot write to {folder} ({error.strerror}); name a writable folder."
        ) from error
    if not force:
        present = [name for name in names if (folder / name).exists()]
        if present:
            raise InputError(f"Argument `out`: {folder} already has {', '.join(present)}; add --force to replace them.")


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file and move it into place, so that `path` is never half written."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise InputError(
            f"Argument `out`: cannot write {path} ({error.strerror}); free space or name another folder."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON, whole; numbers that JSON has no word for become null."""
    write_whole(path, lambda target: target.write_text(to_json(content) + "\n"))


def to_json(content: Any) -> str:
    """JSON text of dataclasses, mappings, arrays and numbers; NaN and infinities are null, complex numbers pairs."""
    return json.dumps(_plain(content), indent=1, allow_nan=False)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, (jax.Array, np.ndarray, np.generic)):
        return _plain(np.asarray(value).tolist())
    if isinstance(value, complex):
        return _plain([value.real, value.imag])
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)
