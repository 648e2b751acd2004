"""The scorer of voices counts as it says, and the weights are fitted the same way twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stancekit.voices import Voice, find_voices
from stancekit.voices.cuemodel import cue_model_from
from training.benchmarks.voices import Attribution, load_articles, main, score_voices
from training.voices import fit_voices

TEXT = '"We must leave," said Dan Ames, a farmer. Eva Lane warned that the towns would fall.'
OTHER = 'Eva Lane said the troops should stay. "Not one more day," Dan Ames answered.'


def span(text: str, words: str) -> tuple[int, int]:
    return text.index(words), text.index(words) + len(words)


def attribution(text: str, source: str, cue: str, content: str) -> Attribution:
    return Attribution(*((span(text, words),) for words in (source, cue, content)))


def voice(text: str, source: str, content: str) -> Voice:
    return Voice(span(text, source), None, (span(text, content),), "direct")


QUOTE = attribution(TEXT, "Dan Ames, a farmer", "said", '"We must leave,"')
WARNING = attribution(TEXT, "Eva Lane", "warned", "that the towns would fall")


def values(voices: list[Voice]) -> dict[str, Any]:
    scores = score_voices([(TEXT, [QUOTE, WARNING])], lambda _: voices, n_bootstrap=0)
    return {name: one["value"] for name, one in scores.items() if isinstance(one, dict)}


def test_what_is_annotated_scores_one() -> None:
    found = values(
        [
            voice(TEXT, "Dan Ames, a farmer", '"We must leave,"'),
            voice(TEXT, "Eva Lane", "that the towns would fall"),
        ]
    )
    assert set(found.values()) == {1.0}


def test_marks_and_commas_do_not_count() -> None:
    found = values([voice(TEXT, "Dan Ames, a farmer,"[:-1], "We must leave")])
    assert (found["direct_found"], found["direct_source_correct"]) == (1.0, 1.0)


def test_wrong_source_is_found_but_not_right() -> None:
    found = values([voice(TEXT, "Eva Lane", '"We must leave,"')])
    assert (found["direct_found"], found["direct_source_correct"]) == (1.0, 0.0)
    assert (found["attribution_f1"], found["content_only_f1"]) == (0.0, pytest.approx(2 / 3))


def test_source_overlaps_by_shared_words_of_both() -> None:
    # Two of four words are enough, one of four is not.
    assert values([voice(TEXT, "Dan Ames", '"We must leave,"')])["direct_source_correct"] == 1.0
    assert values([voice(TEXT, "Dan", '"We must leave,"')])["direct_source_correct"] == 0.0


def test_one_voice_matches_one_attribution() -> None:
    twice = [voice(TEXT, "Dan Ames", '"We must leave,"')] * 2
    assert values(twice)["attribution_precision"] == 0.5


def write_articles(folder: Path) -> None:
    rows = [
        {"text": TEXT, "attributions": [vars(QUOTE), vars(WARNING)]},
        {
            "text": OTHER,
            "attributions": [
                vars(attribution(OTHER, "Eva Lane", "said", "the troops should stay")),
                vars(attribution(OTHER, "Dan Ames", "answered", '"Not one more day,"')),
                {"cue": [[0, 3]]},
            ],
        },
    ]
    for split in ("train", "dev"):
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{split}.jsonl").write_text(lines, encoding="utf-8")


def test_benchmark_writes_scores_of_both_splits(tmp_path: Path) -> None:
    write_articles(tmp_path)
    arguments = ["--data", str(tmp_path), "--results", str(tmp_path)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    facts = json.loads((tmp_path / "voices.json").read_text(encoding="utf-8"))
    assert facts["dev"]["n_attributions"] == 4
    assert facts["dev"]["direct_found"]["value"] == 1.0
    assert facts["speed"]["passages_per_second"] > 0


def test_weights_are_fitted_the_same_way_twice_and_find_voices(tmp_path: Path) -> None:
    write_articles(tmp_path)
    articles = load_articles(tmp_path / "train.jsonl") * 8
    facts = fit_voices(articles)
    assert facts == fit_voices(articles)
    found = find_voices(OTHER, model=cue_model_from(json.loads(json.dumps(facts))))
    assert [one.speaker for one in found] == ["Eva Lane", "Dan Ames"]
