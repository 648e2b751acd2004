"""The same scores for parts of the passages: an outlet, a year, a kind of speaker."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stancekit.bootstrap import Floats
from stancekit.checks import check_length, label_strings
from stancekit.errors import InputError
from stancekit.evaluation import Evaluation, score
from stancekit.labels import is_missing
from stancekit.splits import group_codes

__all__ = ["Slice", "score_slices"]

# More different values than these are cut into ranges if they are numbers or dates.
_MOST_UNCUT = 20
# Scores of more parts than these are no table that anybody reads; the column is an id or a text.
_MOST_PARTS = 200
_DATE = re.compile(r"(\d{4})-\d{2}(-\d{2})?([T ].*)?")


@dataclass(frozen=True)
class Slice:
    """Scores of the passages that have ``value`` in ``column``; None for those without a value."""

    column: str
    value: str | None
    scores: Evaluation

    def to_dict(self) -> dict[str, Any]:
        """Column, value and all that `Evaluation.to_dict` gives."""
        return {"column": self.column, "value": self.value, **self.scores.to_dict()}


def score_slices(
    y_true: Iterable[Any],
    y_pred: Iterable[Any],
    *,
    by: Mapping[str, Iterable[Any]],
    groups: Iterable[Any] | None = None,
    proba: Any = None,
    labels: Iterable[Any] | None = None,
    n_bootstrap: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> tuple[Slice, ...]:
    """Score each part of the passages by itself.

    Parameters
    ----------
    by : mapping of str to sequence of shape (n_passages,)
        Columns; their values make the parts. More than 20 different numbers are cut at their
        quartiles, and more than 20 different dates (2019-01-16) by year. The parts of a column
        hold every passage once; those of two columns overlap.
    y_true, y_pred, groups, proba, labels, n_bootstrap, level, random_state
        As in `stancekit.score`; the bootstrap draws the groups of the part.

    Returns
    -------
    tuple of Slice
        By column, then by value: numbers by size, then names, those without a value last. Macro F1
        is the mean over the labels that have a gold passage in the part, so that parts which lack
        a label are not comparable in it.

    Raises
    ------
    InputError
        As `stancekit.score`, and for a column with more than 200 parts.
    """
    gold, predicted = label_strings(y_true, "gold labels"), label_strings(y_pred, "predictions")
    check_length("predictions", len(predicted), len(gold))
    names = sorted({*gold, *predicted}) if labels is None else list(labels)
    codes = None if groups is None else group_codes(groups, len(gold))
    truth, guess = np.array(gold, dtype=object), np.array(predicted, dtype=object)

    def score_rows(rows: list[int]) -> Evaluation:
        return score(
            truth[rows],
            guess[rows],
            groups=None if codes is None else np.unique(codes[rows], return_inverse=True)[1],
            proba=None if proba is None else np.asarray(proba)[rows],
            labels=names,
            n_bootstrap=n_bootstrap,
            level=level,
            random_state=random_state,
        )

    found = []
    for column, values in by.items():
        for value, rows in _parts(column, list(values), len(gold)).items():
            found.append(Slice(column, value, score_rows(rows)))
    return tuple(found)


def _parts(column: str, values: Sequence[Any], n_passages: int) -> dict[str | None, list[int]]:
    """The rows of each value, in the order in which they are shown."""
    check_length(f"values of {column!r}", len(values), n_passages)
    cells = [None if is_missing(value) else str(value).strip() for value in values]
    distinct = sorted({cell for cell in cells if cell is not None}, key=_rank)
    name_of = _names(distinct, [cell for cell in cells if cell is not None])
    parts: dict[str | None, list[int]] = {name_of(cell): [] for cell in distinct}
    if len(parts) > _MOST_PARTS:
        raise InputError(
            f"column {column!r} has {len(parts)} different values; expected at most {_MOST_PARTS} "
            "to score passages by: choose a column whose values many passages share"
        )
    for row, cell in enumerate(cells):
        parts.setdefault(None if cell is None else name_of(cell), []).append(row)
    return parts


def _names(distinct: list[str], cells: list[str]) -> Callable[[str], str]:
    """What the part of a value is called: the value, or the range that it is in."""
    if len(distinct) > _MOST_UNCUT:
        if all(_DATE.fullmatch(cell) for cell in distinct):
            return lambda cell: cell[:4]
        if all(_number(cell) is not None for cell in distinct):
            return _quarters(np.array(cells, dtype=np.float64))
    return lambda cell: cell


def _quarters(numbers: Floats) -> Callable[[str], str]:
    edges = np.quantile(numbers, [0.25, 0.5, 0.75])
    quarter = np.searchsorted(edges, numbers)
    held = {part: numbers[quarter == part] for part in set(quarter.tolist())}
    names = {part: f"{some.min():.10g} to {some.max():.10g}" for part, some in held.items()}
    return lambda cell: names[int(np.searchsorted(edges, float(cell)))]


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _rank(cell: str) -> tuple[bool, float, str]:
    number = _number(cell)
    return number is None, number or 0, cell
