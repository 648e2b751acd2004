"""What the two classifiers share: linear heads over TF-IDF, and their scores on held-out folds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import softmax

from stancekit.errors import InputError
from stancekit.features import TextFeatures, beside

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    from stancekit.joint import JointFeatures

__all__ = [
    "DEFAULT_CS",
    "Head",
    "check_settings",
    "check_weights",
    "fit_path",
    "held_out_scores",
    "one_thread",
    "rows_that_count",
]

# Inverse strengths of regularisation that cross-validation chooses from.
DEFAULT_CS = (0.3, 1.0, 3.0, 10.0, 30.0)

# Newton steps: on sparse text they take less time than scikit-learn's default solver, lbfgs, and
# end nearer the optimum. At the default 1e-4 a step of the path over C may not be taken at all.
_SOLVER = "newton-cg"
_TOLERANCE = 1e-6
_MAX_ITER = 1000


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
            # A copy: a warm start goes on in the same arrays.
            return cls(model.coef_.copy(), model.intercept_.copy())
        # With two classes scikit-learn keeps the second one's row, the difference of the two.
        return cls(
            np.vstack([-model.coef_, model.coef_]) / 2,
            np.concatenate([-model.intercept_, model.intercept_]) / 2,
        )

    @classmethod
    def stacked(cls, heads: Sequence[Head]) -> Head:
        """One head with the outputs of several, one after the other."""
        return cls(
            np.vstack([head.coef for head in heads]),
            np.concatenate([head.intercept for head in heads]),
        )

    def scores(self, X: csr_matrix) -> np.ndarray:
        """Decision scores of shape (n_passages, n_outputs)."""
        return np.asarray(X @ self._by_feature + self.intercept)

    @cached_property
    def _by_feature(self) -> np.ndarray:
        """The weights of each feature side by side, as a product with sparse rows needs them."""
        return np.ascontiguousarray(self.coef.T)

    def proba(self, X: csr_matrix) -> np.ndarray:
        """Softmax of the scores: shape (n_passages, n_outputs), rows sum to 1."""
        return np.asarray(softmax(self.scores(X), axis=1))

    def scaled(self, scale: np.ndarray, bias: np.ndarray) -> Head:
        """The head whose scores are ``scale * scores + bias``: a calibration folded in.

        ``scale`` and ``bias`` have a number for each output.
        """
        return Head(self.coef * scale[:, None], self.intercept * scale + bias)


FitHeads = Callable[[csr_matrix, np.ndarray, Sequence[float], np.ndarray], list[Head]]


def held_out_scores(
    texts: Sequence[str],
    targets: Sequence[str] | None = None,
    *,
    y: np.ndarray,
    features: TextFeatures | JointFeatures,
    fit_heads: FitHeads,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    Cs: Sequence[float],
    sample_weight: np.ndarray,
    axes: np.ndarray | None = None,
    n_jobs: int | None = None,
) -> dict[float, np.ndarray]:
    """Scores of each passage by heads that did not see its fold, for each ``C`` of ``Cs``.

    ``features`` holds settings only: each fold learns its own terms, and is given ``targets``
    beside the texts where there are any. ``axes``, of shape (n_passages, n_axes), are further
    features, of which nothing is learnt. Folds must cover every passage once. Returns a dict from C
    to an ndarray of shape (n_passages, n_outputs).
    """
    from joblib import Parallel, delayed

    columns = [texts] if targets is None else [texts, targets]
    rows = Parallel(n_jobs=n_jobs)(
        delayed(_score_fold)(
            columns, y, features, fit_heads, train, held_out, Cs, sample_weight, axes
        )
        for train, held_out in folds
    )
    order = np.argsort(np.concatenate([held_out for _, held_out in folds]))
    return {C: np.concatenate([fold[k] for fold in rows])[order] for k, C in enumerate(Cs)}


def _score_fold(
    columns: Sequence[Sequence[str]],
    y: np.ndarray,
    settings: TextFeatures | JointFeatures,
    fit_heads: FitHeads,
    train: np.ndarray,
    held_out: np.ndarray,
    Cs: Sequence[float],
    sample_weight: np.ndarray,
    axes: np.ndarray | None,
) -> list[np.ndarray]:
    from sklearn.base import clone

    features = clone(settings)
    with one_thread():
        X = features.fit_transform(*_take(columns, train))
        X_held_out = features.transform(*_take(columns, held_out))
        if axes is not None:
            X, X_held_out = beside(X, axes[train]), beside(X_held_out, axes[held_out])
        heads = fit_heads(X, y[train], Cs, sample_weight[train])
        return [head.scores(X_held_out) for head in heads]


def _take(columns: Sequence[Sequence[str]], rows: np.ndarray) -> list[list[str]]:
    return [[column[row] for row in rows] for column in columns]


def one_thread() -> threadpool_limits:
    """A context in which linear algebra keeps to one thread.

    The vectors are short: threads wait for each other more than they work, on busy cores many
    times as long, and the order in which they add would change the last digits of a model.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def fit_path(
    X: csr_matrix,
    y: np.ndarray,
    Cs: Sequence[float],
    sample_weight: np.ndarray,
    class_weight: dict[int, float] | str | None = None,
) -> list[Head]:
    """A logistic regression for each ``C``, each begun where the one before it ended."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        class_weight=class_weight,
        solver=_SOLVER,
        tol=_TOLERANCE,
        max_iter=_MAX_ITER,
        warm_start=True,
    )
    return [Head.of(model.set_params(C=C).fit(X, y, sample_weight=sample_weight)) for C in Cs]


def check_settings(classifier: Any) -> None:
    """Refuse constructor arguments that both classifiers have and no fit can work with.

    Those for the terms are checked by `TextFeatures`.

    Raises
    ------
    InputError
    """
    Cs, n_folds, seed = classifier.Cs, classifier.n_folds, classifier.random_state
    if not isinstance(Cs, Iterable) or not list(Cs) or not all(map(_is_strength, Cs)):
        raise InputError(f"got Cs={Cs!r}; expected a list of numbers above 0")
    if not isinstance(n_folds, Integral) or n_folds < 2:
        raise InputError(f"got n_folds={n_folds!r}; expected a whole number from 2 on")
    if not isinstance(seed, Integral) or seed < 0:
        raise InputError(f"got random_state={seed!r}; expected a whole number from 0 on")


def _is_strength(C: object) -> bool:
    return isinstance(C, Real) and 0 < float(C) < np.inf


def check_weights(sample_weight: Iterable[float] | None, n_passages: int) -> np.ndarray:
    """``sample_weight`` as floats of shape (n_passages,); ones for None.

    Raises
    ------
    InputError
        For another length, a negative, infinite or missing number, or no number above 0.
    """
    if sample_weight is None:
        return np.ones(n_passages)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (n_passages,):
        raise InputError(
            f"got sample_weight of shape {weight.shape} for {n_passages} passages; "
            "expected one number a passage"
        )
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise InputError(
            "sample_weight holds a negative, infinite or missing number, or nothing but zeros; "
            "expected numbers from 0 on"
        )
    return weight


def rows_that_count(weight: np.ndarray, **columns: Any) -> list[Any]:
    """Each column without the rows of weight 0, as lists; None stays None.

    Raises
    ------
    InputError
        For a column of another length than ``weight``, or a bare string.
    """
    kept = np.flatnonzero(weight)
    found: list[Any] = []
    for name, values in columns.items():
        if isinstance(values, str):
            raise InputError(f"got one string as {name}; expected a sequence with one a passage")
        cells = None if values is None else list(values)
        if cells is not None and len(cells) != len(weight):
            raise InputError(f"got {len(cells)} {name} for {len(weight)} passages")
        found.append(None if cells is None else [cells[row] for row in kept])
    return found
