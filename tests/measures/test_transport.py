"""Transport around exceptional points against direct integration with SciPy: the fixed point is carried along there,
x' = -J^-1 df/dp p', and so is the fluctuation, by a drift from differences; no solver of the package is used."""

import dataclasses
import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
from by_hand import jacobian, rest, velocity

import jaxsync as js

SHIFT = 0.3425
"""Of light from either side at the paper's speed of rotation."""

RIGHT = js.OptoMagnoMechanical(delta_m=1.0, drive_m=1.0, sagnac=-SHIFT)

LIGHT = js.ellipse(("delta_a", "drive_a"), (1.0198 + SHIFT, 13.98), (0.06, 0.9), np.pi / 2)
"""Around the phonons' point for light from the right; the point of light from the left is far away."""

FIELD = js.ellipse(("delta_m", "drive_m"), (1.0983, 16.55), (0.03, 1.5), np.pi)
"""The same for the magnetic field along [110], K = -1e-4, whose light is weak and whose magnons are strong."""

ALONG = js.OptoMagnoMechanical(delta_a=1.0, drive_a=1.0, kerr=-1e-4)


def integrate(model, loop, duration, direction, quanta=None):
    """Shares between the two phonons' eigenmodes, (2, 2), log gains (2,), the noise gathered by them, (2,), by DOP853.

    quanta: start the full nonlinear motion beside the fixed point at the start, displaced by as many quanta in each
    eigenmode, in place of the linear one about the fixed point.
    """
    loop = {name: half(f) for name, f in loop.items()}

    def at(t):
        c, s = np.cos(2 * np.pi * t / duration), direction * np.sin(2 * np.pi * t / duration)
        moved = {name: middle + x * c + y * s for name, (middle, x, y) in loop.items()}
        return types.SimpleNamespace(**dataclasses.asdict(model) | moved)

    x0 = rest(at(0.0))
    A = jacobian(at(0.0), x0)
    values, vectors = np.linalg.eig(A)
    W = np.zeros((8, 2), complex)
    W[4, 0] = W[6, 1] = 1 / np.sqrt(2)
    W[5, 0] = W[7, 1] = -1j / np.sqrt(2)
    chosen = np.argsort(-np.linalg.norm(W.conj().T @ vectors, axis=0))[:2]
    chosen = chosen[np.argsort(-values[chosen].real)]
    R, L = vectors[:, chosen], np.linalg.inv(vectors)[chosen]
    if quanta is not None:
        go = lambda x: scipy.integrate.solve_ivp(
            lambda t, x: velocity(at(t), x), (0, duration), x, "DOP853", rtol=1e-12, atol=1e-12
        ).y[:, -1]
        plain = go(x0)
        ends = [go(x0 + np.sqrt(quanta) * part) - plain for r in R.T for part in (r.real, r.imag)]
        U = np.stack([ends[0] + 1j * ends[1], ends[2] + 1j * ends[3]], axis=1) / np.sqrt(quanta)
        return _shares(L @ U)

    Q = np.diag(np.asarray(model.diffusion()))

    def motion(t, y):
        x, columns, N = y[:8].real, y[8:24].reshape(8, 2), y[24:].reshape(8, 8)
        m, h = at(t), 1e-5 * duration
        J = jacobian(m, x)
        pushed = (velocity(at(t + h), x) - velocity(at(t - h), x)) / (2 * h)
        # The drift of a time ahead keeps the point at rest.
        return np.concatenate([-np.linalg.solve(J, pushed), (J @ columns).ravel(), (J @ N + N @ J.T + Q).ravel()])

    y0 = np.concatenate([x0, R.ravel(), np.zeros(64)])
    y = scipy.integrate.solve_ivp(motion, (0, duration), y0, "DOP853", rtol=1e-9, atol=1e-12).y[:, -1]
    U, N = y[8:24].reshape(8, 2), y[24:].reshape(8, 8)
    gathered = np.einsum("ki,ij,kj->k", L, N, L.conj()).real
    return _shares(L @ U), np.log(np.linalg.norm(U, axis=0) ** 2), gathered


def half(f):
    """Middle, cosine and sine part of an ellipse's coordinate."""
    zero, quarter, turned = (float(f(angle)) for angle in (0.0, np.pi / 2, np.pi))
    middle = (zero + turned) / 2
    return middle, zero - middle, quarter - middle


def _shares(T):
    squares = np.abs(T.T) ** 2
    return squares / squares.sum(axis=1, keepdims=True)


CASES = [(RIGHT, LIGHT, 100.0, 1), pytest.param(ALONG, FIELD, 150.0, -1, marks=pytest.mark.slow)]


@pytest.mark.parametrize(("model", "loop", "duration", "direction"), CASES, ids=["light", "field"])
def test_one_way(model, loop, duration, direction):
    """A loop that carries phonons from one eigenmode to the other for one direction of light, or of the field, and not
    for the other: contrast above 0.99, confirmed, with the noise and the quanta that it costs."""
    moved = []
    for device in (model, model.reversed()):
        found = js.encircle(device, loop, duration, direction=direction)
        shares, gain, noise = integrate(device, loop, duration, direction)
        np.testing.assert_allclose(found.shares, shares, atol=1e-6)
        np.testing.assert_allclose(found.log_gain, gain, atol=1e-5)
        np.testing.assert_allclose(found.noise, noise, rtol=1e-5)
        moved.append(found)
    one, other = moved
    assert one.shares[0, 1] > 0.95
    assert other.shares[0, 1] < 0.005
    assert js.contrast(one.shares[0, 1], other.shares[0, 1]) > 0.99
    assert one.encloses
    assert not other.encloses
    assert one.growth < 0
    # What it costs: a per cent of the quanta arrives, on the noise of half a quantum, more in the sense in which
    # eigenmodes overlap; the phonons stay cold.
    assert 1e-3 < one.gain[0] < 0.05
    np.testing.assert_allclose(one.energy_noise, 0.5, atol=0.1)  # a little of the start is left
    assert jnp.all(one.noise < 25)
    assert jnp.max(one.phonon_numbers) < 0.05


@pytest.mark.slow
def test_one_way_in_the_full_motion():
    """The mean field stays behind the fixed point; the contrast is that of the nonlinear motion all the same."""
    full = [integrate(m, LIGHT, 100.0, 1, quanta=1e-4)[0, 1] for m in (RIGHT, RIGHT.reversed())]
    assert js.contrast(*full) > 0.99
    np.testing.assert_allclose(full[0], js.encircle(RIGHT, LIGHT, 100.0).shares[0, 1], atol=0.05)


def test_gradient():
    """Of an efficiency with respect to the loop's centre, radii and start, and the duration."""

    def share(values, duration):
        loop = js.ellipse(("delta_a", "drive_a"), values[:2], values[2:4], values[4])
        return js.encircle(RIGHT, loop, duration, steps=8).shares[0, 1]

    values, duration = jnp.array([1.3623, 13.98, 0.06, 0.9, 1.4]), 60.0
    one = jax.jit(share)
    found = jnp.append(*jax.jit(jax.jacfwd(share, argnums=(0, 1)))(values, duration))
    for number, h in enumerate([1e-4, 1e-3, 1e-4, 1e-3, 1e-3, 1e-1]):
        move = h * np.eye(6)[number]
        at = lambda k: one(values + k * move[:5], duration + k * move[5])  # noqa: B023
        difference = (45 * (at(1) - at(-1)) - 9 * (at(2) - at(-2)) + at(3) - at(-3)) / (60 * h)
        np.testing.assert_allclose(found[number], difference, rtol=1e-6, atol=1e-9)


def test_sense_decides_around_the_point():
    """Slow loops around the point end in one eigenmode, whichever they began in, and backwards in the other."""
    loop = js.ellipse(("delta_a", "drive_a"), (1.0198, 13.98), (0.04, 0.9), 0.0)
    model = RIGHT.replace(sagnac=0.0)
    one, other = (js.encircle(model, loop, 600.0, direction=d) for d in (1, -1))
    np.testing.assert_allclose([abs(one.winding), abs(other.winding)], 1.0, atol=1e-9)
    ends = [np.argmax(np.asarray(t.shares), axis=1) for t in (one, other)]
    assert ends[0][0] == ends[0][1] != ends[1][0] == ends[1][1]
    beside = js.ellipse(("delta_a", "drive_a"), (1.12, 13.98), (0.04, 0.9), 0.0)
    ends = [np.argmax(np.asarray(js.encircle(model, beside, 600.0, direction=d).shares), axis=1) for d in (1, -1)]
    assert np.array_equal(*ends)
    np.testing.assert_allclose(one.shares.sum(axis=1), 1.0)
    assert one.nonadiabaticity < 0.8


@pytest.mark.parametrize("unit", [1e-6, 1e9])
def test_any_unit(unit):
    reference = js.encircle(RIGHT, LIGHT, 50.0)
    # The detected shares of the losses are no rates.
    scaled = jax.tree.map(lambda rate: rate * unit, RIGHT).replace(external_a=1.0, external_m=1.0)
    loop = {name: lambda f, g=g: g(f) * unit for name, g in LIGHT.items()}
    found = js.encircle(scaled, loop, 50.0 / unit)
    np.testing.assert_allclose(found.shares, reference.shares, atol=1e-9)
    np.testing.assert_allclose(found.noise, reference.noise, rtol=1e-8)
    assert found.steps == reference.steps


def test_heat():
    """Thermal phonons heat what is gathered in proportion, and leave the shares."""
    cold = js.encircle(RIGHT, LIGHT, 50.0)
    warm = js.encircle(RIGHT.replace(nbar_1=50.0, nbar_2=50.0), LIGHT, 50.0)
    np.testing.assert_allclose(warm.shares, cold.shares, atol=1e-12)
    assert jnp.all(warm.noise > 5 * cold.noise)
    assert jnp.all(warm.phonon_numbers > 5)


@pytest.mark.slow
@pytest.mark.parametrize("periods", [1, 4000])
def test_short_and_long(periods):
    """One period changes little; after 4,000 what arrives is too little for a number, but its shares are known."""
    found = js.encircle(RIGHT, LIGHT, 2 * np.pi * periods)
    np.testing.assert_allclose(found.shares.sum(axis=1), 1.0)
    if periods == 1:
        assert jnp.all(jnp.diag(found.shares) > 0.98)
    else:
        np.testing.assert_allclose(found.shares[0], found.shares[1], atol=1e-6)
        assert jnp.all(found.log_gain < -750)
        assert jnp.all(found.gain == 0)


def test_refusals():
    circle = lambda f: 1 + 0.01 * jnp.cos(f)
    for loop, words in (
        ({"delta_a": lambda f: 1 + 0.1 * f}, "must be closed, but 'delta_a' is 1 at"),
        ({"delta_b": circle}, "did you mean"),
        ({"gamma_1": lambda f: np.sin(f)}, "must not be negative"),
        ({"delta_a": 1.0}, "mapping"),
        ({"delta_a": lambda f: circle(f)[:3]}, "as many real numbers"),
    ):
        with pytest.raises(js.InputError, match=words):
            js.encircle(RIGHT, loop, 10.0)
    for arguments, words in (
        ({"duration": -1.0}, "positive time"),
        ({"duration": 1e9}, "too long"),
        ({"duration": 1.0, "direction": 0}, "1 or -1"),
        ({"duration": 1.0, "modes": ("b1", "b1")}, "different modes"),
        ({"duration": 1.0, "modes": ("b1", "b2", "c")}, "must name modes"),
    ):
        with pytest.raises(js.InputError, match=words):
            js.encircle(RIGHT, LIGHT, **arguments)
    with pytest.raises(js.InputError, match=r"`steps` must be given"):
        jax.jit(lambda T: js.encircle(RIGHT, LIGHT, T).shares)(10.0)
    with pytest.raises(js.InputError, match="modulated"):
        js.encircle(js.modulate(RIGHT, {"drive_m": lambda t: 1 + 0.1 * jnp.cos(t)}, period=2 * np.pi), LIGHT, 1.0)
    unstable = js.ellipse(("delta_a", "drive_a"), (1.36, 14.4), (1.5, 3.0))
    with pytest.raises(js.ConvergenceError, match=r"at the angle \d\.\d+, delta_a = .* is unstable"):
        js.encircle(RIGHT, unstable, 10.0)
    with pytest.raises(js.ConvergenceError, match="not smooth"):
        js.encircle(RIGHT, {"delta_a": lambda f: 1.3 + 0.03 * jnp.abs(jnp.sin(f + 0.3))}, 10.0)
