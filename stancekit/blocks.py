"""The blocks of a plain text: paragraphs, titles and list items, whichever way its lines run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

__all__ = ["Block", "plain_blocks"]

# A longer line was not broken to fit a page or a mail.
_WIDEST_WRAP = 100
# Shorter lines are titles, verse or list entries rather than wrapped text.
_NARROWEST_WRAP = 45

_LINE = re.compile(r"[^\n\f]*[\n\f]?")
_BULLET = re.compile(r"[-*+•·▪◦‣●○■]\s+\S")
_NUMBER = re.compile(r"\(?(?:\d{1,2}|[a-z])[.)]\s+\S")
_ENDED = re.compile(r"[.!?…:][\"')\]]*$")


class Block(NamedTuple):
    """A stretch of a text that its layout sets apart.

    Attributes
    ----------
    start, end : int; its span
    text : str; its words on one line, without markup
    role : str; what the layout says of it: "text", "item" (of a list), "numbered", "heading",
        "furniture" or "table"
    """

    start: int
    end: int
    text: str
    role: str = "text"


class _Line(NamedTuple):
    start: int
    text: str
    indent: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def plain_blocks(text: str) -> list[Block]:
    """The blocks of an even text without markup.

    Blank lines and form feeds part blocks. Lines that follow one another are one paragraph where
    the text is wrapped (its lines are of a like length and break within sentences), and a
    paragraph each where it is not. A list item always begins a block.
    """
    runs = list(_runs(text))
    width = _wrap_width(runs)
    return [_block(text, lines) for run in runs for lines in _paragraphs(run, width)]


def _runs(text: str) -> Iterator[list[_Line]]:
    """Lines that nothing blank parts."""
    run: list[_Line] = []
    for match in _LINE.finditer(text):
        piece = match.group()
        words = piece.strip()
        if words:
            indent = len(piece) - len(piece.lstrip())
            run.append(_Line(match.start() + indent, words, indent))
        if run and (not words or piece[-1] == "\f"):
            yield run
            run = []
    if run:
        yield run


def _wrap_width(runs: list[list[_Line]]) -> int:
    """The width at which the text is wrapped, 0 if each line is a paragraph of its own."""
    pairs = [pair for run in runs if _may_be_wrapped(run) for pair in pairwise(run)]
    if not pairs:
        return 0
    lengths = sorted(len(line.text) for line, _ in pairs)
    width = lengths[int(0.9 * (len(lengths) - 1))]
    ended = sum(bool(_ENDED.search(line.text)) for line, _ in pairs)
    # Prose goes on in lower case on most lines; list entries and one-line paragraphs do not.
    goes_on = sum(after.text[0].islower() for _, after in pairs)
    full = sum(_is_full(line, after, width) for line, after in pairs)
    is_wrapped = (
        width >= _NARROWEST_WRAP
        and goes_on >= 0.25 * len(pairs)
        and ended < 0.5 * len(pairs)
        and full >= 0.5 * len(pairs)
    )
    return width if is_wrapped else 0


def _may_be_wrapped(run: list[_Line]) -> bool:
    return all(len(line.text) <= _WIDEST_WRAP for line in run)


def _is_full(line: _Line, after: _Line, width: int) -> bool:
    """Whether the first word after the line had no room on it, give or take a ragged edge."""
    return len(line.text) + 1 + len(after.text.split(None, 1)[0]) > 0.85 * width


def _paragraphs(run: list[_Line], width: int) -> Iterator[list[_Line]]:
    if not width or not _may_be_wrapped(run):
        yield from ([line] for line in run)
        return
    paragraph = run[:1]
    for line, after in pairwise(run):
        if _begins_paragraph(line, after, width):
            yield paragraph
            paragraph = []
        paragraph.append(after)
    yield paragraph


def _begins_paragraph(line: _Line, after: _Line, width: int) -> bool:
    if _role(after.text) != "text":
        return True
    is_indented = after.indent >= line.indent + 2 and _role(line.text) == "text"
    if is_indented and _ENDED.search(line.text):
        return True
    return not _is_full(line, after, width) and not after.text[0].islower()


def _block(text: str, lines: list[_Line]) -> Block:
    start, end = lines[0].start, lines[-1].end
    return Block(start, end, " ".join(text[start:end].split()), _role(lines[0].text))


def _role(line: str) -> str:
    if _BULLET.match(line):
        return "item"
    return "numbered" if _NUMBER.match(line) else "text"
