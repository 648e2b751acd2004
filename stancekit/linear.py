"""What the two classifiers share: linear heads over TF-IDF, and their scores on held-out folds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from stancekit.errors import InputError
from stancekit.features import TextFeatures

__all__ = ["DEFAULT_CS", "Head", "HeldOut", "check_weights", "fit_path", "held_out_scores"]

# Inverse strengths of regularisation that cross-validation chooses from.
DEFAULT_CS = (0.3, 1.0, 3.0, 10.0, 30.0)

# At scikit-learn's own 1e-4 the weights are not settled yet: labels still change until 1e-5.
_TOLERANCE = 1e-5
_MAX_ITER = 5000


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

    @classmethod
    def of(cls, model: LogisticRegression) -> Head:
        """The weights of a fitted multinomial model, an output a class."""
        if len(model.classes_) > 2:
            return cls(model.coef_, model.intercept_)
        # With two classes scikit-learn keeps the second one's row, the difference of the two.
        return cls(
            np.vstack([-model.coef_, model.coef_]) / 2,
            np.concatenate([-model.intercept_, model.intercept_]) / 2,
        )

    def scores(self, X: csr_matrix) -> np.ndarray:
        """Decision scores of shape (n_passages, n_outputs)."""
        return np.asarray(X @ self.coef.T + self.intercept)

    def proba(self, X: csr_matrix) -> np.ndarray:
        """Softmax of the scores: shape (n_passages, n_outputs), rows sum to 1."""
        return np.asarray(softmax(self.scores(X), axis=1))

    def scaled(self, scale: np.ndarray | float, bias: np.ndarray) -> Head:
        """The head whose scores are ``scale * scores + bias``: a calibration folded in."""
        by_output = np.broadcast_to(scale, self.intercept.shape)
        return Head(self.coef * by_output[:, None], self.intercept * by_output + bias)


FitHeads = Callable[[csr_matrix, np.ndarray, Sequence[float], "np.ndarray | None"], list[Head]]
HeldOut = dict[float, np.ndarray]


def held_out_scores(
    texts: Sequence[str],
    y: np.ndarray,
    *,
    features: TextFeatures,
    fit_heads: FitHeads,
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
        delayed(_score_fold)(texts, y, features, fit_heads, train, held_out, Cs, sample_weight)
        for train, held_out in folds
    )
    order = np.argsort(np.concatenate([held_out for _, held_out in folds]))
    return {C: np.concatenate([fold[k] for fold in rows])[order] for k, C in enumerate(Cs)}


def _score_fold(
    texts: Sequence[str],
    y: np.ndarray,
    settings: TextFeatures,
    fit_heads: FitHeads,
    train: np.ndarray,
    held_out: np.ndarray,
    Cs: Sequence[float],
    sample_weight: np.ndarray | None,
) -> list[np.ndarray]:
    features = clone(settings)
    X = features.fit_transform([texts[row] for row in train])
    X_held_out = features.transform([texts[row] for row in held_out])
    weight = None if sample_weight is None else sample_weight[train]
    return [head.scores(X_held_out) for head in fit_heads(X, y[train], Cs, weight)]


def fit_path(
    X: csr_matrix,
    y: np.ndarray,
    Cs: Sequence[float],
    sample_weight: np.ndarray | None,
    class_weight: dict[int, float] | str | None = None,
) -> list[Head]:
    """A logistic regression for each ``C``, each begun where the one before it ended."""
    model = LogisticRegression(
        class_weight=class_weight, max_iter=_MAX_ITER, tol=_TOLERANCE, warm_start=True
    )
    return [Head.of(model.set_params(C=C).fit(X, y, sample_weight=sample_weight)) for C in Cs]


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
