"""The audit: its numbers against those known independently, its verdicts, its files."""

import json
from pathlib import Path

import numpy as np
import pytest
from cases import CASES, load

from jaxsync.errors import InputError
from jaxsync.paper import assumptions, audit, claim, claims_basis, claims_direction, claims_rescue, ensembles
from jaxsync.paper.context import Context, range_around
from jaxsync.paper.ending import how_it_ends
from jaxsync.paper.points import KERR, device
from jaxsync.states.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"

BY_NAME = {case["name"]: case for case in CASES}


@pytest.fixture(scope="module")
def context():
    return Context(quick=True)


def test_range_by_bisection():
    """A range with known ends, one beyond the limit, one that is not there; the first gap ends it."""
    calls = []

    def holds(x):
        calls.append(x.size)
        return (x > -0.3) & (x < 0.7) | (x > 0.9)

    low, high = range_around(holds, 0.0, -1.0, 1.0)
    np.testing.assert_allclose([low, high], [-0.3, 0.7], atol=1e-3)
    assert range_around(holds, 0.0, -0.2, 1.0)[0] == -0.2
    assert np.isnan(range_around(holds, -0.5, -1.0, 1.0)).all()
    assert len(calls) < 20


def test_evaluator_has_the_reference_values(context):
    changes = [{"kerr": -2e-5}, {}, {"sagnac": 0.32}]
    cases = [next(case for case in CASES if case["change"] == change) for change in changes]
    evaluate = context.evaluate
    values = evaluate([device(**change) for change in changes])
    for value, case in zip(values["s_q_window"], cases, strict=True):
        np.testing.assert_allclose(value, case["window"]["s_q_mean"], rtol=1e-2)
    np.testing.assert_array_equal(values["limit_cycle"], [1, 1, 0])
    np.testing.assert_allclose(values["amplitude_b1"][1], cases[1]["cycle"]["amplitude_b1_rms"], rtol=1e-5)
    assert np.isnan(values["coupling_a"][2])
    count = len(evaluate)
    evaluate([device()])
    assert len(evaluate) == count  # remembered
    assert evaluate.largest == pytest.approx(BY_NAME["kerr -2e-5"]["window"]["s_q_mean"], rel=1e-2)


@pytest.mark.slow
def test_directions(context):
    """Numbers found independently: Fig. 1d one-way over (-1.10, -0.80), Fig. 2b at -1; K = +5e-6 already lost."""
    light = claims_direction.one_way_light(context)
    assert light.verdict == claim.IN_RANGE
    assert light.numbers["low"] < -1.09
    assert light.numbers["high"] > -0.81
    field = claims_direction.one_way_field(context)
    assert field.verdict == claim.IN_RANGE
    np.testing.assert_allclose(field.numbers["chosen"], BY_NAME["kerr -2e-5"]["window"]["s_q_mean"], rtol=1e-2)
    np.testing.assert_allclose(field.numbers["other"], BY_NAME["kerr +2e-5"]["window"]["s_q_mean"], rtol=1e-2)
    switch = claims_direction.sharp_switch(context)
    assert switch.verdict == claim.HOLDS
    assert 0 < switch.numbers["at_0.1"] < switch.numbers["at_0.02"] < 5e-6
    same = claims_direction.reciprocal_without_effects(context)
    assert same.verdict == claim.HOLDS
    assert same.numbers["difference"] < 1e-6


@pytest.mark.slow
def test_rescue_is_bounded(context):
    """Independently, K = 0 / -2e-5: decay 0.015: 0 / 0.14, 0.02: 0 / 0; couplings (0.224, 0.180) and (0.332, 0.109)."""
    decay = claims_rescue.rescued_from_decay(context)
    assert decay.verdict == claim.IN_RANGE
    assert 0.005 < decay.numbers["off"] < 0.0075
    assert 0.015 < decay.numbers["on"] < 0.02
    assert max(decay.numbers["s_q"]["0.02"]) < 5e-3
    np.testing.assert_allclose(decay.numbers["s_q"]["0.0125"][1], 0.24, atol=5e-3)
    row = claims_rescue.couplings(context)
    values = context.evaluate([device(kerr=-KERR), device(kerr=4e-5)])
    pairs = np.transpose([values["coupling_a"], values["coupling_m"]])
    np.testing.assert_allclose(pairs, [[0.224, 0.180], [0.332, 0.109]], atol=1e-3)
    np.testing.assert_allclose(row.numbers["ratio"][1], 0.180 / 0.224, rtol=5e-3)
    # A cycle's mean numbers: the reason that the paper gives is not the one.
    assert claims_rescue.more_quanta(context).verdict == claim.FAILS


@pytest.mark.slow
def test_what_the_figures_rest_on(context):
    """The fixed point of Fig. 1 grows at 0.0937 (reference case); states called unsynchronized are stable cycles."""
    unstable = claims_basis.stable_by_routh_hurwitz(context)
    assert unstable.verdict == claim.FAILS
    growth = BY_NAME["fig1 base, no shift"]["fixed_point"]["max_real_eigenvalue"]
    np.testing.assert_allclose(unstable.numbers["growth"], growth, rtol=1e-6)
    criterion = claims_basis.zero_and_positive(context)
    assert criterion.verdict == claim.FAILS
    case = BY_NAME["kerr +2e-5"]["cycle"]
    np.testing.assert_allclose(criterion.numbers["contraction"], case["multipliers_abs"][1], atol=1e-5)
    rest = BY_NAME["red detuned stable fixed point"]["fixed_point"]["s_q"]
    np.testing.assert_allclose(criterion.numbers["at_rest"], rest, rtol=1e-6)
    assert claims_basis.bounded(context).verdict == claim.HOLDS


def test_agreement_with_the_ensembles():
    one, two = [{"share": 1.0}], [{"share": 0.9}, {"share": 0.1}]
    point = {"linear": 0.2, "s_q": 0.1, "s_q_error": 0.01, "attractors": one}
    assert ensembles.disagrees(point)
    assert not ensembles.disagrees(point | {"s_q": 0.19})
    assert not ensembles.disagrees(point | {"s_q_error": 0.1})
    assert ensembles.disagrees(point | {"s_q_error": 0.1, "attractors": two})


@pytest.mark.slow
def test_how_the_cycle_ends(context):
    """Along K and omega_2 where AUTO-07p has it."""
    auto = load("auto_tongue.json")
    numbers = how_it_ends(context).numbers
    for field, kind, values in (
        ("kerr", "torus", auto["tori"]),
        ("omega_2", "fold", [fold["omega_2"] for fold in auto["folds"]]),
    ):
        ends = [numbers[field][side] for side in ("below", "above")]
        assert [end["kind"] for end in ends] == [kind, kind]
        np.testing.assert_allclose([end["value"] for end in ends], values, rtol=1e-7)


def test_files(monkeypatch, tmp_path):
    """JSON and Markdown with every row; nothing is replaced unasked. The rows here are few and need no computing."""
    rows = [row for row in audit.CLAIMS if row.name in ("opposite Sagnac shift", "linear theory")]
    monkeypatch.setattr(audit, "CLAIMS", rows)
    monkeypatch.setattr(audit, "ASSUMPTIONS", ())
    settings = Settings(steps=80)
    paths = audit.write_claims(tmp_path, quick=True, settings=settings)
    answer = json.loads(paths[0].read_text())
    assert [row["name"] for row in answer["claims"]] == ["opposite Sagnac shift", "linear theory"]
    np.testing.assert_allclose(answer["claims"][0]["numbers"]["shift"], 0.3425, atol=5e-5)
    assert {"versions", "window", "synchronized", "quick"} <= answer["made_with"].keys()
    assert answer["made_with"]["settings"]["steps"] == 80
    tables = [line for line in paths[1].read_text().splitlines() if line.startswith("|")]
    widths = {line.replace(r"\|", "").count("|") for line in tables}
    assert widths == {5, 4, 6}  # three tables, none torn by a modulus
    with pytest.raises(InputError, match="--force"):
        audit.write_claims(tmp_path, quick=True, progress=False)


def test_kept_page_is_this_audit():
    """docs/claims.json is of the same rows at full resolution, and docs/claims.md is its page."""
    answer = json.loads((DOCS / "claims.json").read_text(encoding="utf-8"))
    statements = [(row["name"], row["figure"], row["words"]) for row in answer["claims"]]
    assert statements == [(row.name, row.figure, row.words) for row in audit.CLAIMS]
    taken = [(row["name"], row["left_open"], row["taken"]) for row in answer["assumptions"]]
    assert taken == [(row.name, row.left_open, row.taken) for row in assumptions.ASSUMPTIONS]
    assert (DOCS / "claims.md").read_text(encoding="utf-8") == audit.to_markdown(answer)
    assert not answer["made_with"]["quick"]


def test_full_audit_looks_at_all_points(context):
    """Rows of a full audit look at the points of the full resolution, not of the quick one, and the page that is kept
    is of as many."""
    full, quick = (sum(map(len, claims_basis.figure_points(c).values())) for c in (Context(), context))
    assert (full, quick) == (5 * 41, 5 * 9)
    answer = json.loads((DOCS / "claims.json").read_text(encoding="utf-8"))
    points = {row["name"]: row["numbers"].get("points") for row in answer["claims"]}
    assert points["stable by Routh-Hurwitz"] == points["stable limit cycles"] == full
