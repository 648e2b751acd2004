"""The speakers of an article: which sides each takes, and where most clearly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stancekit.labels import n_sided, takes_side

if TYPE_CHECKING:
    from stancekit.analysis import PassageAnalysis, PassageVoice

__all__ = ["UNNAMED", "Speaker", "Statement", "author_of", "speakers_of"]

# What is shown for words that are attributed to someone without a name.
UNNAMED = "no one named"


@dataclass(frozen=True)
class Statement:
    """What somebody says in one passage, and the side it takes.

    Attributes
    ----------
    article : str
    passage : int
    start, end : int; offsets into the article, from the first word of it to the last
    text : str; pieces that stand apart are joined by an ellipsis
    stance : str or None; None where there are too few words to judge
    probability : float in [0, 1]; of ``stance``, 0 without one
    """

    article: str
    passage: int
    start: int
    end: int
    text: str
    stance: str | None
    probability: float


@dataclass(frozen=True)
class Speaker:
    """One who speaks in an article, or its author.

    Attributes
    ----------
    speaker : str or None; as `find_voices` names them; None for what is attributed to no one, and
        for the author
    role : str or None
    statements : tuple of Statement, in the order of the text
    labels : tuple of str; the model's
    is_author : bool
    """

    speaker: str | None
    role: str | None
    statements: tuple[Statement, ...]
    labels: tuple[str, ...]
    articles: tuple[str, ...]
    is_author: bool = False

    @property
    def name(self) -> str:
        """What a reader is shown: "the author", the name, or "no one named"."""
        return "the author" if self.is_author else self.speaker or UNNAMED

    @property
    def counts(self) -> dict[str, int]:
        """Number of statements with each label, in the order of ``labels``."""
        found = Counter(one.stance for one in self.statements)
        return {label: found[label] for label in self.labels}

    @property
    def n_sided(self) -> int:
        """Number of statements that take a side."""
        return n_sided(self.counts)

    @property
    def n_unjudged(self) -> int:
        """Number of statements too short to judge."""
        return sum(one.stance is None for one in self.statements)

    @property
    def strongest(self) -> Statement | None:
        """The statement that takes a side with the highest probability; None without one."""
        sided = [one for one in self.statements if one.stance and takes_side(one.stance)]
        return max(sided, key=lambda one: one.probability, default=None)

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON line of `stancekit predict --by speaker` has them."""
        return {
            "articles": list(self.articles),
            "speaker": self.speaker,
            "role": self.role,
            "is_author": self.is_author,
            "statements": len(self.statements),
            "unjudged": self.n_unjudged,
            "counts": self.counts,
            "strongest": None if self.strongest is None else dict(vars(self.strongest)),
        }


def speakers_of(passages: Iterable[PassageAnalysis], labels: Sequence[str]) -> tuple[Speaker, ...]:
    """Those who speak in some passages, first who takes a side most often.

    Names that differ only in capitals or in a leading article are one; give the passages of one
    article, unless people of one name are one person in all. What stands within another statement
    of the same speaker is not counted again, nor is a headline, which says what the text says
    again.

    Parameters
    ----------
    passages : iterable of PassageAnalysis
    labels : sequence of str

    Returns
    -------
    tuple of Speaker, without the author
    """
    named: dict[str, list[tuple[str | None, str | None, Statement]]] = {}
    for passage in passages:
        if passage.kind != "paragraph":
            continue
        for speaker, role, statement in _statements(passage):
            named.setdefault(_plain(speaker), []).append((speaker, role, statement))
    found = []
    for rows in named.values():
        names, roles, statements = zip(*rows, strict=True)
        role = next((role for role in roles if role), None)
        articles = tuple(dict.fromkeys(one.article for one in statements))
        found.append(Speaker(names[0], role, statements, tuple(labels), articles))
    return tuple(sorted(found, key=lambda one: (-one.n_sided, -len(one.statements))))


def author_of(passages: Iterable[PassageAnalysis], labels: Sequence[str]) -> Speaker:
    """The author, whose statements are the sentences of each passage that report nobody else.

    Where these have too few words to judge there is no statement.
    """
    passages = list(passages)
    statements = tuple(
        Statement(
            passage.article,
            passage.passage,
            own[0][0],
            own[-1][1],
            _pieces(passage, own),
            passage.own_stance,
            passage.own_probabilities[passage.own_stance],
        )
        for passage in passages
        if passage.own_stance is not None and (own := passage.own_sentences)
    )
    articles = tuple(dict.fromkeys(passage.article for passage in passages))
    return Speaker(None, None, statements, tuple(labels), articles, is_author=True)


def _statements(
    passage: PassageAnalysis,
) -> Iterator[tuple[str | None, str | None, Statement]]:
    furthest: dict[str, PassageVoice] = {}  # of each speaker's, the one that ends last so far
    for voice in passage.voices or ():
        around = furthest.get(_plain(voice.speaker))
        if around is not None and around.start <= voice.start and voice.end <= around.end:
            continue
        if around is None or voice.end > around.end:
            furthest[_plain(voice.speaker)] = voice
        statement = Statement(
            passage.article,
            passage.passage,
            voice.start,
            voice.end,
            _pieces(passage, voice.content),
            voice.stance,
            voice.probabilities.get(voice.stance or "", 0.0),
        )
        yield voice.speaker, voice.role, statement


def _pieces(passage: PassageAnalysis, spans: Iterable[tuple[int, int]]) -> str:
    pieces = (passage.text[start - passage.start : end - passage.start] for start, end in spans)
    return " … ".join(piece.strip() for piece in pieces if piece.strip())


def _plain(name: str | None) -> str:
    words = (name or "").casefold().split()
    return " ".join(words[1:] if words[:1] in (["the"], ["a"], ["an"]) else words)
