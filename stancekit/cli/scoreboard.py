"""Scores as tables: what stands in each, whether a terminal or a Markdown file will show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stancekit.abstention import RiskCoverage
    from stancekit.agreement import Agreement
    from stancekit.bootstrap import Interval
    from stancekit.comparison import Comparison, ScorePair
    from stancekit.evaluation import Evaluation, FrameEvaluation, LabelScores
    from stancekit.prevalence import Share
    from stancekit.slices import Slice

    Cell = Interval | int | str

__all__ = [
    "MOST_SLICES",
    "Part",
    "Row",
    "agreement_part",
    "comparison_part",
    "frame_parts",
    "reliability_part",
    "risk_part",
    "share_part",
    "slice_parts",
    "stance_parts",
]

# Rows of a column's values on a terminal; more are for a program to read.
MOST_SLICES = 15

# See `stancekit.score`.
_FEW_GROUPS = 20
# Of the 20 points of a risk-coverage curve every fourth is shown: all passages, 80 % and so on.
_POINTS_APART = 4


@dataclass(frozen=True)
class Row:
    """Cells of a table; one may stand out, or all of them."""

    cells: Sequence[Cell]
    strong: int | None = None
    is_total: bool = False


@dataclass(frozen=True)
class Part:
    """A table with a title above and notes below it; columns of counts are given by number."""

    title: str
    header: Sequence[str]
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    counts: frozenset[int] = frozenset()


def stance_parts(found: Evaluation, title: str) -> list[Part]:
    """Scores a label with intervals, and the confusion table."""
    below = [Row(("accuracy", found.accuracy)), Row(("MCC", found.mcc))]
    below.append(Row(("alpha", found.alpha)))
    if found.ece is not None and found.brier is not None:
        below.append(Row(("calibration error", found.ece)))
        below.append(Row(("Brier score", found.brier)))
    confusion = [
        Row((label, *row), strong=place + 1)
        for place, (label, row) in enumerate(zip(found.labels, found.confusion, strict=True))
    ]
    return [
        _label_part(title, "label", found.per_label, found, below),
        Part(
            "Rows: the right label. Columns: the model's.",
            ("", *found.labels),
            confusion,
            _interval_notes(found),
            frozenset(range(1, len(found.labels) + 1)),
        ),
    ]


def frame_parts(found: FrameEvaluation, title: str) -> list[Part]:
    """Scores a frame, with intervals."""
    below = [Row(("micro", found.micro_f1))]
    return [_label_part(title, "frame", found.per_frame, found, below, _interval_notes(found))]


def reliability_part(found: Evaluation) -> Part:
    """How often the likeliest label is right, by the probability that it has."""
    rows = [
        Row(
            (
                f"{one.low:.2f} to {one.high:.2f}",
                f"{one.confidence:.2f}",
                one.accuracy,
                one.n_passages,
            )
        )
        for one in found.reliability or ()
    ]
    return Part(
        "How often the likeliest label is right, by its probability",
        ("probability", "mean", "right", "passages"),
        rows,
        counts=frozenset({3}),
    )


def risk_part(found: RiskCoverage) -> Part:
    """What is left, and how much of it is wrong, when unsure passages get no label."""
    rows = [
        Row((f"{one.confidence:.2f}", one.coverage, one.risk, one.n_kept))
        for one in found.points[::-_POINTS_APART]
    ]
    return Part(
        "Labels only where the label has this probability or more",
        ("probability", "labelled", "wrong of these", "passages"),
        [*rows, Row(("area under curve", "", found.area), is_total=True)],
        counts=frozenset({3}),
    )


def agreement_part(found: Agreement) -> Part:
    """The agreement of labellers, beside which a model's scores stand."""
    rows = [
        Row(("alpha", found.alpha, found.n_passages)),
        Row(("macro F1 of one against the others", found.macro_f1, found.n_passages)),
        *(Row((f"  {who}", score, "")) for who, score in found.per_labeller.items()),
    ]
    return Part(
        f"Agreement of {len(found.per_labeller)} labellers, beside which the model stands",
        ("", "score", "passages"),
        rows,
        _interval_notes(found),
        frozenset({2}),
    )


def share_part(found: Sequence[Share], by: Sequence[str]) -> Part:
    """Shares of the stances or of the frames, a row a part, stance or frame, and method."""
    from stancekit.bootstrap import Interval

    kind = "frame" if found and found[0].frame else "stance"

    rows = [
        Row(
            (
                *(one.by[column] or "(none)" for column in by),
                one.stance or one.frame or "",
                one.method,
                Interval(one.share, one.low, one.high),
                one.n_passages,
                one.n_articles,
                one.n_gold,
            )
        )
        for one in found
    ]
    header = (*by, kind, "method", "share", "passages", "articles", "gold")
    counts = frozenset(range(len(header) - 3, len(header)))
    note = "low-high: 95% intervals, by a bootstrap over articles and their labelled passages"
    return Part(f"Shares of the {kind}s", header, rows, [note], counts)


def slice_parts(found: Iterable[Slice], *, most: int | None = MOST_SLICES) -> list[Part]:
    """A table a column, of its ``most`` frequent values."""
    return [
        _slice_part(column, list(slices), most)
        for column, slices in groupby(found, key=lambda one: one.column)
    ]


def comparison_part(found: Comparison, first: str, second: str) -> Part:
    """Two classifiers side by side, and whether that tells them apart."""
    pairs = {"macro F1": found.macro_f1, "accuracy": found.accuracy}
    one, other = Path(first).name, Path(second).name
    return Part(
        f"{first} against {second}, on the same passages",
        ("", one, other, "difference"),
        [Row((name, pair.first, pair.second, pair.difference)) for name, pair in pairs.items()],
        [
            *(f"{name}: {_verdict(pair, found)}" for name, pair in pairs.items()),
            f"only {one} right: {found.n_only_first_right}, only {other}: "
            f"{found.n_only_second_right}; McNemar's exact test, which takes passages as "
            f"independent: p = {found.mcnemar_p:.2g}",
            *_interval_notes(found),
        ],
    )


def _verdict(pair: ScorePair, found: Comparison) -> str:
    on = f"distinguishable on n = {found.n_passages}"
    if pair.is_distinguishable is None:
        return "no interval, for there is one article only or there were no draws"
    if pair.is_distinguishable:
        return f"{on} (the interval leaves out 0)"
    if pair.n_needed is None:
        return f"not {on} (the interval covers 0)"
    needed = round(pair.n_needed, 2 - len(str(pair.n_needed)))  # more digits would mean nothing
    return (
        f"not {on} (the interval covers 0); to see a difference of "
        f"{abs(pair.difference.value):.2g} about {needed:,} passages are needed"
    )


def _slice_part(column: str, found: list[Slice], most: int | None) -> Part:
    by_size = sorted(found, key=lambda one: -one.scores.n_passages)
    shown = set(map(id, by_size[:most]))
    rows = [
        Row(
            (
                one.value or "(none)",
                one.scores.macro_f1,
                one.scores.accuracy,
                one.scores.n_passages,
                one.scores.n_groups,
            )
        )
        for one in found
        if id(one) in shown
    ]
    left = len(found) - len(rows)
    notes = ["macro F1: mean over the labels that are right for some passage of the row"]
    if left:
        notes.insert(0, f"and {left} more, with fewer passages: see --format json")
    header: tuple[str, ...] = (column, "macro F1", "accuracy", "passages", "articles")
    if all(one.scores.n_groups == one.scores.n_passages for one in found):
        header, rows = header[:-1], [Row(row.cells[:-1]) for row in rows]
    return Part(f"By {column}", header, rows, notes, frozenset({3, 4}))


def _label_part(
    title: str,
    kind: str,
    scores: Mapping[str, LabelScores],
    found: Evaluation | FrameEvaluation,
    below: Sequence[Row],
    notes: Sequence[str] = (),
) -> Part:
    rows = [
        Row((name, one.f1, one.precision, one.recall, one.support)) for name, one in scores.items()
    ]
    macro = Row(("macro", found.macro_f1, "", "", found.n_passages), is_total=True)
    header = (kind, "F1", "precision", "recall", "passages")
    return Part(title, header, [*rows, macro, *below], notes, frozenset({4}))


def _interval_notes(
    found: Evaluation | FrameEvaluation | Agreement | Comparison,
) -> list[str]:
    """How the intervals were made, and what is wrong with them when there are few articles."""
    if found.n_groups < 2 or not found.n_bootstrap:
        return ["no intervals: they need draws from two articles or more, better from 20"]
    is_grouped = found.n_groups != found.n_passages
    unit = "articles" if is_grouped else "passages"
    notes = [
        f"low-high: {found.level:.0%} intervals, bootstrap of {found.n_bootstrap} draws over "
        f"{found.n_groups} {unit}"
    ]
    if found.n_groups < _FEW_GROUPS:
        notes.append(f"with fewer than {_FEW_GROUPS} {unit} the intervals come out too narrow")
    return notes
