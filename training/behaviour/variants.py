"""Changes that leave a passage's meaning as it is: typography, and a sentence that says nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import cycle

__all__ = ["NEUTRAL_SENTENCES", "TYPOGRAPHY", "with_sentence"]

# Written for this purpose: they stand in news and speeches and say nothing of the forces.
NEUTRAL_SENTENCES = (
    "The hearing lasted two hours.",
    "A spokeswoman gave no further details.",
    "The text was published on the ministry's website.",
    "Reporters were told to wait outside.",
    "It rained for most of the day.",
    "I thank the gentleman for yielding.",
    "The next meeting will be held on Thursday.",
    "He spoke after a delay of twenty minutes.",
    "The figures are updated once a month.",
    "She read the letter aloud.",
)

_LINE = 60


def with_sentence(text: str, sentence: str, *, before: bool) -> str:
    """The passage with a sentence before or after it."""
    return f"{sentence} {text}" if before else f"{text} {sentence}"


def _curly(text: str) -> str:
    marks = cycle("“”")
    return re.sub('"', lambda _: next(marks), text).replace("'", "’")


def _straight(text: str) -> str:
    return text.translate(str.maketrans("“”„‘’‚", "\"\"\"'''"))


def _odd_spaces(text: str) -> str:
    spaces = cycle(["\u00a0", "  ", "\u2009", "\t"])
    return re.sub(" ", lambda _: next(spaces), text)


def _wrapped(text: str, end: str) -> str:
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if line and len(line) + len(word) >= _LINE:
            lines, line = [*lines, line], ""
        line = f"{line} {word}" if line else word
    return end.join([*lines, line])


def _first_words_in_capitals(text: str) -> str:
    return re.sub(r"\A(?:\S+\s+){0,2}\S*", lambda found: found[0].upper(), text)


TYPOGRAPHY: dict[str, Callable[[str], str]] = {
    "curly quotes": _curly,
    "straight quotes": _straight,
    "long dashes": lambda text: text.replace(" - ", " — ").replace("--", "—").replace("-", "‑"),
    "short dashes": lambda text: re.sub("[‐‑‒–—]", "-", text),
    "odd spaces": _odd_spaces,
    "line breaks": lambda text: _wrapped(text, "\n"),
    "line breaks of Windows": lambda text: _wrapped(text, "\r\n"),
    "composed letters (NFC)": lambda text: unicodedata.normalize("NFC", text),
    "parted letters (NFD)": lambda text: unicodedata.normalize("NFD", text),
    "small first letter": lambda text: text[:1].lower() + text[1:],
    "first words in capitals": _first_words_in_capitals,
    "all in capitals": str.upper,
    "soft hyphens": lambda text: re.sub(r"(\w{4})(\w{3})", "\\1\u00ad\\2", text),
    "ligatures": lambda text: text.replace("fi", "ﬁ").replace("fl", "ﬂ"),
    "ellipsis": lambda text: text.replace("...", "…"),
}
