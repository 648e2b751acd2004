"""What `stancekit predict` is given - files, folders, tables, stdin - as analyses, none lost."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stancekit.analysis import Analysis, PassageAnalysis
from stancekit.article import read_article
from stancekit.errors import ColumnError, DataError, MissingExtraError
from stancekit.model import Model
from stancekit.tables import Columns as Batch
from stancekit.tables import is_table, read_batches

__all__ = ["ARTICLE_SUFFIXES", "STDIN", "RowColumns", "analyze_sources", "find_sources"]

ARTICLE_SUFFIXES = (".txt", ".md", ".markdown", ".html", ".htm", ".xhtml")
STDIN = "-"

_logger = logging.getLogger(__name__)


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


def find_sources(inputs: Sequence[str], columns: RowColumns) -> list[str]:
    """The files among ``inputs``, folders replaced by the articles in them.

    Raises
    ------
    ColumnError
        For a table when ``columns`` names no text column.
    DataError
        For a path that is not there, and a folder without articles.
    """
    found = [source for name in inputs for source in _expand(name)]
    for source in found:
        if is_table(source) and columns.text is None:
            raise ColumnError(
                f"{source} is a table; name the column that holds the text with --text"
            )
    return found


def analyze_sources(
    model: Model, sources: Sequence[str], columns: RowColumns, *, encoding: str = "utf-8"
) -> Iterator[Analysis]:
    """Read and label each source in turn.

    An article that cannot be read gives an analysis whose one passage says why in its status, and
    a warning in the log. A table comes in pieces of some rows.
    """
    for source in sources:
        if is_table(source):
            yield from _analyze_table(model, source, columns, encoding)
        else:
            yield _analyze_file(model, source, encoding)


def _expand(name: str) -> list[str]:
    path = Path(name)
    if name == STDIN or path.is_file():
        return [name]
    if not path.exists():
        raise DataError(f"there is no file or folder {name}; check the path")
    articles = sorted(p for p in path.rglob("*") if p.suffix.lower() in ARTICLE_SUFFIXES)
    if not articles:
        raise DataError(
            f"the folder {name} has no articles; expected files ending in "
            f"{', '.join(ARTICLE_SUFFIXES)}"
        )
    return [str(article) for article in articles]


def _analyze_file(model: Model, source: str, encoding: str) -> Analysis:
    is_stdin = source == STDIN
    name = "stdin" if is_stdin else source
    try:
        article = read_article(
            sys.stdin.buffer if is_stdin else source, name=name, encoding=encoding
        )
    except MissingExtraError:
        raise
    except (DataError, OSError) as error:
        _logger.warning("%s", error)
        status = getattr(error, "status", "unreadable")
        return Analysis(name, (PassageAnalysis(name, 0, 0, 0, "", status=status),), model.labels)
    return model.analyze(article.text, name=name, markup=article.markup)


def _analyze_table(
    model: Model, source: str, columns: RowColumns, encoding: str
) -> Iterator[Analysis]:
    wanted = [column for column in (columns.text, columns.id) if column]
    first = 0
    for batch in read_batches(source, wanted, encoding=encoding):
        texts, ids = _rows_of(batch, columns, first)
        first += len(texts)
        if columns.is_article:
            yield from (_analyze_row(model, text, row) for text, row in zip(texts, ids, strict=True))
        else:
            rows = model.analyze_passages(texts, name=source, ids=ids, first=first - len(texts))
            yield Analysis(source, tuple(rows), model.labels)


def _rows_of(batch: Batch, columns: RowColumns, first: int) -> tuple[list[str | None], list[str]]:
    cells = batch[columns.text or ""]
    texts = [None if cell is None or cell != cell else str(cell) for cell in cells]
    ids = batch[columns.id] if columns.id else range(first, first + len(texts))
    return texts, [str(one) for one in ids]


def _analyze_row(model: Model, text: str | None, row: str) -> Analysis:
    if text is None:
        empty = PassageAnalysis(row, 0, 0, 0, "", status="null", id=row)
        return Analysis(row, (empty,), model.labels)
    return model.analyze(text, name=row, id=row)
