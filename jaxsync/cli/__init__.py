"""The command line: `jaxsync solve`, `sweep`, `design`, `follow`, `reproduce` and `info`."""

import os
import sys
from pathlib import Path

import jax
import tyro

from jaxsync.cli.design import design
from jaxsync.cli.follow import follow
from jaxsync.cli.reproduce import reproduce
from jaxsync.cli.solve import solve
from jaxsync.cli.sweep import sweep
from jaxsync.errors import ConvergenceError, InputError
from jaxsync.outputs import made_with


def info() -> None:
    """Versions, devices and precision."""
    record = made_with()
    for name, value in record["versions"].items():
        print(f"{name:10} {value}")
    for device in record["device"]:
        print(f"{'device':10} {device}")
    print(f"{'precision':10} {record['precision']}")


def main() -> None:
    """Entry point: errors that a person can mend are one sentence on standard error and exit code 2."""
    _keep_compiled_programs()
    app = tyro.extras.SubcommandApp()
    for command in (solve, sweep, design, follow, reproduce, info):
        app.command(command)
    try:
        app.cli(prog="jaxsync")
    except (InputError, ConvergenceError) as error:
        print(f"jaxsync: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("jaxsync: interrupted; finished files are kept.", file=sys.stderr)
        sys.exit(130)


def _keep_compiled_programs():
    """Later calls skip the compilation; a library must not write to a user's disk unasked, a command may."""
    if not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jaxsync"
        jax.config.update("jax_compilation_cache_dir", str(cache))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
