"""Random Gaussian states of four modes, and their measures by brute force."""

import jax.numpy as jnp
import numpy as np
import scipy.linalg
from cases import trajectory

import jaxsync as js

MODEL = js.OptoMagnoMechanical()
MODES = MODEL.modes


def omega(modes):
    return np.kron(np.eye(modes), np.array([[0.0, 1.0], [-1.0, 0.0]]))


def random_states(count, seed=0, modes=4):
    """Physical covariances, (count, 2n, 2n): S D S^T with a random symplectic S and a diagonal D at or above 1/2."""
    rng = np.random.default_rng(seed)
    states = []
    for _ in range(count):
        H = rng.normal(size=(2 * modes, 2 * modes)) * rng.uniform(0.05, 0.4)
        S = scipy.linalg.expm(omega(modes) @ (H + H.T))
        nu = 0.5 + rng.exponential(0.3, size=modes) * rng.integers(0, 2, size=modes)  # some modes pure
        states.append(S @ np.diag(np.repeat(nu, 2)) @ S.T)
    states = np.array(states)
    return (states + np.swapaxes(states, 1, 2)) / 2


def state_of(covariance):
    """A trajectory, not integrated, that carries the given covariances."""
    times = jnp.arange(len(covariance)) * 1.0
    return trajectory(MODEL, times, jnp.ones((len(covariance), 4), complex), covariance)


def brute_force_spectrum(V):
    """Symplectic eigenvalues as moduli of the eigenvalues of i Omega V."""
    return np.sort(np.abs(np.linalg.eigvals(1j * omega(len(V) // 2) @ V)))[::2]


def brute_force_negativity(V, first):
    sign = np.ones(len(V))
    sign[1 : 2 * first : 2] = -1
    nu = brute_force_spectrum(V * np.outer(sign, sign))
    return -np.log(2 * nu[nu < 0.5]).sum()


STATES = random_states(200)
STATE = state_of(STATES)
BIPARTITIONS = [("a", "b2"), ("m", ("b1", "b2")), (("a", "b1"), ("m", "b2")), (("a", "m", "b1"), "b2"), ("b2", "a")]


def reduced(V, names):
    rows = np.array([2 * MODES.index(name) + part for name in names for part in (0, 1)])
    return V[np.ix_(rows, rows)]


def sides(modes):
    return [(side,) if isinstance(side, str) else side for side in modes]
