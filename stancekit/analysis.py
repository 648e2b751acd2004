"""What a model says of a passage and of an article: small frozen facts, summaries as properties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["STATUSES", "Analysis", "PassageAnalysis"]

STATUSES = {
    "ok": "labelled",
    "heading": "a heading; not classified",
    "furniture": "page furniture such as a byline or a share line; not classified",
    "empty": "no text",
    "null": "the table's cell holds nothing",
    "one_word": "a single word takes no side",
    "no_features": "the model knows none of its words",
    "unfamiliar": "the model knows too few of its words: another language, or no running text",
    "bad_encoding": "the bytes are not text in the encoding asked for",
    "not_text": "no text: a binary file, or a cell that holds something else",
    "unreadable": "the file cannot be opened, or holds no article",
}
# Statuses that are as they should be: they do not make a run incomplete.
_EXPECTED = ("ok", "heading", "furniture")


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
    stance : str or None; None unless the status is "ok"
    probabilities : mapping of label to float, sums to 1; empty unless the status is "ok"
    frames : tuple of str; the kinds of argument used
    frame_probabilities : mapping of frame to float in [0, 1]; empty unless the status is "ok"
    id : str or None; the row's own name, in tables
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

    @property
    def is_scored(self) -> bool:
        """Whether it has a label."""
        return self.status == "ok"

    @property
    def is_lost(self) -> bool:
        """Whether it should have a label and could not be given one."""
        return self.status not in _EXPECTED

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON line has them; `id` only where there is one."""
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

    @property
    def status_counts(self) -> dict[str, int]:
        """Number of passages with each status that occurs, commonest first."""
        return dict(Counter(passage.status for passage in self.passages).most_common())
