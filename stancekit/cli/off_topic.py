"""Passages that are not about the debate: what `stancekit train --off-topic` is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stancekit.article import read_article, split_passages
from stancekit.cli.labelled import LabelColumns, is_text
from stancekit.errors import InputError
from stancekit.tables import column_names, is_table, read_table

__all__ = ["OffTopic", "read_off_topic"]


@dataclass(frozen=True)
class OffTopic:
    """Passages, none of them empty, and the article of each where that is known."""

    texts: list[str]
    groups: list[Any] | None = None


def read_off_topic(source: str, columns: LabelColumns, *, encoding: str = "utf-8") -> OffTopic:
    """Read a table with the text column of the labelled one, or the paragraphs of a text file.

    The articles of a table's rows are taken from its group column, where it has one.

    Raises
    ------
    ColumnError, DataError
        As `read_table` and `read_article`.
    InputError
        When there is no text.
    """
    found = _of_table(source, columns, encoding) if is_table(source) else _of_text(source, encoding)
    if not found.texts:
        raise InputError(
            f"found no text in {source}; expected passages that are not about the debate, in the "
            f"column {columns.text!r} of a table or as paragraphs of a text file"
        )
    return found


def _of_table(source: str, columns: LabelColumns, encoding: str) -> OffTopic:
    has_groups = columns.group in column_names(source, encoding=encoding)
    wanted = [columns.text, *([columns.group] if has_groups and columns.group else [])]
    table = read_table([source], list(dict.fromkeys(wanted)), encoding=encoding)
    kept = [row for row, cell in enumerate(table[columns.text]) if is_text(cell)]
    groups = [table[wanted[-1]][row] for row in kept] if len(wanted) > 1 else None
    return OffTopic([table[columns.text][row] for row in kept], groups)


def _of_text(source: str, encoding: str) -> OffTopic:
    article = read_article(source, encoding=encoding)
    passages = split_passages(article.text, markup=article.markup)
    return OffTopic([one.reading for one in passages if one.kind == "paragraph"])
