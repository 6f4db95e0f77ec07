"""A measure that shows every bit, and sweeps of it in processes of their own that end at a moment of their choice.

A process that is to be killed or interrupted sends itself the signal, in the middle of a write: nobody waits for it,
so that no test races it, however busy the machine is.
"""

import os
import signal
import threading
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from systems import Rings

import jaxsync as js

AXES = {"inner": np.linspace(0.0, 0.6, 37), "width": np.linspace(-1.0, 1.0, 20)}
CHUNK = 4
POINTS = 37 * 20
FILES = 4
"""Files to a chunk: three numbers of the measure, and at last the outcome, which marks the chunk as done."""


def chaos(model):
    """Thousands of steps of the logistic map from the model's numbers: a difference in the last bit would take over."""
    x = jax.lax.fori_loop(0, 3000, lambda _, x: 3.9 * x * (1 - x), 0.5 + 0.1 * jnp.sin(model.inner + 3 * model.width))
    return {"x": x, "pair": (x * model.inner, jnp.where(model.inner < 0.5, x, jnp.nan))}


def at_move(which, half, act):
    """Call `act` once, right "before" or "after" a file is moved into place, as `half` says.

    which: the number of the move among those of chunks' files, from 1 on, each written aside and then moved; or
    "store", the move of the empty store.
    """
    owner, name = (os, "rename") if which == "store" else (Path, "replace")
    move, moves, lock = getattr(owner, name), [0], threading.Lock()

    def counted(source, target):
        with lock:
            moves[0] += which == "store" or "/c/" in str(target)
            now = moves[0] == (1 if which == "store" else which)
            moves[0] += now and which == "store"  # once
        if now and half == "before":
            act()
        result = move(source, target)
        if now and half == "after":
            act()
        return result

    setattr(owner, name, counted)


def run_child(store, share=None, coordinator=None, devices=1, cores=None, end=None):
    """A sweep of `chaos` in a process of its own, which has no JAX backend yet.

    end: (signal, which, half): the process sends itself the signal at that move of a file (`at_move`), or, where
    `which` is "measure", before anything is written, when the measure is first looked at.
    """
    # What a shell starts in the background ignores interrupts, and so do its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if cores is not None:
        os.sched_setaffinity(0, cores)
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    if coordinator is not None:
        jax.distributed.initialize(*coordinator)
        assert jax.process_count() == 2
    assert len(jax.local_devices()) == devices
    measure = chaos
    if end is not None:
        strike = lambda: os.kill(os.getpid(), end[0])
        if end[1] == "measure":
            measure = lambda model: strike() or chaos(model)
        else:
            at_move(*end[1:], strike)
    js.sweep(measure, Rings(), AXES, store=store, chunk=CHUNK, share=share)
    if coordinator is not None:
        jax.distributed.shutdown()  # waits for the others, as the end of a script does
