"""What scikit-learn and its users expect of both classifiers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from conftest import Passages
from datasets import Dataset
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    StratifiedGroupKFold,
    cross_val_predict,
)
from sklearn.pipeline import Pipeline

from stancekit import FrameClassifier, InputError, StanceClassifier

FRAMES = ["allies", "cost", "security", "sovereignty"]
ODD_PASSAGES = [
    "",
    " \n\t ",
    "soldiers",
    "Zxqvw",
    "الجنود يعودون إلى بيوتهم",
    "军队必须回家。",
    "Солдаты должны вернуться домой.",
    "sol\0diers \0 home",
    "\ud83d",
    "🪖 !!! ...",
    "the soldiers must go home " * 4000,
    "x" * 100_000,
]


@dataclass(frozen=True)
class Case:
    """A classifier and labels for it, one row a passage."""

    make: Callable[..., Any]
    y: Any
    texts: list[str]
    articles: list[str]

    def quick(self, **settings: Any) -> Any:
        return self.make(**{"Cs": (3.0,), "n_folds": 3, **settings})

    def fit(self, **settings: Any) -> Any:
        return self.quick(**settings).fit(self.texts, self.y, groups=self.articles)


@pytest.fixture(scope="module", params=["stance", "frames"])
def case(request: pytest.FixtureRequest, passages: Passages) -> Case:
    if request.param == "stance":
        return Case(StanceClassifier, passages.labels, passages.texts, passages.articles)
    matrix = np.array([[name in row for name in FRAMES] for row in passages.frames], dtype=int)
    return Case(
        lambda **settings: FrameClassifier(frames=FRAMES, **settings),
        matrix,
        passages.texts,
        passages.articles,
    )


@pytest.fixture(scope="module")
def fitted(case: Case) -> Any:
    return case.fit()


def test_constructor_stores_and_does_nothing(case: Case) -> None:
    settings = {"ngram_range": "nonsense", "Cs": None, "n_folds": -1, "random_state": object()}

    classifier = case.make(**settings)

    assert classifier.get_params() | settings == classifier.get_params()


def test_clone_has_the_same_settings_and_is_not_fitted(case: Case, fitted: Any) -> None:
    twin = clone(fitted.set_params(min_df=2))

    assert twin.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        twin.predict_proba(case.texts)


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_unfitted_use_is_told(case: Case, method: str) -> None:
    with pytest.raises(NotFittedError):
        getattr(case.quick(), method)(case.texts)


def test_fit_returns_itself_and_leaves_the_settings(case: Case) -> None:
    classifier = case.quick()
    before = dict(classifier.get_params())

    assert classifier.fit(case.texts, case.y) is classifier
    assert classifier.get_params() == before


def test_refit_forgets(case: Case, fitted: Any) -> None:
    again = case.quick().fit(case.texts[::-1][:48], case.y[::-1][:48])
    again.fit(case.texts, case.y, groups=case.articles)

    assert vars(again).keys() == vars(fitted).keys()
    np.testing.assert_array_equal(again.predict_proba(case.texts), fitted.predict_proba(case.texts))


def test_probabilities_have_a_column_a_class_and_lie_within_0_and_1(
    case: Case, fitted: Any
) -> None:
    proba = fitted.predict_proba([*case.texts, *ODD_PASSAGES])

    assert proba.shape == (len(case.texts) + len(ODD_PASSAGES), len(fitted.classes_))
    assert ((proba >= 0) & (proba <= 1)).all()
    assert proba.dtype == np.float64


@pytest.mark.parametrize("text", ODD_PASSAGES, ids=lambda text: ascii(text[:12]))
def test_odd_passages_are_predicted_alike_alone_and_among_others(
    case: Case, fitted: Any, text: str
) -> None:
    alone = fitted.predict_proba([text])

    np.testing.assert_array_equal(alone[0], fitted.predict_proba([*case.texts, text])[-1])
    assert len(fitted.predict([text])) == 1


def test_no_passages_give_no_rows(fitted: Any) -> None:
    assert fitted.predict_proba([]).shape == (0, len(fitted.classes_))
    assert len(fitted.predict([])) == 0


@pytest.mark.parametrize(
    "wrap",
    [
        tuple,
        np.array,
        lambda texts: np.array(texts, dtype=object),
        lambda texts: pd.Series(texts, index=range(5, 5 + len(texts))),
        lambda texts: pd.Series(texts, dtype="category"),
        lambda texts: Dataset.from_dict({"text": texts})["text"],
    ],
    ids=["tuple", "array", "objects", "series", "categorical", "datasets column"],
)
def test_any_sequence_of_strings_will_do(
    case: Case, fitted: Any, wrap: Callable[[list[str]], Sequence[str]]
) -> None:
    again = case.quick().fit(wrap(case.texts), case.y, groups=wrap(case.articles))

    np.testing.assert_array_equal(
        again.predict_proba(wrap(case.texts)), fitted.predict_proba(case.texts)
    )


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ("one article", "got one string of 11 characters"),
        (7, "got int for `texts`"),
        (["a passage", None], "got NoneType as passage 1"),
        (["a passage", b"bytes"], "got bytes as passage 1"),
        (np.array([["a", "b"]]), "got ndarray as passage 0"),
    ],
)
def test_what_is_no_sequence_of_strings_is_refused(fitted: Any, texts: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        fitted.predict(texts)
    with pytest.raises(InputError, match=words):
        clone(fitted).fit(texts, ["a", "b"])


def test_same_random_state_gives_the_same_whatever_the_number_of_jobs(
    case: Case, fitted: Any
) -> None:
    again = case.fit(n_jobs=2)

    assert again.head_.coef.tobytes() == fitted.head_.coef.tobytes()
    assert again.head_.intercept.tobytes() == fitted.head_.intercept.tobytes()
    assert again.log_loss_ == fitted.log_loss_


def test_weight_0_is_as_good_as_left_out(case: Case) -> None:
    half = len(case.texts) // 2
    weight = np.repeat([1.0, 0.0], half)

    weighted = case.quick().fit(case.texts, case.y, sample_weight=weight, groups=case.articles)

    alone = case.quick().fit(case.texts[:half], case.y[:half], groups=case.articles[:half])
    np.testing.assert_array_equal(
        weighted.predict_proba(case.texts), alone.predict_proba(case.texts)
    )


def test_equal_weights_of_1_are_as_good_as_none(case: Case, fitted: Any) -> None:
    weighted = case.quick().fit(
        case.texts, case.y, sample_weight=[1] * len(case.texts), groups=case.articles
    )

    np.testing.assert_array_equal(
        weighted.predict_proba(case.texts), fitted.predict_proba(case.texts)
    )


@pytest.mark.parametrize(
    "weight", [[1.0], [-1.0] * 72, [float("nan")] * 72, [float("inf")] * 72, [0.0] * 72]
)
def test_weights_that_make_no_sense_are_refused(case: Case, weight: list[float]) -> None:
    with pytest.raises(InputError, match="sample_weight"):
        case.quick().fit(case.texts, case.y, sample_weight=weight)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"Cs": ()}, "got Cs="),
        ({"Cs": (1.0, 0.0)}, "got Cs="),
        ({"Cs": 3.0}, "got Cs=3.0"),
        ({"Cs": "3"}, "got Cs='3'"),
        ({"n_folds": 1}, "got n_folds=1"),
        ({"n_folds": 2.5}, "got n_folds=2.5"),
        ({"random_state": None}, "got random_state=None"),
        ({"ngram_range": (2, 1)}, "got ngram_range="),
        ({"ngram_range": 2}, "got ngram_range=2"),
        ({"min_df": 0}, "got min_df=0"),
        ({"max_features": 0}, "got max_features=0"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_fit(
    case: Case, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        case.fit(**settings)


@pytest.mark.parametrize("column", ["y", "groups"])
def test_lengths_that_differ_are_told(case: Case, column: str) -> None:
    columns = {"y": case.y, "groups": case.articles}
    columns[column] = columns[column][:5]

    with pytest.raises(InputError, match=r"got 5 .* for 72 passages"):
        case.quick().fit(case.texts, **columns)


def test_works_in_a_pipeline(case: Case, fitted: Any) -> None:
    pipeline = Pipeline([("classifier", case.quick())])

    pipeline.fit(case.texts, case.y, classifier__groups=case.articles)

    np.testing.assert_array_equal(
        pipeline.predict_proba(case.texts), fitted.predict_proba(case.texts)
    )


def test_works_in_a_grid_search_over_groups(case: Case) -> None:
    search = GridSearchCV(case.quick(), {"Cs": [(0.3,), (3.0,)]}, cv=GroupKFold(2))

    search.fit(case.texts, case.y, groups=case.articles)

    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_score_ > 0.9
    assert search.predict(case.texts[:3]).shape[0] == 3


def test_grid_search_hands_the_groups_on_when_asked_to(case: Case, fitted: Any) -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        classifier = case.quick().set_fit_request(groups=True)
        search = GridSearchCV(classifier, {"min_df": [2]}, cv=GroupKFold(2))
        search.fit(case.texts, case.y, groups=case.articles)

    assert search.best_estimator_.log_loss_ == fitted.log_loss_


def test_works_in_cross_val_predict(case: Case) -> None:
    proba = cross_val_predict(
        case.quick(),
        case.texts,
        case.y,
        groups=case.articles,
        cv=GroupKFold(2),
        method="predict_proba",
    )

    assert proba.shape[0] == len(case.texts)
    assert np.isfinite(proba).all()


def test_works_with_stratified_group_folds(passages: Passages) -> None:
    search = GridSearchCV(
        StanceClassifier(n_folds=3), {"Cs": [(0.3,), (3.0,)]}, cv=StratifiedGroupKFold(3)
    )

    search.fit(passages.texts, passages.labels, groups=passages.articles)

    assert search.best_score_ > 0.9


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        ("don't go—they'll \"stay\"", "don’t go–they‘ll “stay”"),
        ("a pull-out of the soldiers", "a pull‑out of the\u00a0soldiers"),
        ("the soldiers must stay", "\ufeffthe sol\u00addiers\u200b must stay"),
        ("the people\nof the valley", "the people\r\nof the valley"),
        ("THE MILITANTS WILL RETURN", "ｔｈｅ militants will return"),
        ("it's their country", "it`s their country"),
        ("it's their country", "it´s their country"),
        ("the first officer, final word", "the ﬁrst oﬃcer, ﬁnal word"),
    ],
)
def test_typography_does_not_change_a_probability(fitted: Any, plain: str, other: str) -> None:
    one, two = fitted.predict_proba([plain, other])

    np.testing.assert_array_equal(one, two)
