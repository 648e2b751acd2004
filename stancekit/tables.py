"""Tables of passages: CSV, JSON lines, Parquet and `datasets`, read in batches, every row kept."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from stancekit.errors import ColumnError, DataError
from stancekit.hub import is_saved_dataset, open_dataset
from stancekit.labels import nearest

__all__ = ["TABLE_SUFFIXES", "Table", "column_names", "is_table", "read_batches", "read_table"]

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_BATCH = 1000
# Python's limit of 128 KiB a cell is shorter than some articles.
_LONGEST_CELL = 2**31 - 1

Columns = dict[str, list[Any]]


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
    return Path(path).suffix.lower() in TABLE_SUFFIXES or is_saved_dataset(path)


def column_names(source: str, *, encoding: str = "utf-8") -> list[str]:
    """The columns of a table that `read_table` can read, in order."""
    suffix = Path(source).suffix.lower()
    if suffix not in TABLE_SUFFIXES or is_saved_dataset(source):
        return list(open_dataset(source).column_names)
    if suffix == ".parquet":
        from pyarrow.parquet import read_schema

        return list(read_schema(source).names)
    with _open_text(source, encoding) as file:
        if suffix in (".csv", ".tsv"):
            return next(_csv_rows(source, file, "\t" if suffix == ".tsv" else ","), [])
        return list(dict.fromkeys(key for row in _parse_lines(source, file) for key in row))


def read_table(sources: Sequence[str], columns: Sequence[str], *, encoding: str = "utf-8") -> Table:
    """Read the named columns of one or several tables, one below the other.

    Parameters
    ----------
    sources : sequence of str
        Files, directories that `datasets` saved, or names that `datasets` knows; ``:split`` after
        the last two chooses a split, "train" by default.
    columns : sequence of str
    encoding : str
        Of CSV and JSON lines.

    Raises
    ------
    ColumnError
        For a column that is not there, or there twice.
    DataError
        For what cannot be read.
    """
    found: Columns = {column: [] for column in columns}
    for source in sources:
        for batch in read_batches(source, columns, encoding=encoding):
            for column in columns:
                found[column].extend(batch[column])
    return Table(", ".join(sources), found)


def read_batches(
    source: str, columns: Sequence[str], *, encoding: str = "utf-8", size: int = _BATCH
) -> Iterator[Columns]:
    """The named columns of a table, ``size`` rows at a time; the parameters of `read_table`.

    A cell is what the table holds: a string in CSV, any JSON value in JSON lines, None for a key
    that a JSON object lacks, bytes for a Parquet string that is no UTF-8.
    """
    suffix = Path(source).suffix.lower()
    if suffix not in TABLE_SUFFIXES and Path(source).is_file():
        raise DataError(
            f"{source} is no table; expected {', '.join(TABLE_SUFFIXES)}, or a directory or name "
            "that `datasets` can load"
        )
    if suffix not in TABLE_SUFFIXES or is_saved_dataset(source):
        return _read_dataset(source, columns, size)
    if not Path(source).is_file():
        raise DataError(f"there is no file {source}; check the path")
    if suffix == ".parquet":
        return _read_parquet(source, columns, size)
    if suffix in (".csv", ".tsv"):
        return _read_csv(source, columns, "\t" if suffix == ".tsv" else ",", encoding, size)
    return _read_json_lines(source, columns, encoding, size)


def _read_csv(
    source: str, columns: Sequence[str], separator: str, encoding: str, size: int
) -> Iterator[Columns]:
    with _open_text(source, encoding) as file:
        rows = _csv_rows(source, file, separator)
        header = next(rows, None)
        if header is None:
            raise DataError(f"{source} is empty; expected a header line and rows")
        _check_columns(source, columns, header)
        places = {column: header.index(column) for column in columns}
        while batch := list(islice(rows, size)):
            yield {column: [row[place] for row in batch] for column, place in places.items()}


def _csv_rows(source: str, file: TextIO, separator: str) -> Iterator[list[str]]:
    """The header and the rows of a CSV file; every cell stays the text that it is."""
    first = file.readline()
    file.seek(0)
    if separator == "," and "," not in first and ";" in first:
        separator = ";"  # as spreadsheets write it where the comma stands in numbers
    reader = csv.reader(file, delimiter=separator, strict=True)
    width = 0
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise DataError(
                f"line {line} of {source} is no valid CSV ({error}); check its quotes: a cell that "
                'begins with " ends with one, and holds "" for each " inside'
            ) from None
        if row is None:
            return
        width = width or len(row)
        if row and len(row) != width:
            raise DataError(
                f"line {line} of {source} has {_fields(len(row))} where the header has {width}; "
                f"put quotes round a cell that holds a {_spoken(separator)} or a line end"
            )
        if row:
            yield row


def _read_json_lines(
    source: str, columns: Sequence[str], encoding: str, size: int
) -> Iterator[Columns]:
    with _open_text(source, encoding) as file:
        rows = _parse_lines(source, file)
        batch = list(islice(rows, size))
        if not batch:
            raise DataError(f"{source} is empty; expected a JSON object on each line")
        _check_columns(source, columns, list(dict.fromkeys(key for row in batch for key in row)))
        while batch:
            yield {column: [row.get(column) for row in batch] for column in columns}
            batch = list(islice(rows, size))


def _parse_lines(source: str, file: TextIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"line {number} of {source} is no JSON ({error}); mend it") from None
        if not isinstance(row, dict):
            raise DataError(
                f"line {number} of {source} is no JSON object; expected {{...}} on each line"
            )
        yield row


def _read_parquet(source: str, columns: Sequence[str], size: int) -> Iterator[Columns]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(source) as file:
            _check_columns(source, columns, file.schema_arrow.names)
            for batch in file.iter_batches(size, columns=list(columns)):
                yield {column: _cells(batch.column(column)) for column in columns}
    except (ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"{source} cannot be read as Parquet ({reason}); write the file anew"
        ) from None


def _cells(array: Any) -> list[Any]:
    """The values of an Arrow array; a string that is no UTF-8 stays bytes, its row is kept."""
    import pyarrow as pa

    try:
        return list(array.to_pylist())
    except UnicodeDecodeError:
        return [_text_or_bytes(cell) for cell in array.cast(pa.large_binary()).to_pylist()]


def _text_or_bytes(cell: bytes | None) -> str | bytes | None:
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return cell


def _read_dataset(source: str, columns: Sequence[str], size: int) -> Iterator[Columns]:
    dataset = open_dataset(source)
    _check_columns(source, columns, dataset.column_names)
    dataset = dataset.select_columns(list(dict.fromkeys(columns)))
    names = {column: _class_names(feature) for column, feature in dataset.features.items()}
    for start in range(0, len(dataset), size):
        batch = dataset[start : start + size]
        yield {
            column: [_named(cell, names[column]) for cell in batch[column]] for column in columns
        }


def _class_names(feature: Any) -> list[str]:
    """The names behind the numbers of a ClassLabel column, or of a column of lists of them."""
    one = getattr(feature, "feature", feature)
    return getattr(one, "names", None) or []


def _named(cell: Any, names: list[str]) -> Any:
    """A cell with its label numbers turned into names; -1 is how `datasets` writes "no label"."""
    if not names or cell is None:
        return cell
    if isinstance(cell, list):
        return [_named(one, names) for one in cell]
    return names[cell] if cell >= 0 else None


def _check_columns(source: str, columns: Sequence[str], names: Sequence[str]) -> None:
    for column in columns:
        if column not in names:
            guess = nearest(column, names)
            hint = f"did you mean {guess!r}? " if guess else ""
            raise ColumnError(f"{source} has no column {column!r}; {hint}it has {', '.join(names)}")
        if names.count(column) > 1:
            raise ColumnError(
                f"{source} has {names.count(column)} columns named {column!r}; rename all but one"
            )


@contextmanager
def _open_text(source: str, encoding: str) -> Iterator[TextIO]:
    """A CSV or JSON lines file for reading; what its bytes do wrong becomes a DataError."""
    is_utf8 = encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        # utf-8-sig: spreadsheets put a byte order mark before the first column's name.
        codec = "utf-8-sig" if is_utf8 else encoding
        with Path(source).open(encoding=codec, newline="") as file:
            yield file
    except UnicodeDecodeError as error:
        raise _bad_encoding(source, encoding, error) from None
    except LookupError:
        raise DataError(
            f"unknown encoding {encoding!r}; expected one like utf-8 or windows-1252"
        ) from None
    except OSError as error:
        raise DataError(f"{source} cannot be read ({error.strerror}); check it") from None
    finally:
        csv.field_size_limit(limit)


def _bad_encoding(source: str, encoding: str, error: UnicodeDecodeError) -> DataError:
    byte = error.object[error.start]
    with Path(source).open("rb") as file:
        is_wide = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
    likely = "utf-16" if is_wide else "windows-1252"
    return DataError(
        f"{source} is not {encoding} (it holds the byte 0x{byte:02x}); name its encoding, "
        f"e.g. --encoding {likely}"
    )


def _fields(count: int) -> str:
    return f"{count} field" if count == 1 else f"{count} fields"


def _spoken(separator: str) -> str:
    return {",": "comma", ";": "semicolon", "\t": "tab"}[separator]
