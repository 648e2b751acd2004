"""Where the words that a classifier counts stand in the text as it was given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stancekit.features import CONTROL, TOKEN
from stancekit.typography import compose, even_text, is_mark

__all__ = ["Word", "trace_words"]

Span = tuple[int, int]

_TOKEN = re.compile(TOKEN)
# The target of a Markdown link may hold the very words that the text goes on with.
_TARGET = re.compile(r"\]\([^()\s]*\)")
# Words of a text with markup that may stand between two words of its reading.
_FURTHEST = 40


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is counted.

    Attributes
    ----------
    form : str; what `read_text` makes of it
    start, end : int; offsets of characters into the text as given
    """

    form: str
    start: int
    end: int


def trace_words(text: str, reading: str | None = None) -> list[Word]:
    """The words that `TextFeatures` counts, with their places in ``text``.

    Parameters
    ----------
    text : str
    reading : str or None
        The text without its markup, where that is what is counted. A word of it that is not found
        in ``text``, such as one with a character that is written as an entity there, stands between
        its neighbours.

    Returns
    -------
    list of Word
        In order. Spans are as exact as typography permits: words that come out of one character
        share its span.
    """
    if reading is None or reading == text:
        return list(_words(text))
    masked = _TARGET.sub(lambda found: " " * len(found[0]), text)
    return _placed(list(_words(reading)), list(_words(masked)), len(text))


def _words(text: str) -> Iterator[Word]:
    form, spans = _read_with_spans(text)
    for found in _TOKEN.finditer(form):
        yield Word(found[0], spans[found.start()][0], spans[found.end() - 1][1])


def _read_with_spans(text: str) -> tuple[str, list[Span]]:
    """What `read_text` gives, apart from the number of spaces; the source of each character."""
    characters, spans = list(text), [(at, at + 1) for at in range(len(text))]
    if not text.isascii() or "`" in text:
        characters, spans = [], []
        even = even_text(text)
        for start, end in _apart(even.text):
            chunk = even.text[start:end]
            normal = compose(chunk)
            characters += normal
            if normal == chunk:
                spans += [even.source_span(at, at + 1) for at in range(start, end)]
            else:
                spans += [even.source_span(start, end)] * len(normal)
    spaced = CONTROL.sub(lambda found: " " * len(found[0]), "".join(characters))
    # Lower case may take two characters, as that of a dotted capital I.
    lower = [span for char, span in zip(spaced, spans, strict=True) for _ in char.lower()]
    return spaced.lower(), lower


def _apart(text: str) -> Iterator[Span]:
    """Stretches that NFKC reads one by one: nothing before an ASCII character changes with it."""
    start = 0
    for at in range(1, len(text)):
        before, char = text[at - 1], text[at]
        if char.isascii() or (before.isascii() and not is_mark(char)):
            yield start, at
            start = at
    if text:
        yield start, len(text)


def _placed(words: list[Word], seen: list[Word], length: int) -> list[Word]:
    """The words of a reading at their places in the text, whose own words are ``seen``."""
    found, at = [], 0
    for word in words:
        stretch = range(at, min(at + _FURTHEST, len(seen)))
        place = next((n for n in stretch if seen[n].form == word.form), None)
        found.append(place)
        at = at if place is None else place + 1
    ends, end = [], length  # for each word, where the next one that was found begins
    for place in reversed(found):
        end = end if place is None else seen[place].start
        ends.append(end)
    placed: list[Word] = []
    for word, place, end in zip(words, found, reversed(ends), strict=True):
        start = placed[-1].end if placed else 0
        if place is not None:
            placed.append(seen[place])
        elif start < end:
            placed.append(Word(word.form, start, end))
        else:
            start, end = (placed[-1].start, placed[-1].end) if placed else (0, length)
            placed.append(Word(word.form, start, end))
    return placed
