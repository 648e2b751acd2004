"""Shares of the stances as a picture: over the months with bands, or by part of the corpus."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stancekit.errors import InputError
from stancekit.labels import takes_side
from stancekit.months import months_between
from stancekit.plots.canvas import Style, drawing, plain, styles_of
from stancekit.tallies import FEW

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from stancekit.prevalence import Share

__all__ = ["plot_shares"]

MONTH = "month"
# What is drawn of several methods: the one that assumes least comes first.
_PREFERRED = ("ppi", "acc", "pacc", "naive")
_SPOKEN = {
    "naive": "counted, not corrected",
    "acc": "corrected (acc)",
    "pacc": "corrected (pacc)",
    "ppi": "corrected (ppi)",
}
_MOST_PANELS, _N_ACROSS = 12, 3
_MOST_ROWS = 40
_NOTHING = (math.nan, math.nan, math.nan)

Part = tuple[str | None, ...]


def plot_shares(
    shares: Sequence[Share], path: str | Path, *, title: str = "", force: bool = False
) -> None:
    """Draw shares as `stancekit.measure` gives them.

    With a column ``month`` among those of the parts, a line a side over the months, with its
    interval as a band, and a panel for each value of the other columns; the rest is what takes no
    side. Months of fewer than ten passages have hollow marks. Without such a column, a row a part
    with a mark and a bar a stance. Of several methods the one that assumes least is drawn: ppi,
    else acc, pacc, naive. Frames are drawn where there are no stances.

    Parameters
    ----------
    shares : sequence of Share
    path : str or Path
        A file that ends in .png, .svg or .pdf.
    title : str
    force : bool
        Replace the file if it is there.

    Raises
    ------
    InputError
        For no shares, more than 12 panels or more than 40 rows; another suffix.
    DataError, MissingExtraError
        For a file that is there, or matplotlib that is not.
    """
    stances = [one for one in shares if one.frame is None]
    drawn = _of_one_method(stances or list(shares))
    if not drawn:
        raise InputError("got no shares to draw; expected those that `measure` gives")
    head = f"{title}: {_head(drawn)}" if title else _head(drawn)
    draw = _draw_months if MONTH in drawn[0].by else _draw_parts
    draw(drawn, Path(path), head, force)


def _draw_months(shares: list[Share], path: Path, title: str, force: bool) -> None:
    panels: dict[Part, list[Share]] = {}
    for one in shares:
        panels.setdefault(_without_month(one), []).append(one)
    if len(panels) > _MOST_PANELS:
        raise InputError(
            f"got {len(panels)} parts beside the months; expected at most {_MOST_PANELS} panels to "
            "draw: choose a column of fewer values"
        )
    across = min(len(panels), _N_ACROSS)
    down = math.ceil(len(panels) / across)
    names, rest = _sides_and_rest(_names(shares))
    styles = {name: style for name, style in styles_of(_names(shares)).items() if name in names}
    title = f"{title}; the rest is {rest}" if rest else title
    with drawing(path, max(6.5, 4 * across), 1.2 + 2.6 * down, force=force) as figure:
        figure.suptitle(title)
        grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
        for axes, (part, some) in zip(grid.flat, panels.items(), strict=False):
            _draw_lines(axes, some, styles)
            if part:
                axes.set_title(f"{_spoken(part)}: n = {_n_passages(some):,}")
        for axes in grid.flat[len(panels) :]:
            axes.set_visible(False)
        figure.supylabel("share of passages", size="medium")
        grid.flat[0].set_ylim(0, _top([one for one in shares if _name(one) in names]))
        handles, labels = grid.flat[0].get_legend_handles_labels()
        if any(one.n_passages < FEW for one in shares):
            labels[-1] = f"{labels[-1]} (hollow: fewer than {FEW} passages)"
        figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)


def _draw_lines(axes: Axes, shares: list[Share], styles: dict[str, Style]) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    for name, style in styles.items():
        some = [one for one in shares if _name(one) == name]
        months, found = _without_gaps(some)
        axes.fill_between(
            months,
            [low for _, low, _ in found],
            [high for *_, high in found],
            color=style.colour,
            alpha=0.15,
            linewidth=0,
        )
        axes.plot(
            months,
            [share for share, *_ in found],
            color=style.colour,
            marker=style.marker,
            linestyle=style.line,
            markersize=4,
            clip_on=False,
            label=name,
        )
        _hollow_marks(axes, [one for one in some if one.n_passages < FEW], style)
    plain(axes)
    locator = AutoDateLocator(maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _hollow_marks(axes: Axes, shares: list[Share], style: Style) -> None:
    dated = [one for one in shares if one.by[MONTH] is not None]
    axes.plot(
        [_first_day(one.by[MONTH] or "") for one in dated],
        [one.share for one in dated],
        color=style.colour,
        marker=style.marker,
        markerfacecolor="white",
        linestyle="none",
        markersize=4,
        clip_on=False,
        zorder=3,
    )


def _sides_and_rest(names: list[str]) -> tuple[list[str], str | None]:
    """What is drawn over time, and the one label that is the rest, if there is one."""
    sides = [name for name in names if takes_side(name)]
    others = [name for name in names if not takes_side(name)]
    return (sides, others[0]) if sides and len(others) == 1 else (names, None)


def _top(shares: list[Share]) -> float:
    """Where the scale ends: above all shares, and the intervals that say something."""
    high = [one.high for one in shares if one.n_passages >= FEW and one.high == one.high]
    most = max([one.share for one in shares if one.share == one.share] + high, default=1.0)
    return min(1.0, 1.1 * most) or 1.0


def _draw_parts(shares: list[Share], path: Path, title: str, force: bool) -> None:
    parts = list(dict.fromkeys(tuple(one.by.values()) for one in shares))
    names = _names(shares)
    # One part only: each stance has a row of its own.
    rows: list[Part] = [(name,) for name in names] if len(parts) == 1 else parts
    if len(rows) > _MOST_ROWS:
        raise InputError(
            f"got {len(rows)} parts; expected at most {_MOST_ROWS} rows to draw: choose a column "
            "of fewer values"
        )
    styles = styles_of(names)
    step = 0.0 if len(parts) == 1 else 0.7 / max(len(names), 1)
    height = 1.6 + len(rows) * max(0.35, 0.17 * len(names) * (len(parts) > 1))
    with drawing(path, 7, height, force=force) as figure:
        axes = figure.subplots()
        for k, name in enumerate(names):
            some = [one for one in shares if _name(one) == name]
            offset = step * (k - (len(names) - 1) / 2)
            keys = [(name,) if len(parts) == 1 else tuple(one.by.values()) for one in some]
            _draw_marks(axes, some, [rows.index(key) + offset for key in keys], styles[name])
        labels = [_spoken(row) for row in rows]
        if len(parts) > 1:
            sizes = {tuple(one.by.values()): one.n_passages for one in shares}
            labels = [f"{_spoken(row)}\nn = {sizes[row]:,}" for row in parts]
            figure.legend(loc="outside lower center", ncols=4, frameon=False)
        axes.set_yticks(range(len(rows)), labels)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        plain(axes)
        axes.set(xlabel="share of passages", xlim=(0, 1))
        figure.suptitle(title)


def _draw_marks(axes: Axes, shares: list[Share], places: list[float], style: Style) -> None:
    for one, place in zip(shares, places, strict=True):
        axes.plot([one.low, one.high], [place, place], color=style.colour, linewidth=1.6)
    axes.plot(
        [one.share for one in shares],
        places,
        color=style.colour,
        marker=style.marker,
        linestyle="none",
        markersize=6,
        clip_on=False,
        label=_name(shares[0]),
    )


def _of_one_method(shares: list[Share]) -> list[Share]:
    there = {one.method for one in shares}
    method = next((method for method in _PREFERRED if method in there), "")
    return [one for one in shares if one.method == method]


def _head(shares: list[Share]) -> str:
    """What is drawn, and how many passages are behind it."""
    kind = "frame" if shares[0].frame else "stance"
    method = shares[0].method
    n_gold = sum(dict(_by_part(shares, "n_gold")).values())
    n_gold = n_gold if method == "ppi" else shares[0].n_gold
    gold = f", {n_gold:,} labelled by hand" if method != "naive" else ""
    return (
        f"share of each {kind}, {_SPOKEN[method]}\nn = {_n_passages(shares):,} passages{gold}; "
        "95% intervals"
    )


def _n_passages(shares: Sequence[Share]) -> int:
    return sum(dict(_by_part(shares, "n_passages")).values())


def _by_part(shares: Sequence[Share], count: str) -> Iterator[tuple[Part, int]]:
    for one in shares:
        yield tuple(one.by.values()), getattr(one, count)


def _name(share: Share) -> str:
    return share.stance or share.frame or ""


def _names(shares: Sequence[Share]) -> list[str]:
    return list(dict.fromkeys(map(_name, shares)))


def _without_month(share: Share) -> Part:
    return tuple(value for column, value in share.by.items() if column != MONTH)


def _spoken(part: Part) -> str:
    return ", ".join(value or "(none)" for value in part)


def _without_gaps(
    shares: Sequence[Share],
) -> tuple[list[Any], list[tuple[float, float, float]]]:
    """First days from the first month to the last, and shares; nan where a line must break."""
    found = {one.by[MONTH]: one for one in shares if one.by[MONTH] is not None}
    months = months_between(month for month in found if month is not None)
    # matplotlib takes dates, which its annotations do not say.
    days: list[Any] = [_first_day(month) for month in months]
    there = (found.get(month) for month in months)
    return days, [(one.share, one.low, one.high) if one else _NOTHING for one in there]


def _first_day(month: str) -> Any:
    return date.fromisoformat(f"{month}-01")
