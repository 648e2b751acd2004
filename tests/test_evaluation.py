"""Scores agree with scikit-learn, intervals cover, bad input is refused in one sentence."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    precision_recall_fscore_support,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from stancekit.crossval import cross_validate, cross_validate_frames
from stancekit.errors import InputError
from stancekit.evaluation import evaluate, score, score_frames

LABELS = ["neutral", "pro-presence", "pro-withdrawal"]
WORDS = {
    "neutral": "The committee will meet on Monday to read the report.",
    "pro-presence": "The soldiers must stay until the country is safe.",
    "pro-withdrawal": "Bring the soldiers home now, this war must end.",
}


def made_up(n: int = 300, seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gold labels, predictions, probabilities and groups of differing sizes."""
    generator = np.random.default_rng(seed)
    gold = generator.choice(LABELS, n, p=[0.6, 0.3, 0.1])
    proba = generator.dirichlet([0.7, 0.7, 0.7], n) * 0.6
    proba[np.arange(n), np.searchsorted(LABELS, gold)] += 0.4 * generator.random(n)
    proba /= proba.sum(axis=1, keepdims=True)
    return gold, np.array(LABELS)[proba.argmax(axis=1)], proba, generator.integers(0, 40, n)


def passages(n_articles: int = 12) -> tuple[list[str], list[str], list[str]]:
    """Three passages an article, one of each label, with the article's own word."""
    rows = [
        (f"{WORDS[label]} Word{article}.", label, f"article-{article}")
        for article in range(n_articles)
        for label in LABELS
    ]
    texts, labels, articles = (list(column) for column in zip(*rows, strict=True))
    return texts, labels, articles


def pipeline() -> Pipeline:
    return make_pipeline(TfidfVectorizer(), LogisticRegression())


class Remembering(ClassifierMixin, BaseEstimator):
    """Says of a passage whether it was fitted on it; refuses what is not aligned with it."""

    def fit(self, texts: list[str], y: Any, groups: Any, domains: Any) -> Remembering:
        for text, group, domain in zip(texts, groups, domains, strict=True):
            if text.split()[:2] != [group, domain]:
                raise ValueError(f"{text!r} came with {group} and {domain}")
        self.texts_, self.classes_ = set(texts), np.unique(y)
        return self

    def predict(self, texts: list[str]) -> np.ndarray:
        return np.array(["seen" if text in self.texts_ else "unseen" for text in texts])


def test_scores_are_those_of_scikit_learn() -> None:
    gold, predicted, proba, groups = made_up()
    found = score(gold, predicted, groups=groups, proba=proba, labels=LABELS, n_bootstrap=50)
    precision, recall, f1, support = precision_recall_fscore_support(gold, predicted, labels=LABELS)
    for k, label in enumerate(LABELS):
        scores = found.per_label[label]
        assert scores.precision.value == pytest.approx(precision[k])
        assert scores.recall.value == pytest.approx(recall[k])
        assert scores.f1.value == pytest.approx(f1[k])
        assert scores.support == support[k]
    assert found.macro_f1.value == pytest.approx(f1_score(gold, predicted, average="macro"))
    assert found.accuracy.value == pytest.approx(accuracy_score(gold, predicted))
    assert found.mcc.value == pytest.approx(matthews_corrcoef(gold, predicted))
    assert found.mcc.low < found.mcc.value < found.mcc.high
    assert np.array_equal(found.confusion, confusion_matrix(gold, predicted, labels=LABELS))
    assert (found.n_passages, found.n_groups) == (300, len(set(groups)))
    # Two-class Brier scores, summed over the labels, are Brier's score for several labels.
    by_label = [brier_score_loss(gold == label, proba[:, k]) for k, label in enumerate(LABELS)]
    assert found.brier is not None
    assert found.brier.value == pytest.approx(sum(by_label))


def test_calibration_error_is_the_gap_by_bin() -> None:
    gold, predicted, proba, groups = made_up()
    top, hit = proba.max(axis=1), gold == predicted
    gap = 0.0
    for k in range(15):
        inside = (top > k / 15) & (top <= (k + 1) / 15)
        if inside.any():
            gap += inside.mean() * abs(hit[inside].mean() - top[inside].mean())
    found = score(gold, predicted, groups=groups, proba=proba, labels=LABELS, n_bootstrap=50)
    assert found.ece is not None
    assert found.ece.value == pytest.approx(gap)


def test_reliability_table_is_that_of_the_bins() -> None:
    proba = [[0.9, 0.1], [0.92, 0.08], [0.1, 0.9], [0.5, 0.5]]
    options = {"proba": proba, "labels": ["a", "b"], "groups": [1, 2, 3, 4]}
    found = score(list("abba"), list("aabb"), **options, n_bootstrap=500)
    assert found.reliability is not None
    low, high = found.reliability
    assert (low.low, low.high, low.n_passages) == (7 / 15, 8 / 15, 1)
    assert low.accuracy.value == 1, "of the likeliest label, which need not be the predicted one"
    assert (high.low, high.high, high.n_passages) == (13 / 15, 14 / 15, 3)
    assert high.confidence == pytest.approx(0.92 / 3 + 1.8 / 3)
    assert high.accuracy.value == pytest.approx(2 / 3)
    assert (high.accuracy.low, high.accuracy.high) == (0, 1)
    assert score(list("ab"), list("ab")).reliability is None


@pytest.mark.parametrize(
    ("gold", "predicted", "alpha"),
    [
        ("0100000010", "1110010000", 0.095),  # Krippendorff (2011), section A
        ("aabbdcccedda", "babbbcccedd" + "d", 0.692),  # section B
    ],
)
def test_alpha_is_that_of_krippendorff(gold: str, predicted: str, alpha: float) -> None:
    found = score(list(gold), list(predicted), n_bootstrap=20)
    assert found.alpha.value == pytest.approx(alpha, abs=5e-4)


def test_one_label_only_has_no_alpha_and_correlates_with_nothing() -> None:
    found = score(["a"] * 4, ["a"] * 4, labels=["a", "b"], n_bootstrap=20)
    assert math.isnan(found.alpha.value)
    assert found.mcc.value == 0


def test_interval_is_that_of_drawing_groups_one_by_one() -> None:
    gold, predicted, _, groups = made_up(n=60)
    found = score(gold, predicted, groups=groups, n_bootstrap=4000)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    generator, drawn = np.random.default_rng(0), []
    for _ in range(1000):
        picks = generator.integers(len(members), size=len(members))
        rows = np.concatenate([members[pick] for pick in picks])
        present = sorted(set(gold[rows]))
        drawn.append(
            f1_score(gold[rows], predicted[rows], labels=present, average="macro", zero_division=0)
        )
    expected = np.quantile(drawn, [0.025, 0.975])
    assert [found.macro_f1.low, found.macro_f1.high] == pytest.approx(expected, abs=0.02)


def test_label_that_is_never_gold_costs_recall_and_has_no_scores() -> None:
    gold, predicted = ["a", "a", "b", "b"], ["a", "c", "b", "b"]
    found = score(gold, predicted, labels=["a", "b", "c", "d"], n_bootstrap=20)
    sklearn_f1 = f1_score(gold, predicted, labels=["a", "b"], average="macro", zero_division=0)
    assert found.macro_f1.value == pytest.approx(sklearn_f1)
    assert found.per_label["c"].support == 0
    assert math.isnan(found.per_label["c"].f1.value)
    assert found.per_label["a"].recall.value == 0.5
    assert found.confusion[0] == (1, 0, 1, 0)


def test_label_that_is_never_predicted_scores_zero() -> None:
    found = score(["a", "a", "b"], ["a", "a", "a"], n_bootstrap=20)
    assert found.per_label["b"].precision.value == 0
    assert found.macro_f1.value == pytest.approx(0.4)


def test_intervals_cover_when_passages_of_an_article_are_alike() -> None:
    generator = np.random.default_rng(11)
    n_groups, size, n_trials = 40, 8, 150
    groups = np.repeat(np.arange(n_groups), size)
    covered = {"by article": 0, "by passage": 0}
    for trial in range(n_trials):
        rates = generator.beta(1.4, 0.6, n_groups)  # mean 0.7, much alike within an article
        is_hit = generator.random(n_groups * size) < rates[groups]
        for way, ids in (("by article", groups), ("by passage", None)):
            found = score(
                ["a"] * len(groups),
                np.where(is_hit, "a", "b"),
                groups=ids,
                labels=["a", "b"],
                n_bootstrap=200,
                random_state=trial,
            )
            covered[way] += found.accuracy.low <= 0.7 <= found.accuracy.high
    assert 0.88 <= covered["by article"] / n_trials <= 0.99
    assert covered["by passage"] / n_trials < 0.85


def test_same_seed_gives_same_numbers_however_many_draws_fit_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gold, predicted, proba, groups = made_up()

    def found(seed: int) -> dict[str, Any]:
        return score(
            gold, predicted, groups=groups, proba=proba, labels=LABELS, random_state=seed
        ).to_dict()

    first = found(1)
    assert found(1) == first
    assert found(2) != first
    monkeypatch.setattr("stancekit.bootstrap._MAX_WEIGHTS", 1000)
    assert found(1) == first


@pytest.mark.parametrize(("groups", "n_bootstrap"), [(["one"] * 4, 100), (None, 0)])
def test_one_group_or_no_draws_give_scores_without_intervals(
    groups: list[str] | None, n_bootstrap: int
) -> None:
    found = score(list("abab"), list("abaa"), groups=groups, n_bootstrap=n_bootstrap)
    assert found.accuracy.value == 0.75
    assert math.isnan(found.accuracy.low)
    assert math.isnan(found.accuracy.high)
    assert found.to_dict()["accuracy"] == {"value": 0.75, "low": None, "high": None}


def test_evaluation_goes_through_json() -> None:
    gold, predicted, proba, groups = made_up()
    found = score(gold, predicted, groups=groups, proba=proba, labels=LABELS, n_bootstrap=20)
    plain = found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["per_label"]["neutral"]["support"] == int((gold == "neutral").sum())
    assert len(plain["confusion"]) == 3


@pytest.mark.parametrize(
    ("y_true", "y_pred", "options", "message"),
    [
        ([], [], {}, "no gold labels"),
        (["a", "b"], ["a"], {}, "1 predictions for 2 passages"),
        (["a", None], ["a", "b"], {}, "1 of 2 gold labels are missing"),
        (["a", " "], ["a", "b"], {}, "1 of 2 gold labels are missing"),
        ("ab", ["a", "b"], {}, "one string as gold labels"),
        ([["a"], ["b"]], ["a", "b"], {}, "score_frames"),
        (["a", "b"], ["a", "b"], {"groups": [1]}, "1 groups for 2 passages"),
        (["a", "b"], ["a", "b"], {"level": 95}, "level=95"),
        (["a", "b"], ["a", "b"], {"n_bootstrap": -1}, "n_bootstrap=-1"),
        (["a", "b"], ["a", "b"], {"labels": ["a", "b", "a"]}, "label 'a' is named twice"),
        (["a", "b"], ["a", "b"], {"proba": [[0.9, 0.1], [0.2, 0.8]]}, "labels=model.classes_"),
        (
            ["a", "b"],
            ["a", "b"],
            {"proba": [[0.9], [0.2]], "labels": ["a", "b"]},
            r"shape \(2, 1\); expected \(2, 2\)",
        ),
        (
            ["a", "b"],
            ["a", "b"],
            {"proba": [[0.9, 0.9], [0.2, 0.2]], "labels": ["a", "b"]},
            "do not sum to 1",
        ),
        (
            ["pro-presense"],
            ["neutral"],
            {"labels": LABELS},
            "unknown gold label 'pro-presense'; did you mean 'pro-presence'",
        ),
    ],
)
def test_what_cannot_be_scored_is_refused(
    y_true: Any, y_pred: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        score(y_true, y_pred, **options)


def test_fitted_model_is_evaluated() -> None:
    texts, labels, articles = passages()
    model = pipeline().fit(texts, labels)
    found = evaluate(model, texts, labels, groups=articles, n_bootstrap=50)
    assert found.labels == tuple(LABELS)
    assert found.accuracy.value == 1
    assert found.n_groups == 12
    assert found.brier is not None


def test_model_without_probabilities_is_evaluated_without_calibration() -> None:
    texts, labels, _ = passages()
    model = make_pipeline(TfidfVectorizer(), LinearSVC()).fit(texts, labels)
    found = evaluate(model, texts, labels, n_bootstrap=50)
    assert found.ece is None
    assert found.brier is None
    assert found.to_dict()["ece"] is None


def test_evaluation_refuses_what_the_model_cannot_answer() -> None:
    texts, labels, _ = passages()
    model = pipeline().fit(texts, labels)
    with pytest.raises(InputError, match="did you mean 'pro-presence'"):
        evaluate(model, texts, ["pro-presense", *labels[1:]])
    with pytest.raises(InputError, match="2 labels for 36 passages"):
        evaluate(model, texts, labels[:2])
    with pytest.raises(InputError, match="one string"):
        evaluate(model, texts[0], labels)
    with pytest.raises(NotFittedError):
        evaluate(pipeline(), texts, labels)


def test_cross_validation_holds_articles_out_and_aligns_what_fit_gets() -> None:
    articles = [f"article-{row // 3}" for row in range(36)]
    domains = ["news" if row % 2 else "speech" for row in range(36)]
    texts = [f"{a} {d} {row}" for row, (a, d) in enumerate(zip(articles, domains, strict=True))]
    labels = ["seen", "unseen", "unseen"] * 12
    calls: list[tuple[int, int]] = []
    found = cross_validate(
        Remembering(),
        texts,
        labels,
        groups=articles,
        n_folds=4,
        fit_params={"domains": domains, "sample_weight": None},
        progress=lambda done, total: calls.append((done, total)),
        n_bootstrap=50,
    )
    assert found.confusion == ((0, 12), (0, 24))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_cross_validation_is_the_same_with_more_jobs() -> None:
    texts, labels, articles = passages()
    weights = np.linspace(1, 2, len(texts))
    alone, together = (
        cross_validate(
            pipeline(),
            texts,
            labels,
            groups=articles,
            n_jobs=n_jobs,
            fit_params={"logisticregression__sample_weight": weights},
            n_bootstrap=50,
        )
        for n_jobs in (1, 2)
    )
    assert alone == together
    assert alone.accuracy.value == 1
    assert alone.n_passages == 36


def test_cross_validation_leaves_the_estimator_unfitted() -> None:
    texts, labels, articles = passages()
    estimator = pipeline()
    cross_validate(estimator, texts, labels, groups=articles, n_bootstrap=0)
    with pytest.raises(NotFittedError):
        estimator.predict(texts)


def test_cross_validation_refuses_misaligned_or_too_few_passages() -> None:
    texts, labels, articles = passages()
    with pytest.raises(InputError, match="3 sample_weight for 36 passages"):
        cross_validate(pipeline(), texts, labels, fit_params={"sample_weight": [1, 1, 1]})
    with pytest.raises(InputError, match="35 labels for 36 passages"):
        cross_validate(pipeline(), texts, labels[1:])
    with pytest.raises(InputError, match="stands in 2 groups; expected at least 3"):
        cross_validate(pipeline(), texts[:6], labels[:6], groups=articles[:6])


def test_frame_scores_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(2)
    gold = (generator.random((200, 3)) < [0.5, 0.2, 0.1]).astype(int)
    predicted = np.where(generator.random(gold.shape) < 0.2, 1 - gold, gold)
    frames = ["costs", "duty", "trust"]
    found = score_frames(gold, predicted, frames=frames, n_bootstrap=50)
    precision, recall, f1, _ = precision_recall_fscore_support(gold, predicted)
    for k, frame in enumerate(frames):
        scores = found.per_frame[frame]
        assert scores.precision.value == pytest.approx(precision[k])
        assert scores.recall.value == pytest.approx(recall[k])
        assert scores.f1.value == pytest.approx(f1[k])
        assert scores.f1.low < scores.f1.value < scores.f1.high
    assert found.macro_f1.value == pytest.approx(f1_score(gold, predicted, average="macro"))
    assert found.micro_f1.value == pytest.approx(f1_score(gold, predicted, average="micro"))
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False)) == found.to_dict()


def test_frame_without_gold_passages_is_left_out_of_macro_and_counts_in_micro() -> None:
    gold, predicted = [[1, 0], [1, 0], [0, 0]], [[1, 1], [1, 0], [0, 0]]
    found = score_frames(gold, predicted, frames=["costs", "duty"], n_bootstrap=20)
    assert found.macro_f1.value == 1
    assert found.micro_f1.value == pytest.approx(0.8)
    assert math.isnan(found.per_frame["duty"].f1.value)
    nothing = score_frames([[0], [0]], [[0], [1]], frames=["costs"], n_bootstrap=20)
    assert nothing.to_dict()["macro_f1"] == {"value": None, "low": None, "high": None}


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        ([[0, 1]], [[0, 1], [1, 1]], "2 predictions for 1 passages"),
        ([[0, 1, 1]], [[0, 1]], r"gold frames of shape \(1, 3\)"),
        (np.empty((0, 2)), np.empty((0, 2)), "at least one passage"),
        ([[0, 2]], [[0, 1]], "other than 0 and 1"),
        (["costs"], [[0, 1]], "gold frames of shape"),
    ],
)
def test_frames_that_cannot_be_scored_are_refused(gold: Any, predicted: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        score_frames(gold, predicted, frames=["costs", "duty"])


def test_frames_are_cross_validated() -> None:
    texts, labels, articles = passages()
    Y = np.array([[label != "neutral", label == "pro-presence"] for label in labels])
    found = cross_validate_frames(
        make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LogisticRegression())),
        texts,
        Y,
        frames=["war", "safety"],
        groups=articles,
        n_bootstrap=50,
    )
    assert found.frames == ("war", "safety")
    assert found.per_frame["war"].support == 24
    assert found.micro_f1.value > 0.9
