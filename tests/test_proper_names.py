"""Proper names: which words are names, and that a model which ignores them does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from stancekit import (
    FrameClassifier,
    InputError,
    Model,
    StanceClassifier,
    TopicGuard,
    explain,
    load_model,
    save_model,
)
from stancekit.proper_names import has_name, proper_names

PEOPLE = ("Smith", "Jones", "Miller", "Baker")
# Who argues goes with what is argued, so that a model which reads names learns them.
TEXTS = [
    f"In the hall {name} said the dam must {verb} before winter {number}."
    for number in range(10)
    for name, verb in zip(PEOPLE, ("stay", "go", "stay", "go"), strict=True)
]
LABELS = ["for", "against"] * 20
QUICK = {"Cs": (1.0,), "n_folds": 2}


def test_words_written_with_a_capital_within_sentences_are_names() -> None:
    found = proper_names(
        [
            "We first met Ada in a cold May. The bell rang; it may ring again, as it may in April.",
            "They asked Ada's mother whether I'd go, and I said no. It is over in April.",
            "WE SHOUT ADA BELL AND MOTHER AND WINTER AND WINTER",
            "Mother And Winter Come To Town",
        ]
    )
    assert found == {"ada", "april"}


def test_typography_does_not_change_who_is_named() -> None:
    assert proper_names(["so said Ada’s aunt to him and Ada"]) == {"ada"}
    assert has_name(["ada's", "ada said", "said", "adage"], {"ada"}) == [True, True, False, False]


@pytest.mark.parametrize("text", [TEXTS[0], "The dam can stay, said Baker to Smith."])
def test_another_name_makes_no_difference(text: str) -> None:
    reads, ignores = (
        StanceClassifier(ignore_names=ignored, **QUICK).fit(TEXTS, LABELS)
        for ignored in (False, True)
    )
    others = [text.replace("Smith", name) for name in (*PEOPLE, "Zacharias")]
    assert np.ptp(reads.predict_proba(others), axis=0).max() > 0.001
    assert np.ptp(ignores.predict_proba(others), axis=0).max() == 0


def test_names_may_be_listed() -> None:
    model = StanceClassifier(ignore_names=["Smith", "jones"], **QUICK).fit(TEXTS, LABELS)
    same = [TEXTS[0].replace("Smith", name) for name in ("Smith", "Jones", "Smith’s")]
    assert np.ptp(model.predict_proba(same), axis=0).max() == 0
    other = [TEXTS[0], TEXTS[0].replace("Smith", "Baker")]
    assert np.ptp(model.predict_proba(other), axis=0).max() > 0
    twin = clone(model).fit(TEXTS, LABELS)
    assert np.array_equal(twin.predict_proba(other), model.predict_proba(other))


@pytest.mark.parametrize("names", ["Smith", ["John Smith"], [""], [3]])
def test_what_is_no_list_of_words_is_refused(names: Any) -> None:
    with pytest.raises(InputError, match=r"expected (True|one word)"):
        StanceClassifier(ignore_names=names, **QUICK).fit(TEXTS, LABELS)


def test_names_move_no_explained_label() -> None:
    model = StanceClassifier(ignore_names=True, **QUICK).fit(TEXTS, LABELS)
    moved = {one.form for one in explain(model, TEXTS[0]).words}
    assert "stay" in moved
    assert "smith" not in moved


def test_a_text_of_names_alone_is_read_as_one_without_known_words() -> None:
    model = StanceClassifier(ignore_names=True, **QUICK).fit(TEXTS, LABELS)
    assert np.array_equal(model.predict_proba(["Smith, Jones"]), model.predict_proba([""]))


@pytest.mark.parametrize("names", [True, [*PEOPLE]])
def test_a_saved_model_ignores_the_same_names(tmp_path: Path, names: Any) -> None:
    frames = FrameClassifier(ignore_names=names, **QUICK)
    frames.fit(TEXTS, [["dam"] if label == "for" else ["winter"] for label in LABELS])
    model = Model(StanceClassifier(ignore_names=names, **QUICK).fit(TEXTS, LABELS), frames)
    save_model(model, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert np.array_equal(loaded.predict_proba(TEXTS), model.predict_proba(TEXTS))
    assert loaded.stance.ignore_names
    assert loaded.stance.terms_.is_name_.any()
    other = "In the hall Miller said the dam must stay before winter 0."
    one, two = (
        {name: getattr(found, name) for name in ("probabilities", "frame_probabilities")}
        for found in loaded.analyze_passages([TEXTS[0], other])
    )
    assert one == two


def test_the_off_topic_guard_still_reads_names() -> None:
    stance = StanceClassifier(ignore_names=True, **QUICK).fit(TEXTS, LABELS)
    # Nothing but the name tells these apart.
    off = [f"In the hall Miller said the dam must {number}." for number in range(60)]
    on = [text.replace("Miller", "Smith") for text in TEXTS]
    guard = TopicGuard(Cs=(30.0,), n_folds=2).fit(stance, on, LABELS, off)
    model = Model(stance, topic=guard)
    read = [one.status for one in model.analyze_passages([TEXTS[0], off[0]])]
    assert read == ["ok", "off_topic"]


@pytest.mark.parametrize(
    ("settings", "targets", "message"),
    [
        ({"char_ngram_range": (2, 3)}, None, "ignore_names with char_ngram_range"),
        ({}, ["dam", "weir"] * 20, "several targets with ignore_names"),
    ],
)
def test_what_cannot_tell_names_from_words_is_refused(
    settings: dict[str, Any], targets: list[str] | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        StanceClassifier(ignore_names=True, **QUICK, **settings).fit(TEXTS, LABELS, targets=targets)


def test_with_targets_names_are_ignored_in_what_all_have_in_common() -> None:
    settings = {"ignore_names": True, "cross_targets": False, **QUICK}
    model = StanceClassifier(**settings).fit(TEXTS, LABELS, targets=["dam", "weir"] * 20)
    one, two = (TEXTS[0], TEXTS[0].replace("Smith", "Jones"))
    assert np.ptp(model.predict_proba([one, two], ["dam", "dam"]), axis=0).max() == 0
