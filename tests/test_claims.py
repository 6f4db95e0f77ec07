"""The audit: its numbers against those known independently, its verdicts, its files."""

import json

import numpy as np
import pytest
from cases import CASES

from jaxsync.errors import InputError
from jaxsync.paper import assumptions, claims, claims_basis, claims_direction, claims_rescue
from jaxsync.paper.evaluate import Evaluator, range_around
from jaxsync.paper.points import KERR, device

BY_NAME = {case["name"]: case for case in CASES}


@pytest.fixture(scope="module")
def evaluate():
    return Evaluator()


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


def test_evaluator_has_the_reference_values(evaluate):
    changes = [{"kerr": -2e-5}, {}, {"sagnac": 0.32}]
    cases = [next(case for case in CASES if case["change"] == change) for change in changes]
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
def test_directions(evaluate):
    """Numbers found independently: Fig. 1d one-way over (-1.10, -0.80), Fig. 2b at -1; K = +5e-6 already lost."""
    light = claims_direction.one_way_light(evaluate, True)
    assert light.verdict == claims.IN_RANGE
    assert light.numbers["low"] < -1.09
    assert light.numbers["high"] > -0.81
    field = claims_direction.one_way_field(evaluate, True)
    assert field.verdict == claims.IN_RANGE
    np.testing.assert_allclose(field.numbers["chosen"], BY_NAME["kerr -2e-5"]["window"]["s_q_mean"], rtol=1e-2)
    np.testing.assert_allclose(field.numbers["other"], BY_NAME["kerr +2e-5"]["window"]["s_q_mean"], rtol=1e-2)
    switch = claims_direction.sharp_switch(evaluate, True)
    assert switch.verdict == claims.HOLDS
    assert 0 < switch.numbers["at_0.1"] < switch.numbers["at_0.02"] < 5e-6
    same = claims_direction.reciprocal_without_effects(evaluate, True)
    assert same.verdict == claims.HOLDS
    assert same.numbers["difference"] < 1e-6


@pytest.mark.slow
def test_rescue_is_bounded(evaluate):
    """Independently, K = 0 / -2e-5: decay 0.015: 0 / 0.14, 0.02: 0 / 0; couplings (0.224, 0.180) and (0.332, 0.109)."""
    decay = claims_rescue.rescued_from_decay(evaluate, True)
    assert decay.verdict == claims.IN_RANGE
    assert 0.005 < decay.numbers["off"] < 0.0075
    assert 0.015 < decay.numbers["on"] < 0.02
    assert max(decay.numbers["s_q"]["0.02"]) < 5e-3
    np.testing.assert_allclose(decay.numbers["s_q"]["0.0125"][1], 0.24, atol=5e-3)
    row = claims_rescue.couplings(evaluate, True)
    values = evaluate([device(kerr=-KERR), device(kerr=4e-5)])
    pairs = np.transpose([values["coupling_a"], values["coupling_m"]])
    np.testing.assert_allclose(pairs, [[0.224, 0.180], [0.332, 0.109]], atol=1e-3)
    np.testing.assert_allclose(row.numbers["ratio"][1], 0.180 / 0.224, rtol=5e-3)
    # A cycle's mean numbers: the reason that the paper gives is not the one.
    assert claims_rescue.more_quanta(evaluate, True).verdict == claims.FAILS


@pytest.mark.slow
def test_what_the_figures_rest_on(evaluate):
    """The fixed point of Fig. 1 grows at 0.0937 (reference case); states called unsynchronized are stable cycles."""
    unstable = claims_basis.stable_by_routh_hurwitz(evaluate, True)
    assert unstable.verdict == claims.FAILS
    growth = BY_NAME["fig1 base, no shift"]["fixed_point"]["max_real_eigenvalue"]
    np.testing.assert_allclose(unstable.numbers["growth"], growth, rtol=1e-6)
    criterion = claims_basis.zero_and_positive(evaluate, True)
    assert criterion.verdict == claims.FAILS
    case = BY_NAME["kerr +2e-5"]["cycle"]
    np.testing.assert_allclose(criterion.numbers["contraction"], case["multipliers_abs"][1], atol=1e-5)
    rest = BY_NAME["red detuned stable fixed point"]["fixed_point"]["s_q"]
    np.testing.assert_allclose(criterion.numbers["at_rest"], rest, rtol=1e-6)
    assert claims_basis.bounded(evaluate, True).verdict == claims.HOLDS


def test_agreement_with_the_ensembles():
    one, two = [{"share": 1.0}], [{"share": 0.9}, {"share": 0.1}]
    point = {"linear": 0.2, "s_q": 0.1, "s_q_error": 0.01, "attractors": one}
    assert claims.disagrees(point)
    assert not claims.disagrees(point | {"s_q": 0.19})
    assert not claims.disagrees(point | {"s_q_error": 0.1})
    assert claims.disagrees(point | {"s_q_error": 0.1, "attractors": two})


def test_files(monkeypatch, tmp_path):
    """JSON and Markdown with every row; nothing is replaced unasked. The rows here are few and need no computing."""
    for module in (claims_rescue, assumptions):
        monkeypatch.setattr(module, "ROWS", ())
    monkeypatch.setattr(claims_direction, "ROWS", (claims_direction.opposite_shift,))
    monkeypatch.setattr(claims_basis, "ROWS", (claims_basis.against_the_noise,))
    paths = claims.write_claims(tmp_path, quick=True, progress=False)
    answer = json.loads(paths[0].read_text())
    assert [row["name"] for row in answer["claims"]] == ["opposite Sagnac shift", "linear theory"]
    np.testing.assert_allclose(answer["claims"][0]["numbers"]["shift"], 0.3425, atol=5e-5)
    assert {"versions", "window", "synchronized", "quick"} <= answer["made_with"].keys()
    tables = [line for line in paths[1].read_text().splitlines() if line.startswith("|")]
    widths = {line.replace(r"\|", "").count("|") for line in tables}
    assert widths == {5, 4, 6}  # three tables, none torn by a modulus
    with pytest.raises(InputError, match="--force"):
        claims.write_claims(tmp_path, quick=True, progress=False)


def test_kept_page_is_this_audit():
    """docs/claims.json is of the same rows, and its verdicts are those of its page."""
    from pathlib import Path

    docs = Path(__file__).parents[1] / "docs"
    answer = json.loads((docs / "claims.json").read_text(encoding="utf-8"))
    rows = [*claims_direction.ROWS, *claims_rescue.ROWS, *claims_basis.ROWS]
    assert len(answer["claims"]) == len(rows)
    assert len(answer["assumptions"]) == len(assumptions.ROWS)
    page = (docs / "claims.md").read_text(encoding="utf-8")
    for row in answer["claims"]:
        assert f"**{row['verdict']}**" in page
        assert row["found"].replace("|", r"\|") in page
    assert not answer["made_with"]["quick"]
