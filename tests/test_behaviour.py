"""The behaviour tests: typography never moves a label, and what is measured is what is said."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Passages as Fixture

from stancekit import Model, StanceClassifier, load_model
from stancekit.card import render_card
from stancekit.duplicates import are_near_duplicates, word_set
from training.behaviour import (
    behaviour_lines,
    measure_behaviour,
    read_elsewhere,
    read_negations,
)
from training.behaviour.names import NAMES, names_in, swaps
from training.behaviour.variants import NEUTRAL_SENTENCES, TYPOGRAPHY, with_sentence
from training.codebook import read_codebook
from training.corpus import read_corpus, read_off_topic
from training.passages import Passages

# With something in it for each of the variants.
ODD = (
    "“We can't stay,” said Élodie O'Brien - a first-rate officer... 'Leave the field now, before "
    'the conflict flares up again,\' she wrote in "Naïve Wars" — her third book on Iraq.'
)


def passages_of(fixture: Fixture, texts: list[str] | None = None) -> Passages:
    n = len(fixture.texts)
    return Passages(
        texts or fixture.texts,
        fixture.labels,
        fixture.frames,
        fixture.articles,
        [None] * n,
        [1.0] * n,
        ["fixture"] * n,
    )


@pytest.fixture(scope="module")
def found(fitted_stance: StanceClassifier, passages: Fixture) -> dict[str, Any]:
    texts = [text.replace("the valley", "Iraq") for text in passages.texts]
    dev = {"fixture": passages_of(passages, texts)}
    return measure_behaviour(Model(fitted_stance), dev, passages_of(passages))


@pytest.mark.parametrize("way", list(TYPOGRAPHY))
def test_typography_changes_a_text_and_no_label(
    way: str, fitted_stance: StanceClassifier, passages: Fixture
) -> None:
    texts = [*passages.texts, ODD, ODD.replace("É", "E\u0301")]
    changed = [TYPOGRAPHY[way](text) for text in texts]

    assert changed != texts
    for model in (Model(fitted_stance), load_model("troops-en")):
        before, after = model.analyze_passages(texts), model.analyze_passages(changed)
        assert [one.stance for one in after] == [one.stance for one in before]
        assert [one.status for one in after] == [one.status for one in before]
        for one, other in zip(before, after, strict=True):
            assert dict(other.probabilities) == pytest.approx(dict(one.probabilities))


def test_names_are_swapped_for_others_of_their_kind() -> None:
    text = "Donald Trump, Obama and Iraq's Iraqis (R-Texas), the Iraqi Republican said on Fox News."

    assert next(swaps(text, "people")).startswith("Barack Obama, Bush and Iraq's Iraqis")
    assert next(swaps(text, "countries")).endswith(
        "and Syria's Syrians (R-Texas), the Syrian Republican said on Fox News."
    )
    assert list(swaps(text, "parties")) == [
        text.replace("R-Texas", "D-Texas").replace("Republican", "Democratic")
    ]
    assert len(list(swaps(text, "outlets"))) == 3
    assert names_in(text, "countries") == ["Iraq", "Iraqi", "Iraqis"]
    assert not list(swaps("The trumpet plays in the vox humana.", "people"))


@pytest.mark.parametrize("kind", list(NAMES))
def test_no_name_is_in_two_cycles_of_a_kind(kind: str) -> None:
    names = [name for cycle in NAMES[kind] for name in cycle]

    assert len({*names}) == len(names)


def test_sentence_is_put_before_or_after() -> None:
    assert with_sentence("Go.", "It rained.", before=True) == "It rained. Go."
    assert with_sentence("Go.", "It rained.", before=False) == "Go. It rained."


def test_pairs_are_many_and_each_is_its_own() -> None:
    pairs, stances = read_negations(), read_codebook().stances
    texts = [pair[key] for pair in pairs for key in ("text", "negated")]

    assert len(pairs) >= 60
    assert len({*texts}) == len(texts)
    assert {pair["stance"] for pair in pairs} <= stances.keys()
    assert all(pair["stance"] != pair["negated_stance"] for pair in pairs)


def test_no_passage_written_to_measure_is_trained_on() -> None:
    written = [pair[key] for pair in read_negations() for key in ("text", "negated")]
    written += [row["text"] for row in read_elsewhere()] + list(NEUTRAL_SENTENCES)
    trained = [word_set(row["text"]) for row in [*read_corpus(), *read_off_topic()]]

    assert not [
        text for text in written if any(are_near_duplicates(word_set(text), one) for one in trained)
    ]


def test_behaviour_of_a_model_is_measured(found: dict[str, Any]) -> None:
    flips = found["flips"]

    assert list(flips) == [
        *(f"names of {kind}" for kind in NAMES),
        "a neutral sentence",
        "typography",
    ]
    assert flips["typography"]["fixture"]["rate"] == {"value": 0, "low": 0, "high": 0}
    assert flips["typography"]["fixture"]["n_changed"] == 72 * len(TYPOGRAPHY)
    assert flips["names of countries"]["fixture"]["n_passages"] == 6
    assert flips["names of outlets"]["fixture"]["rate"]["value"] is None
    assert flips["a neutral sentence"]["fixture"]["n_changed"] == 72 * 2 * len(NEUTRAL_SENTENCES)
    assert found["negation"]["n_pairs"] == len(read_negations())
    kept = found["off topic"]["news on other subjects"]
    assert kept["turned away"]["value"] == 0, "a model without a guard turns nothing away"
    assert kept["with a side"]["value"] == pytest.approx(2 / 3)


def test_card_tells_the_behaviour_line_by_line(found: dict[str, Any]) -> None:
    lines = behaviour_lines(found)
    card = render_card(
        {
            "name": "valley",
            "parts": {"stance": {"kind": "StanceClassifier", "C": 1.0}},
            "n_terms": 1,
            "versions": {},
            "about": {"behaviour": lines},
        }
    )

    assert "## Behaviour\n\n- names of people" in card
    assert all(f"- {line}\n" in card for line in lines)
    assert len(lines) == 7 + 1 + 4
