"""The codebook as data: what each stance and each frame means."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stancekit.errors import DataError

__all__ = ["CODEBOOK", "Codebook", "read_codebook"]

CODEBOOK = Path(__file__).with_name("CODEBOOK.md")

# "- `force_protection`   the troops' own safety" and "- `neutral`: it takes no side".
_ENTRY = re.compile(r"- `(?P<name>[^`]+)`:?\s+(?P<definition>\S.*)")


@dataclass(frozen=True)
class Codebook:
    """Definitions by name, in the order of the codebook, each on one line."""

    stances: dict[str, str]
    frames: dict[str, str]


def read_codebook(path: str | os.PathLike[str] = CODEBOOK) -> Codebook:
    """Read the definitions of stances and frames from a codebook in Markdown.

    An entry is an item ``- `name`: definition`` (the colon may be missing) below the heading
    ``## stance`` or ``## frames``; the lines that follow it with an indent belong to it.

    Raises
    ------
    DataError
        When there is no such file, or it defines no stance or no frame, or one of them twice.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read the codebook {path} ({error}); name another one") from None
    return Codebook(_entries(path, lines, "stance"), _entries(path, lines, "frames"))


def _entries(path: Path, lines: Iterable[str], heading: str) -> dict[str, str]:
    """The items below ``## heading``."""
    entries: dict[str, str] = {}
    name = None
    for line in _section(lines, heading):
        if match := _ENTRY.match(line):
            name = match["name"]
            if name in entries:
                raise DataError(f"{path} defines {name!r} twice; keep one definition")
            entries[name] = match["definition"].strip()
        elif name and line[:1] == " " and line.strip():
            entries[name] += " " + " ".join(line.split())
        else:
            name = None
    if not entries:
        raise DataError(f"{path} defines nothing below '## {heading}'; expected '- `name`: ...'")
    return {name: " ".join(definition.split()) for name, definition in entries.items()}


def _section(lines: Iterable[str], heading: str) -> list[str]:
    inside, section = False, []
    for line in lines:
        if line.startswith("## "):
            inside = line.split()[1:2] == [heading]
        elif inside:
            section.append(line)
    return section
