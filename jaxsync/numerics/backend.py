"""diffrax, when it is needed."""

from types import ModuleType

import jax


def load_diffrax() -> ModuleType:
    """diffrax, which takes as long to import as everything else but JAX together, and only simulations need.

    Outside any transformation that is running: constants that the import makes must not belong to a trace.
    """
    with jax.ensure_compile_time_eval():
        import diffrax
    return diffrax
