"""Arrow arrays of cells, made without pandas: `pa.array` imports it, which a worker feels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["array_of"]

# Bytes that the strings of one array may have.
_MOST_BYTES = 2**31 - 1


def array_of(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """The array that ``pa.array(cells, kind)`` gives; None is null.

    Strings, floats and integers are laid out here; for other kinds pandas is imported, 0.4 s and
    40 MB. A lone surrogate, which UTF-8 does not have, becomes an escape.
    """
    import pyarrow as pa

    found: list[pa.Buffer] | None = None
    if kind == pa.string():
        found = _strings(cells)
    elif kind in (pa.float64(), pa.int64()):
        filled = [0 if cell is None else cell for cell in cells]
        found = [pa.py_buffer(np.array(filled, kind.to_pandas_dtype()))]
    if found is None:
        return _array_of_any(cells, kind)
    return pa.Array.from_buffers(kind, len(cells), [_valid(cells), *found])


def _array_of_any(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(cells, kind)
    except UnicodeEncodeError:
        return pa.array([_encodable(cell) for cell in cells], kind)


def _strings(cells: Sequence[str | None]) -> list[pa.Buffer] | None:
    """Where each string ends, and their bytes; None where these are too many."""
    import pyarrow as pa

    strings = [b"" if cell is None else _encoded(cell) for cell in cells]
    ends = np.cumsum([0, *map(len, strings)], dtype=np.int64)
    if ends[-1] > _MOST_BYTES:
        return None
    return [pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(b"".join(strings))]


def _valid(cells: Sequence[Any]) -> pa.Buffer | None:
    """A bit for each cell that is no null; None where all are such."""
    import pyarrow as pa

    bits = np.array([cell is not None for cell in cells], bool)
    return None if bits.all() else pa.py_buffer(np.packbits(bits, bitorder="little"))


def _encoded(cell: str) -> bytes:
    return cell.encode("utf-8", "backslashreplace")


def _encodable(cell: Any) -> Any:
    return _encoded(cell).decode() if isinstance(cell, str) else cell
