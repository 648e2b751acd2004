"""Passages that tell the same thing: word sets that overlap."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

__all__ = ["are_near_duplicates", "near_duplicate_pairs", "shared_rare_words", "word_set"]

# Two passages are near-duplicates from this Jaccard index of their word sets on; or from the
# lower one when the shorter passage is nearly all in the longer. Without the lower bound, short
# passages of common words count as part of long ones (one of 15 words, in a speech of 96).
_NEAR_DUPLICATE = 0.5
_CONTAINED = 0.8
_NEAR_DUPLICATE_IF_CONTAINED = 0.3

# Words in more passages than this (3 % of the corpus) say what the debate is, not what the
# passage is about.
_RARE_SHARE = 0.03
# In a small corpus, what is told by this many passages may still be one story.
_ALWAYS_RARE = 10
# Fewer shared rare words than this are chance ("Tuesday", "Mosul").
_MIN_SHARED = 3

Words = frozenset[str]


def word_set(text: str) -> Words:
    """The words of a text, in lower case."""
    return frozenset(re.findall(r"\w+", text.lower()))


def are_near_duplicates(one: Words, other: Words) -> bool:
    """Whether two word sets are nearly one, or one of them is nearly all in the other."""
    shared, shorter = len(one & other), min(len(one), len(other))
    is_contained = shared >= _CONTAINED * shorter
    least = _NEAR_DUPLICATE_IF_CONTAINED if is_contained else _NEAR_DUPLICATE
    return shared > 0 and shared >= least * len(one | other)


def near_duplicate_pairs(texts: Sequence[str]) -> list[tuple[int, int, float]]:
    """Pairs of passages that tell nearly the same, with the Jaccard index of their words.

    They are looked for among those that share three rare words or more, and those of equal words:
    short passages of common words that differ in a few are not found.

    Returns
    -------
    list of (first, second, jaccard), first < second, most alike first
    """
    sets = [word_set(text) for text in texts]
    found = {}
    for first, second in chain(_equal_pairs(sets), (pair[:2] for pair in shared_rare_words(texts))):
        one, other = sets[first], sets[second]
        if are_near_duplicates(one, other):
            found[first, second] = len(one & other) / len(one | other)
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(*pair, jaccard) for pair, jaccard in ranked]


def _equal_pairs(sets: Iterable[Words]) -> Iterator[tuple[int, int]]:
    """Each passage with the first one of the same words."""
    first_of: dict[Words, int] = {}
    for place, words in enumerate(sets):
        first = first_of.setdefault(words, place)
        if first < place:
            yield first, place


def shared_rare_words(texts: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Pairs of passages that share rare words, with the Jaccard index of their rare words.

    Yields
    ------
    first, second : int, places in ``texts``, first < second
    jaccard : float in (0, 1]
    """
    rare = _rare_words(texts)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for second, words in enumerate(rare):
        shared = Counter(first for word in words for first in places[word])
        for first, n_shared in shared.items():
            if n_shared >= _MIN_SHARED:
                yield first, second, n_shared / len(words | rare[first])
        for word in words:
            places[word].append(second)


def _rare_words(texts: Iterable[str]) -> list[Words]:
    sets = [word_set(text) for text in texts]
    in_passages = Counter(word for words in sets for word in words)
    limit = max(_ALWAYS_RARE, int(_RARE_SHARE * len(sets)))
    return [frozenset(word for word in words if in_passages[word] <= limit) for words in sets]
