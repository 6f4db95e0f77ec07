"""Verdicts and covariances of random linear systems, judged in exact arithmetic: python -m benchmarks.wrong_linear
[count].

Drifts of resting modes, of optomechanical cells, of random matrices and of nearly defective ones, from 1e-1 to 1e-14 of
their size away from the border of stability on either side and on it, in units from 1e-12 to 1e9, one third of them
with modes in units of their own; and one-period maps likewise. The judge takes their entries as they are: Routh and
Hurwitz's criterion in rational numbers, and covariances refined with residuals in rational numbers. Right is the right
verdict and, where a covariance is given, every element within 1e-6; refused is a MARGINAL that is none, or NaN; wrong
is anything else.
"""

import sys
import time
from fractions import Fraction
from typing import NamedTuple

import jax
import numpy as np

from jaxsync.numerics.lyapunov import solve_lyapunov, solve_stein, stationary_covariance
from jaxsync.numerics.routh_hurwitz import routh_hurwitz
from jaxsync.numerics.stability import Stability, stability_of

RIGHT = 1e-6
"""Largest error of an element of a covariance, over the deviations of its two quadratures: far below what is measured,
far above what refinement leaves."""

SIZES = (2, 4, 6, 8)
"""Few, since each is compiled."""

NEAREST = 2.0**-100
"""A drift whose fastest growth is less than this share of its size is on the border."""


class Member(NamedTuple):
    """A system x' = M x, or x -> M x where it is `discrete`, with the noise Q."""

    kind: str
    discrete: bool
    M: np.ndarray
    Q: np.ndarray


def members(count, seed):
    """`count` random systems, of all kinds in turn."""
    random = np.random.default_rng(seed)
    kinds = (resting_modes, cell, random_drift, nearly_defective, on_the_border, one_period)
    return [kinds[k % len(kinds)](random) for k in range(count)]


def in_its_units(random, kind, M, Q):
    """The same in another unit of time, and, one time in three, with quadratures in units of their own."""
    unit = 10 ** random.uniform(-12, 9)
    d = 2.0 ** np.round(random.uniform(-15, 15, len(M))) if random.random() < 1 / 3 else np.ones(len(M))
    return Member(kind, False, unit * M * d / d[:, None], unit * Q / np.outer(d, d))


def resting_modes(random):
    """One to five modes, some of them equal, that decay or grow slowly in hot and cold baths."""
    count = random.integers(1, 6)
    gamma = 10 ** random.uniform(-13, -1, count) * np.where(random.random(count) < 0.1, -1, 1)
    gamma[random.random(count) < 0.5] = gamma[0]
    omega = np.where(random.random(count) < 0.5, 1.0, random.uniform(0.1, 3, count))
    M, quanta = np.zeros((2 * count, 2 * count)), np.where(random.random(count) < 0.5, 0, 10 ** random.uniform(0, 5))
    for j in range(count):
        M[2 * j : 2 * j + 2, 2 * j : 2 * j + 2] = [[-gamma[j], omega[j]], [-omega[j], -gamma[j]]]
    return in_its_units(random, "resting modes", M, np.diag(np.repeat(abs(gamma) * (2 * quanta + 1), 2)))


def cell(random):
    """An optomechanical cell, red- or blue-detuned, of any quality, sideband resolution and temperature."""
    kappa, gamma = 10 ** random.uniform(-2, 3), 10 ** random.uniform(-11, -1)
    delta = random.choice([-1.0, 1.0], p=[0.2, 0.8]) * max(1.0, kappa) * random.uniform(0.5, 1.5)
    G = 10 ** random.uniform(-7, -0.5) * np.sqrt(max(1.0, kappa))
    M = np.array([[-kappa, delta, 0, 0], [-delta, -kappa, G, 0], [0, 0, -gamma, 1], [G, 0, -1, -gamma]])
    hot = gamma * (2 * 10 ** random.uniform(-2, 6) + 1)
    return in_its_units(random, "cell", M, np.diag([kappa, kappa, hot, hot]))


def moved(random, M):
    """M with its largest real part at a random distance from the border."""
    margin = 10 ** random.uniform(-14, -1) * random.choice([-1, 1]) * np.linalg.norm(M)
    return M - (np.linalg.eigvals(M).real.max() - margin) * np.eye(len(M))


def noise(random, n):
    root = random.normal(size=(n, n))
    return root @ root.T


def random_drift(random):
    n = random.choice(SIZES)
    return in_its_units(random, "random drift", moved(random, random.normal(size=(n, n))), noise(random, n))


def nearly_defective(random):
    """Chains in which each quadrature drives the next, and hardly any acts back."""
    n = random.choice(SIZES)
    M = np.diag(-(10 ** random.uniform(-4, 0, n))) + np.triu(random.normal(size=(n, n)), 1)
    M += 10 ** random.uniform(-14, -2) * random.normal(size=(n, n))
    return in_its_units(random, "nearly defective", moved(random, M), noise(random, n))


def on_the_border(random):
    """Whole numbers: oscillators without damping, or a quadrature that nothing moves, beside modes that decay."""
    n = random.choice(SIZES)
    M = np.zeros((n, n))
    if random.random() < 0.5:
        upper = np.triu(random.integers(-9, 10, (n, n)), 1).astype(float)
        M = upper - upper.T
    else:
        M[: n - 1] = np.tril(random.integers(-9, 10, (n, n)))[: n - 1]
        M -= np.diag(np.diag(M)) + np.diag(np.append(random.integers(1, 9, n - 1), 0))
    change = np.eye(n) + np.triu(random.integers(-2, 3, (n, n)), 1)  # its inverse is whole numbers, too
    return Member("on the border", False, change @ M @ np.round(np.linalg.inv(change)), noise(random, n))


def one_period(random):
    """A map whose largest multiplier is near 1."""
    n = random.choice(SIZES)
    M = random.normal(size=(n, n))
    size = 1 + 10 ** random.uniform(-13, -1) * random.choice([-1, 1])
    return Member("one period", True, M / np.max(abs(np.linalg.eigvals(M))) * size, noise(random, n))


def exactly(M):
    """A matrix as whole numbers and the power of two that they are multiples of."""
    ratios = [Fraction(float(x)) for x in np.ravel(M)]
    denominator = max(r.denominator for r in ratios)  # powers of two all
    return np.array([int(r * denominator) for r in ratios], dtype=object).reshape(np.shape(M)), denominator


def polynomial(whole):
    """Coefficients of det(s - M), the highest power first, of a matrix of whole numbers (Faddeev-LeVerrier)."""
    n = len(whole)
    eye = np.eye(n, dtype=int).astype(object)
    coefficients, M = [1], eye
    for k in range(1, n + 1):
        M = whole @ M
        coefficients.append(-sum(M[i, i] for i in range(n)) // k)
        M = M + coefficients[-1] * eye
    return coefficients


def is_hurwitz(coefficients):
    """Whether all roots have negative real parts, by Routh's array in rational numbers."""
    upper, lower = ([Fraction(c) for c in coefficients[k::2]] for k in (0, 1))
    first = upper[0]
    while lower:
        if lower[0] * first <= 0:
            return False
        following = [a - upper[0] / lower[0] * b for a, b in zip(upper[1:], [*lower[1:], Fraction(0)], strict=False)]
        upper, lower = lower, following
    return True


def to_left_half_plane(coefficients):
    """The polynomial of s whose roots are those of the given one in z = (1 + s) / (1 - s)."""
    n, total = len(coefficients) - 1, 0
    for k, c in enumerate(coefficients):
        term = np.array([c], dtype=object)
        for factor in [(1, 1)] * (n - k) + [(-1, 1)] * k:
            term = np.convolve(term, np.array(factor, dtype=object))
        total = total + term
    return list(total)


def verdict(member):
    """The `Stability` of the matrix as it is, MARGINAL on the border itself."""
    whole, denominator = exactly(member.M)
    n = len(whole)
    if member.discrete:
        # Of M / denominator, with all eigenvalues multiplied by 1 - shift.
        stable_at = lambda shift: is_hurwitz(
            to_left_half_plane(
                [c * (1 - shift) ** k / Fraction(denominator) ** k for k, c in enumerate(polynomial(whole))]
            )
        )
        shift = Fraction(NEAREST)
    else:
        stable_at = lambda shift: is_hurwitz(polynomial(whole * 2**120 - shift * np.eye(n, dtype=int).astype(object)))
        shift = int(NEAREST * 2**120) * int(np.max(abs(whole)))
    if stable_at(0):
        return Stability.STABLE
    return Stability.MARGINAL if stable_at(shift) else Stability.UNSTABLE


def exact_covariance(member):
    """The solution of the Lyapunov or Stein equation, every element to 1e-12 of the deviations of its quadratures."""
    n = len(member.M)
    guess = np.linalg.lstsq(left_side(member, member.M), -member.Q.reshape(-1), rcond=None)[0].reshape(n, n)
    # In units in which all deviations are alike, elimination has the digits that the refinement needs.
    d = 2.0 ** np.round(np.log2(np.sqrt(np.abs(np.diag(guess)) + 1e-300)))
    M, Q = member.M * d / d[:, None], member.Q / np.outer(d, d)
    inverse = np.linalg.inv(left_side(member, M))
    (M, m), (Q, q) = exactly(M), exactly(Q)
    # X is a matrix of whole numbers over x, with digits to spare.
    X, x = np.zeros((n, n), dtype=object), 2**200
    for _ in range(60):
        if member.discrete:
            residual = (M @ X @ M.T - X * m**2) * q + Q * (x * m**2)
            residual = residual / Fraction(m**2 * q * x)
        else:
            residual = ((M @ X + X @ M.T) * q + Q * (x * m)) / Fraction(m * q * x)
        change = -(inverse @ residual.astype(float).reshape(-1)).reshape(n, n)
        X = X + np.vectorize(lambda c: int(Fraction(c) * x), otypes=[object])(change)
        found = (X / Fraction(x)).astype(float)
        deviations = np.sqrt(np.abs(np.diag(found)))
        if np.all(np.abs(change) <= 1e-12 * np.outer(deviations, deviations)):
            return found * np.outer(d, d)
    exact = eliminate(left_side(member, M / Fraction(m)), -Q.reshape(-1) / Fraction(q))
    return exact.reshape(n, n).astype(float) * np.outer(d, d)


def eliminate(matrix, right):
    """The solution of linear equations in rational numbers, for the few that elimination in doubles cannot start."""
    rows = np.concatenate([matrix, right[:, None]], axis=1) + Fraction(0)
    for k in range(len(rows)):
        pivot = next(i for i in range(k, len(rows)) if rows[i, k])
        rows[[k, pivot]] = rows[[pivot, k]]
        rows[k] = rows[k] / rows[k, k]
        for i in range(len(rows)):
            if i != k and rows[i, k]:
                rows[i] = rows[i] - rows[i, k] * rows[k]
    return rows[:, -1]


def left_side(member, M):
    """The matrix of vec X in M X + X M^T, or in M X M^T - X."""
    eye = lambda n: np.eye(n, dtype=int).astype(M.dtype)  # of whole numbers beside rational ones
    if member.discrete:
        return np.kron(M, M) - eye(M.size)
    return np.kron(eye(len(M)), M) + np.kron(M, eye(len(M)))


@jax.jit
def look_at_drifts(M, Q):
    """Verdict and covariance by doubling, Routh and Hurwitz's word, and the solution by the default method."""
    return jax.vmap(
        lambda M, Q: (stationary_covariance(M, Q), stability_of(M), routh_hurwitz(M), solve_lyapunov(M, Q))
    )(M, Q)


@jax.jit
def look_at_maps(M, Q):
    return jax.vmap(lambda M, Q: (solve_stein(M, Q, "doubling"), solve_stein(M, Q, "kronecker")))(M, Q)


def answers(group):
    """For each member, the words and the covariances that are claims, by name; NaN and MARGINAL are none."""
    M, Q = (np.stack(arrays) for arrays in zip(*[(m.M, m.Q) for m in group], strict=True))
    if group[0].discrete:
        doubling, kronecker = jax.device_get(look_at_maps(M, Q))
        return [({}, {"doubling": a, "kronecker": b}) for a, b in zip(doubling, kronecker, strict=True)]
    found, words, hurwitz, direct = jax.device_get(look_at_drifts(M, Q))
    return [
        (
            {"verdict": words[k], "of the covariance": found.stability[k], "Routh-Hurwitz": hurwitz[k]},
            {"doubling": found.X[k], "default": direct[k]},
        )
        for k in range(len(group))
    ]


def off(found, expected):
    """The largest error of an element, over the deviations of its two quadratures."""
    deviations = np.sqrt(np.abs(np.diag(expected)))
    return np.max(np.abs(found - expected) / np.outer(deviations, deviations))


def judge(member, words, covariances):
    """ "right", "refused" or "wrong", and why."""
    truth, wrong, refused = verdict(member), [], []
    for name, word in words.items():
        if name == "Routh-Hurwitz":  # True is the one claim that it makes
            wrong += [name] if word and truth != Stability.STABLE else []
        elif word == Stability.MARGINAL != truth:
            refused.append(name)
        elif word != truth:
            wrong.append(f"{name}: {Stability(int(word)).name}, not {truth.name}")
    expected = None
    for name, X in covariances.items():
        if not np.all(np.isfinite(X)):
            refused += [name] if truth == Stability.STABLE else []
        elif name == "doubling" and truth != Stability.STABLE:
            wrong.append(f"{name}: a covariance of what is {truth.name}")
        else:
            expected = exact_covariance(member) if expected is None else expected
            if truth == Stability.STABLE and off(X, expected) > RIGHT:
                wrong.append(f"{name}: off by {off(X, expected):.1e}")
            elif truth != Stability.STABLE and np.linalg.norm(X - expected) > RIGHT * np.linalg.norm(expected):
                wrong.append(f"{name}: off by {np.linalg.norm(X - expected) / np.linalg.norm(expected):.1e}")
    return ("wrong", wrong) if wrong else ("refused", refused) if refused else ("right", [])


def examine(count, seed):
    """Counts of right, refused and wrong answers by kind, and lines on all that is wrong."""
    everything = members(count, seed)
    groups = {}
    for member in everything:
        groups.setdefault((member.discrete, len(member.M)), []).append(member)
    tally, lines = {}, []
    for group in groups.values():
        for member, (words, covariances) in zip(group, answers(group), strict=True):
            word, why = judge(member, words, covariances)
            counts = tally.setdefault(member.kind, {"right": 0, "refused": 0, "wrong": 0})
            counts[word] += 1
            if word == "wrong":
                lines.append(f"{member.kind}, n = {len(member.M)}: {'; '.join(why)}")
    return tally, lines


def main():
    count, begin = int(sys.argv[1]) if len(sys.argv) > 1 else 1200, time.perf_counter()
    tally, lines = examine(count, 1)
    for kind, counts in tally.items():
        print(f"{kind:17s} {counts}")
    print(f"{time.perf_counter() - begin:.0f} s")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
