"""Words are found again where they stand, whatever typography does to them on the way."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.features import TOKEN, TextFeatures, read_text
from stancekit.tracing import trace_words

# Characters that lowering, NFKC or the making even of typography change the number or order of.
ODD = (
    "ﬁ…½İΣςé\u0301\u0323a\u0345ﾞカ한ᄒ\u1161\u11a8Ａ\u00ad\u200b\ufeff’`´\x00\x1f\r\n —-'\u202e‑Å㎏"
)


def shown(text: str, reading: str | None = None) -> list[tuple[str, str]]:
    """Each word as it is counted, and the piece of the text that it comes from."""
    return [(word.form, text[word.start : word.end]) for word in trace_words(text, reading)]


@given(st.text(st.one_of(st.sampled_from(ODD), st.characters())))
def test_words_are_those_that_are_counted(text: str) -> None:
    words = trace_words(text)

    assert [word.form for word in words] == re.findall(TOKEN, read_text(text))
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    starts = [word.start for word in words]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Bring THEM home", [("bring", "Bring"), ("them", "THEM"), ("home", "home")]),
        ("don’t pull‑out", [("don't", "don’t"), ("pull", "pull"), ("out", "out")]),
        (
            "\ufeffwith\u00addraw\u200bal now",
            [("withdrawal", "with\u00addraw\u200bal"), ("now", "now")],
        ),
        (
            "the ﬁnal cafe\u0301 x",
            [("the", "the"), ("final", "ﬁnal"), ("café", "cafe\u0301"), ("x", "x")],
        ),
        ("a\x00\x00b `c´ d", [("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")]),
        ("İI ΣΑΣ", [("i", "İ"), ("i", "I"), ("σας", "ΣΑΣ")]),
        ("ＴＲＯＯＰＳ　home", [("troops", "ＴＲＯＯＰＳ"), ("home", "home")]),
        ("слово…слово да", [("слово", "слово…слово"), ("слово", "слово…слово"), ("да", "да")]),
    ],
)
def test_words_are_found_where_they_stand(text: str, found: list[tuple[str, str]]) -> None:
    assert shown(text) == found


def test_words_of_a_reading_are_found_in_its_markup() -> None:
    text = "**Bring** [the troops](http://a.b/the-troops-home) home &amp; *now*, caf&eacute;s"
    reading = "Bring the troops home & now, cafés"

    found = shown(text, reading)

    assert found[:5] == [(w.lower(), w) for w in ("Bring", "the", "troops", "home", "now")]
    assert found[5][0] == "cafés"
    assert "caf&eacute;s" in found[5][1]


@given(st.lists(st.sampled_from(["the", "troops", "&amp;", "[x](y z)", "**go**", "é"])))
def test_every_word_of_a_reading_has_a_place(parts: list[str]) -> None:
    text, reading = " ".join(parts), " ".join(parts).replace("é", "e").replace("&amp;", "und")

    words = trace_words(text, reading)

    assert len(words) == len(trace_words(reading))
    assert all(0 <= word.start < word.end <= len(text) for word in words)


def test_counted_terms_are_the_runs_of_traced_words() -> None:
    text = "Bring our soldiers home — bring our soldiers home now!"
    features = TextFeatures(min_df=1).fit([text])

    forms = [word.form for word in trace_words(text)]
    runs = [" ".join(forms[a : a + n]) for n in (1, 2) for a in range(len(forms) - n + 1)]

    counts = features.count([text]).toarray()[0]
    assert {term: counts[column] for term, column in features.vocabulary_.items()} == {
        run: runs.count(run) for run in runs
    }


def test_reading_with_none_of_the_words_takes_no_longer() -> None:
    words = trace_words("Bring our soldiers home now. " * 5000, "xyzzy " * 25_000)

    assert len(words) == 25_000
    assert {(word.start, word.end) for word in words} == {(0, 145_000)}
