"""A model: a stance classifier, the frames beside it, and what is known about both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from stancekit.analysis import Analysis, PassageAnalysis
from stancekit.article import split_passages
from stancekit.errors import InputError
from stancekit.hearing import hear
from stancekit.hedging import Hedge, make_hedge
from stancekit.neighbours import KeptPassages
from stancekit.own_words import Saying, sayings_of
from stancekit.readings import EstimatorField, FrameReading, StanceReading
from stancekit.row_reader import RowReader
from stancekit.topic import TopicGuard

if TYPE_CHECKING:
    from stancekit.explanation import Explanation
    from stancekit.frames import FrameClassifier
    from stancekit.stance import StanceClassifier

__all__ = ["Model"]

# A model that was loaded makes scikit-learn's estimators when somebody asks for them.
_STANCE: Any = EstimatorField()
_FRAMES: Any = EstimatorField(is_optional=True)


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
    hedge : Hedge or None; see `hedged`
    passages : KeptPassages or None
        Training passages by which `explain` names the nearest ones.
    topic : TopicGuard, fitted with ``stance``, or None
        What it turns away gets the status "off_topic" and no side; without it every passage is
        taken to be about the debate.
    """

    stance: StanceClassifier = _STANCE
    frames: FrameClassifier | None = _FRAMES
    name: str = "model"
    about: Mapping[str, Any] = field(default_factory=dict)
    passages: KeptPassages | None = None
    topic: TopicGuard | None = None
    hedge: Hedge | None = None

    @property
    def stance_reading(self) -> StanceReading:
        """``stance``, or what reads as it does and needs no scikit-learn."""
        reading: StanceReading = vars(self)["_stance"]
        return reading

    @property
    def frame_reading(self) -> FrameReading | None:
        """``frames``, or what reads as they do and needs no scikit-learn."""
        reading: FrameReading | None = vars(self)["_frames"]
        return reading

    @property
    def classes_(self) -> np.ndarray:
        """The labels: the columns of `predict_proba`."""
        return self.stance_reading.classes_

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, as a tuple of str."""
        return tuple(str(label) for label in self.stance_reading.classes_)

    @property
    def frame_names(self) -> tuple[str, ...]:
        """The frames, in column order; empty for a model without frames."""
        return (
            ()
            if self.frame_reading is None
            else tuple(str(name) for name in self.frame_reading.classes_)
        )

    @property
    def shares_features(self) -> bool:
        """Whether stance and frames read the same terms, so that a passage is counted once."""
        return (
            self.frame_reading is not None
            and self.frame_reading.features_ is self.stance_reading.features_
        )

    @property
    def caution(self) -> str:
        """What a reader of its labels should know, in one line: its name, its scores."""
        scores = self.about.get("scores", {})
        found = ", ".join(
            f"{one['macro_f1']['value']:.2f} on {name}" for name, one in scores.items()
        )
        known = f" Macro F1 {found}." if found else ""
        return f"{self.name}: labels are a machine's guesses; read before you quote.{known}"

    def hedged(
        self,
        *,
        min_confidence: float | None = None,
        target_error: float | None = None,
        coverage: float | None = None,
    ) -> Model:
        """The same model, which says less where it is unsure.

        It concerns `analyze` and `analyze_passages`. A passage whose label has less than the
        probability asked for has the status "abstained" and no stance; its probabilities and
        frames stay. What a voice or the author says in it has no stance either where that has less
        probability. Passages that abstain are seldom like the others: where one label is common
        and easy, what is left is mostly that label, so measure shares without abstention.

        Parameters
        ----------
        min_confidence : float in [0, 1], optional
            The least probability of a label that is given.
        target_error : float in [0, 1], optional
            In place of ``min_confidence``: the least probability from which on no more than this
            share of the labels was wrong on held-out passages. Domains, such as news and speeches,
            have thresholds of their own, and a passage has that of its likeliest domain; one in
            which the error cannot be reached abstains throughout. It holds for passages whose
            labels are as common as among those of the training.
        coverage : float in [0.01, 0.99], optional
            Gives each passage ``labels``: a set which, of the passages of each label, holds the
            right one with this share. It holds also where labels are more or less common than
            among the passages of the training.

        Raises
        ------
        InputError
            For both thresholds, numbers out of range, or an error that no domain can reach.
        ModelError
            For a model saved by a version that did not keep what the latter two need.

        References
        ----------
        See `stancekit.conformal` and `stancekit.thresholds`. Calibration is by held-out folds and
        the model has learnt from all of them, so that coverage is not proven as with one split;
        `training/README.md` has what it is on other articles.
        """
        hedge = make_hedge(
            self.stance_reading.assurance_,
            self.stance_reading.domains_,
            self.name,
            min_confidence=min_confidence,
            target_error=target_error,
            coverage=coverage,
        )
        twin = copy(self)  # `replace` would ask for the estimators
        vars(twin)["hedge"] = hedge
        return twin

    def predict(
        self, texts: Sequence[str], targets: Sequence[str | None] | None = None
    ) -> np.ndarray:
        """The label of each passage: ndarray of shape (n_passages,), str.

        The likeliest one, after the lean towards rare labels that `StanceClassifier` chose. Every
        passage gets one, an empty one too; `analyze` and `analyze_passages` tell which passages
        can be read at all, and which are off topic. ``targets`` are as in
        `StanceClassifier.predict`.
        """
        return self.stance_reading.predict(texts, targets)

    def predict_proba(
        self, texts: Sequence[str], targets: Sequence[str | None] | None = None
    ) -> np.ndarray:
        """Calibrated probabilities: shape (n_passages, n_classes), rows sum to 1."""
        return self.stance_reading.predict_proba(texts, targets)

    def analyze(
        self,
        text: str,
        *,
        name: str = "article",
        markup: str = "plain",
        id: str | None = None,
        target: str | None = None,
        voices: bool = True,
        explain: bool = False,
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
        target : str or None
            What all its passages take a stance on, for a model that was trained with targets.
        voices : bool
            Whether to find who says it, which takes most of the time.
        explain : bool
            Whether each passage, and each voice with a stance, carries why it has its label.

        Returns
        -------
        Analysis
            At least one passage, also for an empty text; `text[start:end]` is each one's text.

        Raises
        ------
        InputError
            When ``text`` is not a string, or for a ``target`` where `fit` had none.
        """
        if not isinstance(text, str):
            raise InputError(f"got {type(text).__name__} for `text`; expected the article as str")
        passages = split_passages(text, markup=markup)
        paragraphs = [p.reading for p in passages if p.kind == "paragraph"]
        aims = self._names(None if target is None else [target])
        rows = iter(self._read(paragraphs, aims * len(paragraphs), of_one_article=True))
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
        if explain:
            # An empty article has a passage all the same.
            readings = [p.reading for p in passages] or [""]
            found = self._explain(found, readings, aims * len(found))
        if voices:
            from stancekit.voices import find_voices

            spans = [(one.start, one.end) for one in found]
            sayings = sayings_of(text, spans, find_voices(text))
            found = self._hear(found, sayings, aims * len(found), explain=explain)
        return Analysis(name, tuple(found), self.labels)

    def analyze_passages(
        self,
        texts: Iterable[str | None],
        *,
        name: str = "table",
        ids: Iterable[str | None] | None = None,
        targets: Iterable[str | None] | None = None,
        first: int = 0,
        voices: bool = False,
        explain: bool = False,
    ) -> list[PassageAnalysis]:
        """Read rows that are one passage each, in order, none left out.

        Parameters
        ----------
        texts : iterable of str or None
        name : str
            What the result gives as ``article``.
        ids : iterable of str or None
            The rows' own names, None for a row without; by default their numbers.
        targets : iterable of str or None
            As in `StanceClassifier.predict`.
        first : int
            Number of the first row.
        voices : bool
            Whether to find who says it. A row is read by itself, so that nobody is found whom
            only another row names.
        explain : bool
            Whether each passage carries why it has its label.
        """
        cells = list(texts)
        numbers = (str(first + row) for row in range(len(cells)))
        names: list[str | None] = list(numbers if ids is None else ids)
        aims = self._names(targets, len(cells))
        read = self._read([cell or "" for cell in cells], aims)
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
        if explain:
            found = self._explain(found, [cell or "" for cell in cells], aims)
        if not voices:
            return found
        from stancekit.voices import find_voices

        heard = (sayings_of(one.text, [(0, one.end)], find_voices(one.text)) for one in found)
        return self._hear(found, list(chain.from_iterable(heard)), aims, explain=explain)

    def answering(self, text: str, target: str | None = None) -> Model:
        """The model that answers for a passage: this one, or one of those that it is made of."""
        return self

    def explain(self, text: str, *, target: str | None = None) -> Explanation:
        """Which words of a passage moved its label: what `stancekit.explain` gives."""
        from stancekit.explanation import explain

        return explain(self, text, target=target)

    def _names(self, targets: Iterable[str | None] | None, n_passages: int = 1) -> list[str]:
        """The target of each passage; an empty list where none is told."""
        return self.stance_reading.names_of(None if targets is None else list(targets), n_passages)

    def _explain(
        self, passages: list[PassageAnalysis], readings: list[str], targets: list[str]
    ) -> list[PassageAnalysis]:
        """The passages with why they have their labels, in offsets of the article."""
        from stancekit.explanation import explain

        aims: Sequence[str | None] = targets or [None] * len(passages)
        return [
            replace(
                one, explanation=explain(self, one.text, target=aim, reading=r, start=one.start)
            )
            if one.is_scored
            else one
            for one, r, aim in zip(passages, readings, aims, strict=True)
        ]

    def _hear(
        self,
        passages: list[PassageAnalysis],
        sayings: list[list[Saying]],
        targets: list[str],
        *,
        explain: bool,
    ) -> list[PassageAnalysis]:
        return hear(passages, sayings, self._judge, self._judging if explain else None, targets)

    def _judging(self, text: str, targets: list[str]) -> StanceReading:
        """What `_judge` reads a text with."""
        return self.stance_reading

    def _judge(self, texts: list[str], targets: list[str]) -> Iterator[dict[str, Any]]:
        return self._rows.judge(texts, targets)

    def _read(
        self, texts: list[str], targets: list[str], *, of_one_article: bool = False
    ) -> Iterator[dict[str, Any]]:
        return self._rows.read(texts, targets, of_one_article=of_one_article)

    @property
    def _rows(self) -> RowReader:
        return RowReader(self.stance_reading, self.frame_reading, self.topic, self.hedge)
