"""Scores on a terminal: each label with its intervals, and the confusion table, in 80 columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stancekit.cli.palette import printable

if TYPE_CHECKING:
    from stancekit.bootstrap import Interval
    from stancekit.evaluation import Evaluation, FrameEvaluation, LabelScores

__all__ = ["show_evaluation", "show_frame_evaluation"]


def show_evaluation(console: Console, found: Evaluation, title: str) -> None:
    """Print scores a label, with intervals, and the confusion table."""
    table = _score_table("label", found.per_label)
    table.add_row("macro", _cell(found.macro_f1), "", "", str(found.n_passages), style="bold")
    table.add_row("accuracy", _cell(found.accuracy))
    if found.ece is not None:
        table.add_row("calibration error", _cell(found.ece))
    _print_part(console, title, table)
    console.print()
    _print_part(console, "Rows: the right label. Columns: the model's.", _confusion(found))
    console.print(Text(_interval_note(found), style="dim"))


def show_frame_evaluation(console: Console, found: FrameEvaluation, title: str) -> None:
    """Print scores a frame, with intervals."""
    table = _score_table("frame", found.per_frame)
    table.add_row("macro", _cell(found.macro_f1), "", "", str(found.n_passages), style="bold")
    table.add_row("micro", _cell(found.micro_f1))
    _print_part(console, title, table)
    console.print(Text(_interval_note(found), style="dim"))


def _print_part(console: Console, title: str, table: Table) -> None:
    console.print(Text(printable(title), style="bold"))
    console.print(table)


def _score_table(kind: str, scores: Mapping[str, LabelScores]) -> Table:
    table = _plain_table()
    table.add_column(kind)
    for column in ("F1", "precision", "recall"):
        table.add_column(column, no_wrap=True)
    table.add_column("passages", justify="right")
    for name, one in scores.items():
        cells = [_cell(score) for score in (one.f1, one.precision, one.recall)]
        table.add_row(Text(printable(name)), *cells, str(one.support))
    table.add_section()
    return table


def _confusion(found: Evaluation) -> Table:
    table = _plain_table()
    table.add_column("")
    for label in found.labels:
        table.add_column(Text(printable(label)), justify="right")
    for place, (label, row) in enumerate(zip(found.labels, found.confusion, strict=True)):
        cells = [Text(str(n), style="bold" if n_ == place else "") for n_, n in enumerate(row)]
        table.add_row(Text(printable(label)), *cells)
    return table


def _plain_table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))


def _interval_note(found: Evaluation | FrameEvaluation) -> str:
    unit = "articles" if found.n_groups != found.n_passages else "passages"
    return (
        f"low-high: {found.level:.0%} intervals, bootstrap of {found.n_bootstrap} draws over "
        f"{found.n_groups} {unit}"
    )


def _cell(score: Interval) -> Text:
    """A score and, dimmed, its interval; a dash where there is no score."""
    if score.value != score.value:
        return Text("–")
    cell = Text(f"{score.value:.2f}")
    if score.low == score.low:
        cell.append(f" {score.low:.2f}-{score.high:.2f}", style="not bold dim")
    return cell
