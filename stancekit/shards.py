"""Shards: pieces of the inputs, some rows or articles each, that are read and labelled apart."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stancekit.analysis import Analysis, PassageAnalysis
from stancekit.article import read_article
from stancekit.errors import DataError
from stancekit.inputs import Reading
from stancekit.model import Model
from stancekit.rows import Cell, kept_cell, label_cells, lost_passage, name_of, read_cell
from stancekit.stretches import Number, Stretch, find_stretches
from stancekit.tables import open_table
from stancekit.tables.arrow_rows import ParquetRows
from stancekit.tables.batches import Batch, Cells, Columns, Most, digest_of
from stancekit.tables.streams import STDIN

__all__ = ["ArticleShard", "RowShard", "Shard", "analyze_sources", "read_stretch"]

Tell = Callable[[str], None]

# A shard that is shown as it is read: small, so that the first result comes soon.
_SHOWN = Most(1000, 2**22)
# Rows that are labelled at once. With 5000 the arrays are so large that the system takes them back
# and gives them out anew each time: 500,000 page faults instead of 45,000 for 400,000 rows.
_AT_ONCE = 1000


@dataclass(frozen=True)
class RowShard:
    """Some rows of a table.

    Attributes
    ----------
    number : Number; its place among the shards
    position : int; bytes of all inputs that had been read after it
    batch : Batch
    reading : Reading
    """

    number: Number
    position: int
    batch: Batch
    reading: Reading

    @property
    def name(self) -> str:
        """What it holds, for a message."""
        first, last = self.batch.first, self.batch.first + len(self.batch) - 1
        rows = f"row {first}" if first == last else f"rows {first} to {last}"
        return f"{rows} of {self.batch.source}"

    def digest(self) -> str:
        """A hash of what it holds and where it stands."""
        place = f"{self.batch.source}\n{self.batch.first}\n{self.batch.digest()}"
        return digest_of([place.encode("utf-8", "surrogateescape")])

    def analyze(self, model: Model, tell: Tell) -> Iterator[Analysis]:
        """Label the rows: one analysis of some of them, or one a row that is an article."""
        found = self.batch.cells(self.reading.columns)
        for fault in found.faults.values():
            tell(fault.sentence)
        cells, ids, aims = self._cells(found), self._ids(found), self._targets(found)
        analyses: Iterator[Analysis]
        if self.reading.is_article:
            analyses = (
                self._analyze_row(model, cell, name, first, aim)
                for first, (cell, name, aim) in enumerate(
                    zip(cells, ids, aims or [None] * len(cells), strict=True)
                )
            )
        else:
            analyses = (
                self._analyze_rows(model, cells, ids, aims, slice(start, start + _AT_ONCE))
                for start in range(0, len(cells), _AT_ONCE)
            )
        if not self.reading.keep:
            return analyses
        return _keeping(analyses, found.columns, self.reading)

    def _analyze_rows(
        self,
        model: Model,
        cells: Sequence[Cell],
        ids: Sequence[str | None],
        targets: Sequence[str | None] | None,
        rows: slice,
    ) -> Analysis:
        source = "stdin" if self.batch.source == STDIN else self.batch.source
        passages = label_cells(
            model,
            cells[rows],
            name=source,
            ids=ids[rows],
            targets=targets[rows] if targets else None,
            first=self.batch.first + rows.start,
            voices=bool(self.reading.voices),
            explain=self.reading.explain,
        )
        return Analysis(source, tuple(passages), model.labels)

    def _analyze_row(
        self, model: Model, cell: Cell, id: str | None, place: int, target: str | None
    ) -> Analysis:
        name = f"row {self.batch.first + place} of {self.batch.source}" if id is None else id
        if cell.fault is None:
            voices, explain = self.reading.voices is not False, self.reading.explain
            return model.analyze(
                cell.text, name=name, id=id, target=target, voices=voices, explain=explain
            )
        return Analysis(
            name, (lost_passage(PassageAnalysis(name, 0, 0, 0, "", id=id), cell),), model.labels
        )

    def _cells(self, found: Cells) -> list[Cell]:
        texts = found.columns[self.reading.text or ""]
        return [
            Cell(found.faults[row].text, found.faults[row].status)
            if row in found.faults
            else read_cell(cell)
            for row, cell in enumerate(texts)
        ]

    def _targets(self, found: Cells) -> list[str | None] | None:
        if self.reading.target is None:
            return None
        return [name_of(cell) for cell in found.columns[self.reading.target]]

    def _ids(self, found: Cells) -> list[str | None]:
        if self.reading.id is not None:
            return [name_of(cell) for cell in found.columns[self.reading.id]]
        return [str(self.batch.first + row) for row in range(len(self.batch))]


@dataclass(frozen=True)
class ArticleShard:
    """Some articles.

    Attributes
    ----------
    number, position : as of `RowShard`
    files : tuple of (name, bytes, or the sentence that says why there are none)
    reading : Reading
    """

    number: Number
    position: int
    files: tuple[tuple[str, bytes | str], ...]
    reading: Reading

    @property
    def name(self) -> str:
        """What it holds, for a message."""
        first, *others = [name for name, _ in self.files] or ["nothing"]
        return f"{first} and {len(others)} articles after it" if others else first

    def digest(self) -> str:
        """A hash of what it holds."""
        parts = (part for file in self.files for part in file)
        return digest_of(part if isinstance(part, bytes) else part.encode() for part in parts)

    def analyze(self, model: Model, tell: Tell) -> Iterator[Analysis]:
        """Label the articles, one analysis each."""
        for name, data in self.files:
            yield self._analyze_file(model, name, data, tell)

    def _analyze_file(self, model: Model, name: str, data: bytes | str, tell: Tell) -> Analysis:
        try:
            if isinstance(data, str):
                raise DataError(data)
            article = read_article(io.BytesIO(data), name=name, encoding=self.reading.encoding)
        except DataError as error:
            tell(str(error))
            status = getattr(error, "status", "unreadable")
            lost = PassageAnalysis(name, 0, 0, 0, "", status=status)
            return self._carrying({}, Analysis(name, (lost,), model.labels))
        analysis = model.analyze(
            article.text,
            name=name,
            markup=article.markup,
            voices=self.reading.voices is not False,
            explain=self.reading.explain,
        )
        return self._carrying(article.facts, analysis)

    def _carrying(self, facts: Mapping[str, str], analysis: Analysis) -> Analysis:
        """The same with what is to be kept of the article's facts."""
        if not self.reading.keep:
            return analysis
        return analysis.carrying({name: facts.get(name) for name in self.reading.keep})


Shard = RowShard | ArticleShard


def read_stretch(place: int, stretch: Stretch, reading: Reading, most: Most) -> Iterator[Shard]:
    """Read a stretch; the shards are the same each time for the same inputs.

    Parameters
    ----------
    place : int; that of the stretch among all
    stretch : Stretch
    reading : Reading
    most : Most; rows of a shard
    """
    if not stretch.is_table:
        files = tuple(map(_bytes_of, stretch.sources))
        yield ArticleShard(Number(place, 0), stretch.end, files, reading)
        return
    (source,) = stretch.sources
    table = open_table(source, encoding=reading.encoding, form=reading.stdin)
    if stretch.groups is not None:
        table = ParquetRows(source, stretch.groups)
    for piece, batch in enumerate(table.batches(reading.columns, most)):
        yield RowShard(Number(place, piece), stretch.start + batch.position, batch, reading)


def analyze_sources(
    model: Model,
    sources: Sequence[str],
    reading: Reading,
    *,
    tell: Tell = lambda sentence: None,
) -> Iterator[Analysis]:
    """Read and label each source in turn.

    An article or row that cannot be read gives a passage that says why in its status, and ``tell``
    gets the sentence. A table comes in pieces of some rows.
    """
    for place, stretch in enumerate(find_stretches(sources, reading, _SHOWN, n_articles=1)):
        for shard in read_stretch(place, stretch, reading, _SHOWN):
            yield from shard.analyze(model, tell)


def _bytes_of(source: str) -> tuple[str, bytes | str]:
    if source == STDIN:
        return "stdin", sys.stdin.buffer.read()
    try:
        return source, Path(source).read_bytes()
    except OSError as error:
        return source, f"{source}: cannot be read ({error.strerror}); check the path"


def _keeping(
    analyses: Iterator[Analysis], columns: Columns, reading: Reading
) -> Iterator[Analysis]:
    """The same with the kept columns of its row in each passage."""
    rows = zip(*([kept_cell(cell) for cell in columns[name]] for name in reading.keep), strict=True)
    for analysis in analyses:
        if reading.is_article:  # all its passages are of one row
            yield analysis.carrying(dict(zip(reading.keep, next(rows), strict=True)))
            continue
        passages = [
            passage.keeping(dict(zip(reading.keep, next(rows), strict=True)))
            for passage in analysis.passages
        ]
        yield replace(analysis, passages=tuple(passages))
