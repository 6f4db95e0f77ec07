"""Many quantum van der Pol oscillators, coupled by matrices; two and more of `van_der_pol`."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxsync.errors import InputError
from jaxsync.models.base import is_traced, parameter
from jaxsync.models.hamiltonian import HamiltonianModel

MATRICES = ("exchange", "dissipation")

CHAIN = ((0.0, 0.2, 0.0), (0.2, 0.0, 0.2), (0.0, 0.2, 0.0))
"""Rates of common baths that stand in where no coupling is given."""


class VanDerPolArray(HamiltonianModel):
    """n quantum van der Pol oscillators `a1` to `an`, coupled as two (n, n) matrices say; rates in any one unit.

    H = sum_j omega_j a_j^+ a_j + sum_(j < k) J_jk (a_j^+ a_k + a_k^+ a_j), J being `exchange`, and for each pair the
    jump sqrt(G_jk) (a_j - a_k), G being `dissipation`: a common bath that damps their difference.

    One matrix may be left out; without any, three oscillators stand in a row, each pair beside each other at a rate of
    0.2.

    Drift and noise are written out: derivatives of all jumps by all amplitudes would cost n^2 times as much. Unlike
    those of square roots of rates, their own derivatives hold where a rate is zero, too.

    Example:
        >>> import jaxsync as js
        >>> array = js.models.VanDerPolArray()
        >>> array.modes
        ('a1', 'a2', 'a3')
        >>> print(js.find_limit_cycle(array).outcome)
        limit cycle
    """

    omega: float | jax.Array | Sequence[float] = 1.0
    """Frequency of all oscillators, or of each, (n,)."""
    gain: float = parameter(default=1.0, nonnegative=True)
    """Rate at which each gains single quanta."""
    loss: float = parameter(default=0.05, nonnegative=True)
    """Rate at which each loses pairs of quanta."""
    exchange: float | jax.Array | Sequence[Sequence[float]] = 0.0
    """Coherent exchange J of each pair, (n, n), symmetric, zero on the diagonal; 0 is none."""
    dissipation: float | jax.Array | Sequence[Sequence[float]] = parameter(default=0.0, nonnegative=True)
    """Rate G of the common bath of each pair, (n, n), symmetric, zero on the diagonal; 0 is none."""

    def __post_init__(self):
        super().__post_init__()
        if is_traced((self.exchange, self.dissipation)):
            return
        is_none = lambda name: np.ndim(getattr(self, name)) == 0 and getattr(self, name) == 0
        if all(map(is_none, MATRICES)):
            object.__setattr__(self, "dissipation", jnp.asarray(CHAIN))
        for name, other in (MATRICES, MATRICES[::-1]):
            if is_none(name):
                object.__setattr__(self, name, jnp.zeros(np.shape(getattr(self, other))))
            matrix = np.asarray(getattr(self, name))
            # Of stacked models there are as many matrices.
            square = matrix.ndim >= 2 and matrix.shape[-2] == matrix.shape[-1] > 0
            if (
                not square
                or np.any(matrix != np.swapaxes(matrix, -2, -1))
                or np.any(np.diagonal(matrix, axis1=-2, axis2=-1))
            ):
                raise InputError(
                    f"Argument `{name}` must be a symmetric (n, n) matrix with zeros on the diagonal, but is "
                    f"{matrix.tolist()}; give one number per pair."
                )
        shapes = [np.shape(getattr(self, name)) for name in MATRICES]
        if shapes[0] != shapes[1]:
            raise InputError(
                f"Arguments `exchange` and `dissipation` must have the same shape, but have {shapes[0]} and "
                f"{shapes[1]}; give zeros for pairs that are not coupled."
            )

    @property
    def modes(self) -> tuple[str, ...]:  # type: ignore[override]  # of the instance: the matrices tell their number
        return tuple(f"a{j + 1}" for j in range(np.shape(self.exchange)[-1]))

    def hamiltonian(self, z):
        """The Wigner symbol of H."""
        return jnp.sum(jnp.asarray(self.omega) * (z * z.conj()).real) + (z.conj() @ self._exchanged(z)).real

    def jumps(self, z):
        """Of each oscillator one quantum in, two out; then the pairs' baths."""
        first, second = np.triu_indices(len(z), 1)
        own = [jnp.sqrt(self.gain) * z.conj(), jnp.sqrt(self.loss) * z**2]
        return jnp.concatenate([*own, jnp.sqrt(jnp.asarray(self.dissipation)[first, second]) * (z[first] - z[second])])

    def drift(self, amplitudes):
        z = amplitudes
        own = self.gain / 2 - self.loss * (z * z.conj()).real - 1j * jnp.asarray(self.omega)
        return own * z - 1j * self._exchanged(z) - self._laplacian() @ z / 2

    def noise_induced_drift(self, amplitudes):
        return self.loss * amplitudes

    def diffusion(self, amplitudes):
        own = self.gain / 2 + 2 * self.loss * (amplitudes * amplitudes.conj()).real
        return jnp.kron(jnp.diag(own) + self._laplacian() / 2, np.eye(2))

    def _exchanged(self, z):
        return jnp.asarray(self.exchange) @ z

    def _laplacian(self):
        """Of the graph of common baths: z^+ Laplacian z = sum of G_jk |z_j - z_k|^2 over the pairs."""
        G = jnp.asarray(self.dissipation)
        return jnp.diag(jnp.sum(G, axis=1)) - G
