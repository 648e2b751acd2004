"""Which words of a corpus are names, by how they are written where no sentence begins."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from stancekit.errors import InputError
from stancekit.letters import TOKEN, even_letters, read_text

__all__ = ["has_name", "name_words", "proper_names"]

# Of the places where a word may be written small, the share at which it is not, and how many.
_CAPITALISED = 0.8
_MIN_COUNT = 2
# From this share of capitals on a sentence is a headline or shouted, and says nothing of its words.
_HEADLINE = 0.5

_SENTENCE_END = re.compile(r"(?<=[.!?:;])[\"')\]]*\s+|[\n\r\"(\[]+")
_WORD = re.compile(TOKEN)
# English writes one pronoun with a capital.
_PRONOUN = re.compile(r"i(?:'\w+)?")


def proper_names(texts: Iterable[str]) -> set[str]:
    """The words that these texts write with a capital, in lower case.

    Counted are the places within sentences, twice or more in all. Besides people, places and
    parties these are the days and months, and whatever else the corpus capitalises; words of
    languages that capitalise all nouns are of no use here. A name that is a common word as well
    ("Bush", "May", "US") is one of them where it is mostly written as a name.

    Parameters
    ----------
    texts : iterable of str

    Returns
    -------
    set of str
        Words in the form in which they are terms. Where a word is a name, its possessive is.
    """
    large, small = Counter[str](), Counter[str]()
    for text in texts:
        for sentence in _SENTENCE_END.split(even_letters(text)):
            words = _WORD.findall(sentence)[1:]
            capitals = [word for word in words if word[0].isupper()]
            if len(capitals) < _HEADLINE * len(words):
                large.update(map(_base, capitals))
                small.update(_base(word) for word in words if not word[0].isupper())
    return {
        word
        for word, n_large in large.items()
        if n_large >= _MIN_COUNT
        and n_large >= _CAPITALISED * (n_large + small[word])
        and not _PRONOUN.fullmatch(word)
    }


def name_words(names: Sequence[str]) -> set[str]:
    """Names that somebody lists, in the form in which they are terms.

    Raises
    ------
    InputError
        For a bare string, or an entry that is not one word.
    """
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise InputError(f"got ignore_names={names!r}; expected True, False or a list of words")
    found = set()
    for name in names:
        words = _WORD.findall(read_text(name))
        if len(words) != 1:
            raise InputError(
                f"got the name {name!r} to ignore; expected one word: list each word of a name"
            )
        found.add(_base(words[0]))
    return found


def has_name(terms: Sequence[str], names: set[str]) -> list[bool]:
    """For each term, a word or a run of words, whether one of its words is among ``names``."""
    is_name = {word: _base(word) in names for term in terms for word in term.split(" ")}
    return [any(is_name[word] for word in term.split(" ")) for term in terms]


def _base(word: str) -> str:
    return word.lower().removesuffix("'s")
