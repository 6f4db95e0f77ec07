"""Truncated Wigner and linear theory against the full quantum master equation: python -m benchmarks.quantum

Steady states by QuTiP in a space of so many quanta that more change nothing. Prints a table, and draws
docs/quantum.png: from how many quanta on to trust what the package computes. Some minutes on two cores.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.figure
import matplotlib.ticker
import numpy as np
import qutip
import scipy.sparse.linalg

import jaxsync as js
from jaxsync import models
from jaxsync.attractors.ensemble import sample_trajectories

TRAJECTORIES = 10_000

DOCS = Path(__file__).parents[1] / "docs"


class Kerr(js.HamiltonianModel):
    """A driven mode with a Kerr effect and single-quantum loss, scaled so that the mean field's quanta are `size`."""

    modes = ("a",)
    size: float = 1.0

    def hamiltonian(self, z):
        n = (z[0] * z[0].conj()).real
        # At |z|^2 = size the Kerr shift 2 K |z|^2 = 0.5 makes up for half of the detuning.
        return -n + 0.25 / self.size * (n**2 - 2 * n) + 2 * self.drive * z[0].imag

    def jumps(self, z):
        return jnp.sqrt(jnp.array([2.0])) * z

    @property
    def drive(self):
        """What keeps |z|^2 = size against decay at the rate 1 and what is left of the detuning, -1/2."""
        return jnp.sqrt(1.25 * self.size)


class Dephased(js.HamiltonianModel):
    """A driven mode that decays at the rate 1 and is dephased at the rate 0.5, of `size` quanta without dephasing."""

    modes = ("a",)
    size: float = 1.0

    def hamiltonian(self, z):
        return 2 * jnp.sqrt(self.size) * z[0].imag

    def jumps(self, z):
        return jnp.sqrt(2.0) * z[0], jnp.sqrt(0.5) * (z[0] * z[0].conj()).real


def van_der_pol(size):
    """One oscillator whose mean field keeps `size` quanta, gain / (2 loss)."""
    a = operator(size)
    loss = 0.5 / size
    exact = qutip.steadystate(a.dag() * a, [a.dag(), np.sqrt(loss) * a**2])
    model = models.QuantumVanDerPol(loss=loss)
    cycle = js.find_limit_cycle(model, [np.sqrt(size)])
    squares, radial = quanta_on(cycle)
    linear = jnp.mean(squares + radial / 2) - 0.5, jnp.mean(2 * squares * radial)
    return exact, a, model, linear, 12.0


def quanta_on(cycle):
    """|z|^2 of the first mode and its radial variance, (samples,): what a diffusing phase does not change."""
    z = cycle.amplitudes[:, 0]
    direction = jnp.stack([z.real, z.imag], axis=1) / jnp.abs(z)[:, None]
    V = cycle.transverse_covariance[:, :2, :2]
    return jnp.abs(z) ** 2, jnp.einsum("si,sij,sj->s", direction, V, direction)


def kerr(size):
    """A driven Kerr mode, resting at `size` quanta."""
    a, model = operator(size), Kerr(size=size)
    n = a.dag() * a
    H = -n + 0.25 / size * a.dag() ** 2 * a**2 + 1j * float(model.drive) * (a.dag() - a)
    return qutip.steadystate(H, [np.sqrt(2) * a]), a, model, gaussian(model), 12.0


def dephasing(size):
    """A driven, damped and dephased mode; truncated Wigner leaves nothing out of it."""
    a, model = operator(size), Dephased(size=size)
    H = 1j * np.sqrt(size) * (a.dag() - a)
    exact = qutip.steadystate(H, [np.sqrt(2) * a, np.sqrt(0.5) * a.dag() * a])
    return exact, a, model, gaussian(model), 12.0


def operator(size):
    """Annihilation in a space that reaches eight standard deviations beyond so many quanta."""
    return qutip.destroy(int(size + 8 * np.sqrt(size + 1) + 8))


def gaussian(model):
    """<n> and its variance of the Gaussian state that linear theory puts at a fixed point."""
    state = js.find_fixed_point(model, [0.9 * np.sqrt(model.size)])
    x = np.sqrt(2) * np.array([state.amplitudes[0].real, state.amplitudes[0].imag])
    V = np.asarray(state.covariance)
    return np.trace(V) / 2 + x @ x / 2 - 0.5, x @ V @ x + np.trace(V @ V) / 2 - 0.25


def symmetric_state(H, jumps, quanta):
    """The steady state where nothing tells the common phase: QuTiP's Liouvillian between states of as many quanta."""
    totals = np.rint(quanta.diag().real)
    size = len(totals)
    # QuTiP stacks columns.
    kept = np.flatnonzero((totals[:, None] == totals[None, :]).ravel(order="F"))
    L = qutip.liouvillian(H, jumps).to("CSR").data.as_scipy()[kept][:, kept].tolil()
    # One equation is that the trace is one: states of the diagonal are k (size + 1).
    L[0] = np.isin(kept, np.arange(size) * (size + 1)).astype(float)
    right = np.zeros(len(kept), complex)
    right[0] = 1.0
    whole = np.zeros(size**2, complex)
    whole[kept] = scipy.sparse.linalg.spsolve(L.tocsc(), right)
    return qutip.Qobj(whole.reshape(size, size, order="F"), dims=H.dims)


def compare(case, size):
    """<n> and its variance: exact, by trajectories with standard errors, and by linear theory."""
    exact, a, model, linear, time = case(size)
    n = a.dag() * a
    mean = qutip.expect(n, exact)
    values = np.array([mean, qutip.expect(n * n, exact) - mean**2])
    seen = sample_trajectories(model, np.array([time]), TRAJECTORIES, 0, [np.sqrt(size)])[1]
    s = np.abs(seen[:, 0, 0]) ** 2
    # In Wigner's order |z|^2 stands for n + 1/2 and |z|^4 for n^2 + n + 1/2.
    first, second = s - 0.5, s**2 - s
    found = np.array([first.mean(), second.mean() - first.mean() ** 2])
    deviations = first, second - 2 * first.mean() * first
    errors = np.array([x.std() / np.sqrt(len(s)) for x in deviations])
    return {"exact": values, "wigner": found, "error": errors, "linear": np.array([float(x) for x in linear])}


def pair(size):
    """<n>, S_C and their errors of two oscillators, gain 1, D[a - b] at rate 2, frequencies 0.1 apart."""
    loss, levels = 0.5 / size, LEVELS[size]
    a = qutip.tensor(qutip.destroy(levels), qutip.qeye(levels))
    b = qutip.tensor(qutip.qeye(levels), qutip.destroy(levels))
    own = [c for o in (a, b) for c in (o.dag(), np.sqrt(loss) * o**2)]
    exact = symmetric_state(0.05 * (a.dag() * a - b.dag() * b), [*own, np.sqrt(2) * (a - b)], a.dag() * a + b.dag() * b)
    n = qutip.expect(a.dag() * a, exact)
    # X_-^2 + Y_-^2 = 2 o^+ o + 1 of o = (a - b) / sqrt2.
    values = np.array([n, 1 / (qutip.expect((a - b).dag() * (a - b), exact) + 1)])
    model = models.VanDerPolPair(loss=loss)
    seen = sample_trajectories(model, np.array([12.0]), TRAJECTORIES, 0, [1.0, 1.0])[1][:, 0]
    spread = np.abs(seen[:, 0] - seen[:, 1]) ** 2
    quanta = np.abs(seen[:, 0]) ** 2 - 0.5
    errors = np.array([quanta.std(), spread.std() / spread.mean() ** 2]) / np.sqrt(len(seen))
    cycle = js.find_limit_cycle(model, [1.0, 1.0])
    linear = js.complete_synchronization(cycle, include_means=True)
    squares, radial = quanta_on(cycle)
    sizes = jnp.mean(squares + radial / 2) - 0.5
    found = np.array([quanta.mean(), 1 / spread.mean()])
    return {"exact": values, "wigner": found, "error": errors, "linear": np.array([float(sizes), float(linear)])}


CASES = {
    "van der Pol": (van_der_pol, (0.5, 1, 3, 10, 25), ("<n>", "variance")),
    "driven Kerr": (kerr, (0.5, 1, 3, 10, 25), ("<n>", "variance")),
    "dephasing": (dephasing, (1, 10), ("<n>", "variance")),
    "two van der Pol": (pair, (1, 2, 4), ("<n>", "S_C")),
}
LEVELS = {1: 14, 2: 17, 4: 24}
"""Levels of each of two oscillators; two more change <n> in the fifth digit."""


def main():
    print("| device | mean field's quanta | of | exact | truncated Wigner | off by | linear theory | off by |")
    print("|---|---|---|---|---|---|---|---|")
    results = {}
    for name, (case, sizes, quantities) in CASES.items():
        results[name] = [case(size) if case is pair else compare(case, size) for size in sizes]
        for size, found in zip(sizes, results[name], strict=True):
            for k, quantity in enumerate(quantities):
                exact, wigner, error, linear = (found[key][k] for key in ("exact", "wigner", "error", "linear"))
                off = [f"{abs(x / exact - 1):.1%}" for x in (wigner, linear)]
                line = [name, f"{size:g}", quantity, f"{exact:.4f}", f"{wigner:.4f} +- {error:.4f}", off[0]]
                print(f"| {' | '.join([*line, f'{linear:.4f}', off[1]])} |", flush=True)
    picture(results)


def picture(results):
    """Relative errors against the number of quanta, on docs/quantum.png."""
    figure = matplotlib.figure.Figure(figsize=(9, 3.4), layout="constrained")
    panels = figure.subplots(1, len(CASES) - 1, sharey=True)
    shown = [name for name in CASES if name != "dephasing"]
    for ax, name in zip(panels, shown, strict=True):
        _, sizes, quantities = CASES[name]
        for k, quantity in enumerate(quantities):
            for way, color in (("wigner", "C0"), ("linear", "C1")):
                off = [abs(found[way][k] / found["exact"][k] - 1) for found in results[name]]
                label = f"{quantity}, {'truncated Wigner' if way == 'wigner' else 'linear'}"
                ax.loglog(sizes, off, color=color, marker="os"[k], linestyle=["-", "--"][k], label=label)
            noise = [found["error"][k] / abs(found["exact"][k]) for found in results[name]]
            ax.loglog(sizes, noise, color="0.6", linestyle=["-", "--"][k], linewidth=0.8)
        ax.set_title(name)
        ax.xaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())  # some axes span less than a decade
        ax.set_xlabel("quanta of the mean field")
    panels[0].set_ylabel("relative error (grey: statistical)")
    panels[0].legend(fontsize="x-small")
    panels[-1].legend(fontsize="x-small")
    figure.savefig(DOCS / "quantum.png", dpi=150)


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    main()
