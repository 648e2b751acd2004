"""The drawings of a report as numbers: bars in percent of the width and height they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stancekit.analysis import Analysis
from stancekit.labels import takes_side

__all__ = [
    "Bar",
    "Column",
    "bars_of",
    "halves_of",
    "parts_of",
    "skyline_of_articles",
    "skyline_of_passages",
]

# Label, top and height.
Bar = tuple[str, float, float]

# Columns of one drawing; more would be thinner than a pixel on a telephone.
_N_COLUMNS = 400
# How high a share of 1 rises from the middle, or hangs from it.
_HALF = 46


@dataclass(frozen=True)
class Column:
    """A passage or an article in a drawing.

    Attributes
    ----------
    href : str; what it leads to
    title : str; what it says when pointed at
    bars : tuple of Bar
    """

    href: str
    title: str
    bars: tuple[Bar, ...]


def parts_of(counts: Mapping[str, int]) -> list[tuple[str, float, float]]:
    """The parts of a bar as (label, left, width), sides first, without those of nothing."""
    total, left, parts = sum(counts.values()), 0.0, []
    for label in sorted(counts, key=lambda label: not takes_side(label)):
        if counts[label]:
            width = 100 * counts[label] / total
            parts.append((label, left, width))
            left += width
    return parts


def skyline_of_passages(analysis: Analysis) -> list[Column]:
    """A column a labelled passage, as high as its label is probable; none if they are too many."""
    if len(analysis.scored) > _N_COLUMNS:
        return []
    return [
        Column(
            f"#p{one.passage}",
            f"passage {one.passage}: {one.stance} {one.probabilities[one.stance]:.2f}",
            bars_of(analysis.labels, {one.stance: one.probabilities[one.stance]}),
        )
        for one in analysis.scored
        if one.stance is not None
    ]


def skyline_of_articles(
    articles: Sequence[tuple[str, str, Mapping[str, int]]], labels: Sequence[str]
) -> tuple[list[Column], float]:
    """A column an article, by the share of each side in its passages.

    Parameters
    ----------
    articles : sequence of (href, name, passages by label)
    labels : sequence of str

    Returns
    -------
    columns : list of Column, from the one side to the other; of very many articles every second
        or third, and so on
    highest : float; the share that the highest column stands for
    """
    rising, hanging = halves_of(labels)
    found = []
    for href, name, counts in articles:
        total = sum(counts.values()) or 1
        shares = {label: counts[label] / total for label in (*rising, *hanging)}
        up, down = (sum(shares[label] for label in half) for half in (rising, hanging))
        said = ", ".join(f"{count} {label}" for label, count in counts.items())
        found.append((down - up, max(up, down), shares, href, f"{name}: {said}"))
    found.sort(key=lambda row: row[0])
    found = found[:: -(-len(found) // _N_COLUMNS) or 1]
    highest = max((row[1] for row in found), default=0.0)
    columns = [
        Column(
            href, title, bars_of(labels, {label: n / (highest or 1) for label, n in shares.items()})
        )
        for _, _, shares, href, title in found
    ]
    return columns, highest


def halves_of(labels: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The sides that rise in a drawing, and those that hang."""
    sides = [label for label in labels if takes_side(label)]
    return sides[::2], sides[1::2]


def bars_of(labels: Sequence[str], shares: Mapping[str, float]) -> tuple[Bar, ...]:
    """Sides rise from the middle or hang from it; what takes no side is a thin line."""
    bars, above, below = [], 0.0, 0.0
    rising, hanging = halves_of(labels)
    for label, share in shares.items():
        height = share * _HALF
        if label in rising:
            above += height
            bars.append((label, 50 - above, height))
        elif label in hanging:
            bars.append((label, 50 + below, height))
            below += height
        else:
            bars.append((label, 49.0, 2.0))
    return tuple(bars)
