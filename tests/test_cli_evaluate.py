"""`evaluate`: scores come out with intervals, in three formats, and bad data is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import Passages
from tables_of import lines_of, rows_of, write_rows

from stancekit.cli import main

STAY = "The soldiers must stay in the capital, because the militants will return."

Check = Callable[..., None]

pytestmark = pytest.mark.usefixtures("in_empty_folder")


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
    result = runner.invoke(main, command)
    check(result, 3, "left out 1 of 2 rows, which have no text")
    check(
        result, 3, "no --group: if rows come from the same articles, the intervals are too narrow"
    )


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
        ({"text": STAY, "label": ""}, "1 of 1 gold labels are missing"),
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
    assert list(found) == ["stance", "risk_coverage", "agreement", "slices"]
    assert found["stance"]["mcc"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert sum(one["n_passages"] for one in found["stance"]["reliability"]) == 72
    assert found["risk_coverage"]["area"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert found["risk_coverage"]["points"][-1]["n_kept"] == 72
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
    assert "Labels only where the label has this probability or more" in lines
    assert "Agreement of 3 labellers, beside which the model stands" in lines
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
        (["--labeller", "ann", "--labeller", "ann"], 2, "got one --labeller; name at least two"),
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


@pytest.fixture
def held(runner: CliRunner, check: Check, model_directory: Path, passages: Passages) -> list[str]:
    """Labelled rows with ids, what the model said of them, and the command that compares both."""
    rows = [{**row, "url": place} for place, row in enumerate(rows_of(passages))]
    data = write_rows("held.jsonl", rows)
    options = ["--text", "text", "--id", "url", "-m", str(model_directory)]
    for name in ("labels.jsonl", "labels.csv", "labels.parquet"):
        check(runner.invoke(main, ["predict", data, *options, "-o", name]))
    return ["evaluate", data, "--group", "article", "-m", str(model_directory), "--against"]


def predicted() -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path("labels.jsonl").read_text().splitlines()]


def test_evaluate_compares_two_models(
    check: Check, runner: CliRunner, held: list[str], model_directory: Path
) -> None:
    result = runner.invoke(main, [*held, str(model_directory)])
    check(result)
    (found,) = lines_of(result)
    assert list(found) == ["stance", "risk_coverage", "comparison"]
    assert found["comparison"]["macro_f1"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert found["comparison"]["macro_f1"]["is_distinguishable"] is False
    assert found["comparison"]["mcnemar_p"] == 1


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_evaluate_compares_with_what_predict_wrote(
    check: Check, runner: CliRunner, held: list[str], suffix: str
) -> None:
    result = runner.invoke(main, [*held, f"labels.{suffix}", "--id", "url"])
    check(result)
    (found,) = lines_of(result)
    assert found["comparison"]["n_passages"] == 72
    assert found["comparison"]["accuracy"]["second"]["value"] == 1
    assert found["comparison"]["second"] == f"labels.{suffix}"


def test_evaluate_says_whether_two_can_be_told_apart(
    check: Check, runner: CliRunner, held: list[str]
) -> None:
    lines = predicted()
    for line in lines[:3]:
        line["stance"] = "neutral"
    other = write_rows("other.jsonl", [*lines[40:], *lines[:40], {"id": "more", "stance": "-"}])
    command = [*held, other, "--id", "url", "--format", "table"]
    result = runner.invoke(main, command, env={"COLUMNS": "80"})
    check(result)
    assert max(map(len, result.stdout.splitlines())) <= 80
    text = " ".join(result.stdout.split())
    assert "valley against other.jsonl, on the same passages valley other.jsonl difference" in text
    assert "accuracy: not distinguishable on n = 72 (the interval covers 0); to see a diff" in text
    assert "only valley right: 3, only other.jsonl: 0; McNemar's exact test" in text
    assert "p = 0.25" in text


def test_evaluate_compares_on_passages_that_both_label(
    check: Check, runner: CliRunner, held: list[str]
) -> None:
    lines = predicted()
    lines[0] |= {"stance": None, "status": "empty"}
    write_rows("other.jsonl", lines)
    result = runner.invoke(main, [*held, "other.jsonl", "--id", "url"])
    check(result, 3, "other.jsonl does not label 1 of 72 passages; compared on the other 71")
    (found,) = lines_of(result)
    assert (found["stance"]["n_passages"], found["comparison"]["n_passages"]) == (72, 71)


def change(lines: list[dict[str, Any]], **cells: Any) -> list[dict[str, Any]]:
    return [{**lines[0], **cells}, *lines[1:]]


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (lambda lines: lines[2:], "has no prediction for 2 of 72 passages, the first with id '0'"),
        (lambda lines: [*lines, lines[4]], "other.jsonl: id '4' is there 2 times; predict each"),
        (
            lambda lines: change(lines, stance="neutrel"),
            "other.jsonl has the stance 'neutrel'; did you mean 'neutral'?",
        ),
        (
            lambda lines: [{**line, "stance": None} for line in lines],
            "other.jsonl labels none of the passages",
        ),
    ],
)
def test_evaluate_refuses_predictions_that_do_not_fit(
    check: Check, runner: CliRunner, held: list[str], edit: Any, error: str
) -> None:
    write_rows("other.jsonl", edit(predicted()))
    result = runner.invoke(main, [*held, "other.jsonl", "--id", "url"])
    check(result, 1, error)
    assert result.stdout == ""


def test_evaluate_refuses_predictions_without_ids(
    check: Check, runner: CliRunner, held: list[str]
) -> None:
    check(runner.invoke(main, [*held, "labels.jsonl"]), 2, "name with --id the column of DATA")
    needless = runner.invoke(main, [*held, held[-2], "--id", "url"])
    check(needless, 2, "--id is for a table of predictions as --against")
    lines = predicted()
    write_rows("other.jsonl", [{"stance": line["stance"]} for line in lines])
    result = runner.invoke(main, [*held, "other.jsonl", "--id", "url"])
    check(result, 2, "no column 'id'; it has stance; expected what `stancekit predict TABLE")
    result = runner.invoke(main, [*held, "labels.jsonl", "--id", "article"])
    check(result, 1, "the labelled passages: id 'article-0' is there 6 times")
    check(runner.invoke(main, [*held, "no.jsonl", "--id", "url"]), 1, "there is no file no.jsonl")
    check(runner.invoke(main, [*held, "nothing"]), 1, "unknown model 'nothing'")


def test_evaluate_refuses_a_model_with_other_labels(
    check: Check, runner: CliRunner, held: list[str], passages: Passages
) -> None:
    rows = [
        {**row, "label": "leave" if row["label"] == "pro-withdrawal" else "other"}
        for row in rows_of(passages)
    ]
    data = write_rows("sides.jsonl", rows)
    check(runner.invoke(main, ["train", data, "-o", "sides", "--group", "article", "--folds", "2"]))
    result = runner.invoke(main, [*held, "sides"])
    check(result, 1, "sides gives labels that the model does not know: leave, other; compare")


def test_evaluate_of_one_article_has_scores_without_intervals(
    check: Check, runner: CliRunner, model_directory: Path, passages: Passages
) -> None:
    data = write_rows("held.jsonl", with_columns(passages)[:6])
    options = ["--group", "article", "-m", str(model_directory), *COLUMNS]
    options += ["--against", str(model_directory)]
    result = runner.invoke(main, ["evaluate", data, *options, "--format", "table"])
    check(result)
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "macro 1.00 6" in lines
    assert "Post 1.00 1.00 6 1" in lines
    assert "macro F1: no interval, for there is one article only or there were no draws" in lines
    assert (
        lines.count("no intervals: they need draws from two articles or more, better from 20") == 3
    )
    (found,) = lines_of(runner.invoke(main, ["evaluate", data, *options]))
    assert found["agreement"]["alpha"]["low"] is None
    assert found["comparison"]["macro_f1"]["n_needed"] is None
