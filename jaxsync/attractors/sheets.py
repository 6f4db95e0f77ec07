"""The complex frequencies of two modes over a plane of two fields: sheets that hang together at exceptional points."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from jax.typing import ArrayLike

from jaxsync.attractors.exceptional import read_fields
from jaxsync.errors import InputError
from jaxsync.measures.synchronization import Modes
from jaxsync.models.base import Model, is_traced
from jaxsync.models.check import check_model
from jaxsync.models.equations import as_arrays, bind, mode_basis, pair_indices, pair_of, to_amplitudes
from jaxsync.numerics.eigenpair import pick
from jaxsync.numerics.equilibrium import find_equilibrium
from jaxsync.states.fixed_point import refuse_modulated
from jaxsync.states.start import Start, read_start


def frequency_sheets(
    model: Model,
    fields: tuple[str, str],
    first: ArrayLike,
    second: ArrayLike,
    modes: Modes = None,
    start: Start = None,
) -> xarray.Dataset:
    """Frequencies and decay rates of two modes about the fixed point, over a plane of two fields.

    An eigenvalue of the drift is -decay - i frequency. The fixed point is followed from each point to the next. Sheet 0
    is the mode that decays less at each point, so that the sheets meet, and their frequencies jump, on the branch cut
    that ends at an exceptional point. Works outside transformations only.

    Args:
        model: The device.
        fields: Names of the two fields.
        first: Values of the first, (a,).
        second: Values of the second, (b,).
        modes: The two modes; None is the model's pair. Meant are the two eigenvectors with the largest share in them.
        start: Of the fixed point at the first values: None or "vacuum", amplitudes (n,), or a state.

    Returns:
        `frequency` and `decay`, (a, b, 2) with dimensions named by the fields and "sheet"; `gap`, (a, b), the modulus
        of the difference of the eigenvalues; `stable`, (a, b), whether the fixed point is. NaN where there is none.

    Raises:
        InputError: For fields, values or modes that cannot be used.

    Example:
        >>> import jaxsync as js
        >>> red = js.OptoMagnoMechanical(delta_m=1.0, drive_m=1.0)
        >>> sheets = js.frequency_sheets(red, ("delta_a", "drive_a"), [0.98, 1.02], [14.0, 14.4, 15.0])
        >>> dict(sheets.decay.sizes)
        {'delta_a': 2, 'drive_a': 3, 'sheet': 2}
    """
    refuse_modulated(model)
    fields, modes = read_fields(model, fields), pair_of(model, modes)
    pair_indices(model, modes)
    if is_traced(model):
        raise InputError("Argument `model` is traced: call frequency_sheets outside jit, vmap and grad.")
    axes = [np.atleast_1d(np.asarray(values, dtype=float)) for values in (first, second)]
    for name, values in zip(fields, axes, strict=True):
        if values.ndim != 1 or values.size == 0:
            raise InputError(f"The values of {name!r} must be one or more numbers, but have shape {values.shape}.")
        model.replace(**{name: values})  # refuses what the model forbids
    x, _ = read_start(model, start)
    check_model(model, None if start is None else to_amplitudes(x))
    s, growth, found = jax.device_get(_plane(as_arrays(model), axes[0], axes[1], x, fields, modes))
    s: Any = np.where(found[..., None], s, np.nan)
    dims = (*fields, "sheet")
    return xarray.Dataset(
        {
            "frequency": (dims, -s.imag),
            "decay": (dims, -s.real),
            "gap": (fields, np.abs(s[..., 0] - s[..., 1])),
            "stable": (fields, found & (growth < 0)),
        },
        coords={name: (name, values, {"units": model.unit(name)}) for name, values in zip(fields, axes, strict=True)},
        attrs={"modes": list(modes)},
    )


@partial(jax.jit, static_argnames=("fields", "modes"))
def _plane(model, first, second, x, fields, modes):
    W = jnp.asarray(mode_basis(model, modes, x.size)[0])

    def at(x, p, q):
        velocity = bind(model.replace(**{fields[0]: p, fields[1]: q})).velocity
        root = find_equilibrium(velocity, x)
        values, vectors = jnp.linalg.eig(jax.jacfwd(velocity)(root.point))
        return root.point, (values[pick(values, vectors, W)], jnp.max(values.real), root.converged)

    def row(x, p):
        x, _ = at(x, p, second[0])
        return x, jax.lax.scan(lambda x, q: at(x, p, q), x, second)[1]

    return jax.lax.scan(row, x, first)[1]
