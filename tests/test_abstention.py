"""The risk-coverage curve is that of trying every threshold, and refuses what has no order."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from stancekit import InputError, risk_coverage


def made_up(n: int = 90) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gold, predictions, confidence with many ties, and articles."""
    generator = np.random.default_rng(8)
    confidence = generator.integers(3, 11, n) / 10
    gold = generator.choice(list("abc"), n)
    predicted = np.where(generator.random(n) < confidence, gold, "a")
    return gold, predicted, confidence, generator.integers(0, 15, n)


def area(wrong: np.ndarray, confidence: np.ndarray) -> float:
    return float(np.mean([wrong[confidence >= threshold].mean() for threshold in confidence]))


def test_small_example_by_hand() -> None:
    found = risk_coverage(list("abab"), list("aaaa"), [0.9, 0.8, 0.7, 0.6], n_bootstrap=0)
    assert [(one.confidence, one.n_kept, one.coverage.value) for one in found.points] == [
        (0.9, 1, 0.25), (0.8, 2, 0.5), (0.7, 3, 0.75), (0.6, 4, 1),
    ]  # fmt: skip
    assert [one.risk.value for one in found.points] == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert found.area.value == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_curve_is_that_of_every_threshold() -> None:
    gold, predicted, confidence, articles = made_up()
    wrong = gold != predicted
    found = risk_coverage(gold, predicted, confidence, groups=articles, n_bootstrap=200)
    assert found.area.value == pytest.approx(area(wrong, confidence))
    assert found.n_groups == 15
    assert len(found.points) == 8, "as many as there are values of confidence"
    for one in found.points:
        kept = confidence >= one.confidence
        assert one.n_kept == kept.sum()
        assert one.coverage.value == pytest.approx(kept.mean())
        assert one.risk.value == pytest.approx(wrong[kept].mean())
        assert one.risk.low <= one.risk.value <= one.risk.high
    assert found.points[-1].coverage.low == 1


def test_interval_of_the_area_is_that_of_drawing_articles_one_by_one() -> None:
    gold, predicted, confidence, articles = made_up()
    found = risk_coverage(gold, predicted, confidence, groups=articles, n_bootstrap=4000)
    members = [np.flatnonzero(articles == article) for article in np.unique(articles)]
    generator, drawn = np.random.default_rng(0), []
    for _ in range(1000):
        picks = generator.integers(len(members), size=len(members))
        rows = np.concatenate([members[pick] for pick in picks])
        drawn.append(area((gold != predicted)[rows], confidence[rows]))
    expected = np.quantile(drawn, [0.025, 0.975])
    assert [found.area.low, found.area.high] == pytest.approx(expected, abs=0.02)


def test_confidence_that_tells_nothing_has_the_risk_of_all_passages() -> None:
    gold, predicted, _, _ = made_up()
    found = risk_coverage(gold, predicted, np.full(90, 0.7), n_bootstrap=100)
    (point,) = found.points
    assert found.area.value == pytest.approx(np.mean(gold != predicted))
    assert point.risk.low == pytest.approx(found.area.low)
    assert point.risk.high == pytest.approx(found.area.high)


def test_same_seed_gives_same_numbers_however_many_draws_fit_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gold, predicted, confidence, articles = made_up()

    def found() -> dict[str, Any]:
        return risk_coverage(gold, predicted, confidence, groups=articles).to_dict()

    first = found()
    monkeypatch.setattr("stancekit.abstention._MAX_WEIGHTS", 500)
    assert found() == first


def test_one_article_gives_no_intervals_and_goes_through_json() -> None:
    found = risk_coverage(["a", "b"], ["a", "a"], [0.9, 0.8], groups=[1, 1])
    assert math.isnan(found.area.low)
    plain = found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["points"][0]["risk"] == {"value": 0.0, "low": None, "high": None}


@pytest.mark.parametrize(
    ("confidence", "message"),
    [
        ([0.5], r"confidence of shape \(1,\).*expected one number for each of 2 passages"),
        ([0.5, math.nan], "no finite numbers"),
        (["high", "low"], "no finite numbers"),
    ],
)
def test_confidence_without_order_is_refused(confidence: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        risk_coverage(["a", "b"], ["a", "b"], confidence)
