"""Which side a passage argues for: one label of several, with calibrated probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import f1_score
from sklearn.utils.validation import check_is_fitted

from stancekit.domains import domain_codes, fit_calibration, fit_detector
from stancekit.errors import InputError
from stancekit.features import TextFeatures, check_texts
from stancekit.labels import check_labels
from stancekit.linear import DEFAULT_CS, Head, check_weights, fit_path, held_out_scores
from stancekit.splits import grouped_folds

__all__ = ["StanceClassifier"]

_LEANS = tuple(round(0.1 * step, 1) for step in range(11))


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
    lean : float or None, default=None
        How far `predict` leans towards rare labels, in [0, 1]. 0: the likeliest label. 1: the
        label that would be the likeliest if all were equally common. None: the one in steps of
        0.1 with the best macro F1 on the held-out folds. Probabilities do not depend on it.
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
    lean_ : float; the chosen one
    macro_f1_ : dict of float to float; held-out macro F1 of each lean, mean over the domains
    features_ : TextFeatures
    head_ : Head; weights of the scores, shared by the domains
    domains_ : list of str, sorted; [""] when `fit` was given none
    calibration_ : Calibration; from scores to probabilities, domain by domain
    detector_ : Head or None; its softmax is the probability of each domain
    """

    def __init__(
        self,
        *,
        ngram_range: tuple[int, int] = (1, 2),
        min_df: int = 2,
        max_features: int | None = None,
        Cs: Sequence[float] = DEFAULT_CS,
        class_weight: dict[str, float] | str | None = None,
        lean: float | None = None,
        n_folds: int = 5,
        random_state: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_features = max_features
        self.Cs = Cs
        self.class_weight = class_weight
        self.lean = lean
        self.n_folds = n_folds
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self,
        texts: Sequence[str],
        y: Sequence[str],
        sample_weight: Sequence[float] | None = None,
        groups: Sequence[Any] | None = None,
        domains: Sequence[str | None] | None = None,
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
        domains : sequence of str or None
            The kind of text that each passage comes from, such as "news" or "speech", where the
            labels are not equally common in all. Each gets its own calibration, and `predict`
            tells by the words which one a passage belongs to. A passage of no domain (None)
            counts for the weights alone.

        Raises
        ------
        InputError
            For a bare string, lengths that differ, a single class, label typos, too few rows.
        """
        passages, labels = check_texts(texts), check_labels(list(y))
        if len(labels) != len(passages):
            raise InputError(f"got {len(labels)} labels for {len(passages)} passages")
        if self.lean is not None and not 0 <= self.lean <= 1:
            raise InputError(f"got lean={self.lean}; expected None or a number from 0 to 1")
        weight = check_weights(sample_weight, len(passages))
        self.classes_, columns = np.unique(np.array(labels, dtype=object), return_inverse=True)
        self.domains_, codes = domain_codes(domains, len(passages))
        self._calibrate(passages, columns, codes, weight, groups)
        self.features_ = self._features()
        X = self.features_.fit_transform(passages)
        self.head_ = self._fit_heads(X, columns, [self.C_], weight)[0]
        self.detector_ = fit_detector(X, codes, weight) if len(self.domains_) > 1 else None
        return self

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """The label of each passage: ndarray of shape (n_passages,), str.

        The likeliest one, after leaning towards rare labels by ``lean_``. Every passage gets one,
        an empty one too: `Model.analyze` tells which passages can be read.
        """
        check_is_fitted(self, "head_")
        return self.labels_of(self.features_.transform(texts))

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Calibrated probabilities: shape (n_passages, n_classes), rows sum to 1."""
        check_is_fitted(self, "head_")
        return self.proba_of(self.features_.transform(texts))

    def proba_of(self, X: csr_matrix) -> np.ndarray:
        """`predict_proba` for features that ``features_`` has made already."""
        return self.calibration_.proba(self.head_.scores(X), self._in_domain(X))

    def labels_of(self, X: csr_matrix) -> np.ndarray:
        """`predict` for features that ``features_`` has made already."""
        leaning = self.calibration_.proba(self.head_.scores(X), self._in_domain(X), self.lean_)
        return np.asarray(self.classes_[leaning.argmax(axis=1)])

    def _features(self) -> TextFeatures:
        return TextFeatures(
            ngram_range=self.ngram_range, min_df=self.min_df, max_features=self.max_features
        )

    def _in_domain(self, X: csr_matrix) -> np.ndarray:
        """Probability that each passage is of each domain: (n_passages, n_domains)."""
        if self.detector_ is None:
            return np.ones((X.shape[0], 1))
        return self.detector_.proba(X)

    def _calibrate(
        self,
        texts: list[str],
        y: np.ndarray,
        codes: np.ndarray,
        weight: np.ndarray | None,
        groups: Sequence[Any] | None,
    ) -> None:
        """Choose C and the lean, and calibrate the scores, all on held-out folds."""
        held_out = held_out_scores(
            texts,
            y,
            features=self._features(),
            fit_heads=self._fit_heads,
            folds=grouped_folds(
                self.classes_[y], groups, n_folds=self.n_folds, random_state=self.random_state
            ),
            Cs=list(self.Cs),
            sample_weight=weight,
            n_jobs=self.n_jobs,
        )
        n_domains = len(self.domains_)
        found = {
            C: fit_calibration(scores, y, codes, n_domains, weight)
            for C, scores in held_out.items()
        }
        self.log_loss_ = {C: loss for C, (_, loss) in found.items()}
        self.C_ = min(found, key=lambda C: (self.log_loss_[C], C))
        self.calibration_ = found[self.C_][0]
        leans = _LEANS if self.lean is None else (float(self.lean),)
        self.macro_f1_ = {
            lean: self._held_out_f1(held_out[self.C_], y, codes, weight, lean) for lean in leans
        }
        self.lean_ = min(leans, key=lambda lean: (-self.macro_f1_[lean], lean))

    def _held_out_f1(
        self,
        scores: np.ndarray,
        y: np.ndarray,
        codes: np.ndarray,
        weight: np.ndarray | None,
        lean: float,
    ) -> float:
        """Macro F1 of the labels that a lean gives, mean over the domains."""
        found = []
        for domain in range(len(self.domains_)):
            rows = codes == domain
            in_domain = np.eye(len(self.domains_))[codes[rows]]
            best = self.calibration_.proba(scores[rows], in_domain, lean).argmax(axis=1)
            counts = None if weight is None else weight[rows]
            found.append(f1_score(y[rows], best, average="macro", sample_weight=counts))
        return float(np.mean(found))

    def _fit_heads(
        self, X: csr_matrix, y: np.ndarray, Cs: Sequence[float], sample_weight: np.ndarray | None
    ) -> list[Head]:
        weights: Any = self.class_weight
        if isinstance(weights, dict):
            weights = {place: weights.get(name, 1.0) for place, name in enumerate(self.classes_)}
        return fit_path(X, y, Cs, sample_weight, weights)
