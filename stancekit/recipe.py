"""The default recipe: from labelled passages to a model that knows its own scores."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from stancekit.crossval import cross_validate, cross_validate_frames
from stancekit.encoders import CachedEncoder, TextEncoder
from stancekit.errors import InputError
from stancekit.evaluation import Evaluation, FrameEvaluation
from stancekit.features import check_texts
from stancekit.frames import FrameClassifier
from stancekit.labels import check_labels
from stancekit.model import Model
from stancekit.neighbours import KeptPassages, check_ids
from stancekit.splits import grouped_folds
from stancekit.stance import StanceClassifier
from stancekit.targets import target_names
from stancekit.topic import TopicGuard, check_off_topic

__all__ = ["MIN_ROWS", "Trained", "fingerprint", "share_features", "train_model"]

# Passages that a label or frame needs, and articles that they must come from: below it neither the
# scores nor the calibration mean anything.
MIN_ROWS = 10
MIN_GROUPS = 3

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Trained:
    """A model and what cross-validation says of it.

    Attributes
    ----------
    model : Model, fitted on all passages
    scores : Evaluation, of out-of-fold predictions
    frame_scores : FrameEvaluation or None
    rare_frames : dict of str to int; frames left out as too rare, with their number of passages
    """

    model: Model
    scores: Evaluation
    frame_scores: FrameEvaluation | None
    rare_frames: dict[str, int]


def train_model(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    groups: Sequence[Any] | None = None,
    targets: Sequence[str | None] | None = None,
    frames: Sequence[Sequence[str]] | None = None,
    ids: Sequence[Any] | None = None,
    name: str = "model",
    about: Mapping[str, Any] | None = None,
    encoder: TextEncoder | str | os.PathLike[str] | None = None,
    ignore_names: bool | Sequence[str] = False,
    off_topic: Sequence[str] | None = None,
    off_topic_groups: Sequence[Any] | None = None,
    n_folds: int = 5,
    random_state: int = 0,
    n_jobs: int | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Cross-validate by whole groups, then fit on everything.

    Parameters
    ----------
    texts, labels : sequences of str, one a passage
    groups : sequence or None
        The article of each passage.
    targets : sequence of str or None
        What each passage takes a stance on, as in `StanceClassifier.fit`. Frames and the guard
        are learnt without them.
    frames : sequence of lists of str, or None
        The kinds of argument of each passage.
    ids : sequence or None
        A name for each passage: the model then keeps the words of all of them, and names the
        nearest ones when it explains a label.
    name, about
        As in `Model`; data, splits, scores and seed are added to ``about``.
    encoder : object, str, path or None
        As in `StanceClassifier`; each passage is encoded once, for all folds. Frames are learnt
        from words alone.
    ignore_names : bool or sequence of str
        As in `StanceClassifier`, for stance and frames.
    off_topic, off_topic_groups : sequences or None
        Passages that are not about the debate, and their articles: with them the model gets a
        `TopicGuard`. Scores are of the stance alone, as if nothing were turned away.
    n_folds, random_state, n_jobs
        As in `StanceClassifier`.
    progress : callable of (stage, done, total) or None

    Raises
    ------
    InputError
        For a single label, label typos, a label with fewer than 10 passages or in fewer than 3
        groups, an id that stands twice, an encoder that cannot be used, or off-topic passages as
        `TopicGuard.fit` says.
    MissingExtraError
        When ``encoder`` needs sentence-transformers, which is not installed.
    """
    passages, names = check_texts(texts), list(labels)
    if len(names) != len(passages):
        raise InputError(f"got {len(names)} labels for {len(passages)} passages")
    names = check_labels(names, min_rows=MIN_ROWS)
    aims = None if targets is None else target_names(targets, len(passages))
    kept, Y, rare = _learnable(frames, groups, len(passages))
    folds: dict[str, Any] = {"n_folds": n_folds, "random_state": random_state}
    if ids is not None:
        check_ids(ids, len(passages))
    if kept:  # What cannot be parted is told before the long work.
        grouped_folds(Y, groups, n_left=2, names=kept, **folds)
    settings = {**folds, "ignore_names": ignore_names, "n_jobs": n_jobs}
    tell = progress or _keep_quiet
    others = None if off_topic is None else check_texts(off_topic)
    if others is not None:
        check_off_topic(passages, others)

    def score_and_fit(what: str, estimator: Any, cross_validate: Any, y: Any, **more: Any) -> Any:
        scoring, fitting = f"scoring {what}", f"fitting {what}"
        tell(scoring, 0, n_folds)
        step = partial(tell, scoring)
        told = {"targets": aims} if aims is not None and what == "stance" else {}
        found = cross_validate(
            *(estimator, passages, y), groups=groups, progress=step, **told, **folds, **more
        )
        tell(fitting, 0, 1)
        estimator.fit(passages, y, groups=groups, **told)
        tell(fitting, 1, 1)
        return found

    cached = None
    if encoder is not None:
        grouped_folds(names, groups, n_left=2, **folds)  # As above: before the encoding.
        tell("encoding passages", 0, 1)
        cached = CachedEncoder(encoder, passages)
        tell("encoding passages", 1, 1)
    stance, frame_model, frame_scores = StanceClassifier(encoder=cached, **settings), None, None
    scores: Evaluation = score_and_fit("stance", stance, cross_validate, names)
    if kept:
        frame_model = FrameClassifier(frames=kept, **settings)
        frame_scores = score_and_fit("frames", frame_model, cross_validate_frames, Y, frames=kept)
    guard = None
    if others is not None:
        tell("fitting the off-topic guard", 0, 1)
        guard = TopicGuard(**folds).fit(
            *(stance, passages, names, others), groups=groups, off_topic_groups=off_topic_groups
        )
        tell("fitting the off-topic guard", 1, 1)
    facts = {
        **(about or {}),
        "data": [_count_line(names, groups, aims)],
        "splits": _split_line(groups),
        "scores": {"cross-validation": scores.to_dict()},
        "seed": random_state,
        "corpus": fingerprint(passages, names),
    }
    if frame_scores is not None:
        facts["frame_scores"] = {"cross-validation": frame_scores.to_dict()}
    kept_passages = None
    if ids is not None:
        kept_passages = KeptPassages.of(ids, names, stance.terms_.transform(passages))
    frames_beside = share_features(stance, frame_model)
    model = Model(stance, frames_beside, name, facts, kept_passages, guard)
    return Trained(model, scores, frame_scores, rare)


def _keep_quiet(stage: str, done: int, total: int) -> None:
    """The progress that nobody asked for."""


def share_features(
    stance: StanceClassifier, frames: FrameClassifier | None
) -> FrameClassifier | None:
    """Let ``frames`` read the very terms of ``stance``, where both have learnt the same.

    A model then stores them once, and counts the words of a passage once, unless the stance has an
    encoder beside its words.
    """
    if frames is None:
        return None
    one, other = stance.terms_, frames.features_
    arrays = (one.idf_, other.idf_), (one.is_name_, other.is_name_)
    if one.vocabulary_ == other.vocabulary_ and all(np.array_equal(*pair) for pair in arrays):
        frames.features_ = one
    return frames


def fingerprint(texts: Sequence[str], labels: Sequence[str]) -> str:
    """SHA-256 of the rows a model learnt from, whatever their order."""
    rows = sorted(f"{label}\t{text}" for text, label in zip(texts, labels, strict=True))
    return hashlib.sha256("\n".join(rows).encode("utf-8", "surrogatepass")).hexdigest()


def _learnable(
    frames: Sequence[Sequence[str]] | None, groups: Sequence[Any] | None, n_passages: int
) -> tuple[list[str], np.ndarray, dict[str, int]]:
    """Frames that can be learnt, their 0/1 matrix, and those too rare with their counts."""
    if frames is None:
        return [], np.zeros((n_passages, 0), dtype=int), {}
    if len(frames) != n_passages:
        raise InputError(f"got frames of {len(frames)} passages for {n_passages} passages")
    units = list(range(n_passages)) if groups is None else list(groups)
    rows: dict[str, list[int]] = {}
    for row, marks in enumerate(frames):
        for mark in dict.fromkeys(marks):
            rows.setdefault(str(mark), []).append(row)
    kept = sorted(
        name
        for name, found in rows.items()
        if len(found) >= MIN_ROWS and len({units[row] for row in found}) >= MIN_GROUPS
    )
    Y = np.zeros((n_passages, len(kept)), dtype=int)
    for column, name in enumerate(kept):
        Y[rows[name], column] = 1
    rare = {name: len(found) for name, found in sorted(rows.items()) if name not in kept}
    return kept, Y, rare


def _count_line(
    labels: Sequence[str], groups: Sequence[Any] | None, targets: Sequence[str] | None
) -> str:
    counts = ", ".join(f"{labels.count(name)} {name}" for name in sorted(set(labels)))
    articles = "" if groups is None else f" in {len(set(groups))} articles"
    aims = "" if targets is None else f" on {len(set(targets) - {''})} targets"
    return f"{len(labels)} passages{articles}{aims}: {counts}"


def _split_line(groups: Sequence[Any] | None) -> str:
    whole = "whole articles" if groups is not None else "single passages (no groups were named)"
    return f"Scores are of passages held out by cross-validation over {whole}."
