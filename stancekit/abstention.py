"""What a classifier gains by saying nothing where it is unsure: the risk-coverage curve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stancekit.bootstrap import Draws, Floats, Interval
from stancekit.checks import check_length, label_strings
from stancekit.errors import InputError
from stancekit.results import Result
from stancekit.splits import group_codes

__all__ = ["RiskCoverage", "RiskPoint", "risk_coverage"]

_N_POINTS = 20
# Weights of passages held at a time, as in stancekit.bootstrap: 16 MiB.
_MAX_WEIGHTS = 2**21


@dataclass(frozen=True)
class RiskPoint:
    """What is left when passages of less than ``confidence`` get no label."""

    confidence: float
    n_kept: int
    coverage: Interval
    risk: Interval


@dataclass(frozen=True)
class RiskCoverage(Result):
    """The curve of risk against coverage; see `risk_coverage` for what each is."""

    n_passages: int
    n_groups: int
    area: Interval
    points: tuple[RiskPoint, ...]
    n_bootstrap: int
    level: float
    random_state: int


def risk_coverage(
    y_true: Iterable[Any],
    y_pred: Iterable[Any],
    confidence: Any,
    *,
    groups: Iterable[Any] | None = None,
    n_bootstrap: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> RiskCoverage:
    """How often predictions are wrong among those that the classifier is surest of.

    Parameters
    ----------
    y_true, y_pred : sequence of shape (n_passages,), labels; compared as strings
    confidence : array of shape (n_passages,), finite
        How sure the classifier is, on any scale, as the probability of the predicted label.
    groups, n_bootstrap, level, random_state
        As in `stancekit.score`.

    Returns
    -------
    RiskCoverage
        ``points``, at most 20 and by ascending coverage: for every twentieth of the passages the
        highest confidence that keeps as many, with the coverage (the share of passages that have
        it or more) and the risk (the share of wrong predictions among those), both in [0, 1].
        Passages of equal confidence stay together. Intervals are those of the threshold: it is the
        same in all draws. A threshold chosen by looking at this table has a higher risk on other
        passages than stands here; choose it on others.
        ``area``: area under the curve in [0, 1], the mean of the risks at the confidence of each
        passage, less is better. Confidence that tells nothing gives about the risk of full
        coverage.

    Raises
    ------
    InputError
        As `stancekit.score`, and for confidence that is not a finite number for each passage.

    References
    ----------
    Geifman and El-Yaniv (2017), Selective classification for deep neural networks, NeurIPS,
    section 2 (coverage and selective risk). Geifman, Uziel and El-Yaniv (2019), Bias-reduced
    uncertainty estimation for deep neural classifiers, ICLR (the area, AURC).
    """
    gold, predicted = label_strings(y_true, "gold labels"), label_strings(y_pred, "predictions")
    check_length("predictions", len(predicted), len(gold))
    sure = _check_confidence(confidence, len(gold))
    wrong = np.array([one != other for one, other in zip(gold, predicted, strict=True)])
    draws = Draws(group_codes(groups, len(gold)), n_bootstrap, level, random_state)
    return RiskCoverage(
        n_passages=len(gold),
        n_groups=draws.n_groups,
        area=draws.interval(_areas(sure, wrong, draws)),
        points=_points(sure, wrong, draws),
        n_bootstrap=n_bootstrap,
        level=level,
        random_state=random_state,
    )


def _check_confidence(values: Any, n_passages: int) -> Floats:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.full(n_passages, np.nan)
    if array.shape != (n_passages,) or not np.isfinite(array).all():
        raise InputError(
            f"got confidence of shape {array.shape} or with values that are no finite numbers; "
            f"expected one number for each of {n_passages} passages"
        )
    return array


def _points(sure: Floats, wrong: NDArray[np.bool_], draws: Draws) -> tuple[RiskPoint, ...]:
    ranked = np.sort(sure)[::-1]
    n_kept = np.ceil(np.arange(1, _N_POINTS + 1) * len(sure) / _N_POINTS).astype(int)
    thresholds = np.unique(ranked[n_kept - 1])[::-1]
    kept = sure[:, None] >= thresholds
    ones = np.ones((len(sure), 1))
    counts = draws.totals([kept.astype(np.float64), (kept & wrong[:, None]).astype(float), ones])
    n_sure, n_wrong, n_drawn = np.split(counts, [len(thresholds), 2 * len(thresholds)], axis=1)
    risks = np.divide(n_wrong, n_sure, out=np.full_like(n_sure, np.nan), where=n_sure > 0)
    return tuple(
        RiskPoint(
            confidence=float(threshold),
            n_kept=int(n_sure[0, k]),
            coverage=draws.interval(n_sure[:, k] / n_drawn[:, 0]),
            risk=draws.interval(risks[:, k]),
        )
        for k, threshold in enumerate(thresholds)
    )


def _areas(sure: Floats, wrong: NDArray[np.bool_], draws: Draws) -> Floats:
    """Area under the curve of the passages as they are, and of each draw."""
    order = np.argsort(-sure, kind="stable")
    ranked = sure[order]
    # A threshold keeps all passages of its confidence: each has the risk at the last one of them.
    last = np.searchsorted(-ranked, -ranked, side="right") - 1
    codes, missed = draws.codes[order], wrong[order].astype(np.float64)

    def areas(weights: Floats) -> Floats:
        weight = weights[:, codes]
        n_kept, n_wrong = weight.cumsum(axis=1), (weight * missed).cumsum(axis=1)
        risk = np.divide(n_wrong, n_kept, out=np.zeros_like(n_kept), where=n_kept > 0)[:, last]
        found: Floats = (weight * risk).sum(axis=1) / n_kept[:, -1]
        return found

    return np.concatenate([areas(some) for some in _few_at_once(draws, len(sure))])


def _few_at_once(draws: Draws, n_passages: int) -> Iterator[Floats]:
    """Weights of groups: ones for the passages as they are, then those of the draws."""
    yield np.ones((1, draws.n_groups))
    n = max(1, _MAX_WEIGHTS // n_passages)
    for weights in draws.weights():
        for start in range(0, len(weights), n):
            yield weights[start : start + n]
