"""Imports go in one direction, and what a folder keeps to itself stays there."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

from cases import ROOT


def test_folders_import_only_from_their_left():
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert program, "import-linter is part of the test extra"
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_private_name_is_used_across_folders():
    """Neither imported by name, nor reached for in a module that was imported."""
    assert not [use for path in sorted((ROOT / "jaxsync").rglob("*.py")) for use in private_uses(path)]


def private_uses(path):
    """What a file uses of other folders of the package that starts with one underscore."""
    where = path.relative_to(ROOT)
    folder, tree = ".".join(where.parts[:-1]), ast.parse(path.read_text(encoding="utf-8"))
    imported = {}
    for node in ast.walk(tree):
        module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        if module.startswith("jaxsync") and folder not in (module, module.rpartition(".")[0]):
            imported |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
    yield from (f"{where}: {name}" for name in imported.values() if is_private(name.rpartition(".")[2]))
    for node in ast.walk(tree):
        reached = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported
        if reached and is_private(node.attr):
            yield f"{where}: {imported[node.value.id]}.{node.attr}"


def is_private(name):
    return name.startswith("_") and not name.startswith("__")
