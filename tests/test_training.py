"""The recipes: same bytes for same inputs, and what they read is what they should."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from stancekit import DataError, load_model, shipped_models, verify_model
from training.contrast import RESULT as CONTRASTED
from training.contrast import VARIANTS, negated_words
from training.known_words import OTHER_LANGUAGES, known_shares
from training.learning_curve import main as draw_curves
from training.learning_curve import thin_out
from training.passages import (
    AUTHORED,
    AUTHORED_OFF_TOPIC,
    CONTRAST,
    DATA,
    DOMAINS,
    has_data,
    load_passages,
)
from training.scoring import agreement_lines, balance_lines, read_result, write_result
from training.standoff import DEV, OFF_TOPIC, SPLITS, TRAIN
from training.train import OFF_TOPIC as GUARDED_BY
from training.train import RECIPES, main
from training.trials import TRIALS

needs_data = pytest.mark.skipif(
    not has_data(), reason=f"the texts of the real passages are not in {DATA}: training/README.md"
)


def contents(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(directory.iterdir())}


def test_training_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for place in ("one", "two"):
        arguments = ["troops-en-open", "--every", "12", "-o", str(tmp_path / place)]
        arguments += ["--data", str(tmp_path / "none"), "--results", str(tmp_path)]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        assert "saved without scores" in result.stderr

    one = contents(tmp_path / "one" / "troops-en-open")
    assert one == contents(tmp_path / "two" / "troops-en-open")
    model = load_model(tmp_path / "one" / "troops-en-open")
    assert len(model.frame_names) == 13
    assert model.topic is not None


def test_card_is_renewed_and_the_weights_stay(tmp_path: Path) -> None:
    directory = tmp_path / "troops-en"
    shutil.copytree(shipped_models()["troops-en"], directory)
    before = contents(directory)

    result = CliRunner().invoke(main, ["troops-en", "--card", "-o", str(tmp_path)])

    assert result.exit_code == 0, result.output
    after = contents(directory)
    for name in ("weights.safetensors", "vocabulary.json"):
        assert after[name] == before[name]
    verify_model(directory)
    card = after["README.md"].decode()
    for section in ("What a label means", "Left and right", "To appeal a label"):
        assert f"\n## {section}" in card
    assert all(f"- {line}" in card for line in balance_lines())


def test_training_without_the_real_passages_says_how_to_get_them(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["troops-en", "--data", str(tmp_path)])

    assert result.exit_code == 1
    assert "python -m training.rebuild" in result.stderr


def test_no_recipe_or_trial_trains_on_a_dev_split() -> None:
    used = [*RECIPES.values(), *(trial.weights for trial in TRIALS.values())]

    assert {AUTHORED, *TRAIN, OFF_TOPIC[0]} == {split for weights in used for split in weights}
    assert set(DOMAINS) == {AUTHORED, AUTHORED_OFF_TOPIC, CONTRAST, *SPLITS, *OFF_TOPIC}
    assert {AUTHORED_OFF_TOPIC, OFF_TOPIC[0]} == {
        split for splits in GUARDED_BY.values() for split in splits
    }
    assert list(GUARDED_BY) == list(RECIPES)


def test_authored_passages_are_rows_of_no_domain() -> None:
    authored = load_passages({AUTHORED: 0.5})

    assert len(authored) == len(authored.texts) > 2000
    assert set(authored.domains) == {None}
    assert set(authored.weights) == {0.5}
    assert set(authored.stances) == {"neutral", "pro-presence", "pro-withdrawal"}
    few = authored.take([3, 1])
    assert few.texts == [authored.texts[3], authored.texts[1]]


def test_weights_may_differ_by_stance() -> None:
    authored = load_passages({AUTHORED: {"neutral": 0.1}})

    weight_of = dict(zip(authored.stances, authored.weights, strict=True))
    assert weight_of == {"neutral": 0.1, "pro-presence": 1.0, "pro-withdrawal": 1.0}


def test_thinning_out_takes_the_weight_of_whole_groups_of_one_kind() -> None:
    passages = replace(load_passages([AUTHORED]).take(range(40)), groups=list("abcd") * 10)
    passages = replace(passages, splits=["news_train"] * 20 + [AUTHORED] * 20)

    thin = thin_out(passages, "news", 0.5)

    kept = {g for g, w in zip(thin.groups[:20], thin.weights[:20], strict=True) if w}
    assert len(kept) == 2
    assert sum(thin.weights[:20]) == 10
    assert thin.weights[20:] == [1.0] * 20
    assert thin_out(passages, "news", 1).weights == passages.weights


@needs_data
def test_real_passages_come_with_domain_and_article() -> None:
    dev = load_passages(DEV)

    assert set(dev.domains) == {"news", "speech"}
    assert {row for row, split in zip(dev.groups, dev.splits, strict=True) if split == "news_dev"}
    assert len(set(dev.groups)) < len(dev)


@needs_data
def test_no_golden_text_or_document_is_a_real_passage() -> None:
    from training.standoff import fingerprint
    from training.train import golden_texts

    real = {fingerprint(text) for text in load_passages([*TRAIN, *DEV]).texts}

    assert not real & {fingerprint(text) for text in golden_texts()}


def test_missing_data_is_an_error_that_helps(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"python -m training\.rebuild"):
        load_passages(["news_dev"], tmp_path)


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_result("some", {"ä": [1, None]}, tmp_path / "new")

    assert read_result("some", tmp_path / "new") == {"ä": [1, None]}
    assert (tmp_path / "new" / "some.json").read_bytes().endswith(b"}\n")


def test_agreement_is_told_for_each_dev_split_with_a_warning() -> None:
    lines = agreement_lines()

    assert [line.partition(":")[0] for line in lines[:-1]] == list(DEV)
    assert "ceiling" in lines[-1]


def test_other_languages_are_unfamiliar_to_the_shipped_models() -> None:
    for name in RECIPES:
        model = load_model(name)
        statuses = {p.status for p in model.analyze_passages(OTHER_LANGUAGES.values())}
        assert statuses <= {"unfamiliar", "no_features"}
        assert known_shares(model, list(OTHER_LANGUAGES.values())).max() < 0.5


def test_ledger_has_the_scores_of_every_trial() -> None:
    assert list(read_result("trials")) == list(TRIALS)
    assert list(read_result(CONTRASTED)["variants"]) == list(VARIANTS)


def test_words_that_a_negation_reaches_end_with_the_clause_and_leave_names_out() -> None:
    text = "They should not leave Iraq now, he said. We don\u2019t want them to stay."

    assert negated_words(text).split() == ["leave", "now", "want", "them", "to", "stay"]


def test_learning_curve_refuses_a_picture_that_cannot_be_drawn_before_any_work(
    runner: CliRunner, check: Callable[..., None]
) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib: pip install 'stancekit[plot]'")
    result = runner.invoke(draw_curves, ["--plot", "curve.txt"])
    check(result, 1, "cannot draw 'curve.txt'; end it in .png, .svg or .pdf")
