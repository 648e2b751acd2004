"""From passages to TF-IDF."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer

from stancekit import InputError
from stancekit.features import TOKEN, TextFeatures, read_text

TEXTS = [
    "Bring the soldiers home from the valley, the war is too long.",
    "The soldiers must stay in the valley.",
    "Don't leave the valley: the soldiers must stay, stay and stay.",
]


@pytest.mark.parametrize("max_features", [None, 6])
def test_features_are_those_of_scikit_learn(max_features: int | None) -> None:
    ours = TextFeatures(max_features=max_features)
    theirs = TfidfVectorizer(
        token_pattern=TOKEN,
        ngram_range=(1, 2),
        min_df=2,
        sublinear_tf=True,
        max_features=max_features,
    )

    X = ours.fit_transform(TEXTS)

    np.testing.assert_allclose(X.toarray(), theirs.fit_transform(TEXTS).toarray(), rtol=1e-14)
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


def test_transform_gives_what_fit_transform_gave() -> None:
    features = TextFeatures()
    X = features.fit_transform(TEXTS)

    np.testing.assert_array_equal(features.transform(TEXTS).toarray(), X.toarray())


def test_restored_features_are_the_same() -> None:
    fitted = TextFeatures().fit(TEXTS)

    restored = TextFeatures().restore(list(fitted.vocabulary_), fitted.idf_)

    np.testing.assert_array_equal(
        restored.transform(TEXTS).toarray(), fitted.transform(TEXTS).toarray()
    )


def test_a_passage_without_a_known_word_is_a_row_of_zeros() -> None:
    features = TextFeatures().fit(TEXTS)

    assert features.transform(["", "zebra", "\0"]).nnz == 0
    assert features.transform([]).shape == (0, len(features.vocabulary_))


def test_one_passage_may_be_fitted_as_it_is() -> None:
    assert TextFeatures().fit(TEXTS[:1]).transform(TEXTS[:1]).nnz > 0


def test_words_are_counted_and_pairs_are_not() -> None:
    features = TextFeatures().fit(TEXTS)

    known = features.count(["the soldiers stay", "the zebra"]) @ features.words_.astype(int)

    assert known.tolist() == [3, 1]


def test_texts_without_a_common_word_are_refused() -> None:
    with pytest.raises(InputError, match="found no word that stands in 2 of the 3 passages"):
        TextFeatures().fit(["one", "two", "three"])


def test_use_before_fit_is_told() -> None:
    with pytest.raises(NotFittedError):
        TextFeatures().transform(TEXTS)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("DON’T Leave", "don't leave"),
        ("sol\u00addiers\ufeff", "soldiers"),
        ("a\0b\x1bc", "a b c"),
        ("pull–out", "pull-out"),
        ("ﬁnal ４２", "final 42"),
        ("«leave»", '"leave"'),
        ("Été à Kirkūk", "été à kirkūk"),
    ],
)
def test_reading_of_a_text(text: str, reading: str) -> None:
    assert read_text(text) == reading
