"""Logarithmic derivatives against independent ones."""

import numpy as np
import pytest
from cases import load, model_of

import jaxsync as js
from jaxsync import design


def test_sensitivities_are_the_independent_derivatives():
    """Against SciPy's central differences of the phase-referenced S_Q (tests/data/gradients.json)."""
    known = load("gradients.json")
    model = model_of(known["change"])
    found = design.sensitivities(lambda m: design.synchronization(m, phase_referenced=True), model)
    assert found.value == pytest.approx(known["value"], rel=1e-5)
    for name, derivative in known["derivatives"].items():
        i = found.fields.index(name)
        np.testing.assert_allclose(found.absolute[i], derivative, rtol=1e-4)
        np.testing.assert_allclose(found.relative[i], derivative * getattr(model, name) / known["value"], rtol=1e-4)
    assert np.all(np.diff(np.abs(found.relative)) <= 0)
    assert found.fields[0] in repr(found).splitlines()[2]
    with pytest.raises(js.InputError, match="no relative derivative"):
        design.sensitivities(lambda m: 0.0 * m.kerr, model)
