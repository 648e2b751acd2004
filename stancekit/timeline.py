"""Shares of the sides over the months, as numbers to draw: gaps stay, small counts are marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stancekit.drawings import Bar, bars_of, halves_of
from stancekit.months import months_between
from stancekit.tallies import FEW, Tally

__all__ = ["Period", "Timeline", "timeline_of"]

# Months of one drawing; more are drawn as years, of which too many would be a blur as well.
_N_MONTHS = 240
_N_YEARS = 150
# Years written beneath a drawing, and months that are numbered: on a telephone they do not touch.
_N_TICKS = 7
_N_NUMBERED = 24


@dataclass(frozen=True)
class Period:
    """A month or a year in a drawing.

    Attributes
    ----------
    title : str; what it says when pointed at
    bars : tuple of Bar
    volume : float; its passages, in percent of those of the period that has most
    is_few : bool; whether it has so few that its shares say little
    """

    title: str
    bars: tuple[Bar, ...]
    volume: float
    is_few: bool


@dataclass(frozen=True)
class Timeline:
    """Shares of the sides over time.

    Attributes
    ----------
    unit : {"month", "year"}
    periods : tuple of Period; from the first to the last, without gaps
    years : tuple of (place among the periods, year); what is written beneath
    months : tuple of (place, number); the same, where there is room for all
    highest : float; the share that the highest bar stands for
    most : int; passages of the period that has most
    few : int; a period with fewer is marked
    """

    unit: str
    periods: tuple[Period, ...]
    years: tuple[tuple[int, str], ...]
    months: tuple[tuple[int, int], ...]
    highest: float
    most: int
    few: int = FEW

    @property
    def has_few(self) -> bool:
        return any(one.is_few for one in self.periods)


def timeline_of(tallies: Sequence[Tally], labels: Sequence[str]) -> Timeline | None:
    """The shares of the sides over the months, or over the years where the months are many.

    Parameters
    ----------
    tallies : sequence of Tally; of months such as 2019-01, in any order
    labels : sequence of str

    Returns
    -------
    Timeline, or None for a single month, or for more years than can be drawn
    """
    found = {one.value: Counter(one.counts) for one in tallies if one.value is not None}
    names, unit = months_between(found), "month"
    if len(names) > _N_MONTHS:
        names, unit = list(dict.fromkeys(name[:4] for name in names)), "year"
        found = _by_year(found)
    if len(names) < 2 or len(names) > (_N_YEARS if unit == "year" else _N_MONTHS):
        return None
    shares = {name: _shares(counts, labels) for name, counts in found.items()}
    # What few passages give is not what the others are measured by.
    sure = [name for name, counts in found.items() if counts.total() >= FEW]
    highest = max((_reach(shares[name], labels) for name in sure or found), default=0.0) or 1.0
    most = max(counts.total() for counts in found.values())
    is_numbered = unit == "month" and len(names) <= _N_NUMBERED
    return Timeline(
        unit=unit,
        periods=tuple(
            Period(
                _said(name, found[name]),
                _bars(shares[name], highest, labels),
                100 * found[name].total() / most,
                found[name].total() < FEW,
            )
            if name in found
            else Period(f"{name}: no passage", (), 0.0, is_few=False)
            for name in names
        ),
        years=tuple(_years(names)),
        months=tuple((at, int(name[5:])) for at, name in enumerate(names)) if is_numbered else (),
        highest=highest,
        most=most,
    )


def _by_year(months: Mapping[str, Counter[str]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for month, counts in months.items():
        found.setdefault(month[:4], Counter()).update(counts)
    return found


def _shares(counts: Counter[str], labels: Sequence[str]) -> dict[str, float]:
    return {label: counts[label] / counts.total() for half in halves_of(labels) for label in half}


def _reach(shares: Mapping[str, float], labels: Sequence[str]) -> float:
    """How far it goes from the middle, up or down."""
    return max(sum(shares[label] for label in half) for half in halves_of(labels))


def _bars(shares: Mapping[str, float], highest: float, labels: Sequence[str]) -> tuple[Bar, ...]:
    scale = max(highest, _reach(shares, labels))
    if not any(shares.values()):
        return bars_of(labels, {"": 0.0})  # that it has passages is seen all the same
    return bars_of(labels, {label: share / scale for label, share in shares.items() if share})


def _said(name: str, counts: Counter[str]) -> str:
    said = ", ".join(f"{count} {label}" for label, count in counts.items())
    return f"{name}: {said} of {counts.total()} passage{'s' if counts.total() != 1 else ''}"


def _years(names: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The years to write beneath, each where it begins, with room between them."""
    begins = [
        (at, name[:4]) for at, name in enumerate(names) if at == 0 or name[:4] != names[at - 1][:4]
    ]
    step = -(-len(begins) // _N_TICKS)
    room = len(names) / (2 * _N_TICKS)
    chosen = begins[::step]
    for (at, year), (following, _) in pairwise([*chosen, (len(names) + len(names), "")]):
        # Of the first year there may be a month or two only.
        if following - at >= room:
            yield at, year
