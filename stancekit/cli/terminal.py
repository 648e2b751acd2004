"""What a person sees of articles on a terminal: who argues what, readable at 80 columns."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from textwrap import shorten

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from stancekit.analysis import STATUSES, Analysis, PassageAnalysis, whole_articles
from stancekit.cli.explaining import marked_text, reason_lines, voice_reasons
from stancekit.cli.palette import bar_of, colours_of, fills_of, printable
from stancekit.cli.speaking import speaker_lines, voice_line
from stancekit.labels import takes_side
from stancekit.speakers import Speaker

__all__ = ["make_console", "show_analysis", "show_speakers", "show_summary", "show_title"]

_LABEL_WIDTH = 16
_BAR_WIDTH = 8
_SHARE_WIDTH = 24
_WIDEST = 100
_LONGEST = 5000
_QUOTE = 150
_N_LEADING = 5


def make_console(*, stderr: bool = False) -> Console:
    """A console that prints text as it is: no markup, no highlighting, no emoji codes."""
    stream = sys.stderr if stderr else sys.stdout
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")  # a terminal of few letters shows ? for the others
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


def show_analysis(console: Console, analysis: Analysis) -> None:
    """Print an article: each passage with its label, probability and frames beside the text."""
    width = _width(console)
    show_title(console, analysis.article)
    table = Table.grid(padding=(0, 2))
    table.add_column(width=_LABEL_WIDTH)
    table.add_column(width=width - _LABEL_WIDTH - 2)
    colours = colours_of(analysis.labels)
    for passage in analysis.passages:
        table.add_row(*_passage_row(passage, colours))
        table.add_row()
    console.print(Padding(table, (1, 0, 0, 0)))
    show_speakers(console, analysis.author, analysis.speakers)


def show_speakers(console: Console, author: Speaker, speakers: Sequence[Speaker]) -> None:
    """Print who takes which side, with the clearest statement of each; nothing if no one speaks."""
    if not speakers:
        return
    for line in speaker_lines(author, speakers):
        console.print(line, width=_width(console))
    console.print()


def show_summary(console: Console, analyses: Sequence[Analysis], note: str) -> None:
    """Print the share of each label, its leading frames and what was not labelled.

    Several articles get a line each as well.
    """
    labels = analyses[0].labels if analyses else ()
    passages = tuple(passage for analysis in analyses for passage in analysis.passages)
    whole = Analysis("summary", passages, labels)
    articles = list(whole_articles(analyses))
    show_title(console, "Summary" if len(articles) < 2 else f"Summary of {len(articles)} articles")
    console.print()
    if len(articles) > 1:
        console.print(_article_table(articles, _width(console), _bar_width(console)))
        console.print()
    if whole.scored:
        console.print(_share_table(whole, _bar_width(console)))
        console.print()
        for line in _leading_lines(whole, len(articles) > 1):
            console.print(line, width=_width(console))
    console.print(_status_line(whole), width=_width(console))
    console.print(Text(note, style="dim"), width=_width(console))


def _excerpt(text: str) -> str:
    """The text; of one that would fill many screens, the beginning."""
    if len(text) <= _LONGEST:
        return printable(text)
    return f"{printable(text[:_LONGEST])} … [{len(text) - _LONGEST:,} more characters]"


def _width(console: Console) -> int:
    return min(console.width, _WIDEST)


def _bar_width(console: Console) -> int:
    """Of a bar of shares: what a narrow terminal leaves beside the words."""
    return max(4, min(_SHARE_WIDTH, console.width - 48))


def show_title(console: Console, title: str) -> None:
    """Print a line across the terminal that names what follows."""
    rule = Rule(Text(printable(title), style="bold"), align="left", style="dim")
    console.print(rule, width=_width(console))


def _passage_row(
    passage: PassageAnalysis, colours: Mapping[str, str]
) -> tuple[RenderableType, RenderableType]:
    text = Text(_excerpt(passage.text))
    if passage.kind == "heading":
        text.stylize("bold")
        return "", text
    if passage.status == "furniture":
        line = Text(text.plain, style="dim italic", no_wrap=True, overflow="ellipsis")
        return Text("furniture", style="dim italic"), line
    if passage.status == "abstained":
        return Text("abstained", style="italic"), Group(text, _possible(passage))
    if not passage.is_scored:
        style = "red" if passage.is_lost else "dim"
        mark = Text(passage.status.replace("_", " "), style=f"bold {style}")
        why = Text(STATUSES[passage.status], style=style)
        return mark, Group(text, why) if text.plain else why
    return _label_cell(passage, colours), _text_cell(passage, text, colours)


def _label_cell(passage: PassageAnalysis, colours: Mapping[str, str]) -> Group:
    stance = passage.stance or ""
    share, colour = passage.probabilities[stance], colours[stance]
    label = Text(printable(stance), style=colour if colour == "dim" else f"bold {colour}")
    bar = Text(bar_of(share, _BAR_WIDTH), style=colour).append(f" {share:.2f}")
    return Group(label, bar)


def _text_cell(passage: PassageAnalysis, text: Text, colours: Mapping[str, str]) -> RenderableType:
    found = passage.explanation
    if found is not None and len(passage.text) <= _LONGEST:
        text = marked_text(passage, colours)
    elif colours[passage.stance or ""] == "dim":
        text.stylize("dim")
    parts = [text]
    if passage.labels is not None:
        parts.append(_possible(passage))
    if passage.frames:
        frames = Text("→ " + " · ".join(map(_spoken, passage.frames)), style="italic")
        frames.stylize(colours[passage.stance or ""])
        parts.append(frames)
    if (voices := voice_line(passage, colours)) is not None:
        parts.append(voices)
    if found is not None:
        parts.extend(reason_lines(found, colours))
        parts.extend(voice_reasons(passage, colours))
    return Group(*parts)


def _possible(passage: PassageAnalysis) -> Text:
    """The labels that it may have: those of its set, or all by probability."""
    shares = sorted(passage.probabilities.items(), key=lambda pair: -pair[1])
    chosen = [pair for pair in shares if passage.labels is None or pair[0] in passage.labels]
    names = " or ".join(f"{printable(label)} {share:.2f}" for label, share in chosen)
    return Text(f"may be {names}", style="dim")


def _article_table(articles: Sequence[Analysis], width: int, bar_width: int) -> Table:
    """A line an article: its name, a bar of its shares, and the passages with each label."""
    labels = articles[0].labels
    colours, fills = colours_of(labels), fills_of(labels)
    table = Table.grid(padding=(0, 2))
    table.add_column(max_width=width // 2 - 4, no_wrap=True, overflow="ellipsis")
    table.add_column(width=bar_width, no_wrap=True)
    for _ in labels:
        table.add_column(justify="right")
    table.add_row("", "", *(Text(fills[label], style=colours[label]) for label in labels))
    for article in articles:
        bar = Text("" if article.scored else "nothing labelled", style="red")
        for label, cells in _cells_of(article, bar_width).items():
            bar.append(fills[label] * cells, style=colours[label])
        counts = [Text(str(n), style=colours[label]) for label, n in article.counts.items()]
        table.add_row(_tail(article.article), bar, *counts)
    return table


def _cells_of(article: Analysis, width: int) -> dict[str, int]:
    """How many cells of a bar each label gets, together ``width``; sides come first."""
    sides = sorted(article.labels, key=lambda label: not takes_side(label))
    cells, done, seen = {}, 0, 0.0
    for label in sides:
        seen += article.shares[label]
        cells[label] = round(seen * width) - done
        done += cells[label]
    return cells


def _tail(name: str) -> Text:
    """The end of a path, which tells files apart: the folder is left out."""
    return Text(printable(name.rstrip("/").rsplit("/", 1)[-1]))


def _share_table(whole: Analysis, bar_width: int) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(width=bar_width)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    colours, fills = colours_of(whole.labels), fills_of(whole.labels)
    for label, count in whole.counts.items():
        share = whole.shares[label]
        bar = Text(bar_of(share, bar_width, fills[label]), style=colours[label])
        name = Text(printable(label), style=colours[label])
        table.add_row(name, bar, f"{share:.0%}", f"{count} of {len(whole.scored)} passages")
    return table


def _leading_lines(whole: Analysis, several: bool) -> list[RenderableType]:
    """For each side the frames it uses most, and its clearest passage."""
    lines: list[RenderableType] = []
    colours = colours_of(whole.labels)
    for label, frames in whole.frames_by_stance.items():
        said = [one for one in whole.scored if one.stance == label]
        if not said or not takes_side(label):
            continue
        leading = [f"{_spoken(name)} {count}" for name, count in list(frames.items())[:_N_LEADING]]
        line = Text(printable(label), style=f"bold {colours[label]}")
        line.append(" → " + " · ".join(leading) if leading else "", style="not bold")
        clearest = max(said, key=lambda one: one.probabilities[label])
        quote = shorten(printable(clearest.text[:_LONGEST]), _QUOTE, placeholder=" …")
        place = f"{_tail(clearest.article)}, " if several else ""
        source = f"{place}passage {clearest.passage}, {clearest.probabilities[label]:.2f}"
        lines += [line, Padding(Text(f"{quote} ({source})"), (0, 0, 1, 2))]
    return lines


def _status_line(whole: Analysis) -> Text:
    counts = whole.status_counts
    scored = counts.pop("ok", 0)
    rest = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in counts.items())
    noun = "passage" if scored == 1 else "passages"
    return Text(f"{scored} {noun} labelled" + (f"; not labelled: {rest}" if rest else ""))


def _spoken(name: str) -> str:
    return printable(name.replace("_", " "))
