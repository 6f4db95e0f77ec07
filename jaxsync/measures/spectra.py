"""Spectra as a detector shows them: of modes and of what comes out of ports, at fixed points and on limit cycles.

Frequencies are those of the equations of motion, w > 0 for what turns as e^{-i w t}; densities are per dw / 2 pi, one
half for vacuum.
"""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from jaxsync.errors import InputError
from jaxsync.measures import covariances
from jaxsync.measures.lines import harmonics_told_apart, line_shape, line_widths
from jaxsync.measures.probe import Look, Ordering, check_stable, commutators, density_of, probe_of, read_look
from jaxsync.models.base import is_traced
from jaxsync.models.equations import bind, has_clock, quadratures_of, to_quadratures
from jaxsync.models.ports import ports_of
from jaxsync.numerics.response import (
    Segments,
    harmonics_of,
    phase_response,
    segments,
    stationary_response,
    transverse_response,
)
from jaxsync.states.cycle import LimitCycle, along_orbit
from jaxsync.states.fixed_point import FixedPoint
from jaxsync.states.state import State

SPARE = 1e-9
"""By how much, relative to a mode's noise, rounding may make that left beside a port negative."""

CLOSED = 1e-6
"""Largest relative miss of a cycle's tangent, carried along by the steps of the spectrum, at which they follow it."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, repr=False)
class Spectrum:
    """Spectral densities, (f,), at frequencies w, (f,): all of it, and its parts.

    density: all of it, but for the lines of a forced cycle, which are as sharp as its drive. floor: of a cycle, what
    moves across the flow, which stays when the phase is known; at a fixed point all. lines: of a free cycle, the
    harmonics with the widths that phase diffusion gives them; else zero. What is left, density - floor - lines, is the
    correlation of phase and shape, and has either sign.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=1.0, drive_m=1.0))
        >>> js.spectrum(state, [0.9, 1.0, 1.1], "b1")
        Spectrum(3 frequencies)
    """

    frequencies: Float[Array, " f"]
    density: Float[Array, " f"]
    floor: Float[Array, " f"]
    lines: Float[Array, " f"]

    @property
    def squeezing_db(self) -> Float[Array, " f"]:
        """How far a quadrature's density lies below that of vacuum, -10 log10(2 S), in dB; negative: above it."""
        return -10 * jnp.log10(2 * self.density)

    def __repr__(self) -> str:
        return f"Spectrum({self.frequencies.size} frequencies)"


def spectrum(
    state: State,
    frequencies: ArrayLike,
    mode: str,
    angle: ArrayLike | None = None,
    *,
    ordering: Ordering = "symmetric",
) -> Spectrum:
    """The spectrum of a mode's fluctuations, S(w) = R Q R^+ with R = (-i w - A)^-1, and of a cycle also of its lines.

    On a cycle the average over a period, from the response of all harmonics (A. Demir, A. Mehrotra, J. Roychowdhury,
    IEEE Trans. Circuits Syst. I 47, 655 (2000)); the integral of `floor` over dw / 2 pi is the mean of the transverse
    covariance, at a fixed point that of `density` is the covariance.

    Args:
        state: A stable fixed point or limit cycle.
        frequencies: w, (f,), of either sign, in the model's unit.
        mode: The mode.
        angle: None for the amplitude o, <o+ o> in the given order; an angle in radians for the quadrature
            cos(angle) X + sin(angle) Y; "best" for the one that fluctuates least at each frequency of a fixed point.
        ordering: "symmetric", "normal", <o+(0) o(t)>, what a photodetector sees, or "antinormal".

    Returns:
        The spectrum, in quanta; NaN inside transformations where the state is not stable.

    Raises:
        InputError: For an unknown mode, frequencies that are not finite, a state that is not stable, naming its
            outcome, or of another kind.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=1.0, drive_m=1.0))
        >>> f"{js.spectrum(state, [1.0], 'b1').density[0]:.1f}"
        '12.8'
    """
    return _look_at(state, frequencies, read_look(state.model, mode, None, angle, ordering), angle)


def output_spectrum(
    state: State,
    frequencies: ArrayLike,
    port: str,
    angle: ArrayLike | None = None,
    *,
    ordering: Ordering = "symmetric",
) -> Spectrum:
    """The spectrum of what comes out of a port, out = sqrt(2 rate) o - in; one half for vacuum.

    Without an angle it is what a heterodyne detector shows (symmetric) or a photodetector behind a filter (normal);
    with one, homodyne detection of the quadrature, and "best" of the most squeezed one: its `squeezing_db`.

    Args, result and errors as for `spectrum`, with a port in place of the mode.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=1.0, delta_m=1.0, drive_a=1.0, drive_m=1.0))
        >>> f"{js.output_spectrum(state, [10.0], 'light').density[0]:.3f}"
        '0.500'
    """
    return _look_at(state, frequencies, read_look(state.model, None, port, angle, ordering), angle)


def sideband_asymmetry(state: State, frequencies: ArrayLike, port: str) -> Float[Array, " f"]:
    """N(-w) / N(w) of the normally ordered spectrum N that comes out of a port: 1 + 1/n for a weakly probed phonon.

    Args:
        state: A stable fixed point or limit cycle.
        frequencies: w, (f,); w is the anti-Stokes sideband, -w the Stokes sideband.
        port: The port.

    Returns:
        The ratio, (f,); 1 where either sideband is as strong.

    Raises:
        InputError: As for `spectrum`.

    Example:
        >>> import jaxsync as js
        >>> state = js.find_fixed_point(js.OptoMagnoMechanical(delta_a=0.0, delta_m=1.0, drive_a=1.0, nbar_2=1.0))
        >>> float(js.sideband_asymmetry(state, [1.005], "light")[0]) > 1
        True
    """
    w = read_frequencies(frequencies)
    both = output_spectrum(state, jnp.concatenate([-w, w]), port, ordering="normal").density
    return both[: w.size] / both[w.size :]


def read_frequencies(frequencies: ArrayLike) -> jax.Array:
    """An argument that gives frequencies, (f,), checked: finite."""
    w = jnp.asarray(frequencies) if is_traced(frequencies) else np.asarray(frequencies, dtype=float)
    if w.ndim != 1 or w.size == 0:
        raise InputError(
            f"Argument `frequencies` must be a one-dimensional array of frequencies, but has shape {w.shape}."
        )
    if not is_traced(w) and not np.all(np.isfinite(w)):
        raise InputError(f"Argument `frequencies` must be finite, but has {w[~np.isfinite(w)][0]}; leave it out.")
    return jnp.asarray(w, dtype=float)


def check_rate(state: State, port: str) -> None:
    """Refuse a port that takes more than its mode loses: what is left beside it would be less noise than none."""
    spare = _spare(state, port=port)
    if not is_traced(spare) and np.any(spare < -SPARE):
        name, mode = type(state.model).__name__, ports_of(state.model)[port].mode
        raise InputError(
            f"Method `ports` of {name} must give the port {port!r} a rate within the losses of the mode {mode!r}, and "
            "quanta within the noise of its bath; give a smaller `rate` or `occupation`."
        )


@partial(jax.jit, static_argnames="port")
def _spare(state, port):
    """The smallest eigenvalue of Q + i W / 2 of what is left of a mode's noise beside a port, over the whole noise."""
    velocity, noise = bind(state.model)
    x = quadratures_of(state.model, jnp.reshape(state.amplitudes, (-1, state.amplitudes.shape[-1]))[0])
    port = ports_of(state.model)[port]
    at = 2 * state.model.modes.index(port.mode)
    Q, W = (M[at : at + 2, at : at + 2] for M in (noise(x), commutators(jax.jacfwd(velocity)(x))))
    left = Q - port.rate * (2 * port.occupation + 1) * jnp.eye(2)
    gap = jnp.sqrt((left[0, 0] - left[1, 1]) ** 2 / 4 + left[0, 1] ** 2 + (W[0, 1] / 2 - port.rate) ** 2)
    whole = jnp.trace(Q) / 2
    return ((left[0, 0] + left[1, 1]) / 2 - gap) / jnp.where(whole > 0, whole, 1.0)


def _look_at(state, frequencies, look: Look, angle):
    w = read_frequencies(frequencies)
    check_stable(state, FixedPoint, LimitCycle)
    if isinstance(state, LimitCycle) and look.quadratures == "both":
        raise InputError("Argument `angle` must be a number on a limit cycle, whose lines have no best one; give it.")
    if look.port is not None:
        check_rate(state, look.port)
    angle = jnp.asarray(angle if look.quadratures == "one" else 0.0, dtype=float)
    found = (_on_cycle if isinstance(state, LimitCycle) else _at_rest)(state, w, angle, look=look)
    if not is_traced(found) and not np.all(np.isfinite(found.density)):
        raise InputError(
            "Argument `state` has an orbit that the steps between its samples do not follow: find the cycle with more "
            "of them, js.Settings(steps=...)."
        )
    return found


@partial(jax.jit, static_argnames="look")
def _at_rest(state: FixedPoint, w, angle, look: Look) -> Spectrum:
    A = jnp.asarray(jnp.where(state.stable, state.drift, -jnp.eye(state.drift.shape[0])))
    probe = probe_of(state.model, look, angle, A.shape[0])
    Q = bind(state.model).noise(to_quadratures(state.amplitudes)) + 1j * probe.order * commutators(A)
    S = density_of(probe, stationary_response(A, probe.rows, w)[None], Q[None])
    S = covariances.minimum_variance(S.real) if look.quadratures == "both" else S[:, 0, 0].real
    S = jnp.asarray(jnp.where(state.stable, S, jnp.nan))
    return Spectrum(w, S, S, jnp.zeros_like(w))


@partial(jax.jit, static_argnames="look")
def _on_cycle(cycle: LimitCycle, w, angle, look: Look) -> Spectrum:
    velocity, noise = bind(cycle.model)
    quadratures, u, v, period = to_quadratures(cycle.amplitudes), cycle.tangents, cycle.phase_response, cycle.period
    (samples, size), forced = u.shape, has_clock(cycle.model)
    points, onward, _ = along_orbit(cycle)
    parts, onward = segments(velocity, points, period), jax.lax.stop_gradient(onward)
    missed = jnp.einsum("kij,kj->ki", parts.across, onward) - jnp.roll(onward, -1, axis=0)
    followed = jnp.linalg.vector_norm(missed, axis=1) <= CLOSED * jnp.max(jnp.linalg.vector_norm(onward, axis=1))
    # What the clock of a forced cycle does to the modes is no fluctuation.
    parts = Segments(parts.across[:, :size, :size], parts.inner[:, :, :size, :size])
    if forced:
        u, v = jnp.zeros_like(u), jnp.zeros_like(v)
    probe = probe_of(cycle.model, look, angle, size)
    Q = jax.vmap(noise)(points)[:, :size, :size]
    if probe.order:
        A = jax.vmap(jax.jacfwd(velocity))(points)[:, :size, :size]
        Q = Q + 1j * probe.order * commutators(A)

    across = transverse_response(parts, u, v, period, probe.rows[0], w)
    numbers = harmonics_told_apart(samples)
    harmonics = harmonics_of(quadratures, numbers) @ probe.rows[0]
    along = phase_response(harmonics, numbers, period, cycle.phase_diffusion, w, samples)
    floor, total = (
        density_of(probe, q[:, :, None, :], Q)[:, 0, 0].real for q in (across, across + along[..., None] * v[:, None])
    )
    places = 2 * jnp.pi / period * numbers
    lines = line_shape(places, jnp.abs(harmonics) ** 2, line_widths(cycle, numbers), w)
    if forced:  # what is driven is as sharp as its drive: no density
        total, lines = floor, jnp.zeros_like(w)
    keep = lambda values: jnp.asarray(jnp.where(cycle.stable & jnp.all(followed), values, jnp.nan))
    return Spectrum(w, keep(total), keep(floor), keep(lines))
