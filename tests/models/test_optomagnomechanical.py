"""What a model promises: the paper's equations and conventions, arguments checked with usable messages, a pytree."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cases import REFERENCE, trajectory

import jaxsync as js
from jaxsync.models.equations import diffusion_matrix, drift, to_amplitudes, to_quadratures

# No two parameters alike, so that a swapped pair shows.
DISTINCT = js.OptoMagnoMechanical(
    omega_1=1.1, omega_2=0.9, gamma_1=0.01, gamma_2=0.02, kappa_a=0.15, kappa_m=0.25, g_a=0.03, g_m=0.04, chi=0.05,
    delta_a=-1.2, delta_m=0.8, kerr=0.013, sagnac=0.3, drive_a=3.0, drive_m=4.0, nbar_1=1.5, nbar_2=2.5,
    external_a=0.6, external_m=0.7,
)  # fmt: skip
FIELDS = [*REFERENCE["base"], "external_a", "external_m"]


def amplitudes(seed):
    real, imaginary = np.random.default_rng(seed).normal(size=(2, 4)) * 3
    return real + 1j * imaginary


def linearization(p, z):
    """The drift matrix from the linearized operator equations, written by hand from the Hamiltonian."""
    a, m, b1, b2 = z
    # d(do)/dt = sum of F do_k + G do_k^+.
    F, G = np.zeros((2, 4, 4), dtype=complex)
    F[0, 0] = -(p.kappa_a + 1j * (p.delta_a + p.sagnac)) + 2j * p.g_a * b2.real
    F[0, 3] = G[0, 3] = 1j * p.g_a * a
    # From K (m^+ m)^2: 4 K |m|^2 in front of dm, and the two-magnon term.
    F[1, 1] = -(p.kappa_m + 1j * p.delta_m) - 4j * p.kerr * abs(m) ** 2 + 2j * p.g_m * b1.real
    G[1, 1] = -2j * p.kerr * m**2
    F[1, 2] = G[1, 2] = 1j * p.g_m * m
    F[2, 2] = -(p.gamma_1 + 1j * p.omega_1)
    F[2, 3] = F[3, 2] = 1j * p.chi
    F[2, 1], G[2, 1] = 1j * p.g_m * np.conj(m), 1j * p.g_m * m
    F[3, 3] = -(p.gamma_2 + 1j * p.omega_2)
    F[3, 0], G[3, 0] = 1j * p.g_a * np.conj(a), 1j * p.g_a * a
    # do = (dX + i dY)/sqrt2 turns F do + G do^+ into 2x2 blocks.
    A = np.zeros((8, 8))
    A[0::2, 0::2], A[0::2, 1::2] = (F + G).real, (G - F).imag
    A[1::2, 0::2], A[1::2, 1::2] = (F + G).imag, (F - G).real
    return A


@pytest.mark.parametrize("seed", range(5))
def test_drift_is_the_linearization(seed):
    z = amplitudes(seed)
    found = jax.jit(drift)(DISTINCT, to_quadratures(z))
    np.testing.assert_allclose(found, linearization(DISTINCT, z), atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_mean_field_follows_from_the_hamiltonian(seed):
    # Without loss, i z' = dH/dz*, H the Hamiltonian with numbers for operators: (m^+ m)^2 becomes |m|^4.
    p = DISTINCT.replace(kappa_a=0, kappa_m=0, gamma_1=0, gamma_2=0)

    def hamiltonian(z):
        a, m, b1, b2 = z
        return (
            (p.delta_a + p.sagnac) * abs(a) ** 2 + p.delta_m * abs(m) ** 2
            + p.omega_1 * abs(b1) ** 2 + p.omega_2 * abs(b2) ** 2 - 2 * p.chi * (np.conj(b1) * b2).real
            - 2 * p.g_m * abs(m) ** 2 * b1.real - 2 * p.g_a * abs(a) ** 2 * b2.real + p.kerr * abs(m) ** 4
            + (1j * p.drive_a * (np.conj(a) - a) + 1j * p.drive_m * (np.conj(m) - m)).real
        )  # fmt: skip

    z, h = amplitudes(seed), 1e-5
    gradient = [
        (
            hamiltonian(z + h * e)
            - hamiltonian(z - h * e)
            + 1j * (hamiltonian(z + 1j * h * e) - hamiltonian(z - 1j * h * e))
        )
        / (4 * h)
        for e in np.eye(4)
    ]
    # Central differences of a quartic: rounding, 1e-16 of H over h.
    np.testing.assert_allclose(p.rates(z), -1j * np.array(gradient), atol=1e-7)


def test_losses_and_noise():
    lossless = DISTINCT.replace(kappa_a=0, kappa_m=0, gamma_1=0, gamma_2=0)
    z = amplitudes(0)
    np.testing.assert_allclose(
        DISTINCT.rates(z) - lossless.rates(z), -np.array([0.15, 0.25, 0.01, 0.02]) * z, atol=1e-13
    )
    # Amplitude rates: Q = rate (2 n + 1), which with V = 1/2 balances 2 rate V. Light and magnons see vacuum.
    expected = np.diag([0.15, 0.15, 0.25, 0.25, 0.01 * 4, 0.01 * 4, 0.02 * 6, 0.02 * 6])
    np.testing.assert_allclose(diffusion_matrix(DISTINCT), expected, rtol=1e-15)
    np.testing.assert_allclose(DISTINCT.thermal_occupations(), [0, 0, 1.5, 2.5])


def test_quadratures():
    z = np.array([1 + 2j, 3 - 4j])
    np.testing.assert_allclose(to_quadratures(z), np.sqrt(2) * np.array([1, 2, 3, -4]), rtol=1e-15)
    np.testing.assert_allclose(to_amplitudes(to_quadratures(z)), z, rtol=1e-15)


def test_defaults_are_the_papers():
    assert {name: getattr(js.OptoMagnoMechanical(), name) for name in REFERENCE["base"]} == REFERENCE["base"]
    assert js.OptoMagnoMechanical.modes == ("a", "m", "b1", "b2")


def test_replace_and_reversed():
    model = js.OptoMagnoMechanical(kerr=-2e-5, sagnac=0.3)
    assert model.replace(delta_a=-1.2).delta_a == -1.2
    assert model.delta_a == -1.005  # the model itself never changes
    changed = {name for name in FIELDS if getattr(model.reversed(), name) != getattr(model, name)}
    assert changed == {"kerr", "sagnac"}
    assert (model.reversed().kerr, model.reversed().sagnac) == (2e-5, -0.3)
    assert (model.reversed("sagnac").kerr, model.reversed("sagnac").sagnac) == (-2e-5, -0.3)
    assert model.reversed().reversed() == model
    with pytest.raises(js.InputError, match=r"kerr, sagnac.*'chi'"):
        model.reversed("chi")
    # Nothing else tells one side from the other.
    assert js.OptoMagnoMechanical().reversed() == js.OptoMagnoMechanical()
    with pytest.raises(AttributeError):
        model.kerr = 1.0  # frozen


def test_sagnac_shift():
    # The paper's sphere; 0.3425 is the independent value, to its digits.
    shift = js.sagnac_shift(6e3, 1.1e-3, 1.48, 1550e-9)
    np.testing.assert_allclose(shift / (2 * np.pi * 10e6), 0.3425, rtol=1e-3)
    # Linear in the speed; dispersion lowers it by (wavelength / index) dn/dwavelength.
    np.testing.assert_allclose(js.sagnac_shift(-3e3, 1.1e-3, 1.48, 1550e-9), -shift / 2, rtol=1e-12)
    without = 1 - 1 / 1.48**2
    lowered = js.sagnac_shift(6e3, 1.1e-3, 1.48, 1550e-9, dispersion=-1e4) / shift
    np.testing.assert_allclose(lowered, (without + 1550e-9 / 1.48 * 1e4) / without, rtol=1e-12)


def test_from_si():
    w = 2 * np.pi * 10e6
    model = js.OptoMagnoMechanical.from_si(w, delta_a=-1.2 * w, drive_m=20 * w, nbar_1=3.0)
    assert model.omega_1 == 1.0
    np.testing.assert_allclose([model.delta_a, model.drive_m, model.nbar_1], [-1.2, 20.0, 3.0], rtol=1e-14)
    assert model.kappa_m == js.OptoMagnoMechanical().kappa_m
    right = js.OptoMagnoMechanical.from_si(w, angular_speed=6e3)
    left = js.OptoMagnoMechanical.from_si(w, angular_speed=6e3, light_from="left")
    np.testing.assert_allclose([right.sagnac, left.sagnac], [-0.3425, 0.3425], rtol=1e-3)
    # 1 / (exp(hbar w / k T) - 1) with the CODATA constants; at 10 mK, hbar w / k T = 0.0479924.
    warm = js.OptoMagnoMechanical.from_si(w, temperature=0.01)
    x = 1.054571817e-34 * w / (1.380649e-23 * 0.01)
    np.testing.assert_allclose([warm.nbar_1, warm.nbar_2], 1 / np.expm1([x, 1.005 * x]), rtol=1e-8)
    assert js.OptoMagnoMechanical.from_si(w, temperature=0.0).nbar_1 == 0.0


class Chain(js.Model):
    """A field that is a choice rather than a number."""

    modes: ClassVar = ("z",)
    x: float = 1.0
    order: int = js.parameter(default=2, static=True)


def test_model_is_a_pytree():
    model = js.OptoMagnoMechanical()
    leaves, treedef = jax.tree.flatten(model)
    assert len(leaves) == len(FIELDS)
    assert jax.tree.unflatten(treedef, leaves) == model
    # Gradients have the model's shape, not its range: NaN or negative rates must pass.
    gradient = jax.tree.map(lambda leaf: leaf * float("nan") - 1, model)
    assert np.isnan(gradient.kerr)
    assert jax.tree.map(lambda leaf: -leaf, model).kappa_a == -0.15
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(model)]
    assert paths == [f".{name}" for name in FIELDS]
    # A static field is part of the structure, not a leaf.
    assert jax.tree.leaves(Chain()) == [1.0]
    assert jax.tree.structure(Chain()) != jax.tree.structure(Chain(order=3))


def test_vmap_over_one_field():
    def quanta(kerr):
        return jnp.sum(jnp.abs(js.OptoMagnoMechanical(kerr=kerr).rates(jnp.ones(4, complex))) ** 2)

    values = np.array([-1e-2, 0.0, 1e-2])
    m_rate = [-(0.2 + 1j * (-1.0 + 2 * kerr - 0.01)) + 35 for kerr in values]
    others = np.abs([-(0.15 + 1j * (-1.005 - 0.01)) + 35, -0.005 - 1j + 0.025j, -0.005 - 1.005j + 0.025j]) ** 2
    np.testing.assert_allclose(jax.vmap(quanta)(values), np.abs(m_rate) ** 2 + others.sum(), rtol=1e-12)


def test_reprs_can_be_read():
    model = js.OptoMagnoMechanical(kerr=-2e-5)
    assert "kerr=-2e-05" in repr(model)
    times, amplitudes = np.array([0.5, 2.0]), np.ones((2, 4), complex)
    assert repr(trajectory(model, times, amplitudes)) == "Trajectory(mean field at 2 times, t=0.5..2)"
    with_covariance = trajectory(model, times, amplitudes, np.ones((2, 8, 8)))
    assert repr(with_covariance) == "Trajectory(mean field and covariance at 2 times, t=0.5..2)"
    rest = js.find_fixed_point(js.OptoMagnoMechanical(drive_a=0.0, drive_m=0.0))
    assert repr(rest).startswith("FixedPoint(fixed point, a=0+0j, m=0+0j, b1=0+0j, b2=0+0j, residual=")
    batch = jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], rest)
    assert repr(batch) == "FixedPoint(batch of shape (1,))"
