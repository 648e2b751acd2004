"""Two classifiers on the same passages: the difference, its interval and McNemar's test."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, norm
from sklearn.metrics import accuracy_score, f1_score

from stancekit import InputError, compare

LABELS = ["a", "b", "c"]


def made_up(n: int = 300, right: float = 0.7) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gold labels and two sets of predictions that are right on ``right`` and 0.6 of them."""
    generator = np.random.default_rng(4)
    gold = generator.choice(LABELS, n, p=[0.6, 0.3, 0.1])
    first, second = (
        np.where(generator.random(n) < share, gold, generator.choice(LABELS, n))
        for share in (right, 0.6)
    )
    return gold, first, second


def test_difference_is_that_of_scikit_learns_scores() -> None:
    gold, first, second = made_up()
    found = compare(gold, first, second, n_bootstrap=200)
    f1 = [f1_score(gold, one, average="macro") for one in (first, second)]
    hits = [accuracy_score(gold, one) for one in (first, second)]
    for pair, expected in ((found.macro_f1, f1), (found.accuracy, hits)):
        assert pair.first.value == pytest.approx(expected[0])
        assert pair.second.value == pytest.approx(expected[1])
        assert pair.difference.value == pytest.approx(expected[0] - expected[1])
        assert pair.difference.low < pair.difference.value < pair.difference.high
    assert (found.n_passages, found.n_groups) == (300, 300)


def test_mcnemar_is_the_binomial_test_of_passages_on_which_one_is_right() -> None:
    gold, first, second = made_up()
    found = compare(gold, first, second, n_bootstrap=0)
    only_first = int(((first == gold) & (second != gold)).sum())
    only_second = int(((first != gold) & (second == gold)).sum())
    assert (found.n_only_first_right, found.n_only_second_right) == (only_first, only_second)
    expected = binomtest(only_first, only_first + only_second, 0.5).pvalue
    assert found.mcnemar_p == pytest.approx(expected)


def test_small_example_by_hand() -> None:
    found = compare(list("aaaabb"), list("aaaaab"), list("abbbab"), n_bootstrap=0)
    assert (found.n_only_first_right, found.n_only_second_right) == (3, 0)
    assert found.mcnemar_p == 0.25  # 2 * 0.5 ** 3
    assert found.accuracy.difference.value == pytest.approx(3 / 6)


def test_pairing_narrows_the_interval() -> None:
    gold, first, _ = made_up()
    second = first.copy()
    second[:6] = np.where(gold[:6] == "a", "b", "a")  # wrong on the first six
    found = compare(gold, first, second)
    alone = found.accuracy.first.high - found.accuracy.first.low
    assert found.accuracy.difference.high - found.accuracy.difference.low < alone / 2


def test_standard_error_and_passages_needed_are_those_of_theory() -> None:
    gold, first, second = made_up(n=400, right=0.66)
    found = compare(gold, first, second, n_bootstrap=20_000)
    step = (first == gold).astype(float) - (second == gold)
    assert found.accuracy.difference.value == pytest.approx(step.mean())
    low, high = norm.interval(0.95, step.mean(), step.std() / 20)
    assert [found.accuracy.difference.low, found.accuracy.difference.high] == pytest.approx(
        [low, high], abs=0.004
    )
    needed = step.var() * (norm.ppf(0.975) + norm.ppf(0.8)) ** 2 / step.mean() ** 2
    assert found.accuracy.n_needed == pytest.approx(needed, rel=0.05)


def test_passages_of_an_article_count_together() -> None:
    gold, first, second = (np.repeat(one, 8) for one in made_up(n=40))
    articles = np.repeat(np.arange(40), 8)
    alone, together = (compare(gold, first, second, groups=one) for one in (None, articles))
    assert together.n_groups == 40
    assert alone.accuracy.n_needed is not None
    assert together.accuracy.n_needed is not None
    assert together.accuracy.n_needed > 5 * alone.accuracy.n_needed
    again = compare(gold, first, second, groups=articles)
    assert again == together


def test_better_classifier_is_told_from_a_much_worse_one() -> None:
    gold, first, second = made_up(right=0.95)
    assert compare(gold, first, second).macro_f1.is_distinguishable is True
    assert compare(gold, second, first).macro_f1.is_distinguishable is True
    assert compare(gold[:20], first[:20], gold[:20]).macro_f1.is_distinguishable is False


def test_equal_predictions_are_not_distinguishable() -> None:
    gold, first, _ = made_up()
    found = compare(gold, first, first)
    assert found.mcnemar_p == 1
    assert found.macro_f1.is_distinguishable is False
    assert found.macro_f1.n_needed is None


def test_one_article_gives_no_interval_and_goes_through_json() -> None:
    found = compare(["a", "b"], ["a", "b"], ["a", "a"], groups=[1, 1])
    assert math.isnan(found.macro_f1.difference.low)
    plain = found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["accuracy"]["difference"] == {"value": 0.5, "low": None, "high": None}
    assert plain["accuracy"]["is_distinguishable"] is None
    assert plain["accuracy"]["n_needed"] is None


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((["a", "b"], ["a", "b"], ["a"]), {}, "1 predictions of the second for 2 passages"),
        ((["a", "b"], ["a"], ["a", "b"]), {}, "1 predictions for 2 passages"),
        (([], [], []), {}, "no gold labels"),
        ((["a", None], ["a", "b"], ["a", "b"]), {}, "1 of 2 gold labels are missing"),
        ((["a", "b"], ["a", "b"], ["a", "d"]), {"labels": "abc"}, "unknown predicted label 'd'"),
        ((["a", "b"], ["a", "b"], ["a", "b"]), {"level": 95}, "level=95"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    arguments: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        compare(*arguments, **options)
