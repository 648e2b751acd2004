"""What `stancekit predict` is given - files, folders, tables, stdin - found and checked."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stancekit.article import says_facts
from stancekit.errors import ColumnError, DataError
from stancekit.hub import is_saved_dataset
from stancekit.tables import TABLE_SUFFIXES, is_table, open_table
from stancekit.tables.batches import check_columns
from stancekit.tables.streams import STDIN

__all__ = ["ARTICLE_SUFFIXES", "Reading", "check_tables", "find_sources", "holds_rows"]

ARTICLE_SUFFIXES = (".txt", ".md", ".markdown", ".html", ".htm", ".xhtml")
# What a run keeps its finished parts in: never an input.
PARTS_SUFFIX = ".parts"

# Text files that hold data: read as articles they would get labels that mean nothing.
_NOT_ARTICLES = (".json", ".xml", ".yaml", ".yml")


@dataclass(frozen=True)
class Reading:
    """How inputs are read.

    Attributes
    ----------
    text : str or None; the column of a table that holds the text
    id : str or None; the column that names the row, its number by default
    keep : tuple of str; columns that are carried through, of articles what their files say
    is_article : bool; whether a row is an article to be split, not one passage
    stdin : {"article", "csv", "tsv", "jsonl"}; what standard input holds
    encoding : str; of text, CSV and JSON lines
    voices : bool or None; whether to find who says it; None: in articles, not in rows that are one
        passage each
    explain : bool; whether each passage carries why it has its label
    target : str or None; the column that says what the row takes a stance on
    """

    text: str | None = None
    id: str | None = None
    keep: tuple[str, ...] = ()
    is_article: bool = False
    stdin: str = "article"
    encoding: str = "utf-8"
    voices: bool | None = None
    explain: bool = False
    target: str | None = None

    @property
    def columns(self) -> list[str]:
        """The columns of a table that are read, each once."""
        named = (self.text, self.id, self.target, *self.keep)
        return list(dict.fromkeys(name for name in named if name is not None))


def holds_rows(source: str, reading: Reading) -> bool:
    """Whether a source is a table."""
    return reading.stdin != "article" if source == STDIN else is_table(source)


def find_sources(
    inputs: Sequence[str], reading: Reading, *, besides: Path | None = None
) -> list[str]:
    """The files among ``inputs``; a folder is its tables where a text column is named, else its
    articles.

    Parameters
    ----------
    inputs : sequence of str; paths, patterns such as ``posts/*.jsonl``, or ``-``
    reading : Reading
    besides : Path or None; a file that is not taken from a folder: the output

    Raises
    ------
    ColumnError
        For a table when no text column is named, and for columns without a table.
    DataError
        For a path that is not there, a folder without articles or tables, and a file of data that
        is no table.
    """
    found = [source for name in inputs for source in _expand(name, reading, besides)]
    tables = [source for source in found if holds_rows(source, reading)]
    if tables and reading.text is None:
        raise ColumnError(
            f"{tables[0]} is a table; name the column that holds the text with --text"
        )
    if not tables and (reading.text or reading.id or reading.target or reading.is_article):
        raise ColumnError(
            "--text, --id, --target and --split are for tables and there is none among the inputs; "
            f"expected a file that ends in {', '.join(TABLE_SUFFIXES)}, or for standard input "
            "--stdin csv or --stdin jsonl"
        )
    return found


def check_tables(
    sources: Sequence[str], reading: Reading, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Look into each table for the columns before any work is done, and at articles for facts.

    ``tell`` gets a sentence for a table without rows. Standard input is not looked into.

    Returns
    -------
    dict of the columns to keep, to their Arrow type, or to None where they are written as text

    Raises
    ------
    ColumnError
        For a column that is not there, or there twice, and for columns to keep of plain text alone.
    DataError
        For a table that cannot be opened.
    """
    if reading.keep and not any(holds_rows(one, reading) or says_facts(one) for one in sources):
        raise ColumnError(
            f"{sources[0]} is plain text, which says no {reading.keep[0]!r} of itself; expected a "
            "table, Markdown with front matter, or web pages (for an HTML report, --data TABLE)"
        )
    types: dict[str, set[Any]] = {name: set() for name in reading.keep}
    for source in sources:
        if not holds_rows(source, reading):
            for kinds in types.values():
                kinds.add(None)  # what an article says is text
            continue
        table = open_table(source, encoding=reading.encoding, form=reading.stdin)
        names = [] if source == STDIN else table.names()
        if names:
            check_columns(source, reading.columns, names)
        elif source != STDIN and not Path(source).stat().st_size:
            tell(f"{source} is empty: 0 bytes, no row")
        of_table = table.types(list(reading.keep)) if names else dict.fromkeys(reading.keep)
        for name, kind in of_table.items():
            types[name].add(kind)
    # Tables that disagree about a column have it written as text.
    return {name: kinds.pop() if len(kinds) == 1 else None for name, kinds in types.items()}


def _expand(name: str, reading: Reading, besides: Path | None) -> list[str]:
    path = Path(name)
    if name == STDIN or (is_table(name) and (path.exists() or is_saved_dataset_split(name))):
        return [name]
    if not path.exists():
        if not glob.has_magic(name):
            raise DataError(f"there is no file or folder {name}; check the path")
        matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207, may be absolute
        if not matches:
            raise DataError(f"no file matches {name}; check the pattern")
        return [source for match in matches for source in _expand(match, reading, besides)]
    if path.suffix.lower() in _NOT_ARTICLES:
        raise DataError(
            f"{name} holds data, not an article; make it a table that ends in "
            f"{', '.join(TABLE_SUFFIXES)}, with one row a text"
        )
    if not path.is_dir():
        return [name]
    return _tables_in(path, besides) if reading.text is not None else _articles_in(path)


def is_saved_dataset_split(name: str) -> bool:
    """Whether a name is a split of a directory that `datasets` saved, as in ``posts:test``."""
    folder, colon, _ = name.rpartition(":")
    return bool(colon) and is_saved_dataset(folder)


def _articles_in(folder: Path) -> list[str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    articles = [str(file) for file in files if file.suffix.lower() in ARTICLE_SUFFIXES]
    if articles:
        return articles
    hint = ""
    if any(is_table(file) for file in files):
        hint = "; it has tables: name the column that holds the text with --text"
    raise DataError(
        f"the folder {folder} has no articles; expected files ending in "
        f"{', '.join(ARTICLE_SUFFIXES)}{hint}"
    )


def _tables_in(folder: Path, besides: Path | None) -> list[str]:
    output = None if besides is None else besides.resolve()
    tables = [str(path) for path in _walk_tables(folder) if path.resolve() != output]
    if not tables:
        raise DataError(
            f"the folder {folder} has no tables; expected files ending in "
            f"{', '.join(TABLE_SUFFIXES)}, or directories that `datasets` saved"
        )
    return tables


def _walk_tables(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        inner = sorted(folders)
        saved = [name for name in inner if is_saved_dataset(Path(place, name))]
        # Not into saved data sets, whose files are no tables by themselves, nor into other runs.
        folders[:] = [
            name for name in inner if name not in saved and not name.endswith(PARTS_SUFFIX)
        ]
        tables = [name for name in files if is_table(name) and not name.startswith(".")]
        yield from (Path(place, name) for name in sorted([*saved, *tables]))
