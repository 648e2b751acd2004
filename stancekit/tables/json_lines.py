"""JSON lines: an object on each line is a row; what is no object keeps its row, and says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stancekit.tables.batches import Cells, Fault, Most, check_columns, digest_of
from stancekit.tables.streams import (
    STDIN,
    CutShortError,
    Lines,
    bad_encoding,
    excerpt,
    open_lines,
    without_escapes,
)

__all__ = ["JsonLines"]

# Characters of a line: a text of the longest kind where every letter is written as \uXXXX, nearly.
_LONGEST_LINE = 2**26


@dataclass(frozen=True)
class _Lines:
    """A batch: lines as read, each with its number in the file, or why there is none."""

    source: str
    encoding: str
    first: int
    position: int
    lines: list[tuple[int, str | Fault]]

    def __len__(self) -> int:
        return len(self.lines)

    def cells(self, names: list[str]) -> Cells:
        columns: dict[str, list[Any]] = {name: [] for name in names}
        faults: dict[int, Fault] = {}
        for row, found in enumerate(self.rows()):
            if isinstance(found, Fault):
                faults[row], found = found, {}
            for name, column in columns.items():
                column.append(found.get(name))
        return Cells(columns, faults)

    def rows(self) -> Iterator[dict[str, Any] | Fault]:
        """Each line's object."""
        for number, line in self.lines:
            yield line if isinstance(line, Fault) else self._row(number, line)

    def names(self) -> list[str]:
        """The keys of the rows that are objects."""
        rows = (row for row in self.rows() if isinstance(row, dict))
        return list(dict.fromkeys(key for row in rows for key in row))

    def digest(self) -> str:
        parts = (line.status if isinstance(line, Fault) else line for _, line in self.lines)
        return digest_of(part.encode("utf-8", "surrogateescape") for part in parts)

    def _row(self, number: int, line: str) -> dict[str, Any] | Fault:
        place = f"line {number} of {self.source}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            text = excerpt(line)
            if not line.endswith("\n"):
                return Fault("truncated", f"{place} is cut short ({error}); mend it", text)
            if isinstance(without_escapes(line), bytes):
                return Fault("bad_encoding", bad_encoding(self.source, self.encoding, line), text)
            return Fault("bad_json", f"{place} is no JSON ({error}); mend it", text)
        if not isinstance(row, dict):
            sentence = f"{place} is no JSON object; expected {{...}} on each line"
            return Fault("bad_json", sentence, excerpt(line))
        # A lone surrogate that JSON itself escapes is a character of its string, if a poor one.
        return row if isinstance(without_escapes(line), str) else _without_escapes(row)


def _without_escapes(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: without_escapes(cell) if isinstance(cell, str) else cell for name, cell in row.items()
    }


@dataclass(frozen=True)
class JsonLines:
    """A JSON lines file, plain or packed, or standard input."""

    source: str
    encoding: str = "utf-8"

    def names(self) -> list[str]:
        """The keys of the first rows that are objects, in order."""
        first = next(self.batches([], Most(1000, 2**23)), None)
        return first.names() if first else []

    def types(self, names: list[str]) -> dict[str, Any]:
        """The Arrow types of columns; None where the file does not say."""
        return dict.fromkeys(names)

    def batches(self, names: list[str], most: Most) -> Iterator[_Lines]:
        """The rows in order; lines without anything are no rows.

        Of standard input, which nobody can look into before, the first batch is checked here.
        """
        for batch in self._batches(most):
            if self.source == STDIN and batch.first == 0 and (there := batch.names()):
                check_columns(self.source, names, there)
            yield batch

    def _batches(self, most: Most) -> Iterator[_Lines]:
        with open_lines(self.source, self.encoding, _LONGEST_LINE) as lines:
            first, n_bytes = 0, 0
            held: list[tuple[int, str | Fault]] = []
            for number, line in self._numbered(lines):
                held.append((number, line))
                n_bytes += len(line) if isinstance(line, str) else 0
                if len(held) == most.rows or n_bytes >= most.bytes:
                    yield self._batch(first, lines.position, held)
                    first, n_bytes, held = first + len(held), 0, []
            if held:
                yield self._batch(first, lines.position, held)

    def _batch(self, first: int, position: int, held: list[tuple[int, str | Fault]]) -> _Lines:
        return _Lines(self.source, self.encoding, first, position, held)

    def _numbered(self, lines: Lines) -> Iterator[tuple[int, str | Fault]]:
        number = 0
        try:
            for line in lines:
                number += 1
                if line is None:
                    place = f"line {number} of {self.source}"
                    yield (
                        number,
                        Fault("too_long", f"{place} has more than {_LONGEST_LINE:,} characters"),
                    )
                elif line.strip():
                    yield number, line
        except CutShortError as error:
            sentence = f"{self.source} breaks off after line {number} ({error}); fetch it anew"
            yield number + 1, Fault("truncated", sentence)
