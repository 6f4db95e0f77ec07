"""What becomes of the eigenmodes about a fixed point while the fields go once around a loop."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Complex, Float

from jaxsync.errors import InputError
from jaxsync.measures.loop import Loop, by_piece, follow_loop, read_loop, refuse_loop
from jaxsync.models.base import Model, is_traced
from jaxsync.models.check import check_model
from jaxsync.models.equations import as_arrays, mode_basis, pair_of, to_amplitudes
from jaxsync.numerics.coalescence import turns_of
from jaxsync.numerics.eigenpair import eigenvectors, pick
from jaxsync.numerics.lyapunov import stationary_covariance
from jaxsync.numerics.pieces import at_nodes, fit, slopes
from jaxsync.numerics.transport import carry, steps_for
from jaxsync.states.fixed_point import refuse_modulated
from jaxsync.states.start import Start, read_start

LONGEST = 50_000
"""Most steps on one of the pieces of a loop, a minute or so."""

TURN = np.pi / 2
"""Largest change of the phase from one point to the next at which turns are counted."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, repr=False)
class Transport:
    """What arrives when the fields have gone once around a loop, for each of k eigenmodes of the drift at its start.

    Eigenmodes are ordered by decay, the slowest first. With right vectors r of length 1 and left ones l, l_i.r_j =
    delta_ij, and U the propagator of the loop, eigenmode i arrives as U r_i.

    shares: (k, k), in the biorthogonal sense: |l_j.U r_i|^2 over its sum over j, of what started in i the share that is
    eigenmode j when written as a sum of eigenmodes; rows sum to 1. energy_shares: |r_j.U r_i|^2 / |U r_i|^2, the
    share of the arriving quanta that a detector matched to eigenmode j collects; eigenmodes overlap, and rows need not
    sum to 1. log_gain: (k,), ln |U r_i|^2, of the quanta. log_transfer: (k, k), ln |l_j.U r_i|^2.

    noise: (k,), <|l_j.x|^2> gathered on the way, in quanta: the vacuum's 1/2, times |l_j|^2 where eigenmodes overlap.
    energy_noise: (k,), <|r_j.x|^2>, what the matched detector finds. phonon_numbers: (2, k), of the named modes'
    fluctuations at the start, in the stationary state there, and at the end. eigenvalues: (k,), at the start.

    winding: how often the squared difference of the eigenvalues goes around zero, by the loop's own sense: an odd
    number where it encloses one exceptional point of them; NaN where it passes too near to tell, or where one of them
    changes places with another mode, as around a point that they have with the light. nonadiabaticity: the largest
    |<l_1 A' r_2><l_2 A' r_1>|^1/2 / |s_1 - s_2|^2 on the way, small where the eigenmodes are followed. lag: the largest
    distance by which the mean field stays behind the fixed point, |A^-1 x'|, in first order, over the size of x.
    smallest_gap: of the eigenvalues. growth: the largest real part of an eigenvalue on the way, negative. rough: the
    error of the drift between the points where it is computed, relative. steps: on each piece of the loop.

    Example:
        >>> import jaxsync as js
        >>> red = js.OptoMagnoMechanical(delta_m=1.0, drive_m=1.0)
        >>> loop = js.ellipse(("delta_a", "drive_a"), (1.0198, 13.98), (0.06, 0.9), start=1.5708)
        >>> print(f"{js.encircle(red, loop, 100.0).shares[0, 1]:.2f}")
        0.98
    """

    model: Model
    shares: Float[Array, "*batch k k"]
    energy_shares: Float[Array, "*batch k k"]
    log_gain: Float[Array, "*batch k"]
    log_transfer: Float[Array, "*batch k k"]
    noise: Float[Array, "*batch k"]
    energy_noise: Float[Array, "*batch k"]
    phonon_numbers: Float[Array, "*batch 2 k"]
    eigenvalues: Complex[Array, "*batch k"]
    winding: Float[Array, "*batch"]
    nonadiabaticity: Float[Array, "*batch"]
    lag: Float[Array, "*batch"]
    smallest_gap: Float[Array, "*batch"]
    growth: Float[Array, "*batch"]
    rough: Float[Array, "*batch"]
    modes: tuple[str, ...] = dataclasses.field(metadata={"static": True})
    direction: int = dataclasses.field(metadata={"static": True})
    steps: int = dataclasses.field(metadata={"static": True})

    @property
    def gain(self) -> Float[Array, "*batch k"]:
        """Quanta that arrive per quantum that starts in each eigenmode; 0 where it is too small for a number."""
        return jnp.exp(self.log_gain)

    @property
    def encloses(self) -> Bool[Array, "*batch"]:
        """Whether the eigenvalues change places along the loop, as around one exceptional point."""
        return jnp.abs(jnp.mod(self.winding, 2.0) - 1) < 0.1

    @property
    def quanta_needed(self) -> Float[Array, "*batch k k"]:
        """Quanta that must start in eigenmode i for as much of it as of noise to arrive in j, (k, k)."""
        return jnp.exp(jnp.log(self.noise)[..., None, :] - self.log_transfer)

    def __repr__(self) -> str:
        if self.shares.ndim != 2 or is_traced(self):
            return f"Transport(batch of shape {self.shares.shape[:-2]})"
        rows = "; ".join(" ".join(f"{share:.4f}" for share in row) for row in self.shares.tolist())
        return f"Transport({', '.join(self.modes)}: shares {rows}, winding {float(self.winding):.3g})"


def encircle(
    model: Model,
    loop: Loop,
    duration: ArrayLike,
    *,
    direction: int = 1,
    modes: tuple[str, ...] | None = None,
    start: Start = None,
    steps: int | None = None,
    throw: bool = True,
) -> Transport:
    """Carry the eigenmodes of some modes, and the noise, once around a closed loop of the fields.

    u' = A(p(t)) u and V' = A V + V A^T + Q along the loop, A the drift about the fixed point at p(t), which is
    followed; from the stationary state at its start. Around an exceptional point the sense of rotation, and not the
    eigenmode at the start, decides what arrives (T. J. Milburn et al., Phys. Rev. A 92, 052124 (2015)). Differentiable
    in the loop, the duration and the model.

    Args:
        model: The device; fields that the loop does not name keep its values.
        loop: From names of fields to functions of the angle, which goes from 0 to 2 pi; see `ellipse`.
        duration: Of the loop, in the inverse of the rates' unit.
        direction: 1, or -1 for the loop gone backwards.
        modes: Two modes or more; None is the model's pair. Meant are as many eigenvectors, those with the largest share
            in them.
        start: Where the first fixed point is looked for: None or "vacuum", amplitudes (n,), or a state.
        steps: On each of the 32 pieces of the loop. None: as many as the fastest rate asks for; inside a transformation
            a number must be given, that of a call outside.
        throw: Whether to refuse loops that lose the fixed point or its stability, outside transformations.

    Returns:
        The transport.

    Raises:
        InputError: For a loop that is not closed, a field or mode that is unknown, or a duration that cannot be used.
        ConvergenceError: For a loop that crosses instability, saying where, or loses the fixed point.

    Example:
        >>> import jaxsync as js
        >>> right = js.OptoMagnoMechanical(delta_m=1.0, drive_m=1.0, sagnac=-0.3425)
        >>> loop = js.ellipse(("delta_a", "drive_a"), (1.3623, 13.98), (0.06, 0.9), start=1.5708)
        >>> there, back = (js.encircle(model, loop, 100.0) for model in (right, right.reversed()))
        >>> print(f"{there.shares[0, 1]:.2f} {back.shares[0, 1]:.4f}")
        0.98 0.0003
    """
    refuse_modulated(model)
    modes = read_modes(model, modes)
    if not is_traced(duration) and not (np.ndim(duration) == 0 and 0 < float(duration) < np.inf):  # type: ignore[arg-type]
        raise InputError(f"Argument `duration` must be a positive time, but is {duration!r}.")
    values = read_loop(model, loop, direction)
    x, _ = read_start(model, start)
    first = model.replace(**{name: row[0] for name, row in values.items()})
    check_model(first, None if start is None else to_amplitudes(x))
    followed = follow_loop(as_arrays(model), values, x)
    if throw and not is_traced(followed):
        refuse_loop(followed)
    if steps is None:
        steps = _steps(followed, duration)
    return _transport(as_arrays(model), followed, jnp.asarray(duration, dtype=float), modes, direction, steps)


def read_modes(model: Model, modes: tuple[str, ...] | None) -> tuple[str, ...]:
    """Names of two or more different modes; None is the model's pair."""
    if modes is None or isinstance(modes, str) or len(modes) == 2:
        modes = pair_of(model, modes)  # type: ignore[arg-type]
    if len(modes) < 2 or len(set(modes)) < len(modes):
        raise InputError(f"Argument `modes` must name two or more different modes, but is {modes!r}.")
    mode_basis(model, modes, 2 * len(model.modes))  # refuses unknown ones
    return tuple(modes)


def _steps(followed, duration):
    if is_traced((followed, duration)):
        raise InputError(
            "Argument `steps` must be given inside a transformation, where rates are not known: take `.steps` of the "
            "same call outside."
        )
    steps = steps_for(float(followed.rate), float(duration))
    if steps > LONGEST:
        raise InputError(
            f"Argument `duration` = {float(duration):.3g} is {float(followed.rate) * float(duration):.1e} times that "
            "of the fastest mode, too long to be integrated; give a shorter one, or a model without that mode."
        )
    return steps


@partial(jax.jit, static_argnames=("modes", "direction", "steps"))
def _transport(model, followed, duration, modes, direction, steps):
    size = followed.start.shape[0]
    W = jnp.asarray(mode_basis(model, modes, size)[0])
    values, R, L = eigenvectors(followed.start, W)
    stationary = stationary_covariance(followed.start, _at_start(followed.noise)).X
    arrived = carry(followed.drift, duration, R, steps, (followed.noise, stationary))
    amplitudes = L.conj().T @ arrived.vectors
    squares = jnp.abs(amplitudes.T) ** 2
    matched = jnp.abs((R.conj().T @ arrived.vectors).T) ** 2
    winding, gap, nonadiabaticity = _spectrum(*jax.lax.stop_gradient((followed, R, duration)))
    gathered = lambda vectors: jnp.einsum("ij,ik,kj->j", vectors.conj(), arrived.gathered, vectors).real
    numbers = lambda V: jnp.einsum("ik,ij,jk->k", W.conj(), V, W).real - 0.5
    return Transport(
        model=model,
        shares=squares / jnp.sum(squares, axis=1, keepdims=True),
        energy_shares=matched,
        log_gain=2 * arrived.logarithms,
        log_transfer=jnp.log(squares) + 2 * arrived.logarithms[:, None],
        noise=gathered(L),
        energy_noise=gathered(R),
        phonon_numbers=jnp.stack([numbers(stationary), numbers(arrived.covariance)]),
        eigenvalues=values,
        winding=direction * winding,
        nonadiabaticity=nonadiabaticity,
        lag=_lag(*jax.lax.stop_gradient((followed, duration))),
        smallest_gap=gap,
        growth=jax.lax.stop_gradient(jnp.max(followed.growth)),
        rough=followed.rough,
        modes=modes,
        direction=direction,
        steps=steps,
    )


def _at_start(coefficients):
    """The value at the angle 0, where the first piece begins, at -1."""
    signs = (-1.0) ** np.arange(coefficients.shape[1])
    return jnp.tensordot(signs, coefficients[0], axes=1)


def _spectrum(followed, R, duration):
    """Turns of the squared differences of the eigenvalues along the loop, their smallest, and the nonadiabaticity."""
    n, k = R.shape
    first, second = np.triu_indices(k, 1)
    rates = slopes(followed.drift) * (2 * np.pi / duration)

    def look(basis, matrices):
        A, change = matrices
        values, vectors = jnp.linalg.eig(A)
        # Those that are nearest to the ones before: another mode may come to look more like the ones that were named.
        chosen = pick(values, vectors, basis)
        mixed = jnp.linalg.inv(vectors)[chosen] @ change @ vectors[:, chosen]
        gaps = (values[chosen][first] - values[chosen][second]) ** 2
        # The product of both ways does not depend on how long the vectors are taken.
        product = jnp.abs(mixed[first, second] * mixed[second, first]) ** 0.5
        return jnp.linalg.qr(vectors[:, chosen])[0], (gaps, product / jnp.abs(gaps))

    start = jnp.linalg.qr(R)[0]
    end, (gaps, mixing) = jax.lax.scan(look, start, (followed.nodes.reshape(-1, n, n), rates.reshape(-1, n, n)))
    squared = jnp.prod(gaps, axis=1)
    steady = jnp.all(jnp.abs(jnp.angle(jnp.roll(squared, -1) / squared)) < TURN)
    same = jnp.sum(jnp.abs(start.conj().T @ end) ** 2) > k - 0.5  # of k, one less if a mode has been exchanged
    return jnp.where(steady & same, turns_of(squared), jnp.nan), jnp.sqrt(jnp.min(jnp.abs(gaps))), jnp.max(mixing)


def _lag(followed, duration):
    """How far the mean field stays behind the fixed point, relative to its size, in first order."""
    points = by_piece(followed.points)
    rate = slopes(fit(points)[0]) * (2 * np.pi / duration)
    behind = jax.vmap(jax.vmap(jnp.linalg.solve))(followed.nodes, rate)
    sizes = jnp.linalg.vector_norm(at_nodes(points), axis=2)
    return jnp.max(jnp.linalg.vector_norm(behind, axis=2) / jnp.where(sizes > 0, sizes, 1.0))
