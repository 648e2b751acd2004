"""Label names: nearest matches for messages, and what stops a typo from becoming a class."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stancekit.errors import InputError

__all__ = [
    "check_labels",
    "is_missing",
    "label_lists",
    "n_sided",
    "near_duplicates",
    "nearest",
    "no_side",
    "takes_side",
    "unknown_name",
]

# Two names closer than this are one name typed twice: "pro-presence" and "pro-presense" reach
# 0.92. Real sets hold close pairs as well (pro-withdrawal, anti-withdrawal: 0.83), so the
# rarer one must also be rare before it counts as a typo.
_SAME_NAME = 0.88
_RARE = 0.1

_NO_SIDE = frozenset({"neutral", "none", "neither", "other", "no stance"})

_BETWEEN = re.compile("[;,|]")
# A name within quotes, as in "['trade', \"air\"]".
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")


def takes_side(label: str) -> bool:
    """Whether a label is a side of a debate; "neutral", "none" and the like are not."""
    return label.lower() not in _NO_SIDE


def n_sided(counts: Mapping[str, int]) -> int:
    """How many of some counts by label are of sides."""
    return sum(count for label, count in counts.items() if takes_side(label))


def no_side(labels: Sequence[str]) -> str | None:
    """The label for what takes no side: "neutral" where there are several, None where is none."""
    found = sorted(
        (label for label in labels if not takes_side(label)),
        key=lambda label: label.lower() != "neutral",
    )
    return found[0] if found else None


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
        For a missing label, a list of labels, one label only, labels that look like typos of each
        other, or a label with fewer than ``min_rows`` rows.
    """
    missing = sum(is_missing(label) for label in labels)
    if missing:
        raise InputError(
            f"{missing} of {len(labels)} rows have no label; give each a label or leave them out"
        )
    several = next((label for label in labels if _is_several(label)), None)
    if several is not None:
        raise InputError(
            f"got {_shown(several)} as label of a row; expected one name: a column with several "
            "names a row holds frames"
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

    A list that was written out as text, as a CSV file has it, is read as the list.

    Raises
    ------
    InputError
        For a cell that holds neither, naming its row.

    >>> label_lists(["trade; safety", "", ["air"], None, "['trade', 'air']"])
    [['trade', 'safety'], [], ['air'], [], ['trade', 'air']]
    """
    return [_names(cell, row) for row, cell in enumerate(cells)]


def is_missing(label: Any) -> bool:
    """Whether a cell holds no label: None, a blank string, nan or pandas.NA."""
    if isinstance(label, str):
        return not label.strip()
    if label is None or _is_several(label):
        return label is None
    try:
        return bool(label != label)
    except TypeError:  # pandas.NA is neither equal nor unequal to itself
        return True


def _names(cell: Any, row: int) -> list[str]:
    if is_missing(cell):
        return []
    if isinstance(cell, str):
        if cell.lstrip().startswith("["):
            return [one or other for one, other in _QUOTED.findall(cell)]
        return [name.strip() for name in _BETWEEN.split(cell) if name.strip()]
    if not isinstance(cell, list | tuple | set) or any(map(_is_several, cell)):
        raise InputError(
            f"got {_shown(cell)} as frames of row {row}; expected a list of names, or names with ; "
            "between"
        )
    return [str(name).strip() for name in cell if not is_missing(name)]


def _is_several(label: Any) -> bool:
    return isinstance(label, Iterable) and not isinstance(label, str)


def _shown(value: Any) -> str:
    return f"{type(value).__name__} {str(value)[:60]}"


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
