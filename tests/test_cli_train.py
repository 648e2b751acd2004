"""`train`: scores come out with intervals, and bad data is refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import Passages
from tables_of import lines_of, rows_of, write_rows

from stancekit import load_model
from stancekit.cli import main

STAY = "The soldiers must stay in the capital, because the militants will return."

Check = Callable[..., None]

pytestmark = pytest.mark.usefixtures("in_empty_folder")


@pytest.fixture(scope="module")
def trained(passages: Passages, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A model that the command trained, and what the command printed."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        data = write_rows("data.csv", [*rows_of(passages), {"text": " ", "label": "neutral"}])
        columns = ["--group", "article", "--frames", "frames"]
        command = ["train", data, "-o", "new", *columns, "--folds", "2", "--format", "table"]
        result = CliRunner().invoke(main, command)
    return folder / "new", result


def test_train_prints_scores_with_intervals_and_the_confusion_table(
    check: Check,
    trained: tuple[Path, Result],
) -> None:
    _, result = trained
    check(result)
    lines = result.stdout.splitlines()
    assert lines[0] == "Scores of held-out passages"
    assert lines[1].split() == ["label", "F1", "precision", "recall", "passages"]
    assert [line.split()[0] for line in lines[3:6]] == ["neutral", "pro-presence", "pro-withdrawal"]
    assert lines[3].split()[2].count(".") == 2, "an interval such as 0.90-1.00"
    assert "Rows: the right label. Columns: the model's." in lines
    assert "Frames of held-out passages" in lines
    assert "low-high: 95% intervals, bootstrap of 2000 draws over 12 articles" in lines


def test_train_tells_its_stages_and_rows_left_out_on_stderr(trained: tuple[Path, Result]) -> None:
    _, result = trained
    assert result.stderr.splitlines() == [
        "stancekit: scoring stance",
        "stancekit: fitting stance",
        "stancekit: scoring frames",
        "stancekit: fitting frames",
        "stancekit: left out 1 of 73 rows, which have no text",
        "stancekit: wrote new; use it with `stancekit predict ARTICLE --model new`",
    ]


def test_trained_model_can_be_used_checked_and_shown(
    check: Check, runner: CliRunner, trained: tuple[Path, Result]
) -> None:
    directory, _ = trained
    Path("a.txt").write_text(STAY)
    (line,) = lines_of(runner.invoke(main, ["predict", "a.txt", "-m", str(directory)]))
    assert (line["stance"], line["frames"]) == ("pro-presence", ["security"])
    check(runner.invoke(main, ["models", "verify", str(directory)]))
    result = runner.invoke(main, ["models", "show", str(directory)])
    check(result)
    assert result.stdout == (directory / "README.md").read_text()
    assert result.stdout.startswith("# new\n")


def test_train_scores_are_json_in_a_pipe_and_definitions_are_kept(
    check: Check, runner: CliRunner, passages: Passages
) -> None:
    data = write_rows("data.jsonl", rows_of(passages))
    Path("means.json").write_text('{"stance": {"neutral": "Takes no side."}}')
    options = ["-o", "m", "--folds", "2", "--definitions", "means.json", "--name", "letters"]
    result = runner.invoke(main, ["train", data, *options])
    check(result, 0, "no --group: if rows come from the same articles, scores come out too high")
    (scores,) = lines_of(result)
    assert list(scores) == ["stance"]
    assert scores["stance"]["labels"] == ["neutral", "pro-presence", "pro-withdrawal"]
    model = load_model("m")
    assert model.name == "letters"
    assert model.about["definitions"] == {"stance": {"neutral": "Takes no side."}}


def test_train_does_not_touch_what_is_there(
    check: Check, runner: CliRunner, trained: tuple[Path, Result], passages: Passages
) -> None:
    directory, _ = trained
    data = write_rows("data.csv", rows_of(passages))
    check(runner.invoke(main, ["train", data, "-o", str(directory)]), 1, "holds a model already")
    check(runner.invoke(main, ["train", data, "-o", data]), 1, "exists and is no model")
    check(runner.invoke(main, ["train", data, "-o", f"{data}/m"]), 2, "choose another place for -o")


def with_one(rows: list[dict[str, Any]], **cells: Any) -> list[dict[str, Any]]:
    return [{**rows[0], **cells}, *rows[1:]]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda rows: [{**row, "label": "neutral"} for row in rows], "got only 'neutral' as label"),
        (
            lambda rows: with_one(rows, label="Pro-Withdrawal"),
            "labels 'Pro-Withdrawal' (1 row) and 'pro-withdrawal' (23 rows) look like one label",
        ),
        (lambda rows: with_one(rows, label=None), "1 of 72 rows have no label"),
        (lambda rows: with_one(rows, label=["neutral"]), "got list ['neutral'] as label"),
        (lambda rows: rows[:20], "has 6 rows; expected at least 10 of each label"),
        (lambda rows: with_one(rows, article=None), "1 of 72 groups are missing"),
        (lambda rows: [{**row, "article": 1} for row in rows], "got one group; expected at least"),
        (lambda rows: with_one(rows, frames=5), "got int 5 as frames of row 0; expected a list"),
        (lambda rows: [{**row, "text": None} for row in rows], "found no text in column 'text'"),
        (lambda rows: [{**row, "text": "?!"} for row in rows], "found no word that stands in"),
        (lambda rows: [{"text": STAY}], "has no column 'label'"),
        (lambda rows: [], "data.jsonl is empty"),
    ],
)
def test_train_refuses_data_it_cannot_learn_from(
    check: Check, runner: CliRunner, passages: Passages, change: Any, error: str
) -> None:
    data = write_rows("data.jsonl", change(rows_of(passages)))
    options = ["-o", "m", "--group", "article", "--frames", "frames"]
    result = runner.invoke(main, ["train", data, *options])
    check(result, 2 if "no column" in error else 1, error)
    assert [path.name for path in Path().iterdir()] == ["data.jsonl"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{oops", "means.json is no JSON"),
        ("[1]", "means.json has another layout; expected"),
        ('{"labels": {}}', "means.json has another layout; expected"),
        ('{"stance": {"neutral": 1}}', "has no sentence for each name under 'stance'"),
        ('{"stance": {"neutrel": ""}}', "unknown label 'neutrel'; did you mean 'neutral'?"),
        ('{"frames": {"cost": ""}}', "unknown frame 'cost'; expected (none there)"),
    ],
)
def test_train_refuses_definitions_that_fit_nothing(
    check: Check, runner: CliRunner, passages: Passages, content: str, error: str
) -> None:
    data = write_rows("data.csv", rows_of(passages))
    Path("means.json").write_text(content)
    command = ["train", data, "-o", "m", "--definitions", "means.json"]
    check(runner.invoke(main, command), 1, error)
