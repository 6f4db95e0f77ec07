"""Spectra and linewidths estimated from trajectories, as a laboratory does from its records."""

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from scipy.signal import welch

from jaxsync.attractors.ensemble import Ensemble
from jaxsync.errors import InputError
from jaxsync.measures.spectra import Spectrum
from jaxsync.models.equations import mode_index

EVEN = 1e-6
"""By how much the times of an even record may differ from even ones, over their distance."""


def estimate_spectrum(ensemble: Ensemble, mode: str, segment: int | None = None, *, lines: bool = False) -> Spectrum:
    """The spectrum of a mode by Welch's method (scipy.signal.welch, Hann's window) from an ensemble at even times.

    Without lines it is that of the deviations from the ensemble's mean, which an ensemble from one start keeps in step
    while its phase has hardly diffused: floor and feet of the lines, free of the window's own width.

    Args:
        ensemble: Trajectories at even times, behind the transient; frequencies reach to pi over their distance, and
            what is faster is folded back among them.
        mode: The mode.
        segment: Samples in a stretch, whose length in time is one over the resolution; None takes an eighth of them.
        lines: Whether the mean motion is left in; lines then have the shape and width of the window.

    Returns:
        The estimate at its own frequencies, ascending, symmetrically ordered, as is all that is read from Wigner
        trajectories; its `floor` is that of the deviations and its `lines` the rest.

    Raises:
        InputError: For an unknown mode, times that are not even, or a segment that they do not hold.

    Example:
        >>> import numpy as np
        >>> import jaxsync as js
        >>> ensemble = js.simulate_ensemble(js.OptoMagnoMechanical(), np.arange(1.0, 17.0), 4, seed=0)
        >>> js.estimate_spectrum(ensemble, "b1", 8)
        Spectrum(8 frequencies)
    """
    z = read_records(ensemble, mode)
    distance = even_distance(ensemble.times)
    segment = read_segment(segment, z.shape[1])
    w, noise = _welch(z - z.mean(axis=0), distance, segment)
    # The mean of so many trajectories has taken its share of each deviation.
    noise = noise * len(z) / max(1, len(z) - 1)
    whole = _welch(z, distance, segment)[1] if lines else noise
    return Spectrum(*(jnp.asarray(part) for part in (w, whole, noise, whole - noise)))


def estimate_linewidth(ensemble: Ensemble, mode: str, harmonic: int = 1) -> float:
    """The full width of a line from how the phases of an ensemble's trajectories spread, <dphi^2> = Gamma t.

    Args:
        ensemble: Trajectories behind the transient, whose phases do not slip by half a turn between two times.
        mode: A mode that turns around zero with the cycle, once a period.
        harmonic: The line's number k; the width grows as its square.

    Returns:
        The width, in the model's unit, from the spread over a half of the record less that over a quarter: what shape
        does to the phase is in both.

    Raises:
        InputError: For an unknown mode, and less than four times or two trajectories.

    Example:
        >>> import numpy as np
        >>> import jaxsync as js
        >>> ensemble = js.simulate_ensemble(js.OptoMagnoMechanical(), np.arange(1.0, 17.0), 4, seed=0)
        >>> abs(js.estimate_linewidth(ensemble, "b1")) < 1
        True
    """
    z = read_records(ensemble, mode)
    if len(z) < 2 or z.shape[1] < 4:
        raise InputError(
            "Argument `ensemble` must have four or more times and two or more trajectories; simulate more."
        )
    distance = even_distance(ensemble.times)
    phases = np.unwrap(np.angle(z * np.exp(-1j * np.angle(z.mean(axis=0)))), axis=1)
    spread = lambda lag: np.var(phases[:, lag:] - phases[:, :-lag], axis=0, ddof=1).mean()
    long, short = z.shape[1] // 2, z.shape[1] // 4
    return float(harmonic**2 * (spread(long) - spread(short)) / ((long - short) * distance))


def read_records(ensemble: Ensemble, mode: str) -> np.ndarray:
    """Amplitudes of a mode, (k, t), of an ensemble and nothing else."""
    if not isinstance(ensemble, Ensemble):
        raise InputError(f"Argument `ensemble` must be an Ensemble, but is a {type(ensemble).__name__}; simulate one.")
    return np.asarray(ensemble.trajectories)[:, :, mode_index(ensemble.model, mode)]


def even_distance(times: ArrayLike) -> float:
    """The distance of even times, (t,); refused where they are not."""
    steps = np.diff(np.asarray(times, dtype=float))
    if len(steps) == 0 or np.ptp(steps) > EVEN * steps.mean():
        raise InputError("Argument `ensemble` must have two or more even times: give simulate_ensemble np.arange(...).")
    return float(steps.mean())


def read_segment(segment: int | None, samples: int) -> int:
    """Samples in a stretch, checked; an eighth of all for None."""
    segment = max(2, samples // 8) if segment is None else segment
    if not 2 <= segment <= samples:
        raise InputError(f"Argument `segment` must be from 2 to {samples}, the number of times, but is {segment}.")
    return segment


def _welch(z, distance, segment):
    """Frequencies w, ascending, and density per dw / 2 pi of records, (k, t), averaged over them."""
    f, density = welch(z, 1 / distance, nperseg=segment, return_onesided=False, detrend=False, axis=1)  # type: ignore[arg-type]
    # SciPy's e^{+2 pi i f t} is w = -2 pi f.
    order = np.argsort(-f)
    return -2 * np.pi * f[order], density.mean(axis=0)[order]
