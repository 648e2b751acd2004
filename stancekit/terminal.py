"""What a person sees on a terminal: articles, scores and models, readable at 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from stancekit.analysis import STATUSES, Analysis, PassageAnalysis

if TYPE_CHECKING:
    from stancekit.evaluation import Evaluation, FrameEvaluation, Interval

__all__ = ["show_analysis", "show_evaluation", "show_frame_evaluation", "show_summary"]

# Labels that take no side are dim; the others take these colours in the model's order. The label
# always stands beside its colour.
_NO_SIDE = {"neutral", "none", "neither", "other", "no stance"}
_COLOURS = ("dark_orange", "dodger_blue2", "green3", "magenta", "gold3", "cyan3", "red3")
_LABEL_WIDTH = 16
_BAR_WIDTH = 8
_WIDEST = 100


def show_analysis(console: Console, analysis: Analysis) -> None:
    """Print an article: each passage with its label, probability and frames beside the text."""
    width = min(console.width, _WIDEST)
    console.print(Rule(Text(_printable(analysis.article), style="bold"), align="left"), width=width)
    table = Table.grid(padding=(0, 2), expand=False)
    table.add_column(width=_LABEL_WIDTH, no_wrap=True)
    table.add_column(width=width - _LABEL_WIDTH - 2)
    colours = _colours(analysis.labels)
    for passage in analysis.passages:
        table.add_row(*_passage_row(passage, colours))
        table.add_row("", "")
    console.print(Padding(table, (1, 0, 0, 0)))


def show_summary(console: Console, analyses: Sequence[Analysis], note: str) -> None:
    """Print the share of each label, its leading frames and what was not labelled."""
    labels = analyses[0].labels if analyses else ()
    passages = tuple(passage for analysis in analyses for passage in analysis.passages)
    whole = Analysis("summary", passages, labels)
    title = "Summary" if len(analyses) < 2 else f"Summary of {len(analyses)} articles"
    console.print(
        Rule(Text(title, style="bold"), align="left"), width=min(console.width, _WIDEST)
    )
    console.print(_share_table(whole))
    console.print(_frame_lines(whole))
    console.print(_status_line(whole))
    console.print(Text(note, style="dim"), width=min(console.width, _WIDEST))


def show_evaluation(console: Console, found: Evaluation, title: str) -> None:
    """Print scores a label, with intervals, and the confusion table."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in ("label", "F1", "precision", "recall", "passages"):
        table.add_column(column, justify="left" if column == "label" else "right")
    for label, one in found.per_label.items():
        cells = [_interval(one.f1), _interval(one.precision), _interval(one.recall)]
        table.add_row(label, *cells, str(one.support))
    table.add_section()
    table.add_row("macro", _interval(found.macro_f1), "", "", str(found.n_passages), style="bold")
    table.add_row("accuracy", _interval(found.accuracy), "", "", "")
    if found.ece is not None:
        table.add_row("calibration error", _interval(found.ece), "", "", "")
    console.print(table)
    console.print(_confusion(found))
    console.print(Text(_interval_note(found), style="dim"))


def show_frame_evaluation(console: Console, found: FrameEvaluation, title: str) -> None:
    """Print scores a frame, with intervals."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in ("frame", "F1", "precision", "recall", "passages"):
        table.add_column(column, justify="left" if column == "frame" else "right")
    for frame, one in found.per_frame.items():
        cells = [_interval(one.f1), _interval(one.precision), _interval(one.recall)]
        table.add_row(frame, *cells, str(one.support))
    table.add_section()
    table.add_row("macro", _interval(found.macro_f1), "", "", str(found.n_passages), style="bold")
    table.add_row("micro", _interval(found.micro_f1), "", "", "")
    console.print(table)


def _passage_row(
    passage: PassageAnalysis, colours: Mapping[str, str]
) -> tuple[RenderableType, RenderableType]:
    text = Text(_printable(passage.text))
    if passage.kind == "heading":
        text.stylize("bold")
        return "", text
    if not passage.is_scored:
        text.stylize("dim")
        mark = "" if passage.kind == "furniture" else passage.status.replace("_", " ")
        return Text(mark, style="red"), Group(text, _why_not(passage))
    stance = passage.stance or ""
    colour = colours[stance]
    share = passage.probabilities[stance]
    label = Text(stance, style=colour if colour == "dim" else f"bold {colour}")
    bar = Text(_bar(share, _BAR_WIDTH), style=colour).append(f" {share:.2f}", style="default")
    if colour == "dim":
        text.stylize("dim")
    frames = Text(" · ".join(_spoken(frame) for frame in passage.frames), style="italic cyan")
    return Group(label, bar), Group(text, frames) if passage.frames else text


def _why_not(passage: PassageAnalysis) -> Text:
    why = "" if passage.kind == "furniture" else STATUSES[passage.status]
    return Text(why, style="red", end="" if not why else "\n")


def _share_table(whole: Analysis) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(width=30)
    table.add_column(justify="right")
    table.add_column(justify="right")
    colours = _colours(whole.labels)
    for label, count in whole.counts.items():
        share = whole.shares[label]
        bar = Text(_bar(share, 30), style=colours[label])
        table.add_row(Text(label, style=colours[label]), bar, str(count), f"{share:.0%}")
    return table


def _frame_lines(whole: Analysis) -> Text:
    text = Text()
    for label, frames in whole.frames_by_stance.items():
        leading = [f"{_spoken(frame)} {count}" for frame, count in list(frames.items())[:5]]
        if leading and label not in _NO_SIDE:
            text.append(f"{label}: ", style=_colours(whole.labels)[label])
            text.append(", ".join(leading) + "\n")
    text.rstrip()
    return text


def _status_line(whole: Analysis) -> Text:
    counts = whole.status_counts
    scored = counts.pop("ok", 0)
    rest = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in counts.items())
    return Text(f"{scored} passages labelled" + (f"; not labelled: {rest}" if rest else ""))


def _confusion(found: Evaluation) -> Table:
    table = Table(title="labelled as (columns) where right is (rows)", title_justify="left")
    table.add_column("")
    for label in found.labels:
        table.add_column(label, justify="right")
    for label, row in zip(found.labels, found.confusion, strict=True):
        table.add_row(label, *map(str, row))
    return table


def _interval_note(found: Evaluation) -> str:
    unit = "articles" if found.n_groups != found.n_passages else "passages"
    return (
        f"[low, high]: {found.level:.0%} intervals, bootstrap of {found.n_bootstrap} draws over "
        f"{found.n_groups} {unit}"
    )


def _interval(found: Interval) -> str:
    if found.value != found.value:
        return "–"
    if found.low != found.low:
        return f"{found.value:.3f}"
    return f"{found.value:.3f} [{found.low:.2f}, {found.high:.2f}]"


def _colours(labels: Sequence[str]) -> dict[str, str]:
    sides = [label for label in labels if label.lower() not in _NO_SIDE]
    found = {label: _COLOURS[place % len(_COLOURS)] for place, label in enumerate(sides)}
    return {label: found.get(label, "dim") for label in labels}


def _bar(share: float, width: int) -> str:
    full = round(share * width)
    return "█" * full + "░" * (width - full)


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _printable(text: str) -> str:
    """Text that cannot move the cursor or ring a bell: control characters are shown, not sent."""
    return "".join(c if c in "\n\t" or c.isprintable() else "�" for c in text)
