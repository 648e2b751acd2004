"""`evaluate`: scores come out with intervals, in three formats, and bad data is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import CliRunner
from tables_of import lines_of, write_rows

from stancekit.cli import main

STAY = "The soldiers must stay in the capital, because the militants will return."

Check = Callable[..., None]


class Passages(Protocol):
    """What the fixture `passages` gives."""

    texts: list[str]
    labels: list[str]
    frames: list[list[str]]
    articles: list[str]


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rows_of(passages: Passages) -> list[dict[str, Any]]:
    columns = (passages.texts, passages.labels, passages.articles, passages.frames)
    return [
        {"text": text, "label": label, "article": article, "frames": ";".join(frames)}
        for text, label, article, frames in zip(*columns, strict=True)
    ]


def test_evaluate_prints_what_train_prints(
    check: Check, runner: CliRunner, model_directory: Path, passages: Passages
) -> None:
    data = write_rows("held.csv", rows_of(passages))
    options = ["--group", "article", "--frames", "frames", "-m", str(model_directory)]
    result = runner.invoke(main, ["evaluate", data, *options, "--format", "table"])
    check(result)
    lines = result.stdout.splitlines()
    assert lines[0] == "Scores of valley on held.csv"
    assert lines[3].split() == ["neutral", *["1.00", "1.00-1.00"] * 3, "24"]
    assert "pro-withdrawal        0             0              24" in lines
    assert "Frames of valley on held.csv" in lines
    (scores,) = lines_of(runner.invoke(main, ["evaluate", data, *options]))
    assert scores["stance"]["macro_f1"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert scores["stance"]["confusion"] == [[24, 0, 0], [0, 24, 0], [0, 0, 24]]
    assert scores["frames"]["frames"] == ["allies", "cost", "security", "sovereignty"]


def test_evaluate_tells_of_rows_without_text(
    check: Check, runner: CliRunner, model_directory: Path
) -> None:
    rows = [{"text": text, "label": "pro-presence"} for text in (STAY, None)]
    command = ["evaluate", write_rows("held.jsonl", rows), "-m", str(model_directory)]
    check(runner.invoke(main, command), 3, "left out 1 of 2 rows, which have no text")


def test_evaluate_tells_of_frames_the_model_does_not_know(
    check: Check, runner: CliRunner, model_directory: Path
) -> None:
    rows = [{"text": STAY, "label": "pro-presence", "frames": "security;fear"}]
    command = ["evaluate", write_rows("held.csv", rows), "--frames", "frames"]
    result = runner.invoke(main, [*command, "-m", str(model_directory)])
    check(result, 0, "valley does not know these frames, which are left out: fear")


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (
            {"text": STAY, "label": "pro-presense"},
            "unknown gold label 'pro-presense'; did you mean",
        ),
        ({"text": STAY, "label": None}, "1 of 1 gold labels are missing"),
        ({"text": "", "label": "neutral"}, "found no text in column 'text'"),
    ],
)
def test_evaluate_refuses_with_a_sentence(
    check: Check, runner: CliRunner, model_directory: Path, row: dict[str, Any], error: str
) -> None:
    data = write_rows("held.jsonl", [row])
    result = runner.invoke(main, ["evaluate", data, "-m", str(model_directory)])
    check(result, 1, error)
    assert result.stdout == ""


def with_columns(passages: Passages) -> list[dict[str, Any]]:
    """Rows with an outlet, and the labels of three labellers: eve errs twice and skips one."""
    rows = rows_of(passages)
    for place, row in enumerate(rows):
        row |= {"outlet": "Post" if place < 24 else "Herald"}
        row |= dict.fromkeys(("ann", "ben", "eve"), row["label"])
    rows[0]["eve"] = rows[1]["eve"] = "neutral"
    rows[2]["eve"] = None
    return rows


COLUMNS = ["--by", "outlet", "--labeller", "ann", "--labeller", "ben", "--labeller", "eve"]


def test_evaluate_scores_parts_and_labellers(
    check: Check, runner: CliRunner, model_directory: Path, passages: Passages
) -> None:
    data = write_rows("held.jsonl", with_columns(passages))
    command = ["evaluate", data, "--group", "article", "-m", str(model_directory), *COLUMNS]
    result = runner.invoke(main, command)
    check(result)
    (found,) = lines_of(result)
    assert list(found) == ["stance", "agreement", "slices"]
    assert found["stance"]["mcc"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert sum(one["n_passages"] for one in found["stance"]["reliability"]) == 72
    assert found["agreement"]["n_passages"] == 72
    assert 0.9 < found["agreement"]["alpha"]["low"] < found["agreement"]["alpha"]["value"] < 1
    assert found["agreement"]["per_labeller"]["ann"]["value"] > 0.98
    assert [(one["value"], one["n_groups"]) for one in found["slices"]] == [
        ("Herald", 8), ("Post", 4),
    ]  # fmt: skip


def test_evaluate_fits_a_terminal_of_80_columns(
    check: Check, runner: CliRunner, model_directory: Path, passages: Passages
) -> None:
    data = write_rows("held.jsonl", with_columns(passages))
    command = ["evaluate", data, "--group", "article", "-m", str(model_directory), *COLUMNS]
    result = runner.invoke(main, [*command, "--format", "table"], env={"COLUMNS": "80"})
    check(result)
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert max(map(len, lines)) <= 80
    assert "How often the likeliest label is right, by its probability" in lines
    assert "Agreement of 3 labellers: what a model can reach" in lines
    assert "Post    1.00 1.00-1.00  1.00 1.00-1.00        24         4" in lines


def test_evaluate_writes_markdown(
    check: Check, runner: CliRunner, model_directory: Path, passages: Passages
) -> None:
    rows = [{**row, "outlet": f"{row['outlet']} | online"} for row in with_columns(passages)]
    data = write_rows("held.jsonl", rows)
    command = ["evaluate", data, "-m", str(model_directory), "--by", "outlet"]
    result = runner.invoke(main, [*command, "--format", "markdown"])
    check(result)
    blocks = result.stdout.split("\n\n")
    assert blocks[0] == "**Scores of valley on held.jsonl**"
    assert blocks[1].splitlines()[:3] == [
        "| label | F1 | precision | recall | passages |",
        "| --- | --- | --- | --- | ---: |",
        "| neutral | 1.00 [1.00, 1.00] | 1.00 [1.00, 1.00] | 1.00 [1.00, 1.00] | 24 |",
    ]
    assert "| **macro** | **1.00 [1.00, 1.00]** |  |  | **72** |" in blocks[1]
    assert "| pro-presence | 0 | **24** | 0 |" in result.stdout
    assert "| Post \\| online | 1.00 [1.00, 1.00] | 1.00 [1.00, 1.00] | 24 |" in result.stdout


@pytest.mark.parametrize(
    ("options", "exit_code", "error"),
    [
        (["--by", "outlat"], 2, "has no column 'outlat'; did you mean 'outlet'?"),
        (["--labeller", "ann"], 2, "got one --labeller; name at least two"),
        (["--labeller", "ann", "--labeller", "dan"], 2, "has no column 'dan'"),
        (["--labeller", "ann", "--labeller", "outlet"], 1, "unknown label of labeller 'outlet'"),
        (["--labeller", "ann", "--labeller", "none"], 1, "no passage has labels of two"),
    ],
)
def test_evaluate_refuses_columns_it_cannot_use(
    check: Check,
    runner: CliRunner,
    model_directory: Path,
    passages: Passages,
    options: list[str],
    exit_code: int,
    error: str,
) -> None:
    rows = [{**row, "none": None} for row in with_columns(passages)]
    data = write_rows("held.jsonl", rows)
    result = runner.invoke(main, ["evaluate", data, "-m", str(model_directory), *options])
    check(result, exit_code, error)
    assert result.stdout == ""
