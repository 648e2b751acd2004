"""Why a passage has its label, on a terminal: its words by side, and what each adds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from rich.text import Text

from stancekit.analysis import PassageAnalysis
from stancekit.cli.palette import printable
from stancekit.explanation import Explanation
from stancekit.labels import takes_side

__all__ = ["marked_text", "reason_lines", "voice_reasons"]

_N_TERMS = 5
# Of what a voice says, which is short; against its stance fewer.
_N_FOR, _N_AGAINST = 4, 2


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


def voice_reasons(passage: PassageAnalysis, colours: Mapping[str, str]) -> Iterator[Text]:
    """A line for each voice that takes a side, and the author: what speaks for it, and against."""
    said = [(one.name, one.explanation) for one in passage.voices or ()]
    for name, found in (*said, ("the author", passage.own_explanation)):
        if found is None or not takes_side(found.label):
            continue
        line = Text("“ ").append(printable(name), "italic")
        line.append(f" {printable(found.label)}", colours[found.label])
        for sign, terms in (
            ("+", [one for one in found.terms if one.side == found.label][:_N_FOR]),
            ("−", [one for one in found.terms if one.side != found.label][:_N_AGAINST]),
        ):
            shown = " · ".join(f"{printable(one.form)} {one.strength:.2f}" for one in terms)
            line.append(f" {sign} {shown}" if shown else "")
        yield line.append(f"; {_parts_of(found)}", "dim")


def _sum_of(found: Explanation) -> str:
    others = [label for label in found.scores if label != found.label]
    scores = [f"{printable(label)} {_signed(found.scores[label])}" for label in others]
    return "; ".join([_parts_of(found), *scores])


def _parts_of(found: Explanation) -> str:
    """The score of its label, and what it is the sum of."""
    label = found.label
    parts = {
        "without words": found.constant[label],
        "words": found.from_words[label],
        "encoder": found.encoder[label],
        "kinds of text mixed": found.mixing[label],
    }
    shown = [f"{name} {_signed(part)}" for name, part in parts.items() if abs(part) >= 0.005]
    return f"{printable(label)} {_signed(found.scores[label])} = {', '.join(shown) or 'nothing'}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _on_one_line(piece: str) -> str:
    """`printable`, which takes spaces off the ends."""
    spaced = re.sub(r"\s+", " ", piece)
    inner = printable(spaced)
    lead = " " if spaced[:1] == " " else ""
    return lead + inner + (" " if inner and spaced[-1:] == " " else "")
