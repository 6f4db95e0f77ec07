"""Numbers of published systems, computed by others (data/published_cases.json), and their drift matrices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import load

import jaxsync as js

PUBLISHED = load("published_cases.json")
MARI, VITALI, LI = (PUBLISHED[name] for name in ("mari_2013", "vitali_2007", "li_zhu_agarwal_2018"))
W = 2 * np.pi * 10e6  # omega_m of Vitali et al., omega_b of Li et al., rad/s
MIRRORS = {"A": {"mass": 5e-12, "finesse": 1.07e4}, "B": {"mass": 50e-12, "finesse": 3.4e4}}


def fabry_perot(case, delta=W, temperature=0.4):
    return js.models.FabryPerot.from_si(
        W, gamma_m=2 * np.pi * 100, length=1e-3, wavelength=810e-9, power=50e-3, temperature=temperature, delta=delta,
        **MIRRORS[case],
    )  # fmt: skip


def magnomechanics(**drive):
    return js.models.CavityMagnomechanics.from_si(
        W, omega_a=1e3 * W, omega_m=1e3 * W, gamma_b=2 * np.pi * 100, kappa_a=W / 10, kappa_m=W / 10, g_ma=0.32 * W,
        delta_a=-W, delta_m=0.9 * W, temperature=0.01, **drive,
    )  # fmt: skip


@jax.jit
@jax.vmap
def mirror_field_entanglement(model):
    state = js.find_fixed_point(model, model.working_point(), throw=False)
    return js.logarithmic_negativity(state, ("b", "a"))


@jax.jit
@jax.vmap
def magnomechanical_entanglement(model):
    state = js.find_fixed_point(model, model.working_point(), throw=False)
    pairs = {name: js.logarithmic_negativity(state, tuple(name[-2:])) for name in ("E_am", "E_ab", "E_mb")}
    return pairs | {"minimum_residual_contangle": js.residual_contangle(state, ("a", "m", "b"))}


def along(model, field, values):
    """The model with `field` at the given values, stacked."""
    columns = jax.tree.map(lambda leaf: np.full(len(values), leaf), model)
    return columns.replace(**{field: values})


@pytest.mark.parametrize("case", MARI["values"])
def test_mari_synchronization(case):
    model = js.models.CoupledCells(mu=case["mu"], nbar=case["n_b"], **MARI_PARAMETERS)
    state = js.simulate(model, np.linspace(0.0, 400 * np.pi, 2001))
    # Asked for: 1e-4. The two integrations agree to some 7e-6, the accuracy of the published one.
    np.testing.assert_allclose(js.complete_synchronization(state)[1371:].mean(), case["S_c"], rtol=2e-5)
    np.testing.assert_allclose(js.phase_synchronization(state)[1371:].mean(), case["S_p"], rtol=2e-5)


MARI_PARAMETERS = {("drive" if name == "E" else name): value for name, value in MARI["parameters"].items()}


def test_mari_from_laboratory_values():
    model = js.models.CoupledCells.from_si(W, kappa=0.15 * W, mu=0.01 * W, drive=48 * W, temperature=0.01)
    np.testing.assert_allclose([model.kappa, model.mu, model.drive], [0.15, 0.01, 48.0], rtol=1e-14)
    x = 1.054571817e-34 * W / (1.380649e-23 * 0.01)
    np.testing.assert_allclose(model.nbar, 1 / np.expm1(x), rtol=1e-8)


@pytest.mark.parametrize("case", VITALI["values"], ids=lambda case: case["case"])
def test_vitali_entanglement(case):
    model = fabry_perot(case["case"])
    detunings = np.linspace(0.2, 2.2, 2001)
    found = np.asarray(mirror_field_entanglement(along(model, "delta", detunings)))
    at = lambda delta: found[np.argmin(np.abs(detunings - delta))]
    # Values: one unit of the last digit given. The peaks are flat: between where it is given and where it is found, E_N
    # changes by less than that, and the places agree within the two steps of a coarser grid than this one.
    np.testing.assert_allclose(np.nanmax(found), case["peak_E_N"], atol=5e-5)
    np.testing.assert_allclose(at(case["at_Delta_over_omega_m"]), case["peak_E_N"], atol=5e-5)
    np.testing.assert_allclose(detunings[np.nanargmax(found)], case["at_Delta_over_omega_m"], atol=3e-3)
    for name, expected in case.items():
        if name.startswith("E_N_at_"):
            np.testing.assert_allclose(at(float(name.removeprefix("E_N_at_"))), expected, atol=1e-5, err_msg=name)


def test_vitali_critical_temperature():
    # 23.6 K computed, by the file's note.
    nbar = [fabry_perot("A", temperature=kelvin).nbar for kelvin in (23.5, 23.7)]
    below, above = mirror_field_entanglement(along(fabry_perot("A"), "nbar", np.array(nbar)))
    assert below > 0
    assert above == 0


def test_vitali_drift_and_diffusion():
    model = fabry_perot("A", delta=0.7 * W)
    state = js.find_fixed_point(model, model.working_point())
    k, D, gm, n = model.kappa, 0.7, 1e-5, model.nbar
    # By the file's formulas, in its units: kappa = pi c/(L F), G0 = (omega_c/L) sqrt(hbar/(m omega_m)), ...
    hbar, c = 1.054571817e-34, 299792458.0
    optical = 2 * np.pi * c / 810e-9
    kappa = np.pi * c / (1e-3 * 1.07e4)
    E = np.sqrt(2 * 50e-3 * kappa / (hbar * optical))
    G = np.sqrt(2) * optical / 1e-3 * np.sqrt(hbar / (5e-12 * W)) * E / abs(kappa + 1j * D * W) / W
    np.testing.assert_allclose(k, kappa / W, rtol=1e-9)
    np.testing.assert_allclose(model.coupling, G, rtol=1e-9)
    expected = [[0, 1, 0, 0], [-1, -gm, G, 0], [0, 0, -k, D], [G, 0, -D, -k]]
    # The fixed point is found to 1e-13 of amplitudes of 1e5, with couplings of 1e-5 per quantum.
    np.testing.assert_allclose(state.drift, expected, atol=1e-9)
    np.testing.assert_allclose(model.diffusion(), [0, gm * (2 * n + 1), k, k], rtol=1e-14)
    np.testing.assert_allclose(state.amplitudes, model.working_point(), rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(n, 1 / np.expm1(hbar * W / (1.380649e-23 * 0.4)), rtol=1e-8)
    np.testing.assert_allclose(model.bare_detuning - model.g_0 * np.sqrt(2) * state.amplitudes[0].real, D, rtol=1e-9)


@pytest.mark.parametrize("case", LI["values_at_Delta_a_minus_omega_b"])
def test_li_entanglement(case):
    model = magnomechanics(coupling=case["G_over_2pi_MHz"] * 2e6 * np.pi)
    detunings = np.linspace(-2.0, 0.0, 2001)
    found = jax.device_get(magnomechanical_entanglement(along(model, "delta_a", detunings)))
    middle = np.argmin(np.abs(detunings + 1.0))
    for name in ("E_am", "E_ab", "E_mb"):
        np.testing.assert_allclose(found[name][middle], case[name], atol=1e-3 * case[name], err_msg=name)
    for name, (height, place) in LI["maxima_over_Delta_a_G_4.8"].items():
        # Given to three digits; places to those, on a flat top.
        np.testing.assert_allclose(np.nanmax(found[name]), height, atol=5.1e-4, err_msg=name)
        np.testing.assert_allclose(detunings[np.nanargmax(found[name])], place, atol=5e-3, err_msg=name)


def test_li_drift_and_diffusion():
    model = magnomechanics(coupling=0.48 * W)
    state = js.find_fixed_point(model, model.working_point())
    ka = km = 0.1
    Da, Dm, g, G, gb = -1.0, 0.9, 0.32, 0.48, 1e-5
    expected = [
        [-ka, Da, 0, g, 0, 0],
        [-Da, -ka, -g, 0, 0, 0],
        [0, g, -km, Dm, -G, 0],
        [-g, 0, -Dm, -km, 0, 0],
        [0, 0, 0, 0, 0, 1],
        [0, 0, 0, G, -1, -gb],
    ]
    np.testing.assert_allclose(state.drift, expected, atol=1e-9)
    Na, Nb = (1 / np.expm1(1.054571817e-34 * w / (1.380649e-23 * 0.01)) for w in (1e3 * W, W))
    per_quadrature = [ka * (2 * Na + 1)] * 2 + [km * (2 * Na + 1)] * 2 + [0, gb * (2 * Nb + 1)]
    np.testing.assert_allclose(model.diffusion(), per_quadrature, rtol=1e-8)
    np.testing.assert_allclose(state.amplitudes, model.working_point(), rtol=1e-9, atol=1e-2)


def test_li_drive_field():
    # The field that drives |m_s| = G / (sqrt2 g_mb): the magnon's steady-state equation solved by hand, spins counted.
    model = magnomechanics(drive_field=3.9e-5)
    spins = 4.22e27 * 4 / 3 * np.pi * 125e-6**3
    rabi = np.sqrt(5) / 4 * 2 * np.pi * 28e9 * np.sqrt(spins) * 3.9e-5
    m = rabi * (W / 10 - 1j * W) / ((0.32 * W) ** 2 + (W / 10 + 0.9j * W) * (W / 10 - 1j * W))
    np.testing.assert_allclose(model.coupling, np.sqrt(2) * 0.2 * 2 * np.pi * abs(m) / W, rtol=1e-9)
    np.testing.assert_allclose(abs(model.drive), rabi / W, rtol=1e-9)


def test_a_chain_of_two_is_the_coupled_cells():
    rng = np.random.default_rng(0)
    z = rng.normal(size=4) + 1j * rng.normal(size=4)
    chain = js.models.OptomechanicalChain(cells=2, mu=0.03, nbar=1.5)
    cells = js.models.CoupledCells(mu=0.03, nbar=1.5)
    assert chain.modes == cells.modes
    np.testing.assert_allclose(chain.rates(z), cells.rates(z), rtol=1e-14)
    np.testing.assert_allclose(chain.diffusion(), cells.diffusion(), rtol=1e-15)
    np.testing.assert_allclose(chain.thermal_occupations(), cells.thermal_occupations(), rtol=1e-15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: js.models.CoupledCells.from_si(0.0), "`omega_1` must be positive, but is 0.0"),
        (lambda: js.models.CoupledCells.from_si(W, temperature=1.0, nbar=2.0), "exclude each other"),
        (lambda: js.models.CoupledCells.from_si(W, temperature=-1.0), "`temperature` must be zero or more"),
        (lambda: js.models.CoupledCells.from_si(W, kap=1.0), "Unknown field `kap`"),
        (lambda: js.models.OptomechanicalChain(cells=0), "`cells` must be a whole number from 1 on, but is 0"),
        (lambda: js.models.OptomechanicalChain(cells=2.0), "`cells` must be a whole number"),
        (lambda: fabry_perot("A", temperature=-1.0), "`temperature` must be zero or more"),
        (magnomechanics, "`coupling` and `drive_field` exclude each other"),
        (lambda: magnomechanics(coupling=W, drive_field=1e-5), "`coupling` and `drive_field` exclude each other"),
        (lambda: magnomechanics(coupling=W, g_mb=0.0), "`g_mb` must be positive"),
    ],
)
def test_laboratory_values_that_cannot_be(call, message):
    with pytest.raises(js.InputError, match=message):
        call()


def test_derivative_of_entanglement_with_respect_to_the_detuning():
    value = lambda delta: mirror_field_entanglement(along(fabry_perot("A"), "delta", delta[None]))[0]
    slope = jax.grad(value)(jnp.array(1.0))
    difference = (value(jnp.array(1.0 + 1e-4)) - value(jnp.array(1.0 - 1e-4))) / 2e-4
    np.testing.assert_allclose(slope, difference, rtol=1e-6)  # h^2 times the third derivative
