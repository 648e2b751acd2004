"""How labels look on a terminal, and how a text gets there without taking hold of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from stancekit.labels import takes_side

__all__ = ["bar_of", "colours_of", "fills_of", "printable"]

# Labels that take no side are dim; the others take these colours in the model's order, which can
# be told apart by most colour-blind readers and read on dark and light grounds. The label always
# stands beside its colour.
_COLOURS = ("dodger_blue1", "dark_orange3", "green4", "magenta", "gold3", "cyan3", "red3")
# Where a bar holds several labels, they differ by pattern as well as by colour.
_FILLS = ("█", "▓", "▚", "▞", "▙", "▟", "▛")
_EMPTY = "░"


def colours_of(labels: Sequence[str]) -> dict[str, str]:
    """The colour of each label."""
    found = {label: _COLOURS[place % len(_COLOURS)] for place, label in enumerate(_sides(labels))}
    return {label: found.get(label, "dim") for label in labels}


def fills_of(labels: Sequence[str]) -> dict[str, str]:
    """The character that each label's part of a bar is made of."""
    found = {label: _FILLS[place % len(_FILLS)] for place, label in enumerate(_sides(labels))}
    return {label: found.get(label, "·") for label in labels}


def bar_of(share: float, width: int, fill: str = "█") -> str:
    """A bar of ``width`` characters, ``share`` of it full."""
    full = round(share * width)
    return fill * full + _EMPTY * (width - full)


def printable(text: str) -> str:
    """Text on one line that cannot move the cursor, ring a bell or turn the writing direction.

    Spaces and line ends become single spaces, invisible format characters are left out, and what
    a terminal would obey is shown as a replacement character.
    """
    return "".join(_shown(char) for char in " ".join(text.split()))


def _sides(labels: Sequence[str]) -> list[str]:
    return [label for label in labels if takes_side(label)]


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    return "" if unicodedata.category(char) == "Cf" else "\N{REPLACEMENT CHARACTER}"
