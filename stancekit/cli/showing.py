"""Tables of scores on a terminal, in 80 columns, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stancekit.cli.palette import printable
from stancekit.cli.scoreboard import Part, Row

if TYPE_CHECKING:
    from stancekit.cli.scoreboard import Cell

__all__ = ["markdown", "show"]


def show(console: Console, parts: Iterable[Part]) -> None:
    """Print tables one below the other."""
    for place, part in enumerate(parts):
        if place:
            console.print()
        console.print(Text(printable(part.title), style="bold"))
        if part.rows:
            console.print(_table(part))
        for line in part.notes:
            console.print(Text(printable(line), style="dim"))


def markdown(parts: Iterable[Part]) -> str:
    """Tables with a line of their title above and of notes below."""
    return "\n\n".join(block for part in parts for block in _blocks(part))


def _table(part: Part) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for place, name in enumerate(part.header):
        is_count = place in part.counts
        table.add_column(
            Text(printable(name)),
            justify="right" if is_count else "left",
            no_wrap=place > 0 and not is_count,
        )
    for row in part.rows:
        if row.is_total:
            table.add_section()
        cells = [_text(cell, place == row.strong) for place, cell in enumerate(row.cells)]
        table.add_row(*cells, style="bold" if row.is_total else None)
    return table


def _text(cell: Cell, is_strong: bool) -> Text:
    """A score and, dimmed, its interval; a dash where there is no score."""
    if isinstance(cell, int | str):
        return Text(printable(str(cell)), style="bold" if is_strong else "")
    if cell.value != cell.value:
        return Text("–")
    text = Text(f"{cell.value:.2f}")
    if cell.low == cell.low:
        text.append(f" {_between(cell.low, cell.high)}", style="not bold dim")
    return text


def _between(low: float, high: float) -> str:
    """A range that can be read where a number is negative as well."""
    return f"{low:.2f}-{high:.2f}" if low >= 0 else f"{low:.2f} to {high:.2f}"


def _blocks(part: Part) -> list[str]:
    marks = ["---:" if place in part.counts else "---" for place in range(len(part.header))]
    table = [_line(part.header), _line(marks), *(_line(_plain(row, part)) for row in part.rows)]
    return [f"**{part.title}**", *(["\n".join(table)] if part.rows else []), *part.notes]


def _plain(row: Row, part: Part) -> list[str]:
    cells = [_markdown(cell) for cell in row.cells]
    cells += [""] * (len(part.header) - len(cells))
    is_strong = [cell and (row.is_total or place == row.strong) for place, cell in enumerate(cells)]
    return [
        f"**{cell}**" if strong else cell for cell, strong in zip(cells, is_strong, strict=True)
    ]


def _markdown(cell: Cell) -> str:
    if isinstance(cell, int | str):
        return " ".join(str(cell).replace("|", "\\|").split())
    if cell.value != cell.value:
        return "–"
    interval = f" [{cell.low:.2f}, {cell.high:.2f}]" if cell.low == cell.low else ""
    return f"{cell.value:.2f}{interval}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
