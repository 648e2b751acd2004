"""What a model says of texts, row by row: status, stance, frames and their probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from stancekit.features import check_texts
from stancekit.hearing import likeliest
from stancekit.hedging import Hedge
from stancekit.joint import inputs_of
from stancekit.labels import no_side
from stancekit.readings import FrameReading, StanceReading
from stancekit.statuses import statuses_of
from stancekit.topic import TopicGuard

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["RowReader"]

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
    domains: Sequence[int]
    off_topic: np.ndarray


@dataclass(frozen=True)
class RowReader:
    """The parts of a model that read.

    Attributes
    ----------
    stance : StanceReading
    frames : FrameReading or None
    topic : TopicGuard or None
    hedge : Hedge or None
    """

    stance: StanceReading
    frames: FrameReading | None
    topic: TopicGuard | None
    hedge: Hedge | None

    def judge(self, texts: list[str], targets: list[str]) -> Iterator[dict[str, Any]]:
        """For each text its stance and probabilities, or nothing where it has too few words."""
        rows = [row for row, text in enumerate(texts) if len(text.split()) >= _MIN_WORDS]
        judged: dict[int, np.ndarray] = {}
        if rows:
            aims = [targets[row] for row in rows] if targets else []
            X, _, statuses = self._weigh([texts[row] for row in rows], aims)
            _, proba = self.stance.read(X, aims)
            is_sure = proba.max(axis=1) >= self._thresholds(X, aims)
            found = zip(rows, statuses, is_sure, proba, strict=True)
            judged = {row: one for row, status, sure, one in found if status == "ok" and sure}
        for row in range(len(texts)):
            known = row in judged
            yield likeliest(next(_by_name(self._labels, judged[row][None]))) if known else {}

    def read(
        self, texts: list[str], targets: list[str], *, of_one_article: bool = False
    ) -> Iterator[dict[str, Any]]:
        """For each text its status, and where that is "ok" the labels and probabilities."""
        if not texts:
            return
        reading, frame_names = self._look(texts, targets, of_one_article), self._frame_names
        rows = zip(
            reading.labels.tolist(),
            _by_name(self._labels, reading.proba),
            _marked(frame_names, reading.frame_marks),
            _by_name(frame_names, reading.frame_proba),
            strict=True,
        )
        names = ("stance", "probabilities", "frames", "frame_probabilities")
        for row, (status, values) in enumerate(zip(reading.statuses, rows, strict=True)):
            if status == "off_topic":
                yield {"status": status, **self._without_side(reading, row)}
                continue
            if status != "ok":
                yield {"status": status}
                continue
            facts = dict(zip(names, values, strict=True))
            yield facts if self.hedge is None else self.hedge.apply(facts, reading.domains[row])

    def _without_side(self, reading: _Reading, row: int) -> dict[str, Any]:
        """Stance and probabilities of what is off topic, where there is a label for it."""
        label = no_side(self._labels)
        if label is None:
            return {}
        is_off = reading.off_topic[row]
        proba = (1 - is_off) * reading.proba[row]
        proba[self._labels.index(label)] += is_off
        return {"stance": label, "probabilities": next(_by_name(self._labels, proba[None]))}

    def _weigh(
        self, texts: list[str], targets: list[str]
    ) -> tuple[csr_matrix, csr_matrix, list[str]]:
        """Features of some texts, those of the off-topic guard, and the status of each."""
        features = self.stance.features_
        counts = features.count(*inputs_of(features, check_texts(texts), targets))
        known = features.count_known(counts)
        statuses = statuses_of(texts, known, features.known_share_)
        X, terms = features.weigh(counts), self.stance.terms_
        if self.topic is None or not terms.ignore_names:
            return X, X, statuses
        return X, terms.weigh(counts[:, : terms.n_columns], with_names=True), statuses

    def _look(self, texts: list[str], targets: list[str], of_one_article: bool) -> _Reading:
        X, X_topic, statuses = self._weigh(texts, targets)
        labels, proba = self.stance.read(X, targets)
        domains = [] if self.hedge is None else self.stance.domains_of(X, targets).tolist()
        statuses, off_topic = self._turn_away(X_topic, statuses, of_one_article)
        if self.frames is None:
            nothing = np.zeros((len(texts), 0))
            return _Reading(statuses, labels, proba, nothing, nothing, domains, off_topic)
        is_shared = self.frames.features_ is self.stance.features_
        X_frames = X if is_shared else self.frames.features_.transform(texts)
        frame_proba = self.frames.proba_of(X_frames)
        marks = self.frames.marked(frame_proba)
        return _Reading(statuses, labels, proba, frame_proba, marks, domains, off_topic)

    def _thresholds(self, X: csr_matrix, targets: list[str]) -> np.ndarray:
        """The probability that a stance needs, row by row."""
        if self.hedge is None:
            return np.zeros(X.shape[0])
        return np.take(self.hedge.thresholds, self.stance.domains_of(X, targets))

    def _turn_away(
        self, X: csr_matrix, statuses: list[str], of_one_article: bool
    ) -> tuple[list[str], np.ndarray]:
        """Statuses, with what is off topic among those that can be read; how probable that is."""
        if self.topic is None:
            return statuses, np.zeros(len(statuses))
        found = np.array(statuses, dtype=object)
        rows = np.flatnonzero(found == "ok")
        away = self.topic.turns_away(X[rows], of_one_article=of_one_article)
        found[rows[away]] = "off_topic"
        return found.tolist(), self.topic.proba(X)

    @property
    def _labels(self) -> tuple[str, ...]:
        return tuple(str(label) for label in self.stance.classes_)

    @property
    def _frame_names(self) -> tuple[str, ...]:
        return () if self.frames is None else tuple(str(name) for name in self.frames.classes_)


def _by_name(names: Sequence[str], values: np.ndarray) -> Iterator[dict[str, float]]:
    """Each row of ``values`` with the names of its columns."""
    return (dict(zip(names, row, strict=True)) for row in values.tolist())


def _marked(names: Sequence[str], marks: np.ndarray) -> Iterator[tuple[str, ...]]:
    """The names of the columns that are marked in each row."""
    columns = np.nonzero(marks)[1].tolist()
    ends = np.count_nonzero(marks, axis=1).cumsum().tolist()
    for begin, end in pairwise([0, *ends]):
        yield tuple(names[column] for column in columns[begin:end])
