"""Where sentences end, and a long paragraph cut where a reader would pause."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import pairwise

from sentencex import get_sentence_boundaries

__all__ = ["cut_paragraph", "split_sentences"]

# Pieces given to the splitter. Its time grows with the square of the number of unclosed quotes:
# 500,000 of them took 83 s in one piece; in pieces of this size the whole is linear.
_CHUNK = 8_000
_CLOSING = "\"')]"
_WORD = re.compile(r"\S+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ABBREVIATION = re.compile(
    r"(?:[a-z]\.)+|(?:mr|mrs|ms|dr|gen|col|lt|maj|capt|sgt|adm|sen|rep|gov|pres|prof|st|jr|sr|no|vs"
    r"|inc|co|corp|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.",
    re.IGNORECASE,
)

_Span = tuple[int, int]
_IsCut = Callable[[int], bool]


def cut_paragraph(text: str, max_words: int) -> list[_Span]:
    """Cut an even text without blank lines into passages of at most ``max_words`` words.

    Passages are of about equal length. Cuts fall between words, at sentence ends where one is
    near enough; a sentence that is too long is cut at other stops, then at semicolons and colons,
    commas and dashes, and at last anywhere between two words. A closing quote or bracket stays
    with the sentence before it. Time is linear in the length of ``text``.

    Parameters
    ----------
    text : str
        As `even_text` makes it.
    max_words : int
        At least 1. A word is a run without whitespace.

    Returns
    -------
    list of (start, end)
        Spans in ``text``, without the whitespace around them; empty for a blank text.
    """
    if len(text.split(None, max_words)) <= max_words:
        begin = len(text) - len(text.lstrip())
        return [(begin, len(text.rstrip()))] if begin < len(text) else []
    words = [match.span() for match in _WORD.finditer(text)]
    groups = _fit((0, len(words)), _levels(text, words), max_words)
    return [(words[first][0], words[last - 1][1]) for first, last in groups]


def split_sentences(text: str) -> list[_Span]:
    """Spans of a paragraph's sentences, without the whitespace around them.

    Any string will do; the time is linear in its length.
    """
    words = [match.span() for match in _WORD.finditer(text)]
    cuts = [0, *sorted(set(_sentence_starts(text, words))), len(words)] if words else []
    return [(words[first][0], words[last - 1][1]) for first, last in pairwise(cuts)]


def _levels(text: str, words: list[_Span]) -> list[_IsCut]:
    """For each kind of pause, best first, whether there is one before the word of a number."""

    def word(place: int) -> str:
        return text[words[place][0] : words[place][1]]

    def is_stop(place: int) -> bool:
        before = word(place - 1).rstrip(_CLOSING)
        starts = word(place).lstrip("\"'([")[:1]
        return (
            before[-1:] in {".", "!", "?", "…"}
            and not starts.islower()
            and not _ABBREVIATION.fullmatch(before)
        )

    def ends_with(marks: str) -> _IsCut:
        return lambda place: word(place - 1).rstrip(_CLOSING)[-1:] in set(marks)

    sentences = set(_sentence_starts(text, words))
    return [sentences.__contains__, is_stop, ends_with(";:"), ends_with(",-")]


def _sentence_starts(text: str, words: list[_Span]) -> Iterator[int]:
    """Numbers of the words that begin a sentence, the first word left out."""
    starts = [start for start, _ in words]
    for place in _boundaries(text):
        number = bisect_left(starts, place)
        # A mark that stands alone after a full stop closes what went before.
        while number < len(words) and not text[slice(*words[number])].strip(_CLOSING):
            number += 1
        if 0 < number < len(words) and words[number - 1][1] <= starts[number] <= place:
            if not text[starts[number]].islower():
                yield number
        elif 0 < number < len(words) and starts[number] > place >= words[number - 1][1]:
            yield number


def _boundaries(text: str) -> Iterator[int]:
    """Offsets at which the splitter sees a sentence begin."""
    text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)  # the splitter reads UTF-8 only
    at = 0
    while at < len(text):
        found = get_sentence_boundaries("en", text[at : at + _CHUNK])
        begins = [at + int(one["start_index"]) for one in found]
        is_last = at + _CHUNK >= len(text)
        yield from (begins if is_last else begins[:-1])
        # The last sentence of a chunk may go on: the next chunk begins with it.
        at = begins[-1] if not is_last and len(begins) > 1 else at + _CHUNK


def _fit(words: _Span, levels: list[_IsCut], most: int) -> list[_Span]:
    """Part a range of words into ranges of at most ``most``, at the best pauses that serve."""
    first, last = words
    if last - first <= most:
        return [words]
    if not levels:
        return _in_equal_parts(words, most)
    cuts = [first, *filter(levels[0], range(first + 1, last)), last]
    return _pack([part for unit in pairwise(cuts) for part in _fit(unit, levels[1:], most)], most)


def _in_equal_parts(words: _Span, most: int) -> list[_Span]:
    first, last = words
    n_parts = -(-(last - first) // most)
    cuts = [first + (last - first) * part // n_parts for part in range(n_parts + 1)]
    return list(pairwise(cuts))


def _pack(units: list[_Span], most: int) -> list[_Span]:
    """Join neighbours into ranges of at most ``most`` words, all of about the same length."""
    packed: list[_Span] = []
    begin, end = units[0][0], units[-1][1]
    for first, last in units:
        # What an even share of the words not yet packed would be.
        share = (end - begin) / -(-(end - begin) // most)
        if first > begin and (last - begin > most or (first + last) / 2 - begin > share):
            packed.append((begin, first))
            begin = first
    return [*packed, (begin, end)]
