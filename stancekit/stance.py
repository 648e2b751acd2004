"""Which side a passage argues for: one label of several, with calibrated probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import accuracy_score

from stancekit.domains import domain_codes, fit_calibration, fit_detector, fold_detector
from stancekit.encoders import Encoder
from stancekit.errors import InputError
from stancekit.features import TextFeatures, beside, check_texts, reads_text
from stancekit.hedging import Assurance, fit_assurance
from stancekit.joint import JointFeatures, inputs_of, with_encoder
from stancekit.labels import check_labels
from stancekit.lean import LEANS, held_out_f1, middle_of_best
from stancekit.linear import (
    Head,
    check_settings,
    check_weights,
    fit_path,
    held_out_scores,
    one_thread,
    rows_that_count,
)
from stancekit.readings import StanceReading, with_others
from stancekit.settings import check_stance_settings, class_weight_by_column
from stancekit.sharing import rows_to_learn
from stancekit.splits import grouped_folds
from stancekit.targets import are_several, is_of_target, own_targets, target_names

__all__ = ["StanceClassifier"]


class StanceClassifier(StanceReading, ClassifierMixin, BaseEstimator):
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
    ignore_names : bool or sequence of str, default=False
        Whether proper names have no say in a label, so that it stays the same when another person,
        party, outlet or country is named. A sequence gives the words that are names. True: names
        are what the passages of `fit` write with a capital within sentences, which also holds of
        days and months, and in German of all nouns. An off-topic guard still reads them, and so
        does an encoder. Only words can be told from names: not for characters, and not for words
        crossed with those of targets.
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
        is_crossed = self.cross_targets and are_several(aims or ())
        if is_crossed and self.ignore_names:
            raise InputError(
                "got several targets with ignore_names; expected cross_targets=False beside it, as "
                "the terms made of a word and a target's word do not tell names from other words"
            )
        features = self._features(crossed=is_crossed)
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

    def score(
        self,
        X: Sequence[str],
        y: Sequence[str],
        sample_weight: Sequence[float] | None = None,
        targets: Sequence[str | None] | None = None,
    ) -> float:
        """Accuracy of `predict`, in [0, 1]."""
        return float(accuracy_score(y, self.predict(X, targets), sample_weight=sample_weight))

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
            in_domain = with_others(is_of[:, :-1])
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
