"""From passages to numbers: one reading of the text, then TF-IDF over words and word pairs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize as scale_rows
from sklearn.utils.validation import check_is_fitted

from stancekit.errors import InputError
from stancekit.typography import even_text

__all__ = ["TextFeatures", "check_texts", "read_text"]

# A word: letters and digits, with an apostrophe inside ("don't"). Hyphens and dashes part words,
# so that "pull-out", "pull–out" and "pull out" are the same two words.
TOKEN = r"\w+(?:'\w+)?"

# Control characters carry no word; line breaks and tabs stay, as the spaces that they are.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]+")


def read_text(text: str) -> str:
    """The form in which a passage is read: typography and case do not change a result.

    Curly and straight quotes, all dashes and hyphens, non-breaking and other spaces, ligatures and
    full-width letters are made alike; soft hyphens, byte order marks, zero-width and control
    characters are dropped; letters are lower case.
    """
    if not text.isascii():
        # Before NFKC, which would turn the acute accent used as a quote into a space.
        text = unicodedata.normalize("NFKC", even_text(text).text)
    return _CONTROL.sub(" ", text).lower()


def check_texts(texts: Any) -> list[str]:
    """Return ``texts`` as a list of strings.

    Parameters
    ----------
    texts : sequence of str
        A list, tuple, array, Series or dataset column.

    Raises
    ------
    InputError
        For a bare string, something that is no sequence, or an entry that is no string.
    """
    if isinstance(texts, str | bytes):
        raise InputError(
            f"got one string of {len(texts)} characters for `texts`; expected a sequence of "
            "passages: put it in a list, or call `split_passages` on an article first"
        )
    try:
        passages = list(texts)
    except TypeError:
        raise InputError(
            f"got {type(texts).__name__} for `texts`; expected a sequence of strings"
        ) from None
    for place, passage in enumerate(passages):
        if not isinstance(passage, str):
            raise InputError(
                f"got {type(passage).__name__} as passage {place}; expected a string: fill or "
                "leave out empty cells first"
            )
    return passages


class TextFeatures(TransformerMixin, BaseEstimator):
    """TF-IDF of words and word n-grams, rows of length one.

    Parameters
    ----------
    ngram_range : tuple of (int, int), default=(1, 2)
        Shortest and longest run of words that makes a term.
    min_df : int, default=2
        Terms in fewer passages than this are left out.
    max_features : int or None, default=None
        Keep only so many of the most frequent terms.
    sublinear_tf : bool, default=True
        Use 1 + ln(count) for the count of a term.

    Attributes
    ----------
    vocabulary_ : dict of str to int, terms in column order
    idf_ : ndarray of shape (n_features,), float64
    words_ : ndarray of shape (n_features,), bool; which columns are single words

    References
    ----------
    Manning, Raghavan, Schütze (2008), Introduction to Information Retrieval, section 6.4, with the
    smoothed inverse document frequency of scikit-learn: ln((1 + n) / (1 + df)) + 1.
    """

    def __init__(
        self,
        *,
        ngram_range: tuple[int, int] = (1, 2),
        min_df: int = 2,
        max_features: int | None = None,
        sublinear_tf: bool = True,
    ) -> None:
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_features = max_features
        self.sublinear_tf = sublinear_tf

    def fit(self, texts: Sequence[str], y: object = None) -> TextFeatures:
        """Learn the terms and their document frequencies from ``texts``."""
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Sequence[str], y: object = None) -> csr_matrix:
        """Fit, and return the features of the same ``texts``."""
        passages = check_texts(texts)
        counter = self._counter(min_df=min(self.min_df, max(1, len(passages))))
        try:
            counts = counter.fit_transform(passages)
        except ValueError:  # scikit-learn: empty vocabulary, or no terms remain
            raise InputError(
                f"found no word that stands in {self.min_df} of the {len(passages)} passages; "
                "expected running text: check the text column, or lower `min_df`"
            ) from None
        n_with_term = np.bincount(counts.indices, minlength=counts.shape[1])
        idf = np.log((1 + len(passages)) / (1 + n_with_term)) + 1
        self.restore(list(counter.get_feature_names_out()), idf)
        return self.weigh(counts)

    def restore(self, terms: Sequence[str], idf: np.ndarray) -> TextFeatures:
        """Take over what a fit had learnt: the terms in column order and their idf."""
        self.vocabulary_ = {term: column for column, term in enumerate(terms)}
        self.idf_ = np.asarray(idf, dtype=np.float64)
        self.words_ = np.array([" " not in term for term in terms])
        self._fitted_counter = self._counter(vocabulary=self.vocabulary_)
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """TF-IDF features of ``texts``: csr_matrix of shape (n_passages, n_features), float64."""
        return self.weigh(self.count(texts))

    def count(self, texts: Sequence[str]) -> csr_matrix:
        """How often each known term stands in each passage: shape (n_passages, n_features), int."""
        check_is_fitted(self, "vocabulary_")
        return self._fitted_counter.transform(check_texts(texts))

    def weigh(self, counts: csr_matrix) -> csr_matrix:
        """TF-IDF from the counts that `count` returned; an all-zero row stays zero."""
        X = counts.astype(np.float64)
        if self.sublinear_tf:
            X.data = np.log(X.data) + 1
        X.data *= self.idf_[X.indices]
        return scale_rows(X, copy=False)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """The terms, in column order."""
        check_is_fitted(self, "vocabulary_")
        return np.array(list(self.vocabulary_), dtype=object)

    def _counter(self, **settings: Any) -> CountVectorizer:
        if "vocabulary" not in settings:
            settings["max_features"] = self.max_features
        return CountVectorizer(
            preprocessor=read_text, token_pattern=TOKEN, ngram_range=tuple(self.ngram_range), **settings
        )
