"""Wrong labels that were put in are found, and passages told twice; hard data is refused."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Passages
from tables_of import lines_of, rows_of, write_rows

from stancekit import InputError, MissingExtraError, StanceClassifier, audit_labels
from stancekit.cli import main
from stancekit.duplicates import near_duplicate_pairs

Check = Callable[..., None]

pytestmark = pytest.mark.usefixtures("in_empty_folder")
needs_cleanlab = pytest.mark.skipif(
    not any((Path(place) / "cleanlab").is_dir() for place in sys.path),
    reason="cleanlab is not installed: pip install 'stancekit[audit]'",
)
FLIPPED = {5: "pro-presence", 32: "pro-withdrawal", 61: "pro-presence"}
TOLD = "A convoy of forty lorries left the harbour of Alder for the camp at Birk on Tuesday."


@pytest.fixture
def flipped(passages: Passages) -> Passages:
    """The passages, three of them with a wrong label."""
    labels = [FLIPPED.get(row, label) for row, label in enumerate(passages.labels)]
    return passages._replace(labels=labels)


def test_near_duplicates_are_found_and_most_alike_come_first() -> None:
    texts = [
        TOLD,
        "The committee met.",
        TOLD.replace("Tuesday", "Monday"),
        "THE committee met!",
        "Another committee sat on Friday and heard the minister of roads.",
    ]

    (first, second) = near_duplicate_pairs(texts)
    assert first == (1, 3, 1.0)
    assert second[:2] == (0, 2)
    assert 0.8 < second[2] < 1


@needs_cleanlab
def test_wrong_labels_are_named_first(flipped: Passages) -> None:
    quick = StanceClassifier(Cs=(10.0,))
    found = audit_labels(flipped.texts, flipped.labels, groups=flipped.articles, estimator=quick)

    assert {one.row for one in found.doubtful[:3]} == set(FLIPPED)
    assert found.n_passages == 72
    assert found.accuracy == pytest.approx(69 / 72)
    for one in found.doubtful[:3]:
        assert one.label == FLIPPED[one.row]
        assert one.probability < 0.5 < one.suggested_probability
        assert one.suggested == right(one.row)


def right(row: int) -> str:
    """The label that the fixture gives a row."""
    return ("pro-withdrawal", "pro-presence", "neutral")[row % 6 // 2]


@needs_cleanlab
def test_passages_told_twice_are_told_by_label_and_group(passages: Passages) -> None:
    texts = [*passages.texts, TOLD, TOLD, TOLD + " It rained."]
    labels = [*passages.labels, "neutral", "neutral", "pro-presence"]
    groups = [*passages.articles, "article-0", "article-0", "article-1"]
    quick = StanceClassifier(Cs=(10.0,))
    found = audit_labels(texts, labels, groups=groups, estimator=quick)
    told = {(one.first, one.second): one for one in found.duplicates}

    assert (72, 73) not in told, "of one article and label"
    assert told[72, 74].has_two_labels
    assert told[72, 74].crosses_groups
    alone = audit_labels(texts, labels, estimator=quick)
    assert [(one.first, one.second) for one in alone.duplicates if one.first >= 72] == [
        (72, 74), (73, 74),
    ]  # fmt: skip


@needs_cleanlab
def test_command_lists_findings_with_their_rows(
    check: Check, runner: CliRunner, flipped: Passages
) -> None:
    rows = [{**row, "url": f"u{place}"} for place, row in enumerate(rows_of(flipped))]
    blank = {"text": "", "label": "neutral", "article": "none", "url": "u"}
    data = write_rows("labelled.jsonl", [blank, *rows])
    command = ["audit", data, "--group", "article", "--id", "url", "--folds", "3"]
    result = runner.invoke(main, command)
    check(result, 0, "left out 1 of 73 rows, which have no text")
    check(result, 0, "the models that judge are right about 96% of the passages")
    first = lines_of(result)[0]
    assert first["row"] in {row + 1 for row in FLIPPED}
    assert first["id"] == f"u{first['row'] - 1}"
    assert first["finding"] == "label"
    assert first["text"] == flipped.texts[first["row"] - 1]

    check(runner.invoke(main, [*command, "-o", "again.csv"]), 0, "wrote again.csv")
    with Path("again.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert [row["id"] for row in table] == [line["id"] for line in lines_of(result)]
    result = runner.invoke(main, [*command, "--format", "table"])
    check(result)
    assert result.stdout.splitlines()[0].startswith("Labels that are likely wrong: ")
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_without_cleanlab_the_extra_is_named(
    check: Check, runner: CliRunner, passages: Passages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cleanlab", None)
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'stancekit\[audit\]'"):
        audit_labels(passages.texts, passages.labels)
    result = runner.invoke(main, ["audit", write_rows("labelled.csv", rows_of(passages))])
    check(result, 1, "pip install 'stancekit[audit]'")


@needs_cleanlab
@pytest.mark.parametrize(
    ("texts", "labels", "error"),
    [
        (["a b"] * 6, ["for"] * 6, "only 'for' as label"),
        (["a b"] * 6, ["for"] * 5, "got 5 labels for 6 passages"),
        (["a b"] * 6, ["for"] * 5 + [None], "1 of 6 rows have no label"),
        (["a b"] * 6, ["for"] * 4 + ["against"] * 2, "'against' has 2 rows; expected at least 3"),
    ],
)
def test_passages_that_cannot_be_judged_are_refused(
    texts: list[str], labels: list[str], error: str
) -> None:
    with pytest.raises(InputError, match=error):
        audit_labels(texts, labels)


@needs_cleanlab
def test_command_refuses_with_a_sentence(
    check: Check, runner: CliRunner, passages: Passages
) -> None:
    data = write_rows("labelled.jsonl", rows_of(passages))
    check(runner.invoke(main, ["audit", data, "--label", "lable"]), 2, "did you mean 'label'?")
    check(runner.invoke(main, ["audit", data, "--format", "parquet"]), 2, "name a file with -o")
    one = [{**row, "article": "one"} for row in rows_of(passages)]
    result = runner.invoke(main, ["audit", write_rows("one.jsonl", one), "--group", "article"])
    check(result, 1, "got one group; expected at least 3")
