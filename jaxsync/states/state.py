"""What all states have in common, so that measures need not ask which kind they are given."""

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp

from jaxsync.models.base import Model
from jaxsync.states.outcome import Outcome, read_outcome


class State:
    """Base of all states: where the modes are, how they fluctuate, and how the solve ended.

    amplitudes: (..., n) complex, the leading axis being the times or the samples of an orbit where there are any.
    code: the number of the `Outcome`; an array of them in a batch.

    Example:
        >>> import jaxsync as js
        >>> isinstance(js.find_fixed_point(js.OptoMagnoMechanical()), js.State)
        True
    """

    model: Model
    amplitudes: jax.Array
    code: jax.Array

    closed: ClassVar[bool] = False
    """Whether the leading axis goes once around a closed orbit."""

    @property
    def outcome(self) -> Outcome | jax.Array:
        """How the solve ended; of a batch, and inside transformations, the numbers of the outcomes."""
        return read_outcome(self.code)

    @property
    def reference_covariance(self) -> jax.Array:
        """What synchronization is read from: the covariance, (..., 2n, 2n); of a limit cycle the transverse one."""
        return self.covariance  # type: ignore[attr-defined]

    @property
    def realizations(self) -> jax.Array:
        """Amplitudes of what may happen, (realizations, ..., n): of an ensemble its trajectories, else the means."""
        return jnp.asarray(self.amplitudes)[None]

    def average(self, values: jax.Array) -> jax.Array:
        """`values`, one for each sample on the last axis, as the measures report them: as they are, or, on an orbit,
        their mean over it."""
        return values

    def last(self) -> tuple[jax.Array, jax.Array | None]:
        """Amplitudes, (n,), and covariance, (2n, 2n), at the state's end, from where a motion can go on."""
        return self.amplitudes, self.covariance  # type: ignore[attr-defined]


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, repr=False)
class DiffusedCycle(State):
    """The Gaussian states that a limit cycle goes through in one period, at a time when its phase has diffused so far.

    What `LimitCycle.at` returns. time: since the start. amplitudes: (samples, n). covariance: (samples, 2n, 2n), NaN
    where the cycle is not stable or the variance of its phase not known. Measures are means over the samples.

    Example:
        >>> import jaxsync as js
        >>> js.find_limit_cycle(js.OptoMagnoMechanical(kerr=-2e-5)).at(1100.0)
        DiffusedCycle(4 modes, 60 samples)
    """

    model: Model
    code: jax.Array
    time: jax.Array
    amplitudes: jax.Array
    covariance: jax.Array

    closed: ClassVar[bool] = True

    def average(self, values: jax.Array) -> jax.Array:
        """The mean over the samples, the last axis."""
        return jnp.mean(values, axis=-1)

    def last(self) -> tuple[jax.Array, jax.Array]:
        """Amplitudes and covariance of the first sample, where the orbit closes."""
        return self.amplitudes[0], self.covariance[0]

    def __repr__(self) -> str:
        return f"DiffusedCycle({len(self.model.modes)} modes, {self.amplitudes.shape[-2]} samples)"
