"""The off-topic guard: what is about something else takes no side, and what is not is kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import NEUTRAL, PRESENCE, WITHDRAWAL, Passages
from tables_of import lines_of, rows_of, write_rows

from stancekit import (
    FrameClassifier,
    InputError,
    Model,
    ModelError,
    StanceClassifier,
    TopicGuard,
    load_model,
    save_model,
    verify_model,
)
from stancekit.cli import main

OTHERS = [
    f"{who} {what}."
    for who, what in itertools.product(
        (
            *("The striker", "A novelist", "The bakery", "Her orchestra", "This vineyard"),
            *("The swimmer", "A plumber", "The museum"),
        ),
        (
            *("won a medal last summer", "sold bread and old records", "will now open at noon"),
            *("must leave the league", "painted their houses blue", "should stay out of tennis"),
            "wants more songs and less money",
        ),
    )
]
FOOTBALL = "The coach must leave now, and the team should bring their best players home."
ON_TOPIC = WITHDRAWAL[0].format("the valley")


@pytest.fixture(scope="module")
def guard(fitted_stance: StanceClassifier, passages: Passages) -> TopicGuard:
    return TopicGuard(max_turned_away=0.05).fit(
        fitted_stance, passages.texts, passages.labels, OTHERS, groups=passages.articles
    )


@pytest.fixture(scope="module")
def guarded(
    fitted_stance: StanceClassifier, fitted_frames: FrameClassifier, guard: TopicGuard
) -> Model:
    return Model(fitted_stance, fitted_frames, "valley", topic=guard)


def test_passage_off_topic_has_its_status_and_takes_no_side(guarded: Model) -> None:
    unguarded = replace(guarded, topic=None)
    (off, on) = guarded.analyze_passages([FOOTBALL, ON_TOPIC])

    assert (off.status, off.stance, off.frames) == ("off_topic", "neutral", ())
    assert not off.is_scored
    assert not off.is_lost
    assert sum(off.probabilities.values()) == pytest.approx(1)
    assert max(off.probabilities, key=lambda label: off.probabilities[label]) == "neutral"
    assert [on] == unguarded.analyze_passages([ON_TOPIC], first=1)
    assert unguarded.analyze_passages([FOOTBALL])[0].status == "ok"


def test_shares_leave_out_what_is_off_topic_and_the_statuses_count_it(guarded: Model) -> None:
    analysis = guarded.analyze(f"{FOOTBALL}\n\n{FOOTBALL.replace('coach', 'owner')}")

    assert analysis.status_counts == {"off_topic": 2}
    assert not any(analysis.counts.values())
    assert {passage.stance for passage in analysis.passages} == {"neutral"}


def test_article_about_the_debate_keeps_the_passages_between(guarded: Model) -> None:
    debate = [text.format("the valley") for text in (*WITHDRAWAL, *PRESENCE, *NEUTRAL)]

    within = guarded.analyze("\n\n".join([*debate, FOOTBALL])).passages[-1]
    alone = guarded.analyze(FOOTBALL).passages[-1]

    assert (within.text, within.status) == (FOOTBALL, "ok")
    assert alone.status == "off_topic"


def test_what_cannot_be_read_keeps_its_own_status(guarded: Model) -> None:
    found = guarded.analyze_passages(["", "Zdravstvuyte", None, FOOTBALL])

    assert [one.status for one in found] == ["empty", "no_features", "null", "off_topic"]


def test_without_a_neutral_label_there_is_no_stance(passages: Passages) -> None:
    rows = [row for row, label in enumerate(passages.labels) if label != "neutral"]
    texts, labels = ([column[row] for row in rows] for column in passages[:2])
    stance = StanceClassifier(Cs=(3.0,)).fit(texts, labels)
    guard = TopicGuard(max_turned_away=0.1).fit(stance, texts, labels, OTHERS)

    (off,) = Model(stance, topic=guard).analyze_passages([FOOTBALL])

    assert (off.status, off.stance, dict(off.probabilities)) == ("off_topic", None, {})


def test_no_word_speaks_against_the_debate(guard: TopicGuard, guarded: Model) -> None:
    assert guard.head_.coef.max() <= 0
    X = guarded.stance.features_.transform(["", "Curling", ON_TOPIC])
    nothing, unknown, on_topic = guard.proba(X)
    assert nothing == unknown > guard.threshold_ > on_topic


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3])
def test_no_more_are_turned_away_than_may_be(
    share: float, fitted_stance: StanceClassifier, passages: Passages
) -> None:
    found = TopicGuard(max_turned_away=share, Cs=(3.0,)).fit(
        fitted_stance, passages.texts, passages.labels, OTHERS
    )

    assert found.rates_["with a side"] <= share
    assert list(found.rates_) == ["off topic", "with a side", "without a side"]
    assert found.n_passages_ == {"on topic": 72, "off topic": len(OTHERS)}
    assert 0 < found.threshold_ <= 1


def test_guard_is_fitted_alike_twice_and_changes_nothing_of_the_stance(
    fitted_stance: StanceClassifier, passages: Passages, guard: TopicGuard
) -> None:
    before = fitted_stance.predict_proba(passages.texts)

    again = TopicGuard(max_turned_away=0.05).fit(
        fitted_stance, passages.texts, passages.labels, OTHERS, groups=passages.articles
    )

    np.testing.assert_array_equal(again.head_.coef, guard.head_.coef)
    assert again.threshold_ == guard.threshold_
    np.testing.assert_array_equal(fitted_stance.predict_proba(passages.texts), before)


@pytest.mark.parametrize(
    ("settings", "others", "labels", "message"),
    [
        ({"max_turned_away": 1.0}, OTHERS, None, "max_turned_away=1.0; expected a share"),
        ({"Cs": ()}, OTHERS, None, "Cs"),
        ({}, OTHERS[:9], None, "got 9 off-topic passages; expected at least 50"),
        ({}, "A text.", None, "got one string"),
        ({}, [*OTHERS, ON_TOPIC], None, "1 passages are both labelled and off topic"),
        ({}, OTHERS, ["neutral"], "got 1 labels for 72 passages"),
    ],
)
def test_guard_refuses_what_it_cannot_learn_from(
    settings: dict[str, object],
    others: list[str],
    labels: list[str] | None,
    message: str,
    fitted_stance: StanceClassifier,
    passages: Passages,
) -> None:
    with pytest.raises(InputError, match=message):
        TopicGuard(**settings).fit(  # type: ignore[arg-type]
            fitted_stance, passages.texts, labels or passages.labels, others
        )


def test_guard_is_saved_with_the_model_and_comes_back(guarded: Model, tmp_path: Path) -> None:
    save_model(guarded, tmp_path / "model", golden=[FOOTBALL, ON_TOPIC])

    loaded = load_model(tmp_path / "model")

    assert loaded.topic is not None
    assert guarded.topic is not None
    assert vars(loaded.topic).keys() == vars(guarded.topic).keys()
    assert loaded.topic.rates_ == guarded.topic.rates_
    texts = [FOOTBALL, ON_TOPIC, ""]
    assert loaded.analyze_passages(texts) == guarded.analyze_passages(texts)
    assert verify_model(tmp_path / "model") == (5, 2)
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert "## Off topic" in card
    assert f"from {len(OTHERS)} passages off topic and 72 on topic" in card
    save_model(loaded, tmp_path / "again", golden=[FOOTBALL, ON_TOPIC])
    for file in (tmp_path / "model").iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


@pytest.mark.parametrize(
    ("fact", "value", "message"),
    [
        ("threshold", 0.0, "has the threshold 0.0"),
        ("kind", "Pipeline", "of the kind 'Pipeline'"),
        ("parameters", {"Cs": [3.0], "max_turned_away": 2}, "max_turned_away=2"),
        ("parameters", {"Cs": [3.0], "command": "rm"}, "command"),
        ("rates", [1], "does not hold together"),
    ],
)
def test_guard_that_was_tampered_with_is_refused(
    fact: str, value: object, message: str, guarded: Model, tmp_path: Path
) -> None:
    from test_saving import sign

    save_model(guarded, tmp_path / "model")
    sign(tmp_path / "model", lambda manifest: manifest["parts"]["topic"].update({fact: value}))

    with pytest.raises(ModelError, match=message):
        load_model(tmp_path / "model")


def test_weights_of_another_shape_are_refused(guarded: Model, tmp_path: Path) -> None:
    from test_saving import change_tensors

    save_model(guarded, tmp_path / "model")
    change_tensors(tmp_path / "model", topic__coef=np.zeros((1, 3)))

    with pytest.raises(ModelError, match=r"topic\.coef is not of shape"):
        load_model(tmp_path / "model")


@pytest.mark.usefixtures("in_empty_folder")
@pytest.mark.parametrize("kind", ["csv", "txt"])
def test_train_learns_a_guard_that_predict_uses(
    kind: str, runner: CliRunner, passages: Passages, check: Callable[..., None]
) -> None:
    data = write_rows("data.csv", rows_of(passages))
    file = f"others.{kind}"
    if kind == "csv":
        write_rows(file, [{"text": text} for text in [*OTHERS, " "]])
    else:
        Path(file).write_text("\n\n".join(OTHERS), encoding="utf-8")
    command = ["train", data, "-o", "new", "--group", "article", "--folds", "2"]

    result = runner.invoke(main, [*command, "--off-topic", file])

    check(result)
    assert "the off-topic guard turned away, of held-out passages," in result.stderr
    Path("game.txt").write_text(FOOTBALL)
    seen = runner.invoke(main, ["predict", "game.txt", "-m", "new"])
    check(seen)
    (line,) = lines_of(seen)
    assert (line["status"], line["stance"]) == ("off_topic", "neutral")
    table = runner.invoke(main, ["predict", "game.txt", "-m", "new", "--format", "table"])
    check(table)
    assert "not labelled: 1 off topic" in table.stdout


@pytest.mark.usefixtures("in_empty_folder")
@pytest.mark.parametrize(
    ("content", "message"),
    [("", "found no text in others.txt"), ("One.\n\nTwo.", "got 2 off-topic passages")],
)
def test_train_refuses_too_little_off_topic_before_the_work(
    content: str,
    message: str,
    runner: CliRunner,
    passages: Passages,
    check: Callable[..., None],
) -> None:
    data = write_rows("data.csv", rows_of(passages))
    Path("others.txt").write_text(content, encoding="utf-8")

    result = runner.invoke(main, ["train", data, "-o", "new", "--off-topic", "others.txt"])

    check(result, 1, message)
    assert "scoring" not in result.stderr
