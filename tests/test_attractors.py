"""Coexisting attractors and hysteresis."""

import jax.numpy as jnp
import numpy as np
import pytest
from cases import model_of

import jaxsync as js


class KerrMode(js.Model):
    """A driven Kerr mode, z' = -(kappa + i (delta + 2 kerr |z|^2)) z + drive: bistable, in closed form."""

    modes = ("z",)
    kappa: float = 0.5
    delta: float = -2.0
    kerr: float = 0.05
    drive: float = 1.0

    def rates(self, amplitudes):
        z = amplitudes[0]
        detuning = self.delta + 2 * self.kerr * jnp.abs(z) ** 2
        return jnp.stack([-(self.kappa + 1j * detuning) * z + self.drive])

    def diffusion(self):
        return jnp.full(2, self.kappa)

    def quanta(self):
        """All steady |z|^2: n ((delta + 2 kerr n)^2 + kappa^2) = drive^2, ascending."""
        cubic = [4 * self.kerr**2, 4 * self.kerr * self.delta, self.delta**2 + self.kappa**2, -(self.drive**2)]
        roots = np.roots(cubic)
        return np.sort(roots[np.abs(roots.imag) < 1e-9].real)


SETTINGS = js.Settings(transient=100.0, step=0.05, longest_period=10.0)


@pytest.fixture(scope="module")
def coexisting():
    """The paper's parameters without Kerr effect and rotation."""
    return js.find_attractors(model_of({}), starts=64, seed=0)


def test_in_phase_and_anti_phase_cycles_are_separate(coexisting):
    """Amplitudes of the anti-phase cycles: about 250/425 and 385/265, by independent integration."""
    assert all(a.outcome == js.Outcome.LIMIT_CYCLE for a in coexisting)
    by_size = {tuple(np.round(a.amplitudes[2:], -1)): a for a in coexisting}
    np.testing.assert_allclose(sum(a.share for a in coexisting), 1)
    phases = {size: a.relative_phase / np.pi for size, a in by_size.items()}
    assert abs(phases[(330, 320)]) < 0.05
    assert abs(phases[(250, 420)]) > 0.8
    assert abs(phases[(390, 270)]) > 0.8
    vacuum = coexisting[coexisting.from_vacuum]
    assert 0 in vacuum.starts
    np.testing.assert_allclose(vacuum.s_q, 0.2891415698, rtol=1e-5)  # tests/data, the case without change
    assert "reached from vacuum" in repr(coexisting)


def test_motions_that_settle_slowly_are_told_apart_when_they_have():
    """Here motions to an anti-phase cycle come within a thousandth of it only in a second transient."""
    found = js.find_attractors(model_of({"kerr": -2e-5}), starts=64, seed=0)
    assert all(a.outcome == js.Outcome.LIMIT_CYCLE and np.all(np.isfinite(a.amplitudes)) for a in found)
    periods = np.sort([float(a.state.period) for a in found])
    assert np.all(np.diff(periods) > 1e-3)


def test_every_start_belongs_to_one_attractor(coexisting):
    members = np.sort(np.concatenate([a.starts for a in coexisting]))
    np.testing.assert_array_equal(members, np.arange(64))


def test_starts_may_be_given(coexisting):
    """Started on the cycles themselves, each draws one start."""
    starts = jnp.stack([a.state.amplitudes[7] for a in coexisting])
    again = js.find_attractors(model_of({}), starts=starts)
    assert len(again) == len(coexisting)
    assert again.from_vacuum is None
    np.testing.assert_allclose([a.share for a in again], 1 / len(coexisting))


def test_fixed_points_coexist_as_the_cubic_says():
    model = KerrMode(drive=3.5)
    quanta = model.quanta()
    assert quanta.size == 3
    found = js.find_attractors(model, starts=32, settings=SETTINGS)
    assert all(a.outcome == js.Outcome.FIXED_POINT and a.state.stable for a in found)
    np.testing.assert_allclose(sorted(a.amplitudes[0] ** 2 for a in found), quanta[[0, 2]], rtol=1e-8)
    assert all(np.isnan(a.s_q) for a in found)


def test_hysteresis_of_a_kerr_mode_follows_the_cubic():
    """Upwards the weakest steady state is kept while it exists, downwards the strongest."""
    drives = np.linspace(0.5, 6.0, 23)
    hysteresis = js.follow(KerrMode(), "drive", drives, settings=SETTINGS)
    expected = [KerrMode(drive=float(drive)).quanta() for drive in drives]
    up, down = hysteresis.up.sizes[:, 0] ** 2, hysteresis.down.sizes[::-1, 0] ** 2
    np.testing.assert_allclose(up, [n[0] for n in expected], rtol=1e-8)
    np.testing.assert_allclose(down, [n[-1] for n in expected], rtol=1e-8)
    np.testing.assert_array_equal(
        hysteresis.bistable(), [d for d, n in zip(drives, expected, strict=True) if n.size == 3]
    )
    assert hysteresis.bistable().size > 3
    assert np.all(hysteresis.up.outcomes == js.Outcome.FIXED_POINT)


def test_two_cycles_of_the_paper_coexist_along_kerr():
    """From vacuum at K = 2e-5 the motion is anti-phase; carried up from K = -2e-5 it stays in phase."""
    hysteresis = js.follow(model_of({}), "kerr", np.array([-2e-5, 0.0, 2e-5]))
    assert np.all(hysteresis.up.outcomes == js.Outcome.LIMIT_CYCLE)
    np.testing.assert_allclose(hysteresis.up.s_q[:2], [0.31862508, 0.28914157], rtol=1e-5)  # tests/data
    anti_phase = js.find_limit_cycle(model_of({"kerr": 2e-5}))
    assert abs(float(anti_phase.period) / hysteresis.up.period[-1] - 1) > 0.01


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: js.find_attractors(KerrMode(), starts=0, modes=("z", "y")), "`modes`"),
        (lambda: js.find_attractors(model_of({}), starts=0), "`starts`"),
        (lambda: js.find_attractors(model_of({}), starts=np.ones((2, 3))), "`starts`"),
        (lambda: js.follow(model_of({}), "kerr", [1e-5, 0.0]), "`values`"),
        (lambda: js.follow(model_of({}), "kerrr", [0.0, 1e-5]), "did you mean `kerr`"),
        (lambda: js.follow(model_of({}), "kerr", [0.0, 1e-5], start="anywhere"), "`start`"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(js.InputError, match=words):
        call()
