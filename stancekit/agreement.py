"""How well labellers agree: what a model can reach on their labels, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stancekit.bootstrap import Draws, Floats, Interval
from stancekit.checks import check_length, check_names, places
from stancekit.errors import InputError
from stancekit.labels import is_missing
from stancekit.metrics import mean_of_known, nominal_alpha, rates
from stancekit.results import Result
from stancekit.splits import group_codes

__all__ = ["Agreement", "score_agreement"]


@dataclass(frozen=True)
class Agreement(Result):
    """Agreement of labellers; see `score_agreement` for what each is."""

    labels: tuple[str, ...]
    n_passages: int
    n_groups: int
    alpha: Interval
    macro_f1: Interval
    per_labeller: dict[str, Interval]
    n_bootstrap: int
    level: float
    random_state: int


def score_agreement(
    labellers: Mapping[str, Iterable[Any]],
    *,
    groups: Iterable[Any] | None = None,
    labels: Iterable[Any] | None = None,
    n_bootstrap: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> Agreement:
    """Score labellers against each other.

    Parameters
    ----------
    labellers : mapping of str to sequence of shape (n_passages,)
        What each labeller said, by name; at least two. None, nan or a blank string is a passage
        that the labeller did not label. A passage that fewer than two labelled does not count.
    groups : sequence of shape (n_passages,), optional
        The article of each passage, as in `stancekit.score`.
    labels : sequence, optional
        All labels there are; by default those that the labellers gave.
    n_bootstrap, level, random_state
        As in `stancekit.score`.

    Returns
    -------
    Agreement
        ``alpha``: Krippendorff's alpha for nominal data, at most 1, and 0 for guesses.
        ``per_labeller``: macro F1 in [0, 1] of each labeller against the label that most of the
        others gave; where k labels tie, the passage counts 1/k for each of them. ``macro_f1`` is
        their mean, with which the macro F1 of a model can be compared.
        ``n_passages`` and ``n_groups``: passages with two labels or more, and their articles.

    Raises
    ------
    InputError
        For fewer than two labellers, lengths that differ, no passage with two labels, or a label
        that is not in ``labels``.

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C. Intervals are by
    the cluster bootstrap of `stancekit.score`, not by Krippendorff's own algorithm.
    """
    ratings = _read(labellers)
    n_passages = len(next(iter(ratings.values())))
    given = sorted({label for column in ratings.values() for label in column if label is not None})
    names = check_names(given if labels is None else labels, "label")
    votes = {who: _votes(column, names, who) for who, column in ratings.items()}
    total = sum(votes.values(), start=np.zeros((n_passages, len(names))))
    n_votes = total.sum(axis=1)
    is_paired = n_votes >= 2
    if not is_paired.any():
        raise InputError(
            f"no passage has labels of two of the labellers {', '.join(ratings)}; expected some "
            "that several labelled: check the columns"
        )
    codes = group_codes(groups, n_passages)[is_paired]
    draws = Draws(np.unique(codes, return_inverse=True)[1], n_bootstrap, level, random_state)
    kept, k = total[is_paired], len(names)
    agreed = (kept * (kept - 1)).sum(axis=1, keepdims=True) / (kept.sum(axis=1, keepdims=True) - 1)
    tables = [_against_rest(one[is_paired], kept) for one in votes.values()]
    found = draws.totals([kept, agreed, *tables])
    f1 = np.column_stack([_macro_f1(part) for part in np.split(found[:, k + 1 :], len(votes), 1)])
    return Agreement(
        labels=tuple(names),
        n_passages=int(is_paired.sum()),
        n_groups=draws.n_groups,
        alpha=draws.interval(nominal_alpha(found[:, :k], found[:, k])),
        macro_f1=draws.interval(mean_of_known(f1)),
        per_labeller={who: draws.interval(f1[:, j]) for j, who in enumerate(votes)},
        n_bootstrap=n_bootstrap,
        level=level,
        random_state=random_state,
    )


def _read(labellers: Mapping[str, Iterable[Any]]) -> dict[str, list[str | None]]:
    """Labels as strings, None where there is none; columns of one length."""
    if len(labellers) < 2:
        raise InputError(
            f"got {len(labellers)} labeller; expected at least two, whose labels can be compared"
        )
    columns = {
        str(who): [None if is_missing(cell) else str(cell) for cell in column]
        for who, column in labellers.items()
    }
    first = next(iter(columns))
    for who, column in columns.items():
        check_length(f"labels of {who!r}", len(column), len(columns[first]))
    return columns


def _votes(column: list[str | None], names: list[str], who: str) -> Floats:
    """One in the column of the label that was given: (n_passages, n_labels)."""
    rows = [row for row, label in enumerate(column) if label is not None]
    votes = np.zeros((len(column), len(names)))
    given = [label for label in column if label is not None]
    votes[rows, places(given, names, f"label of labeller {who!r}:")] = 1
    return votes


def _against_rest(own: Floats, total: Floats) -> Floats:
    """Of each passage its confusion table, flat: rows the rest's label, columns the labeller's."""
    rest = total - own
    most = rest.max(axis=1, keepdims=True)
    is_top = (rest == most) & (most > 0)
    share = is_top / np.maximum(is_top.sum(axis=1, keepdims=True), 1)
    tables: Floats = share[:, :, None] * own[:, None, :]
    return tables.reshape(len(own), -1)


def _macro_f1(tables: Floats) -> Floats:
    k = round(tables.shape[1] ** 0.5)
    counts = tables.reshape(-1, k, k)
    return mean_of_known(rates(counts.diagonal(0, 1, 2), counts.sum(axis=1), counts.sum(axis=2))[2])
