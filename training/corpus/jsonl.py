"""Files with one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stancekit.errors import DataError

__all__ = ["dump_rows", "read_rows"]

Row = dict[str, Any]


def read_rows(path: Path, *, required: Iterable[str] = ("id",)) -> list[Row]:
    """Read the objects of a JSON lines file; each has an ``id`` that no other has.

    Parameters
    ----------
    path : Path
    required : iterable of str, default=("id",)
        Fields that each row must have.

    Raises
    ------
    DataError
        When the file cannot be read or a line is not what it should be; it names the line.
    """
    try:
        # Not splitlines: a text may hold one of the other line ends that it knows.
        lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path} ({error}); check the path") from None
    needed = {"id", *required}
    rows = [_row(path, number, line, needed) for number, line in enumerate(lines, 1)]
    if len({row["id"] for row in rows}) < len(rows):
        raise DataError(f"{path} has an id twice; each passage needs its own")
    return rows


def dump_rows(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The same rows as JSON lines, in UTF-8."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _row(path: Path, number: int, line: str, needed: set[str]) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise DataError(f"line {number} of {path} is not a JSON object; expected one a line")
    if missing := sorted(needed - row.keys()):
        raise DataError(f"line {number} of {path} lacks {', '.join(missing)}; add it")
    return row
