"""Some rows of a table as they were read: what a row holds, or why it holds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from stancekit.errors import ColumnError
from stancekit.labels import nearest

__all__ = [
    "LONGEST_TEXT",
    "Batch",
    "Cells",
    "Columns",
    "Fault",
    "Most",
    "check_columns",
    "digest_of",
]

# Characters of a cell. A longer one is a shelf of books or a fault; words and word pairs take some
# 20 bytes a character, so that one of these fits into 600 MB with all else.
LONGEST_TEXT = 12_000_000

Columns = dict[str, list[Any]]


class Most(NamedTuple):
    """How much a batch holds: so many rows, or fewer that have so many bytes."""

    rows: int
    bytes: int


@dataclass(frozen=True)
class Fault:
    """Why a row cannot be read.

    Attributes
    ----------
    status : str; one of `stancekit.STATUSES`
    sentence : str; what was found and what to do, with the file and the line
    text : str; the beginning of what stands there
    """

    status: str
    sentence: str
    text: str = ""


def check_columns(source: str, columns: Sequence[str], names: Sequence[str]) -> None:
    """Raise ColumnError for one of ``columns`` that is not once among ``names``."""
    for column in columns:
        if column not in names:
            guess = nearest(column, names)
            hint = f"did you mean {guess!r}? " if guess else ""
            raise ColumnError(f"{source} has no column {column!r}; {hint}it has {', '.join(names)}")
        if names.count(column) > 1:
            raise ColumnError(
                f"{source} has {names.count(column)} columns named {column!r}; rename all but one"
            )


class Cells(NamedTuple):
    """Columns of equal length, and the rows in which every column is None because of a fault."""

    columns: Columns
    faults: dict[int, Fault]


class Batch(Protocol):
    """Rows that follow each other in one table; can be sent to another process.

    Attributes
    ----------
    source : str; the table
    first : int; number of the first row in the table, from 0
    position : int; bytes of the table that had been read after it
    """

    @property
    def source(self) -> str: ...

    @property
    def first(self) -> int: ...

    @property
    def position(self) -> int: ...

    def __len__(self) -> int: ...

    def cells(self, names: list[str]) -> Cells:
        """The columns ``names``. A string that is no text in its encoding is bytes."""

    def digest(self) -> str:
        """A hash of all that the rows hold."""


def digest_of(parts: Any) -> str:
    """The sha256 of byte strings, each with its length before it."""
    found = sha256()
    for part in parts:
        found.update(b"%d:" % len(part))
        found.update(part)
    return found.hexdigest()
