"""Settings of all tests, and the expensive computations, each done once.

Compiling costs more than running here, so that batches are filled up to one width and share one compiled program, and
what one worker has compiled the others read from disk, for as long as the run lasts.
"""

import atexit
import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

if "JAX_COMPILATION_CACHE_DIR" not in os.environ:  # workers, notebooks and commands inherit the first process's
    os.environ["JAX_COMPILATION_CACHE_DIR"] = tempfile.mkdtemp(prefix="jaxsync-tests-")
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.2"
    atexit.register(shutil.rmtree, os.environ["JAX_COMPILATION_CACHE_DIR"], ignore_errors=True)
# The compiler's cheapest way takes a third of the time. A flag that its version does not know would end the process.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0"
    + " --xla_cpu_use_fusion_emitters=false" * version("jaxlib").startswith("0.9."),
)

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import CASES, WINDOW, in_chunks, model_of, stack

import jaxsync as js

MOST_PIECES = 20_000
"""A third of what Linux grants: one test may add thousands."""

# A shape error that broadcasting would hide is an error here.
jax.config.update("jax_numpy_rank_promotion", "raise")
assert jnp.zeros(()).dtype == jnp.float64, "importing jaxsync must switch double precision on"


@pytest.fixture(autouse=True)
def forget_programs():
    """Linux grants a process 65,530 pieces of memory; XLA takes a thousand for a large program, and crashes beyond."""
    yield
    pieces = Path("/proc/self/maps")
    if pieces.exists() and pieces.read_bytes().count(b"\n") > MOST_PIECES:
        jax.clear_caches()


@jax.jit
def _cycles(models):
    return jax.vmap(lambda model: js.find_limit_cycle(model, throw=False))(models)


@jax.jit
def _fixed_points(models):
    return jax.vmap(lambda model: js.find_fixed_point(model, throw=False))(models)


@pytest.fixture(scope="session")
def find_cycles():
    """Stacked models to limit cycles from vacuum, failures flagged."""
    return lambda models: in_chunks(_cycles, models, 36)


@pytest.fixture(scope="session")
def find_fixed_points():
    """Stacked models to fixed points from zero amplitudes, failures flagged."""
    return lambda models: in_chunks(_fixed_points, models, 1024)


@pytest.fixture(scope="session")
def case_models():
    """All reference cases, in the file's order."""
    return stack([model_of(case["change"]) for case in CASES])


@pytest.fixture(scope="session")
def case_cycles(find_cycles, case_models):
    """Limit cycles of all reference cases."""
    return find_cycles(case_models)


@pytest.fixture(scope="session")
def case_trajectories(case_models):
    """All reference cases in time: at the window's 2,001 times, and at t = 1500, when all has settled."""
    times = np.append(WINDOW, 1500.0)
    return jax.device_get(jax.jit(jax.vmap(lambda model: js.simulate(model, times)))(case_models))


@pytest.fixture(scope="session")
def late_cycle():
    """A model's limit cycle from vacuum, found with more digits than by default."""
    settings = js.Settings(tolerance=1e-9, closeness=1e-7, budget=12_000)
    return lambda model: js.find_limit_cycle(model, settings=settings)
