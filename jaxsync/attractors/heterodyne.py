"""How synchronization is read off two heterodyne records, with a detector's noise on them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from jaxsync.attractors.ensemble import Ensemble
from jaxsync.attractors.records import read_records
from jaxsync.errors import InputError


class Estimate(NamedTuple):
    """A number read off records, and its standard error.

    Example:
        >>> import jaxsync as js
        >>> js.Estimate(0.3, 0.01).value
        0.3
    """

    value: float
    error: float


def heterodyne_record(ensemble: Ensemble, mode: str, noise: float, seed: int) -> np.ndarray:
    """What a heterodyne detector of a mode writes down for each trajectory: its amplitude and the detector's noise.

    Args:
        ensemble: Trajectories.
        mode: The mode.
        noise: Variance that the detector adds to |o|^2 in each sample, in quanta: one half at least where both
            quadratures are measured without loss, and more for what is lost on the way.
        seed: Of the noise.

    Returns:
        Complex records, (k, t).

    Raises:
        InputError: For an unknown mode or a negative noise.

    Example:
        >>> import jaxsync as js
        >>> ensemble = js.simulate_ensemble(js.OptoMagnoMechanical(), [1.0, 2.0], 4, seed=0)
        >>> js.heterodyne_record(ensemble, "b1", 0.5, seed=1).shape
        (4, 2)
    """
    z = read_records(ensemble, mode)
    if not (np.isfinite(noise) and noise >= 0):
        raise InputError(f"Argument `noise` must be zero or more quanta, but is {noise}.")
    parts = np.random.default_rng(seed).normal(size=(2, *z.shape)) * np.sqrt(noise / 2)
    return z + parts[0] + 1j * parts[1]


def estimate_synchronization(
    record_1: ArrayLike,
    record_2: ArrayLike,
    noise: tuple[float, float] = (0.0, 0.0),
    *,
    resamples: int = 200,
    seed: int = 0,
) -> Estimate:
    """S_Q = 1 / <|d(o_1 - o_2)|^2> from repeated records of two modes, the detectors' noise taken off.

    At each time the variance over the repetitions, less that of the noise, which is known from records without a
    signal; then the mean of the inverse over the times, as S_Q of an ensemble over a window. The inverse of a variance
    from k repetitions is too large by one part in k, which is taken off.

    Args:
        record_1: Of the first mode, complex, in units in which |o|^2 is quanta, (k, t): k repetitions from one start.
        record_2: Of the second, at the same times.
        noise: Variances that the two detectors add, in quanta per sample.
        resamples: Of the repetitions, for the standard error (bootstrap).
        seed: Of the resampling.

    Returns:
        S_Q and its standard error, infinite where the repetitions are too few to tell the spread from the noise.

    Raises:
        InputError: For records of other shapes or that are not finite, less than four repetitions, and where the noise
            is all that there is.

    Example:
        >>> import numpy as np
        >>> import jaxsync as js
        >>> random = np.random.default_rng(0)
        >>> first, second = random.normal(size=(2, 1000, 5)) + 1j * random.normal(size=(2, 1000, 5))
        >>> f"{js.estimate_synchronization(first, second).value:.2f}"
        '0.25'
    """
    first, second = (np.asarray(record, dtype=complex) for record in (record_1, record_2))
    if first.ndim != 2 or first.shape != second.shape or len(first) < 4 or first.shape[1] == 0:
        raise InputError(
            "Arguments `record_1` and `record_2` must both be (k, t), four or more repetitions at the same times, but "
            f"have shapes {first.shape} and {second.shape}."
        )
    if not (np.all(np.isfinite(first)) and np.all(np.isfinite(second))):
        raise InputError("Arguments `record_1` and `record_2` must be finite; leave out repetitions with gaps.")
    added = float(sum(noise))
    if not (np.isfinite(added) and min(noise) >= 0):
        raise InputError(f"Argument `noise` must be two variances, zero or more quanta, but is {noise!r}.")
    if resamples < 2:
        raise InputError(f"Argument `resamples` must be 2 or more, but is {resamples}.")
    difference = first - second

    def estimate(rows):
        seen = np.var(rows, axis=0, ddof=1)
        spread = seen - added
        # To second order in the error of the variance, whose relative variance is 1 / k for a circular spread.
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.mean((1 - (seen / spread) ** 2 / len(rows)) / spread) if np.all(spread > 0) else np.nan

    value = estimate(difference)
    if not np.isfinite(value):
        raise InputError(
            f"Argument `noise` adds {added:g} quanta, which is at some time all that the records spread by; "
            "repeat more often, or measure with less noise."
        )
    random = np.random.default_rng(seed)
    draws = [estimate(difference[random.integers(len(difference), size=len(difference))]) for _ in range(resamples)]
    # Draws in which the noise is all that there is have no value, and then nobody knows how far off this one is.
    return Estimate(float(value), float(np.std(draws, ddof=1)) if np.all(np.isfinite(draws)) else np.inf)
