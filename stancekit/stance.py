"""Which side a passage argues for: one label of several, with calibrated probabilities."""

from __future__ import annotations

import os
from collections.abc import Sequence
from copy import copy
from numbers import Real
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from stancekit.domains import domain_codes, fit_calibration, fit_detector, fold_detector
from stancekit.encoded import EncodedFeatures
from stancekit.encoders import Encoder, TextEncoder
from stancekit.errors import InputError
from stancekit.features import TextFeatures, beside, check_texts, reads_text
from stancekit.hedging import Assurance, fit_assurance
from stancekit.labels import check_labels, unknown_name
from stancekit.linear import (
    DEFAULT_CS,
    Head,
    check_settings,
    check_weights,
    fit_path,
    held_out_scores,
    one_thread,
    rows_that_count,
)
from stancekit.splits import grouped_folds

__all__ = ["StanceClassifier"]

# Macro F1 differs by more than this when the folds are drawn anew.
_AS_GOOD = 0.01
_LEANS = tuple(round(0.1 * step, 1) for step in range(11))


class StanceClassifier(ClassifierMixin, BaseEstimator):
    """TF-IDF and multinomial logistic regression, calibrated on held-out folds.

    A scikit-learn estimator over sequences of passages. Any label set will do. The vectors of a
    sentence encoder may join the words.

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
        label that would be the likeliest if all were equally common. None: in steps of 0.1, the
        middle of those with the best macro F1 on the held-out folds. Probabilities do not depend
        on it.
    sharing : float or dict of str to float, default=1
        What passages of other domains, or of none, count for the weights of a domain, in [0, 1],
        where `fit` is given domains. 1: all domains have the same weights. 0: each learns from its
        own passages alone. A dict gives it by domain; those left out share in full.
    encoder : object, str, path or None, default=None
        An object with ``encode(texts)`` that returns an array of shape (n_texts, n_axes), a
        directory of a sentence-transformers model, or the name of one on the hub, which `fit`
        downloads if need be. It is asked for each different text once a `fit`, and never for an
        empty one; `CachedEncoder` keeps the vectors between fits. What is saved is where it is,
        never the encoder itself.
    encoder_weight : float, default=0.25
        Length of an encoder's vector beside the words of a passage, which have length 1. An
        encoder's few axes are all at work in each passage, so that they need more restraint than
        terms; training/README.md has what other weights gave.
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
    features_ : TextFeatures, or EncodedFeatures with an encoder
    head_ : Head; weights of the scores, an output a class; where domains do not share all, the
        classes of the first domain, then those of the second, and so on
    domains_ : list of str, sorted; [""] when `fit` was given none
    calibration_ : Calibration; from scores to probabilities, domain by domain
    detector_ : Head or None; its softmax is the probability of each domain
    assurance_ : Assurance or None; how often held-out labels were wrong, and what a set of labels
        needs; None for a model that an earlier version saved
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
        sharing: float | dict[str, float] = 1.0,
        encoder: TextEncoder | str | os.PathLike[str] | None = None,
        encoder_weight: float = 0.25,
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
        self.sharing = sharing
        self.encoder = encoder
        self.encoder_weight = encoder_weight
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
            What each passage counts, in fitting and in calibration; 0 leaves it out altogether.
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
            For a bare string, lengths that differ, a single class, label typos, too few rows,
            constructor arguments that make no sense, or an encoder that cannot be loaded or gives
            no finite numbers of the right shape.
        MissingExtraError
            When ``encoder`` is a directory or name and sentence-transformers is not installed.
        """
        check_settings(self)
        self._check_own_settings()
        passages = check_texts(texts)
        weight = check_weights(sample_weight, len(passages))
        passages, labels, groups, domains = rows_that_count(
            weight, passages=passages, labels=y, groups=groups, domains=domains
        )
        weight = weight[weight > 0]
        names = np.array(check_labels(labels), dtype=object)
        self.classes_, columns = np.unique(names, return_inverse=True)
        self.domains_, codes = domain_codes(domains, len(passages))
        self._check_sharing()
        encoder = None if self.encoder is None else Encoder.open(self.encoder)
        # Outside of `one_thread`, which would slow an encoder down.
        axes = None if encoder is None else self.encoder_weight * encoder.encode(passages)
        with one_thread():
            self._calibrate(passages, axes, columns, codes, weight, groups)
            words = self._features()
            X = words.fit_transform(passages)
            if axes is not None:
                X = beside(X, axes)
            self.features_ = self._with_encoder(words, encoder)
            rows = np.column_stack([columns, codes])
            self.head_ = self._fit_heads(X, rows, [self.C_], weight)[0]
            self.detector_ = fit_detector(X, codes, weight) if len(self.domains_) > 1 else None
        return self

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """The label of each passage: ndarray of shape (n_passages,), str.

        The likeliest one, after leaning towards rare labels by ``lean_``. Every passage gets one,
        an empty one too: `Model.analyze` tells which passages can be read.
        """
        check_is_fitted(self, "head_")
        return self.read(self.features_.transform(texts))[0]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Calibrated probabilities: shape (n_passages, n_classes), rows sum to 1."""
        check_is_fitted(self, "head_")
        return self.read(self.features_.transform(texts))[1]

    def read(self, X: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        """What `predict` and `predict_proba` give, of features that ``features_`` has made."""
        scores, in_domain = self._by_domain(self.head_.scores(X)), self.in_domain(X)
        leaning = self.calibration_.proba(scores, in_domain, self.lean_)
        labels = np.asarray(self.classes_[leaning.argmax(axis=1)])
        return labels, self.calibration_.proba(scores, in_domain)

    def in_domain(self, X: csr_matrix) -> np.ndarray:
        """Probability of each domain: (n_passages, n_domains), rows sum to 1."""
        if self.detector_ is None:
            return np.ones((X.shape[0], 1))
        return self.detector_.proba(X)

    def domains_of(self, X: csr_matrix) -> np.ndarray:
        """The likeliest domain of each passage, its place in ``domains_``: shape (n_passages,)."""
        return np.asarray(self.in_domain(X).argmax(axis=1))

    @property
    def terms_(self) -> TextFeatures:
        """The terms of ``features_``, without the encoder that may stand beside them."""
        features = self.features_
        return features.words if isinstance(features, EncodedFeatures) else features

    def _features(self) -> TextFeatures:
        return TextFeatures(
            ngram_range=self.ngram_range, min_df=self.min_df, max_features=self.max_features
        )

    def _with_encoder(
        self, words: TextFeatures, encoder: Encoder | None
    ) -> TextFeatures | EncodedFeatures:
        if encoder is None:
            return words
        return EncodedFeatures(words, encoder, float(self.encoder_weight))

    def _calibrate(
        self,
        texts: list[str],
        axes: np.ndarray | None,
        y: np.ndarray,
        codes: np.ndarray,
        weight: np.ndarray,
        groups: Sequence[Any] | None,
    ) -> None:
        """Choose C and the lean, and calibrate the scores, all on held-out folds."""
        found = held_out_scores(
            texts,
            np.column_stack([y, codes]),
            features=self._features(),
            fit_heads=self._without_encoder()._fit_fold,
            folds=grouped_folds(
                self.classes_[y], groups, n_folds=self.n_folds, random_state=self.random_state
            ),
            Cs=list(self.Cs),
            sample_weight=weight,
            axes=axes,
            n_jobs=self.n_jobs,
        )
        n_outputs = self.n_sets_ * len(self.classes_)
        held_out = {C: self._by_domain(scores[:, :n_outputs]) for C, scores in found.items()}
        fitted = {
            C: fit_calibration(scores, y, codes, len(self.domains_), weight)
            for C, scores in held_out.items()
        }
        self.log_loss_ = {C: loss for C, (_, loss) in fitted.items()}
        self.C_ = min(fitted, key=lambda C: (self.log_loss_[C], C))
        self.calibration_ = fitted[self.C_][0]
        leans = _LEANS if self.lean is None else (float(self.lean),)
        self.macro_f1_ = {
            lean: self._held_out_f1(held_out[self.C_], y, codes, weight, lean) for lean in leans
        }
        self.lean_ = _middle_of_best(self.macro_f1_)
        in_domain = softmax(found[self.C_][:, n_outputs:], axis=1)
        is_of = codes[:, None] == np.arange(len(self.domains_))
        self.assurance_: Assurance | None = fit_assurance(
            self.calibration_, held_out[self.C_], in_domain, y, is_of, weight, self.lean_
        )

    def _held_out_f1(
        self, scores: np.ndarray, y: np.ndarray, codes: np.ndarray, weight: np.ndarray, lean: float
    ) -> float:
        """Macro F1 of the labels that a lean gives, mean over the domains."""
        found = []
        for domain in range(len(self.domains_)):
            rows = codes == domain
            in_domain = np.eye(len(self.domains_))[codes[rows]]
            best = self.calibration_.proba(scores[rows], in_domain, lean).argmax(axis=1)
            found.append(_macro_f1(y[rows], best, weight[rows], len(self.classes_)))
        return float(np.mean(found))

    def _fit_heads(
        self, X: csr_matrix, rows: np.ndarray, Cs: Sequence[float], sample_weight: np.ndarray
    ) -> list[Head]:
        """A head for each C; ``rows`` has the class of each passage and its domain."""
        y, codes = rows.T
        paths = [
            fit_path(X, y, Cs, sample_weight * counts, self._class_weight())
            for counts in self._counts(codes)
        ]
        return [Head.stacked(heads) for heads in zip(*paths, strict=True)]

    def _fit_fold(
        self, X: csr_matrix, rows: np.ndarray, Cs: Sequence[float], sample_weight: np.ndarray
    ) -> list[Head]:
        """`_fit_heads`, with the outputs of a detector after those of the classes."""
        detector = fold_detector(X, rows[:, 1], sample_weight, len(self.domains_))
        heads = self._fit_heads(X, rows, Cs, sample_weight)
        return [Head.stacked([head, detector]) for head in heads]

    def _without_encoder(self) -> StanceClassifier:
        """What other processes get: fitting heads needs no encoder, and it may be large."""
        twin = copy(self)
        twin.encoder = None
        twin.__dict__.pop("features_", None)  # of an earlier fit
        return twin

    def _counts(self, codes: np.ndarray) -> list[np.ndarray]:
        """What each passage counts for each set of weights."""
        if self.n_sets_ == 1:
            return [np.ones(len(codes))]
        counts = [
            np.where(codes == domain, 1.0, self._share(name))
            for domain, name in enumerate(self.domains_)
        ]
        # A small domain may be held out as a whole: then all passages have to do.
        return [own if own.any() else np.ones(len(codes)) for own in counts]

    @property
    def n_sets_(self) -> int:
        """How many sets of weights there are: one, or one a domain."""
        are_shared = all(self._share(name) == 1 for name in self.domains_)
        return 1 if are_shared else len(self.domains_)

    def _share(self, domain: str) -> float:
        sharing = self.sharing
        return sharing.get(domain, 1.0) if isinstance(sharing, dict) else sharing

    def _check_own_settings(self) -> None:
        if self.lean is not None and not 0 <= self.lean <= 1:
            raise InputError(f"got lean={self.lean!r}; expected None or a number from 0 to 1")
        weight = self.encoder_weight
        if not isinstance(weight, Real) or not 0 < float(weight) < np.inf:
            raise InputError(f"got encoder_weight={weight!r}; expected a number above 0")

    def _check_sharing(self) -> None:
        for name in self.sharing if isinstance(self.sharing, dict) else ():
            if name not in self.domains_:
                raise InputError(unknown_name("domain", str(name), self.domains_))
        for name in self.domains_:
            if not 0 <= self._share(name) <= 1:
                raise InputError(f"got sharing={self.sharing!r}; expected numbers from 0 to 1")

    def _by_domain(self, scores: np.ndarray) -> np.ndarray:
        """Scores as `Calibration.proba` takes them."""
        if self.n_sets_ == 1:
            return scores
        return scores.reshape(len(scores), self.n_sets_, len(self.classes_))

    def _class_weight(self) -> dict[int, float] | str | None:
        """``class_weight`` with columns in place of names."""
        if not isinstance(self.class_weight, dict):
            return self.class_weight
        for name in self.class_weight:
            if name not in self.classes_:
                raise InputError(unknown_name("label", str(name), list(self.classes_)))
        return {
            column: self.class_weight.get(name, 1.0) for column, name in enumerate(self.classes_)
        }

    def __sklearn_tags__(self) -> Any:
        return reads_text(super().__sklearn_tags__())


def _middle_of_best(macro_f1: dict[float, float]) -> float:
    """The middle of the leans that are as good as the best one.

    The curve is flat at its top, and which lean is highest there is chance.
    """
    best = max(macro_f1.values())
    as_good = [lean for lean, found in macro_f1.items() if found >= best - _AS_GOOD]
    return sorted(as_good)[len(as_good) // 2]


def _macro_f1(y: np.ndarray, found: np.ndarray, weight: np.ndarray, n_classes: int) -> float:
    """Macro F1 over the classes that occur; scikit-learn's takes far longer, to check its input."""
    cells = np.bincount(y * n_classes + found, weights=weight, minlength=n_classes**2)
    counts = cells.reshape(n_classes, n_classes)
    of_class = counts.sum(axis=0) + counts.sum(axis=1)
    occurs = of_class > 0
    return float(np.mean(2 * counts.diagonal()[occurs] / of_class[occurs]))
