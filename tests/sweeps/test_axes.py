"""The axes of a grid: several fields along one, and what is refused."""

import numpy as np
import pytest
from systems import Rings

import jaxsync as js


def test_several_fields_share_an_axis():
    rho = np.array([1.0, 4.0])
    axes = {
        "rho": js.Axis(rho, {"g_a": 0.005 / np.sqrt(rho), "g_m": 0.01 / np.sqrt(rho)}, unit="1"),
        "gamma": js.Axis([0.001, 0.002, 0.003], ["gamma_1", "gamma_2"]),
        "nbar_1": [0.0, 5.0],
    }
    measure = lambda m: {"g": m.g_a + m.g_m, "gamma": m.gamma_1 - m.gamma_2, "n": m.nbar_1, "chi": m.chi}
    with pytest.raises(js.InputError, match="returns `gamma`, which is an axis"):
        js.sweep(measure, js.OptoMagnoMechanical(), axes)
    measure = lambda m: {"g": m.g_a + m.g_m, "both": m.gamma_1 * m.gamma_2, "n": m.nbar_1, "chi": m.chi}
    data = js.sweep(measure, js.OptoMagnoMechanical(chi=0.5), axes)
    assert data["g"].dims == ("rho", "gamma", "nbar_1")
    np.testing.assert_allclose(data["g"].isel(gamma=0, nbar_1=0), [0.015, 0.0075], rtol=1e-15)
    np.testing.assert_allclose(data["both"].isel(rho=1, nbar_1=1), np.array([1e-6, 4e-6, 9e-6]), rtol=1e-15)
    np.testing.assert_array_equal(data["chi"], 0.5)
    assert {name: c.attrs.get("units") for name, c in data.coords.items()} == {
        "rho": "1",
        "gamma": "omega_1",
        "nbar_1": "1",
    }


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({}, "`axes` must give at least one field"),
        (None, "`axes` must give at least one field"),
        ({"inner": []}, r"`inner` a list of one or more values, but it has shape \(0,\)"),
        ({"inner": 3.0}, r"one or more values, but it has shape \(\)"),
        ({"inner": [[1.0]]}, r"shape \(1, 1\)"),
        ({"inner": [0.0, 1.0, 0.0]}, "the value 0 twice along `inner`"),
        ({"inner": [0.0, np.nan]}, "`inner` finite values, but has nan"),
        ({"inner": [0.0, np.inf]}, "finite values, but has inf"),
        ({"inner": ["a"]}, "list of real numbers"),
        ({"inner": [1j]}, "list of real numbers"),
        ({"inner": [1.0, [2.0]]}, "list of real numbers"),
        ({"iner": [1.0]}, "Unknown field `iner` of Rings.*did you mean `inner`"),
        ({"zzz": [1.0]}, "Unknown field `zzz`.*its fields are inner, width"),
        ({"noise": [-1.0]}, "`noise` must not be negative"),
        ({"kind": [0, 1]}, "cannot change `kind`, which is static"),
        ({"a/b": js.Axis([1.0], ["inner"])}, "names as keys.*'a/b'"),
        ({"outcome": js.Axis([1.0], ["inner"])}, "names as keys, other than 'outcome'"),
        ({"g": js.Axis([1.0], [])}, "fields of the axis `g` must be one or more names"),
        ({"g": js.Axis([1.0], "inner")}, "fields of the axis `g` must be one or more names in a list"),
        ({"g": js.Axis([1.0, 2.0], {"inner": [1.0]})}, "gives `inner` 1 values along `g`, which has 2"),
        ({"g": js.Axis([1.0], {"inner": [np.nan]})}, "`inner` along `g` finite values"),
        ({"width": js.Axis([1.0], ["inner"])}, "axis called `width` that leaves this field alone"),
        ({"inner": [1.0], "g": js.Axis([1.0], ["inner"])}, "changes `inner` along `inner` and along `g`"),
    ],
)
def test_axes_are_refused(axes, message):
    with pytest.raises(js.InputError, match=message):
        js.sweep(lambda model: model.inner, Rings(), axes)
