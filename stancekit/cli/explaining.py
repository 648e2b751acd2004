"""Why a passage has its label, on a terminal: its words by side, and what each adds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from rich.text import Text

from stancekit.analysis import PassageAnalysis
from stancekit.cli.palette import printable
from stancekit.explanation import Explanation

__all__ = ["marked_text", "reason_lines"]

_N_TERMS = 5


def marked_text(passage: PassageAnalysis, colours: Mapping[str, str]) -> Text:
    """The text on one line, the words that moved its label most in the colour of their side."""
    found = passage.explanation
    sides = {one.spans[0]: one.side for one in found.leading} if found is not None else {}
    cuts = {passage.start, passage.end, *(cut for span in sides for cut in span)}
    text = Text()
    for start, end in pairwise(sorted(cuts)):
        piece = passage.text[start - passage.start : end - passage.start]
        side = sides.get((start, end))
        text.append(_on_one_line(piece), style=f"bold underline {colours[side]}" if side else None)
    return text


def reason_lines(found: Explanation, colours: Mapping[str, str]) -> Iterator[Text]:
    """The terms that speak most for each label, the given one first; their sum; the nearest."""
    for label in sorted(found.scores, key=lambda one: (one != found.label, -found.scores[one])):
        terms = [one for one in found.terms if one.side == label][:_N_TERMS]
        if terms:
            sign = "+" if label == found.label else "−"
            said = " · ".join(f"{printable(one.form)} {one.strength:.2f}" for one in terms)
            yield Text.assemble((f"{sign} {printable(label)}", colours[label]), f" {said}")
    yield Text(_sum_of(found), style="dim")
    if found.nearest:
        line = Text("nearest:", style="dim")
        for place, one in enumerate(found.nearest):
            line.append(f"{' ·' if place else ''} {printable(one.id)} ")
            line.append(printable(one.label), colours[one.label]).append(f" at {one.distance:.2f}")
        yield line


def _sum_of(found: Explanation) -> str:
    label = found.label
    parts = {
        "without words": found.constant[label],
        "words": found.from_words[label],
        "encoder": found.encoder[label],
        "kinds of text mixed": found.mixing[label],
    }
    shown = [f"{name} {_signed(part)}" for name, part in parts.items() if abs(part) >= 0.005]
    others = [f"{name} {_signed(found.scores[name])}" for name in found.scores if name != label]
    whole = f"{label} {_signed(found.scores[label])} = {', '.join(shown) or 'nothing'}"
    return printable("; ".join([whole, *others]))


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _on_one_line(piece: str) -> str:
    """`printable`, which takes spaces off the ends."""
    spaced = re.sub(r"\s+", " ", piece)
    inner = printable(spaced)
    lead = " " if spaced[:1] == " " else ""
    return lead + inner + (" " if inner and spaced[-1:] == " " else "")
