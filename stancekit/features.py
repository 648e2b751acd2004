"""From passages to numbers: one reading of the text, then TF-IDF over words and word pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix, hstack

from stancekit.errors import InputError
from stancekit.known_terms import KnownTerms
from stancekit.letters import CONTROL, TOKEN, even_letters, read_text
from stancekit.parameters import Parameters, check_fitted
from stancekit.proper_names import has_name, name_words, proper_names

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import CountVectorizer

__all__ = [
    "CONTROL",
    "TOKEN",
    "TextFeatures",
    "beside",
    "check_texts",
    "even_letters",
    "read_text",
    "reads_text",
    "scale_rows",
]

# The training passages below this quantile of known words are odd ones.
_UNUSUAL = 0.05


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


def beside(X: csr_matrix, axes: np.ndarray) -> csr_matrix:
    """``X`` with the columns of ``axes``, of shape (n_passages, n_axes), after its own."""
    return hstack([X, csr_matrix(axes)], format="csr")


def scale_rows(X: csr_matrix) -> csr_matrix:
    """``X`` with rows of length one, in its place; an all-zero row stays zero."""
    rows = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    # In the order of the columns, as scikit-learn adds them, to the last digit.
    lengths = np.sqrt(np.bincount(rows, weights=X.data**2, minlength=X.shape[0]))
    X.data /= np.where(lengths > 0, lengths, 1)[rows]
    return X


class TextFeatures(Parameters):
    """TF-IDF of words and word n-grams, rows of length one.

    Parameters
    ----------
    ngram_range : tuple of (int, int), default=(1, 2)
        Shortest and longest run of words, or of characters, that makes a term.
    min_df : int, default=2
        Terms in fewer passages than this are left out.
    max_features : int or None, default=None
        Keep only so many of the most frequent terms.
    sublinear_tf : bool, default=True
        Use 1 + ln(count) for the count of a term.
    analyzer : {"word", "char"}, default="word"
        Whether terms are runs of words, or of characters with the spaces and marks among them.
    ignore_names : bool or sequence of str, default=False
        Whether terms with a proper name in them weigh nothing, so that another name in its place
        makes no difference. True: names are what the texts of `fit` write with a capital. A
        sequence: these words are names.

    Attributes
    ----------
    vocabulary_ : dict of str to int, terms in column order
    idf_ : ndarray of shape (n_features,), float64
    words_ : ndarray of shape (n_features,), bool
        Which columns are single words; without such, which are the shortest terms.
    is_name_ : ndarray of shape (n_features,), bool; which terms weigh nothing, being names
    known_share_ : float, in [0, 1] but for words that apostrophes or hyphens part
        The share of their words that are terms, of all but the twentieth of the training passages
        with the smallest; words that are terms because they stand in that passage do not count.

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
        analyzer: str = "word",
        ignore_names: bool | Sequence[str] = False,
    ) -> None:
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_features = max_features
        self.sublinear_tf = sublinear_tf
        self.analyzer = analyzer
        self.ignore_names = ignore_names

    def fit(self, texts: Sequence[str], y: object = None) -> TextFeatures:
        """Learn the terms and their document frequencies from ``texts``.

        Raises
        ------
        InputError
            For settings that make no sense, what `check_texts` refuses, or texts without a term
            that stands in ``min_df`` of them.
        """
        self.fit_transform(texts)
        return self

    def fit_transform(self, texts: Sequence[str], y: object = None) -> csr_matrix:
        """Fit, and return the features of the same ``texts``, as `transform` does."""
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
        terms = list(counter.get_feature_names_out())
        self.restore(terms, idf, is_name=has_name(terms, self._names(passages)))
        if self.analyzer != "word":
            return self.weigh(counts)
        # What the passage would find known if it had not been there to learn from.
        is_known = self.words_ & (n_with_term > counter.min_df)
        shares = counts @ is_known.astype(np.int64) / [max(1, len(t.split())) for t in passages]
        self.known_share_ = float(np.quantile(shares, _UNUSUAL))
        return self.weigh(counts)

    def restore(
        self,
        terms: Sequence[str],
        idf: np.ndarray,
        known_share: float = 0.0,
        is_name: Sequence[bool] | np.ndarray | None = None,
    ) -> TextFeatures:
        """Take over what a fit had learnt: the terms in column order, and what it knew of them."""
        self._check_settings()
        self.known_share_ = known_share
        self.vocabulary_ = {term: column for column, term in enumerate(terms)}
        self.idf_ = np.asarray(idf, dtype=np.float64)
        self.is_name_ = np.zeros(len(terms), dtype=bool)
        if is_name is not None:
            self.is_name_ = np.asarray(is_name, dtype=bool)
        self._weights = np.where(self.is_name_, 0.0, self.idf_)
        spaces = np.array([term.count(" ") for term in terms])
        self.words_: np.ndarray = spaces == spaces.min()
        self._known = KnownTerms(terms, self.ngram_range) if self.analyzer == "word" else None
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """TF-IDF features of ``texts``: csr_matrix of shape (n_passages, n_features), float64."""
        return self.weigh(self.count(texts))

    def count(self, texts: Sequence[str]) -> csr_matrix:
        """How often each known term stands in each passage: shape (n_passages, n_features), int."""
        check_fitted(self, "vocabulary_")
        passages = check_texts(texts)
        if self._known is not None:
            return self._known.count(passages)
        return self._counter(vocabulary=self.vocabulary_).transform(passages)

    @property
    def n_columns(self) -> int:
        """The number of features: of terms."""
        return len(self.vocabulary_)

    def count_known(self, counts: csr_matrix) -> np.ndarray:
        """How many words of each passage are terms, from what `count` returned: (n_passages,)."""
        return np.asarray(counts @ self.words_.astype(np.int64))

    def weigh(self, counts: csr_matrix, *, with_names: bool = False) -> csr_matrix:
        """TF-IDF from the counts that `count` returned; an all-zero row stays zero.

        ``with_names``: names weigh what other terms do, whatever ``ignore_names`` says.
        """
        X = counts.astype(np.float64)
        if self.sublinear_tf:
            X.data = np.log(X.data) + 1
        X.data *= (self.idf_ if with_names else self._weights)[X.indices]
        if self.ignore_names:
            X.eliminate_zeros()
        return scale_rows(X)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """The terms, in column order."""
        check_fitted(self, "vocabulary_")
        return np.array(list(self.vocabulary_), dtype=object)

    def _names(self, passages: list[str]) -> set[str]:
        if isinstance(self.ignore_names, bool):
            return proper_names(passages) if self.ignore_names else set()
        return name_words(self.ignore_names)

    def _counter(self, **settings: Any) -> CountVectorizer:
        from sklearn.feature_extraction.text import CountVectorizer

        self._check_settings()
        if "vocabulary" not in settings:
            settings["max_features"] = self.max_features
        return CountVectorizer(
            preprocessor=read_text,
            analyzer=self.analyzer,
            token_pattern=TOKEN if self.analyzer == "word" else None,
            ngram_range=tuple(self.ngram_range),
            **settings,
        )

    def _check_settings(self) -> None:
        lengths = self.ngram_range
        if not _are_counts(lengths) or len(lengths) != 2 or lengths[0] > lengths[1]:
            raise InputError(
                f"got ngram_range={lengths!r}; expected the fewest and the most words of a term, "
                "such as (1, 2)"
            )
        if not isinstance(self.ignore_names, bool):
            name_words(self.ignore_names)
        if not _are_counts([self.min_df]):
            raise InputError(f"got min_df={self.min_df!r}; expected a whole number from 1 on")
        if self.max_features is not None and not _are_counts([self.max_features]):
            raise InputError(
                f"got max_features={self.max_features!r}; expected None or a whole number from 1 on"
            )

    def __sklearn_tags__(self) -> Any:
        return reads_text(super().__sklearn_tags__())


def reads_text(tags: Any) -> Any:
    """Mark scikit-learn's ``tags`` as those of an estimator that takes passages."""
    tags.input_tags.string, tags.input_tags.two_d_array = True, False
    return tags


def _are_counts(values: Any) -> bool:
    return isinstance(values, Iterable) and all(
        isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 1
        for value in values
    )
