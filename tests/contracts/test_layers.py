"""Imports go in one direction: models, solvers, fluctuations, measures, sweeps, paper, command line."""

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
