"""Which side a passage argues for: one label of several, with calibrated probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from stancekit.calibration import fit_temperature
from stancekit.errors import InputError
from stancekit.features import TextFeatures, check_texts
from stancekit.labels import check_labels
from stancekit.linear import DEFAULT_CS, Head, check_weights, held_out_scores
from stancekit.splits import grouped_folds

__all__ = ["StanceClassifier"]


class StanceClassifier(ClassifierMixin, BaseEstimator):
    """TF-IDF and multinomial logistic regression, calibrated on held-out folds.

    A scikit-learn estimator over sequences of passages. Any label set will do.

    Parameters
    ----------
    ngram_range : tuple of (int, int), default=(1, 2)
        Shortest and longest run of words that makes a term.
    min_df : int, default=2
        Terms in fewer passages than this are left out.
    max_features : int or None, default=None
        Keep only so many of the most frequent terms.
    Cs : sequence of float, default=(0.3, 1, 3, 10, 30)
        Inverse strengths of regularisation to choose from, by log loss on the held-out folds.
    class_weight : dict, "balanced" or None, default=None
        As in `sklearn.linear_model.LogisticRegression`.
    n_folds : int, default=5
        Folds for choosing C and for calibration; fewer where the data allow no more.
    random_state : int, default=0
        Seed of the folds.
    n_jobs : int or None, default=None
        Folds fitted at once, by joblib.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), str; the columns of `predict_proba`
    C_ : float; the chosen one
    log_loss_ : dict of float to float; mean held-out log loss of each C, after calibration
    features_ : TextFeatures
    head_ : Head; weights with the calibration folded in, so that probabilities are the softmax of
        its scores
    """

    def __init__(
        self,
        *,
        ngram_range: tuple[int, int] = (1, 2),
        min_df: int = 2,
        max_features: int | None = None,
        Cs: Sequence[float] = DEFAULT_CS,
        class_weight: dict[str, float] | str | None = None,
        n_folds: int = 5,
        random_state: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_features = max_features
        self.Cs = Cs
        self.class_weight = class_weight
        self.n_folds = n_folds
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self,
        texts: Sequence[str],
        y: Sequence[str],
        sample_weight: Sequence[float] | None = None,
        groups: Sequence[Any] | None = None,
    ) -> StanceClassifier:
        """Learn terms, weights and calibration.

        Parameters
        ----------
        texts : sequence of str, the passages
        y : sequence of str, one label a passage
        sample_weight : sequence of float or None
            What each passage counts, in fitting and in calibration.
        groups : sequence or None
            The article of each passage: passages of one article are held out together. Without
            it each passage stands alone, and scores of neighbours come out too high.

        Raises
        ------
        InputError
            For a bare string, lengths that differ, a single class, label typos, too few rows.
        """
        passages, labels = check_texts(texts), check_labels(list(y))
        if len(labels) != len(passages):
            raise InputError(f"got {len(labels)} labels for {len(passages)} passages")
        weight = check_weights(sample_weight, len(passages))
        self.classes_, columns = np.unique(np.array(labels, dtype=object), return_inverse=True)
        scale, bias = self._calibrate(passages, columns, weight, groups)
        self.features_ = self._features()
        head = self._fit_head(self.features_.fit_transform(passages), columns, self.C_, weight)
        self.head_ = head.scaled(scale, bias)
        return self

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """The likeliest label of each passage: ndarray of shape (n_passages,), str.

        Every passage gets one, an empty one too: `Model.analyze` tells which passages can be read.
        """
        return np.asarray(self.classes_[self.predict_proba(texts).argmax(axis=1)])

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Calibrated probabilities: shape (n_passages, n_classes), rows sum to 1."""
        check_is_fitted(self, "head_")
        return self.proba_of(self.features_.transform(texts))

    def proba_of(self, X: csr_matrix) -> np.ndarray:
        """`predict_proba` for features that ``features_`` has made already."""
        return np.asarray(softmax(self.head_.scores(X), axis=1))

    def _features(self) -> TextFeatures:
        return TextFeatures(
            ngram_range=self.ngram_range, min_df=self.min_df, max_features=self.max_features
        )

    def _calibrate(
        self,
        texts: list[str],
        y: np.ndarray,
        weight: np.ndarray | None,
        groups: Sequence[Any] | None,
    ) -> tuple[float, np.ndarray]:
        """Set C_ and log_loss_; return the scale and bias that calibrate the chosen C."""
        names = self.classes_[y]
        held_out = held_out_scores(
            texts,
            y,
            features=self._features(),
            fit_head=self._fit_head,
            folds=grouped_folds(
                names, groups, n_folds=self.n_folds, random_state=self.random_state
            ),
            Cs=list(self.Cs),
            sample_weight=weight,
            n_jobs=self.n_jobs,
        )
        corrections = {C: fit_temperature(scores, y, weight) for C, scores in held_out.items()}
        self.log_loss_ = {C: loss for C, (_, _, loss) in corrections.items()}
        self.C_ = min(corrections, key=lambda C: (self.log_loss_[C], C))
        scale, bias, _ = corrections[self.C_]
        return scale, bias

    def _fit_head(
        self, X: csr_matrix, y: np.ndarray, C: float, sample_weight: np.ndarray | None
    ) -> Head:
        weights = self.class_weight
        if isinstance(weights, dict):
            weights = {place: weights.get(name, 1.0) for place, name in enumerate(self.classes_)}
        model = LogisticRegression(C=C, class_weight=weights, max_iter=1000)
        model.fit(X, y, sample_weight=sample_weight)
        if len(self.classes_) > 2:
            return Head(model.coef_, model.intercept_)
        # With two classes scikit-learn keeps the second one's row, the difference of the two.
        return Head(
            np.vstack([-model.coef_, model.coef_]) / 2,
            np.concatenate([-model.intercept_, model.intercept_]) / 2,
        )
