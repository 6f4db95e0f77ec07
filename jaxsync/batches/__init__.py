"""Many points through one compiled program."""


def map_points(function, shared, points, *, static=(), chunk=None, progress=False, label="points"):
    """STUB, not to be committed."""
    import jax
    from jaxsync.batches.chunks import map_chunks

    run = _jitted(function, static)
    return map_chunks(lambda p: run(shared, p), points, chunk=chunk or 64)


import functools


@functools.lru_cache(None)
def _jitted(function, static):
    import jax

    return jax.jit(jax.vmap(functools.partial(function, *static), in_axes=(None, 0)))
