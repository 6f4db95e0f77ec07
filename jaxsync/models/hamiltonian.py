"""Devices written as a Hamiltonian and jump operators, as the literature has them.

With the Wigner symbols H(z, z*), real, and L_k(z, z*), to leading order in one over the quanta (truncated Wigner):

    z_j' = -i dH/dz_j* + 1/2 sum_k [L_k* dL_k/dz_j* - L_k dL_k*/dz_j*]
    noise: dz_j = sum_k [-dL_k*/dz_j* dxi_k + dL_k/dz_j* dxi_k*],  <dxi dxi*> = dt/2,  in Stratonovich's sense

The derivatives are JAX's.
"""

from collections.abc import Sequence
from typing import ClassVar

import jax
import jax.numpy as jnp

from jaxsync.errors import InputError
from jaxsync.models.base import Model


class HamiltonianModel(Model):
    """Base class of models written as H and jump operators: define `hamiltonian`, and `jumps` if there are any.

    In units of hbar = 1, with Lindblad's D[L] rho = L rho L^+ - {L^+ L, rho}/2: amplitude decay at the rate kappa is
    L = sqrt(2 kappa) a. Quanta are (z * z.conj()).real: jnp.abs(z) has no derivative at zero.

    Example:
        >>> import jax.numpy as jnp
        >>> import jaxsync as js
        >>> class QuantumVanDerPol(js.HamiltonianModel):
        ...     modes = ("a",)
        ...     gain: float = 1.0
        ...     loss: float = 0.05
        ...     def hamiltonian(self, z):
        ...         return (z[0] * z[0].conj()).real
        ...     def jumps(self, z):
        ...         return jnp.sqrt(self.gain) * z[0].conj(), jnp.sqrt(self.loss) * z[0] ** 2
        >>> cycle = js.find_limit_cycle(QuantumVanDerPol())
        >>> f"{jnp.abs(cycle.amplitudes[0, 0])**2:.3f}"  # gain / (2 loss), and one from the noise-induced drift
        '11.000'
    """

    noise_induced: ClassVar[bool] = True
    """Whether the mean field has the drift that the noise induces where it depends on the state, of relative order one
    over the quanta; much of the literature leaves it out. Ensembles have it in any case."""

    def hamiltonian(self, z: jax.Array) -> jax.Array:
        """H, one real number, given the complex amplitudes z, (n,)."""
        raise InputError(f"Model {type(self).__name__} has no `hamiltonian`: define hamiltonian(self, z).")

    def jumps(self, z: jax.Array) -> jax.Array | Sequence[jax.Array]:
        """Jump operators L_k, (m,) complex, given the complex amplitudes z, (n,); none unless a model says more."""
        return jnp.zeros(0, complex)

    def rates(self, amplitudes):
        """The mean field's velocities."""
        velocity = self.drift(amplitudes)
        return velocity + self.noise_induced_drift(amplitudes) if self.noise_induced else velocity

    def diffusion(self, amplitudes):
        """Diffusion matrix Q = S S^T of the quadratures, (2n, 2n)."""
        S = self.noise(amplitudes)
        return S @ S.T

    def drift(self, amplitudes: jax.Array) -> jax.Array:
        """Velocities of the amplitudes without what noise induces, (n,): the drift of the Stratonovich equation."""
        of_H, _ = _wirtinger(lambda z: _read_hamiltonian(self, z), amplitudes)
        values, by_z, by_conjugate = read_jumps(self, amplitudes)
        dissipated = values.conj() @ by_conjugate - values @ by_z.conj()
        return -1j * of_H.conj() + dissipated / 2

    def noise(self, amplitudes: jax.Array) -> jax.Array:
        """S, (2n, 2m): the quadratures' noise is S dW with 2m standard Wiener processes, in Stratonovich's sense."""
        _, by_z, by_conjugate = read_jumps(self, amplitudes)
        # dxi = (dW1 + i dW2) / 2.
        columns = jnp.concatenate([by_conjugate - by_z.conj(), -1j * (by_conjugate + by_z.conj())]) / 2
        return jnp.sqrt(2) * jnp.stack([columns.real, columns.imag], axis=2).reshape(len(columns), -1).T

    def noise_induced_drift(self, amplitudes: jax.Array) -> jax.Array:
        """What turns the Stratonovich equation's drift into Ito's, (n,): 1/2 sum of (S_c . d) S_c over the columns."""

        def noise(u):
            return self.noise(jax.lax.complex(u[0], u[1]))

        u = jnp.stack([amplitudes.real, amplitudes.imag])
        S = noise(u)
        # Quadratures are sqrt2 times u.
        moves = jnp.swapaxes(S.T.reshape(S.shape[1], -1, 2), 1, 2) / jnp.sqrt(2)
        own = lambda c, move: jax.jvp(noise, (u,), (move,))[1][:, c]
        pairs = jnp.sum(jax.vmap(own)(jnp.arange(S.shape[1]), moves), axis=0).reshape(-1, 2) / (2 * jnp.sqrt(2))
        return jax.lax.complex(pairs[:, 0], pairs[:, 1])


def _wirtinger(function, z):
    """Derivatives of function(z) by z and by its conjugate, each (..., n)."""
    of_parts = lambda u: function(jax.lax.complex(u[0], u[1]))
    derivative = jax.jacfwd(of_parts)(jnp.stack([z.real, z.imag]))
    by_real, by_imaginary = derivative[..., 0, :], derivative[..., 1, :]
    return (by_real - 1j * by_imaginary) / 2, (by_real + 1j * by_imaginary) / 2


def _read_hamiltonian(model, z):
    """H as a real number: what imaginary part there is `check_model` has found to be rounding."""
    value = jnp.asarray(model.hamiltonian(z))
    if value.shape != ():
        raise InputError(
            f"Method `hamiltonian` of {type(model).__name__} must return one number, but returned shape {value.shape}: "
            "sum its terms."
        )
    return value.real


def read_jumps(model, z):
    """The jumps, (m,), and their derivatives by z and by its conjugate, (m, n)."""

    def jumps(z):
        values = model.jumps(z)
        values = (
            jnp.stack([jnp.asarray(L) for L in values]) if isinstance(values, tuple | list) else jnp.asarray(values)
        )
        if values.ndim != 1:
            raise InputError(
                f"Method `jumps` of {type(model).__name__} must return one complex number per jump operator, shape "
                f"(m,), but returned shape {values.shape}."
            )
        return values.astype(complex)

    return jumps(z), *_wirtinger(jumps, z)
