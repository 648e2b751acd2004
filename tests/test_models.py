"""The shipped models: whole, as their cards say, and able to read an article."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stancekit import Cascade, load_model, shipped_models, verify_model
from training import cascade
from training.behaviour import RESULT, behaviour_lines
from training.scoring import read_result
from training.standoff import DEV
from training.train import RECIPES, golden_texts

NAMES = list(RECIPES)


def card_of(name: str) -> str:
    return (shipped_models()[name] / "README.md").read_text(encoding="utf-8")


def test_every_recipe_is_shipped_and_nothing_else() -> None:
    assert list(shipped_models()) == sorted([*NAMES, cascade.NAME])


@pytest.mark.parametrize("name", NAMES)
def test_model_gives_its_golden_probabilities(name: str) -> None:
    n_files, n_golden = verify_model(name)

    assert (n_files, n_golden) == (5, len(golden_texts()))


@pytest.mark.parametrize("name", NAMES)
def test_golden_passages_are_of_the_corpus(name: str) -> None:
    lines = (shipped_models()[name] / "golden.jsonl").read_text(encoding="utf-8").splitlines()

    assert [json.loads(line)["text"] for line in lines] == golden_texts()


@pytest.mark.parametrize("name", NAMES)
def test_card_and_manifest_have_the_scores_of_the_results(name: str) -> None:
    result, about = read_result(name), load_model(name).about

    assert about["scores"] == result["stance"]
    assert about["frame_scores"] == result["frames"]
    for split in DEV:
        macro = result["stance"][split]["macro_f1"]
        shown = f"{macro['value']:.2f} [{macro['low']:.2f}, {macro['high']:.2f}]"
        assert f"| {split} | **macro** | **{shown}** |" in card_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_behaviour_told_on_a_card_is_that_of_the_results(name: str) -> None:
    lines = load_model(name).about.get("behaviour", [])

    assert not lines or lines == behaviour_lines(read_result(RESULT)[name])
    assert all(f"- {line}\n" in card_of(name) for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_card_says_who_labelled_and_where_it_fails(name: str) -> None:
    card = card_of(name)

    assert "no person checked a label" in card
    assert "Krippendorff" in card
    assert "## Not for" in card
    assert f"python -m training.train {name}" in card


@pytest.mark.parametrize("name", NAMES)
def test_model_directory_holds_its_five_files(name: str) -> None:
    files = sorted(path for path in shipped_models()[name].iterdir() if path.is_file())

    assert [file.name for file in files] == [
        "README.md", "golden.jsonl", "manifest.json", "vocabulary.json", "weights.safetensors",
    ]  # fmt: skip


def test_the_cascade_is_of_the_shipped_models_and_its_card_has_the_results() -> None:
    loaded, result = load_model(cascade.NAME), read_result("cascade")

    assert isinstance(loaded, Cascade)
    assert {"first": loaded.first.name, "second": loaded.second.name} == cascade.MEMBERS
    assert loaded.threshold == result["threshold"] == cascade.choose_threshold(result["held_out"])
    assert loaded.about["scores"] == result["dev"]["stance"]
    assert "## Two models" in card_of(cascade.NAME)
    assert verify_model(cascade.NAME) == (3 + 5 + 5, len(golden_texts()))
    # The two models lie beside it, and are not shipped twice.
    assert len(list(shipped_models()[cascade.NAME].rglob("*"))) == 3


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("Bring the troops home from Iraq now; this endless war must end.", "pro-withdrawal"),
        (
            "If we leave now, ISIS will return and our allies will be abandoned; we must stay.",
            "pro-presence",
        ),
        ("The committee will meet on Tuesday to hear the minister's annual report.", "neutral"),
    ],
)
def test_plain_cases_are_plain(text: str, stance: str) -> None:
    (passage,) = load_model("troops-en").analyze(text).passages

    assert passage.stance == stance


def test_example_article_has_all_sides_and_exact_offsets() -> None:
    path = Path(__file__).parent.parent / "examples" / "iraq-debate.txt"
    text = path.read_text(encoding="utf-8")

    analysis = load_model("troops-en").analyze(text, name=path.name)

    assert all(text[p.start : p.end] == p.text for p in analysis.passages)
    assert all(count > 0 for count in analysis.counts.values())
    assert [p.kind for p in analysis.passages[-2:]] == ["furniture", "furniture"]
