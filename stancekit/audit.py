"""What to look at again in labelled passages: likely wrong labels, and passages told twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stancekit.checks import check_length
from stancekit.crossval import HeldOut, out_of_fold
from stancekit.duplicates import near_duplicate_pairs
from stancekit.errors import MissingExtraError
from stancekit.features import check_texts
from stancekit.labels import check_labels
from stancekit.splits import grouped_folds

__all__ = ["Audit", "DoubtfulLabel", "DuplicatePair", "audit_labels", "check_cleanlab"]


@dataclass(frozen=True)
class DoubtfulLabel:
    """A passage whose label is likely wrong.

    Attributes
    ----------
    row : int, place of the passage
    label : str, as given
    probability : float in [0, 1], of that label, by a model that has not seen the passage
    suggested : str, the likeliest label
    suggested_probability : float in [0, 1]
    """

    row: int
    label: str
    probability: float
    suggested: str
    suggested_probability: float


@dataclass(frozen=True)
class DuplicatePair:
    """Two passages that tell nearly the same.

    Attributes
    ----------
    first, second : int, places of the passages
    similarity : float in (0, 1], the Jaccard index of their words
    has_two_labels : bool; one of them is likely wrong
    crosses_groups : bool; when one group is held out, the other gives its passage away
    """

    first: int
    second: int
    similarity: float
    has_two_labels: bool
    crosses_groups: bool


@dataclass(frozen=True)
class Audit:
    """See `audit_labels`; ``accuracy``, in [0, 1], is that of the models that judge the labels."""

    n_passages: int
    accuracy: float
    doubtful: tuple[DoubtfulLabel, ...]
    duplicates: tuple[DuplicatePair, ...]


def audit_labels(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    groups: Sequence[Any] | None = None,
    estimator: Any = None,
    n_folds: int = 5,
    random_state: int = 0,
    n_jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Audit:
    """Find labels that are likely wrong, and near-duplicates that should not be.

    Each passage gets probabilities from a model fitted on other groups, and cleanlab counts from
    them how many passages of each label have which other one: the least likely ones are named. It
    finds what is at odds with most other labels, which is often a hard passage and not an error:
    look, and do not relabel by it.

    Parameters
    ----------
    texts, labels : sequences of str, one a passage
    groups : sequence, optional
        The article of each passage: articles are held out as a whole.
    estimator : classifier of texts with ``predict_proba``, optional
        By default `StanceClassifier`.
    n_folds, random_state, n_jobs, progress
        As in `stancekit.cross_validate`.

    Returns
    -------
    Audit
        ``doubtful`` with the least likely label first, ``duplicates`` with the most alike first:
        those of two labels or, where there are groups, in two groups.

    Raises
    ------
    MissingExtraError
        When cleanlab is not installed.
    InputError
        For lengths that differ, missing labels, or a label in fewer than three groups.

    References
    ----------
    Northcutt, Jiang and Chuang (2021), Confident learning: estimating uncertainty in dataset
    labels, JAIR 70, as in cleanlab's ``find_label_issues``.
    """
    check_cleanlab()
    from stancekit.stance import StanceClassifier

    passages = check_texts(texts)
    check_length("labels", len(labels), len(passages))
    names = check_labels(labels, min_rows=3)
    folds = grouped_folds(names, groups, n_folds=n_folds, random_state=random_state, n_left=2)
    model = StanceClassifier(random_state=random_state) if estimator is None else estimator
    found = out_of_fold(
        model, passages, names, folds, groups=groups, n_jobs=n_jobs, progress=progress
    )
    units = None if groups is None else list(groups)
    return Audit(
        len(passages),
        float(np.mean(found.predicted == np.array(names, dtype=object))),
        tuple(_doubtful(names, found)),
        tuple(_told_twice(passages, names, units)),
    )


def check_cleanlab() -> None:
    """Raise MissingExtraError when cleanlab is not installed: worth asking before long work."""
    try:
        import cleanlab.filter  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "likely label errors are found by cleanlab; install it with "
            "`pip install 'stancekit[audit]'`"
        ) from None


def _doubtful(labels: list[str], found: HeldOut) -> Iterable[DoubtfulLabel]:
    from cleanlab.filter import find_label_issues

    classes = [str(name) for name in found.classes]
    proba = np.asarray(found.proba)
    given = np.array([classes.index(name) for name in labels])
    rows = find_label_issues(given, proba, return_indices_ranked_by="self_confidence", n_jobs=1)
    for row in map(int, rows):
        best = int(proba[row].argmax())
        yield DoubtfulLabel(
            row,
            labels[row],
            float(proba[row, given[row]]),
            classes[best],
            float(proba[row, best]),
        )


def _told_twice(
    texts: list[str], labels: list[str], groups: list[Any] | None
) -> Iterable[DuplicatePair]:
    for first, second, similarity in near_duplicate_pairs(texts):
        has_two_labels = labels[first] != labels[second]
        crosses = groups is not None and groups[first] != groups[second]
        if has_two_labels or crosses:
            yield DuplicatePair(first, second, similarity, has_two_labels, crosses)
