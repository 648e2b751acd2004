"""The default recipe: a model that carries its own scores."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from conftest import Passages

from stancekit import InputError, StanceClassifier, cross_validate
from stancekit.recipe import Trained, fingerprint, train_model

LABELS = ["neutral", "pro-presence", "pro-withdrawal"]


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, int, int]]:
    return []


@pytest.fixture(scope="module")
def trained(passages: Passages, steps: list[tuple[str, int, int]]) -> Trained:
    frames = [[*row, *(["odd"] if k < 4 else [])] for k, row in enumerate(passages.frames)]
    return train_model(
        passages.texts,
        passages.labels,
        groups=passages.articles,
        frames=frames,
        name="valley",
        about={"summary": "Which side a passage is on."},
        n_folds=3,
        progress=lambda *step: steps.append(step),
    )


def test_model_and_its_scores_come_together(trained: Trained, passages: Passages) -> None:
    assert trained.model.labels == tuple(LABELS)
    assert trained.model.frame_names == ("allies", "cost", "security", "sovereignty")
    assert trained.scores.n_groups == 12
    assert trained.scores.macro_f1.value > 0.95
    assert trained.frame_scores is not None
    assert trained.frame_scores.macro_f1.value > 0.95
    assert trained.model.predict(passages.texts).tolist() == passages.labels


def test_scores_are_those_of_cross_validation(trained: Trained, passages: Passages) -> None:
    scores = cross_validate(
        StanceClassifier(n_folds=3),
        passages.texts,
        passages.labels,
        groups=passages.articles,
        n_folds=3,
    )

    assert trained.scores == scores


def test_rare_frames_are_left_out_and_named(trained: Trained) -> None:
    assert trained.rare_frames == {"odd": 4}


def test_stance_and_frames_read_the_same_terms(trained: Trained) -> None:
    assert trained.model.shares_features


def test_about_says_where_the_model_comes_from(trained: Trained, passages: Passages) -> None:
    about = trained.model.about

    assert about["summary"] == "Which side a passage is on."
    assert about["data"] == [
        "72 passages in 12 articles: 24 neutral, 24 pro-presence, 24 pro-withdrawal"
    ]
    assert "whole articles" in about["splits"]
    assert about["seed"] == 0
    assert about["corpus"] == fingerprint(passages.texts, passages.labels)
    assert about["scores"]["cross-validation"] == trained.scores.to_dict()
    json.dumps(about, allow_nan=False)


def test_progress_is_told_stage_by_stage(
    trained: Trained, steps: list[tuple[str, int, int]]
) -> None:
    assert steps == [
        *[("scoring stance", done, 3) for done in range(4)],
        *[("fitting stance", done, 1) for done in range(2)],
        *[("scoring frames", done, 3) for done in range(4)],
        *[("fitting frames", done, 1) for done in range(2)],
    ]


def test_same_rows_give_the_same_model(passages: Passages) -> None:
    columns = (passages.texts, passages.labels)
    one, two = (train_model(*columns, groups=passages.articles, n_folds=2) for _ in range(2))

    assert one.scores == two.scores
    assert one.model.stance.head_.coef.tobytes() == two.model.stance.head_.coef.tobytes()
    assert one.model.frames is None
    assert one.rare_frames == {}


def test_without_groups_the_model_says_so(passages: Passages) -> None:
    trained = train_model(passages.texts, passages.labels, n_folds=2)

    assert "no groups were named" in trained.model.about["splits"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": ["neutral"] * 72}, "only 'neutral' as label; a classifier needs at least two"),
        ({"labels": ["stay"] * 62 + ["sTay"] * 10}, "look like one label typed in two ways"),
        ({"labels": ["stay"] * 63 + ["go"] * 9}, "label 'go' has 9 rows; expected at least 10"),
        ({"labels": ["stay"]}, "got 1 labels for 72 passages"),
        ({"labels": (["go"] * 10 + ["stay"] * 62)}, "'go' stands in 2 groups; expected at least 3"),
        ({"groups": ["one"] * 72}, "got one group; expected at least 3"),
        ({"frames": [["cost"]]}, "got frames of 1 passages for 72 passages"),
        ({"frames": [["cost"]] * 72}, "'cost' is absent from 0 groups"),
        ({"n_folds": 1}, "got n_folds=1; expected at least 2"),
    ],
)
def test_rows_that_cannot_be_learnt_are_refused_with_advice(
    passages: Passages, change: dict[str, Any], words: str
) -> None:
    columns = {"labels": passages.labels, "groups": passages.articles, **change}

    with pytest.raises(InputError, match=words):
        train_model(passages.texts, **columns)


def test_fingerprint_is_of_the_rows_and_not_of_their_order() -> None:
    one = fingerprint(["first", "second"], ["a", "b"])

    assert one == fingerprint(["second", "first"], ["b", "a"])
    assert one != fingerprint(["first", "second"], ["b", "a"])
    assert len(one) == 64
    assert fingerprint(["\ud83d"], ["a"]) != fingerprint(["?"], ["a"])


def test_odd_passages_among_the_rows_do_no_harm(passages: Passages) -> None:
    odd = ["", "\0", "🪖", "الجنود", "x" * 10_000, "\ud83d soldiers"]

    trained = train_model(passages.texts + odd, passages.labels + ["neutral"] * len(odd), n_folds=2)

    assert np.isfinite(trained.model.predict_proba(odd)).all()
