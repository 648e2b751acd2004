"""Which side a passage argues for: one label of several, with calibrated probabilities."""

from __future__ import annotations

import os
from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_is_fitted

from stancekit.domains import domain_codes, fit_calibration, fit_detector, fold_detector
from stancekit.encoders import Encoder, TextEncoder
from stancekit.errors import InputError
from stancekit.features import TextFeatures, beside, check_texts, reads_text
from stancekit.hedging import Assurance, fit_assurance
from stancekit.joint import JointFeatures, inputs_of, with_encoder
from stancekit.labels import check_labels
from stancekit.lean import LEANS, held_out_f1, middle_of_best
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
from stancekit.settings import check_stance_settings, class_weight_by_column
from stancekit.sharing import Sharing, rows_to_learn
from stancekit.splits import grouped_folds
from stancekit.targets import are_several, is_of_target, own_targets, target_names

__all__ = ["StanceClassifier"]


class StanceClassifier(ClassifierMixin, BaseEstimator):
    """TF-IDF and multinomial logistic regression, calibrated on held-out folds.

    A scikit-learn estimator over sequences of passages. Any label set will do. The vectors of a
    sentence encoder may join the words. Where passages take a stance on different targets, `fit`
    and `predict` are told the target of each.

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
        What passages of other domains (or targets), or of none, count for the weights of one, in
        [0, 1]. 1: all have the same weights. 0: each learns from its own passages alone. A dict
        gives it by name; those left out share in full.
    char_ngram_range : tuple of (int, int) or None, default=None
        Shortest and longest run of characters that makes a term beside the words; they help with
        tweets, hashtags and typing errors, and cost many times the time. None: words alone.
    min_per_target : int or None, default=100
        A target with so many passages, not all of one label, gets weights (as ``sharing`` says)
        and a calibration of its own. The others and those that `fit` never saw have one set in
        common, learnt from all passages. None: no target gets its own.
    cross_targets : bool, default=True
        Whether each word of a passage makes a term with each word of its target, where there are
        several targets. That is what carries over to targets that `fit` never saw.
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
    features_ : TextFeatures, or JointFeatures where more than words is read
    head_ : Head; weights of the scores, an output a class; where domains do not share all, the
        classes of the first domain, then those of the second, and so on
    domains_ : list of str, sorted; [""] when `fit` was given none; with targets those of
        ``targets_`` and, last, "" for all others
    targets_ : list of str, sorted; those with a calibration of their own; None without targets
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
        char_ngram_range: tuple[int, int] | None = None,
        min_per_target: int | None = 100,
        cross_targets: bool = True,
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
        self.char_ngram_range = char_ngram_range
        self.min_per_target = min_per_target
        self.cross_targets = cross_targets
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
        targets: Sequence[str | None] | None = None,
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
        targets : sequence of str or None
            What each passage takes a stance on, such as "nuclear power". For scores and a
            calibration that hold for targets yet unseen, give them as ``groups`` too. A passage
            without one (None) counts for what all targets have in common.

        Raises
        ------
        InputError
            For a bare string, lengths that differ, a single class, label typos, too few rows,
            constructor arguments that make no sense, domains and targets at once, or an encoder
            that cannot be loaded or gives no finite numbers of the right shape.
        MissingExtraError
            When ``encoder`` is a directory or name and sentence-transformers is not installed.
        """
        check_settings(self)
        check_stance_settings(self)
        passages = check_texts(texts)
        weight = check_weights(sample_weight, len(passages))
        passages, labels, groups, domains, targets = rows_that_count(
            weight, passages=passages, labels=y, groups=groups, domains=domains, targets=targets
        )
        weight = weight[weight > 0]
        names = np.array(check_labels(labels), dtype=object)
        self.classes_, columns = np.unique(names, return_inverse=True)
        aims = None if targets is None else target_names(targets, len(passages))
        codes, is_of = self._part(names, domains, aims)
        encoder = None if self.encoder is None else Encoder.open(self.encoder)
        # Outside of `one_thread`, which would slow an encoder down.
        axes = None if encoder is None else self.encoder_weight * encoder.encode(passages)
        features = self._features(crossed=self.cross_targets and are_several(aims or ()))
        reads = inputs_of(features, passages, aims)
        with one_thread():
            self._calibrate(features, reads, axes, columns, is_of, weight, groups)
            X = features.fit_transform(*reads)
            if axes is not None:
                X = beside(X, axes)
            self.features_ = with_encoder(features, encoder, self.encoder_weight)
            rows = np.column_stack([columns, is_of])
            self.head_ = self._fit_heads(X, rows, [self.C_], weight)[0]
            is_told = self.targets_ is not None or len(self.domains_) == 1
            self.detector_ = None if is_told else fit_detector(X, codes, weight)
        return self

    def predict(
        self, texts: Sequence[str], targets: Sequence[str | None] | None = None
    ) -> np.ndarray:
        """The label of each passage: ndarray of shape (n_passages,), str.

        The likeliest one, after leaning towards rare labels by ``lean_``. Every passage gets one,
        an empty one too: `Model.analyze` tells which passages can be read.

        Parameters
        ----------
        texts : sequence of str
        targets : sequence of str or None
            The target of each passage, where `fit` was given targets. One that it did not see,
            None, and leaving ``targets`` out: read by what all targets have in common.

        Raises
        ------
        InputError
            For a bare string, another number of targets, or targets where `fit` had none.
        """
        return self._look(texts, targets)[0]

    def predict_proba(
        self, texts: Sequence[str], targets: Sequence[str | None] | None = None
    ) -> np.ndarray:
        """Calibrated probabilities: shape (n_passages, n_classes), rows sum to 1.

        ``targets`` are as in `predict`.
        """
        return self._look(texts, targets)[1]

    def score(
        self,
        X: Sequence[str],
        y: Sequence[str],
        sample_weight: Sequence[float] | None = None,
        targets: Sequence[str | None] | None = None,
    ) -> float:
        """Accuracy of `predict`, in [0, 1]."""
        return float(accuracy_score(y, self.predict(X, targets), sample_weight=sample_weight))

    def read(self, X: csr_matrix, targets: Sequence[str] = ()) -> tuple[np.ndarray, np.ndarray]:
        """What `predict` and `predict_proba` give, of features that ``features_`` has made.

        ``targets`` has a name a row, or none at all.
        """
        scores = self._sharing.by_domain(self.head_.scores(X))
        in_domain = self.in_domain(X, targets)
        leaning = self.calibration_.proba(scores, in_domain, self.lean_)
        labels = np.asarray(self.classes_[leaning.argmax(axis=1)])
        return labels, self.calibration_.proba(scores, in_domain)

    def names_of(self, targets: Sequence[str | None] | None, n_passages: int) -> list[str]:
        """``targets`` as `read` takes them: a name a passage, or none at all for None.

        Raises InputError as `predict` does.
        """
        if targets is None:
            return []
        if self.targets_ is None:
            raise InputError("got targets, and `fit` had none; leave them out, or fit with targets")
        return target_names(targets, n_passages)

    def in_domain(self, X: csr_matrix, targets: Sequence[str] = ()) -> np.ndarray:
        """Probability of each domain or target: (n_passages, n_domains), rows sum to 1."""
        if self.detector_ is not None:
            return self.detector_.proba(X)
        is_own = np.zeros((X.shape[0], len(self.domains_) - 1))
        if self.targets_ and targets:
            is_own = is_of_target(targets, self.targets_)
        return _with_others(is_own)

    def domains_of(self, X: csr_matrix, targets: Sequence[str] = ()) -> np.ndarray:
        """The likeliest domain of each passage, its place in ``domains_``: shape (n_passages,)."""
        return np.asarray(self.in_domain(X, targets).argmax(axis=1))

    @property
    def terms_(self) -> TextFeatures:
        """The words of ``features_``, without what may stand beside them."""
        features = self.features_
        return features.words if isinstance(features, JointFeatures) else features

    @property
    def n_sets_(self) -> int:
        """How many sets of weights there are: one, or one a domain or target."""
        return self._sharing.n_sets

    @property
    def _sharing(self) -> Sharing:
        kind = "domain" if self.targets_ is None else "target"
        return Sharing(kind, self.domains_, self.sharing)

    def _look(
        self, texts: Sequence[str], targets: Sequence[str | None] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        check_is_fitted(self, "head_")
        passages = check_texts(texts)
        names = self.names_of(targets, len(passages))
        X = self.features_.transform(*inputs_of(self.features_, passages, names))
        return self.read(X, names)

    def _part(
        self, labels: np.ndarray, domains: Sequence[str | None] | None, aims: list[str] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The place of each passage's domain, and which passages calibrate each domain."""
        if aims is not None and domains is not None:
            raise InputError("got domains and targets; give the one that sets passages apart more")
        self.targets_: list[str] | None = None
        if aims is None:
            self.domains_, codes = domain_codes(domains, len(labels))
            is_of = codes[:, None] == np.arange(len(self.domains_))
        else:
            self.targets_ = own_targets(aims, list(labels), self.min_per_target)
            self.domains_, codes = [*self.targets_, ""], np.zeros(len(labels), dtype=np.intp)
            everything = np.ones((len(labels), 1), dtype=bool)
            is_of = np.hstack([is_of_target(aims, self.targets_), everything])
        self._sharing.check()
        return codes, is_of

    @property
    def _words(self) -> TextFeatures:
        """Words and word pairs yet to be learnt."""
        return TextFeatures(
            ngram_range=self.ngram_range, min_df=self.min_df, max_features=self.max_features
        )

    def _features(self, *, crossed: bool = False) -> TextFeatures | JointFeatures:
        """All terms yet to be learnt."""
        lengths = self.char_ngram_range
        if lengths is None and not crossed:
            return self._words
        more: dict[str, Any] = {"min_df": self.min_df, "max_features": self.max_features}
        return JointFeatures(
            self._words,
            None if lengths is None else TextFeatures(ngram_range=lengths, analyzer="char", **more),
            TextFeatures(ngram_range=(1, 1), **more) if crossed else None,
        )

    def _calibrate(
        self,
        features: TextFeatures | JointFeatures,
        reads: list[list[str]],
        axes: np.ndarray | None,
        y: np.ndarray,
        is_of: np.ndarray,
        weight: np.ndarray,
        groups: Sequence[Any] | None,
    ) -> None:
        """Choose C and the lean, and calibrate the scores, all on held-out folds."""
        found = held_out_scores(
            *reads,
            y=np.column_stack([y, is_of]),
            features=features,
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
        held_out = {
            C: self._sharing.by_domain(scores[:, :n_outputs]) for C, scores in found.items()
        }
        fitted = {C: fit_calibration(scores, y, is_of, weight) for C, scores in held_out.items()}
        self.log_loss_ = {C: loss for C, (_, loss) in fitted.items()}
        self.C_ = min(fitted, key=lambda C: (self.log_loss_[C], C))
        self.calibration_ = fitted[self.C_][0]
        chosen = self.calibration_, held_out[self.C_], y, is_of, weight
        leans = LEANS if self.lean is None else (float(self.lean),)
        self.macro_f1_ = {lean: held_out_f1(*chosen, lean) for lean in leans}
        self.lean_ = middle_of_best(self.macro_f1_)
        if self.targets_ is None:
            in_domain = softmax(found[self.C_][:, n_outputs:], axis=1)
        else:
            in_domain = _with_others(is_of[:, :-1])
        self.assurance_: Assurance | None = fit_assurance(
            self.calibration_, held_out[self.C_], in_domain, y, is_of, weight, self.lean_
        )

    def _fit_heads(
        self, X: csr_matrix, rows: np.ndarray, Cs: Sequence[float], sample_weight: np.ndarray
    ) -> list[Head]:
        """A head for each C; ``rows``: the class of each passage, then 0 or 1 for each domain."""
        y, is_of = rows[:, 0], rows[:, 1:] == 1
        class_weight = class_weight_by_column(self.class_weight, self.classes_.tolist())
        # Domains keep what counts nothing: the last digits of the shipped models hang on it.
        n_classes, paths = None if self.targets_ is None else len(self.classes_), []
        for counts in self._sharing.counts(is_of):
            own = rows_to_learn(counts, y, n_classes)
            weight = (sample_weight * counts)[own]
            paths.append(fit_path(X[own], y[own], Cs, weight, class_weight))
        return [Head.stacked(heads) for heads in zip(*paths, strict=True)]

    def _fit_fold(
        self, X: csr_matrix, rows: np.ndarray, Cs: Sequence[float], sample_weight: np.ndarray
    ) -> list[Head]:
        """`_fit_heads`, and of domains the outputs of a detector after those of the classes."""
        heads = self._fit_heads(X, rows, Cs, sample_weight)
        if self.targets_ is not None:
            return heads
        is_of = rows[:, 1:]
        codes = np.where(is_of.any(axis=1), is_of.argmax(axis=1), -1)
        detector = fold_detector(X, codes, sample_weight, len(self.domains_))
        return [Head.stacked([head, detector]) for head in heads]

    def _without_encoder(self) -> StanceClassifier:
        """What other processes get: fitting heads needs no encoder, and it may be large."""
        twin = copy(self)
        twin.encoder = None
        twin.__dict__.pop("features_", None)  # of an earlier fit
        return twin

    def __sklearn_tags__(self) -> Any:
        return reads_text(super().__sklearn_tags__())


def _with_others(is_own: np.ndarray) -> np.ndarray:
    """Which target each passage is read by, with a last column for all others."""
    return np.column_stack([is_own, 1.0 - is_own.sum(axis=1)])
