"""The names that `stancekit train` is told to ignore."""

from __future__ import annotations

from pathlib import Path

from stancekit.errors import DataError
from stancekit.proper_names import name_words

__all__ = ["ALL", "read_names"]

# In place of a file: whatever the passages write with a capital.
ALL = "capitalised"


def read_names(source: str) -> bool | list[str]:
    """What ``ignore_names`` of `StanceClassifier` is to be.

    Lines that begin with # are left out.

    Raises
    ------
    DataError
        For a file that is not there, no UTF-8 text, or without a word.
    InputError
        For something in it that is no word.
    """
    if source == ALL:
        return True
    try:
        lines = Path(source).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no UTF-8 text"
        raise DataError(
            f"cannot read the names to ignore in {source} ({reason}); name a text file with words, "
            f"or {ALL!r}"
        ) from None
    names = [word for line in lines if not line.startswith("#") for word in line.split()]
    if not names:
        raise DataError(f"{source} holds no name to ignore; write words into it, or name {ALL!r}")
    name_words(names)
    return names
