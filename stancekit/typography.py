"""One form of a text in which curly quotes, dashes, odd spaces and line ends are all alike."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

__all__ = ["EvenText", "compose", "even_text", "even_wide", "is_mark"]

# What takes no room on a page: soft hyphen, zero-width spaces and joiners, direction marks, byte
# order mark. They come into articles by copying and must not part a word or hide a blank line.
_LEFT_OUT = re.compile("[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\r(?=\n)")

# One character for one, so that offsets stay simple. Vertical tab, form feed and the line and
# paragraph separators are set by a person or a page, never by wrapping: they become form feeds,
# which part paragraphs. Lone surrogates cannot be encoded, which the sentence splitter needs.
_ALIKE = str.maketrans(
    dict.fromkeys("‘’‚‛′ʼ`´＇‹›", "'")
    | dict.fromkeys("“”„‟″«»＂〝〞〟", '"')
    | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
    | dict.fromkeys(
        "\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
        "\u2009\u200a\u202f\u205f\u3000",
        " ",
    )
    | dict.fromkeys("\v\f\u2028\u2029", "\f")
    | {"\r": "\n"}
    | dict.fromkeys(map(chr, range(0xD800, 0xE000)), "\ufffd")
)
# Runs of characters among which those may be: to look up each character of a text takes far longer.
_WIDE = re.compile("[^\x00-\x7f]+")
_PERHAPS = re.compile("[\x0b\x0c\r\x1c-\x1f`\x80-\U0010ffff]+")
# Runs of up to so many characters recur, and what they become is kept.
_SHORT = 3

# Combining marks that NFKC sorts together. Its time grows with the square of their number, and no
# writing has more: https://unicode.org/reports/tr15/#Stream_Safe_Text_Format
_MOST_MARKS = 30
# A longer run of marks holds one at a multiple of this.
_STEP = _MOST_MARKS // 2


@dataclass(frozen=True)
class EvenText:
    """A text made even, and the way back to the places of the source.

    Attributes
    ----------
    text : str; the even form
    left_out : list of int, ascending; for each character left out, its place in ``text``
    """

    text: str
    left_out: list[int]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets into the source of ``text[start:end]``, which must not be empty."""
        if not self.left_out:
            return start, end
        return self._source(start), self._source(end - 1) + 1

    def _source(self, place: int) -> int:
        return place + bisect_right(self.left_out, place)


def even_text(source: str) -> EvenText:
    """Make quotes, dashes, spaces and line ends of ``source`` alike."""
    places = [match.start() for match in _LEFT_OUT.finditer(source)]
    text = _LEFT_OUT.sub("", source) if places else source
    text = _PERHAPS.sub(lambda run: run[0].translate(_ALIKE), text)
    return EvenText(text, [place - rank for rank, place in enumerate(places)])


def even_wide(source: str) -> str:
    """The text of `even_text` but for what is ASCII in ``source``, which stays as it is."""
    return _WIDE.sub(_even_run, source)


def _even_run(found: re.Match[str]) -> str:
    run = found[0]
    return _even_short(run) if len(run) <= _SHORT else _LEFT_OUT.sub("", run).translate(_ALIKE)


@lru_cache(maxsize=2**12)
def _even_short(run: str) -> str:
    return _LEFT_OUT.sub("", run).translate(_ALIKE)


def compose(text: str) -> str:
    """``text`` in NFKC, in linear time: runs of marks longer than in any writing go in pieces."""
    if text.isascii():
        return text
    cuts = [0, *_cuts_in_marks(text), len(text)]
    return "".join(unicodedata.normalize("NFKC", text[start:end]) for start, end in pairwise(cuts))


def is_mark(char: str) -> bool:
    """Whether a character is set above or below the one before it, once it is in NFKC."""
    return unicodedata.combining(unicodedata.normalize("NFKC", char)[0]) != 0


def _cuts_in_marks(text: str) -> Iterator[int]:
    """Places within runs of marks that are too long."""
    end = 0
    for at in range(_STEP - 1, len(text), _STEP):
        if at < end or not is_mark(text[at]):
            continue
        start = at
        while start > end and is_mark(text[start - 1]):
            start -= 1
        end = at + 1
        while end < len(text) and is_mark(text[end]):
            end += 1
        yield from range(start + _MOST_MARKS, end, _MOST_MARKS)
