"""A model says less where it is unsure: it abstains, or gives a set of labels."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import NEUTRAL, PLACES, PRESENCE, SIDES
from tables_of import lines_of

from stancekit import (
    InputError,
    Model,
    ModelError,
    StanceClassifier,
    load_model,
    save_model,
    verify_model,
)
from stancekit.cli import main

Check = Callable[..., None]
SPEECH = "Madam President, {}"
PLAIN = [SPEECH.format(patterns[0].format("the valley")) for patterns in SIDES.values()]
NEWS = [patterns[1].format("the valley") for patterns in SIDES.values()]


@pytest.fixture(scope="module")
def model() -> Model:
    """Speeches are labelled as they argue; every second passage of news is labelled by chance."""
    rng, rows = random.Random(0), []
    for number, place in enumerate(PLACES * 2):
        for label, patterns in SIDES.items():
            for pattern in patterns:
                text, article = pattern.format(place), f"article-{number}"
                rows.append((SPEECH.format(text), label, article, "speech"))
                chance = rng.choice(list(SIDES)) if rng.random() < 0.5 else label
                rows.append((text, chance, f"news-{number}", "news"))
    texts, labels, groups, domains = zip(*rows, strict=True)
    classifier = StanceClassifier(sharing=0.0, Cs=(3.0,))
    return Model(classifier.fit(texts, labels, groups=groups, domains=domains), name="mixed")


@pytest.fixture(scope="module")
def directory(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("models") / "mixed"
    save_model(model, place)
    return place


def test_passage_that_abstains_keeps_all_but_its_stance(
    fitted_stance: StanceClassifier, model_directory: Path
) -> None:
    model = load_model(model_directory)
    (sure,) = model.analyze_passages([PRESENCE[0]])
    (unsure,) = model.hedged(min_confidence=1).analyze_passages([PRESENCE[0]])

    assert (sure.status, sure.stance) == ("ok", "pro-presence")
    assert (unsure.status, unsure.stance) == ("abstained", None)
    assert unsure.probabilities == sure.probabilities
    assert (unsure.frames, unsure.frame_probabilities) == (sure.frames, sure.frame_probabilities)
    assert not unsure.is_scored
    assert not unsure.is_lost


def test_shares_leave_out_what_abstains_and_the_summary_counts_it(model: Model) -> None:
    article = "\n\n".join([*PLAIN, *NEWS])
    whole = model.analyze(article)
    least = sorted(p.probabilities[p.stance or ""] for p in whole.passages)[3]
    hedged = model.hedged(min_confidence=least).analyze(article)

    assert hedged.status_counts == {"ok": 3, "abstained": 3}
    assert sum(hedged.shares.values()) == pytest.approx(1)
    assert hedged.counts == {"neutral": 1, "pro-presence": 1, "pro-withdrawal": 1}
    nothing = model.hedged(min_confidence=1).analyze(article)
    assert nothing.shares == dict.fromkeys(model.labels, 0)


def test_least_confidence_holds_for_voices_and_the_author(model_directory: Path) -> None:
    model = load_model(model_directory)
    said = f"“{PRESENCE[0].format('the capital')}” said Dan Ames. {NEUTRAL[0].format('the valley')}"

    (sure,) = model.analyze(said).passages
    (unsure,) = model.hedged(min_confidence=1).analyze(said).passages
    assert sure.voices
    assert sure.voices[0].stance == "pro-presence"
    assert sure.own_stance == "neutral"
    assert unsure.voices
    assert (unsure.voices[0].speaker, unsure.voices[0].stance) == ("Dan Ames", None)
    assert unsure.own_stance is None
    (own,) = model.hedged(min_confidence=1).analyze(PRESENCE[0].format("the capital")).passages
    assert (own.status, own.own_stance) == ("abstained", None)


def test_threshold_for_an_error_is_that_of_the_domain(model: Model) -> None:
    hedged = model.hedged(target_error=0.1)

    statuses = [[one.status for one in hedged.analyze_passages(texts)] for texts in (PLAIN, NEWS)]
    assert statuses == [["ok"] * 3, ["abstained"] * 3]
    assert hedged.hedge is not None
    assert list(hedged.hedge.silent) == ["news"]
    assert 0.2 < hedged.hedge.silent["news"] < 0.6


def test_error_that_cannot_be_reached_names_the_lowest(model: Model) -> None:
    noisy = StanceClassifier(Cs=(3.0,)).fit(
        [pattern.format(place) for place in PLACES for pattern in (*PRESENCE, *NEUTRAL)],
        ["pro-presence", "neutral", "neutral", "pro-presence"] * 6
        + ["neutral", "pro-presence", "pro-presence", "neutral"] * 6,
    )
    lowest = noisy.assurance_.risks[0].lowest_error if noisy.assurance_ else 0
    with pytest.raises(InputError, match=r"model cannot keep to an error of 0\.1: the lowest on"):
        Model(noisy).hedged(target_error=0.1)
    assert lowest > 0.1
    assert Model(noisy).hedged(target_error=lowest).hedge is not None


def test_set_of_labels_is_wide_where_the_model_errs(model: Model) -> None:
    hedged = model.hedged(coverage=0.9)

    assert model.hedged(coverage=0.01).analyze_passages(PLAIN)[0].labels == ("pro-withdrawal",)
    narrow = [one.labels for one in hedged.analyze_passages(PLAIN)]
    assert narrow == [("pro-withdrawal",), ("pro-presence",), ("neutral",)]
    for passage in hedged.analyze_passages(NEWS):
        assert passage.stance in (passage.labels or ())
        assert len(passage.labels or ()) > 1
        assert list(passage.to_dict())[9:11] == ["probabilities", "frames"]
        assert passage.to_dict()["labels"] == list(passage.labels or ())
    assert model.analyze_passages(NEWS)[0].labels is None
    assert "labels" not in model.analyze_passages(NEWS)[0].to_dict()


def test_sets_and_thresholds_come_back_from_a_directory(model: Model, directory: Path) -> None:
    loaded = load_model(directory)

    for how in ({"target_error": 0.1}, {"coverage": 0.8}, {"min_confidence": 0.7, "coverage": 0.6}):
        hedged, again = model.hedged(**how), loaded.hedged(**how)
        assert hedged.analyze_passages(NEWS + PLAIN) == again.analyze_passages(NEWS + PLAIN)


def test_hedged_model_is_saved_as_the_model_that_it_is(model: Model, tmp_path: Path) -> None:
    save_model(model.hedged(min_confidence=1), tmp_path / "hedged", golden=NEWS)

    assert verify_model(tmp_path / "hedged") == (5, 3)
    assert load_model(tmp_path / "hedged").analyze_passages(NEWS)[0].status == "ok"


def test_model_of_an_earlier_version_says_to_train_it_anew(model: Model, tmp_path: Path) -> None:
    model.stance.assurance_, kept = None, model.stance.assurance_
    try:
        save_model(model, tmp_path / "old")
    finally:
        model.stance.assurance_ = kept
    old = load_model(tmp_path / "old")

    assert old.analyze_passages(NEWS) == model.analyze_passages(NEWS)
    assert old.hedged(min_confidence=1).analyze_passages(NEWS)[0].status == "abstained"
    for how in ({"target_error": 0.1}, {"coverage": 0.9}):
        with pytest.raises(ModelError, match="mixed does not say how often it was wrong"):
            old.hedged(**how)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"min_confidence": 1.2}, "got min_confidence=1.2; expected a number from 0 to 1"),
        ({"target_error": -0.1}, "got target_error=-0.1; expected a number from 0 to 1"),
        ({"min_confidence": float("nan")}, "got min_confidence=nan"),
        ({"coverage": 90}, "got a coverage of 90; expected a number from 0.01 to 0.99"),
        ({"min_confidence": 0.5, "target_error": 0.1}, "give one of them"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    model: Model, how: dict[str, Any], error: str
) -> None:
    with pytest.raises(InputError) as caught:
        model.hedged(**how)
    assert error in str(caught.value)


@pytest.mark.usefixtures("in_empty_folder")
def test_predict_writes_abstained_rows_and_sets(
    check: Check, runner: CliRunner, directory: Path
) -> None:
    rows = "".join(json.dumps({"text": text}) + "\n" for text in [*PLAIN, *NEWS])
    Path("posts.jsonl").write_text(rows, encoding="utf-8")
    command = ["predict", "posts.jsonl", "--text", "text", "-m", str(directory)]
    command += ["--target-error", "0.1", "--coverage", "0.9"]
    result = runner.invoke(main, command)
    check(result, 0, "3 of 6 passages abstained: their label is less sure than asked for")
    check(result, 0, "no threshold has an error of 0.1 or less on news (the lowest is 0.")
    lines = lines_of(result)
    assert [line["status"] for line in lines] == ["ok"] * 3 + ["abstained"] * 3
    assert lines[0]["labels"] == ["pro-withdrawal"]
    assert (lines[3]["stance"], len(lines[3]["probabilities"])) == (None, 3)

    check(runner.invoke(main, [*command, "-o", "labels.csv"]))
    with Path("labels.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert [row["labels"].split(";") for row in table] == [line["labels"] for line in lines]
    assert [row["stance"] for row in table][3:] == [""] * 3
    assert float(table[3]["p_neutral"]) == lines[3]["probabilities"]["neutral"]


@pytest.mark.usefixtures("in_empty_folder")
def test_predict_shows_what_it_may_be(check: Check, runner: CliRunner, directory: Path) -> None:
    Path("a.txt").write_text("\n\n".join([PLAIN[0], NEWS[1]]), encoding="utf-8")
    command = ["predict", "a.txt", "-m", str(directory), "--min-confidence", "0.8"]
    result = runner.invoke(main, [*command, "--coverage", "0.9", "--format", "table"])
    check(result)
    text = " ".join(result.stdout.split())
    assert "may be pro-withdrawal 0." in text
    assert "abstained" in text
    assert " or " in text
    assert "1 passage labelled; not labelled: 1 abstained" in text

    check(runner.invoke(main, [*command, "--coverage", "0.9", "-o", "a.html"]))
    page = Path("a.html").read_text(encoding="utf-8")
    assert '<p class="status">abstained</p>' in page
    assert '<p class="reason">may be' in page


def test_predict_takes_one_threshold(check: Check, runner: CliRunner, directory: Path) -> None:
    command = ["predict", str(directory / "README.md"), "-m", str(directory)]
    result = runner.invoke(main, [*command, "--min-confidence", "0.5", "--target-error", "0.1"])
    check(result, 2, "both set a threshold; give one")
    result = runner.invoke(main, [*command, "--coverage", "90"])
    check(result, 2, "90.0 is not in the range 0.01<=x<=0.99")


def test_card_says_how_many_passages_get_a_label(directory: Path) -> None:
    card = (directory / "README.md").read_text(encoding="utf-8")

    assert "| wrong of the labels, at most | news | speech |" in card
    assert "| 0.1 | out of reach | 100% labelled |" in card


@pytest.mark.parametrize("damage", ["least", "risks"])
def test_assurance_that_does_not_fit_is_refused(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    from dataclasses import replace

    whole = model.stance.assurance_
    assert whole is not None
    part = replace(whole, **{damage: getattr(whole, damage)[:1]})
    monkeypatch.setattr(model.stance, "assurance_", part)
    save_model(model, tmp_path / "broken")
    with pytest.raises(ModelError, match=r"does not hold together .*stance\.least|some domain"):
        load_model(tmp_path / "broken")
