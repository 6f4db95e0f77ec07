"""The contrast of two directions."""

import jax
import jax.numpy as jnp
import numpy as np

import jaxsync as js


def test_contrast():
    np.testing.assert_allclose(js.contrast(3.0, 1.0), 0.5)
    np.testing.assert_allclose(js.contrast([1.0, 0.0, 0.0, 2.0], [0.0, 2.0, 0.0, 2.0]), [1.0, -1.0, 0.0, 0.0])
    assert np.isnan(js.contrast(np.nan, 0.0))
    slopes = jax.vmap(jax.grad(js.contrast, argnums=(0, 1)))(jnp.array([3.0, 0.0]), jnp.array([1.0, 0.0]))
    # d/dx (x - y)/(x + y) = 2 y / (x + y)^2, d/dy = -2 x / (x + y)^2; none where both vanish.
    np.testing.assert_allclose(slopes, [[2 / 16, 0.0], [-6 / 16, 0.0]], rtol=1e-14)
