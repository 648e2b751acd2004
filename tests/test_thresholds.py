"""Thresholds for an error: read off held-out passages, and no lucky one among them."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from stancekit.thresholds import RiskTable, risk_table


def made_up(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Confidence, and labels that are wrong as often as it says."""
    rng = np.random.default_rng(3)
    confidence = rng.uniform(0.3, 1, n).round(2)
    return confidence, (rng.random(n) > confidence).astype(float)


def test_threshold_is_the_lowest_that_keeps_to_the_error() -> None:
    confidence, wrong = made_up()
    table = risk_table(confidence, wrong, np.ones(400))
    threshold = table.threshold_for(0.2)

    kept = confidence >= threshold
    assert wrong[kept].mean() <= 0.2
    place = table.confidence.index(threshold)
    assert wrong[confidence >= table.confidence[place + 1]].mean() > 0.2
    assert table.coverage[place] == pytest.approx(kept.mean())
    assert len(table.error) == 20
    assert table.coverage[-1] == 1
    assert table.error[-1] == pytest.approx(wrong.mean(), abs=1e-9)


def test_error_that_no_threshold_reaches_has_none() -> None:
    table = risk_table(np.linspace(0.4, 0.9, 60), np.tile([1.0, 0.0], 30), np.ones(60))

    assert table.lowest_error == pytest.approx(0.5)
    assert table.threshold_for(0.4) == math.inf
    assert table.threshold_for(0.5) == 0


def test_lucky_passages_do_not_make_a_threshold() -> None:
    confidence = np.linspace(1, 0.01, 100)
    wrong = np.zeros(100)
    wrong[:10] = 1

    # The surest are wrong: that later ones are right does not make their threshold a safe one.
    table = risk_table(confidence, wrong, np.ones(100))
    assert table.lowest_error == pytest.approx(10 / 20)
    assert table.threshold_for(0.2) == math.inf


def test_weights_count_as_so_many_passages() -> None:
    confidence, wrong = made_up(100)
    weight = np.tile([1.0, 3.0], 50)
    rows = np.repeat(np.arange(100), weight.astype(int))
    weighted = risk_table(confidence, wrong, weight)
    repeated = risk_table(confidence[rows], wrong[rows], np.ones(len(rows)))

    assert weighted.coverage[-5:] == pytest.approx(repeated.coverage[-5:])
    assert weighted.confidence[-5:] == repeated.confidence[-5:]


def test_few_passages_are_one_point() -> None:
    table = risk_table(np.array([0.9, 0.8, 0.7]), np.array([0.0, 0.0, 1.0]), np.ones(3))

    assert table == RiskTable((0.0,), (1.0,), (1 / 3,))


def test_table_goes_through_json() -> None:
    table = risk_table(*made_up(), np.ones(400))

    assert RiskTable.from_dict(json.loads(json.dumps(table.to_dict()))) == table


@pytest.mark.parametrize(
    "columns",
    [
        {"confidence": [0.5], "coverage": [1], "error": []},
        {"confidence": [], "coverage": [], "error": []},
        {"confidence": [0.5], "coverage": [1], "error": [float("nan")]},
        {"confidence": [0.5], "coverage": [2], "error": [0]},
    ],
)
def test_another_layout_is_refused(columns: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match="numbers from 0 to 1"):
        RiskTable.from_dict(columns)
