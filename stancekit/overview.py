"""What the index of a report says of all its articles together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stancekit.analysis import Analysis
from stancekit.drawings import skyline_of_articles
from stancekit.labels import n_sided, takes_side
from stancekit.tallies import Tallies
from stancekit.timeline import timeline_of

__all__ = ["Overview", "frame_rows", "headline_of"]

_N_SPEAKERS = 15
# Rows of a column's table: the values of most passages.
_N_VALUES = 50


@dataclass(frozen=True)
class _Entry:
    """What is kept of an article."""

    name: str
    page: str
    headline: str | None
    known: tuple[str, ...]
    is_table: bool
    n_lost: int
    counts: Mapping[str, int]
    frames: Mapping[str, Mapping[str, int]]
    speakers: tuple[tuple[str, Mapping[str, int]], ...]

    @property
    def n_scored(self) -> int:
        return sum(self.counts.values())


class Overview:
    """Gathers what the index needs while articles go by.

    Parameters
    ----------
    labels : sequence of str
    by : sequence of str; columns that passages carry, whose values are counted
    date : str or None; a column of dates, whose months are counted
    """

    def __init__(self, labels: Sequence[str], by: Sequence[str], date: str | None) -> None:
        self._labels = labels
        self._by = [Tallies(labels, column) for column in by]
        self._months = None if date is None else Tallies(labels, date, is_date=True)
        self._entries: list[_Entry] = []

    def add(self, analysis: Analysis, page: str, known: Iterable[str]) -> None:
        """Take note of an article, its page and what is known of it beside its text."""
        self.count(analysis)
        speakers = ((one.speaker, one.counts) for one in analysis.speakers if one.n_sided)
        self._entries.append(
            _Entry(
                name=analysis.article,
                page=page,
                headline=headline_of(analysis),
                known=tuple(known),
                is_table=analysis.is_table,
                n_lost=sum(passage.is_lost for passage in analysis.passages),
                counts=analysis.counts,
                frames=analysis.frames_by_stance,
                speakers=tuple((name, counts) for name, counts in speakers if name is not None),
            )
        )

    def count(self, analysis: Analysis) -> None:
        """Count an article by columns and month, and nothing else of it."""
        for tallies in (*self._by, *([self._months] if self._months else [])):
            tallies.add(analysis)

    def parts(self) -> dict[str, Any]:
        """The counts by columns and month, for a page."""
        months = self._months.rows if self._months else []
        return {
            "by": [(one.column, one.rows[:_N_VALUES], one.rows[_N_VALUES:]) for one in self._by],
            "date": self._months.column if self._months else None,
            "months": sorted(months, key=lambda row: row.value or "9999-99"),
            "timeline": timeline_of(months, self._labels),
        }

    def facts(self) -> dict[str, Any]:
        """All that the index is made of."""
        entries = self._entries
        speakers = [(name, said, entry) for entry in entries for name, said in entry.speakers]
        speakers.sort(key=lambda row: -n_sided(row[1]))
        rows = [(one.page, Path(one.name).name, one.counts) for one in entries if one.n_scored]
        columns, highest = skyline_of_articles(rows, self._labels)
        return {
            "entries": entries,
            "counts": {label: sum(one.counts[label] for one in entries) for label in self._labels},
            "n_lost": sum(one.n_lost for one in entries),
            "speakers": speakers[:_N_SPEAKERS],
            "frames": frame_rows([one.frames for one in entries]),
            "columns": columns,
            "highest_share": highest,
            **self.parts(),
        }


def headline_of(analysis: Analysis) -> str | None:
    """The heading that an article begins with, furniture apart."""
    began = (one for one in analysis.passages if one.kind != "furniture")
    first = next(began, None)
    return first.text if first is not None and first.kind == "heading" else None


def frame_rows(
    found: Iterable[Mapping[str, Mapping[str, int]]],
) -> list[tuple[str, dict[str, int]]]:
    """Each frame with its passages by side, commonest first."""
    rows: dict[str, Counter[str]] = {}
    for by_stance in found:
        for label, frames in by_stance.items():
            for frame, count in frames.items() if takes_side(label) else ():
                rows.setdefault(frame, Counter())[label] += count
    return sorted(((f, dict(c)) for f, c in rows.items()), key=lambda row: -sum(row[1].values()))
