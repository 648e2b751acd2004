"""Which kinds of argument a passage uses: any number of frames, each with its own threshold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import f1_score

from stancekit.calibration import best_threshold, fit_platt
from stancekit.errors import InputError
from stancekit.features import check_texts, reads_text
from stancekit.labels import unknown_name
from stancekit.linear import (
    Head,
    check_settings,
    check_weights,
    fit_path,
    held_out_scores,
    one_thread,
    rows_that_count,
)
from stancekit.parameters import check_fitted
from stancekit.readings import FrameReading
from stancekit.splits import grouped_folds

__all__ = ["FrameClassifier"]


class FrameClassifier(FrameReading, ClassifierMixin, BaseEstimator):
    """TF-IDF and a logistic regression a frame, calibrated and cut on held-out folds.

    A scikit-learn multi-label estimator over sequences of passages. It reads words alone: a
    sentence encoder, as `StanceClassifier` may have, was not tried for frames.

    Parameters
    ----------
    frames : sequence of str or None, default=None
        The frames, in column order. By default those that `fit` finds, sorted.
    ngram_range, min_df, max_features, ignore_names, Cs, n_folds, random_state, n_jobs
        As in `StanceClassifier`.
    class_weight : "balanced" or None, default=None

    Attributes
    ----------
    classes_ : ndarray of shape (n_frames,), str; the columns of `predict` and `predict_proba`
    thresholds_ : ndarray of shape (n_frames,), in [0.05, 0.95]; a frame is marked from here on
    C_ : float; one for all frames, chosen by mean held-out log loss
    log_loss_ : dict of float to float
    features_ : TextFeatures
    head_ : Head; weights with the calibration folded in
    """

    def fit(
        self,
        texts: Sequence[str],
        y: Sequence[Sequence[str]] | np.ndarray,
        sample_weight: Sequence[float] | None = None,
        groups: Sequence[Any] | None = None,
    ) -> FrameClassifier:
        """Learn terms, weights, calibration and thresholds.

        Parameters
        ----------
        texts : sequence of str, the passages
        y : sequence of lists of frame names, or array of shape (n_passages, n_frames), 0 or 1
            The names of an array's columns are ``frames`` of the constructor, else the columns of
            a DataFrame, else "0", "1" and so on.
        sample_weight, groups
            As in `StanceClassifier.fit`. Thresholds count each passage once, whatever its weight.

        Raises
        ------
        InputError
            For a bare string, lengths that differ, an unknown frame, a frame that no passage or
            every passage has, or constructor arguments that make no sense.
        """
        check_settings(self)
        passages = check_texts(texts)
        weight = check_weights(sample_weight, len(passages))
        names, Y = _indicator(y, None if self.frames is None else list(self.frames))
        passages, rows, groups = rows_that_count(weight, passages=passages, frames=Y, groups=groups)
        Y, weight = np.array(rows), weight[weight > 0]
        _check_counts(names, Y)
        self.classes_ = np.array(names, dtype=object)
        with one_thread():
            scale, bias = self._calibrate(passages, Y, weight, groups)
            self.features_ = self._words
            X = self.features_.fit_transform(passages)
            head = self._fit_heads(X, Y, [self.C_], weight)[0]
        self.head_ = head.scaled(scale, bias)
        return self

    def score(
        self,
        X: Sequence[str],
        y: Sequence[Sequence[str]] | np.ndarray,
        sample_weight: Sequence[float] | None = None,
    ) -> float:
        """Macro F1 over the frames, in [0, 1]; a frame without a case counts 0."""
        found, Y = self.predict(X), self.indicator(y)
        return float(
            f1_score(Y, found, average="macro", sample_weight=sample_weight, zero_division=0)
        )

    def indicator(self, y: Sequence[Sequence[str]] | np.ndarray) -> np.ndarray:
        """Lists of frame names as the array that `predict` gives: (n_passages, n_frames)."""
        check_fitted(self, "classes_")
        return _indicator(y, list(self.classes_))[1]

    def _calibrate(
        self,
        texts: list[str],
        Y: np.ndarray,
        weight: np.ndarray,
        groups: Sequence[Any] | None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Set C_, log_loss_ and thresholds_; return scale and bias a frame for the chosen C."""
        held_out = held_out_scores(
            texts,
            y=Y,
            features=self._words,
            fit_heads=self._fit_heads,
            folds=grouped_folds(
                Y,
                groups,
                n_folds=self.n_folds,
                random_state=self.random_state,
                names=list(self.classes_),
            ),
            Cs=list(self.Cs),
            sample_weight=weight,
            n_jobs=self.n_jobs,
        )
        corrections = {
            C: np.array([fit_platt(s, y, weight) for s, y in zip(scores.T, Y.T, strict=True)])
            for C, scores in held_out.items()
        }
        self.log_loss_ = {C: float(found[:, 2].mean()) for C, found in corrections.items()}
        self.C_ = min(corrections, key=lambda C: (self.log_loss_[C], C))
        scale, bias, _ = corrections[self.C_].T
        proba = expit(held_out[self.C_] * scale + bias)
        self.thresholds_ = np.array(
            [best_threshold(p, y) for p, y in zip(proba.T, Y.T, strict=True)]
        )
        return scale, bias

    def _fit_heads(
        self, X: csr_matrix, Y: np.ndarray, Cs: Sequence[float], sample_weight: np.ndarray
    ) -> list[Head]:
        by_frame = [self._fit_frame(X, y, Cs, sample_weight) for y in Y.T]
        return [Head.stacked(heads) for heads in zip(*by_frame, strict=True)]

    def _fit_frame(
        self, X: csr_matrix, y: np.ndarray, Cs: Sequence[float], sample_weight: np.ndarray
    ) -> list[Head]:
        """Heads of one output each, whose sigmoid is the probability of the frame."""
        heads = fit_path(X, y, Cs, sample_weight, self.class_weight)
        return [Head(2 * head.coef[1:], 2 * head.intercept[1:]) for head in heads]

    def __sklearn_tags__(self) -> Any:
        tags = reads_text(super().__sklearn_tags__())
        tags.classifier_tags.multi_label = True
        return tags


def _check_counts(names: list[str], Y: np.ndarray) -> None:
    if not names:
        raise InputError("no passage has a frame; expected at least one, or leave frames out")
    for name, count in zip(names, Y.sum(axis=0).tolist(), strict=True):
        if count in (0, len(Y)):
            which = "no passage" if count == 0 else "every passage"
            raise InputError(
                f"frame {name!r} is in {which}, so nothing can be learnt of it; leave it out"
            )


def _indicator(
    y: Sequence[Sequence[str]] | np.ndarray, names: list[str] | None
) -> tuple[list[str], np.ndarray]:
    """Frame names and the 0/1 matrix, from lists of names or from a matrix."""
    if getattr(y, "ndim", 1) == 2:
        return _of_matrix(y, names)
    lists = [_as_list(row) for row in y]
    found = names or sorted({name for row in lists for name in row})
    column = {name: place for place, name in enumerate(found)}
    Y = np.zeros((len(lists), len(found)), dtype=int)
    for place, row in enumerate(lists):
        for name in row:
            if name not in column:
                raise InputError(unknown_name("frame", name, found))
            Y[place, column[name]] = 1
    return found, Y


def _of_matrix(y: Any, names: list[str] | None) -> tuple[list[str], np.ndarray]:
    matrix = np.asarray(y)
    found = names or [str(name) for name in getattr(y, "columns", range(matrix.shape[1]))]
    if len(found) != matrix.shape[1]:
        raise InputError(f"got {matrix.shape[1]} columns for {len(found)} frames")
    if not np.isin(matrix, (0, 1)).all():
        raise InputError("got frames with values other than 0 and 1; expected only those")
    return found, matrix.astype(int)


def _as_list(row: Sequence[str]) -> list[str]:
    if isinstance(row, str) or not isinstance(row, Iterable):
        raise InputError(f"got {row!r} as the frames of a passage; expected a list of names")
    names = list(row)
    for name in names:
        if not isinstance(name, str):
            raise InputError(
                f"got {name!r} as a frame; expected names, or an array of zeros and ones"
            )
    return names
