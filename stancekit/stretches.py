"""Stretches of the inputs, each read from its beginning, and which of several jobs reads which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from stancekit.inputs import Reading, holds_rows
from stancekit.tables import open_table
from stancekit.tables.arrow_rows import ParquetRows
from stancekit.tables.batches import Most

__all__ = ["Number", "Stretch", "Turn", "find_stretches", "size_of"]

# What pieces are spread by: see `_spread`.
_BITS = 32


class Number(NamedTuple):
    """The place of a shard: its stretch among all, and its own among those of the stretch."""

    stretch: int
    piece: int


@dataclass(frozen=True)
class Stretch:
    """What is read without what stands before it: a table, row groups of one, or some articles.

    Attributes
    ----------
    sources : tuple of str; one table, or articles
    is_table : bool
    start, end : int; bytes of all inputs before it, and with it; it has one at least
    groups : range or None; the row groups of a Parquet file
    """

    sources: tuple[str, ...]
    is_table: bool
    start: int
    end: int
    groups: range | None = None


@dataclass(frozen=True)
class Turn:
    """Which shards a run labels, as one of several jobs that part the inputs by their bytes.

    A job has all of the stretches that lie within its share. One that lies in several shares is
    read by all of these jobs, and its pieces are spread over them.

    Attributes
    ----------
    index : int; from 0
    of : int; the number of jobs
    """

    index: int = 0
    of: int = 1

    def reads(self, stretch: Stretch, n_bytes: int) -> bool:
        """Whether it reads a stretch of inputs of so many bytes."""
        first, last = stretch.start * self.of, stretch.end * self.of - 1
        return first // n_bytes <= self.index <= last // n_bytes

    def takes(self, piece: int, stretch: Stretch, n_bytes: int) -> bool:
        """Whether it labels a piece of a stretch."""
        place = (stretch.end - stretch.start) * self.of * _spread(piece) >> _BITS
        return (stretch.start * self.of + place) // n_bytes == self.index

    def __str__(self) -> str:
        return f"{self.index + 1}-of-{self.of}"


def _spread(piece: int) -> int:
    """Numbers below 2**32, such that the first ones lie evenly apart however many they are.

    Those of van der Corput, the bits of ``piece`` from behind: how many pieces a stretch has is
    known only when it has been read.
    """
    return int(f"{piece:0{_BITS}b}"[: -_BITS - 1 : -1], 2)


def find_stretches(
    sources: Sequence[str], reading: Reading, most: Most, n_articles: int
) -> list[Stretch]:
    """The stretches of all inputs, of which no text is read yet.

    Parameters
    ----------
    sources : sequence of str, as `find_sources` gives them
    reading : Reading
    most : Most; rows of a shard
    n_articles : int; articles of a shard, which are a stretch
    """
    found: list[Stretch] = []
    for names, size, groups in _units(sources, reading, most, n_articles):
        start = found[-1].end if found else 0
        is_table = holds_rows(names[0], reading)
        found.append(Stretch(names, is_table, start, start + max(1, size), groups))
    return found


def _units(
    sources: Sequence[str], reading: Reading, most: Most, n_articles: int
) -> Iterator[tuple[tuple[str, ...], int, range | None]]:
    """Sources that are read together, their bytes, and which row groups of them."""
    articles: list[str] = []
    for source in sources:
        if not holds_rows(source, reading):
            articles.append(source)
        if articles and (len(articles) == n_articles or holds_rows(source, reading)):
            yield tuple(articles), sum(map(size_of, articles)), None
            articles = []
        if holds_rows(source, reading):
            yield from _units_of_table(source, reading, most)
    if articles:
        yield tuple(articles), sum(map(size_of, articles)), None


def _units_of_table(
    source: str, reading: Reading, most: Most
) -> Iterator[tuple[tuple[str, ...], int, range | None]]:
    table = open_table(source, encoding=reading.encoding, form=reading.stdin)
    if not isinstance(table, ParquetRows):
        yield (source,), size_of(source), None
        return
    for groups, size in table.blocks(most):
        yield (source,), size, groups


def size_of(source: str) -> int:
    """The bytes of a source; 0 where that is not known."""
    path = Path(source)
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*.arrow"))
    return path.stat().st_size if path.is_file() else 0
