"""Scores of an estimator on passages that it was not fitted on, whole groups held out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stancekit.checks import check_names, read_indicator
from stancekit.errors import InputError
from stancekit.evaluation import (
    Evaluation,
    FrameEvaluation,
    score,
    score_frames,
)
from stancekit.splits import Index, as_array, grouped_folds

__all__ = ["HeldOut", "cross_validate", "cross_validate_frames", "out_of_fold"]


@dataclass(frozen=True)
class HeldOut:
    """What models said of passages that they were not fitted on.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,), in the order of the columns of ``proba``
    predicted : ndarray of shape (n_passages,) or (n_passages, n_classes), as ``predict`` returns it
    proba : ndarray of shape (n_passages, n_classes), or None for a model without ``predict_proba``
    """

    classes: NDArray[Any]
    predicted: NDArray[Any]
    proba: NDArray[np.float64] | None


def cross_validate(
    estimator: Any,
    texts: Sequence[str],
    labels: Iterable[Any],
    *,
    groups: Iterable[Any] | None = None,
    n_folds: int = 5,
    n_jobs: int | None = None,
    random_state: int = 0,
    targets: Iterable[str | None] | None = None,
    fit_params: Mapping[str, Iterable[Any] | None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    n_bootstrap: int = 2000,
    level: float = 0.95,
) -> Evaluation:
    """Score an estimator on passages that a clone of it, fitted on other groups, has not seen.

    The predictions of all folds are scored together. The intervals tell how the scores vary with
    the passages, not how they vary with another training set.

    Parameters
    ----------
    estimator : classifier of texts; it is not fitted itself
    texts, labels, groups, n_bootstrap, level
        As in `evaluate`.
    n_folds, random_state
        As in `grouped_folds`. Each label must stand in 3 groups, so that training parts hold it in
        the two that the classifiers need to calibrate.
    n_jobs, targets, fit_params, progress
        As in `out_of_fold`.

    Raises
    ------
    InputError
        As in `score`, and when the passages cannot be parted into folds.
    """
    folds = grouped_folds(labels, groups, n_folds=n_folds, random_state=random_state, n_left=2)
    held_out = out_of_fold(
        estimator,
        texts,
        labels,
        folds,
        groups=groups,
        targets=targets,
        fit_params=fit_params,
        n_jobs=n_jobs,
        progress=progress,
    )
    return score(
        labels,
        held_out.predicted,
        groups=groups,
        proba=held_out.proba,
        labels=held_out.classes,
        n_bootstrap=n_bootstrap,
        level=level,
        random_state=random_state,
    )


def cross_validate_frames(
    estimator: Any,
    texts: Sequence[str],
    Y: Any,
    *,
    frames: Iterable[Any],
    groups: Iterable[Any] | None = None,
    n_folds: int = 5,
    n_jobs: int | None = None,
    random_state: int = 0,
    fit_params: Mapping[str, Iterable[Any] | None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    n_bootstrap: int = 2000,
    level: float = 0.95,
) -> FrameEvaluation:
    """`cross_validate` for frames.

    Parameters
    ----------
    estimator : classifier of texts that is fitted on, and predicts, an indicator matrix
    Y : array of shape (n_passages, n_frames), zeros and ones
    frames : sequence of shape (n_frames,), names of the columns
    texts, groups, n_folds, n_jobs, random_state, fit_params, progress, n_bootstrap, level
        As in `cross_validate`.
    """
    names = check_names(frames, "frame")
    gold = read_indicator(Y, names, "gold").astype(int)
    folds = grouped_folds(
        gold, groups, n_folds=n_folds, random_state=random_state, n_left=2, names=names
    )
    held_out = out_of_fold(
        estimator,
        texts,
        gold,
        folds,
        groups=groups,
        fit_params=fit_params,
        n_jobs=n_jobs,
        progress=progress,
    )
    return score_frames(
        gold,
        held_out.predicted,
        frames=names,
        groups=groups,
        n_bootstrap=n_bootstrap,
        level=level,
        random_state=random_state,
    )


def out_of_fold(
    estimator: Any,
    texts: Sequence[str],
    y: Any,
    folds: Sequence[tuple[Index, Index]],
    *,
    groups: Iterable[Any] | None = None,
    targets: Iterable[str | None] | None = None,
    fit_params: Mapping[str, Iterable[Any] | None] | None = None,
    n_jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> HeldOut:
    """Predict each passage by a clone of the estimator that was fitted without its fold.

    Parameters
    ----------
    estimator : classifier of texts; it is not fitted itself
    texts : sequence of str, the passages
    y : array-like of shape (n_passages,) or (n_passages, n_labels)
    folds : list of (train, held_out)
        As `grouped_folds` returns them.
    groups : sequence of shape (n_passages,), optional
        Passed to ``fit`` where it names an argument ``groups``. A pipeline or a grid search does
        not: give those what they take by ``fit_params``.
    targets : sequence of shape (n_passages,), optional
        What each passage takes a stance on; passed to ``fit`` and ``predict``.
    fit_params : mapping of str to sequence of shape (n_passages,), optional
        More for ``fit``, such as ``sample_weight``; each clone gets the part of its passages.
    n_jobs : int, optional
        Folds fitted at a time, as in joblib.
    progress : callable, optional
        Called with the number of folds done and of all folds, after each.

    Returns
    -------
    HeldOut

    Raises
    ------
    InputError
        For texts that are no strings, or lengths that differ.
    """
    from joblib import Parallel, delayed
    from sklearn.utils.validation import has_fit_parameter

    from stancekit.features import check_texts

    passages, labels = check_texts(texts), as_array(y, "labels")
    params = {name: values for name, values in (fit_params or {}).items() if values is not None}
    if groups is not None and has_fit_parameter(estimator, "groups"):
        params = {"groups": groups, **params}
    told = {} if targets is None else {"targets": np.array(list(targets), dtype=object)}
    aligned = {name: as_array(values, f"values of {name}") for name, values in params.items()}
    for name, values in {"labels": labels, **aligned, **told}.items():
        if len(values) != len(passages):
            raise InputError(f"got {len(values)} {name} for {len(passages)} passages")
    done = []
    tasks = (
        delayed(_predict_fold)(estimator, passages, labels, fold, aligned, told) for fold in folds
    )
    # In order, so that memory and results do not depend on which fold happens to end first.
    for part in Parallel(n_jobs=n_jobs, return_as="generator")(tasks):
        done.append(part)
        if progress is not None:
            progress(len(done), len(folds))
    return _join([held for _, held in folds], done)


def _predict_fold(
    estimator: Any,
    texts: list[str],
    y: NDArray[Any],
    fold: tuple[Index, Index],
    aligned: dict[str, NDArray[Any]],
    told: dict[str, NDArray[Any]],
) -> HeldOut:
    """``aligned`` goes to ``fit``, ``told`` to ``predict`` too."""
    from sklearn.base import clone

    train, held_out = fold
    params = {name: values[train] for name, values in {**aligned, **told}.items()}
    model = clone(estimator).fit([texts[row] for row in train], y[train], **params)
    passages = [texts[row] for row in held_out]
    asked = {name: values[held_out] for name, values in told.items()}
    proba = model.predict_proba(passages, **asked) if hasattr(model, "predict_proba") else None
    predicted = np.asarray(model.predict(passages, **asked))
    return HeldOut(np.asarray(model.classes_), predicted, proba)


def _join(rows: list[Index], parts: list[HeldOut]) -> HeldOut:
    """The parts in the order of the passages."""
    classes = parts[0].classes
    if any(not np.array_equal(part.classes, classes) for part in parts):
        raise InputError("the folds learnt different labels; expected every label in each of them")
    order = np.concatenate(rows).argsort()
    probas = [part.proba for part in parts if part.proba is not None]
    return HeldOut(
        classes,
        np.concatenate([part.predicted for part in parts])[order],
        np.concatenate(probas)[order] if probas else None,
    )
