"""Counting known terms in whole batches gives what plain code gives, whatever the text."""

from __future__ import annotations

import json
import string
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from plain_reading import count_plainly, predict_plainly
from sklearn.feature_extraction.text import CountVectorizer

from stancekit import Model, load_model
from stancekit.features import TOKEN, TextFeatures, read_text
from stancekit.known_terms import KnownTerms

PASSAGES = Path(__file__).parents[1] / "training" / "corpus" / "passages.jsonl"

# What parts words, what joins them, what typography makes alike, and what is longer in lower case,
# in UTF-8 or in NFKC than it is.
ODD = "' ' ` ’ - – _ . \n \t \r \f \0 \x1c \x85 \xa0 \xad \u200b \u2028 \ud800"
WIDE = "ﬁ Ａ İ Σ é e\u0301 ß ẞ 漢 ض 🙂 ½ ²"
LETTERS = st.sampled_from(["a", "b", "A", "ab", "é", "1", "_"])
LONG_WORDS = st.sampled_from(["withdraw", "withdrawa", "withdrawal", "w" * 17, "w" * 18, "é" * 9])
PIECES = st.one_of(
    LETTERS, LONG_WORDS, st.sampled_from([*ODD.split(" "), *WIDE.split(" "), " ", " "])
)
TEXTS = st.lists(st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text()), max_size=6)
TERMS = st.lists(
    st.one_of(
        st.lists(st.one_of(LETTERS, LONG_WORDS), min_size=1, max_size=4).map(" ".join), st.text()
    ),
    min_size=1,
    max_size=30,
    unique=True,
)
LENGTHS = st.sampled_from([(1, 1), (1, 2), (2, 2), (1, 3), (2, 4)])


@settings(max_examples=300, deadline=None)
@given(texts=TEXTS, terms=TERMS, lengths=LENGTHS, data=st.data())
@example(
    texts=["a'b'c'd", "a' b", "a'", "'a", "a''b"],
    terms=["a'b", "c'd", "c", "a"],
    lengths=(1, 2),
    data=None,
)
@example(texts=["a", "b a b"], terms=["a b", "b a", "a", "b"], lengths=(1, 2), data=None)
def test_counts_are_those_of_plain_code(
    texts: list[str], terms: list[str], lengths: tuple[int, int], data: st.DataObject | None
) -> None:
    columns = {term: column for column, term in enumerate(terms)}

    found = KnownTerms(terms, lengths).count(texts)

    expected = np.zeros((len(texts), len(terms)), dtype=int)
    for row, counts in enumerate(count_plainly(texts, columns, *lengths)):
        expected[row, list(counts)] = list(counts.values())
    np.testing.assert_array_equal(found.toarray(), expected)
    assert found.has_canonical_format


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.text(string.ascii_letters + "' .é’"), min_size=3, max_size=8))
def test_features_learnt_from_any_texts_find_in_them_what_was_learnt(texts: list[str]) -> None:
    counter = CountVectorizer(preprocessor=read_text, token_pattern=TOKEN, ngram_range=(1, 3))
    if not any(map(counter.build_analyzer(), texts)):
        return
    expected = counter.fit_transform(texts)

    found = KnownTerms(list(counter.get_feature_names_out()), (1, 3)).count(texts)

    assert (found != expected).nnz == 0


@cache
def troops() -> Model:
    return load_model("troops-en")


@cache
def words() -> list[str]:
    return [term for term in troops().stance.terms_.vocabulary_ if " " not in term]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_probabilities_are_those_of_plain_code(data: st.DataObject) -> None:
    known = st.integers(0, len(words()) - 1).map(words().__getitem__)
    pieces = st.lists(st.one_of(known, known, PIECES), max_size=40).map(" ".join)
    texts = data.draw(st.lists(pieces, min_size=1, max_size=4))
    check_probabilities(texts)


def test_probabilities_of_real_passages_are_those_of_plain_code() -> None:
    rows = [json.loads(line) for line in PASSAGES.read_text(encoding="utf-8").splitlines()]
    check_probabilities([row["text"] for row in rows[:: len(rows) // 40]])


def check_probabilities(texts: list[str]) -> None:
    model = troops()
    assert model.frames is not None
    stances, frames = model.predict_proba(texts), model.frames.predict_proba(texts)
    for text, stance, frame in zip(texts, stances, frames, strict=True):
        expected = predict_plainly(model, text)
        assert dict(zip(model.labels, stance, strict=True)) == pytest.approx(expected[0], abs=1e-9)
        assert dict(zip(model.frame_names, frame, strict=True)) == pytest.approx(
            expected[1], abs=1e-9
        )


def test_a_passage_has_the_same_numbers_alone_and_among_thousands() -> None:
    texts = ["Bring the troops home now.", "They must stay in Iraq.", "’tis done", ""] * 5000
    features = troops().stance.features_

    together = features.transform(texts)

    alone = features.transform(texts[:4])
    assert together.shape[0] == 20_000
    assert (together[-4:] != alone).nnz == 0


def test_terms_that_no_text_can_hold_are_never_found() -> None:
    terms = ["a-b", "a  b", " a", "a ", "A", "", "a\0", "’", "a b c"]

    assert KnownTerms(terms, (1, 2)).count(["a-b", "a  b", " a ", "A b c", "", "a\0"]).nnz == 0


def test_characters_as_terms_are_counted_as_before() -> None:
    texts = ["Bring them home.", "Bring them back – now"]
    features = TextFeatures(analyzer="char", ngram_range=(2, 3), min_df=1)

    assert (features.fit_transform(texts) != features.transform(texts)).nnz == 0
