"""Shares of the frames: each is measured as a stance of two labels would be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from tables_of import lines_of
from test_cli_measure import predictions, write

from stancekit import InputError, Share, measure, measure_frames
from stancekit.cli import main

Check = Callable[..., None]

FRAMES = ("cost", "safety", "trade")
SAID = [["cost"], ["cost", "safety"], [], ["safety"]] * 10
# The first twenty are labelled: every fourth "cost" was read into the passage.
GOLD: list[list[str] | None] = [[], ["cost", "safety"], [], ["safety"], *SAID[4:20]] + [None] * 20  # type: ignore[list-item]


def shares_of(found: tuple[Share, ...], method: str) -> dict[str | None, float]:
    return {one.frame: one.share for one in found if one.method == method}


def test_naive_share_is_the_count_and_shares_do_not_sum_to_one() -> None:
    found = measure_frames(SAID, frames=FRAMES, n_bootstrap=0)

    assert shares_of(found.shares, "naive") == {"cost": 0.5, "safety": 0.5, "trade": 0}
    assert {one.stance for one in found.shares} == {None}
    assert found.left_out == {}
    row = found.shares[0].to_dict()
    assert list(row)[:3] == ["frame", "method", "share"]
    assert "stance" not in row


def test_each_frame_is_measured_as_two_labels_are() -> None:
    proba = np.array([[0.9 if name in cell else 0.2 for name in FRAMES] for cell in SAID])
    articles = [place // 4 for place in range(40)]
    options: dict[str, Any] = {"groups": articles, "n_bootstrap": 100}
    found = measure_frames(SAID, frames=FRAMES, gold=GOLD, proba=proba, **options)
    as_labels = measure(
        ["yes" if "cost" in cell else "no" for cell in SAID],
        gold=[None if cell is None else "yes" if "cost" in cell else "no" for cell in GOLD],
        proba=np.column_stack([1 - proba[:, 0], proba[:, 0]]),
        labels=["no", "yes"],
        **options,
    )

    of_cost = [one for one in found.shares if one.frame == "cost"]
    expected = [one for one in as_labels if one.stance == "yes"]
    assert [one.method for one in of_cost] == ["naive", "acc", "pacc", "ppi"]
    for one, other in zip(of_cost, expected, strict=True):
        assert (one.share, one.low, one.high) == (other.share, other.low, other.high)
        assert (one.n_gold, one.n_articles) == (other.n_gold, other.n_articles)


def test_frame_that_no_labelled_passage_has_is_measured_by_what_is_left() -> None:
    found = measure_frames(SAID, frames=FRAMES, gold=GOLD, n_bootstrap=0)

    assert list(found.left_out) == ["trade"]
    assert "no gold label is 'present'" in found.left_out["trade"]
    assert [one.method for one in found.shares if one.frame == "trade"] == ["naive", "ppi"]
    only = measure_frames(SAID, frames=FRAMES, gold=GOLD, methods=["acc"], n_bootstrap=0)
    assert {one.frame for one in only.shares} == {"cost", "safety"}


def test_parts_come_first_then_frames() -> None:
    outlets = ["Post", "Herald"] * 20
    found = measure_frames(SAID, frames=FRAMES, by={"outlet": outlets}, n_bootstrap=0)

    assert [(one.by["outlet"], one.frame) for one in found.shares] == [
        (outlet, frame) for outlet in ("Herald", "Post") for frame in FRAMES
    ]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"frames": ("cost", "safty")}, "unknown predicted frame 'safety'; did you mean 'safty'"),
        ({"gold": [["fear"], *SAID[1:]]}, "unknown gold frame 'fear'"),
        ({"gold": SAID[1:]}, "got 39 lists of gold frames for 40 passages"),
        ({"proba": np.ones((40, 2))}, r"got probabilities of frames of shape \(40, 2\)"),
        ({"methods": ["acc"]}, "method 'acc' needs gold labels"),
        ({"inclusion": [0] * 40, "gold": GOLD}, "got 0 as inclusion probability"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(options: dict[str, Any], error: str) -> None:
    with pytest.raises(InputError, match=error):
        measure_frames(SAID, **{"frames": FRAMES, "n_bootstrap": 0, **options})


def with_frames() -> list[dict[str, Any]]:
    """The predictions of the other tests, with frames and their probabilities."""
    rows = predictions()
    for place, row in enumerate(rows):
        row["frames"] = SAID[place % 4]
        scores = {name: 0.9 if name in row["frames"] else 0.1 for name in FRAMES}
        row["frame_probabilities"] = scores
    return rows


def coded() -> list[dict[str, Any]]:
    """Labels and frames of every second article; an empty cell is a passage without a frame."""
    return [
        {"id": row["id"], "label": row["stance"], "arguments": ";".join(row["frames"])}
        for place, row in enumerate(with_frames())
        if place // 6 % 2
    ]


@pytest.mark.usefixtures("in_empty_folder")
def test_measure_writes_frames_below_stances(check: Check, runner: CliRunner) -> None:
    command = ["measure", write("labels.jsonl", with_frames()), "--group", "article"]
    result = runner.invoke(main, [*command, "--frames"])
    check(result)
    rows = lines_of(result)
    assert [row.get("stance") for row in rows[:2]] == ["against", "for"]
    assert [(row["frame"], row["share"]) for row in rows[2:]] == [
        ("cost", 0.5), ("safety", 0.5), ("trade", 0),
    ]  # fmt: skip

    check(runner.invoke(main, [*command, "--frames", "-o", "shares.csv"]))
    lines = Path("shares.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("stance,frame,method,share,")
    assert lines[3].startswith(",cost,naive,0.5,")
    result = runner.invoke(main, [*command, "--frames", "--format", "table"])
    check(result)
    assert "Shares of the frames" in result.stdout.splitlines()


@pytest.mark.usefixtures("in_empty_folder")
def test_measure_reads_right_frames_from_the_sheet(check: Check, runner: CliRunner) -> None:
    rows = with_frames()
    options = ["--group", "article", "--gold", write("gold.csv", coded())]
    command = ["measure", write("labels.jsonl", rows), *options, "--gold-frames", "arguments"]
    result = runner.invoke(main, command)
    check(result, 0, "frame 'trade' without acc and pacc: no gold label is 'present'")
    found = lines_of(result)
    of_cost = {row["method"]: row["share"] for row in found if row.get("frame") == "cost"}
    assert of_cost == pytest.approx(dict.fromkeys(("naive", "acc", "pacc", "ppi"), 0.5))
    assert {row["n_gold"] for row in found if row["method"] == "ppi"} == {30}

    flat = []
    for row in rows:
        scores = {f"p_{name}": p for name, p in row.pop("probabilities").items()}
        marks = {f"f_{name}": p for name, p in row.pop("frame_probabilities").items()}
        flat.append({**row, "frames": ";".join(row["frames"]), **scores, **marks})
    write("labels.csv", flat)
    again = runner.invoke(main, ["measure", "labels.csv", *command[2:]])
    assert again.stdout == result.stdout

    counted = runner.invoke(main, [*command[:6], "--frames", "--method", "ppi"])
    check(counted, 0, "no --gold-frames: the frames are counted as predicted")
    assert {row["method"] for row in lines_of(counted) if "frame" in row} == {"naive"}


@pytest.mark.usefixtures("in_empty_folder")
def test_measure_refuses_frames_that_are_not_there(check: Check, runner: CliRunner) -> None:
    command = ["measure", write("labels.jsonl", predictions()), "--group", "article"]
    check(runner.invoke(main, [*command, "--frames"]), 2, "labels.jsonl has no column 'frames'")
    check(runner.invoke(main, [*command, "--gold-frames", "x"]), 2, "their table with --gold")
    rows = [{**row, "frames": [], "frame_probabilities": {}} for row in predictions()]
    Path("labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    check(runner.invoke(main, [*command, "--frames"]), 1, "labels.jsonl knows no frames; predict")
