"""Folds for held-out predictions: groups stay whole, every training part has every label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stancekit.errors import InputError

__all__ = ["Index", "as_array", "group_codes", "grouped_folds"]

Index = NDArray[np.intp]

# Seeds tried for one number of folds. Stratification seldom puts all groups of a label into one
# fold; when it does, a few large groups are the cause and another order of them mostly helps.
_TRIES = 10


class _Target(NamedTuple):
    """What the folds are stratified by, and what each training part must hold."""

    strata: Index  # (n_passages,)
    rows: Index  # passage and class of each membership: dense, ids taken for labels would not fit
    columns: Index
    classes: list[str]  # how a message speaks of each class


def grouped_folds(
    y: Any,
    groups: Iterable[Any] | None = None,
    *,
    n_folds: int = 5,
    random_state: int = 0,
    n_left: int = 1,
    names: Sequence[str] | None = None,
) -> list[tuple[Index, Index]]:
    """Part passages into folds, stratified by label, whole groups together.

    Parameters
    ----------
    y : array-like of shape (n_passages,) or (n_passages, n_labels)
        One label a passage, or an indicator matrix of zeros and ones; a row of a matrix counts as
        its rarest label for the stratification.
    groups : sequence of shape (n_passages,), optional
        What must stay together, such as the article of each passage. Left out, each passage is a
        group.
    n_folds : int, default=5
        Folds wanted. There are fewer, but at least 2, when there are fewer groups or when a label
        of a one-dimensional ``y`` stands in fewer groups, so that each fold can hold some of it
        out. A rare column of a matrix does not lower the number, which would cost all the other
        columns training passages. There are more only in the rare case in which fewer folds cannot
        leave every label in every training part.
    random_state : int, default=0
        Same number, same folds.
    n_left : int, default=1
        Groups with each label that each training part must hold; 2 when what is fitted there makes
        folds of its own, as the classifiers do to calibrate.
    names : sequence of str, optional
        Names of the columns of an indicator matrix, for messages.

    Returns
    -------
    list of (train, held_out)
        Row numbers, ascending. Each row is held out once, and no group is on both sides. Each
        training part holds every label and, of each column of a matrix, both ones and zeros.

    Raises
    ------
    InputError
        When that cannot be done: no passages, one label, one group, a label in no more than
        ``n_left`` groups, missing or misaligned labels or groups.
    """
    if n_folds < 2:
        raise InputError(f"got n_folds={n_folds}; expected at least 2")
    labels = as_array(y, "labels")
    codes = group_codes(groups, len(labels))
    unit = "passage" if groups is None else "group"
    target = _of_matrix(labels, codes, names) if labels.ndim == 2 else _of_labels(labels)
    n_groups, n_classes = int(codes.max()) + 1, len(target.classes)
    holders, held = np.divmod(np.unique(codes[target.rows] * n_classes + target.columns), n_classes)
    spread = np.bincount(held, minlength=n_classes)
    _check_spread(target.classes, spread, n_groups, unit, n_left + 1)
    most = min(n_folds, n_groups if labels.ndim == 2 else int(spread.min()))
    fold_of = next(
        fold_of
        for fold_of in _candidates(target.strata, codes, groups is not None, most, random_state)
        if _is_complete(fold_of, codes, holders, held, spread - n_left)
    )
    return [
        (np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold))
        for fold in range(int(fold_of.max()) + 1)
    ]


def group_codes(groups: Iterable[Any] | None, n_passages: int) -> Index:
    """Number the groups from 0.

    Parameters
    ----------
    groups : sequence of shape (n_passages,), or None for each passage by itself
    n_passages : int

    Returns
    -------
    ndarray of shape (n_passages,), in [0, n_groups)

    Raises
    ------
    InputError
        For another length than ``n_passages``, or missing group names.
    """
    if groups is None:
        return np.arange(n_passages)
    ids = as_array(groups, "groups")
    if ids.shape != (n_passages,):
        found = f"{len(ids)} groups" if ids.ndim == 1 else f"a {ids.ndim}-D array of groups"
        raise InputError(f"got {found} for {n_passages} passages; expected one for each passage")
    return _encode(ids, "groups")[1]


def as_array(values: Any, what: str) -> NDArray[Any]:
    """An array of one or two dimensions; a list is searched for gaps before they turn to 'nan'."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InputError(f"got {type(values).__name__} as {what}; expected one for each passage")
    rows = values if hasattr(values, "__array__") else list(values)
    try:
        array = np.asarray(rows)
    except ValueError:  # rows of different lengths, such as lists of label names
        array = np.empty(())
    if array.ndim not in (1, 2):
        raise InputError(
            f"cannot read the {what}; expected one for each passage, or for several labels a "
            "passage a matrix of zeros and ones, as scikit-learn's MultiLabelBinarizer makes it"
        )
    missing = sum(map(_is_missing, rows)) if array.ndim == 1 else 0
    if missing:
        raise InputError(
            f"{missing} of {len(array)} {what} are missing; fill them or leave those passages out"
        )
    return array


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _encode(values: NDArray[Any], what: str) -> tuple[NDArray[Any], Index]:
    """The sorted distinct values, and the place of each value among them."""
    try:
        distinct, codes = np.unique(values, return_inverse=True)
    except TypeError:
        raise InputError(
            f"the {what} are of several kinds that cannot be compared; expected all strings or "
            "all numbers"
        ) from None
    return distinct, codes.astype(np.intp)


def _of_labels(labels: NDArray[Any]) -> _Target:
    distinct, codes = _encode(labels, "labels")
    if len(distinct) < 2:
        found = f"only {distinct.tolist()[0]!r} as label" if len(distinct) else "no passages"
        raise InputError(f"got {found}; expected passages with at least two different labels")
    words = [f"label {name!r} stands in" for name in distinct.tolist()]
    return _Target(codes, np.arange(len(codes)), codes, words)


def _of_matrix(matrix: NDArray[Any], codes: Index, names: Sequence[str] | None) -> _Target:
    if not matrix.size or not np.isin(matrix, (0, 1)).all():
        raise InputError(
            f"got a matrix of shape {matrix.shape} with values other than 0 and 1, or with none; "
            "expected a row of zeros and ones for each passage"
        )
    columns = [f"label {name!r}" for name in names or range(matrix.shape[1])]
    if len(columns) != matrix.shape[1]:
        raise InputError(f"got {len(columns)} names for {matrix.shape[1]} columns of labels")
    words = [f"{column} {verb}" for verb in ("stands in", "is absent from") for column in columns]
    active = matrix.astype(bool)
    rows, classes = np.nonzero(np.hstack([active, ~active]))
    return _Target(_rarest(active, codes), rows, classes, words)


def _rarest(active: NDArray[np.bool_], codes: Index) -> Index:
    """Of each row the active column that stands in the fewest groups, n_labels for none."""
    rows, columns = np.nonzero(active)
    spread = _count_groups(codes[rows], columns, active.shape[1])
    strata: Index = np.where(active, spread, len(active) + 1).argmin(axis=1)
    strata[~active.any(axis=1)] = active.shape[1]
    return strata


def _count_groups(codes: Index, columns: Index, n_classes: int) -> Index:
    """In how many groups each class stands."""
    pairs = np.unique(codes * n_classes + columns)
    return np.bincount(pairs % n_classes, minlength=n_classes)


def _check_spread(classes: list[str], spread: Index, n_groups: int, unit: str, needed: int) -> None:
    if n_groups < 2:
        raise InputError(
            f"got one {unit}; expected at least {needed}, so that one can be held out: give each "
            "article its own group, or add passages from other articles"
        )
    for subject, count in zip(classes, spread.tolist(), strict=True):
        if count < needed:
            more = "passages" if unit == "passage" else "passages from other groups"
            raise InputError(
                f"{subject} {count} {unit}{'' if count == 1 else 's'}; expected at least {needed}, "
                f"so that one can be held out: add {more}, or merge the label into another or "
                "leave it out"
            )


def _candidates(
    strata: Index, codes: Index, is_grouped: bool, n_folds: int, random_state: int
) -> Iterator[Index]:
    """Fold numbers of the passages, best first.

    The last one holds out one group at a time, so it takes no more than one group of any label
    from a training part. Fewer folds may not: of three groups with the labels ab, bc and ac, two
    always lack a label when the third is by itself.
    """
    n_groups = int(codes.max()) + 1
    for n in range(n_folds, n_groups + 1):
        for seed in range(random_state, random_state + _TRIES):
            yield _stratified(_merge_small(strata, n), codes if is_grouped else None, n, seed)
        yield (np.random.default_rng(random_state).permutation(n_groups) % n)[codes]


def _merge_small(strata: Index, n_folds: int) -> Index:
    """Make one stratum of those with fewer rows than folds, of which scikit-learn warns."""
    counts = np.bincount(strata)
    is_small = counts < n_folds
    if 0 < counts[is_small].sum() < n_folds:
        is_small[counts.argmax()] = True
    return np.where(is_small[strata], len(counts), strata)


def _stratified(strata: Index, codes: Index | None, n_folds: int, seed: int) -> Index:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    splitter = StratifiedKFold if codes is None else StratifiedGroupKFold
    parts = splitter(n_folds, shuffle=True, random_state=seed).split(strata, strata, codes)
    fold_of = np.empty(len(strata), dtype=np.intp)
    for fold, (_, held_out) in enumerate(parts):
        fold_of[held_out] = fold
    return fold_of


def _is_complete(
    fold_of: Index, codes: Index, holders: Index, held: Index, most_out: Index
) -> bool:
    """Whether no fold is empty or holds out more groups of a class than ``most_out``.

    ``holders`` and ``held`` are pairs of a group and a class that stands in it.
    """
    fold_of_group = np.empty(int(codes.max()) + 1, dtype=np.intp)
    fold_of_group[codes] = fold_of
    n_folds, n_classes = int(fold_of.max()) + 1, len(most_out)
    cells = fold_of_group[holders] * n_classes + held
    held_out = np.bincount(cells, minlength=n_folds * n_classes).reshape(n_folds, n_classes)
    return bool((held_out <= most_out).all() and np.bincount(fold_of).all())
