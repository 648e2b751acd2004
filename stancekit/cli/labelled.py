"""Labelled passages from tables: what `stancekit train` and `stancekit evaluate` are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stancekit.errors import InputError
from stancekit.labels import label_lists
from stancekit.rows import name_of
from stancekit.tables import read_table

__all__ = ["LabelColumns", "LabelledPassages", "is_text", "read_labelled"]


@dataclass(frozen=True)
class LabelColumns:
    """The columns that hold the parts of a labelled passage; None for a part that is not there."""

    text: str = "text"
    label: str = "label"
    group: str | None = None
    frames: str | None = None
    others: tuple[str, ...] = ()
    target: str | None = None


@dataclass(frozen=True)
class LabelledPassages:
    """Passages and what is known of them, in lists of one length.

    Attributes
    ----------
    texts : list of str, none of them empty
    labels : list, as the table holds them
    groups : list or None; the article of each passage
    frames : list of lists of str, or None
    others : dict of str to list; further columns by name
    n_left_out : int; rows that are not here because they have no text
    rows : list of int; places in the tables, from 0
    targets : list of str or None, or None; what each passage takes a stance on
    """

    texts: list[str]
    labels: list[Any]
    groups: list[Any] | None
    frames: list[list[str]] | None
    others: dict[str, list[Any]]
    n_left_out: int
    rows: list[int]
    targets: list[str | None] | None = None


def read_labelled(
    sources: Sequence[str], columns: LabelColumns, *, encoding: str = "utf-8"
) -> LabelledPassages:
    """Read the rows of one or several tables that have a text.

    Raises
    ------
    ColumnError, DataError
        As `read_table`.
    InputError
        When no row has a text, and for frames that are neither lists nor strings.
    """
    parts = (columns.text, columns.label, columns.group, columns.frames, columns.target)
    wanted = list(dict.fromkeys(column for column in (*parts, *columns.others) if column))
    table = read_table(sources, wanted, encoding=encoding)
    kept = [row for row, cell in enumerate(table[columns.text]) if is_text(cell)]
    if not kept:
        raise InputError(
            f"found no text in column {columns.text!r} of {table.name} ({len(table)} rows); "
            "expected a passage a row: check the file and --text"
        )
    frames = label_lists(table[columns.frames]) if columns.frames else None
    return LabelledPassages(
        texts=[table[columns.text][row] for row in kept],
        labels=[table[columns.label][row] for row in kept],
        groups=[table[columns.group][row] for row in kept] if columns.group else None,
        frames=[frames[row] for row in kept] if frames is not None else None,
        others={name: [table[name][row] for row in kept] for name in columns.others},
        n_left_out=len(table) - len(kept),
        rows=kept,
        targets=[name_of(table[columns.target][row]) for row in kept] if columns.target else None,
    )


def is_text(cell: Any) -> bool:
    """Whether a cell of a table is a string with something to read in it."""
    return isinstance(cell, str) and bool(cell.strip()) and "\0" not in cell
