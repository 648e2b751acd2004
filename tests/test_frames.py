"""Any number of frames a passage, each with its own threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import Passages

from stancekit import FrameClassifier, InputError

FRAMES = ["allies", "cost", "security", "sovereignty"]


def quick(**settings: Any) -> FrameClassifier:
    return FrameClassifier(**{"Cs": (3.0,), "n_folds": 3, **settings})


def as_matrix(rows: list[list[str]]) -> np.ndarray:
    return np.array([[name in row for name in FRAMES] for row in rows], dtype=int)


def test_frames_are_found_and_sorted(fitted_frames: FrameClassifier) -> None:
    assert fitted_frames.classes_.tolist() == FRAMES
    assert fitted_frames.predict_proba(["leave"]).shape == (1, 4)


def test_lists_and_matrix_of_the_frames_agree(
    fitted_frames: FrameClassifier, passages: Passages
) -> None:
    assert fitted_frames.predict_frames(passages.texts) == passages.frames
    np.testing.assert_array_equal(
        fitted_frames.predict(passages.texts), fitted_frames.indicator(passages.frames)
    )
    assert fitted_frames.score(passages.texts, passages.frames) == 1


def test_thresholds_decide(fitted_frames: FrameClassifier, passages: Passages) -> None:
    proba = fitted_frames.predict_proba(passages.texts)

    assert ((fitted_frames.thresholds_ >= 0.05) & (fitted_frames.thresholds_ <= 0.95)).all()
    np.testing.assert_array_equal(
        fitted_frames.predict(passages.texts), proba >= fitted_frames.thresholds_
    )


@pytest.mark.parametrize(
    "wrap",
    [
        as_matrix,
        lambda rows: as_matrix(rows).astype(bool),
        lambda rows: pd.DataFrame(as_matrix(rows), columns=FRAMES),
        lambda rows: pd.Series(rows),
        lambda rows: [set(row) for row in rows],
        lambda rows: [np.array(row, dtype=object) for row in rows],
    ],
    ids=["matrix", "booleans", "frame", "series", "sets", "arrays"],
)
def test_frames_come_as_lists_or_as_a_matrix(passages: Passages, wrap: Any) -> None:
    plain = quick().fit(passages.texts, passages.frames)
    y = wrap(passages.frames)
    settings = {"frames": FRAMES} if isinstance(y, np.ndarray) else {}

    again = quick(**settings).fit(passages.texts, y)

    assert again.classes_.tolist() == FRAMES
    np.testing.assert_array_equal(
        again.predict_proba(passages.texts), plain.predict_proba(passages.texts)
    )


def test_columns_of_a_bare_matrix_are_numbered(passages: Passages) -> None:
    classifier = quick().fit(passages.texts, as_matrix(passages.frames))

    assert classifier.classes_.tolist() == ["0", "1", "2", "3"]


def test_order_of_the_frames_is_that_of_the_constructor(passages: Passages) -> None:
    classifier = quick(frames=FRAMES[::-1]).fit(passages.texts, passages.frames)

    assert classifier.classes_.tolist() == FRAMES[::-1]
    assert classifier.predict_frames(passages.texts[:1]) == [["cost"]]


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([["costs"], *[["cost"]] * 71], "unknown frame 'costs'; did you mean 'cost'"),
        ([[]] * 72, "frame 'allies' is in no passage, so nothing can be learnt of it; leave it"),
        ([FRAMES] * 72, "frame 'allies' is in every passage"),
        (["cost"] * 72, "got 'cost' as the frames of a passage; expected a list of names"),
        ([None] * 72, "got None as the frames of a passage"),
        ([[0, 1, 0, 1]] * 72, "got 0 as a frame; expected names, or an array of zeros and ones"),
        (np.full((72, 4), 0.5), "values other than 0 and 1"),
        (np.ones((72, 3), dtype=int), "got 3 columns for 4 frames"),
    ],
)
def test_frames_that_cannot_be_learnt_are_refused(
    passages: Passages, frames: Any, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        quick(frames=FRAMES).fit(passages.texts, frames)


def test_no_frame_at_all_is_refused(passages: Passages) -> None:
    with pytest.raises(InputError, match="no passage has a frame"):
        quick().fit(passages.texts, [[]] * 72)


def test_frame_of_one_article_is_refused(passages: Passages) -> None:
    frames = [["odd"] if k < 3 else row for k, row in enumerate(passages.frames)]

    with pytest.raises(InputError, match="label 'odd' stands in 1 group; expected at least 2"):
        quick().fit(passages.texts, frames, groups=passages.articles)


def test_one_frame_will_do(passages: Passages) -> None:
    one = [["cost"] if "cost" in row else [] for row in passages.frames]

    assert quick().fit(passages.texts, one).predict_frames(passages.texts) == one


def test_balanced_weights_make_a_frame_likelier_before_calibration(passages: Passages) -> None:
    one = [["cost"] if "cost" in row else [] for row in passages.frames]

    plain, balanced = (
        quick(class_weight=weight).fit(passages.texts, one) for weight in (None, "balanced")
    )

    assert balanced.log_loss_ != plain.log_loss_
    assert balanced.predict_frames(passages.texts) == one
