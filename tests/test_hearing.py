"""Why a voice has its stance: sums that come out, at places that are its words."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import NEUTRAL, PRESENCE, WITHDRAWAL, Passages

from stancekit import Explanation, FrameClassifier, Model, PassageAnalysis, StanceClassifier

LEAVE, STAY, MEET = (side[0].format("the capital") for side in (WITHDRAWAL, PRESENCE, NEUTRAL))
# What Dan Ames says stands in two pieces, with marks that are several characters of the text.
TOLD = (
    f"Before.\n\n“Bring our soldiers home from the ca\u00adpital now,” said Dan Ames. “This "
    f"war costs too much money and it must end.” {MEET} Ann Lane said, “{STAY}”\n\n"
    f"{LEAVE}"
)


@pytest.fixture(scope="module")
def model(passages: Passages, fitted_frames: FrameClassifier) -> Model:
    """Two domains, and a lean that the words of voices do without."""
    domains = ["news" if n % 3 else "speech" for n in range(len(passages.texts))]
    stance = StanceClassifier(sharing={"speech": 0.0}, lean=0.9)
    stance.fit(passages.texts, passages.labels, groups=passages.articles, domains=domains)
    return Model(stance, fitted_frames)


@pytest.fixture(scope="module")
def told(model: Model) -> PassageAnalysis:
    return model.analyze(TOLD, explain=True).passages[1]


def check_sums(found: Explanation) -> None:
    for label, score in found.scores.items():
        for parts in (found.words, found.terms):
            total = sum(one.weights[label] for one in parts)
            rest = found.constant[label] + found.mixing[label] + found.encoder[label]
            assert rest + total == pytest.approx(score, abs=1e-9)


def test_scores_are_the_log_probabilities_without_a_lean(told: PassageAnalysis) -> None:
    assert told.voices
    assert [voice.speaker for voice in told.voices] == ["Dan Ames", "Ann Lane"]
    for voice in told.voices:
        found = voice.explanation
        assert found is not None
        assert found.label == voice.stance
        logs = np.log(list(voice.probabilities.values()))
        assert list(found.scores.values()) == pytest.approx(list(logs - logs.mean()), abs=1e-9)
        check_sums(found)
        assert found.frames == found.nearest == found.sentences == ()


def test_words_stand_in_what_the_voice_says(told: PassageAnalysis) -> None:
    for voice in told.voices or ():
        assert voice.explanation is not None
        for word in voice.explanation.words:
            ((start, end),) = word.spans
            assert TOLD[start:end].lower().replace("\u00ad", "") == word.form
            assert any(first <= start < end <= last for first, last in voice.content)
    ames = told.voices[0].explanation if told.voices else None
    assert ames is not None
    assert {"capital", "money"} <= {word.form for word in ames.words}


def test_author_is_explained_where_a_voice_is_apart(model: Model, told: PassageAnalysis) -> None:
    found = told.own_explanation
    assert found is not None
    assert found.label == told.own_stance
    check_sums(found)
    first, last = TOLD.index(MEET), TOLD.index(MEET) + len(MEET)
    assert all(first <= start < end <= last for one in found.words for start, end in one.spans)
    alone = model.analyze(TOLD, explain=True).passages[2]
    assert (alone.own_stance is not None, alone.own_explanation) == (True, None)


def test_line_has_why_only_where_it_was_asked_for(model: Model, told: PassageAnalysis) -> None:
    line = json.loads(json.dumps(told.to_dict()))
    assert line["own_explanation"]["label"] == told.own_stance
    assert [one["explanation"]["label"] for one in line["voices"]] == [
        voice.stance for voice in told.voices or ()
    ]
    plain = model.analyze(TOLD).passages[1].to_dict()
    assert "own_explanation" not in plain
    assert all("explanation" not in voice for voice in plain["voices"])
    assert {key: plain[key] for key in plain if key != "voices"} == {
        key: value for key, value in told.to_dict().items() if key in plain and key != "voices"
    }


def test_voice_too_short_to_judge_has_no_reason(model: Model) -> None:
    (passage,) = model.analyze(f"“Stay,” said Dan Ames. {LEAVE}", explain=True).passages
    assert [voice.explanation for voice in passage.voices or ()] == [None]
