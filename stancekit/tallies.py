"""Labels counted by what passages carry beside their text: an outlet, the month of a date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stancekit.analysis import Analysis, PassageAnalysis
from stancekit.labels import is_missing
from stancekit.months import month_of

__all__ = ["FEW", "Tallies", "Tally"]

# With fewer labelled passages than this a share says next to nothing.
FEW = 10


@dataclass(frozen=True)
class Tally:
    """The labelled passages of one value.

    Attributes
    ----------
    value : str or None; None for passages without one
    counts : mapping of label to int
    n_articles : int; that have such a passage
    """

    value: str | None
    counts: Mapping[str, int]
    n_articles: int

    few = FEW

    @property
    def n_scored(self) -> int:
        return sum(self.counts.values())

    @property
    def is_few(self) -> bool:
        """Whether it has so few that its shares say little."""
        return self.n_scored < self.few


class Tallies:
    """Counts the labels of each value while articles go by.

    Parameters
    ----------
    labels : sequence of str
    column : str; as passages carry it in ``kept``
    is_date : bool; whether to count by the months of its dates
    """

    def __init__(self, labels: Sequence[str], column: str, *, is_date: bool = False) -> None:
        self.column = column
        self._labels = labels
        self._read: Callable[[Any], str | None] = month_of if is_date else _value
        self._counts: dict[str | None, Counter[str]] = {}
        self._n_articles: Counter[str | None] = Counter()

    def add(self, analysis: Analysis) -> None:
        """Count the labelled passages of an article."""
        found: dict[str | None, Counter[str]] = {}
        for passage in analysis.scored:
            found.setdefault(self._of(passage), Counter())[passage.stance or ""] += 1
        for value, counts in found.items():
            self._counts.setdefault(value, Counter()).update(counts)
        self._n_articles.update(found.keys())

    def _of(self, passage: PassageAnalysis) -> str | None:
        cell = passage.kept.get(self.column)
        return None if is_missing(cell) else self._read(cell)

    @property
    def rows(self) -> list[Tally]:
        """The values, of most passages first; those without one last."""
        rows = [
            Tally(value, {label: counts[label] for label in self._labels}, self._n_articles[value])
            for value, counts in self._counts.items()
        ]
        return sorted(rows, key=lambda row: (row.value is None, -row.n_scored, row.value))


def _value(cell: Any) -> str:
    return str(cell).strip()
