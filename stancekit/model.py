"""A model: a stance classifier, the frames beside it, and what is known about both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from stancekit.analysis import Analysis, PassageAnalysis, PassageVoice
from stancekit.article import split_passages
from stancekit.errors import InputError
from stancekit.features import check_texts
from stancekit.frames import FrameClassifier
from stancekit.own_words import Saying, sayings_of
from stancekit.stance import StanceClassifier
from stancekit.voices import find_voices

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Model"]

# A passage is another language or no running text when the share of its words that the model knows
# is less than this part of what is usual among training passages. What the shipped models know of
# English on other subjects and of other languages: `python -m training.known_words`.
_FAMILIAR = 0.5
# Fewer words than this, cut out of a passage, are not given a stance of their own. Longer ones get
# the likeliest label, without the lean: on news that is right more often (`training.pieces`), and
# a side that somebody does not take is a worse error than one that is missed.
_MIN_WORDS = 8


@dataclass(frozen=True)
class _Reading:
    """What the model says of some passages, row by row."""

    statuses: list[str]
    labels: np.ndarray
    proba: np.ndarray
    frame_proba: np.ndarray
    frame_marks: np.ndarray


@dataclass(frozen=True)
class Model:
    """Reads passages and whole articles.

    Attributes
    ----------
    stance : StanceClassifier, fitted
    frames : FrameClassifier, fitted, or None
    name : str
    about : mapping
        What the card says and a reader should know: `summary`, `definitions` of labels and
        frames, `data`, `scores`, `limits` and so on. Plain JSON values.
    """

    stance: StanceClassifier
    frames: FrameClassifier | None = None
    name: str = "model"
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def classes_(self) -> np.ndarray:
        """The labels: the columns of `predict_proba`."""
        return self.stance.classes_

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, as a tuple of str."""
        return tuple(str(label) for label in self.stance.classes_)

    @property
    def frame_names(self) -> tuple[str, ...]:
        """The frames, in column order; empty for a model without frames."""
        return () if self.frames is None else tuple(str(name) for name in self.frames.classes_)

    @property
    def shares_features(self) -> bool:
        """Whether stance and frames read the same terms, so that a passage is counted once."""
        return self.frames is not None and self.frames.features_ is self.stance.features_

    @property
    def caution(self) -> str:
        """What a reader of its labels should know, in one line: its name, its scores."""
        scores = self.about.get("scores", {})
        found = ", ".join(
            f"{one['macro_f1']['value']:.2f} on {name}" for name, one in scores.items()
        )
        known = f" Macro F1 {found}." if found else ""
        return f"{self.name}: labels are a machine's guesses; read before you quote.{known}"

    def predict(
        self, texts: Sequence[str], targets: Sequence[str | None] | None = None
    ) -> np.ndarray:
        """The label of each passage: ndarray of shape (n_passages,), str.

        The likeliest one, after the lean towards rare labels that `StanceClassifier` chose. Every
        passage gets one, an empty one too; `analyze` and `analyze_passages` tell which passages
        can be read at all. ``targets`` are as in `StanceClassifier.predict`.
        """
        return self.stance.predict(texts, targets)

    def predict_proba(
        self, texts: Sequence[str], targets: Sequence[str | None] | None = None
    ) -> np.ndarray:
        """Calibrated probabilities: shape (n_passages, n_classes), rows sum to 1."""
        return self.stance.predict_proba(texts, targets)

    def analyze(
        self,
        text: str,
        *,
        name: str = "article",
        markup: str = "plain",
        id: str | None = None,
        voices: bool = True,
    ) -> Analysis:
        """Part an article into passages and read each.

        Parameters
        ----------
        text : str
        name : str
            What the result calls the article.
        markup : {"plain", "markdown"}
            How paragraphs and headings are told apart, as in `split_passages`.
        id : str or None
            The row of a table that the article is; each passage carries it.
        voices : bool
            Whether to find who says it, which takes most of the time.

        Returns
        -------
        Analysis
            At least one passage, also for an empty text; `text[start:end]` is each one's text.

        Raises
        ------
        InputError
            When ``text`` is not a string.
        """
        if not isinstance(text, str):
            raise InputError(f"got {type(text).__name__} for `text`; expected the article as str")
        passages = split_passages(text, markup=markup)
        paragraphs = [p.reading for p in passages if p.kind == "paragraph"]
        rows = iter(self._read(paragraphs))
        found = [
            PassageAnalysis(
                article=name,
                passage=place,
                start=p.start,
                end=p.end,
                text=p.text,
                kind=p.kind,
                id=id,
                **(next(rows) if p.kind == "paragraph" else {"status": p.kind}),
            )
            for place, p in enumerate(passages)
        ]
        if not found:
            found = [PassageAnalysis(name, 0, 0, 0, "", status="empty", id=id)]
        if voices:
            spans = [(one.start, one.end) for one in found]
            found = self._hear(found, sayings_of(text, spans, find_voices(text)))
        return Analysis(name, tuple(found), self.labels)

    def analyze_passages(
        self,
        texts: Iterable[str | None],
        *,
        name: str = "table",
        ids: Iterable[str] | None = None,
        first: int = 0,
        voices: bool = False,
    ) -> list[PassageAnalysis]:
        """Read rows that are one passage each, in order, none left out.

        Parameters
        ----------
        texts : iterable of str or None
        name : str
            What the result gives as ``article``.
        ids : iterable of str or None
            The rows' own names; by default their numbers.
        first : int
            Number of the first row.
        voices : bool
            Whether to find who says it. A row is read by itself, so that nobody is found whom
            only another row names.
        """
        cells = list(texts)
        names = [str(first + row) for row in range(len(cells))] if ids is None else list(ids)
        read = self._read([cell or "" for cell in cells])
        found = [
            PassageAnalysis(
                article=name,
                passage=first + row,
                start=0,
                end=len(cell or ""),
                text=cell or "",
                id=identity,
                **({"status": "null"} if cell is None else facts),
            )
            for row, (cell, identity, facts) in enumerate(zip(cells, names, read, strict=True))
        ]
        if not voices:
            return found
        heard = (sayings_of(one.text, [(0, one.end)], find_voices(one.text)) for one in found)
        return self._hear(found, list(chain.from_iterable(heard)))

    def _hear(
        self, passages: list[PassageAnalysis], sayings: list[list[Saying]]
    ) -> list[PassageAnalysis]:
        """The passages with what each voice says in them, and the author's own stance."""
        heard = [
            replace(passage, voices=tuple(_voice(one) for one in said))
            for passage, said in zip(passages, sayings, strict=True)
        ]
        judged = self._judge([text for passage in heard for text in _pieces(passage)])
        found = []
        for passage in heard:
            voices = tuple(replace(voice, **next(judged)) for voice in passage.voices or ())
            own = next(judged)
            if not voices and passage.is_scored:  # all of it is the author's
                own = _likeliest(passage.probabilities)
            of_author = {f"own_{name}": value for name, value in own.items()}
            found.append(replace(passage, voices=voices, **of_author))
        return found

    def _judge(self, texts: list[str]) -> Iterator[dict[str, Any]]:
        """For each text its stance and probabilities, or nothing where it has too few words."""
        rows = [row for row, text in enumerate(texts) if len(text.split()) >= _MIN_WORDS]
        judged: dict[int, np.ndarray] = {}
        if rows:
            X, statuses = self._weigh([texts[row] for row in rows])
            _, proba = self.stance.read(X)
            judged = {r: p for r, s, p in zip(rows, statuses, proba, strict=True) if s == "ok"}
        for row in range(len(texts)):
            yield _likeliest(_by_name(self.labels, judged[row])) if row in judged else {}

    def _read(self, texts: list[str]) -> Iterator[dict[str, Any]]:
        """For each text its status, and where that is "ok" the labels and probabilities."""
        if not texts:
            return
        reading = self._look(texts)
        for row, status in enumerate(reading.statuses):
            if status != "ok":
                yield {"status": status}
                continue
            marks = reading.frame_marks[row]
            yield {
                "stance": str(reading.labels[row]),
                "probabilities": _by_name(self.labels, reading.proba[row]),
                "frames": tuple(n for n, m in zip(self.frame_names, marks, strict=True) if m),
                "frame_probabilities": _by_name(self.frame_names, reading.frame_proba[row]),
            }

    def _weigh(self, texts: list[str]) -> tuple[csr_matrix, list[str]]:
        """Features of some texts, and the status of each."""
        features = self.stance.features_
        counts = features.count(check_texts(texts))
        known = features.count_known(counts)
        least = _FAMILIAR * features.known_share_
        statuses = [_status(text, n, least) for text, n in zip(texts, known, strict=True)]
        return features.weigh(counts), statuses

    def _look(self, texts: list[str]) -> _Reading:
        X, statuses = self._weigh(texts)
        labels, proba = self.stance.read(X)
        if self.frames is None:
            nothing = np.zeros((len(texts), 0))
            return _Reading(statuses, labels, proba, nothing, nothing)
        X_frames = X if self.shares_features else self.frames.features_.transform(texts)
        frame_proba = self.frames.proba_of(X_frames)
        return _Reading(statuses, labels, proba, frame_proba, self.frames.marked(frame_proba))


def _voice(saying: Saying) -> PassageVoice:
    voice, content = saying.voice, saying.content
    return PassageVoice(
        *(voice.speaker, voice.role, voice.kind, content[0][0], content[-1][1], content)
    )


def _pieces(passage: PassageAnalysis) -> Iterator[str]:
    """What is judged by itself: what each voice says, then the author's own sentences."""
    voices = passage.voices or ()
    own = passage.own_sentences if voices else ()
    for spans in (*(voice.content for voice in voices), own):
        pieces = (passage.text[a - passage.start : b - passage.start] for a, b in spans)
        yield " ".join(pieces) if passage.is_scored else ""


def _status(text: str, n_known: int, least: float) -> str:
    n_words = len(text.split())
    if n_words == 0:
        return "empty"
    if n_known == 0:
        return "no_features"
    if n_words == 1:
        return "one_word"
    return "ok" if n_known >= least * n_words else "unfamiliar"


def _likeliest(probabilities: Mapping[str, float]) -> dict[str, Any]:
    stance = max(probabilities, key=lambda label: probabilities[label])
    return {"stance": stance, "probabilities": probabilities}


def _by_name(names: Sequence[str], values: np.ndarray) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))
