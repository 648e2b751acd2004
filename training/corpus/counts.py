"""Tables of counts for the datasheets: written by a script, so that they cannot drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["contrast_counts", "corpus_counts", "count_table"]

_STANCES = ("neutral", "pro-presence", "pro-withdrawal")

Rows = Sequence[Mapping[str, Any]]


def corpus_counts(rows: Rows) -> str:
    """The tables of the corpus's datasheet, in Markdown."""
    words = [len(row["text"].split()) for row in rows]
    size = (
        f"{len(rows):,} passages, {sum(words):,} words; the shortest has {min(words)} words, the "
        f"median {sorted(words)[len(words) // 2]}, the longest {max(words)}.\n"
    )
    names = ("genre", "theatre", "writer", "voice")
    tables = [count_table(rows, name) for name in names]
    framed = [{**row, "frame": frame} for row in rows for frame in row["frames"] or ["(none)"]]
    return "\n".join([size, *tables, count_table(framed, "frame", total=False)])


def contrast_counts(rows: Rows, alpha: float) -> str:
    """The tables of the contrast sets, and how well their two labellers agree."""
    differ = sum(row["stance"] != row["second"] for row in rows)
    size = (
        f"{len(rows):,} passages in {len({row['unit'] for row in rows}):,} units. The second "
        f"labellers differ from the writers on {differ}; Krippendorff's alpha {alpha:.3f}.\n"
    )
    return "\n".join([size, *(count_table(rows, name) for name in ("writer", "genre", "theatre"))])


def count_table(rows: Rows, field: str, *, total: bool = True) -> str:
    """Passages by a field and by stance, as a Markdown table, most frequent first."""
    values = [str(row.get(field, "")) for row in rows]
    cells = Counter(zip(values, (row["stance"] for row in rows), strict=True))
    lines = [f"| {field} | passages | {' | '.join(_STANCES)} |", "|---|" + "---:|" * 4]
    for value, count in sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])):
        lines.append(_line(value, count, (cells[value, stance] for stance in _STANCES)))
    if total:
        stances = Counter(row["stance"] for row in rows)
        lines.append(_line("all", len(rows), (stances[stance] for stance in _STANCES)))
    return "\n".join(lines) + "\n"


def _line(name: str, count: int, by_stance: Iterable[int]) -> str:
    return f"| {name} | {count:,} | {' | '.join(f'{n:,}' for n in by_stance)} |"
