"""Counts the terms of a fixed vocabulary, words and runs of words, in many texts at once.

When a model reads, only its own terms matter, so that no n-gram need become a string: the texts are
one array of bytes, words lie where letters begin and end in it, and each is looked up by a number
made of its bytes; a run of words by the numbers of its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from stancekit.letters import IS_OF_WORD, read_bytes
from stancekit.lookup import Lookup

__all__ = ["KnownTerms"]

# Characters of text read at once, so that their arrays stay in the cache and memory is bounded.
_PIECE = 2**19
_BETWEEN = b"\n"
_APOSTROPHE, _SPACE = b"'"[0], b" "[0]
# Eight bytes are taken at once; the first n of them, where the first byte is the lowest.
_BYTES = 8
_FIRST = np.array([(1 << 8 * n) - 1 for n in range(_BYTES + 1)], dtype=np.uint64)
# Odd numbers that spread what a key is made of over its 64 bits. The second is for the case, as
# good as never, that the first gives two words of a vocabulary one key.
_SPREADS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93))
_HALF = np.uint64(32)


class KnownTerms:
    """The terms of a vocabulary, to be counted in texts.

    It gives the counts of scikit-learn's `CountVectorizer` with the same vocabulary, the
    preprocessor `read_text` and the token pattern ``TOKEN``.

    Parameters
    ----------
    terms : sequence of str
        Each once, in column order. What no text can hold, such as "a-b", is never found.
    lengths : tuple of (int, int)
        The fewest and the most words of a term; others are never found.
    """

    def __init__(self, terms: Sequence[str], lengths: tuple[int, int]) -> None:
        self._n_terms = len(terms)
        texts = [term.encode("utf-8", "surrogatepass") for term in terms]
        words = _Words.of(_BETWEEN.join([b"", *texts, b""]), [len(text) for text in texts])
        columns = words.rows_of_words(*lengths)
        self._lexicon = _Lexicon.of(words)
        first, n_words = words.first[columns], words.n_words[columns]
        ids = self._lexicon.find(words)
        self._levels = list(_levels(ids, first, n_words, columns, len(self._lexicon)))

    def count(self, texts: Sequence[str]) -> csr_matrix:
        """How often each term stands in each text: shape (n_texts, n_terms), int64, rows sorted."""
        counts, indices, sizes = [np.zeros(0, int)], [np.zeros(0, int)], [np.zeros(1, int)]
        for piece in _pieces(texts):
            cells, n_times = np.unique(self._cells(piece), return_counts=True)
            row_starts = np.arange(len(piece) + 1, dtype=np.int64) * self._n_terms
            in_row = np.diff(np.searchsorted(cells, row_starts))
            counts.append(n_times)
            indices.append(cells - np.repeat(row_starts[:-1], in_row))
            sizes.append(in_row)
        found = np.concatenate(counts), np.concatenate(indices), np.concatenate(sizes).cumsum()
        return csr_matrix(found, shape=(len(texts), self._n_terms))

    def _cells(self, texts: Sequence[str]) -> np.ndarray:
        """Row * n_terms + column of each term that stands in the texts, as often as it does."""
        words = _Words.of(*read_bytes(texts, _BETWEEN))
        ids = self._lexicon.find(words)
        row_starts = np.arange(len(texts), dtype=np.int64) * self._n_terms
        row_starts = np.repeat(row_starts, words.n_words)
        goes_on = np.append(ids >= 0, False)
        begins = np.flatnonzero(goes_on)
        goes_on[words.first] = False  # no term reaches from one text into the next
        nodes, cells = ids[begins], list[np.ndarray]()
        for length, level in enumerate(self._levels, start=1):
            if level.lookup is not None:
                is_longer = goes_on[begins + (length - 1)]
                begins = begins[is_longer]
                keys = _pair_keys(nodes[is_longer], ids[begins + (length - 1)], len(self._lexicon))
                nodes = level.lookup.find(keys)
                begins, nodes = begins[nodes >= 0], nodes[nodes >= 0]
            columns = level.columns[nodes]
            is_term = columns >= 0
            cells.append(row_starts[begins[is_term]] + columns[is_term])
        return np.concatenate(cells)


@dataclass(frozen=True)
class _Level:
    """The runs of so many words with which a term begins.

    Attributes
    ----------
    lookup : Lookup or None; for the number of a run less its last word, and that word; None for
        single words, whose number is that of the lexicon
    columns : ndarray of int; for each run its column, -1 where it is no term by itself
    """

    lookup: Lookup | None
    columns: np.ndarray


def _levels(
    ids: np.ndarray, first: np.ndarray, n_words: np.ndarray, columns: np.ndarray, n_ids: int
) -> Iterator[_Level]:
    """The levels of terms, given the numbers of all words and where those of each term begin."""
    nodes, length = ids[first], 1
    yield _Level(None, _columns_of(nodes, n_words == 1, columns, n_ids))
    while (is_longer := n_words > length).any():
        first, n_words, columns = first[is_longer], n_words[is_longer], columns[is_longer]
        keys = _pair_keys(nodes[is_longer], ids[first + length], n_ids)
        keys, nodes = np.unique(keys, return_inverse=True)
        length += 1
        yield _Level(Lookup(keys), _columns_of(nodes, n_words == length, columns, len(keys)))


def _columns_of(
    nodes: np.ndarray, is_term: np.ndarray, columns: np.ndarray, n_nodes: int
) -> np.ndarray:
    found = np.full(n_nodes, -1)
    found[nodes[is_term]] = columns[is_term]
    return found


def _pair_keys(nodes: np.ndarray, ids: np.ndarray, n_ids: int) -> np.ndarray:
    """A key for each run of words and the word after it, another for each pair."""
    keys: np.ndarray = (nodes * n_ids + ids).astype(np.uint64) * _SPREADS[0]
    return keys


@dataclass(frozen=True)
class _Words:
    """Where the words of some texts are.

    Attributes
    ----------
    data : ndarray of uint8; the texts, with eight zeros after them
    text_starts : ndarray of shape (n_texts + 1,); the last as if one more text came after
    starts, lengths : ndarray of shape (n_words,); in bytes
    first : ndarray of shape (n_texts + 1,); the first word of each text, or of one after it
    """

    data: np.ndarray
    text_starts: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    first: np.ndarray

    @classmethod
    def of(cls, data: bytes, sizes: Sequence[int]) -> _Words:
        """The words of texts that have one byte before, between and after them."""
        of_word = np.frombuffer(data.translate(IS_OF_WORD), dtype=np.bool_)
        edges = np.flatnonzero(of_word[1:] != of_word[:-1]) + 1
        array = np.frombuffer(data + bytes(_BYTES), dtype=np.uint8)
        starts, ends = _with_apostrophes(array, edges[::2], edges[1::2])
        text_starts = np.cumsum([1, *(size + 1 for size in sizes)])
        return cls(array, text_starts, starts, ends - starts, np.searchsorted(starts, text_starts))

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def n_words(self) -> np.ndarray:
        """The number of words of each text: shape (n_texts,)."""
        return np.diff(self.first)

    def rows_of_words(self, fewest: int, most: int) -> np.ndarray:
        """The texts that are nothing but so many words with a space between."""
        n_between = np.diff(np.append(0, self.lengths.cumsum())[self.first])
        n_between = np.diff(self.text_starts) - 1 - n_between
        spaces = np.searchsorted(np.flatnonzero(self.data == _SPACE), self.text_starts)
        is_whole = (n_between == self.n_words - 1) & (np.diff(spaces) == n_between)
        return np.flatnonzero(is_whole & (self.n_words >= fewest) & (self.n_words <= most))

    def bytes_of(self, words: np.ndarray, skipped: int) -> np.ndarray:
        """Up to eight bytes of each word after the first ``skipped``, as a number."""
        n = len(self.data) - _BYTES + 1
        windows = np.ndarray((n,), dtype="<u8", buffer=self.data, strides=(1,))
        lengths = np.minimum(self.lengths[words] - skipped, _BYTES)
        found: np.ndarray = np.take(windows, self.starts[words] + skipped) & _FIRST[lengths]
        return found


def _with_apostrophes(
    data: np.ndarray, starts: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Make one word of two that nothing but an apostrophe parts; of a'b'c it is "a'b" and "c"."""
    joins = np.flatnonzero(starts[1:] - ends[:-1] == 1)
    joins = joins[data[ends[joins]] == _APOSTROPHE]
    if not len(joins):
        return starts, ends
    begins = np.flatnonzero(np.diff(joins, prepend=-2) != 1)
    rank = np.arange(len(joins)) - np.repeat(begins, np.diff(np.append(begins, len(joins))))
    joins = joins[rank % 2 == 0]
    return np.delete(starts, joins + 1), np.delete(ends, joins)


@dataclass(frozen=True)
class _Lexicon:
    """The words of a vocabulary, numbered.

    Attributes
    ----------
    spread : uint64; what keys are made with
    lookup : Lookup; by keys
    lengths : ndarray of int; of each word, and last 0, for the number -1
    pieces : list of ndarray of uint64; eight bytes of each word, the next eight, and so on
    """

    spread: np.uint64
    lookup: Lookup
    lengths: np.ndarray
    pieces: list[np.ndarray]

    @classmethod
    def of(cls, words: _Words) -> _Lexicon:
        """Number all words that differ."""
        n_pieces = -(-int(words.lengths.max(initial=1)) // _BYTES)
        for spread in _SPREADS:
            keys, examples = np.unique(_keys(words, n_pieces, spread)[0], return_index=True)
            lengths = np.append(words.lengths[examples], 0)
            pieces = []
            for skipped in range(0, n_pieces * _BYTES, _BYTES):
                longer = np.flatnonzero(lengths > skipped)
                pieces.append(np.zeros(len(lengths), dtype=np.uint64))
                pieces[-1][longer] = words.bytes_of(examples[longer], skipped)
            lexicon = cls(spread, Lookup(keys), lengths, pieces)
            if (lexicon.find(words) >= 0).all():
                break
        return lexicon

    def __len__(self) -> int:
        return len(self.lengths) - 1

    def find(self, words: _Words) -> np.ndarray:
        """The number of each word, -1 for one that is not among them: shape (n_words,), int."""
        keys, parts = _keys(words, len(self.pieces), self.spread)
        ids = self.lookup.find(keys)
        # A word of up to eight bytes has its key for itself; of others all bytes are compared.
        ids[self.lengths[ids] != words.lengths] = -1
        for (long, piece), own in zip(parts, self.pieces, strict=False):
            ids[long[own[ids[long]] != piece]] = -1
        return ids


def _keys(
    words: _Words, n_pieces: int, spread: np.uint64
) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """A key for each word, and of those that are longer than eight bytes these, piece by piece."""
    piece = words.bytes_of(np.arange(len(words)), 0)
    keys = piece * spread
    long = np.flatnonzero(words.lengths > _BYTES)
    parts = [(long, piece[long])]
    for skipped in range(_BYTES, n_pieces * _BYTES, _BYTES):
        piece = words.bytes_of(long, skipped)
        parts.append((long, piece))
        keys[long] = (keys[long] ^ (keys[long] >> _HALF) ^ piece) * spread
        long = long[words.lengths[long] > skipped + _BYTES]
    return keys, parts


def _pieces(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in groups of so many characters, or one longer text."""
    begin = size = 0
    for place, text in enumerate(texts):
        if size and size + len(text) > _PIECE:
            yield texts[begin:place]
            begin, size = place, 0
        size += len(text)
    if begin < len(texts):
        yield texts[begin:]
