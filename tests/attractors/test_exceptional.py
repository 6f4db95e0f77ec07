"""Exceptional points of the paper's phonons, against NumPy's eigenvalues of a drift by hand and SciPy's roots."""

import dataclasses

import jax
import numpy as np
import pytest
import scipy.optimize
from by_hand import jacobian, rest

import jaxsync as js
from jaxsync.attractors.exceptional import refuse_point

RED = js.OptoMagnoMechanical(delta_a=1.0, drive_a=14.0, delta_m=1.0, drive_m=1.0)


def phonons(m):
    """The two eigenvalues of the drift that are most those of the phonons."""
    values, vectors = np.linalg.eig(jacobian(m, rest(m)))
    amplitudes = vectors[4::2] + 1j * vectors[5::2]  # of b1 and b2, and not of their conjugates
    return values[np.argsort(-np.linalg.norm(amplitudes, axis=0))[:2]]


def search(m, fields, start):
    """The fields at which the two meet: the complex square of their difference by SciPy's hybrid method."""

    def squared(values):
        first, second = phonons(m.replace(**dict(zip(fields, values, strict=True))))
        gap = (first - second) ** 2 * 1e4
        return [gap.real, gap.imag]

    return scipy.optimize.fsolve(squared, start, xtol=1e-11)


@pytest.fixture(scope="module")
def point():
    return js.find_exceptional_point(RED)


def test_the_point_with_its_evidence(point):
    """Known independently: delta_a = 1.01977646, drive_a = 14.379093, s = -0.029686 - 0.999116 i."""
    np.testing.assert_allclose(point.values, [1.01977646, 14.379093], rtol=3e-8)  # the digits that are known
    np.testing.assert_allclose(point.values, search(RED, point.fields, (1.02, 14.4)), rtol=1e-8)
    np.testing.assert_allclose(point.eigenvalue, -0.029686 - 0.999116j, atol=1e-6)
    assert point.converged
    assert point.defective
    assert point.state.stable
    assert point.residual < 1e-12
    # One eigenvector: only the last singular value vanishes.
    shown = np.linalg.svd(np.asarray(point.state.drift) - complex(point.eigenvalue) * np.eye(8))[1]
    assert shown[-1] < 1e-13
    assert shown[-2] > 1e-2
    np.testing.assert_allclose(point.exponent, 0.5, atol=1e-3)
    np.testing.assert_allclose(abs(point.winding), 1.0, atol=1e-9)
    # The splitting by NumPy: a change of 1e-4 parts them by its root.
    parts = [
        abs(np.subtract(*phonons(point.model.replace(drive_a=float(point.values[1]) * (1 + h))))) for h in (1e-4, 4e-4)
    ]
    np.testing.assert_allclose(parts[1] / parts[0], 2.0, rtol=1e-2)
    # Eliminated adiabatically it lies off by nearly a tenth in the drive: the light is no faster than its coupling.
    H, chi = np.asarray(point.hamiltonian), RED.chi
    np.testing.assert_allclose(H[0, 1], -chi, rtol=1e-5)
    assert 0.05 < point.simple_values[1] / point.values[1] - 1 < 0.12


@pytest.mark.parametrize(
    ("change", "fields", "start"),
    [
        ({"chi": 0.01}, ("delta_a", "drive_a"), (1.04, 10.0)),
        ({"delta_m": 1.2, "drive_m": 6.0, "kerr": 2e-4}, ("delta_a", "drive_a"), (1.02, 14.0)),
    ],
)
def test_other_points(change, fields, start):
    m = RED.replace(**change)
    found = js.find_exceptional_point(m)
    assert found.defective
    np.testing.assert_allclose(found.values, search(m, fields, start), rtol=1e-8)


def test_rotation_moves_the_point_by_its_shift(point):
    line = js.follow_exceptional_point(RED, "sagnac", [-0.1, 0.0, 0.3425])
    expected = np.asarray(point.values)[None] - np.array([[-0.1, 0], [0, 0], [0.3425, 0]])
    np.testing.assert_allclose(line.values, expected, rtol=1e-10)
    assert np.all(line.defective)


@pytest.mark.parametrize("unit", [1e-6, 40.0, 1e9])
def test_any_unit(point, unit):
    scaled = jax.tree.map(lambda rate: rate * unit, RED)
    found = js.find_exceptional_point(scaled)
    np.testing.assert_allclose(found.values / unit, point.values, rtol=1e-9)
    assert found.defective


@pytest.mark.slow
def test_derivatives(point):
    """Reverse mode against differences of the solver, whose values are tested above."""
    slope = jax.grad(lambda m: js.find_exceptional_point(m).values[1])(RED)
    for name, h in (("chi", 1e-5), ("kappa_a", 1e-4), ("delta_m", 1e-3)):
        ends = [
            float(js.find_exceptional_point(RED.replace(**{name: getattr(RED, name) + s * h})).values[1])
            for s in (1, -1, 2, -2)
        ]
        difference = (8 * (ends[0] - ends[1]) - (ends[2] - ends[3])) / (12 * h)
        np.testing.assert_allclose(getattr(slope, name), difference, rtol=1e-6)


def test_refusals(point):
    with pytest.raises(js.InputError, match="b1 and b2 are not coupled"):
        js.find_exceptional_point(RED.replace(chi=0.0))
    with pytest.raises(js.ConvergenceError, match=r"got to delta_a = .*, drive_a = .* 0\.0\d+ apart"):
        js.find_exceptional_point(RED.replace(delta_a=0.0, drive_a=1.0))
    with pytest.raises(js.ConvergenceError, match=r"at delta_m = .*, followed from"):
        js.follow_exceptional_point(RED.replace(delta_a=0.0, drive_a=1.0), "delta_m", [1.0, 1.1])
    for fields, words in ((("chi", "chi"), "two different"), (("chi", "chj"), "did you mean `chi`")):
        with pytest.raises(js.InputError, match=words):
            js.find_exceptional_point(RED, fields)
    with pytest.raises(js.InputError, match="third field"):
        js.follow_exceptional_point(RED, "delta_a", [1.0])
    with pytest.raises(js.InputError, match="must name"):
        js.find_exceptional_point(RED, modes=("b1", "b9"))
    beyond = dataclasses.replace(point, fields=("gamma_1", "drive_a"), values=np.array([-0.1, 14.0]))
    with pytest.raises(js.ConvergenceError, match=r"gamma_1 = -0\.1, which must not be negative"):
        refuse_point(beyond)
    assert "none" in repr(js.find_exceptional_point(RED.replace(delta_a=0.0, drive_a=1.0), throw=False))


def test_sheets(point):
    x, y = np.array([1.0, float(point.values[0]), 1.05]), np.array([13.0, float(point.values[1]), 14.8])
    data = js.frequency_sheets(RED, ("delta_a", "drive_a"), x, y)
    assert bool(data.stable.all())
    np.testing.assert_allclose(data.gap[1, 1], 0, atol=1e-6)
    for i, j in ((0, 0), (0, 2), (2, 1)):
        values = phonons(RED.replace(delta_a=float(x[i]), drive_a=float(y[j])))
        values = values[np.argsort(-values.real)]
        np.testing.assert_allclose(data.decay[i, j], -values.real, atol=1e-9)
        np.testing.assert_allclose(data.frequency[i, j], -values.imag, atol=1e-9)
    with pytest.raises(js.InputError, match="one or more numbers"):
        js.frequency_sheets(RED, ("delta_a", "drive_a"), [], y)
