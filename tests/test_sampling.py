"""Passages to label by hand: drawn by chance that is known, so that measuring by them is right."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from tables_of import lines_of

from stancekit import InputError, draw_sample, measure
from stancekit.cli import main

Check = Callable[..., None]
Rows = list[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("in_empty_folder")

STANCES = ["against"] * 60 + ["for"] * 30 + ["neutral"] * 10


def predictions() -> Rows:
    """A hundred passages of twenty articles and two outlets."""
    return [
        {
            "article": f"a{place % 20}",
            "passage": place // 20,
            "text": f"What passage {place} says.",
            "status": "ok",
            "stance": stance,
            "outlet": "Post" if place % 20 < 5 else "Herald",
        }
        for place, stance in enumerate(STANCES)
    ]


def write(name: str, rows: Rows) -> str:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return name


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_every_passage_is_drawn_as_often_as_its_probability_says() -> None:
    counts: Counter[int] = Counter()
    for seed in range(600):
        drawn = draw_sample(24, STANCES, random_state=seed)
        counts.update(drawn.rows)
        assert len(set(drawn.rows)) == 24

    probability = dict(zip(drawn.rows, drawn.probabilities, strict=True))
    of_stance = {STANCES[row]: p for row, p in probability.items()}
    assert of_stance == {"against": 8 / 60, "for": 8 / 30, "neutral": 8 / 10}
    for row, stance in enumerate(STANCES):
        assert counts[row] / 600 == pytest.approx(of_stance[stance], abs=0.09)


def test_small_strata_are_drawn_whole_and_others_share_the_rest() -> None:
    drawn = draw_sample(50, STANCES)

    assert Counter(STANCES[row] for row in drawn.rows) == {"against": 20, "for": 20, "neutral": 10}
    assert draw_sample(100, STANCES).probabilities == (1,) * 100
    assert Counter(STANCES[row] for row in draw_sample(4, STANCES).rows)["neutral"] == 1


def test_order_says_nothing_and_is_that_of_the_seed() -> None:
    drawn = draw_sample(60, STANCES)

    assert list(drawn.rows) != sorted(drawn.rows)
    assert drawn == draw_sample(60, STANCES)
    assert drawn != draw_sample(60, STANCES, random_state=1)


@pytest.mark.parametrize("n", [2, 101, 0])
def test_number_that_cannot_be_drawn_is_refused(n: int) -> None:
    with pytest.raises(InputError, match=rf"cannot draw {n} of 100 passages; .* of the 3 kinds"):
        draw_sample(n, STANCES)


def test_shares_by_a_stratified_sample_are_right_on_average() -> None:
    rng = np.random.default_rng(0)
    truth = np.where(rng.random(100) < 0.3, "neutral", STANCES)
    found = []
    for seed in range(200):
        drawn = draw_sample(30, STANCES, random_state=seed)
        gold: list[Any] = [None] * 100
        inclusion: list[Any] = [None] * 100
        for row, probability in zip(drawn.rows, drawn.probabilities, strict=True):
            gold[row], inclusion[row] = truth[row], probability
        shares = measure(STANCES, gold=gold, inclusion=inclusion, methods=["ppi"], n_bootstrap=0)
        found.append([one.share for one in shares])

    expected = [(truth == name).mean() for name in ("against", "for", "neutral")]
    assert np.mean(found, axis=0) == pytest.approx(expected, abs=0.02)


def test_sheet_shows_a_coder_nothing_that_was_predicted(check: Check, runner: CliRunner) -> None:
    result = runner.invoke(main, ["sample", write("labels.jsonl", predictions()), "-n", "10"])
    check(result)

    rows = read(result.stdout)
    assert list(rows[0]) == ["article", "passage", "text", "label", "probability"]
    assert len(rows) == 10
    for row in rows:
        number = int(row["article"][1:]) + 20 * int(row["passage"])
        assert row["text"] == f"What passage {number} says."
        assert (row["label"], row["probability"]) == ("", "0.1")


def test_filled_sheet_is_what_measure_reads(check: Check, runner: CliRunner) -> None:
    write("labels.jsonl", predictions())
    command = ["sample", "labels.jsonl", "-n", "45", "--strategy", "stratified", "--frames"]
    check(
        runner.invoke(main, [*command, "-o", "sheet.csv"]),
        0,
        "wrote sheet.csv; fill its column 'label', then `stancekit measure labels.jsonl --gold "
        "sheet.csv --id article --id passage --group article`",
    )
    rows = read(Path("sheet.csv").read_text(encoding="utf-8"))
    assert list(rows[0])[3:5] == ["label", "frames"]
    for row in rows:
        number = int(row["article"][1:]) + 20 * int(row["passage"])
        row["label"] = STANCES[number]
    with Path("sheet.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    measuring = ["measure", "labels.jsonl", "--gold", "sheet.csv", "--group", "article"]
    measuring += ["--id", "article", "--id", "passage", "--method", "ppi"]
    result = runner.invoke(main, measuring)
    check(result, 0, "labelled passages count 1 over their 'probability', a column of sheet.csv")
    shares = {row["stance"]: row["share"] for row in lines_of(result)}
    assert shares == pytest.approx({"against": 0.6, "for": 0.3, "neutral": 0.1})
    assert lines_of(runner.invoke(main, [*measuring, "--inclusion", "probability"])) == (
        lines_of(result)
    )


def test_strata_may_be_columns(check: Check, runner: CliRunner) -> None:
    rows = [{**row, "id": place} for place, row in enumerate(predictions())]
    command = ["sample", write("labels.jsonl", rows), "-n", "30", "--by", "outlet"]
    result = runner.invoke(main, command)
    check(result)
    drawn = read(result.stdout)
    assert next(iter(drawn[0])) == "id"
    outlets = Counter(rows[int(row["id"])]["outlet"] for row in drawn)
    assert outlets == {"Post": 15, "Herald": 15}
    assert {row["probability"] for row in drawn} == {"0.6", "0.2"}


def test_disagreement_is_half_of_the_sample(check: Check, runner: CliRunner) -> None:
    rows = predictions()
    other = [{**row, "stance": "neutral"} if place < 8 else row for place, row in enumerate(rows)]
    other[8] = {**other[8], "stance": None}
    command = ["sample", write("labels.jsonl", rows), "--strategy", "disagree", "-n", "12"]
    result = runner.invoke(main, [*command, "--against", write("other.jsonl", other[::-1])])
    check(result)
    drawn = read(result.stdout)
    differ = [row for row in drawn if row["passage"] == "0" and int(row["article"][1:]) < 9]
    assert len(differ) == 6
    assert {float(row["probability"]) for row in differ} == {6 / 9}
    assert {float(row["probability"]) for row in drawn} == {6 / 9, 6 / 91}

    write("other.jsonl", other[1:])
    result = runner.invoke(main, [*command, "--against", "other.jsonl"])
    check(result, 1, "other.jsonl has no row for 1 of 100 predictions")


def test_rows_without_a_stance_are_not_drawn(check: Check, runner: CliRunner) -> None:
    rows = [
        row if place < 5 else {**row, "stance": None, "status": "abstained"}
        for place, row in enumerate(predictions())
    ]
    result = runner.invoke(main, ["sample", write("labels.jsonl", rows), "-n", "5"])
    check(result)
    assert {row["article"] for row in read(result.stdout)} == {"a0", "a1", "a2", "a3", "a4"}
    write("labels.jsonl", rows[5:])
    result = runner.invoke(main, ["sample", "labels.jsonl", "-n", "5"])
    check(result, 1, "no row of labels.jsonl has a stance (95 rows)")


@pytest.mark.parametrize(
    ("options", "exit_code", "error"),
    [
        (["-n", "101"], 1, "cannot draw 101 of 100 passages"),
        (["-n", "0"], 2, "0 is not in the range x>=1"),
        (["--by", "outlt"], 2, "has no column 'outlt'; did you mean 'outlet'?"),
        (["--id", "outlet"], 1, "'outlet' is 'Post' in two rows"),
        (["--strategy", "disagree"], 2, "--against TABLE go together"),
        (["--against", "labels.jsonl"], 2, "--against TABLE go together"),
        (["--strategy", "random", "--by", "outlet"], 2, "--by is for --strategy stratified, not"),
        (["-o", "sheet.parquet"], 2, "a sheet is CSV; end 'sheet.parquet' in .csv"),
        (["-o", "labels.csv"], 1, "labels.csv exists; add --force"),
    ],
)
def test_sample_refuses_with_a_sentence(
    check: Check, runner: CliRunner, options: list[str], exit_code: int, error: str
) -> None:
    Path("labels.csv").touch()
    result = runner.invoke(main, ["sample", write("labels.jsonl", predictions()), *options])
    check(result, exit_code, error)
    assert result.stdout == ""


def test_table_without_text_is_refused(check: Check, runner: CliRunner) -> None:
    rows = [{"id": 1, "stance": "for"}]
    result = runner.invoke(main, ["sample", write("labels.jsonl", rows), "-n", "1"])
    check(result, 2, "labels.jsonl has no column 'text'")
    result = runner.invoke(main, ["sample", "nothing.jsonl"])
    check(result, 1, "there is no file nothing.jsonl")
