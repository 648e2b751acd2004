"""Who speaks, on a terminal: a line beneath a passage, and the table of an article's speakers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stancekit.analysis import PassageAnalysis
from stancekit.cli.palette import colours_of, fills_of, printable
from stancekit.labels import takes_side
from stancekit.speakers import Speaker, Statement, speakers_of

__all__ = ["speaker_lines", "voice_line"]

_NAME_WIDTH = 44
_QUOTE = 130
# Of those who take no side, so many are named.
_N_OTHERS = 20


def voice_line(passage: PassageAnalysis, colours: Mapping[str, str]) -> Text | None:
    """Who speaks in a passage, with the side each takes; None when no one does."""
    line = Text()
    for speaker in speakers_of([passage], tuple(colours)):
        strongest = speaker.strongest
        if speaker.speaker is None and strongest is None:
            continue
        line.append(" · " if line else "“ ")
        line.append(printable(speaker.name), style="italic")
        if strongest is not None:
            line.append(" ").append_text(_side(strongest, colours))
    return line or None


def speaker_lines(author: Speaker, speakers: Sequence[Speaker]) -> Iterator[RenderableType]:
    """The table of those who take a side, each with the clearest statement, and who does not."""
    colours, fills = colours_of(author.labels), fills_of(author.labels)
    legend = Text("Speakers   ", style="bold")
    for label in author.labels:
        legend.append(f"{fills[label]} {printable(label)}  ", style=f"not bold {colours[label]}")
    yield legend.append("(statements)", style="not bold dim")
    for speaker in (author, *(one for one in speakers if one.n_sided)):
        yield _counts_row(speaker, colours, fills)
        if speaker.strongest is not None:
            yield Padding(_quote(speaker.strongest, colours), (0, 0, 0, 2))
    others = [one for one in speakers if not one.n_sided and one.speaker is not None]
    if others:
        names = [f"{printable(one.name)} {len(one.statements)}" for one in others[:_N_OTHERS]]
        rest = f" and {len(others) - _N_OTHERS} more" if len(others) > _N_OTHERS else ""
        yield Text(f"Without a side: {' · '.join(names)}{rest}", style="dim")


def _counts_row(speaker: Speaker, colours: Mapping[str, str], fills: Mapping[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=_NAME_WIDTH, no_wrap=True, overflow="ellipsis")
    for _ in colours:
        table.add_column(width=5, no_wrap=True)
    name = Text(printable(speaker.name), style="bold")
    if speaker.role and speaker.role.casefold() not in printable(speaker.name).casefold():
        name.append(f", {printable(speaker.role)}", style="not bold")
    counts = (
        Text(f"{fills[label]} {count}" if count else f"{fills[label]} –", style=colours[label])
        for label, count in speaker.counts.items()
    )
    table.add_row(name, *counts)
    return table


def _quote(statement: Statement, colours: Mapping[str, str]) -> Text:
    text = Text(shorten(printable(statement.text), _QUOTE, placeholder=" …"))
    text.append(f" (passage {statement.passage}, ").append_text(_side(statement, colours))
    return text.append(")")


def _side(statement: Statement, colours: Mapping[str, str]) -> Text:
    label = statement.stance or ""
    style = colours[label] if takes_side(label) else "dim"
    return Text(f"{printable(label)} {statement.probability:.2f}", style=style)
