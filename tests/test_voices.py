"""Voices: what is said in an article, in which words, and who says it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stancekit import find_voices
from stancekit.voices import Voice

QUICK = settings(derandomize=True, deadline=None, max_examples=150)

ARTICLE = """Leave the northern bases now, says Senator Lane

Senator Eva Lane and Dan Ames, a former infantry officer, disagreed on Monday over the mission.

"We have no business there," Mr. Ames said. "Every month costs us lives."

"If we stay," he added, "the militias will grow stronger."

The senator argued that a hasty retreat would hand the towns to the militias. She warned that allies
would stop trusting the government.

Pentagon spokesman John Reed said the troops would stay "as long as it takes."

According to a senior official, who spoke on condition of anonymity, the plan is not final.

The Defence Ministry said it had no plans to withdraw.

Dr. Omar Haddad, a fellow at the Institute for Peace, wrote: "No army wins such a war."
"""

VARIANTS: dict[str, Callable[[str], str]] = {
    "curly quotes": lambda text: re.sub(r'"([^"\n]*)"', "“\\1”", text.replace("'", "’")),
    "low and high quotes": lambda text: re.sub(r'"([^"\n]*)"', "„\\1“", text),
    "angle quotes": lambda text: re.sub(r'"([^"\n]*)"', "«\\1»", text),
    "spaces that do not break": lambda text: text.replace(" ", "\u00a0"),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "soft hyphens": lambda text: re.sub(r"(\w{3})(?=\w{3})", "\\1\u00ad", text),
    "a byte order mark": lambda text: "\ufeff" + text,
}

# Strings at random hold little that reports speech; these pieces are full of it.
PIECES = st.sampled_from(
    (
        *("\n", "\n\n", "\r", "\f", "\u2028", "\x00", "\ud800", "\u00ad", "\ufeff", "\u200b", "\t"),
        *("he ", "she ", "Mr. Ames ", "Dan Ames ", "the senator ", "who ", "I ", "A. B. ", "U.S. "),
        *("said ", "says: ", "according to ", "told reporters ", "that ", "was asked ", "by "),
        *(
            "We should leave. ",
            "the troops ",
            "- Ann Lee",
            "Why? ",
            "é",
            "İ",
            "عربي",
            "中文。",
            "🇮🇶",
        ),
        *("''", "``", "'", '"', ' "', '" ', ',"', '."', '?"', "“", "”", "‘", "’", "«", "»", "„"),
        *"-–—…….!?:;,()[]",
    )
)
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.lists(PIECES, max_size=60).map(
    "".join
)


def parts(text: str, voice: Voice) -> tuple[str | None, tuple[str, ...], str, str | None]:
    """Source, content, kind and speaker, in words."""
    source = text[slice(*voice.source)] if voice.source else None
    content = tuple(text[start:end] for start, end in voice.content)
    return source, content, voice.kind, voice.speaker


def only(text: str) -> tuple[str | None, tuple[str, ...], str, str | None]:
    voices = find_voices(text)
    assert len(voices) == 1, voices
    return parts(text, voices[0])


def speakers(text: str) -> list[str | None]:
    return [voice.speaker for voice in find_voices(text)]


def contents(text: str) -> list[tuple[str, ...]]:
    return [parts(text, voice)[1] for voice in find_voices(text)]


def test_voices_of_an_article_come_in_order_with_speakers_and_roles() -> None:
    assert [(v.kind, v.speaker, v.role) for v in find_voices(ARTICLE)] == [
        ("indirect", "Eva Lane", "Senator"),
        ("indirect", "Eva Lane and Dan Ames", None),
        ("direct", "Dan Ames", "former infantry officer"),
        ("direct", "Dan Ames", "former infantry officer"),
        ("indirect", "Eva Lane", "Senator"),
        ("indirect", "Eva Lane", "Senator"),
        ("mixed", "John Reed", "Pentagon spokesman"),
        ("indirect", "a senior official", "senior official"),
        ("indirect", "Defence Ministry", None),
        ("direct", "Omar Haddad", "fellow at the Institute for Peace"),
    ]


def test_quote_before_its_cue() -> None:
    text = '"We must bring them home," said Dan Ames.'
    assert only(text) == ("Dan Ames", ('"We must bring them home,"',), "direct", "Dan Ames")


def test_quote_after_its_cue() -> None:
    text = 'Dan Ames said: "We must bring them home."'
    assert only(text) == ("Dan Ames", ('"We must bring them home."',), "direct", "Dan Ames")


def test_cue_is_the_word_that_reports() -> None:
    text = "According to Dan Ames, the war is lost."
    (voice,) = find_voices(text)
    assert voice.cue is not None
    assert text[slice(*voice.cue)] == "According to"


def test_quote_that_its_cue_interrupts_has_two_parts() -> None:
    text = '"If we leave," Dan Ames said, "the towns will fall."'
    assert only(text)[1] == ('"If we leave,"', '"the towns will fall."')


def test_quote_goes_on_after_the_sentence_of_its_cue() -> None:
    text = '"We must leave," Dan Ames said. "There is nothing left to win. Nothing."'
    assert only(text)[1] == ('"We must leave,"', '"There is nothing left to win. Nothing."')


def test_quote_that_runs_over_paragraphs_is_one_voice() -> None:
    text = '"We came to help," Dan Ames said. "We stayed too long.\n\n"Now we must go."'
    assert only(text)[1] == ('"We came to help,"', '"We stayed too long.', '"Now we must go."')


def test_quote_may_follow_a_colon_in_the_next_paragraph() -> None:
    text = 'Dan Ames said in a statement:\n\n"The soldiers have done their work. Bring them home."'
    assert only(text)[1] == ('"The soldiers have done their work. Bring them home."',)


def test_unlisted_verb_beside_a_quote_is_its_cue() -> None:
    text = '"We will never leave them alone," Dan Ames thundered.'
    assert only(text)[::3] == ("Dan Ames", "Dan Ames")


def test_question_goes_on_to_its_cue() -> None:
    text = '"Why are we still there?" Dan Ames asked.'
    assert only(text)[:2] == ("Dan Ames", ('"Why are we still there?"',))


def test_question_goes_on_to_a_cue_after_an_apposition() -> None:
    text = '"Why are we there?" Dan Ames, a retired worker from a mill, declared.'
    assert only(text)[1::2] == (('"Why are we there?"',), "Dan Ames")


def test_part_of_a_quote_in_a_sentence_is_mixed() -> None:
    text = 'Dan Ames said that the mission was "a fraud from the start."'
    assert only(text)[1:3] == (('that the mission was "a fraud from the start."',), "mixed")


def test_indirect_speech_reaches_to_the_end_of_its_sentence() -> None:
    text = (
        "Dan Ames argued that the troops should leave and that the bases should close. It rained."
    )
    expected = "that the troops should leave and that the bases should close"
    assert only(text) == ("Dan Ames", (expected,), "indirect", "Dan Ames")


def test_content_may_stand_before_a_trailing_attribution() -> None:
    text = "The troops should leave at once, Dan Ames said."
    assert only(text)[:2] == ("Dan Ames", ("The troops should leave at once",))


def test_according_to_may_lead_or_trail() -> None:
    for text in (
        "According to Dan Ames, the war is lost.",
        "The war is lost, according to Dan Ames.",
    ):
        source, (content,), kind, _ = only(text)
        assert (source, content.lower(), kind) == ("Dan Ames", "the war is lost", "indirect")


@pytest.mark.parametrize(
    "text",
    [
        '"Bring them home." - Dan Ames',
        '"Bring them home."\n\n- Dan Ames',
        '"Bring them home." [Dan Ames.]',
    ],
)
def test_signed_quote_needs_no_verb(text: str) -> None:
    assert only(text) == ("Dan Ames", ('"Bring them home."',), "direct", "Dan Ames")


def test_noise_of_a_hall_is_no_signature() -> None:
    assert "Applause" not in speakers('"Bring them home now, all of them." (Applause.)')


def test_headline_may_name_its_speaker_before_a_colon() -> None:
    assert only("Ames: US troops must leave Iraq")[:2] == ("Ames", ("US troops must leave Iraq",))


def test_single_quotes_of_a_headline_are_quotes() -> None:
    text = "'Bring them home', says mother of soldier"
    assert only(text)[:3] == ("mother of soldier", ("'Bring them home'",), "direct")


def test_apostrophes_are_no_quotes() -> None:
    text = "The soldiers' families don't agree: it's the ministers' war, Dan Ames said."
    assert {voice.kind for voice in find_voices(text)} == {"indirect"}


def test_text_without_speech_has_no_voices() -> None:
    assert find_voices("The river rose in the night. Two bridges fell.") == []
    assert find_voices("") == []


def test_surname_stands_for_the_full_name_even_if_that_comes_later() -> None:
    text = 'Mr. Ames said the war was lost.\n\n"It is," Dan Ames said.'
    assert speakers(text) == ["Dan Ames", "Dan Ames"]


def test_pronoun_takes_the_gender_of_a_title() -> None:
    text = "Mr. Ames met Ms. Lane on Monday. She said the troops should stay."
    assert speakers(text)[-1] == "Lane"


def test_pronoun_stands_for_the_last_speaker() -> None:
    text = '"We should go," said Mary Lane. "Soon," she added.'
    assert set(speakers(text)) == {"Mary Lane"}


@pytest.mark.parametrize(
    ("title", "office"),
    [
        ("Sen. Dan Ames", "The senator"),
        ("Gen. Dan Ames", "The general"),
        ("Pentagon spokeswoman Ann Ames", "The spokeswoman"),
    ],
)
def test_office_stands_for_its_holder(title: str, office: str) -> None:
    text = f"{title} came on Monday. Joe Field left. {office} said the troops would stay."
    assert (speakers(text)[-1] or "").endswith("Ames")


def test_office_that_nobody_holds_stays_as_it_is() -> None:
    assert speakers("The minister said the troops would stay.") == ["The minister"]


@pytest.mark.parametrize(
    "source", ["a senior official", "two Western diplomats", "people close to the talks"]
)
def test_unnamed_source_stays_unnamed(source: str) -> None:
    assert speakers(f"The troops will leave next year, according to {source}.") == [source]


def test_body_speaks_under_its_name() -> None:
    assert speakers("The Pentagon said the troops would stay.") == ["Pentagon"]


def test_spokesman_of_a_person_is_not_that_person() -> None:
    text = "Dan Ames fell ill. A spokesman for Mr. Ames said he would recover."
    assert "Dan Ames" not in speakers(text)[-1:]


def test_first_person_in_a_quote_is_its_speaker() -> None:
    text = '"I believe that we should leave Iraq this year," said Dan Ames.'
    assert set(speakers(text)) == {"Dan Ames"}


@pytest.mark.parametrize(
    "text",
    [
        "Dan Ames is expected to leave the party this year.",
        "Dan Ames was considered a friend of the generals.",
        "The Pentagon is also said to be planning a retreat.",
        "Dan Ames has been widely reported to want peace.",
    ],
)
def test_subject_of_a_passive_is_no_speaker(text: str) -> None:
    assert set(speakers(text)) <= {None}


def test_passive_of_a_state_of_mind_keeps_its_subject() -> None:
    assert speakers("Dan Ames is convinced that the troops will leave.") == ["Dan Ames"]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Nobody believed Dan Ames, who argued that the war was lost.", "Dan Ames"),
        ("It hurt Dan Ames, a retired colonel who argued that the war was lost.", "Dan Ames"),
        ("They left with several farmers who said that the war was lost.", "several farmers"),
        ("They asked the Defence Ministry, which said that the war was lost.", "Defence Ministry"),
    ],
)
def test_relative_pronoun_stands_for_what_it_follows(text: str, speaker: str) -> None:
    assert speakers(text)[-1] == speaker


def test_pronoun_is_not_the_owner_of_something() -> None:
    text = "Dan Ames, a lawyer, spoke first. Mr. Reed's plan had failed. He said the war was lost."
    assert speakers(text)[-1] == "Dan Ames"


def test_pronoun_is_nobody_whom_its_words_name() -> None:
    text = "Mr. Ames met Mr. Reed on Monday. He said Mr. Ames would leave."
    assert speakers(text)[-1] == "Reed"


def test_pronoun_stands_for_the_subject_of_the_sentence_before() -> None:
    text = 'Mr. Ames said the war was lost. Mr. Reed left the room at once. "Never," he said.'
    assert speakers(text)[-1] == "Reed"


def test_object_of_the_sentence_before_is_not_its_subject() -> None:
    text = "Mr. Reed said the war was lost. Eva Lane met Mr. Ames. He added that all must leave."
    assert speakers(text)[-1] == "Reed"


def test_pronoun_that_fits_nobody_has_no_speaker() -> None:
    assert speakers("Mr. Ames came on Monday. She said the war was lost.") == [None]
    assert speakers("They said the war was lost.") == [None]


def test_person_once_called_she_stays_she() -> None:
    text = (
        "Robin Vale, a farmer, said the war was lost. She added that the troops must leave.\n\n"
        "Mr. Reed, a lawyer, came next. Robin Vale wept. He said that nothing was lost."
    )
    assert speakers(text) == ["Robin Vale", "Robin Vale", "Reed"]


def test_names_of_one_person_are_one_speaker() -> None:
    text = (
        "Dan Ames said the war was lost. Mr. Ames said the troops must leave. "
        "Ames said the bases must close.\n\nAMES WARNS THAT THE WAR IS LOST"
    )
    assert set(speakers(text)) == {"Dan Ames"}


@pytest.mark.parametrize(
    ("source", "speaker"),
    [
        ("Iraq's Prime Minister Adel Hamid", "Adel Hamid"),
        ("Secretary of Defense Joe Field", "Joe Field"),
        ("former Lane press secretary Joe Field", "Joe Field"),
        ("a Lane campaign official", "a Lane campaign official"),
        ("Eva Lane and Joe Field", "Eva Lane and Joe Field"),
        ("the Lane campaign and Joe Field", "Lane campaign and Joe Field"),
        ("roughly 14,000 soldiers", "roughly 14,000 soldiers"),
    ],
)
def test_name_within_a_source_speaks_only_as_its_head(source: str, speaker: str) -> None:
    text = f"Eva Lane won on Monday. The war is lost, according to {source}."
    assert speakers(text)[-1] == speaker


def test_the_official_is_the_one_of_before() -> None:
    text = 'A senior official said the war was lost. "We go," the official added.'
    assert speakers(text) == ["A senior official", "A senior official"]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("He broke with party lines. Senator Dan Ames said the war was lost.", "Senator"),
        (
            "White House press secretary Dan Ames said the war was lost.",
            "White House press secretary",
        ),
        (
            "Dan Ames, the top U.S. commander in Asia, said the war was lost.",
            "top U.S. commander in Asia",
        ),
        (
            "The war is lost, Dan Ames, a spokesman for the army told reporters.",
            "spokesman for the army",
        ),
    ],
)
def test_role_is_whole_and_ends_with_its_phrase(text: str, role: str) -> None:
    assert [voice.role for voice in find_voices(text)] == [role]


def test_participle_does_not_take_the_quote_before_it() -> None:
    text = 'Dan Ames called the war a "mad, mad folly," adding "we should never have come."'
    assert contents(text)[-1] == ('"we should never have come."',)


def test_content_does_not_break_off_within_a_phrase() -> None:
    text = "Dan Ames opposed a 14,000-strong force. Eva Lane offered a place in support of peace."
    assert contents(text) == [("a 14,000-strong force",), ("a place in support of peace",)]


@pytest.mark.parametrize("variant", VARIANTS)
def test_typography_changes_nothing(variant: str) -> None:
    text = VARIANTS[variant](ARTICLE)
    plain, other = find_voices(ARTICLE), find_voices(text)
    assert [(v.kind, v.speaker, v.role) for v in other] == [
        (v.kind, v.speaker, v.role) for v in plain
    ]
    assert [letters(text, v) for v in other] == [letters(ARTICLE, v) for v in plain]


def letters(text: str, voice: Voice) -> list[str]:
    """The letters of each part, which typography leaves alone."""
    spans = [voice.source, voice.cue, *voice.content]
    return ["".join(re.findall(r"[^\W_]", text[slice(*s)])) if s else "" for s in spans]


@given(text=ANY_TEXT)
@example(text='"')
@example(text="''' said")
@example(text='said "a\u00ad')
@example(text='"a" - B')
@QUICK
def test_any_string_gives_voices_with_exact_places(text: str) -> None:
    voices = find_voices(text)
    for voice in voices:
        assert voice.content
        assert voice.kind in {"direct", "indirect", "mixed"}
        for span in (voice.source, voice.cue, *voice.content):
            assert span is None or 0 <= span[0] < span[1] <= len(text)
        assert all(one[1] <= other[0] for one, other in pairwise(voice.content))
        assert voice.source is not None or voice.speaker is None
    assert voices == find_voices(text)


@pytest.mark.parametrize(
    "text",
    [
        '"' * 100_000,
        '" ' * 100_000,
        "' a" * 50_000,
        'said "' + "the word " * 50_000,
        '"said he said, ' * 5_000,
        "A-" * 100_000,
        "Aa " * 50_000,
        '"He said\n\n' * 5_000,
        '- A\n\n"b c d."\n\n' * 3_000,
        "Mr. Ames, who met Ann Lane, left. He said she knew it. " * 1_000,
    ],
    ids=lambda text: text[:8].strip(),
)
def test_odd_marks_take_linear_time(text: str) -> None:
    start = time.perf_counter()
    find_voices(text)
    assert time.perf_counter() - start < 20


def test_long_texts_are_read_to_the_end() -> None:
    filler = "The river rose in the night and two bridges fell. " * 100_000
    text = f'{filler}\n\n"We must leave," said Dan Ames.'
    assert len(text) > 5_000_000
    assert only(text)[0] == "Dan Ames"


def test_quotation_over_paragraphs_has_the_speaker_that_comes_at_its_end() -> None:
    text = (
        "“Not yet.\n\nThe day was hot. “They must stay,” said Ann Hale.\n\n"
        "Hours went by.\n\n"
        "“The war was long.\n\n“It cost too much.\n\n“Bring them home,” said Dan Ames."
    )
    hale, ames = find_voices(text)
    assert [text[start:end] for start, end in ames.content] == [
        *("“The war was long.", "“It cost too much.", "“Bring them home,”")
    ]
    assert [text[start:end] for start, end in hale.content] == ["“They must stay,”"]


@pytest.mark.parametrize(
    "headline",
    ["‘We must leave Iraq’: Ames warns of a long war", "'We must leave Iraq' - Ames"],
)
def test_quotation_of_a_headline_has_the_speaker_behind_its_sign(headline: str) -> None:
    text = f"{headline}\n\nDan Ames, a former officer, lives in the capital."
    voice = find_voices(text)[0]
    assert (voice.speaker, voice.kind) == ("Dan Ames", "direct")
    assert "We must leave Iraq" in text[slice(*voice.content[0])]


@pytest.mark.parametrize(
    "headline", ["‘Hero’: Ames returns", "‘The best of days’: The long summer of a town"]
)
def test_headline_that_names_no_speaker_is_no_voice(headline: str) -> None:
    assert find_voices(headline) == []
