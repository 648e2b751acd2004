"""How far `predict` leans towards rare labels: chosen on held-out folds, for macro F1."""

from __future__ import annotations

import numpy as np

from stancekit.domains import Calibration

__all__ = ["LEANS", "held_out_f1", "middle_of_best"]

LEANS = tuple(round(0.1 * step, 1) for step in range(11))
# Macro F1 differs by more than this when the folds are drawn anew.
_AS_GOOD = 0.01


def held_out_f1(
    calibration: Calibration,
    scores: np.ndarray,
    y: np.ndarray,
    is_of: np.ndarray,
    weight: np.ndarray,
    lean: float,
) -> float:
    """Macro F1 of the labels that a lean gives, mean over the domains; as `fit_calibration`."""
    found = []
    for domain, rows in enumerate(is_of.T):
        in_domain = np.zeros((int(rows.sum()), is_of.shape[1]))
        in_domain[:, domain] = 1
        best = calibration.proba(scores[rows], in_domain, lean).argmax(axis=1)
        found.append(_macro_f1(y[rows], best, weight[rows], scores.shape[-1]))
    return float(np.mean(found))


def middle_of_best(macro_f1: dict[float, float]) -> float:
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
