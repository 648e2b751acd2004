"""A model reads passages and articles, and gives no label to what it cannot read."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import NEUTRAL, PRESENCE, WITHDRAWAL, Passages

from stancekit import FrameClassifier, InputError, Model, StanceClassifier, load_model
from stancekit.cli import main

ARTICLE = "\r\n\r\n".join(
    [
        "A long debate",
        WITHDRAWAL[0].format("the “old” harbour"),
        NEUTRAL[0].format("the sol\u00addiers’ camp 🪖"),
        "Share this article",
        PRESENCE[0].format("the\u00a0capital") + "\r\n",
    ]
)
UNREADABLE = {
    "": "empty",
    " \n\t\u00a0": "empty",
    "Soldiers": "one_word",
    "Zxqvwk": "no_features",
    "Zxqvwk brmpf gnarz": "no_features",
    "\0\0\0": "no_features",
    "?!": "no_features",
    "Солдаты должны вернуться домой, эта война стоит слишком дорого.": "no_features",
    "على الجنود أن يعودوا إلى بيوتهم الآن لأن هذه الحرب مكلفة.": "no_features",
    "军队必须马上回家，这场战争花费太多。": "no_features",
    "Die Soldaten müssen in der Hauptstadt bleiben, sagte der Minister am Dienstag "
    "in einer Rede vor dem Parlament in Berlin.": "unfamiliar",
}


@pytest.fixture(scope="module")
def model(fitted_stance: StanceClassifier, fitted_frames: FrameClassifier) -> Model:
    return Model(fitted_stance, fitted_frames, "valley")


@pytest.mark.parametrize(("text", "status"), UNREADABLE.items(), ids=lambda text: ascii(text[:16]))
def test_what_cannot_be_read_has_a_status_and_no_label(
    model: Model, text: str, status: str
) -> None:
    (passage,) = model.analyze_passages([text])

    assert passage.status == status
    assert (passage.stance, passage.probabilities) == (None, {})
    assert (passage.frames, passage.frame_probabilities) == ((), {})
    assert passage.text == text


def test_empty_article_is_one_empty_passage(model: Model) -> None:
    (passage,) = model.analyze("").passages

    assert (passage.status, passage.start, passage.end) == ("empty", 0, 0)
    assert model.analyze("").shares == dict.fromkeys(model.labels, 0)


def test_article_is_read_passage_by_passage_with_exact_offsets(model: Model) -> None:
    analysis = model.analyze(ARTICLE, name="debate.txt", id="7")

    assert all(ARTICLE[p.start : p.end] == p.text for p in analysis.passages)
    assert [p.kind for p in analysis.passages] == [
        "heading", "paragraph", "paragraph", "furniture", "paragraph",
    ]  # fmt: skip
    assert [p.status for p in analysis.passages] == ["heading", "ok", "ok", "furniture", "ok"]
    assert [p.stance for p in analysis.scored] == ["pro-withdrawal", "neutral", "pro-presence"]
    assert [p.frames for p in analysis.scored] == [("cost",), (), ("security",)]
    assert {(p.article, p.id) for p in analysis.passages} == {("debate.txt", "7")}
    assert [p.passage for p in analysis.passages] == [0, 1, 2, 3, 4]


def test_markup_is_not_read(model: Model) -> None:
    plain = model.analyze(WITHDRAWAL[1].format("the valley"))
    marked = model.analyze(
        WITHDRAWAL[1].format("[the **valley**](http://x.example)"), markup="markdown"
    )

    assert marked.passages[0].probabilities == plain.passages[0].probabilities


def test_numbers_are_those_of_the_classifiers(model: Model, passages: Passages) -> None:
    rows = model.analyze_passages(passages.texts)

    assert [row.stance for row in rows] == model.predict(passages.texts).tolist()
    np.testing.assert_array_equal(
        [list(row.probabilities.values()) for row in rows], model.predict_proba(passages.texts)
    )
    assert model.frames is not None
    assert [list(row.frames) for row in rows] == model.frames.predict_frames(passages.texts)
    np.testing.assert_array_equal(
        [list(row.frame_probabilities.values()) for row in rows],
        model.frames.predict_proba(passages.texts),
    )


def test_one_at_a_time_gives_the_same_bits_as_all_at_once(model: Model, passages: Passages) -> None:
    texts = [*passages.texts, *UNREADABLE]

    together = model.analyze_passages(texts)

    alone = [model.analyze_passages([t], first=row)[0] for row, t in enumerate(texts)]
    assert together == alone


def test_rows_of_a_table_keep_their_order_names_and_gaps(model: Model) -> None:
    rows = model.analyze_passages(
        [PRESENCE[1].format("the valley"), None, ""], name="t.csv", ids=["a", "b", "c"], first=10
    )

    assert [(row.id, row.passage, row.status) for row in rows] == [
        ("a", 10, "ok"), ("b", 11, "null"), ("c", 12, "empty"),
    ]  # fmt: skip
    assert model.analyze_passages([]) == []


def test_model_without_frames_says_nothing_of_them(fitted_stance: StanceClassifier) -> None:
    model = Model(fitted_stance)

    (passage,) = model.analyze(PRESENCE[0].format("the valley")).passages

    assert model.frame_names == ()
    assert (passage.frames, passage.frame_probabilities) == ((), {})
    assert passage.stance == "pro-presence"


@pytest.mark.parametrize(
    ("text", "found"), [(None, "NoneType"), (b"bytes", "bytes"), (["a"], "list")]
)
def test_article_that_is_no_string_is_refused(model: Model, text: Any, found: str) -> None:
    with pytest.raises(InputError, match=f"got {found} for `text`; expected the article as str"):
        model.analyze(text)


def test_cell_that_is_no_string_is_refused(model: Model) -> None:
    with pytest.raises(InputError, match="got float as passage 1"):
        model.analyze_passages(["a passage", 1.5])  # type: ignore[list-item]


def test_command_gives_what_python_gives(
    model_directory: Path, tmp_path: Path, runner: CliRunner, check: Callable[..., None]
) -> None:
    article, table = tmp_path / "debate.txt", tmp_path / "rows.csv"
    article.write_bytes(ARTICLE.encode())
    texts = [WITHDRAWAL[0].format("the valley"), "", "Soldiers", NEUTRAL[1].format("the capital")]
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text"], *[[text] for text in texts]])
    model, where = (
        load_model(model_directory),
        ["--model", str(model_directory), "--format", "jsonl"],
    )

    one = runner.invoke(main, ["predict", str(article), *where])
    many = runner.invoke(main, ["predict", str(table), "--text", "text", *where])

    check(one)
    check(many, 3)
    of_article = model.analyze(ARTICLE.replace("\r\n", "\n"), name=str(article))
    assert [json.loads(line) for line in one.stdout.splitlines()] == [
        passage.to_dict() for passage in of_article.passages
    ]
    numbers = ("stance", "probabilities", "frames", "frame_probabilities", "status")
    assert [
        {key: json.loads(line)[key] for key in numbers} for line in many.stdout.splitlines()
    ] == [{key: row.to_dict()[key] for key in numbers} for row in model.analyze_passages(texts)]
