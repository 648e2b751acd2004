"""One reading of a text: the form in which words are counted, as text and as bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stancekit.typography import compose, even_text, even_wide

__all__ = ["CONTROL", "IS_OF_WORD", "TOKEN", "even_letters", "read_bytes", "read_text"]

# A word: letters and digits, with an apostrophe inside ("don't"). Hyphens and dashes part words,
# so that "pull-out", "pull–out" and "pull out" are the same two words.
TOKEN = r"\w+(?:'\w+)?"

# Control characters carry no word; line breaks and tabs stay, as the spaces that they are.
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]+")

# For each byte of `read_bytes`, 1 where it is of a word.
IS_OF_WORD = bytes(code > 127 or chr(code).isalnum() or chr(code) == "_" for code in range(256))
_NOT_OF_WORD = re.compile(r"[^\x00-\x7f\w]+")
# What `read_text` does with ASCII, as far as words are concerned.
_LOWER = bytes(range(128)).lower().replace(b"`", b"'") + bytes(range(128, 256))


def read_text(text: str) -> str:
    """The form in which words are counted: typography and case do not change a result.

    What `even_letters` gives, in lower case.
    """
    return even_letters(text).lower()


def even_letters(text: str) -> str:
    """A text whose typography does not matter any more.

    Curly and straight quotes, all dashes and hyphens, non-breaking and other spaces, ligatures and
    full-width letters are made alike; soft hyphens, byte order marks, zero-width and control
    characters are dropped.
    """
    if not text.isascii() or "`" in text:
        # Before NFKC, which would turn the acute accent used as a quote into a space.
        text = compose(even_text(text).text)
    return CONTROL.sub(" ", text)


def read_bytes(texts: Iterable[str], between: bytes) -> tuple[bytes, list[int]]:
    """Texts in UTF-8 that have the words of `read_text`, one after the other.

    Only the words are the same: what stands between them may be other spaces and marks, in which
    no character is outside of ASCII.

    Parameters
    ----------
    texts : iterable of str
    between : bytes, what stands before, between and after the texts

    Returns
    -------
    data : bytes
    sizes : list of int, the bytes of each text
    """
    parts = [text.encode() if text.isascii() else _wide_bytes(text) for text in texts]
    data = between.join([b"", *parts, b""])
    return data.translate(_LOWER), [len(part) for part in parts]


def _wide_bytes(text: str) -> bytes:
    text = even_wide(text)
    if text.isascii():  # as most texts are but for their quotes and dashes
        return text.encode()
    return _NOT_OF_WORD.sub(" ", compose(text).lower()).encode()
