"""Why a passage has its label: sums that come out, at places that are in the text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from conftest import PLACES, WITHDRAWAL, Passages
from encoders_of import Letters
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from stancekit import (
    Contribution,
    Explanation,
    FrameClassifier,
    InputError,
    Model,
    StanceClassifier,
    explain,
    load_model,
)

LEAVE = WITHDRAWAL[0].format("the capital")
EXACT: dict[str, float] = {"rel": 0, "abs": 1e-9}
WORDS = (
    *("bring", "our", "soldiers", "home", "must", "stay", "the", "capital", "committee", "Monday"),
    *("“this", "war”", "costs—too", "much", "ﬁght", "xyzzy", "don’t", "…", "\u00ad", "\n", "We"),
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)


@pytest.fixture(scope="module")
def model(passages: Passages) -> Model:
    """Two domains with weights of their own, frames with terms of their own, and a lean."""
    domains = ["news" if n % 3 else "speech" for n in range(len(passages.texts))]
    stance = StanceClassifier(sharing={"speech": 0.0}, lean=0.7)
    stance.fit(passages.texts, passages.labels, groups=passages.articles, domains=domains)
    frames = FrameClassifier(min_df=3).fit(
        passages.texts, passages.frames, groups=passages.articles
    )
    return Model(stance, frames)


@pytest.fixture(scope="module")
def encoded(passages: Passages) -> StanceClassifier:
    return StanceClassifier(encoder=Letters()).fit(passages.texts, passages.labels)


def total(parts: Sequence[Contribution], name: str) -> float:
    return sum(part.weights[name] for part in parts)


def check_sums(found: Explanation) -> None:
    for label, score in found.scores.items():
        rest = found.constant[label] + found.mixing[label] + found.encoder[label]
        assert rest + total(found.terms, label) == pytest.approx(score, **EXACT)
        assert rest + total(found.words, label) == pytest.approx(score, **EXACT)
    for parts in (found.scores, found.constant, found.mixing, found.encoder):
        assert sum(parts.values()) == pytest.approx(0, **EXACT)


def decision(classifier: StanceClassifier, X: csr_matrix) -> dict[str, float]:
    """The log probabilities less their mean, of a classifier that does not lean."""
    logs = np.log(classifier.read(X)[1][0])
    return dict(zip(classifier.classes_, logs - logs.mean(), strict=True))


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_words_and_terms_add_up_to_the_scores(model: Model, text: str) -> None:
    found = explain(model, text)

    check_sums(found)
    assert found.label == max(found.scores, key=lambda label: found.scores[label])
    assert found.label == model.predict([text])[0]
    for frame in found.frames:
        assert frame.constant + total(frame.terms, frame.frame) == pytest.approx(
            frame.score, **EXACT
        )


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_spans_are_the_words_apart_and_in_order(model: Model, text: str) -> None:
    found = explain(model, text)

    spans = [one.spans[0] for one in found.words]
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    for one in (*found.terms, *(term for frame in found.frames for term in frame.terms)):
        for start, end in one.spans:
            shown = text[start:end].lower().replace("’", "'").replace("\u00ad", "")
            assert one.form.split()[0] in shown.replace("ﬁ", "fi")


@settings(max_examples=40, deadline=None)
@given(text=TEXTS, which=st.integers(0, 40))
def test_score_without_a_term_is_less_by_what_it_contributes(
    fitted_stance: StanceClassifier, text: str, which: int
) -> None:
    found = explain(fitted_stance, text)
    X = fitted_stance.features_.transform([text])
    classifier = fitted_stance
    assert all(value == pytest.approx(0, **EXACT) for value in found.mixing.values())
    if classifier.lean_ == 0:
        assert dict(found.scores) == pytest.approx(decision(classifier, X), **EXACT)
    if not found.terms:
        return
    term = found.terms[which % len(found.terms)]
    without = X.copy()
    without[0, classifier.features_.vocabulary_[term.form]] = 0.0

    before, after = decision(classifier, X), decision(classifier, csr_matrix(without))

    for label in found.scores:
        assert before[label] - after[label] == pytest.approx(term.weights[label], **EXACT)


def test_scores_are_the_log_probabilities_after_the_lean(model: Model) -> None:
    text = f"{LEAVE} The committee will meet."

    found = explain(model, text)

    stance = model.stance
    X = stance.features_.transform([text])
    scores = stance.head_.scores(X).reshape(1, stance.n_sets_, -1)
    leaning = stance.calibration_.proba(scores, stance.in_domain(X), stance.lean_)[0]
    logs = dict(zip(model.labels, np.log(leaning) - np.log(leaning).mean(), strict=True))
    assert dict(found.scores) == pytest.approx(logs, **EXACT)
    assert sum(found.domains.values()) == pytest.approx(1, **EXACT)


def test_words_that_argue_for_a_side_are_told_from_those_of_the_other(model: Model) -> None:
    found = explain(model, "Bring our soldiers home now: the militants will return, so we stay.")

    sides = {one.form: one.side for one in found.words}
    assert sides["bring"] == sides["home"] == "pro-withdrawal"
    assert sides["militants"] == sides["return"] == "pro-presence"
    (home,) = (one for one in found.terms if one.form == "home")
    assert home.strength == home.weights["pro-withdrawal"] > 0


def test_term_in_two_places_is_shared_by_them(model: Model) -> None:
    found = explain(model, "home? Xyzzy home!")

    (term,) = found.terms
    assert term.spans == ((0, 4), (12, 16))
    for word in found.words:
        assert word.weights == pytest.approx({k: v / 2 for k, v in term.weights.items()}, **EXACT)


def test_text_without_a_known_word_has_the_constant_alone(model: Model) -> None:
    found = explain(model, "Xyzzy plugh.")

    assert found.terms == found.words == found.sentences == ()
    check_sums(found)


def test_encoder_has_a_part_of_its_own_and_sentences_by_occlusion(
    encoded: StanceClassifier,
) -> None:
    text = "  Bring our soldiers home. The committee will meet on Monday!  "

    found = explain(encoded, text)

    check_sums(found)
    assert any(abs(value) > 1e-6 for value in found.encoder.values())
    assert [text[slice(*one.spans[0])] for one in found.sentences] == [
        "Bring our soldiers home.",
        "The committee will meet on Monday!",
    ]
    left = explain(encoded, "The committee will meet on Monday!").encoder
    for label, weight in found.sentences[0].weights.items():
        assert weight == pytest.approx(found.encoder[label] - left[label], **EXACT)
    (only,) = explain(encoded, "Bring our soldiers home.").sentences
    assert only.weights == pytest.approx(
        dict(explain(encoded, "Bring our soldiers home.").encoder), **EXACT
    )
    moved = explain(encoded, text, start=5)
    for one, other in zip(
        (*found.sentences, *found.terms), (*moved.sentences, *moved.terms), strict=True
    ):
        assert other.spans == tuple((start + 5, end + 5) for start, end in one.spans)
    assert explain(encoded, "").sentences == ()


@pytest.mark.parametrize("markup", ["plain", "markdown"])
def test_article_is_explained_passage_by_passage(model: Model, markup: str) -> None:
    text = f"# Leave\n\n{LEAVE}\n\nThe *soldiers* must [stay](http://x.y/stay) in the capital.\n"

    analysis = model.analyze(text, markup=markup, explain=True)

    explained = [one for one in analysis.passages if one.explanation is not None]
    assert explained == list(analysis.scored)
    for passage in analysis.scored:
        found = passage.explanation
        assert found is not None
        assert found.label == passage.stance
        assert [frame.frame for frame in found.frames] == list(passage.frames)
        for word in found.words:
            ((start, end),) = word.spans
            assert passage.start <= start < end <= passage.end
            assert text[start:end].lower() == word.form
    assert all(one.explanation is None for one in model.analyze(text).passages)
    assert model.analyze("", explain=True).passages[0].explanation is None


def test_rows_of_a_table_are_explained(model: Model) -> None:
    one, two, three = model.analyze_passages([LEAVE, None, ""], explain=True)

    assert one.explanation == model.explain(LEAVE)
    assert two.explanation is three.explanation is None


def test_explanation_is_plain_json(model: Model) -> None:
    (passage,) = model.analyze(LEAVE, explain=True).passages

    line = json.loads(json.dumps(passage.to_dict()))

    found = line["explanation"]
    assert list(found) == [
        *("label", "scores", "constant", "mixing", "encoder", "domains"),
        *("terms", "words", "sentences", "frames", "nearest"),
    ]
    assert [LEAVE[a:b].lower() for one in found["words"] for a, b in one["spans"]] == [
        one["form"] for one in found["words"]
    ]
    assert "explanation" not in model.analyze(LEAVE).passages[0].to_dict()


def test_shipped_model_tells_why(model: Model) -> None:
    shipped = load_model("troops-en")
    for place in PLACES[:3]:
        text = f"It is time to bring the troops home from {place}; the occupation must end."
        found = shipped.explain(text)
        check_sums(found)
        assert found.label == "pro-withdrawal"
        strongest = [one.form for one in found.terms if one.side == found.label][:8]
        assert {"home", "end", "occupation", "bring", "the occupation"} & set(strongest)


@pytest.mark.parametrize("text", [None, ["a"], 3])
def test_what_is_no_string_is_refused(model: Model, text: object) -> None:
    with pytest.raises(InputError, match="expected one passage as str"):
        explain(model, text)  # type: ignore[arg-type]
