"""An oscillator and a tone: where the forced cycle ends, in closed form, and to first order in the tone."""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest

import jaxsync as js

GAIN, LOSS = 0.1, 0.01


class Oscillator(js.Model):
    """z' = (GAIN - i - LOSS |z|^2) z + x + i y."""

    modes: ClassVar = ("b",)
    x: float = 0.0
    y: float = 0.0

    def rates(self, z):
        return (GAIN - 1j - LOSS * (z * z.conj()).real) * z + self.x + 1j * self.y

    def diffusion(self):
        return jnp.full(2, 0.3)


def half_width(size):
    """Half the range of frequencies in which the tone locks: in its frame R = |z|^2 obeys (d^2 + (GAIN - LOSS R)^2) R =
    size^2, and the detuning d is largest where d d^2 / dR = 0."""
    roots = np.roots([-2 * LOSS**2, 2 * LOSS * GAIN, 0.0, -(size**2)])
    R = np.max(roots.real)
    return np.sqrt(size**2 / R - (GAIN - LOSS * R) ** 2)


@pytest.fixture(scope="module")
def forced():
    functions = {
        "x": lambda t, size, period: size * jnp.cos(2 * jnp.pi * t / period),
        "y": lambda t, size, period: -size * jnp.sin(2 * jnp.pi * t / period),
    }
    return js.modulate(Oscillator(), functions, period=2 * np.pi, size=0.02)


@pytest.fixture(scope="module")
def branch(forced):
    return js.follow(forced, "period", (5.5, 7.2), js.find_limit_cycle(forced, [3.0]))


@pytest.mark.slow
def test_range_between_the_folds(branch):
    """The branch is an island, stable from fold to fold and unstable back; half the tone, an eighth of the miss."""
    assert [b.kind.value for b in branch.bifurcations] == ["fold", "fold"]
    assert branch.ends == ("the curve closes", "the curve closes")
    free = js.find_limit_cycle(Oscillator(), [3.0])
    misses = []
    for size in (0.02, 0.01):
        edges = [js.bifurcation_value(b, branch.model.replace(size=size)) for b in branch.bifurcations]
        exact = np.sort(2 * np.pi / np.array(edges) - 1)
        np.testing.assert_allclose(exact, [-half_width(size), half_width(size)], rtol=1e-8)
        misses.append(abs(exact[1] - js.locking_range(free, "b", size)))
    np.testing.assert_allclose(misses[1], misses[0] / 8, rtol=0.05)


@pytest.mark.slow
def test_tongue_of_the_tone(branch):
    border = js.follow_border(branch.bifurcations[0], ("size", "period"), ((0.01, 0.04), (5.5, 7.2)), points=20)
    assert len(border.values) > 5
    for size, period in border.values:
        np.testing.assert_allclose(abs(2 * np.pi / period - 1), half_width(size), rtol=1e-7)
