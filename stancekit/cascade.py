"""Two models as one: a quick one answers what it is sure of, a slower one the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np

from stancekit.errors import InputError
from stancekit.model import Model
from stancekit.readings import StanceReading

__all__ = ["Cascade"]


class Cascade(Model):
    """A model that asks a second one about the passages of which the first is unsure.

    What can be read, and what is off topic, is for the first to say. Labels, probabilities and
    frames of a passage are all of the one model that answers for it, and so is its explanation.
    Where the two share what they learnt from, the second is seldom needed for plain chronicle,
    which most of an article is. It reads, saves, loads and is evaluated as any model; the
    classifiers in ``stance`` and ``frames`` are the second's.

    Parameters
    ----------
    first, second : Model
        With the same labels and frames in the same order.
    threshold : float in [0, 1]
        The second answers where the first's highest probability is below this.
    name : str
    about : mapping, optional
        As in `Model`.

    Raises
    ------
    InputError
        For models of other labels or frames, or that are cascades themselves, or a threshold out
        of range.

    References
    ----------
    Viola, Jones (2001), Rapid object detection using a boosted cascade of simple features, CVPR.
    """

    first: Model
    second: Model
    threshold: float

    def __init__(
        self,
        first: Model,
        second: Model,
        threshold: float,
        *,
        name: str = "cascade",
        about: Mapping[str, Any] | None = None,
    ) -> None:
        _check(first, second, threshold)
        stance: Any = second.stance_reading  # the estimators are made when they are asked for
        frames: Any = second.frame_reading
        super().__init__(stance, frames, name, about or {})
        vars(self).update(first=first, second=_unguarded(second), threshold=float(threshold))

    def answering(self, text: str, target: str | None = None) -> Model:
        """The model that answers for a passage."""
        aims = self.first._names(None if target is None else [target])
        (facts,) = self.first._read([text], aims)
        return self.second if self._asks_again(facts) else self.first

    def hedged(
        self,
        *,
        min_confidence: float | None = None,
        target_error: float | None = None,
        coverage: float | None = None,
    ) -> Cascade:
        """As `Model.hedged`, with a least probability alone.

        Where the first model gives a label too little, the second is asked.

        Raises
        ------
        InputError
            Also for ``target_error`` and ``coverage``: what the two models know of their errors
            on held-out passages does not hold for the passages that each is left with.
        """
        if target_error is not None or coverage is not None:
            raise InputError(
                f"{self.name} does not know its own errors on held-out passages; expected "
                "min_confidence (--min-confidence), or one of its two models in its place: "
                f"{self.first.name} or {self.second.name}"
            )
        parts = {
            part: model.hedged(min_confidence=min_confidence)
            for part, model in (("first", self.first), ("second", self.second))
        }
        twin = copy(self)
        vars(twin).update(parts, hedge=parts["second"].hedge)
        return twin

    def predict(
        self, texts: Sequence[str], targets: Sequence[str | None] | None = None
    ) -> np.ndarray:
        """As `Model.predict`, each label by the model that answers for the passage."""
        return self._label(texts, targets)[0]

    def predict_proba(
        self, texts: Sequence[str], targets: Sequence[str | None] | None = None
    ) -> np.ndarray:
        """As `Model.predict_proba`, each row by the model that answers for the passage."""
        return self._label(texts, targets)[1]

    def _label(
        self, texts: Sequence[str], targets: Sequence[str | None] | None
    ) -> tuple[np.ndarray, np.ndarray]:
        labels, proba = self.first.stance_reading.look(texts, targets)
        rows = np.flatnonzero(proba.max(axis=1, initial=0.0) < self.threshold).tolist()
        if rows:
            passages = [texts[row] for row in rows]
            aims = None if targets is None else [targets[row] for row in rows]
            labels[rows], proba[rows] = self.second.stance_reading.look(passages, aims)
        return labels, proba

    def _read(
        self, texts: list[str], targets: list[str], *, of_one_article: bool = False
    ) -> Iterator[dict[str, Any]]:
        found = list(self.first._read(texts, targets, of_one_article=of_one_article))
        rows = [row for row, facts in enumerate(found) if self._asks_again(facts)]
        again = self.second._read(*_taken(rows, texts, targets))
        for row, facts in zip(rows, again, strict=True):
            # A few words that only the first knows are not enough for the second.
            if "probabilities" in facts:
                found[row] = facts
        yield from found

    def _judge(self, texts: list[str], targets: list[str]) -> Iterator[dict[str, Any]]:
        found = list(self.first._judge(texts, targets))
        rows = [row for row, facts in enumerate(found) if not facts or self._asks_again(facts)]
        again = self.second._judge(*_taken(rows, texts, targets))
        for row, facts in zip(rows, again, strict=True):
            found[row] = facts
        yield from found

    def _judging(self, text: str, targets: list[str]) -> StanceReading:
        (facts,) = self.first._judge([text], targets)
        answers = self.second if not facts or self._asks_again(facts) else self.first
        return answers.stance_reading

    def _asks_again(self, facts: Mapping[str, Any]) -> bool:
        status, proba = facts.get("status", "ok"), facts.get("probabilities")
        if proba is None or status not in ("ok", "abstained"):
            return False
        return status == "abstained" or float(max(proba.values())) < self.threshold


def _taken(rows: list[int], texts: list[str], targets: list[str]) -> tuple[list[str], list[str]]:
    """The texts of some rows and, where there are any, their targets."""
    return [texts[row] for row in rows], [targets[row] for row in rows] if targets else []


def _check(first: Model, second: Model, threshold: float) -> None:
    if isinstance(first, Cascade) or isinstance(second, Cascade):
        raise InputError("got a cascade as part of a cascade; expected two models that answer")
    for what in ("labels", "frame_names"):
        one, other = getattr(first, what), getattr(second, what)
        if one != other:
            raise InputError(
                f"{first.name} has the {what.replace('_', ' ')} {', '.join(one) or 'none'} and "
                f"{second.name} has {', '.join(other) or 'none'}; expected the same in both"
            )
    if not 0 <= threshold <= 1:
        raise InputError(f"got threshold={threshold!r}; expected a probability from 0 to 1")


def _unguarded(model: Model) -> Model:
    """The model without its own word on what is off topic, which would be asked twice."""
    twin = copy(model)
    vars(twin)["topic"] = None
    return twin
