"""Whose words a passage holds: what each voice says in it, and what is left to the author."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stancekit.sentences import split_sentences

if TYPE_CHECKING:
    from stancekit.voices import Voice

__all__ = ["Saying", "own_sentences", "own_share", "sayings_of"]

Span = tuple[int, int]

_WORD = re.compile(r"\S+")
# "I" or "we" outside of what others say is the author, whose words are not attributed to anyone.
_AUTHOR = frozenset({"i", "we", "me", "us", "my", "our"})


@dataclass(frozen=True, slots=True)
class Saying:
    """What one voice says in one passage.

    Attributes
    ----------
    voice : Voice
    content : tuple of (start, end); the voice's contents as far as they stand in the passage
    """

    voice: Voice
    content: tuple[Span, ...]


def sayings_of(text: str, passages: Sequence[Span], voices: Sequence[Voice]) -> list[list[Saying]]:
    """Give each passage of an article what voices say in it.

    Parameters
    ----------
    text : str; the article
    passages : sequence of (start, end); ascending, apart
    voices : sequence of Voice, as `find_voices` gives them for ``text``

    Returns
    -------
    list of list of Saying, one list a passage, in the order of ``voices``; without what the
    author says as "I" or "we"
    """
    content: dict[tuple[int, int], list[Span]] = {}
    spans = sorted(
        (span, n)
        for n, voice in enumerate(voices)
        if not _is_author(text, voice)
        for span in voice.content
    )
    first = 0
    for (start, end), n in spans:
        while first < len(passages) and passages[first][1] <= start:
            first += 1
        for at in range(first, len(passages)):
            if passages[at][0] >= end:
                break
            piece = max(start, passages[at][0]), min(end, passages[at][1])
            content.setdefault((at, n), []).append(piece)
    found: list[list[Saying]] = [[] for _ in passages]
    for at, n in sorted(content):
        found[at].append(Saying(voices[n], tuple(content[at, n])))
    return found


def own_share(text: str, others: Iterable[Span]) -> float:
    """Share of a passage's words that stand in none of the spans that others say.

    Returns
    -------
    float in [0, 1]; 0 for a text without words
    """
    words = [match.span() for match in _WORD.finditer(text)]
    return len(_apart_from(words, others)) / len(words) if words else 0.0


def own_sentences(text: str, others: Iterable[Span]) -> list[Span]:
    """The sentences of a passage that report nothing of what others say."""
    return _apart_from(split_sentences(text), others)


def _apart_from(units: Sequence[Span], others: Iterable[Span]) -> list[Span]:
    """Those of the units, which are in order, that share no character with the others."""
    found = []
    said = deque(sorted(others))
    end = 0  # of what others have begun to say before the unit's end
    for unit in units:
        while said and said[0][0] < unit[1]:
            end = max(end, said.popleft()[1])
        if end <= unit[0]:
            found.append(unit)
    return found


def _is_author(text: str, voice: Voice) -> bool:
    if voice.speaker is not None or voice.source is None:
        return False
    return text[slice(*voice.source)].split()[0].lower() in _AUTHOR
