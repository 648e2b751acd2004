"""The text of a passage as a page marks it: who speaks in it, and which words moved its label."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stancekit.analysis import PassageAnalysis, PassageVoice
from stancekit.labels import takes_side

__all__ = ["Chip", "Piece", "chips_of", "pieces_of"]

Span = tuple[int, int]

_N_LEVELS = 6


@dataclass(frozen=True)
class Chip:
    """A speaker in a passage, by number, and what is said."""

    number: int
    voices: tuple[PassageVoice, ...]

    @property
    def name(self) -> str:
        return self.voices[0].name

    @property
    def role(self) -> str | None:
        return next((voice.role for voice in self.voices if voice.role), None)

    @property
    def clearest(self) -> PassageVoice:
        return max(self.voices, key=_clarity)


@dataclass(frozen=True)
class Mark:
    """A voice as it is marked in the text."""

    voice: PassageVoice
    number: int
    begins: bool
    is_first: bool  # of its speaker in the passage: what the chip leads to


@dataclass(frozen=True)
class Moving:
    """A word that moved the label of its passage, with its strength among those of the passage."""

    side: str
    strength: float
    level: int


@dataclass(frozen=True)
class Piece:
    """A stretch of text that the same voices say, cut at the words that are marked."""

    marks: tuple[Mark, ...]
    parts: tuple[tuple[str, Moving | None], ...]


def chips_of(passage: PassageAnalysis) -> list[Chip]:
    """Who speaks in a passage, in the order of the text."""
    said: dict[str | None, list[PassageVoice]] = {}
    for voice in passage.voices or ():
        said.setdefault(voice.speaker, []).append(voice)
    return [Chip(number, tuple(voices)) for number, voices in enumerate(said.values(), start=1)]


def _clarity(voice: PassageVoice) -> float:
    """How surely it takes a side; what takes none is less clear than any."""
    share = voice.probabilities.get(voice.stance or "", 0.0)
    return share + 1 if voice.stance is not None and takes_side(voice.stance) else share


def pieces_of(passage: PassageAnalysis) -> Iterator[Piece]:
    """The text, cut where anyone begins or ends to speak, each piece with its voices.

    Voices may overlap, which elements cannot: each piece is marked by itself, what begins first
    outermost.
    """
    chips = {voice.speaker: chip.number for chip in chips_of(passage) for voice in chip.voices}
    spans = sorted(
        (
            (start - passage.start, end - passage.start, voice)
            for voice in passage.voices or ()
            for start, end in voice.content
        ),
        key=lambda span: (span[0], -span[1]),
    )
    cuts = {0, len(passage.text), *(cut for start, end, _ in spans for cut in (start, end))}
    waiting, seen = spans[::-1], set[str | None]()
    speaking: list[tuple[int, int, PassageVoice]] = []
    moving = _moving(passage)
    places = list(moving)
    for start, end in pairwise(sorted(cuts)):
        speaking = [span for span in speaking if span[1] > start]
        while waiting and waiting[-1][0] <= start:
            speaking.append(waiting.pop())
        marks = []
        for begin, _, voice in speaking:
            first = voice.speaker not in seen
            seen.add(voice.speaker)
            marks.append(Mark(voice, chips[voice.speaker], begin == start, first))
        yield Piece(tuple(marks), tuple(_parts(passage.text, start, end, moving, places)))


def _moving(passage: PassageAnalysis) -> dict[Span, Moving]:
    """The words to mark, by their places in the passage, in order."""
    found = passage.explanation
    words = found.leading if found is not None else ()
    most = max((one.strength for one in words), default=1.0)
    return {
        (start - passage.start, end - passage.start): Moving(
            one.side, one.strength, min(int(one.strength / most * _N_LEVELS), _N_LEVELS - 1)
        )
        for one in words
        for start, end in one.spans
    }


def _parts(
    text: str, start: int, end: int, moving: Mapping[Span, Moving], places: Sequence[Span]
) -> Iterator[tuple[str, Moving | None]]:
    """A stretch of text, cut around the words to mark that stand in it as a whole."""
    at = start
    for place in places[bisect_left(places, (start, 0)) : bisect_left(places, (end, 0))]:
        first, last = place
        if last > end:  # a voice ends within the word
            continue
        if at < first:
            yield text[at:first], None
        yield text[first:last], moving[place]
        at = last
    if at < end:
        yield text[at:end], None
