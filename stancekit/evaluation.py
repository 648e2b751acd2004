"""How good predictions are, with intervals that respect which passages belong together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stancekit.bootstrap import Draws, Floats, Interval
from stancekit.checks import (
    check_length,
    check_names,
    check_proba,
    label_strings,
    places,
    read_indicator,
)
from stancekit.errors import InputError
from stancekit.metrics import matthews, mean_of_known, nominal_alpha, one_hot, rates
from stancekit.reliability import ReliabilityBin, calibration_facts, read_calibration
from stancekit.results import Result
from stancekit.splits import group_codes

__all__ = [
    "Evaluation",
    "FrameEvaluation",
    "LabelScores",
    "evaluate",
    "score",
    "score_frames",
]


@dataclass(frozen=True)
class LabelScores:
    """Scores of one label or frame, in [0, 1]; nan for one with no gold passage (support 0)."""

    precision: Interval
    recall: Interval
    f1: Interval
    support: int


@dataclass(frozen=True)
class Evaluation(Result):
    """Scores of stance predictions; see `score` for what each is."""

    labels: tuple[str, ...]
    n_passages: int
    n_groups: int
    macro_f1: Interval
    accuracy: Interval
    mcc: Interval
    alpha: Interval
    per_label: dict[str, LabelScores]
    confusion: tuple[tuple[int, ...], ...]  # rows gold, columns predicted, in order of labels
    ece: Interval | None
    brier: Interval | None
    reliability: tuple[ReliabilityBin, ...] | None
    n_bootstrap: int
    level: float
    random_state: int


@dataclass(frozen=True)
class FrameEvaluation(Result):
    """Scores of frame predictions; see `score_frames` for what each is."""

    frames: tuple[str, ...]
    n_passages: int
    n_groups: int
    macro_f1: Interval
    micro_f1: Interval
    per_frame: dict[str, LabelScores]
    n_bootstrap: int
    level: float
    random_state: int


def score(
    y_true: Iterable[Any],
    y_pred: Iterable[Any],
    *,
    groups: Iterable[Any] | None = None,
    proba: Any = None,
    labels: Iterable[Any] | None = None,
    n_bootstrap: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> Evaluation:
    """Compare predicted labels with gold labels.

    Macro F1 is the mean F1 of the labels that have a gold passage, as scikit-learn's ``f1_score``
    with those as ``labels`` and ``zero_division=0``. A label that is predicted and never gold has
    no F1 of its own; predicting it is a miss for the gold label. The precision of a gold label
    that is never predicted is 0.

    Intervals are percentiles of a bootstrap that draws whole groups, as many as there are, with
    replacement; every score of a draw is worked out as for the passages themselves, and draws in
    which a label has no gold passage do not count for that label. One group tells nothing about
    another one, so with fewer than 2 groups ``low`` and ``high`` are nan; with fewer than about 20
    the intervals come out too narrow.

    Parameters
    ----------
    y_true, y_pred : sequence of shape (n_passages,), labels; they are compared as strings
    groups : sequence of shape (n_passages,), optional
        The article of each passage. Left out, each passage is a group, which makes the intervals
        too narrow when passages of an article are alike.
    proba : array of shape (n_passages, n_labels), optional
        Probability of each label, columns in the order of ``labels``, rows sum to 1.
    labels : sequence, optional
        All labels of the model; by default the sorted labels of ``y_true`` and ``y_pred``.
    n_bootstrap : int, default=2000
        Draws; 0 for no intervals.
    level : float, default=0.95
        Share of the draws that lie inside the interval, in (0, 1).
    random_state : int, default=0

    Returns
    -------
    Evaluation
        Scores are in [0, 1]. ``mcc``, the Matthews correlation coefficient, is in [-1, 1] and 0
        for guesses; so is ``alpha``, Krippendorff's alpha for nominal data with predictions and
        gold labels as its two coders, which is nan when all of both are one label. ``ece`` is the
        expected calibration error of the likeliest label in 15 bins of equal width, (0, 1/15],
        (1/15, 2/15] and so on. It leans upward with few passages, and so does its interval.
        ``reliability`` is the table behind it: of each bin that holds a passage, how many, their
        mean confidence and accuracy. ``brier`` is the sum of squared errors over all labels, mean
        over passages, in [0, 2]. These three are None without ``proba``.

    Raises
    ------
    InputError
        For no passages, lengths that differ, missing labels, or labels that are not in ``labels``.

    References
    ----------
    Field and Welsh (2007), Bootstrapping clustered data, JRSS B 69(3), section 3 (the cluster
    bootstrap). Davison and Hinkley (1997), Bootstrap Methods and their Application, sections 3.8
    and 5.3.1 (percentile intervals). Guo, Pleiss, Sun and Weinberger (2017), On calibration of
    modern neural networks, ICML, equation 3. Brier (1950), Verification of forecasts expressed in
    terms of probability, Monthly Weather Review 78(1). Gorodkin (2004), Computational Biology and
    Chemistry 28(5-6) (R_K, the coefficient of Matthews for several labels). Krippendorff
    (2011), Computing Krippendorff's alpha-reliability, section C.
    """
    gold, predicted = (
        label_strings(y_true, "gold labels"),
        label_strings(y_pred, "predicted labels"),
    )
    check_length("predictions", len(predicted), len(gold))
    if proba is not None and labels is None:
        raise InputError(
            "got `proba` without `labels`; expected the labels in the order of its columns: pass "
            "labels=model.classes_"
        )
    names = check_names(sorted({*gold, *predicted}) if labels is None else labels, "label")
    rows, columns = places(gold, names, "gold label"), places(predicted, names, "predicted label")
    draws = Draws(group_codes(groups, len(gold)), n_bootstrap, level, random_state)
    k = len(names)
    facts = [one_hot(rows * k + columns, np.ones(len(gold)), k * k)]
    if proba is not None:
        facts += calibration_facts(check_proba(proba, (len(gold), k)), rows)
    counts, rest = np.split(draws.totals(facts), [k * k], axis=1)
    counts = counts.reshape(-1, k, k)
    calibration = None if proba is None else read_calibration(rest, draws)
    hits, n_predicted, n_gold = counts.diagonal(0, 1, 2), counts.sum(axis=1), counts.sum(axis=2)
    precision, recall, f1 = rates(hits, n_predicted, n_gold)
    return Evaluation(
        labels=tuple(names),
        n_passages=len(gold),
        n_groups=draws.n_groups,
        macro_f1=draws.interval(mean_of_known(f1)),
        accuracy=draws.interval(hits.sum(axis=1) / n_gold.sum(axis=1)),
        mcc=draws.interval(matthews(hits, n_predicted, n_gold)),
        alpha=draws.interval(nominal_alpha(n_predicted + n_gold, 2 * hits.sum(axis=1))),
        per_label=_label_scores(names, (precision, recall, f1), n_gold[0], draws),
        confusion=tuple(tuple(map(int, row)) for row in counts[0]),
        ece=calibration.ece if calibration else None,
        brier=calibration.brier if calibration else None,
        reliability=calibration.reliability if calibration else None,
        n_bootstrap=n_bootstrap,
        level=level,
        random_state=random_state,
    )


def score_frames(
    Y_true: Any,
    Y_pred: Any,
    *,
    frames: Iterable[Any],
    groups: Iterable[Any] | None = None,
    n_bootstrap: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> FrameEvaluation:
    """Compare predicted frames with gold frames.

    A frame without a gold passage has no scores (nan) and is left out of macro F1; where it is
    predicted all the same, that counts against micro F1, which pools the decisions of all frames.
    Without any gold frame, both are nan.
    Intervals and the other parameters are those of `score`.

    Parameters
    ----------
    Y_true, Y_pred : array of shape (n_passages, n_frames), zeros and ones
    frames : sequence of shape (n_frames,), names of the columns

    Raises
    ------
    InputError
        For no passages, shapes that differ, or values other than 0 and 1.
    """
    names = check_names(frames, "frame")
    gold, predicted = (
        read_indicator(Y_true, names, "gold"),
        read_indicator(Y_pred, names, "predicted"),
    )
    check_length("predictions", len(predicted), len(gold))
    draws = Draws(group_codes(groups, len(gold)), n_bootstrap, level, random_state)
    totals = draws.totals([np.hstack([gold * predicted, predicted, gold])])
    counts = np.split(totals, 3, axis=1)
    by_frame = rates(*counts)
    pooled_f1 = rates(*(count.sum(axis=1) for count in counts))[2]
    return FrameEvaluation(
        frames=tuple(names),
        n_passages=len(gold),
        n_groups=draws.n_groups,
        macro_f1=draws.interval(mean_of_known(by_frame[2])),
        micro_f1=draws.interval(pooled_f1),
        per_frame=_label_scores(names, by_frame, counts[2][0], draws),
        n_bootstrap=n_bootstrap,
        level=level,
        random_state=random_state,
    )


def evaluate(
    model: Any,
    texts: Sequence[str],
    labels: Iterable[Any],
    *,
    groups: Iterable[Any] | None = None,
    targets: Sequence[str | None] | None = None,
    n_bootstrap: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> Evaluation:
    """Score a fitted model on passages with gold labels.

    Parameters
    ----------
    model : fitted classifier with ``predict`` and ``classes_``
        With ``predict_proba``, its calibration is scored as well. For frames pass what ``predict``
        returns to `score_frames`.
    texts : sequence of str, the passages
    labels : sequence, the gold label of each passage
    targets : sequence of str or None
        As in `StanceClassifier.predict`, for a model that was trained with targets.
    groups, n_bootstrap, level, random_state
        As in `score`.

    Raises
    ------
    InputError
        As in `score`, as for a gold label that the model does not know.
    """
    from stancekit.features import check_texts

    passages = check_texts(texts)
    gold = label_strings(labels, "gold labels")
    check_length("labels", len(gold), len(passages))
    told = {} if targets is None else {"targets": targets}
    return score(
        gold,
        model.predict(passages, **told),
        groups=groups,
        proba=model.predict_proba(passages, **told) if hasattr(model, "predict_proba") else None,
        labels=model.classes_,
        n_bootstrap=n_bootstrap,
        level=level,
        random_state=random_state,
    )


def _label_scores(
    names: list[str], rates: tuple[Floats, Floats, Floats], support: Floats, draws: Draws
) -> dict[str, LabelScores]:
    def scores_of(k: int) -> LabelScores:
        precision, recall, f1 = (draws.interval(rate[:, k]) for rate in rates)
        return LabelScores(precision, recall, f1, int(support[k]))

    return {name: scores_of(k) for k, name in enumerate(names)}
