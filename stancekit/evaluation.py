"""How good predictions are, with intervals that respect which passages belong together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stancekit.bootstrap import Draws, Floats, Interval
from stancekit.errors import InputError
from stancekit.labels import unknown_name
from stancekit.splits import Index, group_codes

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = [
    "Evaluation",
    "FrameEvaluation",
    "LabelScores",
    "check_names",
    "evaluate",
    "read_indicator",
    "score",
    "score_frames",
]

# Guo et al. (2017) use 15 bins; numbers made with another count cannot be compared.
_N_BINS = 15


@dataclass(frozen=True)
class LabelScores:
    """Scores of one label or frame, in [0, 1]; nan for one with no gold passage (support 0)."""

    precision: Interval
    recall: Interval
    f1: Interval
    support: int


@dataclass(frozen=True)
class _Scores:
    def to_dict(self) -> dict[str, Any]:
        """The same as plain dicts, lists and numbers for JSON, with None for nan."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


@dataclass(frozen=True)
class Evaluation(_Scores):
    """Scores of stance predictions; see `score` for what each is."""

    labels: tuple[str, ...]
    n_passages: int
    n_groups: int
    macro_f1: Interval
    accuracy: Interval
    per_label: dict[str, LabelScores]
    confusion: tuple[tuple[int, ...], ...]  # rows gold, columns predicted, in order of labels
    ece: Interval | None
    brier: Interval | None
    n_bootstrap: int
    level: float
    random_state: int


@dataclass(frozen=True)
class FrameEvaluation(_Scores):
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
        Scores are in [0, 1]. ``ece`` is the expected calibration error of the likeliest label in
        15 bins of equal width, (0, 1/15], (1/15, 2/15] and so on. It leans upward with few
        passages, and so does its interval. ``brier`` is the sum of squared errors over all labels,
        mean over passages, in [0, 2]. Both are None without ``proba``.

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
    terms of probability, Monthly Weather Review 78(1).
    """
    gold, predicted = _strings(y_true, "gold labels"), _strings(y_pred, "predicted labels")
    _check_length("predictions", len(predicted), len(gold))
    if proba is not None and labels is None:
        raise InputError(
            "got `proba` without `labels`; expected the labels in the order of its columns: pass "
            "labels=model.classes_"
        )
    names = check_names(sorted({*gold, *predicted}) if labels is None else labels, "label")
    rows, columns = _places(gold, names, "gold label"), _places(predicted, names, "predicted label")
    draws = Draws(group_codes(groups, len(gold)), n_bootstrap, level, random_state)
    k = len(names)
    facts = [_one_hot(rows * k + columns, np.ones(len(gold)), k * k)]
    if proba is not None:
        facts += _calibration_facts(_check_proba(proba, (len(gold), k)), rows)
    counts, gaps, squares = np.split(draws.totals(facts), [k * k, k * k + _N_BINS], axis=1)
    counts = counts.reshape(-1, k, k)
    n_drawn = counts.sum(axis=(1, 2))
    hits, n_predicted, n_gold = counts.diagonal(0, 1, 2), counts.sum(axis=1), counts.sum(axis=2)
    precision, recall, f1 = _rates(hits, n_predicted, n_gold)
    return Evaluation(
        labels=tuple(names),
        n_passages=len(gold),
        n_groups=draws.n_groups,
        macro_f1=draws.interval(_mean_of_known(f1)),
        accuracy=draws.interval(hits.sum(axis=1) / n_drawn),
        per_label=_label_scores(names, (precision, recall, f1), n_gold[0], draws),
        confusion=tuple(tuple(map(int, row)) for row in counts[0]),
        ece=draws.interval(abs(gaps).sum(axis=1) / n_drawn) if gaps.size else None,
        brier=draws.interval(squares[:, 0] / n_drawn) if squares.size else None,
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
    _check_length("predictions", len(predicted), len(gold))
    draws = Draws(group_codes(groups, len(gold)), n_bootstrap, level, random_state)
    totals = draws.totals([np.hstack([gold * predicted, predicted, gold])])
    counts = np.split(totals, 3, axis=1)
    rates = _rates(*counts)
    pooled_f1 = _rates(*(count.sum(axis=1) for count in counts))[2]
    return FrameEvaluation(
        frames=tuple(names),
        n_passages=len(gold),
        n_groups=draws.n_groups,
        macro_f1=draws.interval(_mean_of_known(rates[2])),
        micro_f1=draws.interval(pooled_f1),
        per_frame=_label_scores(names, rates, counts[2][0], draws),
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
    groups, n_bootstrap, level, random_state
        As in `score`.

    Raises
    ------
    InputError
        As in `score`, as for a gold label that the model does not know.
    """
    from stancekit.features import check_texts

    passages = check_texts(texts)
    gold = _strings(labels, "gold labels")
    _check_length("labels", len(gold), len(passages))
    return score(
        gold,
        model.predict(passages),
        groups=groups,
        proba=model.predict_proba(passages) if hasattr(model, "predict_proba") else None,
        labels=model.classes_,
        n_bootstrap=n_bootstrap,
        level=level,
        random_state=random_state,
    )


def _one_hot(columns: Index, values: Floats, n_columns: int) -> csr_matrix:
    from scipy.sparse import csr_matrix

    shape = (len(columns), n_columns)
    return csr_matrix((values, columns, np.arange(len(columns) + 1)), shape=shape)


def _calibration_facts(proba: Floats, gold: Index) -> list[csr_matrix | Floats]:
    """Of each passage hit minus confidence in the column of its bin, and its squared error."""
    confidence = proba.max(axis=1)
    bins = np.clip(np.ceil(confidence * _N_BINS).astype(np.intp) - 1, 0, _N_BINS - 1)
    target = np.arange(proba.shape[1]) == gold[:, None]
    squares = ((proba - target) ** 2).sum(axis=1, keepdims=True)
    return [_one_hot(bins, (proba.argmax(axis=1) == gold) - confidence, _N_BINS), squares]


def _rates(hits: Floats, n_predicted: Floats, n_gold: Floats) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 of each draw; nan where no gold passage was drawn."""

    def rate(of: Floats) -> Floats:
        return np.where(
            n_gold > 0, np.divide(hits, of, out=np.zeros_like(hits), where=of > 0), np.nan
        )

    return rate(n_predicted), rate(n_gold), rate((n_predicted + n_gold) / 2)


def _mean_of_known(scores: Floats) -> Floats:
    """Mean over the labels of each draw, nan where no label has a score."""
    n_known = (~np.isnan(scores)).sum(axis=1)
    return np.where(n_known > 0, np.nansum(scores, axis=1) / np.maximum(n_known, 1), np.nan)


def _label_scores(
    names: list[str], rates: tuple[Floats, Floats, Floats], support: Floats, draws: Draws
) -> dict[str, LabelScores]:
    def scores_of(k: int) -> LabelScores:
        precision, recall, f1 = (draws.interval(rate[:, k]) for rate in rates)
        return LabelScores(precision, recall, f1, int(support[k]))

    return {name: scores_of(k) for k, name in enumerate(names)}


def _strings(values: Iterable[Any], what: str) -> list[str]:
    """Labels as strings; there is at least one, and each is one name."""
    if isinstance(values, str | bytes):
        raise InputError(f"got one string as {what}; expected a sequence with one a passage")
    cells = list(values)
    if not cells:
        raise InputError(f"got no {what}; expected at least one passage")
    missing = sum(cell is None or (isinstance(cell, float) and cell != cell) for cell in cells)
    if missing:
        raise InputError(
            f"{missing} of {len(cells)} {what} are missing; fill them or leave those passages out"
        )
    if any(isinstance(cell, list | tuple | set | np.ndarray) for cell in cells):
        raise InputError(f"got several {what} for a passage; expected one: see `score_frames`")
    return [str(cell) for cell in cells]


def check_names(values: Iterable[Any], kind: str) -> list[str]:
    """Names as strings, each once."""
    names = [str(value) for value in values]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{kind} {twice!r} is named twice; expected each {kind} once")
    return names


def _places(values: list[str], names: list[str], kind: str) -> Index:
    """The place of each value among ``names``."""
    place = {name: k for k, name in enumerate(names)}
    for value in values:
        if value not in place:
            raise InputError(unknown_name(kind, value, names))
    return np.array([place[value] for value in values], dtype=np.intp)


def _check_length(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise InputError(f"got {found} {what} for {expected} passages; expected one for each")


def _check_proba(proba: Any, shape: tuple[int, int]) -> Floats:
    """Probabilities, which count as such when rows sum to 1 but for rounding, as of float32."""
    array = np.asarray(proba, dtype=np.float64)
    if array.shape != shape:
        raise InputError(f"got probabilities of shape {array.shape}; expected {shape}")
    if not ((array >= 0).all() and np.allclose(array.sum(axis=1), 1, atol=1e-3)):
        raise InputError("got probabilities that are negative or whose rows do not sum to 1")
    return array


def read_indicator(matrix: Any, names: list[str], what: str) -> Floats:
    """A matrix of zeros and ones with a column for each frame."""
    array = np.asarray(matrix)
    if array.ndim != 2 or array.shape[1] != len(names) or not len(array):
        raise InputError(
            f"got {what} frames of shape {array.shape}; expected a row for each of at least one "
            f"passage and {len(names)} columns"
        )
    if not np.isin(array, (0, 1)).all():
        raise InputError(f"got {what} frames with values other than 0 and 1; expected only those")
    return array.astype(np.float64)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(cell) for key, cell in value.items()}
    if isinstance(value, tuple):
        return [_plain(cell) for cell in value]
    return None if isinstance(value, float) and math.isnan(value) else value
