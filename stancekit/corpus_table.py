"""Predictions and labels of the same passages, brought together from several tables by id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stancekit.bootstrap import Floats
from stancekit.errors import DataError
from stancekit.labels import is_missing, label_lists
from stancekit.months import month_of
from stancekit.tables import Table, column_names, read_table

__all__ = ["Columns", "Key", "MeasuredPassages", "looked_up", "read_corpus", "row_keys"]

# Rows that `stancekit predict` writes for what is no passage of the debate.
_NO_PASSAGE = ("heading", "furniture")
_ABSTAINED = "abstained"
_PROBABILITY, _FRAME_PROBABILITY = "p_", "f_"

# The column that holds, in JSON, what CSV has in a column a name.
_NESTED = {_PROBABILITY: "probabilities", _FRAME_PROBABILITY: "frame_probabilities"}

Key = tuple[str, ...]
Rows = Sequence[dict[str, float] | None]


@dataclass(frozen=True)
class Columns:
    """The columns that hold what is known of a passage; None for what is not known."""

    ids: tuple[str, ...] = ("id",)
    group: str | None = None
    by: tuple[str, ...] = ()
    date: str | None = None
    gold: str = "label"
    inclusion: str | None = None
    frames: str | None = None
    gold_frames: str | None = None

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
    frames : list of lists of str, or None where they were not asked for
    frame_names : list of str, all frames of the model
    frame_proba : ndarray of shape (n_passages, n_frames), or None
    gold_frames : list of lists of str, None for passages that nobody labelled; or None
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
    frames: list[list[str]] | None
    frame_names: list[str]
    frame_proba: Floats | None
    gold_frames: list[Any] | None
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
    right, inclusion, marks, n_unlabelled = None, None, None, 0
    if gold is not None:
        before = [None] * (len(corpus) if elsewhere is not None else 0)
        sheet, n_unlabelled = _read_gold(gold, columns, tables[-1], encoding)
        right = [*before, *sheet[columns.gold]]
        inclusion = [*before, *sheet[columns.inclusion]] if columns.inclusion else None
        marks = [*before, *sheet[columns.gold_frames]] if columns.gold_frames else None
    labels = _names([one for table in tables for one in table.probabilities], tables, right)
    frames = _cells(tables, columns.frames) if columns.frames else None
    frame_rows = [one for table in tables for one in table.frame_probabilities]
    frame_names = _frame_names(frame_rows, frames or [], marks or [])
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
        proba=_proba([one for table in tables for one in table.probabilities], labels),
        by=by,
        frames=frames,
        frame_names=frame_names,
        frame_proba=_proba(frame_rows, frame_names),
        gold_frames=marks,
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
    frame_probabilities: list[dict[str, float] | None]
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
    flat = (_PROBABILITY, _FRAME_PROBABILITY) if columns.frames else (_PROBABILITY,)
    further = [name for name in names if name.startswith(flat)]
    further += [name for name in ("status", *_NESTED.values()) if name in names]
    further += [columns.frames] if columns.frames else []
    ids = columns.ids if has_ids else ()
    wanted = list(dict.fromkeys(["stance", *own, *further, *ids]))
    table = read_table([source], wanted, encoding=encoding)
    keys = row_keys(table, ids, source) if has_ids else []
    cells = {name: table[name] for name in ["stance", *own]}
    if columns.frames:
        cells[columns.frames] = label_lists(table[columns.frames])
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
        [_row_probabilities(table, row, _PROBABILITY) for row in kept],
        [_row_probabilities(table, row, _FRAME_PROBABILITY) for row in kept],
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
) -> tuple[dict[str, list[Any]], int]:
    """What coders say, column by column and by prediction, and how many rows are not used."""
    said = [name for name in (columns.gold, columns.inclusion, columns.gold_frames) if name]
    table = read_table([source], list(dict.fromkeys([*columns.ids, *said])), encoding=encoding)
    cells = {name: table[name] for name in said}
    if columns.gold_frames:
        cells[columns.gold_frames] = label_lists(cells[columns.gold_frames])
    row_of = {key: row for row, key in enumerate(predicted.keys)}
    keys = row_keys(table, columns.ids, source)
    lacking = [key for key in keys if key not in row_of and key not in predicted.unlabelled]
    if lacking:
        raise DataError(
            f"{predicted.name} has no prediction for {len(lacking)} of {len(keys)} rows of "
            f"{source}, the first {_shown(lacking[0])}; name the same --id in both, or give "
            "predictions of these passages with --gold-predictions"
        )
    found: dict[str, list[Any]] = {name: [None] * len(predicted) for name in said}
    n_used = 0
    for place, key in enumerate(keys):
        if key in row_of and not is_missing(table[columns.gold][place]):
            for name in said:
                found[name][row_of[key]] = cells[name][place]
            n_used += 1
    stripped = (None if cell is None else str(cell).strip() for cell in found[columns.gold])
    found[columns.gold] = list(stripped)
    if not n_used:
        raise DataError(
            f"no row of {source} has both a label in {columns.gold!r} and a prediction; label some "
            "passages first, or name the column with --gold-label"
        )
    return found, len(keys) - n_used


def _row_probabilities(table: Table, row: int, prefix: str) -> dict[str, float] | None:
    """Those of labels or of frames, from one column of JSON or one a name."""
    if _NESTED[prefix] in table.columns:
        cell = table[_NESTED[prefix]][row]
        found = cell if isinstance(cell, dict) else {}
    else:
        names = (name for name in table.columns if name.startswith(prefix))
        found = {name.removeprefix(prefix): table[name][row] for name in names}
    try:
        return {str(name): float(cell) for name, cell in found.items()} or None
    except (TypeError, ValueError):
        return None


def _names(rows: Rows, tables: Iterable[_Predicted], gold: list[Any] | None) -> list[str]:
    """The labels of the model where its probabilities name them, else all that occur."""
    scored = next((one for one in rows if one), None)
    if scored:
        return list(scored)
    said = {str(cell) for cell in _cells(tables, "stance")}
    return sorted({*said, *(label for label in gold or () if label is not None)})


def _frame_names(rows: Rows, frames: list[list[str]], gold: list[Any]) -> list[str]:
    """The frames of the model where its probabilities name them, else all that occur."""
    scored = next((one for one in rows if one), None)
    if scored:
        return list(scored)
    return sorted({name for cell in (*frames, *gold) for name in cell or ()})


def _proba(rows: Rows, names: list[str]) -> Floats | None:
    """Probabilities, or None where a row has none or has those of other names."""
    if not names or not all(one is not None and one.keys() == set(names) for one in rows):
        return None
    return np.array([[one[name] for name in names] for one in rows if one is not None])


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
    month = month_of(cell)
    if month is None:
        raise DataError(
            f"got {str(cell)!r} in the column {column!r}; expected dates such as 2019-01-16"
        )
    return month


def _shown(key: Key) -> str:
    return ", ".join(map(repr, key))
