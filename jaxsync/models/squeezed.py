"""One mode squeezed in two ways: by a drive at twice its frequency, and by the reservoir that it decays into.

Sources: D. F. Walls, G. J. Milburn, Quantum Optics (Springer, 2008), chapters 7 and 8; C. W. Gardiner, P. Zoller,
Quantum Noise (Springer, 2004), chapter 10.
"""

from typing import ClassVar

import jax
import jax.numpy as jnp

from jaxsync.models.base import Model, parameter


class ParametricOscillator(Model):
    """A parametrically driven mode `a` with a Kerr effect, in the frame of half the pump's frequency.

    H = delta a^+ a + i (pump / 2) (a^+^2 - a^2) + kerr (a^+ a)^2 + i drive (a^+ - a), amplitude decay kappa:

        a' = -(kappa + i delta) a + pump a^* - 2 i kerr |a|^2 a + drive

    Below threshold, pump^2 < kappa^2 + delta^2, it rests at zero without a drive, and its covariance is `at_rest`.
    Above, the Kerr effect bounds the motion, and there are two states of opposite phase.

    Example:
        >>> import jaxsync as js
        >>> model = js.models.ParametricOscillator(pump=0.5)
        >>> print(js.find_fixed_point(model).covariance.diagonal())  # 1/2 over 1 - 0.5 and 1 + 0.5
        [1.         0.33333333]
    """

    modes: ClassVar[tuple[str, ...]] = ("a",)

    kappa: float = parameter(default=1.0, nonnegative=True)
    """Amplitude decay rate."""
    delta: float = 0.0
    """Detuning of the mode from half the pump's frequency, mode less pump."""
    pump: float = 0.5
    """Strength of the parametric drive."""
    kerr: float = 0.0
    """Kerr coefficient of (a^+ a)^2."""
    drive: float = 0.0
    """Amplitude of a drive at half the pump's frequency, real."""
    nbar: float = parameter(default=0.0, nonnegative=True)
    """Mean thermal quanta of the bath."""

    def rates(self, amplitudes):
        """The equation of the class."""
        a = amplitudes
        turning = self.kappa + 1j * (self.delta + 2 * self.kerr * (a * a.conj()).real)
        return -turning * a + self.pump * a.conj() + self.drive

    def diffusion(self):
        """Diagonal of Q: kappa (2 n + 1) for both quadratures."""
        return self.kappa * (2 * self.nbar + 1) * jnp.ones(2)

    def thermal_occupations(self):
        return jnp.reshape(jnp.asarray(self.nbar, dtype=float), (1,))

    def at_rest(self) -> jax.Array:
        """Covariance, (2, 2), of the state at rest, below threshold and without drive or Kerr effect, in closed form.

        With D = kappa^2 + delta^2 - pump^2 it is (n + 1/2) / D times
        [[D + pump (kappa + pump), -pump delta], [-pump delta, D - pump (kappa - pump)]].
        """
        k, d, p = self.kappa, self.delta, self.pump
        D = k**2 + d**2 - p**2
        rows = jnp.array([[D + p * (k + p), -p * d], [-p * d, D - p * (k - p)]])
        return (self.nbar + 0.5) / D * rows


class SqueezedReservoir(Model):
    """A driven mode `a` that decays into squeezed noise; rates in any one unit.

        a' = -(kappa + i delta) a + drive,  jumps sqrt(2 kappa) (a cosh r + a^+ e^(i angle) sinh r)

    with r the `squeezing`, for nbar = 0; thermal quanta multiply the noise by 2 nbar + 1. Its covariance is `at_rest`.

    Example:
        >>> import jaxsync as js
        >>> model = js.models.SqueezedReservoir(squeezing=1.0)
        >>> print(js.find_fixed_point(model).covariance.diagonal())  # exp(-2) / 2 and exp(2) / 2
        [0.06766764 3.69452805]
    """

    modes: ClassVar[tuple[str, ...]] = ("a",)

    kappa: float = parameter(default=1.0, nonnegative=True)
    """Amplitude decay rate."""
    delta: float = 0.0
    """Detuning of the mode from the middle of the squeezed noise and from the drive, mode less drive."""
    squeezing: float = 0.5
    """Squeezing parameter r of the reservoir: its quieter quadrature has the variance exp(-2 r) / 2."""
    angle: float = 0.0
    """Angle of the squeezing in the plane of amplitudes, twice that of the quieter quadrature."""
    drive: float = 0.0
    """Amplitude of the drive, real."""
    nbar: float = parameter(default=0.0, nonnegative=True)
    """Mean thermal quanta that are squeezed with the vacuum."""

    def rates(self, amplitudes):
        """The equation of the class."""
        return -(self.kappa + 1j * self.delta) * amplitudes + self.drive

    def diffusion(self):
        """Q, (2, 2): the reservoir's covariance times 2 kappa."""
        return 2 * self.kappa * self._turned(1.0, 0.0)

    def thermal_occupations(self):
        return jnp.zeros(1)

    def at_rest(self) -> jax.Array:
        """Covariance, (2, 2), of the state that it settles on, in closed form.

        <da da> = -(n + 1/2) sinh(2 r) e^(i angle) / (1 + i delta / kappa): detuned, the squeezing is less, and turned.
        """
        k, d = self.kappa, self.delta
        return self._turned(k**2 / (k**2 + d**2), -k * d / (k**2 + d**2))

    def _turned(self, real, imaginary):
        """The covariance of the reservoir with its <da da> times real + i imaginary."""
        size = self.nbar + 0.5
        c, s = jnp.cos(self.angle), jnp.sin(self.angle)
        squeezed = -size * jnp.sinh(2 * self.squeezing)
        x, y = squeezed * (c * real - s * imaginary), squeezed * (s * real + c * imaginary)
        return size * jnp.cosh(2 * self.squeezing) * jnp.eye(2) + jnp.array([[x, y], [y, -x]])
