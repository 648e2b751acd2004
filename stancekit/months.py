"""Months of dates, in a row without gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

__all__ = ["month_of", "months_between"]

# A day, with whatever time of day after it, or a month alone.
_DATE = re.compile(r"(\d{4}-\d{2})(-\d{2}(?!\d).*)?", re.DOTALL)


def month_of(cell: Any) -> str | None:
    """The month of a date such as 2019-01-16, as 2019-01; None for what is no date of a calendar.

    Dates of Python and timestamps are read too, whatever the time of day.
    """
    found = _DATE.fullmatch(str(cell).strip())
    if found is None:
        return None
    month, rest = found.groups()
    try:
        date.fromisoformat(f"{month}{(rest or '-01')[:3]}")
    except ValueError:
        return None
    return month


def months_between(months: Iterable[str]) -> list[str]:
    """Every month from the earliest of some to the latest, those between them too."""
    numbers = [12 * int(month[:4]) + int(month[5:]) - 1 for month in months]
    every = range(min(numbers), max(numbers) + 1) if numbers else range(0)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in every]
