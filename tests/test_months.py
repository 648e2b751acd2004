"""Months are those of a calendar, and none between two is left out."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from stancekit.months import month_of, months_between


@pytest.mark.parametrize(
    ("cell", "month"),
    [
        ("2019-01-16", "2019-01"),
        (" 2019-12 ", "2019-12"),
        ("2019-01-16T23:59:00+02:00", "2019-01"),
        (date(2020, 2, 29), "2020-02"),
        (datetime(2019, 1, 16, 12, tzinfo=timezone.utc), "2019-01"),
        *((cell, None) for cell in ("2019-02-30", "2019-13-01", "0000-01-01", "2019", "16.1.2019")),
        *((cell, None) for cell in ("2019-01-161", "20190116", "", None, 201901, "x 2019-01-16")),
    ],
)
def test_month_is_that_of_a_date_of_a_calendar(cell: Any, month: str | None) -> None:
    assert month_of(cell) == month


def test_months_between_are_all_there() -> None:
    assert months_between(["2019-02", "2018-11", "2019-02"]) == [
        *("2018-11", "2018-12", "2019-01", "2019-02")
    ]
    assert months_between([]) == []
