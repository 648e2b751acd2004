"""Predictions and labels of the same passages, brought together from several tables by id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stancekit.bootstrap import Floats
from stancekit.errors import DataError
from stancekit.labels import is_missing
from stancekit.tables import Table, column_names, read_table

__all__ = ["Columns", "Key", "MeasuredPassages", "looked_up", "read_corpus", "row_keys"]

# Rows that `stancekit predict` writes for what is no passage of the debate.
_NO_PASSAGE = ("heading", "furniture")
_ABSTAINED = "abstained"
_DATE = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2]))(?:-\d{2}.*)?", re.DOTALL)
_PROBABILITY = "p_"

Key = tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """The columns that hold what is known of a passage; None for what is not known."""

    ids: tuple[str, ...] = ("id",)
    group: str | None = None
    by: tuple[str, ...] = ()
    date: str | None = None
    gold: str = "label"
    inclusion: str | None = None

    @property
    def of_passages(self) -> list[str]:
        """Those that say what part of the corpus a passage belongs to."""
        named = [*self.by, self.date, self.group]
        return list(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True)
class MeasuredPassages:
    """Passages with a stance, as `stancekit.measure` takes them: lists of one length.

    Attributes
    ----------
    labels : list of str
    stances, groups, gold, inclusion : list; the last three may be None
    in_corpus : list of bool
    proba : ndarray of shape (n_passages, n_labels), or None
    by : dict of str to list
    n_rows, n_lost : int; rows of the table, and those that should have a stance and have none
    n_abstained : int; of those that have none, the ones in which the model abstained
    n_unlabelled : int; gold rows that are not used, for they have no label or no stance
    """

    labels: list[str]
    stances: list[str]
    groups: list[Any] | None
    gold: list[Any] | None
    inclusion: list[Any] | None
    in_corpus: list[bool]
    proba: Floats | None
    by: dict[str, list[Any]]
    n_rows: int
    n_lost: int
    n_abstained: int
    n_unlabelled: int


def read_corpus(
    source: str,
    columns: Columns,
    *,
    data: str | None = None,
    gold: str | None = None,
    elsewhere: str | None = None,
    encoding: str = "utf-8",
) -> MeasuredPassages:
    """Read predictions, with what other tables say of the same passages.

    Parameters
    ----------
    source : str
        A table that `stancekit predict` wrote.
    columns : Columns
    data : str, optional
        A table with further columns of the same passages; those of ``source`` give way to them.
    gold : str, optional
        A table of passages with their right labels.
    elsewhere : str, optional
        Predictions for the passages of ``gold``, where they are not those of ``source``.
    encoding : str, of CSV and JSON lines

    Raises
    ------
    ColumnError, DataError
        For a column that is not there, an id that is missing, there twice or without a prediction,
        a date that is none, and a table without any stance.
    """
    has_ids = gold is not None or data is not None
    corpus = _read_predicted(source, columns, data, encoding, has_ids=has_ids)
    tables = [corpus]
    if elsewhere is not None:
        needed = replace(columns, by=(), date=None)
        tables.append(_read_predicted(elsewhere, needed, None, encoding, has_ids=True))
    right, inclusion, n_unlabelled = None, None, 0
    if gold is not None:
        before = [None] * (len(corpus) if elsewhere is not None else 0)
        found, drawn, n_unlabelled = _read_gold(gold, columns, tables[-1], encoding)
        right = [*before, *found]
        inclusion = [*before, *drawn] if columns.inclusion else None
    labels = _labels(tables, right)
    by = {name: _cells(tables, name) for name in columns.by}
    if columns.date:
        by["month"] = [_month(cell, columns.date) for cell in _cells(tables, columns.date)]
    return MeasuredPassages(
        labels=labels,
        stances=_cells(tables, "stance"),
        groups=_groups(tables, columns.group),
        gold=right,
        inclusion=inclusion,
        in_corpus=[table is corpus for table in tables for _ in range(len(table))],
        proba=_proba(tables, labels),
        by=by,
        n_rows=corpus.n_rows,
        n_lost=corpus.n_lost,
        n_abstained=corpus.n_abstained,
        n_unlabelled=n_unlabelled,
    )


@dataclass(frozen=True)
class _Predicted:
    """The rows of a table of predictions that have a stance."""

    name: str
    columns: dict[str, list[Any]]
    probabilities: list[dict[str, float] | None]
    keys: list[Key]  # empty where ids are not needed
    unlabelled: frozenset[Key]
    n_rows: int
    n_lost: int
    n_abstained: int

    def __len__(self) -> int:
        return len(self.columns["stance"])


def _read_predicted(
    source: str, columns: Columns, data: str | None, encoding: str, *, has_ids: bool
) -> _Predicted:
    for name, column in ((source, "stance"), (data, columns.ids[0])):
        if name is not None:
            read_table([name], [column], encoding=encoding)  # says what is wrong with the file
    names = column_names(source, encoding=encoding)
    there = column_names(data, encoding=encoding) if data is not None else []
    own = [name for name in columns.of_passages if name not in there]
    scores = [name for name in names if name.startswith(_PROBABILITY)]
    further = [name for name in ("status", "probabilities") if name in names]
    ids = columns.ids if has_ids else ()
    table = read_table(
        [source], list(dict.fromkeys(["stance", *own, *scores, *further, *ids])), encoding=encoding
    )
    keys = row_keys(table, ids, source) if has_ids else []
    cells = {name: table[name] for name in ["stance", *own]}
    others = [name for name in columns.of_passages if name in there]
    if data is not None and others:
        cells |= looked_up(data, others, columns.ids, keys, encoding)
    is_kept = [not is_missing(stance) for stance in table["stance"]]
    statuses = table["status"] if "status" in further else [None] * len(table)
    n_abstained = statuses.count(_ABSTAINED)
    if not any(is_kept):
        advice = "see its column 'status', and predict anew what can be labelled"
        if n_abstained:
            advice = f"{n_abstained} of them abstained: predict anew without a threshold"
        raise DataError(f"no row of {source} has a stance ({len(table)} rows); {advice}")
    kept = [row for row, is_one in enumerate(is_kept) if is_one]
    lost = [row for row, is_one in enumerate(is_kept) if not is_one]
    return _Predicted(
        source,
        {name: [column[row] for row in kept] for name, column in cells.items()},
        [_row_probabilities(table, row, scores) for row in kept],
        [keys[row] for row in kept] if keys else [],
        frozenset(keys[row] for row in lost) if keys else frozenset(),
        len(table),
        sum(statuses[row] not in _NO_PASSAGE for row in lost),
        n_abstained,
    )


def row_keys(table: Table, ids: Sequence[str], source: str) -> list[Key]:
    """What names each row; every row has a name of its own."""
    columns = [table[name] for name in ids]
    spoken = " and ".join(map(repr, ids))
    keys: dict[Key, None] = {}
    for row, cells in enumerate(zip(*columns, strict=True)):
        key = tuple(str(cell) for cell in cells)
        if any(map(is_missing, cells)):
            raise DataError(
                f"row {row + 1} of {source} has nothing in {spoken}; give each row its own, or "
                "name other columns with --id"
            )
        if key in keys:
            raise DataError(
                f"{source}: {spoken} is {_shown(key)} in two rows; give each row its own, or name "
                "with --id all the columns that tell rows apart"
            )
        keys[key] = None
    return list(keys)


def looked_up(
    source: str, names: list[str], ids: Sequence[str], keys: list[Key], encoding: str
) -> dict[str, list[Any]]:
    """Columns of another table, in the order of ``keys``."""
    table = read_table([source], list(dict.fromkeys([*ids, *names])), encoding=encoding)
    row_of = {key: row for row, key in enumerate(row_keys(table, ids, source))}
    lacking = [key for key in keys if key not in row_of]
    if lacking:
        raise DataError(
            f"{source} has no row for {len(lacking)} of {len(keys)} predictions, the first "
            f"{_shown(lacking[0])}; give the table that was predicted, and its --id"
        )
    return {name: [table[name][row_of[key]] for key in keys] for name in names}


def _read_gold(
    source: str, columns: Columns, predicted: _Predicted, encoding: str
) -> tuple[list[Any], list[Any], int]:
    """Right labels and inclusion probabilities by prediction, and how many rows are not used."""
    wanted = [*columns.ids, columns.gold, *([columns.inclusion] if columns.inclusion else [])]
    table = read_table([source], list(dict.fromkeys(wanted)), encoding=encoding)
    row_of = {key: row for row, key in enumerate(predicted.keys)}
    keys = row_keys(table, columns.ids, source)
    lacking = [key for key in keys if key not in row_of and key not in predicted.unlabelled]
    if lacking:
        raise DataError(
            f"{predicted.name} has no prediction for {len(lacking)} of {len(keys)} rows of "
            f"{source}, the first {_shown(lacking[0])}; name the same --id in both, or give "
            "predictions of these passages with --gold-predictions"
        )
    right: list[Any] = [None] * len(predicted)
    inclusion: list[Any] = [None] * len(predicted)
    n_used = 0
    for place, key in enumerate(keys):
        label = table[columns.gold][place]
        if key in row_of and not is_missing(label):
            right[row_of[key]] = str(label).strip()
            inclusion[row_of[key]] = table[columns.inclusion][place] if columns.inclusion else None
            n_used += 1
    if not n_used:
        raise DataError(
            f"no row of {source} has both a label in {columns.gold!r} and a prediction; label some "
            "passages first, or name the column with --gold-label"
        )
    return right, inclusion, len(keys) - n_used


def _row_probabilities(table: Table, row: int, scores: list[str]) -> dict[str, float] | None:
    if "probabilities" in table.columns:
        cell = table["probabilities"][row]
        found = cell if isinstance(cell, dict) else {}
    else:
        found = {name.removeprefix(_PROBABILITY): table[name][row] for name in scores}
    try:
        return {str(name): float(cell) for name, cell in found.items()} or None
    except (TypeError, ValueError):
        return None


def _labels(tables: Iterable[_Predicted], gold: list[Any] | None) -> list[str]:
    """The labels of the model where its probabilities name them, else all that occur."""
    scored = [one for table in tables for one in table.probabilities if one]
    if scored:
        return list(scored[0])
    said = {str(cell) for cell in _cells(tables, "stance")}
    return sorted({*said, *(label for label in gold or () if label is not None)})


def _proba(tables: Iterable[_Predicted], labels: list[str]) -> Floats | None:
    """Probabilities, or None where a row has none or has those of other labels."""
    rows = [one for table in tables for one in table.probabilities]
    if not all(one is not None and one.keys() == set(labels) for one in rows):
        return None
    return np.array([[one[label] for label in labels] for one in rows if one is not None])


def _cells(tables: Iterable[_Predicted], name: str) -> list[Any]:
    return [cell for one in tables for cell in one.columns.get(name, [None] * len(one))]


def _groups(tables: Sequence[_Predicted], column: str | None) -> list[str] | None:
    """Names of articles; those of another table are other articles."""
    if column is None:
        return None
    found = []
    for number, table in enumerate(tables):
        for row, cell in enumerate(table.columns[column]):
            if is_missing(cell):
                raise DataError(
                    f"a passage of {table.name} has nothing in {column!r} (row {row + 1} of those "
                    "with a stance); fill the column, or name another with --group"
                )
            found.append(f"{number} {cell}")
    return found


def _month(cell: Any, column: str) -> str | None:
    if is_missing(cell):
        return None
    match = _DATE.fullmatch(str(cell).strip())
    if match is None:
        raise DataError(
            f"got {str(cell)!r} in the column {column!r}; expected dates such as 2019-01-16"
        )
    return match[1]


def _shown(key: Key) -> str:
    return ", ".join(map(repr, key))
