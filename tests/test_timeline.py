"""A drawing over time: every month has its place, and small counts do not set the scale."""

from __future__ import annotations

import pytest

from stancekit.tallies import Tally
from stancekit.timeline import Timeline, timeline_of

LABELS = ("neutral", "pro-presence", "pro-withdrawal")


def tally(month: str | None, *counts: int) -> Tally:
    return Tally(month, dict(zip(LABELS, counts, strict=True)), 1)


def drawn(*tallies: Tally) -> Timeline:
    found = timeline_of(tallies, LABELS)
    assert found is not None
    return found


def test_bars_rise_and_hang_by_their_share_and_gaps_stay() -> None:
    found = drawn(tally("2019-04", 10, 5, 5), tally("2019-01", 10, 10, 0), tally(None, 9, 9, 9))
    assert [len(one.bars) for one in found.periods] == [1, 0, 0, 2]
    assert found.periods[0].bars == (("pro-presence", 4.0, 46.0),)
    assert found.periods[3].bars == (("pro-presence", 27.0, 23.0), ("pro-withdrawal", 50.0, 23.0))
    assert (found.unit, found.highest, found.most) == ("month", 0.5, 20)
    assert [one.volume for one in found.periods] == [100.0, 0.0, 0.0, 100.0]
    assert found.months == ((0, 1), (1, 2), (2, 3), (3, 4))
    assert found.years == ((0, "2019"),)


def test_few_passages_are_marked_and_do_not_set_the_scale() -> None:
    found = drawn(tally("2019-01", 16, 4, 0), tally("2019-02", 0, 0, 2))
    assert [one.is_few for one in found.periods] == [False, True]
    assert found.highest == pytest.approx(0.2)
    assert found.periods[1].bars == (("pro-withdrawal", 50.0, 46.0),)
    assert drawn(tally("2019-01", 1, 1, 0), tally("2019-02", 0, 0, 2)).highest == 1.0


def test_month_without_a_side_is_told_from_one_without_a_passage() -> None:
    found = drawn(tally("2019-01", 12, 0, 0), tally("2019-03", 12, 0, 0))
    assert [bool(one.bars) for one in found.periods] == [True, False, True]


def test_many_months_are_drawn_as_years_and_too_many_years_not_at_all() -> None:
    found = drawn(tally("1960-01", 10, 1, 0), tally("1960-05", 10, 3, 0), tally("2019-12", 5, 5, 5))
    assert (found.unit, len(found.periods)) == ("year", 60)
    assert (
        found.periods[0].title
        == "1960: 20 neutral, 4 pro-presence, 0 pro-withdrawal of 24 passages"
    )
    assert len(found.years) <= 7
    assert found.months == ()
    assert timeline_of([tally("0019-01", 1, 1, 1), tally("2019-01", 1, 1, 1)], LABELS) is None
    assert timeline_of([tally("2019-01", 1, 1, 1), tally(None, 1, 1, 1)], LABELS) is None


def test_year_that_has_just_begun_gives_way_to_the_next() -> None:
    months = [tally("2018-12", 10, 1, 1), tally("2020-11", 10, 1, 1)]
    assert drawn(*months).years == ((1, "2019"), (13, "2020"))
