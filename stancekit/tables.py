"""Tables of passages: CSV, JSON lines, Parquet and `datasets`, read in batches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from stancekit.errors import ColumnError, DataError
from stancekit.labels import nearest

__all__ = ["TABLE_SUFFIXES", "Table", "is_table", "read_batches", "read_table"]

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_DATASET_FILES = ("dataset_info.json", "dataset_dict.json", "state.json")
_BATCH = 1000

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
    """Whether a path's suffix says that it is a table."""
    return Path(path).suffix.lower() in TABLE_SUFFIXES


def read_table(
    sources: Sequence[str], columns: Sequence[str], *, encoding: str = "utf-8"
) -> Table:
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
    DataError
        For what cannot be read, and for a column that is not there.
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
    """The named columns of a table, ``size`` rows at a time; the parameters of `read_table`."""
    suffix = Path(source).suffix.lower()
    if suffix not in TABLE_SUFFIXES:
        batches = _read_dataset(source, size)
    elif not Path(source).is_file():
        raise DataError(f"there is no file {source}; check the path")
    elif suffix == ".parquet":
        batches = _read_parquet(source, columns, size)
    elif suffix in (".csv", ".tsv"):
        batches = _read_csv(source, "\t" if suffix == ".tsv" else ",", encoding, size)
    else:
        batches = _read_json_lines(source, columns, encoding, size)
    for batch in batches:
        for column in columns:
            if column not in batch:
                raise _no_column(source, column, list(batch))
        yield {column: batch[column] for column in columns}


def _read_csv(source: str, separator: str, encoding: str, size: int) -> Iterator[Columns]:
    import pandas as pd
    from pandas.errors import EmptyDataError, ParserError

    try:
        # Every cell stays the text that it is: no "NA", no number, no date is guessed.
        with pd.read_csv(
            source, sep=separator, dtype=str, na_filter=False, encoding=encoding, chunksize=size
        ) as reader:
            for frame in reader:
                yield {str(name): frame[name].tolist() for name in frame.columns}
    except EmptyDataError:
        raise DataError(f"{source} is empty; expected a header line and rows") from None
    except UnicodeDecodeError as error:
        raise _bad_encoding(source, encoding, error) from None
    except LookupError:
        raise _unknown_encoding(encoding) from None
    except ParserError as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise DataError(f"{source} is no valid CSV ({reason}); check its quoting") from None


def _read_json_lines(
    source: str, columns: Sequence[str], encoding: str, size: int
) -> Iterator[Columns]:
    try:
        with Path(source).open(encoding=_with_signature(encoding)) as lines:
            rows = _parse_lines(source, lines)
            first = next(rows, None)
            if first is None:
                raise DataError(f"{source} is empty; expected a JSON object on each line")
            for column in columns:
                if column not in first:
                    raise _no_column(source, column, list(first))
            yield {column: [first[column]] for column in columns}
            while batch := list(islice(rows, size)):
                yield {column: [row.get(column) for row in batch] for column in columns}
    except UnicodeDecodeError as error:
        raise _bad_encoding(source, encoding, error) from None
    except LookupError:
        raise _unknown_encoding(encoding) from None


def _parse_lines(source: str, lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"line {number} of {source} is no JSON ({error}); mend it") from None
        if not isinstance(row, dict):
            raise DataError(f"line {number} of {source} is no JSON object; expected {{...}}")
        yield row


def _read_parquet(source: str, columns: Sequence[str], size: int) -> Iterator[Columns]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(source) as file:
            names = file.schema_arrow.names
            for column in columns:
                if column not in names:
                    raise _no_column(source, column, names)
            for batch in file.iter_batches(size, columns=list(columns)):
                yield batch.to_pydict()
    except (ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"{source} cannot be read as Parquet ({error})") from None


def _read_dataset(source: str, size: int) -> Iterator[Columns]:
    dataset = _open_dataset(source)
    for start in range(0, len(dataset), size):
        yield dataset[start : start + size]


def _open_dataset(source: str) -> Any:
    """A `datasets.Dataset` whose ClassLabel columns hold names."""
    import datasets

    name, _, split = source.partition(":")
    try:
        if any((Path(name) / file).is_file() for file in _DATASET_FILES):
            dataset = datasets.load_from_disk(name)
            if isinstance(dataset, datasets.DatasetDict):
                dataset = dataset[split or "train"]
        elif Path(name).exists() and not Path(name).is_dir():
            raise DataError(
                f"{source} is no table; expected {', '.join(TABLE_SUFFIXES)}, or a directory or "
                "name that `datasets` can load"
            )
        else:
            dataset = datasets.load_dataset(name, split=split or "train")
    except DataError:
        raise
    except Exception as error:  # `datasets` raises what its many readers and the network raise
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"{source} is no file here and `datasets` cannot load it ({reason}); check the name, "
            "the split (NAME:SPLIT) and, for a name on the hub, the network"
        ) from None
    return _with_names(dataset)


def _with_names(dataset: Any) -> Any:
    """The dataset with label numbers turned into their names."""
    import datasets

    for column, feature in dataset.features.items():
        if isinstance(feature, datasets.ClassLabel):
            names = feature.names
            dataset = dataset.cast_column(column, datasets.Value("int64"))
            dataset = dataset.map(
                _name_of, fn_kwargs={"column": column, "names": names}, features=None
            )
    return dataset


def _name_of(row: dict[str, Any], column: str, names: list[str]) -> dict[str, str | None]:
    number = row[column]
    return {column: None if number is None or number < 0 else names[number]}


def _no_column(source: str, column: str, names: list[str]) -> ColumnError:
    guess = nearest(column, names)
    hint = f"did you mean {guess!r}? " if guess else ""
    return ColumnError(f"{source} has no column {column!r}; {hint}it has {', '.join(names)}")


def _bad_encoding(source: str, encoding: str, error: UnicodeDecodeError) -> DataError:
    return DataError(
        f"{source} is not {encoding} (byte {error.start} is 0x{error.object[error.start]:02x}); "
        "name its encoding, e.g. --encoding windows-1252"
    )


def _unknown_encoding(encoding: str) -> DataError:
    return DataError(f"unknown encoding {encoding!r}; expected one like utf-8 or windows-1252")


def _with_signature(encoding: str) -> str:
    return "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
