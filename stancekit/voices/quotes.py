"""The words of a paragraph, what stands between its quotation marks, and its sentences."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Paragraph", "Quote", "Run", "read_paragraph"]

Run = tuple[int, int]

_WORD = re.compile(
    r"(?:Mr|Mrs|Ms|Dr|Sens?|Reps?|Govs?|Gen|Lt|Col|Maj|Capt|Sgt|Adm|Cmdr|Prof|Rev|Hon|St|Jr|Sr|vs"
    r"|No|Inc|Corp|Co|Jan|Feb|Aug|Sept|Oct|Nov|Dec)\.(?!\w)"
    r"|(?:[^\W\d_]\.){2,}"
    r"|\d+(?:[.,:]\d+)*%?"
    # In ''the word 'old-school,''' the single mark closes first.
    r"|(?<=\S)'(?=''(?!'))|''|``|-+|\.{2,}"
    r"|[^\W_]+(?:['&-][^\W_]+)*"
    r"|\S"
)
_MARKS = frozenset({'"', "''", "``"})
_STOPS = frozenset({".", "!", "?", "…", "..", "...", "...."})
_OPENERS = frozenset("([{-/:")
# A quotation between single marks is a phrase; a longer one is two apostrophes far apart.
_LONGEST_SINGLE = 60
# No sentence is longer; without an end to it, time would grow with the square of the length.
_LONGEST_SENTENCE = 400
_LONGEST_CLAUSE = 80
_LONGEST_DATELINE = 15
# A quote that ends on a question or a shout may go on to its cue: "Why?" Ames asked.
_REACH_OF_CUE = 12
_SAYS = re.compile(
    r"(?:say(?:s|ing)?|said|ask(?:s|ed)|add(?:s|ed)|wr(?:ites|ote)|replied|shouted|cried|yelled"
    r"|wondered|exclaimed|responded|told|tweeted|quipped|joked"
    r"|declared|repeated|insisted|continued|screamed|chanted|demanded|explained|recalled)"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation, by the numbers of its words; ``[start, end)`` takes in its marks.

    Attributes
    ----------
    start, end : int
    is_closed : bool; False when the paragraph ended first
    """

    start: int
    end: int
    is_closed: bool


@dataclass(slots=True)
class Paragraph:
    """The words of a paragraph; a sentence never ends within a quotation.

    Attributes
    ----------
    forms, words : list of str; as written, and in lower case
    starts, ends : list of int; offsets into the even text
    quotes : list of Quote; in order, apart
    inside : list of int; for each word the number of its quote, -1 outside
    sentences : list of (start, end); numbers of words; together they are the paragraph
    """

    forms: list[str]
    starts: list[int]
    ends: list[int]
    words: list[str] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    inside: list[int] = field(default_factory=list)
    sentences: list[Run] = field(default_factory=list)

    def sentence_of(self, place: int) -> int:
        """Number of the sentence of a word."""
        return bisect_right(self.sentences, (place, len(self.forms) + 1)) - 1

    def clause_of(self, place: int) -> Run:
        """The sentence of a word; for one that is quoted, what of it is in the quotation."""
        if self.inside[place] < 0:
            return self.sentences[self.sentence_of(place)]
        quote = self.quotes[self.inside[place]]
        first, least = place, max(quote.start + 1, place - _LONGEST_CLAUSE)
        while first > least and self.forms[first - 1] not in _STOPS:
            first -= 1
        last, most = place + 1, min(quote.end - quote.is_closed, place + _LONGEST_CLAUSE)
        while last < most and self.forms[last - 1] not in _STOPS:
            last += 1
        return first, max(last, place + 1)

    def has_quote(self, start: int, end: int) -> bool:
        """Whether any of these words is quoted."""
        following = bisect_right(self.quotes, start, key=lambda quote: quote.end)
        return following < len(self.quotes) and self.quotes[following].start < end

    def is_speech(self, quote: Quote) -> bool:
        """Whether a quotation is long enough, or ends like, words that someone said."""
        if quote.end - quote.start > 12 or not quote.is_closed:
            return True
        n_words = sum(word[0].isalnum() for word in self.words[quote.start : quote.end])
        return n_words >= 5 or (n_words > 0 and self.ends_like_speech(quote))

    def ends_like_speech(self, quote: Quote) -> bool:
        """Whether a comma or stop stands before the mark that closes the quotation."""
        last = self.words[quote.end - 2] if quote.is_closed else ""
        return last == "," or last in _STOPS

    def is_all_quote(self, run: Run) -> bool:
        """Whether one quotation, begun where the run begins, fills it."""
        number = self.inside[run[0]]
        return number >= 0 and self.quotes[number].end >= run[1] - 1


def read_paragraph(text: str, start: int, end: int) -> Paragraph:
    """Words, quotations and sentences of ``text[start:end]``, in linear time."""
    matches = list(_WORD.finditer(text, start, end))
    found = Paragraph(
        [match.group() for match in matches],
        [match.start() for match in matches],
        [match.end() for match in matches],
    )
    found.words = [form.lower() for form in found.forms]
    found.quotes = list(_quotes(found))
    found.inside = [-1] * len(matches)
    for number, quote in enumerate(found.quotes):
        for place in range(quote.start, quote.end):
            found.inside[place] = number
    found.sentences = list(_sentences(found))
    return found


def _quotes(words: Paragraph) -> Iterator[Quote]:
    begin = depth = place = 0
    while place < len(words.forms):
        form = words.forms[place]
        if form in _MARKS:
            if _may_open(words, place) and not (depth and _may_close(words, place)):
                begin = begin if depth else place
                depth += 1
            elif depth:
                depth -= 1
                if not depth:
                    yield Quote(begin, place + 1, True)
        elif form == "'" and not depth and _may_open(words, place):
            last = _single_end(words, place)
            if last:
                yield Quote(place, last + 1, True)
                place = last
        place += 1
    if depth:
        yield Quote(begin, len(words.forms), False)


def _may_open(words: Paragraph, place: int) -> bool:
    if place + 1 == len(words.forms) or words.starts[place + 1] > words.ends[place]:
        return False
    return (
        not place
        or words.ends[place - 1] < words.starts[place]
        or words.forms[place - 1][-1] in _OPENERS
    )


def _may_close(words: Paragraph, place: int) -> bool:
    return place > 0 and words.ends[place - 1] == words.starts[place]


def _single_end(words: Paragraph, place: int) -> int:
    """Number of the mark that closes a single one, 0 for none."""
    for last in range(place + 2, min(place + _LONGEST_SINGLE, len(words.forms))):
        if words.forms[last] in _MARKS:
            return 0
        if words.forms[last] == "'" and _may_close(words, last):
            after = last + 1
            if (
                after == len(words.forms)
                or words.starts[after] > words.ends[last]
                or not words.forms[after][0].isalnum()
            ):
                return last
    return 0


def _sentences(words: Paragraph) -> Iterator[Run]:
    begin, n = 0, len(words.forms)
    for place in range(n - 1):
        is_long = place - begin >= _LONGEST_SENTENCE and words.inside[place] < 0
        if is_long or _ends_here(words, place) or (not begin and _ends_dateline(words, place)):
            yield begin, place + 1
            begin = place + 1
    if begin < n:
        yield begin, n


def _ends_here(words: Paragraph, place: int) -> bool:
    """Whether a sentence ends after this word, which is not the paragraph's last."""
    form, following = words.forms[place], words.forms[place + 1]
    if following[0].islower() or following[0] in ",;:)]-":
        return False
    number = words.inside[place]
    if number < 0:
        return form in _STOPS and _is_full_stop(words, place)
    if words.quotes[number].end != place + 1 or words.forms[place - 1] not in _STOPS:
        return False
    return words.forms[place - 1] == "." or not _cue_follows(words, place + 1)


def _is_full_stop(words: Paragraph, place: int) -> bool:
    if words.starts[place + 1] == words.ends[place] or not place:
        return False
    before = words.forms[place - 1]
    is_initial = len(before) == 1 and before.isupper()
    is_stray_mark = words.forms[place + 1] in _MARKS and words.inside[place + 1] < 0
    return not is_initial and not is_stray_mark


def _ends_dateline(words: Paragraph, place: int) -> bool:
    """Whether this is the dash of "BAGHDAD (Reuters) - ..."."""
    if words.forms[place] not in ("-", "--") or not 0 < place <= _LONGEST_DATELINE:
        return False
    return (words.forms[0].isupper() and len(words.forms[0]) > 2) or words.forms[place - 1] == ")"


def _cue_follows(words: Paragraph, place: int) -> bool:
    for at in range(place, min(place + _REACH_OF_CUE, len(words.words))):
        if _SAYS.fullmatch(words.words[at]):
            return True
        if words.forms[at] in _STOPS or words.inside[at] >= 0:
            return False
    return False
