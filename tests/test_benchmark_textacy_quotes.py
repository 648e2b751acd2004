"""textacy's quotations are scored like ours, and its absence is said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from stancekit.voices import Voice
from training.benchmarks.textacy_quotes import TextacyFinder, main

TEXT = '"We must leave," said Dan Ames.\n\n"We'


def words_of(text: str) -> list[Any]:
    """Stands in for a parsed document: words that know where they are."""
    return [
        SimpleNamespace(text=word, idx=text.index(word)) for word in text.replace(".", "").split()
    ]


def quotations(words: list[Any]) -> Iterator[tuple[list[Any], list[Any], list[Any]]]:
    """The triple of the text above; like textacy, refuses an odd number of marks."""
    if sum(word.text.count('"') for word in words) % 2:
        raise ValueError("odd number of quotation marks")
    yield words[4:], words[3:4], words[:3]


@pytest.mark.parametrize(("by_paragraph", "n_found"), [(False, 0), (True, 1)])
def test_refused_text_is_counted(by_paragraph: bool, n_found: int) -> None:
    finder = TextacyFinder(words_of, quotations, by_paragraph=by_paragraph)
    found = finder(TEXT)
    assert (finder.n_raised, len(found)) == (1, n_found)
    assert found in ([], [Voice((22, 30), (17, 21), ((0, 16),), "direct")])


def test_absence_is_told_in_a_sentence(tmp_path: Path) -> None:
    arguments = ["--data", str(tmp_path), "--spacy-model", "none_such", "--results", str(tmp_path)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "pip install textacy" in result.output
