"""`measure`: shares come out as a table for reading or a regression, and bad data is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from tables_of import lines_of

from stancekit import measure
from stancekit.cli import main

Check = Callable[..., None]

pytestmark = pytest.mark.usefixtures("in_empty_folder")
Rows = list[dict[str, Any]]

LABELS = ("against", "for")
SAID = ["for", "against", "for", "for", "against", "for"] * 10


def predictions() -> Rows:
    """Sixty passages of ten articles, five articles an outlet, from two months."""
    return [
        {
            "id": f"p{place}",
            "article": f"a{place // 6}",
            "status": "ok",
            "stance": stance,
            "probabilities": {label: 0.8 if label == stance else 0.2 for label in LABELS},
            "outlet": "Post" if place < 30 else "Herald",
            "date": "2019-01-16" if place % 2 else "2019-02-01T10:00:00",
        }
        for place, stance in enumerate(SAID)
    ]


def gold() -> Rows:
    """Every second article; every fifth of their passages was misread."""
    other = {"for": "against", "against": "for"}
    return [
        {"id": f"p{place}", "label": stance if place % 5 else other[stance], "drawn": 0.5}
        for place, stance in enumerate(SAID)
        if place // 6 % 2
    ]


def write(name: str, rows: Rows) -> str:
    path = Path(name)
    if name.endswith(".jsonl"):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return name


def test_measure_gives_what_the_function_gives(check: Check, runner: CliRunner) -> None:
    command = ["measure", write("labels.jsonl", predictions()), "--group", "article"]
    result = runner.invoke(main, [*command, "--gold", write("gold.csv", gold())])
    check(result)

    right = {row["id"]: row["label"] for row in gold()}
    rows = predictions()
    found = measure(
        SAID,
        gold=[right.get(row["id"]) for row in rows],
        proba=[list(row["probabilities"].values()) for row in rows],
        labels=LABELS,
        groups=[row["article"] for row in rows],
    )
    assert lines_of(result) == [one.to_dict() for one in found]
    assert [one.method for one in found[:4]] == ["naive", "acc", "pacc", "ppi"]
    assert result.stderr == ""


@pytest.mark.parametrize("name", ["labels.csv", "labels.parquet"])
def test_measure_reads_what_predict_writes(check: Check, runner: CliRunner, name: str) -> None:
    rows = predictions()
    options = ["--group", "article", "--gold", write("gold.csv", gold()), "--by", "outlet"]
    expected = runner.invoke(main, ["measure", write("labels.jsonl", rows), *options])
    for row in rows:
        row |= {f"p_{label}": score for label, score in row.pop("probabilities").items()}
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), name)
    else:
        write(name, rows)
    result = runner.invoke(main, ["measure", name, *options])
    check(result)
    assert result.stdout == expected.stdout


def test_measure_shows_a_table(check: Check, runner: CliRunner) -> None:
    command = ["measure", write("labels.jsonl", predictions()), "--group", "article"]
    result = runner.invoke(main, [*command, "--by", "outlet", "--format", "table"])
    check(result)

    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[1] == ["outlet", "stance", "method", "share", "passages", "articles", "gold"]
    assert lines[3][:4] == ["Herald", "against", "naive", "0.33"]
    assert lines[3][5:] == ["30", "5", "0"]


@pytest.mark.parametrize("name", ["shares.csv", "shares.parquet", "shares.jsonl"])
def test_measure_writes_a_row_a_part_stance_and_method(
    check: Check, runner: CliRunner, name: str
) -> None:
    command = ["measure", write("labels.jsonl", predictions()), "--group", "article", "-o", name]
    result = runner.invoke(main, [*command, "--by", "outlet", "--by-month", "date"])
    check(result, 0, f"wrote {name}")

    if name.endswith(".csv"):
        rows: Rows = list(csv.DictReader(Path(name).read_text(encoding="utf-8").splitlines()))
    elif name.endswith(".parquet"):
        rows = pq.read_table(name).to_pylist()
    else:
        rows = [json.loads(line) for line in Path(name).read_text(encoding="utf-8").splitlines()]
    assert list(rows[0]) == [
        *("outlet", "month", "stance", "method", "share", "low", "high"),
        *("n_passages", "n_articles", "n_gold"),
    ]
    parts = [(row["outlet"], row["month"], row["stance"]) for row in rows]
    assert parts[:3] == [
        ("Herald", "2019-01", "against"),
        ("Herald", "2019-01", "for"),
        ("Herald", "2019-02", "against"),
    ]
    assert len(rows) == 8
    check(runner.invoke(main, command), 1, f"{name} exists; add --force")


def test_measure_finds_columns_in_another_table(check: Check, runner: CliRunner) -> None:
    rows = predictions()
    whole = [{key: row[key] for key in ("id", "outlet", "article")} for row in rows]
    bare = [{"id": row["id"], "stance": row["stance"], "article": "posts.csv"} for row in rows]
    options = ["--group", "article", "--by", "outlet"]
    joined = ["measure", write("bare.csv", bare), "--data", write("posts.csv", whole[::-1])]

    result = runner.invoke(main, [*joined, *options])
    check(result)
    direct = runner.invoke(main, ["measure", write("labels.jsonl", rows), *options])
    assert result.stdout == direct.stdout
    write("posts.csv", whole[1:])
    check(runner.invoke(main, [*joined, *options]), 1, "posts.csv has no row for 1 of 60")


def test_measure_takes_gold_from_elsewhere(check: Check, runner: CliRunner) -> None:
    old = predictions()
    new = [row | {"id": f"new{place}"} for place, row in enumerate(old)]
    command = ["measure", write("new.jsonl", new), "--gold", write("gold.csv", gold())]
    result = runner.invoke(main, command)
    check(result, 1, "new.jsonl has no prediction for 30 of 30 rows of gold.csv, the first 'p6'")

    result = runner.invoke(main, [*command, "--gold-predictions", write("old.jsonl", old)])
    check(result)
    assert [row["method"] for row in lines_of(result)] == ["naive", "acc", "pacc"] * 2
    assert {row["n_passages"] for row in lines_of(result)} == {60}
    assert [row["n_gold"] for row in lines_of(result)] == [0, 30, 30] * 2


def test_measure_leaves_out_what_has_no_stance(check: Check, runner: CliRunner) -> None:
    rows = predictions()
    rows[0] |= {"stance": None, "status": "heading"}
    command = ["measure", write("labels.jsonl", rows), "--group", "article", "--method", "naive"]
    result = runner.invoke(main, command)
    check(result)
    assert lines_of(result)[0]["n_passages"] == 59

    rows[1] |= {"stance": None, "status": "one_word"}
    rows[6] |= {"stance": None, "status": "one_word"}
    write("labels.jsonl", rows)
    result = runner.invoke(main, [*command, "--gold", write("gold.csv", gold())])
    check(result, 3, "left out 2 of 60 rows of labels.jsonl, which have no stance")
    check(result, 3, "gold rows left out, which have no label or no stance: 1")
    assert lines_of(result)[0]["n_passages"] == 57


def test_measure_names_passages_by_several_columns(check: Check, runner: CliRunner) -> None:
    rows = [row | {"passage": place % 6} for place, row in enumerate(predictions())]
    marks = [{key: rows[0][key] for key in ("article", "passage")} | {"right": "against"}]
    options = ["--gold", write("gold.csv", marks), "--gold-label", "right", "--method", "ppi"]
    command = ["measure", write("labels.jsonl", rows), *options, "--id", "article"]

    check(runner.invoke(main, command), 1, "labels.jsonl: 'article' is 'a0' in two rows")
    result = runner.invoke(main, [*command, "--id", "passage"])
    check(result, 0, "as few as 1 labelled passages; with fewer than 30 the intervals come out")
    assert [row["share"] for row in lines_of(result)] == [1, 0]


def test_measure_reads_inclusion_probabilities(check: Check, runner: CliRunner) -> None:
    command = ["measure", write("labels.jsonl", predictions()), "--group", "article"]
    command += ["--gold", write("gold.csv", gold()), "--method", "ppi"]
    result = runner.invoke(main, [*command, "--inclusion", "drawn"])
    check(result)
    assert result.stdout == runner.invoke(main, command).stdout
    write("gold.csv", [gold()[0] | {"drawn": 2}])
    check(runner.invoke(main, [*command, "--inclusion", "drawn"]), 1, "got '2' as inclusion")


@pytest.mark.parametrize(
    ("options", "exit_code", "error"),
    [
        (["--by", "outlt"], 2, "has no column 'outlt'; did you mean 'outlet'?"),
        (["--by-month", "outlet"], 1, "got 'Post' in the column 'outlet'; expected dates such as"),
        (["--gold", "gold.csv", "--gold-label", "lable"], 2, "no column 'lable'; did you mean"),
        (["--inclusion", "drawn"], 2, "name their table with --gold"),
        (["--by", "month", "--by-month", "date"], 2, "give two columns 'month'"),
        (["--method", "acc"], 1, "method 'acc' needs gold labels"),
        (["--method", "cc"], 2, "'cc' is not one of"),
        (["--format", "parquet"], 2, "name a file with -o"),
        (["-o", "shares.txt"], 2, "cannot write 'shares.txt' as txt; end it in .jsonl, .csv"),
        (["--group", "status"], 1, "all passages are of one article"),
    ],
)
def test_measure_refuses_with_a_sentence(
    check: Check, runner: CliRunner, options: list[str], exit_code: int, error: str
) -> None:
    write("gold.csv", gold())
    result = runner.invoke(main, ["measure", write("labels.jsonl", predictions()), *options])
    check(result, exit_code, error)
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("label", "error"),
    [
        ("four", "unknown gold label 'four'; did you mean 'for'?"),
        ("for", "no gold label is 'against'"),
        ("", "no row of gold.csv has both a label in 'label' and a prediction"),
    ],
)
def test_measure_refuses_a_gold_sample_that_does_not_do(
    check: Check, runner: CliRunner, label: str, error: str
) -> None:
    rows = [row | {"label": label} for row in gold()]
    command = ["measure", write("labels.jsonl", predictions()), "--group", "article"]
    check(runner.invoke(main, [*command, "--gold", write("gold.csv", rows)]), 1, error)


def test_measure_tells_of_passages_that_abstained(check: Check, runner: CliRunner) -> None:
    rows = predictions()
    rows[1] |= {"stance": None, "status": "abstained"}
    command = ["measure", write("labels.jsonl", rows), "--group", "article"]
    result = runner.invoke(main, command)
    check(result, 3, "left out 1 of 60 rows of labels.jsonl, which have no stance")
    check(result, 3, "1 of these abstained, and passages that abstain are seldom like the others")

    write("labels.jsonl", [row | {"stance": None, "status": "abstained"} for row in rows])
    check(runner.invoke(main, command), 1, "60 of them abstained: predict anew without a threshold")


def test_measure_refuses_predictions_without_any_stance(check: Check, runner: CliRunner) -> None:
    rows = [row | {"stance": None, "status": "unfamiliar"} for row in predictions()]
    result = runner.invoke(main, ["measure", write("labels.jsonl", rows)])
    check(result, 1, "no row of labels.jsonl has a stance (60 rows); see its column 'status'")
