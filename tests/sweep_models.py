"""A model with closed forms and a measure that shows every bit, for the tests of sweeps and their child processes."""

import os
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

import jaxsync as js


class Rings(js.Model):
    """One mode that circles the point 1 at the radius r: r' = -gain r (r^2 - inner) ((r^2 - 2)^2 - width).

    Stable cycles: r^2 = inner, if positive, and r^2 = 2 + sqrt(width), if width is; the angular velocity is 1 + r^2/10.
    The vacuum is at r = 1: it leads outwards where 2 - sqrt(width) < 1, else inwards, to rest where inner < 0.
    """

    modes: ClassVar = ("z",)
    inner: float = 0.25
    width: float = 1.5
    gain: float = 0.05
    noise: float = js.parameter(default=1.0, nonnegative=True)
    kind: int = js.parameter(default=0, static=True)

    def rates(self, amplitudes):
        r = amplitudes - 1
        square = r.real**2 + r.imag**2
        growth = -self.gain * (square - self.inner) * ((square - 2) ** 2 - self.width)
        return r * (growth - 1j * (1 + square / 10))

    def diffusion(self):
        return jnp.stack([self.noise, self.noise]) * jnp.ones(2)


def chaos(model):
    """Thousands of steps of the logistic map from the model's numbers: a difference in the last bit would take over."""
    x = jax.lax.fori_loop(0, 3000, lambda _, x: 3.9 * x * (1 - x), 0.5 + 0.1 * jnp.sin(model.inner + 3 * model.width))
    return {"x": x, "pair": (x * model.inner, jnp.where(model.inner < 0.5, x, jnp.nan))}


AXES = {"inner": np.linspace(0.0, 0.6, 37), "width": np.linspace(-1.0, 1.0, 20)}
CHUNK = 4


def run_child(store, share=None, coordinator=None, devices=1, cores=None):
    """A sweep of `chaos` in a process of its own, which has no JAX backend yet."""
    if cores is not None:
        os.sched_setaffinity(0, cores)
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
    if coordinator is not None:
        jax.distributed.initialize(*coordinator)
        assert jax.process_count() == 2
    assert len(jax.local_devices()) == devices
    js.sweep(chaos, Rings(), AXES, store=store, chunk=CHUNK, share=share, progress=False)
    if coordinator is not None:
        jax.distributed.shutdown()  # waits for the others, as the end of a script does
