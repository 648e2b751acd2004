"""Each passage has what its voices say and what is the author's; an article has its speakers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import NEUTRAL, PRESENCE, WITHDRAWAL, Passages
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit import (
    Analysis,
    FrameClassifier,
    Model,
    PassageAnalysis,
    PassageVoice,
    StanceClassifier,
    speakers_of,
)

STAY = PRESENCE[0].format("the capital")
LEAVE = WITHDRAWAL[0].format("the capital")
MEET = NEUTRAL[0].format("the capital")
ARTICLE = f"""\
Debate in the Capital

{MEET}

“{LEAVE[:-1]},” said Dan Ames, a former officer. “{WITHDRAWAL[1].format("the hills")}”

Ms. Hale, the spokeswoman, said that the soldiers must stay, because the militants will return.

“Not now,” Mr. Ames said.
"""
LABELS = ("neutral", "pro-presence", "pro-withdrawal")


@pytest.fixture(scope="module")
def model(fitted_stance: StanceClassifier, fitted_frames: FrameClassifier) -> Model:
    return Model(fitted_stance, fitted_frames, "valley")


@pytest.fixture(scope="module")
def analysis(model: Model) -> Analysis:
    return model.analyze(ARTICLE)


def said(text: str, voice: PassageVoice) -> list[str]:
    return [text[start:end] for start, end in voice.content]


def test_each_voice_of_a_passage_has_its_words_and_its_stance(analysis: Analysis) -> None:
    _, _, ames, hale, short = analysis.passages

    (quote,) = ames.voices or ()
    assert (quote.speaker, quote.role, quote.kind) == ("Dan Ames", "former officer", "direct")
    assert quote.stance == "pro-withdrawal"
    assert sum(quote.probabilities.values()) == pytest.approx(1)
    assert said(ARTICLE, quote)[0].startswith("“Bring our soldiers home")
    assert said(ARTICLE, quote)[-1].endswith("not ours.”")
    assert (quote.start, quote.end) == (quote.content[0][0], quote.content[-1][1])

    (indirect,) = hale.voices or ()
    assert (indirect.kind, indirect.stance) == ("indirect", "pro-presence")

    (few_words,) = short.voices or ()
    assert (few_words.speaker, few_words.stance, few_words.probabilities) == ("Dan Ames", None, {})


def test_author_has_the_words_that_no_voice_says(analysis: Analysis) -> None:
    _, plain, ames, _, short = analysis.passages

    assert (plain.own_share, plain.voices) == (1.0, ())
    assert (plain.own_stance, plain.own_probabilities) == (plain.stance, plain.probabilities)
    assert ames.own_share == pytest.approx(6 / len(ames.text.split()))  # said ... officer.
    assert (ames.own_sentences, ames.own_stance) == ((), None)
    assert short.own_share == pytest.approx(3 / 5)


def test_sentences_that_report_no_one_are_judged_as_the_author_s(model: Model) -> None:
    text = f"{STAY} “{LEAVE[:-1]},” said Dan Ames. {STAY}"
    analysis = model.analyze(text)

    (passage,) = analysis.passages
    (voice,) = passage.voices or ()
    assert voice.stance == "pro-withdrawal"
    assert [text[start:end] for start, end in passage.own_sentences] == [STAY, STAY]
    assert passage.own_stance == "pro-presence"
    assert analysis.author.strongest is not None
    assert analysis.author.strongest.text == f"{STAY} … {STAY}"


def test_what_the_author_says_as_i_is_no_voice(model: Model) -> None:
    (passage,) = model.analyze(f"I believe that {STAY[0].lower()}{STAY[1:]}").passages

    assert (passage.voices, passage.own_share) == ((), 1.0)
    assert passage.own_stance == "pro-presence"


def test_quotation_over_paragraphs_is_a_voice_of_each(model: Model) -> None:
    text = f"Dan Ames said: “{LEAVE}\n\n“{STAY}”"
    first, second = model.analyze(text).passages

    assert [one.speaker for one in first.voices or ()] == ["Dan Ames"]
    assert [one.speaker for one in second.voices or ()] == ["Dan Ames"]
    assert all(
        passage.start <= start < end <= passage.end
        for passage in (first, second)
        for voice in passage.voices or ()
        for start, end in voice.content
    )


def test_speakers_have_their_counts_and_their_clearest_statement(analysis: Analysis) -> None:
    ames, hale = analysis.speakers

    assert (ames.speaker, ames.role) == ("Dan Ames", "former officer")
    assert ames.counts == {"neutral": 0, "pro-presence": 0, "pro-withdrawal": 1}
    assert (len(ames.statements), ames.n_unjudged) == (2, 1)
    assert ames.strongest is not None
    assert (ames.strongest.passage, ames.strongest.stance) == (2, "pro-withdrawal")
    assert "Bring our soldiers home" in ames.strongest.text
    assert ARTICLE[ames.strongest.start :].startswith("“Bring our soldiers")
    assert hale.counts["pro-presence"] == 1


def test_author_stands_apart_from_the_speakers(analysis: Analysis) -> None:
    assert analysis.author.is_author
    assert analysis.author.counts == {"neutral": 1, "pro-presence": 0, "pro-withdrawal": 0}
    assert analysis.author.strongest is None
    assert not any(one.is_author for one in analysis.speakers)


def row(article: str, *voices: tuple[str | None, int, int, str | None]) -> PassageAnalysis:
    """A passage in which each of ``voices`` says what lies between two offsets."""
    found = tuple(
        PassageVoice(
            *(name, None, "indirect", start, end, ((start, end),), stance),
            {} if stance is None else {stance: 1.0},
        )
        for name, start, end, stance in voices
    )
    return replace(PassageAnalysis(article, 0, 0, 60, "x" * 60), voices=found)


def test_one_name_in_two_spellings_is_one_speaker() -> None:
    rows = [
        row("a", ("The Pentagon", 0, 20, "neutral"), ("the pentagon", 30, 60, "pro-presence")),
        row("a", ("Pentagon", 0, 20, None)),
    ]
    (pentagon,) = speakers_of(rows, LABELS)
    assert (pentagon.speaker, len(pentagon.statements)) == ("The Pentagon", 3)


def test_statement_within_a_statement_of_the_same_speaker_counts_once() -> None:
    nested = row("a", ("Ames", 0, 50, "neutral"), ("Ames", 10, 50, "pro-presence"))
    other = row("a", ("Ames", 0, 50, "neutral"), ("Hale", 10, 50, "pro-presence"))
    assert [len(one.statements) for one in speakers_of([nested], LABELS)] == [1]
    assert [len(one.statements) for one in speakers_of([other], LABELS)] == [1, 1]


def test_headline_is_no_statement() -> None:
    headline = replace(row("a", ("Ames", 0, 50, None)), kind="heading")
    assert speakers_of([headline], LABELS) == ()


def test_who_takes_sides_comes_first() -> None:
    rows = [
        row("a", ("Ames", 0, 9, "neutral"), ("Ames", 10, 19, "neutral"), ("Hale", 20, 60, None)),
        row("a", ("Reed", 0, 9, "pro-presence"), (None, 10, 19, "neutral")),
    ]
    assert [one.speaker for one in speakers_of(rows, LABELS)] == ["Reed", "Ames", "Hale", None]


def test_names_are_merged_over_articles_by_whoever_gives_them_together() -> None:
    one, two = (row(name, ("Dan Ames", 0, 9, "neutral")) for name in ("a", "b"))
    (ames,) = speakers_of([one, two], LABELS)
    assert ames.articles == ("a", "b")


def test_without_voices_nothing_is_said_of_them(model: Model, passages: Passages) -> None:
    analysis = model.analyze(ARTICLE, voices=False)
    (row,) = model.analyze_passages([LEAVE])

    for passage in (*analysis.passages, row):
        assert (passage.voices, passage.own_share, passage.own_stance) == (None, None, None)
        assert "voices" not in passage.to_dict()
    assert analysis.speakers == ()
    assert analysis.author.statements == ()


def test_rows_have_voices_when_asked(model: Model) -> None:
    text = f"“{LEAVE[:-1]},” said Dan Ames."
    read = model.analyze_passages([text, None, "", text], voices=True)

    assert [[one.speaker for one in passage.voices or ()] for passage in read] == [
        *(["Dan Ames"], [], [], ["Dan Ames"])
    ]
    assert [passage.own_share for passage in read] == [3 / 21, 0.0, 0.0, 3 / 21]
    assert read[0].voices == model.analyze(text).passages[0].voices


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            (
                *("“", "”", '"', "'", "\n\n", "said", "Dan Ames", "he", "I think", "according to"),
                *(LEAVE, STAY, MEET, "\ud800", "\0", "—", "Ms. Hale,", "The Pentagon:"),
            )
        ),
        max_size=30,
    ).map(" ".join)
)
def test_voices_change_nothing_else_and_stay_within_their_passage(
    fitted_stance: StanceClassifier, text: str
) -> None:
    model = Model(fitted_stance)
    heard = model.analyze(text)

    bare = [replace(p, voices=None, own_stance=None, own_probabilities={}) for p in heard.passages]
    assert bare == list(model.analyze(text, voices=False).passages)
    for passage in heard.passages:
        assert 0 <= (passage.own_share or 0) <= 1
        for voice in passage.voices or ():
            assert voice.content == tuple(sorted(voice.content))
            assert all(passage.start <= a < b <= passage.end for a, b in voice.content)
            assert voice.stance == max(
                voice.probabilities, key=voice.probabilities.get, default=None
            )
    counted = sum(sum(one.counts.values()) + one.n_unjudged for one in heard.speakers)
    assert counted == sum(len(one.statements) for one in heard.speakers)
