"""What `stancekit predict` is given - files, folders, tables, stdin - as analyses, none lost."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from stancekit.analysis import Analysis, PassageAnalysis
from stancekit.article import read_article
from stancekit.errors import ColumnError, DataError
from stancekit.model import Model
from stancekit.tables import TABLE_SUFFIXES, is_table, read_batches
from stancekit.tables import Columns as Batch

__all__ = ["ARTICLE_SUFFIXES", "STDIN", "RowColumns", "analyze_sources", "find_sources"]

ARTICLE_SUFFIXES = (".txt", ".md", ".markdown", ".html", ".htm", ".xhtml")
STDIN = "-"

# Text files that hold data: read as articles they would get labels that mean nothing.
_NOT_ARTICLES = (".json", ".xml", ".yaml", ".yml")


@dataclass(frozen=True)
class RowColumns:
    """How a table's rows are read.

    Attributes
    ----------
    text : str or None; the column that holds the text
    id : str or None; the column that names the row, its number by default
    is_article : bool; whether a row is an article to be split, not one passage
    """

    text: str | None = None
    id: str | None = None
    is_article: bool = False


class _Cell(NamedTuple):
    """A row's text, and why it cannot be read where that is so."""

    text: str
    fault: str | None = None


def find_sources(inputs: Sequence[str], columns: RowColumns) -> list[str]:
    """The files among ``inputs``, folders replaced by the articles in them.

    Raises
    ------
    ColumnError
        For a table when ``columns`` names no text column, and for columns without a table.
    DataError
        For a path that is not there, a folder without articles, and a file of data that is no
        table.
    """
    found = [source for name in inputs for source in _expand(name)]
    tables = [source for source in found if is_table(source)]
    if tables and columns.text is None:
        raise ColumnError(
            f"{tables[0]} is a table; name the column that holds the text with --text"
        )
    if not tables and columns != RowColumns():
        raise ColumnError(
            "--text, --id and --split are for tables and there is none among the inputs; expected "
            f"a file that ends in {', '.join(TABLE_SUFFIXES)} (standard input is always an article)"
        )
    return found


def analyze_sources(
    model: Model,
    sources: Sequence[str],
    columns: RowColumns,
    *,
    encoding: str = "utf-8",
    voices: bool | None = None,
    explain: bool = False,
    tell: Callable[[str], None] = lambda sentence: None,
) -> Iterator[Analysis]:
    """Read and label each source in turn.

    An article that cannot be read gives an analysis whose one passage says why in its status, and
    ``tell`` gets the sentence. A table comes in pieces of some rows. Voices are looked for in
    articles, and not in rows that are one passage each, unless ``voices`` says otherwise.
    ``explain`` has each passage carry why it has its label.
    """
    for source in sources:
        if is_table(source):
            wanted = columns.is_article if voices is None else voices
            yield from _analyze_table(model, source, columns, encoding, wanted, explain)
        else:
            yield _analyze_file(model, source, encoding, voices is not False, explain, tell)


def _expand(name: str) -> list[str]:
    path = Path(name)
    if name == STDIN or (is_table(path) and path.exists()):
        return [name]
    if not path.exists():
        raise DataError(f"there is no file or folder {name}; check the path")
    if path.suffix.lower() in _NOT_ARTICLES:
        raise DataError(
            f"{name} holds data, not an article; make it a table that ends in "
            f"{', '.join(TABLE_SUFFIXES)}, with one row a text"
        )
    if not path.is_dir():
        return [name]
    files = sorted(file for file in path.rglob("*") if file.is_file())
    articles = [str(file) for file in files if file.suffix.lower() in ARTICLE_SUFFIXES]
    if not articles:
        raise DataError(
            f"the folder {name} has no articles; expected files ending in "
            f"{', '.join(ARTICLE_SUFFIXES)}"
        )
    return articles


def _analyze_file(
    model: Model,
    source: str,
    encoding: str,
    voices: bool,
    explain: bool,
    tell: Callable[[str], None],
) -> Analysis:
    is_stdin = source == STDIN
    name = "stdin" if is_stdin else source
    try:
        article = read_article(
            sys.stdin.buffer if is_stdin else source, name=name, encoding=encoding
        )
    except DataError as error:
        tell(str(error))
        status = getattr(error, "status", "unreadable")
        return Analysis(name, (PassageAnalysis(name, 0, 0, 0, "", status=status),), model.labels)
    return model.analyze(
        article.text, name=name, markup=article.markup, voices=voices, explain=explain
    )


def _analyze_table(
    model: Model,
    source: str,
    columns: RowColumns,
    encoding: str,
    voices: bool,
    explain: bool,
) -> Iterator[Analysis]:
    wanted = [column for column in (columns.text, columns.id) if column]
    first = 0
    for batch in read_batches(source, wanted, encoding=encoding):
        cells, ids = _rows_of(batch, columns, first)
        if columns.is_article:
            yield from (
                _analyze_row(model, cell, row, voices, explain)
                for cell, row in zip(cells, ids, strict=True)
            )
        else:
            yield _analyze_rows(model, cells, ids, source, first, voices, explain)
        first += len(cells)


def _analyze_rows(
    model: Model,
    cells: Sequence[_Cell],
    ids: Sequence[str],
    source: str,
    first: int,
    voices: bool,
    explain: bool,
) -> Analysis:
    texts = ["" if cell.fault else cell.text for cell in cells]
    read = model.analyze_passages(
        texts, name=source, ids=ids, first=first, voices=voices, explain=explain
    )
    rows = (
        replace(row, text=cell.text, end=len(cell.text), status=cell.fault) if cell.fault else row
        for row, cell in zip(read, cells, strict=True)
    )
    return Analysis(source, tuple(rows), model.labels)


def _analyze_row(model: Model, cell: _Cell, row: str, voices: bool, explain: bool) -> Analysis:
    if cell.fault is None:
        return model.analyze(cell.text, name=row, id=row, voices=voices, explain=explain)
    text = cell.text
    lost = PassageAnalysis(row, 0, 0, len(text), text, status=cell.fault, id=row)
    return Analysis(row, (lost,), model.labels)


def _rows_of(batch: Batch, columns: RowColumns, first: int) -> tuple[list[_Cell], list[str]]:
    cells = [_read_cell(cell) for cell in batch[columns.text or ""]]
    ids = batch[columns.id] if columns.id else range(first, first + len(cells))
    return cells, [_read_cell(one).text for one in ids]


def _read_cell(cell: Any) -> _Cell:
    """A cell as text; only a string without NUL characters is one that a model may read."""
    if cell is None or (isinstance(cell, float) and cell != cell):
        return _Cell("", "null")
    if isinstance(cell, bytes):
        try:
            return _read_cell(cell.decode())
        except UnicodeDecodeError:
            return _Cell(cell.decode(errors="backslashreplace"), "bad_encoding")
    if isinstance(cell, str):
        return _Cell(cell, "not_text" if "\0" in cell else None)
    if isinstance(cell, list | dict):
        return _Cell(json.dumps(cell, ensure_ascii=False, default=str), "not_text")
    return _Cell(str(cell), "not_text")
