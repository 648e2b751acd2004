"""What the two classifiers share: linear heads over TF-IDF, and their scores on held-out folds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix

from stancekit.errors import InputError
from stancekit.features import TextFeatures

__all__ = ["DEFAULT_CS", "Head", "HeldOut", "check_weights", "held_out_scores"]

# Inverse strengths of regularisation that cross-validation chooses from.
DEFAULT_CS = (0.3, 1.0, 3.0, 10.0, 30.0)


@dataclass(frozen=True)
class Head:
    """Weights of a linear model: scores are ``X @ coef.T + intercept``.

    Attributes
    ----------
    coef : ndarray of shape (n_outputs, n_features)
    intercept : ndarray of shape (n_outputs,)
    """

    coef: np.ndarray
    intercept: np.ndarray

    def scores(self, X: csr_matrix) -> np.ndarray:
        """Decision scores of shape (n_passages, n_outputs)."""
        return np.asarray(X @ self.coef.T + self.intercept)

    def scaled(self, scale: np.ndarray | float, bias: np.ndarray) -> Head:
        """The head whose scores are ``scale * scores + bias``: a calibration folded in."""
        by_output = np.broadcast_to(scale, self.intercept.shape)
        return Head(self.coef * by_output[:, None], self.intercept * by_output + bias)


FitHead = Callable[[csr_matrix, np.ndarray, float, "np.ndarray | None"], Head]
HeldOut = dict[float, np.ndarray]


def held_out_scores(
    texts: Sequence[str],
    y: np.ndarray,
    *,
    features: TextFeatures,
    fit_head: FitHead,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    Cs: Sequence[float],
    sample_weight: np.ndarray | None = None,
    n_jobs: int | None = None,
) -> HeldOut:
    """Scores of each passage by heads that did not see its fold, for each ``C`` of ``Cs``.

    ``features`` holds settings only: each fold learns its own terms. Folds must cover every
    passage once. Returns a dict from C to an ndarray of shape (n_passages, n_outputs).
    """
    rows = Parallel(n_jobs=n_jobs)(
        delayed(_score_fold)(texts, y, features, fit_head, train, held_out, Cs, sample_weight)
        for train, held_out in folds
    )
    order = np.argsort(np.concatenate([held_out for _, held_out in folds]))
    return {C: np.concatenate([fold[k] for fold in rows])[order] for k, C in enumerate(Cs)}


def _score_fold(
    texts: Sequence[str],
    y: np.ndarray,
    settings: TextFeatures,
    fit_head: FitHead,
    train: np.ndarray,
    held_out: np.ndarray,
    Cs: Sequence[float],
    sample_weight: np.ndarray | None,
) -> list[np.ndarray]:
    features = TextFeatures(**settings.get_params())
    X = features.fit_transform([texts[row] for row in train])
    X_held_out = features.transform([texts[row] for row in held_out])
    weight = None if sample_weight is None else sample_weight[train]
    return [fit_head(X, y[train], C, weight).scores(X_held_out) for C in Cs]


def check_weights(sample_weight: Sequence[float] | None, n_passages: int) -> np.ndarray | None:
    """``sample_weight`` as floats of shape (n_passages,), finite and not negative, or None."""
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (n_passages,):
        raise InputError(
            f"got sample_weight of shape {weight.shape} for {n_passages} passages; "
            "expected one number a passage"
        )
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise InputError("sample_weight holds a negative or missing number; expected 0 or more")
    return weight
