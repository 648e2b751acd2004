"""Agreement of labellers is that of worked examples, and leaves out what cannot be compared."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score

from stancekit import InputError, score_agreement

# The reliability data of Krippendorff (2011), section C: 12 units, a point for a missing value.
FOUR = {"A": "123321412...", "B": "1233224125.3", "C": ".3332342251.", "D": "12332441251."}


def columns(of: dict[str, str]) -> dict[str, list[str | None]]:
    return {who: [None if cell == "." else cell for cell in cells] for who, cells in of.items()}


def test_alpha_is_that_of_krippendorff() -> None:
    found = score_agreement(columns(FOUR), n_bootstrap=20)
    assert found.alpha.value == pytest.approx(0.743, abs=5e-4)
    assert (found.n_passages, found.n_groups) == (11, 11), "unit 12 has one value only"
    assert found.labels == tuple("12345")


def test_two_labellers_score_against_each_other() -> None:
    generator = np.random.default_rng(3)
    ann = generator.choice(list("abc"), 80)
    ben = np.where(generator.random(80) < 0.3, generator.choice(list("abc"), 80), ann)
    found = score_agreement({"ann": ann, "ben": ben}, n_bootstrap=50)
    macro = f1_score(ben, ann, average="macro")
    assert found.per_labeller["ann"].value == pytest.approx(macro)
    assert found.macro_f1.value == pytest.approx(macro), "F1 does not mind which of two is right"


def test_tie_among_the_others_counts_in_equal_parts() -> None:
    found = score_agreement({"ann": "aba", "ben": "aba", "eve": "abb"}, n_bootstrap=20)
    # Against ben and eve, ann has for a 1.5 of 1.5 right with 2 given, for b 1 of 1.5 with 1.
    ann = (3 / 3.5 + 2 / 2.5) / 2
    assert found.per_labeller["ann"].value == pytest.approx(ann)
    assert found.per_labeller["eve"].value == pytest.approx(2 / 3)
    assert found.macro_f1.value == pytest.approx((2 * ann + 2 / 3) / 3)


def test_labeller_who_skipped_a_passage_is_not_scored_on_it() -> None:
    whole = {"ann": ["a", "b", "a"], "ben": ["a", "b", "b"], "eve": ["a", "b", ""]}
    found = score_agreement(whole, n_bootstrap=20)
    assert found.per_labeller["eve"].value == 1
    assert found.n_passages == 3


def test_intervals_are_by_article() -> None:
    ann = ["a", "b"] * 20
    ben = ["a", "b"] * 10 + ["b", "b"] * 10
    articles = [row // 10 for row in range(40)]
    by_passage, by_article, again = (
        score_agreement({"ann": ann, "ben": ben}, groups=groups)
        for groups in (None, articles, articles)
    )
    assert by_article == again
    assert by_article.n_groups == 4
    assert by_article.alpha.low < by_passage.alpha.low < by_passage.alpha.value
    assert by_article.alpha.value == by_passage.alpha.value


def test_one_article_gives_no_interval_and_one_label_no_alpha() -> None:
    found = score_agreement({"ann": "aaa", "ben": "aaa"}, groups=[1, 1, 1])
    assert math.isnan(found.alpha.value)
    plain = found.to_dict()
    assert plain["alpha"] == {"value": None, "low": None, "high": None}
    assert plain["macro_f1"] == {"value": 1.0, "low": None, "high": None}
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


@pytest.mark.parametrize(
    ("labellers", "options", "message"),
    [
        ({"ann": "ab"}, {}, "got 1 labeller; expected at least two"),
        ({"ann": "ab", "ben": "a"}, {}, "got 1 labels of 'ben' for 2 passages"),
        ({"ann": ["a", None], "ben": ["", "b"]}, {}, "no passage has labels of two of the labell"),
        (
            {"ann": ["for"], "ben": ["fro"]},
            {"labels": ["for", "against"]},
            "unknown label of labeller 'ben': 'fro'; did you mean 'for'",
        ),
        ({"ann": "ab", "ben": "ab"}, {"groups": [1]}, "1 groups for 2 passages"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    labellers: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        score_agreement(labellers, **options)
