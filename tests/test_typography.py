"""One form for every typography, in time that grows with the length of the text alone."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.features import read_text
from stancekit.tracing import trace_words
from stancekit.typography import compose

# In the wrong order for NFKC, which sorts them: below comes before above, a half-width sound mark
# before both.
ABOVE, BELOW, SOUND = "\u0301", "\u0316", "\uff9e"
PAIR = ABOVE + BELOW


@given(st.text(st.sampled_from(f"ea ｶﬁ각{ABOVE}{BELOW}{SOUND}\u0344"), max_size=30))
def test_text_of_any_writing_is_composed_as_by_nfkc(text: str) -> None:
    assert compose(text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("n_marks", range(26, 36))
def test_marks_beyond_what_any_writing_has_are_sorted_in_pieces(n_marks: int) -> None:
    marks = (PAIR * n_marks)[:n_marks]
    for before in ("", "x", "x" * 16, "caf\xe9 " * 7):
        whole = unicodedata.normalize("NFKC", before + marks[:30])
        assert compose(before + marks) == whole + unicodedata.normalize("NFKC", marks[30:])


@pytest.mark.parametrize("marks", [PAIR, ABOVE + SOUND, "\u0344" + BELOW])
def test_long_runs_of_marks_are_read_in_linear_time(marks: str) -> None:
    # Where the time grew with the square of the length, this would take minutes.
    text = f"home {marks * 200_000} home"
    start = time.perf_counter()
    read = read_text(text)
    words = trace_words(text)
    assert time.perf_counter() - start < 20
    assert (read[:5], read[-5:]) == ("home ", " home")
    assert (words[0].form, words[-1].form) == ("home", "home")
    assert words[-1].end == len(text)
