"""Errors by the lean of the outlet: counted by hand once, and those of the shipped model."""

from __future__ import annotations

from pathlib import Path

import pytest

from stancekit import DataError, load_model
from training.balance import LEANS, RATES, lean_of_outlets, rates_by_lean
from training.passages import DATA, has_data, load_passages
from training.scoring import read_result
from training.standoff import read_standoff

needs_data = pytest.mark.skipif(
    not has_data(), reason=f"the texts of the real passages are not in {DATA}: training/README.md"
)
P, W, N = "pro-presence", "pro-withdrawal", "neutral"


def test_rates_are_those_counted_by_hand() -> None:
    y = [P, P, W, W, N, N, N, N]
    found = [P, W, N, W, P, W, W, N]
    other = [P, W, N]

    facts = rates_by_lean(
        [*y, *other, *other, P],
        [*found, *other, *other, W],
        ["left"] * 8 + ["center"] * 3 + ["right"] * 3 + ["unrated"],
        [str(n // 2) for n in range(15)],
    )

    values = {rate: facts["left"][rate]["value"] for rate in RATES}
    assert values == {
        "wrong": 5 / 8,
        "flipped": 1 / 4,
        "presence missed": 1 / 2,
        "withdrawal missed": 1 / 2,
        "neutral taken for presence": 1 / 4,
        "neutral taken for withdrawal": 1 / 2,
    }
    assert facts["left"]["n_passages"] == 8
    assert facts["left"]["n_articles"] == 4
    assert facts["right"]["wrong"]["value"] == 0
    gap = facts["left less right"]["wrong"]
    assert gap["low"] <= gap["value"] == 5 / 8 <= gap["high"]


def test_ratings_that_are_not_there_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the ratings of the outlets are read from it"):
        lean_of_outlets(tmp_path)


@needs_data
def test_balance_is_that_of_the_shipped_model() -> None:
    dev = load_passages(["news_dev"])
    lean = lean_of_outlets(DATA)
    outlets = {row["article"]: row["outlet"] for row in read_standoff("news_dev")}
    leans = [lean[outlets[article]] for article in dev.groups]

    facts = rates_by_lean(
        dev.stances, load_model("troops-en").predict(dev.texts), leans, dev.groups
    )

    assert set(leans) == set(LEANS)
    assert facts == read_result("balance")["dev"]
