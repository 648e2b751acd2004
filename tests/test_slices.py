"""Parts of the passages are scored as if they were all there is."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from stancekit import InputError, score, score_slices

GOLD = list("aabbabab")
FOUND = list("aabbbabb")
ARTICLES = [1, 1, 2, 2, 3, 3, 4, 4]
OUTLETS = ["Post", "Post", "Post", "Post", "Herald", "Herald", "Herald", None]
PROBA = [[0.8, 0.2] if label == "a" else [0.1, 0.9] for label in FOUND]


def test_part_has_the_scores_of_its_passages() -> None:
    found = score_slices(
        GOLD, FOUND, by={"outlet": OUTLETS}, groups=ARTICLES, proba=PROBA, labels=["a", "b"]
    )
    assert [(one.column, one.value, one.scores.n_passages) for one in found] == [
        ("outlet", "Herald", 3), ("outlet", "Post", 4), ("outlet", None, 1),
    ]  # fmt: skip
    alone = score(GOLD[4:7], FOUND[4:7], groups=ARTICLES[4:7], proba=PROBA[4:7], labels=["a", "b"])
    assert found[0].scores == alone
    assert found[1].scores.macro_f1.value == 1


def test_slices_go_through_json() -> None:
    plain = [one.to_dict() for one in score_slices(GOLD, FOUND, by={"outlet": OUTLETS})]
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain[2]["value"] is None
    assert plain[1]["accuracy"]["value"] == 1


def values(column: list[Any]) -> list[str | None]:
    gold = ["a"] * len(column)
    found = score_slices(gold, gold, by={"it": column}, labels=["a", "b"], n_bootstrap=0)
    assert sum(one.scores.n_passages for one in found) == len(column)
    return [one.value for one in found]


def test_values_are_ordered_numbers_before_names() -> None:
    assert values(["b", 10, 9, "a", float("nan")]) == ["9", "10", "a", "b", None]


def test_many_numbers_are_cut_at_quartiles_and_many_dates_by_year() -> None:
    assert values(list(range(100))) == ["0 to 24", "25 to 49", "50 to 74", "75 to 99"]
    assert values([*[5] * 90, *range(30, 60)]) == ["5 to 5", "30 to 59"]
    assert values(list(range(20)))[:3] == ["0", "1", "2"]
    dates = [f"20{year}-03-{day:02}" for year in (17, 19) for day in range(1, 15)]
    assert values([*dates, ""]) == ["2017", "2019", None]


def test_one_article_has_scores_without_intervals() -> None:
    (one,) = score_slices(GOLD, FOUND, by={"outlet": ["Post"] * 8}, groups=[1] * 8)
    assert one.scores.accuracy.value == 0.625
    assert np.isnan(one.scores.accuracy.low)


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ({"outlet": ["Post"]}, "got 1 values of 'outlet' for 8 passages"),
        ({"outlet": OUTLETS, "year": range(9)}, "got 9 values of 'year' for 8 passages"),
    ],
)
def test_columns_that_do_not_fit_are_refused(by: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        score_slices(GOLD, FOUND, by=by)


def test_column_of_ids_is_refused() -> None:
    gold = ["a"] * 201
    ids = [f"p{row}" for row in range(201)]
    with pytest.raises(InputError, match="column 'id' has 201 different values; expected at most"):
        score_slices(gold, gold, by={"id": ids})
