"""Who says what in an article: quotations and indirect speech, with their speakers.

An attribution has a source, a cue and a content, as in the Political News Attribution Relations
Corpus.

References
----------
Newell, Margolin, Ruths (2018). An Attribution Relations Corpus for Political News. LREC.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stancekit.blocks import plain_blocks
from stancekit.typography import EvenText, even_text
from stancekit.voices.attributions import Attribution, attributions_of
from stancekit.voices.cuemodel import CueModel, load_cue_model
from stancekit.voices.quotes import Paragraph, read_paragraph
from stancekit.voices.speakers import Cast, Scene, Speaker

__all__ = ["Voice", "find_voices"]

Span = tuple[int, int]

# How many voices back one is looked for in whose content another stands.
_DEEP = 8
_FIRST_PERSON = frozenset({"i", "we", "me", "us", "my", "our", "i'm", "we're", "i've", "we've"})


@dataclass(frozen=True, slots=True)
class Voice:
    """Something said, thought or wanted in an article, and by whom.

    Attributes
    ----------
    source : (start, end) or None; words of the text that tell who speaks, None where none do
    cue : (start, end) or None; the word that reports it, such as "said" or "according to"
    content : tuple of (start, end); ascending, apart; never empty, quotation marks taken in
    kind : str; "direct" when all content is quoted, "mixed" when part of it is, else "indirect"
    speaker : str or None; the full name if the article has it anywhere ("Dan Ames" for "Mr. Ames",
        "he", "the senator"), else the words for a body or an unnamed source ("a senior official");
        None where that cannot be told, as of "they" or an author's "I"
    role : str or None; "Pentagon spokesman", as the article puts it here or elsewhere
    """

    source: Span | None
    cue: Span | None
    content: tuple[Span, ...]
    kind: str
    speaker: str | None = None
    role: str | None = None


def find_voices(text: str, *, model: CueModel | None = None) -> list[Voice]:
    """Find what is attributed to someone in an article, in the order of the text.

    Quotation marks of whatever form give the same voices. One voice may stand within another's
    content. Any string will do; the time is linear in its length.

    Parameters
    ----------
    text : str
        Plain text; offsets refer to it.
    model : CueModel or None
        Weights; by default those that come with the library.

    Returns
    -------
    list of Voice
    """
    even = even_text(text)
    paragraphs = [
        read_paragraph(even.text, block.start, block.end) for block in plain_blocks(even.text)
    ]
    found = attributions_of(paragraphs, model if model is not None else load_cue_model())
    found.sort(key=lambda one: min(_runs_of(one)))
    speakers = _speakers(even.text, paragraphs, found)
    return [
        _voice(even, paragraphs, one, speaker) for one, speaker in zip(found, speakers, strict=True)
    ]


def _runs_of(one: Attribution) -> list[tuple[int, int, int]]:
    source = [] if one.source is None else [(one.at, *one.source)]
    return [*source, (one.at, *one.cue), *one.content]


def _speakers(
    text: str, paragraphs: Sequence[Paragraph], found: Sequence[Attribution]
) -> Iterator[Speaker | None]:
    cast = Cast(text)
    last: Speaker | None = None
    last_end = 0
    around: deque[tuple[Span, Speaker | None]] = deque(maxlen=_DEEP)
    known: dict[Span, Speaker | None] = {}
    for one in found:
        if one.source is None:
            yield None
            continue
        start, end = _span(paragraphs, one.at, *one.source)
        heard = [span for span, _ in around]
        said = [_span(paragraphs, *run) for run in one.content]
        within = [speaker for span, speaker in around if span[0] <= start and end <= span[1]]
        if (start, end) not in known:
            is_own = bool(within) and text[start:end].split()[0].lower() in _FIRST_PERSON
            p = paragraphs[one.at]
            sentence = p.starts[p.sentences[p.sentence_of(one.source[0])][0]]
            known[start, end] = (
                within[-1]
                if is_own
                else cast.speaker_of(start, end, Scene(sentence, said, heard, last, last_end))
            )
        speaker = known[start, end]
        if not within:
            last, last_end = speaker, end
        around += [(span, speaker) for span in said]
        yield speaker


def _voice(
    even: EvenText, paragraphs: Sequence[Paragraph], one: Attribution, speaker: Speaker | None
) -> Voice:
    def place(number: int, start: int, end: int) -> Span:
        return even.source_span(*_span(paragraphs, number, start, end))

    return Voice(
        source=None if one.source is None else place(one.at, *one.source),
        cue=place(one.at, *_whole_cue(paragraphs[one.at], one.cue)),
        content=tuple(place(*run) for run in _apart(one.content)),
        kind=_kind(paragraphs, one),
        speaker=None if speaker is None else speaker.name,
        role=None if speaker is None else speaker.role,
    )


def _span(paragraphs: Sequence[Paragraph], number: int, start: int, end: int) -> Span:
    return paragraphs[number].starts[start], paragraphs[number].ends[end - 1]


def _whole_cue(paragraph: Paragraph, cue: tuple[int, int]) -> tuple[int, int]:
    is_according = paragraph.words[cue[0] : cue[1] + 1] == ["according", "to"]
    return cue[0], cue[1] + is_according


def _apart(runs: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The runs in order, those that overlap joined."""
    found: list[tuple[int, int, int]] = []
    for number, start, end in sorted(set(runs)):
        if found and found[-1][0] == number and start < found[-1][2]:
            found[-1] = (number, found[-1][1], max(end, found[-1][2]))
        else:
            found.append((number, start, end))
    return found


def _kind(paragraphs: Sequence[Paragraph], one: Attribution) -> str:
    """How much of the content is quoted; the quotation that the cue stands in does not count."""
    own = paragraphs[one.at].inside[one.cue[0]]
    shares = []
    for number, start, end in one.content:
        p = paragraphs[number]
        first, last = p.inside[start], p.inside[end - 1]
        if own >= 0 and number == one.at and own in (first, last):
            shares.append("none")
        elif first >= 0 and first == last:
            shares.append("all")
        else:
            shares.append("part" if p.has_quote(start, end) else "none")
    if set(shares) == {"all"}:
        return "direct"
    return "indirect" if set(shares) == {"none"} else "mixed"
