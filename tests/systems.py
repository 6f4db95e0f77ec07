"""Systems small enough for pen and paper: models as a user would write them, each with its exact values.

The exact values are explicit formulas of the fields in jax.numpy, so that their derivatives are exact as well: those of
a formula, not of a solver. `contracts/test_closed_forms.py` holds the package against them; README.md says how to add
one.
"""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np

import jaxsync as js


class Oscillator(js.Model):
    """z' = -(gamma + i omega) z + drive in a bath of n quanta: linear, known at all times."""

    modes: ClassVar = ("z",)
    omega: float = 1.3
    gamma: float = js.parameter(default=0.2, nonnegative=True)
    n: float = js.parameter(default=0.7, nonnegative=True)
    drive: float = 0.5

    def rates(self, amplitudes):
        return -(self.gamma + 1j * self.omega) * amplitudes + self.drive

    def diffusion(self):
        return jnp.full(2, self.gamma * (2 * self.n + 1))

    def exact_rest(self):
        """The amplitude at rest."""
        return self.drive / (self.gamma + 1j * self.omega)

    def exact_amplitude(self, t, start):
        """The amplitude at the time t, having been `start`."""
        return self.exact_rest() + (start - self.exact_rest()) * jnp.exp(-(self.gamma + 1j * self.omega) * t)

    def exact_covariance(self, t=np.inf, start=np.eye(2) / 2):
        """The covariance at the time t, having been `start`: exp(-i omega t) turns (X, Y) clockwise."""
        rest = (self.n + 0.5) * jnp.eye(2)
        if np.isinf(t):
            return rest
        c, s = jnp.cos(self.omega * t), jnp.sin(self.omega * t)
        turn = jnp.array([[c, s], [-s, c]])
        return rest + jnp.exp(-2 * self.gamma * t) * turn @ (start - rest) @ turn.T


class Exchange(js.Model):
    """Two resonant modes that exchange quanta, each in a bath of its own."""

    modes: ClassVar = ("left", "right")
    chi: float = 0.3
    gamma: float = js.parameter(default=0.2, nonnegative=True)
    n1: float = js.parameter(default=0.4, nonnegative=True)
    n2: float = js.parameter(default=2.5, nonnegative=True)

    def rates(self, amplitudes):
        left, right = amplitudes
        decay = -(self.gamma + 1j)
        return [decay * left + 1j * self.chi * right, decay * right + 1j * self.chi * left]

    def diffusion(self):
        return jnp.diag(jnp.repeat(self.gamma * (2 * jnp.stack([self.n1, self.n2]) + 1), 2))

    def exact_covariance(self):
        """At rest, from N1' = -2 gamma (N1 - n1) - 2 chi Im C and C' = -2 gamma C + i chi (N1 - N2), C = <b1^+ b2>."""
        moved = self.chi**2 * (self.n1 - self.n2) / (2 * (self.gamma**2 + self.chi**2))
        c = self.chi * (self.n1 - self.n2 - 2 * moved) / (2 * self.gamma)
        first, second = (self.n1 - moved + 0.5) * jnp.eye(2), (self.n2 + moved + 0.5) * jnp.eye(2)
        # C = i c; <b1^+ b2> = (<X1 X2> + <Y1 Y2> + i <X1 Y2> - i <Y1 X2>) / 2, and <b1 b2> = 0.
        cross = c * jnp.array([[0.0, 1.0], [-1.0, 0.0]])
        return jnp.block([[first, cross], [cross.T, second]])

    def exact_s_q(self):
        """O_- decouples from O_+, so that the exchange does not show in the relative quadratures."""
        return 1 / (self.n1 + self.n2 + 1)


class Amplifier(js.Model):
    """Two modes that are created in pairs, a' = -kappa a + gain b*, b' = -kappa b + gain a*; gain < kappa."""

    modes: ClassVar = ("a", "b")
    pair: ClassVar = ("a", "b")
    kappa: float = js.parameter(default=0.5, nonnegative=True)
    gain: float = 0.2

    def rates(self, amplitudes):
        a, b = amplitudes
        return [-self.kappa * a + self.gain * jnp.conj(b), -self.kappa * b + self.gain * jnp.conj(a)]

    def diffusion(self):
        return self.kappa * jnp.ones(4)

    def exact_variances(self):
        """The smallest and the largest: X1 - X2 and Y1 + Y2 decay at kappa + gain, the other two at kappa - gain."""
        return self.kappa / (2 * (self.kappa + self.gain)), self.kappa / (2 * (self.kappa - self.gain))

    def exact_negativity(self):
        """The smallest symplectic eigenvalue of the partial transpose is the smallest variance."""
        return jnp.log(1 + self.gain / self.kappa)

    def exact_purity(self):
        """1 / (4 sqrt det V), each of the two variances counting twice."""
        return 1 - (self.gain / self.kappa) ** 2

    def exact_s_q(self):
        """X_- has the smallest variance and Y_- the largest."""
        return 1 / sum(self.exact_variances())


class KerrMode(js.Model):
    """A driven Kerr mode, z' = -(kappa + i (delta + 2 kerr |z|^2)) z + drive: bistable."""

    modes: ClassVar = ("z",)
    kappa: float = 0.5
    delta: float = -2.0
    kerr: float = 0.05
    drive: float = 1.0

    def rates(self, amplitudes):
        z = amplitudes[0]
        detuning = self.delta + 2 * self.kerr * jnp.abs(z) ** 2
        return jnp.stack([-(self.kappa + 1j * detuning) * z + self.drive])

    def diffusion(self):
        return jnp.full(2, self.kappa)

    def exact_quanta(self):
        """All steady |z|^2, n ((delta + 2 kerr n)^2 + kappa^2) = drive^2, ascending; of numbers only."""
        cubic = [4 * self.kerr**2, 4 * self.kerr * self.delta, self.delta**2 + self.kappa**2, -(self.drive**2)]
        roots = np.roots(cubic)
        return np.sort(roots[np.abs(roots.imag) < 1e-9].real)

    def exact_amplitude(self, n):
        """The steady amplitude whose |z|^2 is the root of the cubic near `n`: a few steps of Newton's method on it, the
        last of which, from the root, leaves it where it is and has the derivatives of the root."""
        for _ in range(8):
            value = n * ((self.delta + 2 * self.kerr * n) ** 2 + self.kappa**2) - self.drive**2
            slope = (self.delta + 2 * self.kerr * n) * (self.delta + 6 * self.kerr * n) + self.kappa**2
            n = n - value / slope
        return self.drive / (self.kappa + 1j * (self.delta + 2 * self.kerr * n))


class StuartLandau(js.Model):
    """z' = (mu + i omega) z - (g + i beta) |z|^2 z with diffusion q in each quadrature: the simplest limit cycle.

    With the deviations r of the radius and p along the circle, r' = -2 mu r + noise and p' = -2 mu shear r + noise. The
    time shift (p - shear r) / (radius speed) is pure noise; what is transverse lies along (1, shear).
    """

    modes: ClassVar = ("z",)
    mu: float = 0.1
    omega: float = 1.5
    g: float = 0.01
    beta: float = 0.0
    q: float = js.parameter(default=0.3, nonnegative=True)

    def rates(self, amplitudes):
        (z,) = amplitudes
        quanta = z.real**2 + z.imag**2
        return jnp.stack([(self.mu + 1j * self.omega - (self.g + 1j * self.beta) * quanta) * z])

    def diffusion(self):
        return jnp.stack([self.q, self.q]) * jnp.ones(2)

    @property
    def radius(self):
        """Of the cycle, in quadrature units."""
        return jnp.sqrt(2 * self.mu / self.g)

    @property
    def speed(self):
        """Of the phase on the cycle; its sign is that of the rotation."""
        return self.omega - self.beta * self.mu / self.g

    @property
    def shear(self):
        """How much the frequency answers to the radius."""
        return self.beta / self.g

    def exact_amplitude(self, t, start):
        """The amplitude at the time t, having been `start`; |z|^2 is logistic, and its integral a logarithm."""
        first = jnp.abs(start) ** 2
        growth = self.g * first / self.mu * jnp.expm1(2 * self.mu * t) + 1
        quanta = first * jnp.exp(2 * self.mu * t) / growth
        phase = self.omega * t - self.beta * jnp.log(growth) / (2 * self.g)
        return jnp.sqrt(quanta) * start / jnp.abs(start) * jnp.exp(1j * phase)

    def exact_period(self):
        return 2 * jnp.pi / jnp.abs(self.speed)

    def exact_contraction(self):
        """The multiplier other than 1."""
        return jnp.exp(-2 * self.mu * self.exact_period())

    def exact_phase_diffusion(self):
        """Shear adds to the noise of the phase what the amplitude's noise turns into."""
        return self.q * (1 + self.shear**2) / (self.radius * self.speed) ** 2

    def exact_transverse_covariance(self):
        """In the frame (outward, counterclockwise): <r^2> = q / 4 mu along (1, shear)."""
        along = jnp.stack([1.0, self.shear])
        return self.q / (4 * self.mu) * jnp.outer(along, along)

    def exact_phase_correlation(self):
        """In the same frame, from <r tau>' = 0."""
        along = jnp.stack([1.0, self.shear])
        return -self.q * self.shear / (2 * self.mu * self.radius * self.speed) * along

    def exact_phase_response(self):
        """In the same frame: the gradient of the time shift."""
        return jnp.stack([-self.shear, 1.0]) / (self.radius * self.speed)

    def exact_initial_phase_variance(self, start):
        """s0 gathered from the vacuum's covariance about `start`, a radius in quadrature units: the squared gradient of
        (angle - shear log R) / speed there times 1/2, plus q times its integral over the known R(t)."""
        way = (1 / start**2 - 1 / self.radius**2) / (2 * self.mu)
        return (1 + self.shear**2) / self.speed**2 * (0.5 / start**2 + self.q * way)


class Oscillators(js.Model):
    """Two independent oscillators z' = (mu + i w) z - |z|^2 z: rest, a cycle, or a torus, by the signs of mu."""

    modes: ClassVar = ("first", "second")
    mu_1: float = 0.1
    mu_2: float = -0.1
    w_1: float = 1.0
    w_2: float = 0.5 * (1 + 5**0.5)

    def rates(self, z):
        mu = jnp.stack([jnp.asarray(self.mu_1), jnp.asarray(self.mu_2)])
        w = jnp.stack([jnp.asarray(self.w_1), jnp.asarray(self.w_2)])
        return (mu + 1j * w) * z - jnp.abs(z) ** 2 * z

    def diffusion(self):
        return jnp.ones(4)

    def exact_exponents(self):
        """The three largest: about |z|^2 = mu the radius relaxes at 2 mu and the phase not at all, about rest both
        quadratures at mu."""
        every = [e for mu in (self.mu_1, self.mu_2) for e in ((mu, mu) if mu < 0 else (0.0, -2 * mu))]
        return sorted(every, reverse=True)[:3]


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

    def exact_square(self, outer):
        """r^2 of the outer cycle, or of the inner one."""
        return 2 + jnp.sqrt(self.width) if outer else jnp.asarray(self.inner)

    def exact_period(self, outer):
        return 2 * jnp.pi / (1 + self.exact_square(outer) / 10)

    def exact_contraction(self, outer):
        """exp of the slope of r' at the cycle times the period."""
        s = self.exact_square(outer)
        slope = -2 * self.gain * s * (((s - 2) ** 2 - self.width) + (s - self.inner) * 2 * (s - 2))
        return jnp.exp(slope * self.exact_period(outer))


class Rossler(js.Model):
    """Rossler's equations for (x, y, z) as quadratures of two modes; a fourth, decaying one fills up the second.

    Chaotic at c = 5.7, with the exponents 0.0714, 0 and a strongly negative one (Sprott, Chaos and Time-Series
    Analysis); its first period doublings lie at c = 2.83 and 3.86.
    """

    modes: ClassVar = ("xy", "z")
    a: float = 0.2
    b: float = 0.2
    c: float = 5.7

    def rates(self, amplitudes):
        x, y, z, rest = np.sqrt(2) * jnp.stack(
            [amplitudes[0].real, amplitudes[0].imag, amplitudes[1].real, amplitudes[1].imag]
        )
        slopes = jnp.stack([-y - z + 1j * (x + self.a * y), self.b + z * (x - self.c) - 1j * rest])
        return slopes / np.sqrt(2)

    def diffusion(self):
        return jnp.ones(4)


class Runaway(js.Model):
    """z' = -rest z + |z|^2 z: infinite in finite time from beyond |z|^2 = rest."""

    modes: ClassVar = ("z",)
    rest: float = 0.0
    noise: float = 1.0

    def rates(self, z):
        return -self.rest * z + jnp.abs(z) ** 2 * z

    def diffusion(self):
        return jnp.full(2, self.noise)


class Linear(js.Model):
    """(X, Y)' = M (X, Y) with M = [[-0.1, 2], [0, -0.3]], whose eigenvalues are its Lyapunov exponents."""

    modes: ClassVar = ("z",)
    matrix: ClassVar = np.array([[-0.1, 2.0], [0.0, -0.3]])

    def rates(self, z):
        slope = self.matrix @ jnp.stack([z[0].real, z[0].imag])
        return slope[:1] + 1j * slope[1:]

    def diffusion(self):
        return jnp.ones(2)


class Quintic(js.Model):
    """z' = (mu + i omega + |z|^2 - |z|^4) z: a cycle that is born unstable at mu = 0 and turns back at mu = -1/4."""

    modes: ClassVar = ("z",)
    mu: float = 0.1
    omega: float = 1.5
    q: float = js.parameter(default=1e-3, nonnegative=True)

    def rates(self, z):
        quanta = jnp.abs(z) ** 2
        return (self.mu + 1j * self.omega + quanta - quanta**2) * z

    def diffusion(self):
        return jnp.stack([self.q, self.q]) * jnp.ones(2)

    def exact_quanta(self):
        """Both cycles' |z|^2, ascending."""
        root = np.sqrt(0.25 + self.mu)
        return np.array([0.5 - root, 0.5 + root])


class VanDerPol(js.Model):
    """X'' - (mu - X^2) X' + X = 0 as X' = Y: it begins to oscillate at mu = 0 with the frequency 1."""

    modes: ClassVar = ("z",)
    mu: float = -0.5

    def rates(self, z):
        x, y = np.sqrt(2) * z.real, np.sqrt(2) * z.imag
        return (y + 1j * ((self.mu - x**2) * y - x)) / np.sqrt(2)

    def diffusion(self):
        return 1e-4 * jnp.ones(2)


class Langford(js.Model):
    """r' = (Z - b) r, Z' = c + a Z - Z^3/3 - r^2, at the angular velocity d: r the radius of a mode, Z the quadrature
    of another one, whose other quadrature decays (W. F. Langford, 1984, without the terms that break the circle).

    On its cycle Z = b, r^2 = c + a b - b^3/3; across it deviations have the trace a - b^2 and the determinant 2 r^2.
    """

    modes: ClassVar = ("turning", "axis")
    a: float = 0.3
    b: float = 0.7
    c: float = 0.6
    d: float = 3.5

    def rates(self, z):
        turning, axis = np.sqrt(2) * z[0], np.sqrt(2) * z[1]
        Z = axis.real
        slope = self.c + self.a * Z - Z**3 / 3 - jnp.abs(turning) ** 2 - 1j * axis.imag
        return jnp.stack([(Z - self.b + 1j * self.d) * turning, slope]) / np.sqrt(2)

    def diffusion(self):
        return 1e-4 * jnp.ones(4)

    def exact_torus(self):
        """a at the torus, its second frequency, and d(a)/db."""
        r2 = self.c + 2 * self.b**3 / 3
        return self.b**2, np.sqrt(2 * r2), 2 * self.b


class Subharmonic(js.Model):
    """A mode on the circle |z| = 1 pumps another one at half of its frequency, w' = (-loss + i omega/2 - |w|^2) w
    + pump z w*.

    Of w = s exp(i angle/2) the real part grows at pump - loss: the cycle has the multiplier -exp((pump - loss) T);
    beyond pump = loss, |w|^2 = pump - loss, and the period is twice as long.
    """

    modes: ClassVar = ("pump", "half")
    loss: float = 0.3
    pump: float = 0.1
    omega: float = 2.0

    def rates(self, z):
        first, second = z
        turn = (1 + 1j * self.omega - jnp.abs(first) ** 2) * first
        half = (-self.loss + 0.5j * self.omega - jnp.abs(second) ** 2) * second + self.pump * first * jnp.conj(second)
        return jnp.stack([turn, half])

    def diffusion(self):
        return 1e-4 * jnp.ones(4)


class Squeezed(js.Model):
    """z' = (-loss - |z|^2) z + pump z*: at rest, which branches into two at pump = loss, z^2 = pump - loss."""

    modes: ClassVar = ("z",)
    loss: float = 0.3
    pump: float = 0.1

    def rates(self, z):
        return -(self.loss + jnp.abs(z) ** 2) * z + self.pump * jnp.conj(z)

    def diffusion(self):
        return self.loss * jnp.ones(2)


class Cell(js.Model):
    """A cavity that pushes a phonon, a' = -(kappa + i (delta - 2 g Re b)) a + drive,
    b' = -(gamma + i omega) b + i g |a|^2."""

    modes: ClassVar = ("a", "b")
    kappa: float = 0.5
    gamma: float = 1e-4
    g: float = 1e-4
    delta: float = -1.0
    drive: float = 100.0
    omega: float = 1.0

    def rates(self, z):
        a, b = z
        cavity = -(self.kappa + 1j * (self.delta - 2 * self.g * b.real)) * a + self.drive
        return jnp.stack([cavity, -(self.gamma + 1j * self.omega) * b + 1j * self.g * jnp.abs(a) ** 2])

    def diffusion(self):
        return jnp.repeat(jnp.stack([jnp.asarray(self.kappa), jnp.asarray(self.gamma)]), 2)
