"""A cascade: which of two models answers, and that it reads, saves and explains as one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from stancekit import (
    Cascade,
    FrameClassifier,
    InputError,
    Model,
    ModelError,
    StanceClassifier,
    TopicGuard,
    evaluate,
    explain,
    load_model,
    save_model,
    verify_model,
)
from stancekit.cli import main
from stancekit.saving import save_cascade_beside

TEXTS = [
    f"In the {place} they said that the dam {verb} before winter number {number} comes"
    for number in range(10)
    for place, verb in (
        ("town", "must stay"),
        ("city", "must go"),
        ("town", "should stay"),
        ("city", "should go"),
    )
]
LABELS = ["for", "against"] * 20
FRAMES = [["power"] if label == "for" else ["fish"] for label in LABELS]
SURE, UNSURE = TEXTS[0], "They said that before the winter the city must stay in the town"
QUICK: dict[str, Any] = {"Cs": (1.0,), "n_folds": 2}


class Counting:
    """An encoder that keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        return np.array([[text.count("stay") - 0.5, text.count("go") - 0.5] for text in texts])

    def __deepcopy__(self, memo: object) -> Counting:
        return self


def made(name: str, **settings: Any) -> Model:
    stance = StanceClassifier(**QUICK, **settings).fit(TEXTS, LABELS)
    return Model(stance, FrameClassifier(**QUICK).fit(TEXTS, FRAMES), name)


@pytest.fixture(scope="module")
def first() -> Model:
    return made("quick")


@pytest.fixture(scope="module")
def encoder() -> Counting:
    return Counting()


@pytest.fixture(scope="module")
def second(encoder: Counting) -> Model:
    return made("slow", encoder=encoder, encoder_weight=2.0)


@pytest.fixture(scope="module")
def threshold(first: Model) -> float:
    """Between the passage of which the first model is sure and the one of which it is not."""
    sure, unsure = first.predict_proba([SURE, UNSURE]).max(axis=1)
    assert sure > unsure
    return float(sure + unsure) / 2


@pytest.fixture
def cascade(first: Model, second: Model, threshold: float) -> Cascade:
    return Cascade(first, second, threshold, name="both")


def test_each_passage_has_the_answer_of_one_of_the_two(
    cascade: Cascade, first: Model, second: Model
) -> None:
    texts = [SURE, UNSURE, SURE]
    one, other = first.predict_proba(texts), second.predict_proba(texts)
    assert np.array_equal(cascade.predict_proba(texts), [one[0], other[1], one[2]])
    labels = [first.predict(texts)[0], second.predict(texts)[1], first.predict(texts)[2]]
    assert cascade.predict(texts).tolist() == labels
    found = cascade.analyze_passages(texts)
    assert [p.stance for p in found] == labels
    assert [list(p.probabilities.values()) for p in found] == cascade.predict_proba(texts).tolist()


def test_the_second_model_is_asked_for_nothing_else(cascade: Cascade, encoder: Counting) -> None:
    encoder.asked.clear()
    cascade.analyze(f"{SURE}.\n\n{UNSURE}.\n\n{SURE}.", voices=False)
    assert encoder.asked == [f"{UNSURE}."]


@pytest.mark.parametrize(("threshold", "answers"), [(0.0, "first"), (1.0, "second")])
def test_the_ends_of_the_scale_are_the_two_models(
    first: Model, second: Model, threshold: float, answers: str
) -> None:
    cascade = Cascade(first, second, threshold)
    alone = {"first": first, "second": second}[answers]
    article = f'{SURE}.\n\nMary Smith said: "{UNSURE}."\n\n{SURE}.'
    assert cascade.analyze(article).passages == alone.analyze(article).passages
    assert np.array_equal(cascade.predict_proba(TEXTS), alone.predict_proba(TEXTS))


def test_texts_that_cannot_be_read_keep_their_status(cascade: Cascade, encoder: Counting) -> None:
    encoder.asked.clear()
    found = cascade.analyze_passages(["", None, "dam", "Ein ganz anderer Satz über nichts davon"])
    assert [one.status for one in found] == ["empty", "null", "one_word", "no_features"]
    assert not encoder.asked
    assert cascade.predict([]).shape == (0,)


def test_what_is_off_topic_is_for_the_first_to_say(first: Model, second: Model) -> None:
    off = [f"In the town they said that the winter number {number} comes" for number in range(60)]
    guard = TopicGuard(Cs=(30.0,), n_folds=2).fit(first.stance, TEXTS, LABELS, off)
    guarded = Model(first.stance, first.frames, "guarded", topic=guard)
    cascade = Cascade(guarded, second, 1.0)
    assert [one.status for one in cascade.analyze_passages([off[0], SURE])] == ["off_topic", "ok"]
    turned = Model(second.stance, second.frames, "slow", topic=guard)
    assert cascade.analyze_passages(off) == Cascade(guarded, turned, 1.0).analyze_passages(off)


def test_an_explanation_is_of_the_model_that_answered(
    cascade: Cascade, first: Model, second: Model
) -> None:
    assert explain(cascade, SURE) == explain(first, SURE)
    assert cascade.explain(UNSURE) == explain(second, UNSURE)
    shown = cascade.analyze_passages([UNSURE], explain=True)[0].explanation
    assert shown == second.explain(UNSURE)


def test_it_abstains_where_both_are_unsure(cascade: Cascade) -> None:
    least = 1.0
    found = cascade.hedged(min_confidence=least).analyze_passages([SURE, UNSURE])
    assert [one.status for one in found] == ["abstained", "abstained"]
    found = cascade.hedged(min_confidence=0.0).analyze_passages([SURE, UNSURE])
    assert found == cascade.analyze_passages([SURE, UNSURE])


@pytest.mark.parametrize("asked", [{"target_error": 0.1}, {"coverage": 0.9}])
def test_errors_that_were_never_measured_are_not_promised(
    cascade: Cascade, asked: dict[str, float]
) -> None:
    with pytest.raises(InputError, match=r"both does not know its own errors.*quick or slow"):
        cascade.hedged(**asked)


def test_it_is_evaluated_as_any_model(cascade: Cascade) -> None:
    assert evaluate(cascade, TEXTS, LABELS, n_bootstrap=20).macro_f1.value > 0.9


def test_models_that_do_not_fit_are_refused(first: Model, cascade: Cascade) -> None:
    other = Model(StanceClassifier(**QUICK).fit(TEXTS, ["yes", "no"] * 20), None, "other")
    with pytest.raises(InputError, match="quick has the labels against, for and other has no, yes"):
        Cascade(first, other, 0.5)
    with pytest.raises(InputError, match="frame names fish, power and bare has none"):
        Cascade(first, Model(first.stance, None, "bare"), 0.5)
    with pytest.raises(InputError, match=r"got threshold=1\.5"):
        Cascade(first, first, 1.5)
    with pytest.raises(InputError, match="a cascade as part of a cascade"):
        Cascade(cascade, first, 0.5)


@pytest.fixture
def saved(cascade: Cascade, tmp_path: Path) -> Path:
    save_model(cascade, tmp_path / "both", golden=[SURE, UNSURE])
    return tmp_path / "both"


def test_a_saved_cascade_gives_the_same(saved: Path, cascade: Cascade, encoder: Counting) -> None:
    loaded = load_model(saved, encoder=encoder)
    assert isinstance(loaded, Cascade)
    assert loaded.name == "both"
    assert loaded.threshold == cascade.threshold
    assert np.array_equal(loaded.predict_proba(TEXTS), cascade.predict_proba(TEXTS))
    n_files, n_golden = verify_model(saved, encoder=encoder)
    assert (n_files, n_golden) == (3 + 5 + 5, 2)
    card = (saved / "README.md").read_text(encoding="utf-8")
    assert "`quick` reads every passage" in card
    assert "`slow` answers for the others" in card


def test_a_cascade_may_name_the_models_beside_it(first: Model, tmp_path: Path) -> None:
    single = made("single", ngram_range=(1, 1))
    members = {"first": tmp_path / "quick", "second": tmp_path / "single"}
    for model, place in zip((first, single), members.values(), strict=True):
        save_model(model, place)
    cascade = Cascade(first, single, 0.7, name="both")
    save_cascade_beside(cascade, tmp_path / "both", members, golden=[SURE])
    assert sorted(path.name for path in (tmp_path / "both").iterdir()) == [
        "README.md",
        "golden.jsonl",
        "manifest.json",
    ]
    assert verify_model(tmp_path / "both")[1] == 1
    with pytest.raises(ModelError, match="is not beside"):
        save_cascade_beside(cascade, tmp_path / "deep" / "both", members)
    save_model(single, members["first"], force=True)
    with pytest.raises(ModelError, match="quick is not the model that the cascade"):
        load_model(tmp_path / "both")
    shutil.rmtree(members["first"])
    with pytest.raises(ModelError, match="quick has no manifest"):
        load_model(tmp_path / "both")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m["members"]["first"].update(path="../../quick"), "said to be in"),
        (lambda m: m["members"]["first"].update(path="/quick"), "said to be in"),
        (lambda m: m["members"].pop("second"), "'second' is missing"),
        (lambda m: m.update(threshold=7), "got threshold=7"),
        (lambda m: m.update(about=[]), "no mapping"),
    ],
)
def test_a_manifest_that_does_not_hold_together_is_refused(
    saved: Path, encoder: Counting, change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    from stancekit import storage

    manifest = storage.read_manifest(saved)
    change(manifest)
    data = storage._json({**manifest, "manifest_sha256": storage._sha256(storage._json(manifest))})
    (saved / "manifest.json").write_bytes(data)
    with pytest.raises(ModelError, match=message):
        load_model(saved, encoder=encoder)


def test_the_command_reads_with_a_cascade(first: Model, tmp_path: Path) -> None:
    save_model(Cascade(first, made("single", ngram_range=(1, 1)), 0.7, name="both"), tmp_path / "m")
    article = tmp_path / "article.txt"
    article.write_text(f"{SURE}.\n\n{UNSURE}.\n", encoding="utf-8")
    options = ["predict", str(article), "--model", str(tmp_path / "m"), "--format", "jsonl"]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    assert [json.loads(line)["stance"] for line in result.stdout.splitlines()] == ["for", "for"]
    result = CliRunner().invoke(main, [*options, "--target-error", "0.1"])
    assert result.exit_code in (1, 2)
    assert "--min-confidence" in result.stderr
