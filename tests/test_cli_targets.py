"""Targets on the command line: `train`, `evaluate` and `predict` are told what rows are about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from tables_of import lines_of, write_rows
from test_targets import BAN_DAM, DAM, GOOD, MILL, PLACES, TEXTS, columns_of

from stancekit import InputError, cross_validate, evaluate, explain, load_model, predict_batch
from stancekit.cli import main
from stancekit.recipe import train_model

Check = Callable[..., None]

pytestmark = pytest.mark.usefixtures("in_empty_folder")


def rows() -> list[dict[str, Any]]:
    """The same words favour one target and speak against the other; 144 rows of each."""
    columns = [column * 3 for column in columns_of(DAM, BAN_DAM)]
    return [
        {"text": text, "side": side, "topic": target}
        for text, side, target in zip(*columns, strict=True)
    ]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that the command trained on two targets."""
    folder = tmp_path_factory.mktemp("targets")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        data = write_rows("data.csv", rows())
        command = ["train", data, "-o", "m", "--label", "side", "--target", "topic", "--folds", "2"]
        result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    (scores,) = lines_of(result)
    assert scores["stance"]["macro_f1"]["value"] > 0.85
    assert f"2 targets. Own calibration: {BAN_DAM}, {DAM}\n" in result.stderr
    assert "predict TABLE --text COL --target COL --model m`" in result.stderr
    return folder / "m"


def test_predict_reads_the_same_words_by_the_target_of_the_row(
    check: Check, runner: CliRunner, model: Path
) -> None:
    text = GOOD[0].format(PLACES[0])
    data = write_rows("new.csv", [{"text": text, "topic": one} for one in (DAM, BAN_DAM, "", "x")])
    options = ["--text", "text", "--target", "topic", "-m", str(model)]

    shown = runner.invoke(main, ["predict", data, *options])
    check(shown, 0, "others, and rows without one, are read by what all targets have in common")
    found = lines_of(shown)

    assert [line["stance"] for line in found[:2]] == ["favour", "against"]
    assert [line["status"] for line in found] == ["ok"] * 4
    alike = load_model(model).predict_proba([text] * 2, [None, "never seen"])
    for line, proba in zip(found[2:], alike, strict=True):
        assert list(line["probabilities"].values()) == proba.tolist()


@pytest.mark.parametrize("more", [[], ["--split"], ["--voices"], ["--explain"], ["--coverage=0.9"]])
def test_every_way_of_predicting_is_told_the_target(
    check: Check, runner: CliRunner, model: Path, more: list[str]
) -> None:
    data = write_rows("new.jsonl", [{"text": GOOD[0].format(PLACES[0]), "topic": BAN_DAM}])
    options = ["--text", "text", "--target", "topic", "-m", str(model), *more]

    shown = runner.invoke(main, ["predict", data, *options])

    check(shown, 0, "Own calibration")
    (line,) = lines_of(shown)
    assert line["stance"] == "against"
    if "--explain" in more:
        assert line["explanation"]["label"] == "against"
    if "--voices" in more:
        assert line["own_stance"] == "against"


def test_parts_give_the_labels_of_the_plain_way(
    check: Check, runner: CliRunner, model: Path
) -> None:
    data = write_rows("new.csv", rows()[::5])
    options = ["--text", "text", "--target", "topic", "--keep", "topic", "-m", str(model)]
    plain = runner.invoke(main, ["predict", data, *options, "--format", "csv"])

    check(
        runner.invoke(main, ["predict", data, *options, "-o", "o.csv", "--rows-per-part", "7"]),
        0,
        "Own calibration",
    )

    assert Path("o.csv").read_text() == plain.stdout


def test_evaluate_scores_by_target(check: Check, runner: CliRunner, model: Path) -> None:
    data = write_rows("held-out.csv", rows()[::3])
    command = ["evaluate", data, "--label", "side", "-m", str(model)]

    told = runner.invoke(main, [*command, "--target", "topic", "--by", "topic"])
    untold = runner.invoke(main, command)

    check(told, 0, "Own calibration")
    check(untold, 0, "m was trained with targets and is told none")
    (scores,), (lower,) = lines_of(told), lines_of(untold)
    assert scores["stance"]["macro_f1"]["value"] > 0.9
    assert {one["value"] for one in scores["slices"]} == {DAM, BAN_DAM}
    assert all(one["accuracy"]["value"] > 0.9 for one in scores["slices"])
    assert lower["stance"]["macro_f1"]["value"] < 0.7


def test_a_model_with_targets_is_compared_with_one_that_has_none(
    check: Check, runner: CliRunner, model: Path
) -> None:
    data = write_rows("data.csv", rows())
    plain = ["train", data, "-o", "plain", "--label", "side", "--folds", "2"]
    check(runner.invoke(main, plain), 0, "no --group")
    command = ["evaluate", data, "--label", "side", "-m", str(model), "--against", "plain"]

    result = runner.invoke(main, [*command, "--target", "topic"])

    check(result, 0, "Own calibration")
    (scores,) = lines_of(result)
    assert scores["comparison"]["macro_f1"]["difference"]["low"] > 0.2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ["predict", "data.csv", "--text", "text", "--target", "topics"],
            1,
            "did you mean 'topic'?",
        ),
        (
            ["train", "data.csv", "-o", "n", "--label", "side", "--target", "aim"],
            1,
            "it has text, ",
        ),
        (["evaluate", "data.csv", "--label", "side", "--target", "aim"], 1, "no column 'aim'"),
        (["predict", "a.txt", "--target", "topic"], 1, "are for tables and there is none"),
    ],
)
def test_a_column_that_is_not_there_is_told(
    check: Check, runner: CliRunner, model: Path, arguments: list[str], code: int, words: str
) -> None:
    write_rows("data.csv", rows()[:3])
    Path("a.txt").write_text(TEXTS[0])
    more = [] if arguments[0] == "train" else ["-m", str(model)]

    result = runner.invoke(main, [*arguments, *more])

    assert result.exit_code in (code, 2), result.output
    assert words in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_a_model_without_targets_refuses_them(check: Check, runner: CliRunner) -> None:
    data = write_rows("data.csv", rows()[:3])
    words = "troops-en was trained without targets; leave out --target"

    for more in ([], ["-o", "o.csv"]):
        options = ["--text", "text", "--target", "topic", *more]
        check(runner.invoke(main, ["predict", data, *options]), 2, words)
    options = ["--label", "side", "--target", "topic"]
    check(runner.invoke(main, ["evaluate", data, *options]), 2, words)
    with pytest.raises(InputError, match="got targets, and `fit` had none"):
        load_model().analyze_passages(TEXTS[:1], targets=["x"])


def test_targets_that_are_numbers_or_spelt_alike_are_rows_like_others(
    check: Check, runner: CliRunner
) -> None:
    odd = [{**row, "topic": 7} if k % 5 == 0 else row for k, row in enumerate(rows())]
    odd += [{**rows()[0], "topic": "Build  the Dam"}, {**rows()[0], "topic": f" {DAM} "}]
    data = write_rows("odd.jsonl", odd)

    options = ["-o", "m", "--label", "side", "--target", "topic", "--folds", "2"]
    result = runner.invoke(main, ["train", data, *options])

    check(result, 0, "4 targets. Own calibration")
    assert f"targets 'Build  the Dam' and '{DAM}' are spelt alike" in result.stderr


def test_api_and_command_give_the_same_numbers(model: Path) -> None:
    texts, labels, targets = columns_of(DAM, BAN_DAM)
    loaded = load_model(model)
    table = pa.table({"text": texts, "aim": targets})
    batch = predict_batch(table, model=loaded, target="aim")

    assert batch["stance"].to_pylist() == loaded.predict(texts, targets).tolist()
    read = loaded.analyze_passages(texts, targets=targets)
    assert [one.stance for one in read] == batch["stance"].to_pylist()
    assert evaluate(loaded, texts, labels, targets=targets).accuracy.value == 1
    article = loaded.analyze(texts[0], target=BAN_DAM, explain=True)
    assert article.passages[0].stance == "against"
    found = explain(loaded, texts[0], target=DAM)
    parts = (found.constant, found.mixing, found.encoder, found.from_words)
    assert sum(part["favour"] for part in parts) == pytest.approx(found.scores["favour"])
    assert found.label == "favour"


def test_cross_validation_tells_the_targets_of_held_out_passages() -> None:
    texts, labels, targets = columns_of(DAM, BAN_DAM)
    trained = train_model(texts, labels, targets=targets, n_folds=2)
    blind = train_model(texts, labels, n_folds=2)

    assert trained.scores.macro_f1.value > 0.8 > 0.6 > blind.scores.macro_f1.value
    alone = cross_validate(trained.model.stance, texts, labels, targets=targets, n_folds=2)
    assert alone.macro_f1.value == trained.scores.macro_f1.value
    assert trained.model.about["data"] == ["96 passages on 2 targets: 48 against, 48 favour"]


def test_whole_targets_are_held_out_where_they_are_the_groups() -> None:
    texts, labels, targets = columns_of(DAM, BAN_DAM, MILL, "ban the mill")
    trained = train_model(texts, labels, targets=targets, groups=targets, n_folds=2)

    assert trained.scores.n_groups == 4
