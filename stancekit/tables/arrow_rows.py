"""Parquet and `datasets`: Arrow tables read in pieces; a damaged row group keeps its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stancekit.errors import DataError
from stancekit.hub import open_dataset
from stancekit.tables.batches import Cells, Fault, Most, digest_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

__all__ = ["DatasetRows", "ParquetRows", "cells_of", "cut_pieces"]

# A column beside the table's own, true in rows that could not be read and null in all others. It is
# made and read without `pa.array` and `to_numpy`, which import pandas: 0.4 s and 40 MB in each of
# many processes.
_UNREADABLE = "\0unreadable"
# How many times what a piece holds is read together, where row groups are that small.
_IN_BLOCK = 4


@dataclass(frozen=True)
class _Piece:
    """A batch: an Arrow table."""

    source: str
    first: int
    position: int
    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def cells(self, names: list[str]) -> Cells:
        lost = self.table[_UNREADABLE].to_pylist()
        sentence = f"{self.source} is damaged: rows of a row group cannot be read; write it anew"
        faults = {row: Fault("unreadable", sentence) for row, is_lost in enumerate(lost) if is_lost}
        return Cells({name: cells_of(self.table[name]) for name in names}, faults)

    def digest(self) -> str:
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.table.schema) as writer:
            writer.write_table(self.table.combine_chunks())
        return digest_of([sink.getvalue()])


@dataclass(frozen=True)
class ParquetRows:
    """A Parquet file, or some row groups of one."""

    source: str
    groups: range | None = None

    def names(self) -> list[str]:
        """The columns."""
        return list(self._schema().names)

    def types(self, names: list[str]) -> dict[str, Any]:
        """The Arrow types of columns."""
        schema = self._schema()
        return {name: _plain_type(schema.field(name).type) for name in names}

    def blocks(self, most: Most) -> list[tuple[range, int]]:
        """Row groups that can be read without those before them, and bytes of the file for each.

        One large row group, or several small ones, so that pieces of ``most`` have few remainders.
        """
        with self._opened() as file:
            facts = [file.metadata.row_group(group) for group in range(file.num_row_groups)]
        ends = [0, *accumulate(one.num_rows for one in facts)]
        size, found, begin, n_bytes = Path(self.source).stat().st_size, [], 0, 0
        for group, one in enumerate(facts):
            n_bytes += one.total_byte_size
            n_rows = ends[group + 1] - ends[begin]
            is_last = group + 1 == len(facts)
            if is_last or n_rows >= _IN_BLOCK * most.rows or n_bytes >= _IN_BLOCK * most.bytes:
                found.append((range(begin, group + 1), size * n_rows // max(1, ends[-1])))
                begin, n_bytes = group + 1, 0
        return found

    def batches(self, names: list[str], most: Most) -> Iterator[_Piece]:
        """The rows in order; those of a damaged row group are nothing but unreadable."""
        with self._opened() as file:
            groups = range(file.num_row_groups) if self.groups is None else self.groups
            size = Path(self.source).stat().st_size
            total = max(1, file.metadata.num_rows)
            start = sum(file.metadata.row_group(group).num_rows for group in range(groups.start))
            first = start
            for table in cut_pieces(self._tables(file, groups, names, most), most):
                end = first + table.num_rows
                yield _Piece(self.source, first, size * (end - start) // total, table)
                first = end

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile

        try:
            with ParquetFile(self.source) as file:
                yield file
        except (ArrowException, OSError) as error:
            raise _cannot_read(self.source, error) from None

    def _tables(self, file: Any, groups: range, names: list[str], most: Most) -> Iterator[pa.Table]:
        from pyarrow import ArrowException

        for group in groups:
            facts = file.metadata.row_group(group)
            n_left = facts.num_rows
            # Rows of megabytes each come a few at a time.
            mean = facts.total_byte_size / max(1, n_left)
            n_rows = max(1, min(most.rows, int(most.bytes / max(1, mean))))
            try:
                for batch in file.iter_batches(n_rows, row_groups=[group], columns=names):
                    yield _table(batch.schema, [batch])
                    n_left -= batch.num_rows
            except (ArrowException, OSError):
                yield _lost_rows(file.schema_arrow, names, n_left)

    def _schema(self) -> Any:
        from pyarrow import ArrowException
        from pyarrow.parquet import read_schema

        try:
            return read_schema(self.source)
        except (ArrowException, OSError) as error:
            raise _cannot_read(self.source, error) from None


@dataclass(frozen=True)
class DatasetRows:
    """A directory that `datasets` saved, or a name that it knows; see `open_dataset`."""

    source: str

    @cached_property
    def _dataset(self) -> Any:
        return open_dataset(self.source)

    def names(self) -> list[str]:
        """The columns."""
        return list(self._dataset.column_names)

    def types(self, names: list[str]) -> dict[str, Any]:
        """The Arrow types of columns; None for labels, whose numbers come as names."""
        features = self._dataset.features
        schema = features.arrow_schema
        return {
            name: None if _label_names(features[name]) else _plain_type(schema.field(name).type)
            for name in names
        }

    def batches(self, names: list[str], most: Most) -> Iterator[_Piece]:
        """The rows in order, labels with their names."""
        dataset = self._dataset.select_columns(names)
        arrow = dataset.with_format("arrow")
        size = int(dataset.dataset_size or 0)
        total = max(1, len(dataset))
        # As many as the mean row allows, since a slice is copied whole.
        n_rows = max(1, min(most.rows, int(most.bytes * total / max(1, size))))
        tables = (
            _named_labels(arrow[start : start + n_rows], dataset.features)
            for start in range(0, len(dataset), n_rows)
        )
        first = 0
        for table in cut_pieces(tables, most):
            end = first + table.num_rows
            yield _Piece(self.source, first, size * end // total, table)
            first = end


def cut_pieces(tables: Iterable[pa.Table], most: Most) -> Iterator[pa.Table]:
    """The same rows in tables that depend on the rows alone, not on how they came.

    Each has ``most.rows`` rows, or ends with the row by which its strings pass ``most.bytes``.
    """
    import pyarrow as pa

    held: pa.Table | None = None
    for table in tables:
        held = table if held is None else pa.concat_tables([held, table])
        while (n_rows := _full_piece(held, most)) is not None:
            yield held.slice(0, n_rows).combine_chunks()
            held = held.slice(n_rows)
    if held is not None and held.num_rows:
        yield held.combine_chunks()


def _full_piece(table: pa.Table, most: Most) -> int | None:
    """The number of rows of the next piece, None while it may still grow."""
    import numpy as np
    import pyarrow as pa

    if not table.num_rows:
        return None
    sizes = np.zeros(table.num_rows, dtype=np.int64)
    for column in table.columns:
        if _is_string(column.type) or pa.types.is_binary(column.type):
            sizes += np.concatenate([_lengths(chunk) for chunk in column.chunks if len(chunk)])
    n_rows = int(np.searchsorted(sizes.cumsum(), most.bytes)) + 1
    n_rows = min(n_rows, most.rows)
    return n_rows if n_rows <= table.num_rows else None


def _lengths(chunk: pa.Array) -> np.ndarray:
    """The number of bytes of each string; that of a null is whatever lies beneath it, mostly 0."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.binary_length(chunk)
    kind = np.int64 if found.type == pa.int64() else np.int32
    return np.frombuffer(found.buffers()[1], kind)[found.offset : found.offset + len(found)]


def cells_of(column: Any) -> list[Any]:
    """The values of an Arrow column; a string that is no UTF-8 stays bytes."""
    import pyarrow as pa

    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_text_or_bytes(cell) for cell in column.cast(pa.large_binary()).to_pylist()]


def _text_or_bytes(cell: bytes | None) -> str | bytes | None:
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return cell


def _table(schema: Any, batches: list[Any]) -> pa.Table:
    """A table without dictionaries, with the column that says which rows could not be read."""
    import pyarrow as pa

    table = pa.Table.from_batches(batches, schema=schema)
    plain = pa.schema([(field.name, _plain_type(field.type)) for field in schema])
    table = table.cast(plain) if plain != schema.remove_metadata() else table
    table = table.replace_schema_metadata(None)
    return table.append_column(_UNREADABLE, pa.nulls(table.num_rows, pa.bool_()))


def _lost_rows(schema: Any, names: list[str], n_rows: int) -> pa.Table:
    import pyarrow as pa

    columns = {name: pa.nulls(n_rows, _plain_type(schema.field(name).type)) for name in names}
    return pa.table({**columns, _UNREADABLE: [True] * n_rows})


def _plain_type(kind: Any) -> Any:
    """The type of the values themselves where they are kept in a dictionary."""
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_string(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _named_labels(table: pa.Table, features: Any) -> pa.Table:
    """The table with label numbers turned into names."""
    import pyarrow as pa

    for place, name in enumerate(table.column_names):
        if labels := _label_names(features[name]):
            cells = [_named(cell, labels) for cell in table[name].to_pylist()]
            table = table.set_column(place, name, pa.array(cells))
    return _table(table.schema, table.to_batches())


def _label_names(feature: Any) -> list[str]:
    """The names behind the numbers of a ClassLabel column, or of a column of lists of them."""
    one = getattr(feature, "feature", feature)
    return getattr(one, "names", None) or []


def _named(cell: Any, names: list[str]) -> Any:
    """A cell with its label numbers turned into names; -1 is how `datasets` writes "no label"."""
    if cell is None:
        return None
    if isinstance(cell, list):
        return [_named(one, names) for one in cell]
    return names[cell] if cell >= 0 else None


def _cannot_read(source: str, error: Exception) -> DataError:
    reason = " ".join(str(error).split())
    return DataError(f"{source} cannot be read as Parquet ({reason}); write the file anew")
