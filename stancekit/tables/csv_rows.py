"""CSV: a record with broken quotes or too few cells keeps its row, and those after it are read."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stancekit.errors import DataError
from stancekit.tables.batches import LONGEST_TEXT, Cells, Fault, Most, check_columns, digest_of
from stancekit.tables.streams import (
    CutShortError,
    bad_encoding,
    excerpt,
    open_lines,
    without_escapes,
)

__all__ = ["CsvRows"]

_LONGEST_LINE = 2 * LONGEST_TEXT
# Lines after a broken one that are looked at, to know whether they are rows of their own.
_LOOKED_AT = 20
_ENOUGH = 3
_SPOKEN = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True)
class _Records:
    """A batch: the cells of each record, or why there are none."""

    source: str
    header: list[str]
    first: int
    position: int
    records: list[list[str] | Fault]

    def __len__(self) -> int:
        return len(self.records)

    def cells(self, names: list[str]) -> Cells:
        places = [self.header.index(name) for name in names]
        faults = {row: one for row, one in enumerate(self.records) if isinstance(one, Fault)}
        return Cells(
            {
                name: [
                    None if isinstance(one, Fault) else without_escapes(one[place])
                    for one in self.records
                ]
                for name, place in zip(names, places, strict=True)
            },
            faults,
        )

    def digest(self) -> str:
        cells = (
            cell
            for one in self.records
            for cell in ((one.status, one.text) if isinstance(one, Fault) else (*one, "\n"))
        )
        return digest_of(cell.encode("utf-8", "surrogateescape") for cell in cells)


class _TooLongError(Exception):
    """A line has too many characters."""


class _Feed:
    """Lines for `csv.reader`, which can be given back when they turn out to be other records."""

    def __init__(self, lines: Iterator[str | None]) -> None:
        self._lines = lines
        self._returned: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.number += 1
        if line is None:
            raise _TooLongError
        self.taken.append(line)
        return line

    def give_back(self, n_lines: int) -> None:
        """Let the last lines be read again."""
        for _ in range(n_lines):
            self._returned.appendleft(self.taken.pop())
        self.number -= n_lines


@dataclass(frozen=True)
class CsvRows:
    """A CSV file, plain or packed, or standard input."""

    source: str
    encoding: str = "utf-8"
    separator: str = ","

    def names(self) -> list[str]:
        """The header; empty for a file without a byte."""
        with open_lines(self.source, self.encoding, _LONGEST_LINE, "") as lines:
            return self._header(_Feed(lines))[0]

    def types(self, names: list[str]) -> dict[str, Any]:
        """The Arrow types of columns; None where the file does not say."""
        return dict.fromkeys(names)

    def batches(self, names: list[str], most: Most) -> Iterator[_Records]:
        """The records in order; lines without anything are no rows."""
        with open_lines(self.source, self.encoding, _LONGEST_LINE, "") as lines:
            feed = _Feed(lines)
            header, separator = self._header(feed)
            if header:
                check_columns(self.source, names, header)
            first, n_bytes = 0, 0
            held: list[list[str] | Fault] = []
            for record in self._records(feed, separator, len(header)):
                held.append(record)
                n_bytes += 0 if isinstance(record, Fault) else sum(map(len, record))
                if len(held) == most.rows or n_bytes >= most.bytes:
                    yield _Records(self.source, header, first, lines.position, held)
                    first, n_bytes, held = first + len(held), 0, []
            if held:
                yield _Records(self.source, header, first, lines.position, held)

    def _header(self, feed: _Feed) -> tuple[list[str], str]:
        """The names of the columns, and what parts them."""
        try:
            first = next(feed, "")
        except (_TooLongError, CutShortError) as error:
            raise DataError(f"{self.source} has no header that can be read ({error})") from None
        separator = self.separator
        if separator == "," and "," not in first and ";" in first:
            separator = ";"  # as spreadsheets write it where the comma stands in numbers
        if not first:
            return [], separator
        feed.give_back(1)
        header = next(self._records(feed, separator, 0), [])
        if isinstance(header, Fault):
            raise DataError(header.sentence)
        if any(isinstance(without_escapes(name), bytes) for name in header):
            raise DataError(bad_encoding(self.source, self.encoding, "".join(header)))
        return header, separator

    def _records(self, feed: _Feed, separator: str, width: int) -> Iterator[list[str] | Fault]:
        """The records; ``width`` is that of the header, 0 for the header itself."""
        # Python's limit of 128 KiB a cell is shorter than some articles.
        limit = csv.field_size_limit(LONGEST_TEXT)
        try:
            while True:
                record = self._next_record(feed, separator, width)
                if record is None:
                    return
                if record:
                    yield record
        finally:
            csv.field_size_limit(limit)

    def _next_record(self, feed: _Feed, separator: str, width: int) -> list[str] | Fault | None:
        feed.taken.clear()
        line = feed.number + 1
        try:
            record = next(csv.reader(feed, delimiter=separator, strict=True), None)
        except _TooLongError:
            return self._too_long(feed, line)
        except CutShortError as error:
            return self._breaks_off(feed, error)
        except csv.Error as error:
            return self._broken(feed, separator, width, line, error)
        if not record or not width or len(record) == width:
            return record
        return self._ragged(feed, separator, width, line, len(record))

    def _broken(
        self, feed: _Feed, separator: str, width: int, line: int, error: csv.Error
    ) -> Fault:
        if "field limit" in str(error) and not _begin_rows(feed.taken[1:], separator, width):
            return self._too_long(feed, line)
        sentence = (
            f"line {line} of {self.source} is no valid CSV ({error}); check its quotes: a cell "
            'that begins with " ends with one, and holds "" for each " inside'
        )
        return self._fault(feed, separator, width, sentence)

    def _ragged(self, feed: _Feed, separator: str, width: int, line: int, found: int) -> Fault:
        sentence = (
            f"line {line} of {self.source} has {_fields(found)} where the header has {width}; put "
            f"quotes round a cell that holds a {_SPOKEN[separator]} or a line end"
        )
        return self._fault(feed, separator, width, sentence)

    def _fault(self, feed: _Feed, separator: str, width: int, sentence: str) -> Fault:
        """A row that is broken; lines that look like rows of their own are read again as such."""
        text = excerpt("".join(feed.taken))
        is_last = not feed.taken[-1].endswith(("\n", "\r"))
        if _begin_rows(feed.taken[1:], separator, width):
            feed.give_back(len(feed.taken) - 1)
        elif is_last:
            return Fault("truncated", sentence, text)
        return Fault("bad_csv", sentence, text)

    def _too_long(self, feed: _Feed, line: int) -> Fault:
        """A row with too many characters; what its quotes hold is left out to their end."""
        n_quotes = sum(one.count('"') for one in feed.taken)
        text = excerpt("".join(feed.taken))
        while n_quotes % 2:
            feed.taken.clear()
            try:
                n_quotes += next(feed, '"').count('"')
            except _TooLongError:
                continue
            except CutShortError:
                break
        sentence = f"line {line} of {self.source} has a cell of more than {LONGEST_TEXT:,} letters"
        return Fault("too_long", sentence, text)

    def _breaks_off(self, feed: _Feed, error: CutShortError) -> Fault:
        sentence = f"{self.source} breaks off after line {feed.number} ({error}); fetch it anew"
        return Fault("truncated", sentence, excerpt("".join(feed.taken)))


def _begin_rows(lines: list[str], separator: str, width: int) -> bool:
    """Whether lines begin rows of their own: then a quote above them was never closed.

    In a cell that goes on over them, they would hardly have as many separators each as the header,
    and quotes would be doubled.
    """
    if width < 2 or not lines:
        return False
    reader = csv.reader(lines[:_LOOKED_AT], delimiter=separator, strict=True)
    n_rows = 0
    try:
        for row in reader:
            if len(row) != width or '""' in "".join(row):
                return False
            n_rows += 1
    except csv.Error:  # the last of them may be cut
        return n_rows >= _ENOUGH
    return True


def _fields(count: int) -> str:
    return f"{count} field" if count == 1 else f"{count} fields"
