"""From scores to probabilities that mean what they say, fitted on held-out passages."""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax

__all__ = ["best_threshold", "fit_platt", "fit_temperature"]

# Weight of the pull towards "no correction", in passages: a handful of held-out passages must not
# turn scores into certainties.
_PRIOR = 1.0


def fit_temperature(
    scores: np.ndarray, y: np.ndarray, sample_weight: np.ndarray
) -> tuple[float, np.ndarray, float]:
    """Scale and shift class scores so that their softmax is calibrated.

    Parameters
    ----------
    scores : ndarray of shape (n_passages, n_classes)
        Held-out decision scores.
    y : ndarray of shape (n_passages,), int
        Column of the right class.
    sample_weight : ndarray of shape (n_passages,)

    Returns
    -------
    scale : float, > 0; one over the temperature
    bias : ndarray of shape (n_classes,), sums to 0
    loss : float; mean negative log-likelihood after the correction

    References
    ----------
    Alexandari, Kundaje, Shrikumar (2020), ICML: bias-corrected temperature scaling, after
    Guo, Pleiss, Sun, Weinberger (2017), ICML, section 4.2. It has one temperature for all classes,
    and folds into a linear model's weights.
    """
    from scipy.optimize import minimize

    n_passages, n_classes = scores.shape
    right = np.zeros_like(scores)
    right[np.arange(n_passages), y] = sample_weight

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        scale, bias = np.exp(parameters[0]), parameters[1:]
        log_proba = log_softmax(scale * scores + bias, axis=1)
        error = sample_weight[:, None] * np.exp(log_proba) - right
        slope = np.concatenate([[np.sum(error * scores) * scale], error.sum(axis=0)])
        value = _PRIOR * parameters @ parameters / 2 - np.sum(right * log_proba)
        return value, slope + _PRIOR * parameters

    found = minimize(loss, np.zeros(1 + n_classes), jac=True, method="L-BFGS-B").x
    scale, bias = float(np.exp(found[0])), found[1:] - found[1:].mean()
    likelihood = log_softmax(scale * scores + bias, axis=1)[np.arange(n_passages), y]
    return scale, bias, float(-np.average(likelihood, weights=sample_weight))


def fit_platt(
    scores: np.ndarray, y: np.ndarray, sample_weight: np.ndarray
) -> tuple[float, float, float]:
    """Scale and shift of one yes-or-no score: `expit(scale * score + bias)` is calibrated.

    Parameters
    ----------
    scores : ndarray of shape (n_passages,), held-out
    y : ndarray of shape (n_passages,), 0 or 1
    sample_weight : ndarray of shape (n_passages,)

    Returns
    -------
    scale, bias, loss : float; as in `fit_temperature`

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines.
    """
    # The logistic loss of one score is the softmax loss of the pair (-score/2, score/2).
    pair = np.column_stack([-scores / 2, scores / 2])
    scale, bias, loss = fit_temperature(pair, y.astype(int), sample_weight)
    return scale, float(bias[1] - bias[0]), loss


def best_threshold(probabilities: np.ndarray, y: np.ndarray) -> float:
    """The probability from which on to say yes, for the highest F1 on held-out passages.

    Parameters
    ----------
    probabilities : ndarray of shape (n_passages,), in [0, 1]
    y : ndarray of shape (n_passages,), 0 or 1

    Returns
    -------
    float in [0.05, 0.95]; 0.5 when there is no yes among ``y``. It lies midway between two
    probabilities, so that rounding does not decide.
    """
    if not y.any():
        return 0.5
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    f1 = 2 * np.cumsum(y[order]) / (np.arange(1, len(y) + 1) + y.sum())
    # A threshold cannot part passages of equal probability.
    ends = np.flatnonzero(np.append(ranked[:-1] > ranked[1:], True))
    last = ends[np.argmax(f1[ends])]
    below = ranked[last + 1] if last + 1 < len(ranked) else 0.0
    return float(np.clip((ranked[last] + below) / 2, 0.05, 0.95))
