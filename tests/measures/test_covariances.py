"""Derivatives of the functions of covariances, and what they do where there are none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from random_states import STATES

from jaxsync.measures import covariances

DIFFERENTIATED = {
    "negativity": lambda V: covariances.negativity(V[:4, :4], 1),
    "negativity 1|3": lambda V: covariances.negativity(V, 1),
    "steering": lambda V: covariances.steerability(V[:4, :4], 1),
    "contangle": lambda V: covariances.residual_contangle(V[:6, :6]),
    "purity": lambda V: covariances.purity(V),
    "one mode": lambda V: covariances.minimum_variance(V[:2, :2]),
    "two modes": lambda V: covariances.minimum_variance(V[:4, :4]),
    "spectrum of one": lambda V: jnp.sum(covariances.symplectic_spectrum(V[:2, :2])),
    "spectrum of two": lambda V: covariances.symplectic_spectrum(V[:4, :4])[1],
    "spectrum of four": lambda V: covariances.symplectic_spectrum(V)[2],
}


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_derivatives(name):
    measure = DIFFERENTIATED[name]
    # A little noise parts the eigenvalues of the pure modes: where they coincide there is no derivative.
    noisy = STATES + 0.02 * np.eye(8)
    V = next(V for V in jnp.asarray(noisy) if min(measure(V), covariances.steerability(V[:4, :4], 1)) > 0.02)
    rng = np.random.default_rng(1)
    dV = rng.normal(size=(8, 8)) * 0.1
    dV = jnp.asarray(dV + dV.T)

    @jax.jit
    def derivatives(V, dV):
        h = 1e-5
        forward = jax.jvp(measure, (V,), (dV,))[1]
        reverse = jnp.vdot(jax.grad(measure)(V), dV)
        up, down = jax.vmap(measure)(jnp.stack([V + h * dV, V - h * dV]))
        return forward, reverse, (up - down) / (2 * h)

    forward, reverse, difference = derivatives(V, dV)
    np.testing.assert_allclose(forward, reverse, rtol=1e-9)
    np.testing.assert_allclose(forward, difference, rtol=1e-5)  # rounding over the step, and its square
    # In vacuum all eigenvalues coincide and most measures have a kink: what comes back is a number all the same.
    assert np.all(np.isfinite(jax.jit(jax.grad(measure))(jnp.eye(8) / 2)))
    assert np.isnan(measure(jnp.full((8, 8), jnp.nan)))
