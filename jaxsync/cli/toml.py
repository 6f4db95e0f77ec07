"""Settings from TOML files, checked like arguments."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaxsync.errors import InputError


def read_toml(path: Path, kinds: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a TOML file, all of them among `kinds`, which gives the type or types of each."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"Argument `config`: cannot read {path} ({error.strerror}); name a TOML file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"Argument `config`: {path} is no TOML file ({error}); correct it there.") from error
    check_table(found, kinds, str(path))
    return found


def check_table(table: Any, kinds: Mapping[str, Any], where: str) -> None:
    """Refuse a table with other entries than `kinds`, or of other kinds; an integer may stand for a float."""
    if not isinstance(table, dict):
        raise InputError(f"`{where}` must be a table with {', '.join(kinds)}, but is {table!r}.")
    for key, value in table.items():
        if key not in kinds:
            raise InputError(f"`{where}` has an unknown entry `{key}`; it may have {', '.join(kinds)}.")
        kind = (float, int) if kinds[key] is float else kinds[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(f"`{where}`: the entry `{key}` cannot be {value!r}.")
