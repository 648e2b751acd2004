"""The scores that the sets are published with, with intervals by the library's own bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from stancekit.bootstrap import Draws, Floats, Interval
from stancekit.metrics import mean_of_known, one_hot, rates
from stancekit.splits import group_codes

__all__ = ["METRICS", "differences", "score_all"]

# Labels that take no side: they have no F1 of their own in F_avg.
NO_SIDE = frozenset({"none", "neutral", "neither", "unrelated", "no stance"})
# Of more targets most have a handful of passages each, and F1 of these means nothing; a table for
# each in every draw would fill the memory.
_MOST_TARGETS = 100
N_BOOTSTRAP = 2000
LEVEL = 0.95


def f_avg(tables: Floats, labels: Sequence[str]) -> Floats:
    """Mean F1 of the labels that take a side, over all passages pooled: SemEval-2016 Task 6.

    Passages of no side are not averaged, but taking them for a side costs precision.

    References
    ----------
    Mohammad et al. (2016), SemEval-2016 Task 6: Detecting Stance in Tweets, section 4.
    """
    sides = [k for k, label in enumerate(labels) if label.lower() not in NO_SIDE]
    return mean_of_known(_f1(tables.sum(axis=1))[:, sides])


def macro_f1(tables: Floats, labels: Sequence[str]) -> Floats:
    """Mean F1 of all labels, over all passages pooled."""
    return mean_of_known(_f1(tables.sum(axis=1)))


def macro_f1_by_target(tables: Floats, labels: Sequence[str]) -> Floats:
    """Mean over the targets of the mean F1 of all labels."""
    by_target = [mean_of_known(_f1(tables[:, target])) for target in range(tables.shape[1])]
    return mean_of_known(np.stack(by_target, axis=1))


def accuracy(tables: Floats, labels: Sequence[str]) -> Floats:
    """Share of the passages that are right."""
    pooled = tables.sum(axis=1)
    right: Floats = pooled.diagonal(0, 1, 2).sum(axis=1) / pooled.sum(axis=(1, 2))
    return right


METRICS = {
    "f_avg": f_avg,
    "macro_f1": macro_f1,
    "macro_f1_by_target": macro_f1_by_target,
    "accuracy": accuracy,
}


def score_all(
    gold: Sequence[str],
    predicted: Sequence[str],
    targets: Sequence[str],
    *,
    groups: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Every metric with its interval, and the F1 of each label; of many targets no mean over them.

    Parameters
    ----------
    gold, predicted, targets : sequences of str, one a passage
    groups : sequence of str or None
        What is drawn together in the bootstrap; each passage by itself without it.
    """
    labels = sorted({*gold, *predicted})
    is_many = len(set(targets)) > _MOST_TARGETS
    aims = [""] * len(gold) if is_many else targets
    draws, tables = _tables(gold, [predicted], aims, labels, groups)
    scores: dict[str, Any] = {
        name: vars(draws.interval(metric(tables[0], labels)))
        for name, metric in METRICS.items()
        if metric is not macro_f1_by_target or not is_many
    }
    by_label = _f1(tables[0].sum(axis=1))[0]
    known = [k for k, label in enumerate(labels) if label in set(gold)]
    scores["f1"] = {labels[k]: float(by_label[k]) for k in known}
    return scores


def differences(
    metric: str,
    gold: Sequence[str],
    first: Sequence[str],
    second: Sequence[str],
    targets: Sequence[str],
    *,
    groups: Sequence[str] | None = None,
) -> Interval:
    """One metric of the first less that of the second, on the same draws."""
    labels = sorted({*gold, *first, *second})
    aims = targets if METRICS[metric] is macro_f1_by_target else [""] * len(gold)
    draws, tables = _tables(gold, [first, second], aims, labels, groups)
    one, other = (METRICS[metric](found, labels) for found in tables)
    return draws.interval(one - other)


def _tables(
    gold: Sequence[str],
    predictions: Sequence[Sequence[str]],
    targets: Sequence[str],
    labels: Sequence[str],
    groups: Sequence[str] | None,
) -> tuple[Draws, list[Floats]]:
    """Confusion tables of each draw: (n_draws, n_targets, n_labels, n_labels), rows gold."""
    place = {label: k for k, label in enumerate(labels)}
    names, target = np.unique(np.array(targets, dtype=object), return_inverse=True)
    n, n_labels = len(gold), len(labels)
    right = np.array([place[label] for label in gold])
    draws = Draws(group_codes(groups, n), N_BOOTSTRAP, LEVEL, random_state=0)
    shape = (-1, len(names), n_labels, n_labels)
    tables = []
    for predicted in predictions:
        found = np.array([place[label] for label in predicted])
        cells = (target * n_labels + right) * n_labels + found
        facts = one_hot(cells, np.ones(n), len(names) * n_labels**2)
        tables.append(draws.totals([facts]).reshape(shape))
    return draws, tables


def _f1(tables: Floats) -> Floats:
    """F1 of each label: (n_draws, n_labels), nan for a label that is never gold."""
    return rates(tables.diagonal(0, 1, 2), tables.sum(axis=1), tables.sum(axis=2))[2]
