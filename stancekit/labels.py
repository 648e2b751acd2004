"""Label names: nearest matches for messages, and the checks that stop a typo from becoming a class."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from stancekit.errors import InputError

__all__ = ["check_labels", "label_lists", "nearest", "near_duplicates", "unknown_name"]

# Two names closer than this are one name typed twice: "pro-presence" and "pro-presense" reach
# 0.92. Real sets hold close pairs as well (pro-withdrawal, anti-withdrawal: 0.83), so the
# rarer one must also be rare before it counts as a typo.
_SAME_NAME = 0.88
_RARE = 0.1


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that looks most like ``name``, or None when none does."""
    by_lower = {other.lower(): other for other in names}
    matches = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def unknown_name(kind: str, name: str, names: Sequence[str]) -> str:
    """The sentence for a name that is not among ``names``: found, nearest, all."""
    guess = nearest(name, names)
    hint = f"did you mean {guess!r}?" if guess else "expected"
    return f"unknown {kind} {name!r}; {hint} ({', '.join(names) or 'none there'})"


def near_duplicates(labels: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs (rare, common) of label names that are probably one label typed in two ways.

    Names that differ only in case, spaces, hyphens or underscores always count; names that are
    merely alike count when the rarer one has at most a tenth of the other's rows.
    """
    counts = Counter(labels)
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return [
        (rare, common)
        for place, common in enumerate(ordered)
        for rare in ordered[place + 1 :]
        if _is_typo(rare, common, counts)
    ]


def check_labels(labels: Sequence[Any], *, min_rows: int = 2) -> list[str]:
    """Return ``labels`` as strings, or say what keeps them from being classes.

    Parameters
    ----------
    labels : sequence of str, one a passage
    min_rows : int, default=2
        Rows that each label needs.

    Raises
    ------
    InputError
        For a missing label, one label only, labels that look like typos of each other, or a
        label with fewer than ``min_rows`` rows.
    """
    missing = sum(_is_missing(label) for label in labels)
    if missing:
        raise InputError(
            f"{missing} of {len(labels)} rows have no label; give each a label or leave them out"
        )
    names = [str(label) for label in labels]
    counts = Counter(names)
    if len(counts) < 2:
        found = f"only {next(iter(counts))!r}" if counts else "none"
        raise InputError(f"got {found} as label; a classifier needs at least two different labels")
    for rare, common in near_duplicates(names):
        raise InputError(
            f"labels {rare!r} ({_rows(counts[rare])}) and {common!r} ({_rows(counts[common])}) "
            "look like one label typed in two ways; rename one of them"
        )
    rarest = min(counts, key=lambda name: (counts[name], name))
    if counts[rarest] < min_rows:
        raise InputError(
            f"label {rarest!r} has {_rows(counts[rarest])}; expected at least {min_rows} of each "
            "label: add passages with it or merge it into another label"
        )
    return names


def label_lists(cells: Iterable[Any]) -> list[list[str]]:
    """Lists of names from a column that holds lists, or strings with ``;``, ``,`` or ``|`` between.

    >>> label_lists(["trade; safety", "", ["air"], None])
    [['trade', 'safety'], [], ['air'], []]
    """
    return [_names(cell) for cell in cells]


def _names(cell: Any) -> list[str]:
    if isinstance(cell, str):
        for separator in ";|":
            cell = cell.replace(separator, ",")
        return [name.strip() for name in cell.split(",") if name.strip()]
    return [] if _is_missing(cell) else [str(name) for name in cell]


def _is_missing(label: Any) -> bool:
    return label is None or label != label or (isinstance(label, str) and not label.strip())


def _is_typo(rare: str, common: str, counts: Counter[str]) -> bool:
    if _bare(rare) == _bare(common):
        return True
    alike = difflib.SequenceMatcher(None, rare.lower(), common.lower()).ratio() >= _SAME_NAME
    return alike and counts[rare] <= _RARE * counts[common] and not _differ_in_number(rare, common)


def _bare(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


def _differ_in_number(one: str, other: str) -> bool:
    """`claim-1` and `claim-2` are alike to the letter and still two labels."""
    return [c for c in one if c.isdigit()] != [c for c in other if c.isdigit()]


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"
