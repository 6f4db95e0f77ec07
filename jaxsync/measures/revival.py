"""How much of an ideal device's synchronization is revived."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def revived_share(highest: ArrayLike, ideal: ArrayLike) -> jax.Array:
    """Lambda = max S_Q(n, K) / max S_Q(0, 0), Eq. (7) of Lai et al., Nat. Commun. 16, 8491 (2025), of the two maxima.

    highest: of the device with thermal phonons and Kerr effect. ideal: of the ideal one. 0, with zero derivatives,
    where the ideal device has none.
    """
    highest, ideal = jnp.asarray(highest, dtype=float), jnp.asarray(ideal, dtype=float)
    # The guard is on the argument: a division that is only masked afterwards would leave NaN in the derivatives.
    return jnp.where(ideal > 0, highest / jnp.where(ideal > 0, ideal, 1.0), 0.0)
