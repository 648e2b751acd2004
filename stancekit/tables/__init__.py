"""Tables of passages: CSV, JSON lines, Parquet and `datasets`, read in batches, every row kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from stancekit.errors import DataError
from stancekit.hub import is_saved_dataset
from stancekit.tables.arrow_rows import DatasetRows, ParquetRows
from stancekit.tables.batches import Batch, Columns, Most, check_columns
from stancekit.tables.csv_rows import CsvRows
from stancekit.tables.json_lines import JsonLines
from stancekit.tables.streams import COMPRESSED, STDIN, bad_encoding

__all__ = [
    "STDIN_FORMS",
    "TABLE_SUFFIXES",
    "Table",
    "TableReader",
    "column_names",
    "is_table",
    "open_table",
    "read_table",
]

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
# What standard input may hold when it is a table: what can be read from beginning to end.
STDIN_FORMS = ("csv", "tsv", "jsonl")
_BATCH = Most(1000, 2**26)


class TableReader(Protocol):
    """A table that can be read from its beginning to its end."""

    @property
    def source(self) -> str: ...

    def names(self) -> list[str]: ...

    def types(self, names: list[str]) -> dict[str, Any]: ...

    def batches(self, names: list[str], most: Most) -> Iterator[Batch]: ...


@dataclass(frozen=True)
class Table:
    """Some columns of a table, in memory.

    Attributes
    ----------
    name : str; where it came from
    columns : dict of str to list, all of one length
    """

    name: str
    columns: Columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def __getitem__(self, column: str) -> list[Any]:
        return self.columns[column]


def is_table(path: str | Path) -> bool:
    """Whether a path is a table, by its suffix or as a directory that `datasets` saved."""
    return _suffix(str(path)) in TABLE_SUFFIXES or is_saved_dataset(_without_split(str(path)))


def open_table(source: str, *, encoding: str = "utf-8", form: str = "") -> TableReader:
    """A table, of which nothing has been read yet.

    Parameters
    ----------
    source : str
        A file, a directory that `datasets` saved, a name that `datasets` knows (``:split`` after
        the last two chooses a split, "train" by default), or ``-`` for standard input.
    encoding : str
        Of CSV and JSON lines.
    form : {"csv", "tsv", "jsonl"}
        What standard input holds.

    Raises
    ------
    DataError
        For a file that is not there or no table.
    """
    suffix = f".{form}" if source == STDIN else _suffix(source)
    if suffix not in TABLE_SUFFIXES and Path(source).is_file():
        raise DataError(
            f"{source} is no table; expected {', '.join(TABLE_SUFFIXES)}, or a directory or name "
            "that `datasets` can load"
        )
    if suffix not in TABLE_SUFFIXES or is_saved_dataset(source):
        return DatasetRows(source)
    if source != STDIN and not Path(source).is_file():
        raise DataError(f"there is no file {source}; check the path")
    if suffix == ".parquet":
        return ParquetRows(source)
    if suffix in (".csv", ".tsv"):
        return CsvRows(source, encoding, "\t" if suffix == ".tsv" else ",")
    return JsonLines(source, encoding)


def column_names(source: str, *, encoding: str = "utf-8") -> list[str]:
    """The columns of a table that `read_table` can read, in order."""
    return open_table(source, encoding=encoding).names()


def read_table(sources: Sequence[str], columns: Sequence[str], *, encoding: str = "utf-8") -> Table:
    """Read the named columns of one or several tables, one below the other.

    A cell is what the table holds: a string in CSV, any JSON value in JSON lines, None for a key
    that a JSON object lacks, bytes for a Parquet string that is no UTF-8.

    Parameters
    ----------
    sources : sequence of str
        As `open_table` takes them, but for standard input.
    columns : sequence of str
    encoding : str
        Of CSV and JSON lines.

    Raises
    ------
    ColumnError
        For a column that is not there, or there twice.
    DataError
        For what cannot be read: one broken row is enough.
    """
    found: Columns = {column: [] for column in columns}
    for source in sources:
        table = open_table(source, encoding=encoding)
        names = table.names()
        if not names:
            _refuse_empty(table)
        check_columns(source, columns, names)
        for batch in table.batches(list(found), _BATCH):
            cells = _sound_cells(batch, list(found))
            for column, values in cells.items():
                _check_decoded(table, values, encoding)
                found[column].extend(values)
    return Table(", ".join(sources), found)


def _refuse_empty(table: TableReader) -> None:
    for batch in table.batches([], _BATCH):
        _sound_cells(batch, [])  # says which line is wrong
    expected = (
        "a header line and rows" if isinstance(table, CsvRows) else "a JSON object on each line"
    )
    raise DataError(f"{table.source} is empty; expected {expected}")


def _sound_cells(batch: Batch, names: list[str]) -> Columns:
    """The cells of rows without a fault."""
    cells = batch.cells(names)
    for fault in cells.faults.values():
        raise DataError(fault.sentence)
    return cells.columns


def _check_decoded(table: TableReader, cells: list[Any], encoding: str) -> None:
    """Refuse bytes that are no text in the encoding; in Parquet a column may hold bytes."""
    if not isinstance(table, CsvRows | JsonLines):
        return
    if bad := next((cell for cell in cells if isinstance(cell, bytes)), None):
        text = bad.decode("utf-8", "surrogateescape")
        raise DataError(bad_encoding(table.source, encoding, text))


def _suffix(source: str) -> str:
    path = Path(source.lower())
    return Path(path.stem).suffix if path.suffix in COMPRESSED else path.suffix


def _without_split(source: str) -> str:
    return source if Path(source).exists() else source.partition(":")[0]
