"""Fig. 3g against a chain of independent steps: integrated motion, SciPy's covariance, eigenvalues of i Omega V."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import scipy.linalg
from cases import model_of

import jaxsync as js
from jaxsync.models.equations import drift, to_quadratures
from jaxsync.paper import entanglement
from jaxsync.paper.context import Context


@pytest.fixture(scope="module")
def data():
    return entanglement.direction_maps(Context(quick=True))


def negativity(V, i, j):
    rows = [2 * i, 2 * i + 1, 2 * j, 2 * j + 1]
    flip = np.diag([1, -1, 1, 1])
    omega = np.kron(np.eye(2), [[0, 1], [-1, 0]])
    nu = np.abs(np.linalg.eigvals(1j * omega @ flip @ V[np.ix_(rows, rows)] @ flip)).min()
    return max(0.0, -np.log(2 * nu))


@pytest.mark.parametrize(("effect", "detuning"), [("kerr", "delta_m"), ("sagnac", "delta_a")])
def test_map_values(data, effect, detuning):
    part = data.sel(effect=effect)
    assert set(part.dims) == {"strength", "detuning"}
    for i, j in ((1, 15), (6, 10), (11, 12)):
        point = part.isel(strength=i, detuning=j)
        change = {effect: float(point.strength) * entanglement.LARGEST[effect], detuning: float(point.detuning)}
        model = model_of({"delta_a": 1.0, "delta_m": 1.0} | change)
        z = js.simulate(model, [3000.0], covariance=False).amplitudes[0]  # the slowest decay is some 0.03
        A, Q = np.asarray(drift(model, to_quadratures(z))), np.diag(np.asarray(model.diffusion()))
        assert np.linalg.eigvals(A).real.max() < 0
        V = scipy.linalg.solve_continuous_lyapunov(A, -Q)
        expected = [negativity(V, 0, 3), negativity(V, 1, 2), negativity(V, 2, 3)]
        found = [float(point[name]) for name in ("photon_phonon", "magnon_phonon", "phonon_phonon")]
        np.testing.assert_allclose(found, expected, atol=1e-6)  # the integration's tolerance
        magnon = -10 * np.log10(2 * np.linalg.eigvalsh(V[2:4, 2:4])[0])
        np.testing.assert_allclose(point.magnon_squeezing_db, magnon, atol=1e-5)
        phonons = -10 * np.log10(2 * np.linalg.eigvalsh(V[4:, 4:])[0])
        np.testing.assert_allclose(point.phonon_squeezing_db, phonons, atol=1e-5)


def test_what_is_there_and_what_is_not(data):
    stable = data.stable == 1
    assert 0.5 < float(stable.mean()) < 0.9
    # Absent in both directions: entangled phonons, squeezed phonons.
    assert float(data.phonon_phonon.max()) == 0
    assert float(data.phonon_squeezing_db.max()) < 0
    # Present, and different: the two directions where both are stable.
    for effect, name in (("kerr", "magnon_phonon"), ("sagnac", "photon_phonon")):
        values = data[name].sel(effect=effect).transpose("strength", "detuning").values
        contrast = np.asarray(js.contrast(values, values[::-1]))
        assert np.nanmax(np.abs(contrast)) > 0.3
        assert np.nanmax(np.abs(contrast[6])) == 0  # without the effect there are no directions
    assert np.all(np.isnan(data.magnon_phonon.values[~stable.values]))


def test_drawing(data):
    figure, ax = plt.subplots()
    entanglement.draw_directions(ax, data)
    left, right = ax.child_axes
    assert "E_N" in left.get_title() and "E_N" in right.get_title()
    shown = left.collections[0].get_array()
    expected = data.magnon_phonon.sel(effect="kerr").transpose("strength", "detuning").values
    np.testing.assert_allclose(np.ma.filled(shown, np.nan), expected)
    plt.close(figure)
