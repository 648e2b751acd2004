"""Whether a passage can be read at all: what the words say that a model knows of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["statuses_of"]

# A passage is another language or no running text when the share of its words that the model knows
# is less than this part of what is usual among training passages. What the shipped models know of
# English on other subjects and of other languages: `python -m training.known_words`.
_FAMILIAR = 0.5
# All spaces in ASCII.
_SPACES = b" \n\t\r\v\f\x1c\x1d\x1e\x1f"


def statuses_of(texts: Sequence[str], n_known: np.ndarray, known_share: float) -> list[str]:
    """The status of each text, one of `STATUSES`: "ok" where it can be read.

    Parameters
    ----------
    texts : sequence of str
    n_known : ndarray of shape (n_texts,), int; how many of its words the model knows
    known_share : float; what is usual among training passages, `TextFeatures.known_share_`
    """
    least = _FAMILIAR * known_share
    return [_status(text, n, least) for text, n in zip(texts, n_known.tolist(), strict=True)]


def _status(text: str, n_known: int, least: float) -> str:
    begin = text.split(maxsplit=1)
    if not begin:
        return "empty"
    if n_known == 0:
        return "no_features"
    if len(begin) == 1:
        return "one_word"
    is_familiar = n_known >= least * _most_words(text) or n_known >= least * len(text.split())
    return "ok" if is_familiar else "unfamiliar"


def _most_words(text: str) -> int:
    """No fewer than the words between spaces, and seldom many more; quicker than to part them."""
    data = text.encode(errors="replace")
    n_wide = len(data) - len(text)  # at least as many as there are spaces outside of ASCII
    return 1 + n_wide + len(data) - len(data.translate(None, _SPACES))
