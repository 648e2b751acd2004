"""What a model says of a passage and of an article: small frozen facts, summaries as properties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stancekit.own_words import own_sentences, own_share
from stancekit.speakers import UNNAMED, Speaker, author_of, speakers_of

if TYPE_CHECKING:
    from stancekit.explanation import Explanation

__all__ = ["STATUSES", "Analysis", "PassageAnalysis", "PassageVoice", "whole_articles"]

STATUSES = {
    "ok": "labelled",
    "heading": "a heading; not classified",
    "furniture": "page furniture such as a byline or a share line; not classified",
    "empty": "no text",
    "null": "the table's cell holds nothing",
    "one_word": "a single word takes no side",
    "no_features": "the model knows none of its words",
    "off_topic": "about something else than the model's debate; counts for no side",
    "unfamiliar": "the model knows too few of its words: another language, or no running text",
    "abstained": "less sure than asked for",
    "bad_encoding": "the bytes are not text in the encoding asked for",
    "not_text": "no text: a binary file, or a cell that holds something else",
    "unreadable": "the file or this part of it cannot be read, or holds no article",
    "bad_json": "the line is no JSON object",
    "bad_csv": "the row has broken quotes, or not as many cells as the header",
    "truncated": "the file ends in the middle of it",
    "too_long": "longer than 12,000,000 characters",
}
# Statuses that are as they should be: they do not make a run incomplete.
_EXPECTED = ("ok", "heading", "furniture", "off_topic", "abstained")


@dataclass(frozen=True)
class PassageVoice:
    """What one voice says in a passage.

    Attributes
    ----------
    speaker : str or None; as `find_voices` names them, None where the article names no one
    role : str or None; "Pentagon spokesman"
    kind : str; "direct", "indirect" or "mixed"
    start, end : int; offsets into the article, from the first word said to the last
    content : tuple of (start, end); the words said, where others may stand between
    stance : str or None; the likeliest label of the words said, None where they are too few to
        judge; without the lean towards rare labels that a passage's stance has
    probabilities : mapping of label to float, sums to 1; empty without a stance
    explanation : Explanation or None; why these words have their stance, in offsets of the article;
        None where that was not asked for, and without a stance
    """

    speaker: str | None
    role: str | None
    kind: str
    start: int
    end: int
    content: tuple[tuple[int, int], ...]
    stance: str | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    explanation: Explanation | None = None

    @property
    def name(self) -> str:
        """What a reader is shown: the speaker, or "no one named"."""
        return self.speaker or UNNAMED

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON line has them."""
        line = {
            **vars(self),
            "content": [list(span) for span in self.content],
            "probabilities": dict(self.probabilities),
        }
        if self.explanation is None:
            del line["explanation"]
        else:
            line["explanation"] = self.explanation.to_dict()
        return line


@dataclass(frozen=True)
class PassageAnalysis:
    """One passage, and what the model says of it.

    Attributes
    ----------
    article : str; name of the article, or of the table
    passage : int; 0-based place in the article, or row of the table
    start, end : int; ``article_text[start:end] == text``
    text : str
    kind : str; "paragraph", "heading" or "furniture"
    status : str; one of `STATUSES`
    stance : str or None; None unless the status is "ok", or it is "off_topic" and the model has a
        label for what takes no side
    probabilities : mapping of label to float, sums to 1; empty without a stance, unless the status
        is "abstained"; for what is off topic, how probable that is counts as no side
    frames : tuple of str; the kinds of argument used
    frame_probabilities : mapping of frame to float in [0, 1]; empty where ``probabilities`` are
    id : str or None; the row's own name, in tables
    voices : tuple of PassageVoice, in the order of the text; None where they were not looked for
    own_stance : str or None; the likeliest label of the author's own sentences, which report no
        voice; None where they have too few words to judge
    own_probabilities : mapping of label to float, sums to 1; empty without an own stance
    own_explanation : Explanation or None; why the author's own sentences have their stance; None
        where that was not asked for, and where no voice is apart from them
    explanation : Explanation or None; why it has its label, in offsets of the article; None where
        that was not asked for, and without a label
    labels : tuple of str, or None where none was asked for
        The labels that hold the right one as often as was asked for, see `Model.hedged`.
    kept : mapping of str to a cell; columns of the row that are carried through
    """

    article: str
    passage: int
    start: int
    end: int
    text: str
    kind: str = "paragraph"
    status: str = "ok"
    stance: str | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    frames: tuple[str, ...] = ()
    frame_probabilities: Mapping[str, float] = field(default_factory=dict)
    id: str | None = None
    voices: tuple[PassageVoice, ...] | None = None
    own_stance: str | None = None
    own_probabilities: Mapping[str, float] = field(default_factory=dict)
    own_explanation: Explanation | None = None
    explanation: Explanation | None = None
    labels: tuple[str, ...] | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def own_share(self) -> float | None:
        """Share of its words that no voice says, in [0, 1]; None without `voices`."""
        return None if self.voices is None else own_share(self.text, self._said())

    @property
    def own_sentences(self) -> tuple[tuple[int, int], ...]:
        """Where the sentences stand that report no voice; offsets into the article."""
        spans = own_sentences(self.text, self._said())
        return tuple((start + self.start, end + self.start) for start, end in spans)

    def _said(self) -> list[tuple[int, int]]:
        return [
            (start - self.start, end - self.start)
            for voice in self.voices or ()
            for start, end in voice.content
        ]

    @property
    def is_scored(self) -> bool:
        """Whether it has a label by its own words: what is off topic has none."""
        return self.status == "ok"

    @property
    def is_lost(self) -> bool:
        """Whether it should have a label and could not be given one."""
        return self.status not in _EXPECTED

    def keeping(self, row: Mapping[str, Any]) -> PassageAnalysis:
        """The same passage that carries the columns of its row.

        What `dataclasses.replace` would give, in a tenth of the time: tables have many rows.
        """
        twin = object.__new__(type(self))
        vars(twin).update(vars(self), kept=row)
        return twin

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON line has them; some only where they were asked for."""
        line = {
            "article": self.article,
            "passage": self.passage,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "kind": self.kind,
            "status": self.status,
            "stance": self.stance,
            "probabilities": dict(self.probabilities),
            "frames": list(self.frames),
            "frame_probabilities": dict(self.frame_probabilities),
        }
        if self.labels is not None:
            line["labels"] = list(self.labels)
        if self.voices is not None:
            line["own_share"] = self.own_share
            line["own_stance"] = self.own_stance
            line["voices"] = [voice.to_dict() for voice in self.voices]
        for name in ("explanation", "own_explanation"):
            if (found := getattr(self, name)) is not None:
                line[name] = found.to_dict()
        line |= self.kept
        return line if self.id is None else {"id": self.id, **line}


@dataclass(frozen=True)
class Analysis:
    """An article, passage by passage.

    Attributes
    ----------
    article : str; its name
    passages : tuple of PassageAnalysis, in the order of the text
    labels : tuple of str; the model's labels
    """

    article: str
    passages: tuple[PassageAnalysis, ...]
    labels: tuple[str, ...]

    @property
    def is_table(self) -> bool:
        """Whether its passages are rows of a table, which have ids of their own."""
        return len({passage.id for passage in self.passages}) > 1

    def carrying(self, kept: Mapping[str, Any]) -> Analysis:
        """The same, each of its passages with these columns in ``kept``."""
        passages = (replace(one, kept={**one.kept, **kept}) for one in self.passages)
        return replace(self, passages=tuple(passages))

    @property
    def scored(self) -> tuple[PassageAnalysis, ...]:
        """The passages that have a label."""
        return tuple(passage for passage in self.passages if passage.is_scored)

    @property
    def counts(self) -> dict[str, int]:
        """Number of passages with each label, in the order of ``labels``."""
        found = Counter(passage.stance for passage in self.scored)
        return {label: found[label] for label in self.labels}

    @property
    def shares(self) -> dict[str, float]:
        """Share of each label among the labelled passages; all 0 when there are none."""
        total = len(self.scored) or 1
        return {label: count / total for label, count in self.counts.items()}

    @property
    def frames_by_stance(self) -> dict[str, dict[str, int]]:
        """For each label its frames with their number of passages, commonest first."""
        return {
            label: dict(
                Counter(
                    frame
                    for passage in self.scored
                    if passage.stance == label
                    for frame in passage.frames
                ).most_common()
            )
            for label in self.labels
        }

    @cached_property
    def speakers(self) -> tuple[Speaker, ...]:
        """Who speaks, with the sides they take; who does so most often comes first."""
        return speakers_of(self.passages, self.labels)

    @cached_property
    def author(self) -> Speaker:
        """The author's own stance: of the sentences that report nobody else."""
        return author_of(self.passages, self.labels)

    @property
    def status_counts(self) -> dict[str, int]:
        """Number of passages with each status that occurs, commonest first."""
        return dict(Counter(passage.status for passage in self.passages).most_common())


def whole_articles(analyses: Iterable[Analysis]) -> Iterator[Analysis]:
    """One analysis an article: a table comes in pieces, whose passages are counted through."""
    pieces: list[Analysis] = []
    for piece in analyses:
        if pieces and not _goes_on(pieces[-1], piece):
            yield _joined(pieces)
            pieces = []
        pieces.append(piece)
    if pieces:
        yield _joined(pieces)


def _goes_on(before: Analysis, piece: Analysis) -> bool:
    if before.article != piece.article or not (before.passages and piece.passages):
        return False
    return piece.passages[0].passage > before.passages[-1].passage


def _joined(pieces: list[Analysis]) -> Analysis:
    passages = tuple(passage for piece in pieces for passage in piece.passages)
    return replace(pieces[0], passages=passages)
