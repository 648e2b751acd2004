"""Shares of the stances: by hand, within the simplex, with intervals that hold."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from stancekit import InputError, Share, measure

# 10 of 20 passages are labelled: of 4 "for" 3 are found, of 6 "against" 1 is misread.
GOLD = ["for"] * 4 + ["against"] * 6 + [None] * 10
SAID = ["for"] * 3 + ["against"] * 1 + ["for"] * 1 + ["against"] * 5 + ["for"] * 5 + ["against"] * 5


def shares_of(found: tuple[Share, ...], method: str, **part: str) -> dict[str, float]:
    chosen = (one for one in found if one.method == method and one.by == part)
    return {one.stance: one.share for one in chosen}


def test_naive_share_is_the_count() -> None:
    (against, pro) = measure(["for", "for", "against", "for"], n_bootstrap=0)

    assert (against.stance, against.share) == ("against", 0.25)
    assert (pro.share, pro.n_passages, pro.n_articles, pro.n_gold) == (0.75, 4, 4, 0)
    assert np.isnan(pro.low)


def test_acc_of_two_stances_is_rogan_and_gladen() -> None:
    found = measure(SAID, gold=GOLD, n_bootstrap=0)

    apparent, sensitivity, specificity = 9 / 20, 3 / 4, 5 / 6
    true = (apparent + specificity - 1) / (sensitivity + specificity - 1)
    assert shares_of(found, "acc") == pytest.approx({"for": true, "against": 1 - true})


def test_pacc_inverts_the_mean_probabilities() -> None:
    proba = np.array([[0.2, 0.8] if label == "for" else [0.7, 0.3] for label in SAID])
    found = measure(
        SAID, gold=GOLD, proba=proba, labels=["against", "for"], methods=["pacc"], n_bootstrap=0
    )

    of_for, of_against = (3 * 0.8 + 0.3) / 4, (0.8 + 5 * 0.3) / 6
    true = (proba[:, 1].mean() - of_against) / (of_for - of_against)
    assert shares_of(found, "pacc")["for"] == pytest.approx(true)


def test_ppi_adds_the_mean_error_of_the_gold_sample() -> None:
    found = measure(SAID, gold=GOLD, methods=["ppi"], n_bootstrap=0)

    # Gold and predicted share of "for" are both 4 / 10; slope = cov / var = 0.14 / 0.24.
    assert shares_of(found, "ppi")["for"] == pytest.approx(0.4 + 0.14 / 0.24 * (9 / 20 - 4 / 10))


def test_ppi_of_constant_predictions_is_the_gold_share() -> None:
    found = measure(["for"] * 20, gold=GOLD, methods=["ppi"], n_bootstrap=0)

    assert shares_of(found, "ppi") == pytest.approx({"for": 0.4, "against": 0.6})


def test_ppi_of_right_predictions_is_the_naive_share() -> None:
    gold = [label if row % 2 else None for row, label in enumerate(SAID)]
    found = measure(SAID, gold=gold, methods=["naive", "ppi"], n_bootstrap=0)

    assert shares_of(found, "ppi") == pytest.approx(shares_of(found, "naive"))


def test_passages_drawn_seldom_count_more() -> None:
    inclusion = [0.2] * 4 + [0.6] * 6 + [None] * 10
    options: dict[str, Any] = {"gold": GOLD, "methods": ["ppi"], "n_bootstrap": 0}
    found = measure(["for"] * 20, inclusion=inclusion, **options)

    assert shares_of(found, "ppi")["for"] == pytest.approx(20 / (20 + 10))
    equal = measure(SAID, inclusion=[0.3] * 20, **options)
    assert [one.share for one in equal] == pytest.approx(
        [one.share for one in measure(SAID, **options)]
    )


@pytest.mark.parametrize("seed", range(5))
def test_all_shares_lie_on_the_simplex(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = ["a", "b", "c", "d"]
    said = rng.choice(labels, 120, p=[0.7, 0.15, 0.1, 0.05])
    gold = rng.choice(labels, 120)
    gold[:4] = labels
    found = measure(said, gold=gold, labels=labels, n_bootstrap=50)

    for method in ("naive", "acc", "ppi"):
        shares = shares_of(found, method)
        assert sum(shares.values()) == pytest.approx(1)
        assert min(shares.values()) >= 0
    assert all(0 <= one.low <= one.high <= 1 for one in found)


def test_shares_outside_the_simplex_become_the_least_squares() -> None:
    # No passage is predicted "for", fewer than errors alone would give: the best is no "for".
    found = measure([*SAID, *["against"] * 80], gold=[*GOLD, *[None] * 80], n_bootstrap=0)

    assert shares_of(found, "acc") == pytest.approx({"for": 0, "against": 1}, abs=1e-6)


def test_parts_have_shares_of_their_own() -> None:
    outlets: list[str | None] = ["Post", "Herald"] * 9 + [None] * 2
    found = measure(SAID, gold=GOLD, by={"outlet": outlets}, n_bootstrap=20)

    assert [one.by["outlet"] for one in found[::6]] == ["Herald", "Post", None]
    assert {one.n_passages for one in found if one.by["outlet"] == "Post"} == {9}
    nothing = [one for one in found if one.by["outlet"] is None and one.method == "ppi"]
    assert [(one.n_gold, np.isnan(one.share)) for one in nothing] == [(0, True)] * 2
    row = nothing[0].to_dict()
    assert list(row)[:6] == ["outlet", "stance", "method", "share", "low", "high"]
    assert json.loads(json.dumps(row))["share"] is None


def test_passages_from_elsewhere_show_errors_and_count_for_no_share() -> None:
    in_corpus = [False] * 10 + [True] * 10
    found = measure(SAID, gold=GOLD, in_corpus=in_corpus, n_bootstrap=0)

    assert {one.method for one in found} == {"naive", "acc"}
    assert shares_of(found, "naive") == {"for": 0.5, "against": 0.5}
    assert shares_of(found, "acc")["for"] == pytest.approx((0.5 - 1 / 6) / (3 / 4 - 1 / 6))
    assert {one.n_passages for one in found} == {10}


def test_same_seed_same_intervals() -> None:
    once, again, other = (
        measure(SAID, gold=GOLD, n_bootstrap=100, random_state=seed) for seed in (1, 1, 2)
    )

    assert once == again
    assert once != other


def test_intervals_are_wider_when_articles_lean() -> None:
    articles = np.arange(200) // 10
    said = np.where(articles % 2, "for", "against")
    whole = measure(said, groups=articles)[0]
    single = measure(said)[0]

    assert whole.high - whole.low > 2.5 * (single.high - single.low)
    assert (whole.n_articles, single.n_articles) == (20, 200)


def test_corrected_intervals_hold_the_truth_and_naive_ones_do_not() -> None:
    rng, truth, hits = np.random.default_rng(0), 0.3, dict.fromkeys(("naive", "acc", "ppi"), 0)
    for _ in range(100):
        articles = np.repeat(np.arange(80), 8)
        right = rng.random(640) < rng.beta(3 * truth, 3 * (1 - truth), 80)[articles]
        said = rng.random(640) < np.where(right, 0.6, 0.1)
        gold = np.full(640, None, dtype=object)
        drawn = rng.choice(640, 200, replace=False)
        gold[drawn] = right[drawn].astype(str)
        for one in measure(said, gold=gold, groups=articles, n_bootstrap=200):
            if one.stance == "True":
                hits[one.method] += one.low <= truth <= one.high

    assert hits["naive"] < 60
    assert hits["acc"] >= 88
    assert hits["ppi"] >= 88


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"gold": [None] * 20}, "gold labels that are all missing; label some"),
        ({"gold": GOLD[:3]}, "got 3 gold labels for 20 passages"),
        ({"gold": GOLD, "labels": ["for"]}, "unknown gold label 'against'"),
        ({"gold": ["for"] * 20}, "no gold label is 'against'.*or ask for method 'ppi'"),
        ({"gold": GOLD, "methods": ["cc"]}, "unknown method 'cc'"),
        ({"methods": ["acc"]}, "method 'acc' needs gold labels; give them"),
        ({"gold": GOLD, "methods": ["pacc"]}, "needs gold labels and probabilities"),
        ({"gold": GOLD, "in_corpus": [False] * 20}, "no passage in the corpus"),
        ({"gold": GOLD, "inclusion": [0] * 20}, "got 0 as inclusion probability"),
        ({"gold": GOLD, "inclusion": ["x"] * 20}, "got 'x' as inclusion probability"),
        ({"groups": ["a"] * 20}, "all passages are of one article"),
        ({"by": {"stance": SAID}}, "has a column 'stance' of its own; rename yours"),
        ({"by": {"outlet": ["Post"]}}, "got 1 values of 'outlet' for 20 passages"),
        ({"proba": np.ones((20, 2))}, "got `proba` without `labels`"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(options: dict[str, Any], error: str) -> None:
    with pytest.raises(InputError, match=error):
        measure(SAID, **options)


def test_confusion_without_an_inverse_is_refused() -> None:
    with pytest.raises(InputError, match="method 'acc' cannot tell the stances apart"):
        measure(["for"] * 19 + ["against"], gold=[*GOLD[:-1], None])


def test_too_many_parts_are_refused() -> None:
    with pytest.raises(InputError, match="part the corpus into 1001; expected at most 1000"):
        measure(["for"] * 1001, by={"id": range(1001)})
