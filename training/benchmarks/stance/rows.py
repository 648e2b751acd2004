"""Rows of a stance set: id, text, target and label, from JSON lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stancekit import DataError
from stancekit.features import read_text

__all__ = ["Rows", "read_rows", "read_splits", "seen_before", "sha256"]

_FIELDS = ("id", "text", "label")


@dataclass(frozen=True)
class Rows:
    """Columns of one length; ``targets`` are empty strings in a set that has none."""

    ids: list[str]
    texts: list[str]
    targets: list[str]
    labels: list[str]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, places: Iterable[int]) -> Rows:
        """The rows at ``places``, in that order."""
        rows = [int(place) for place in places]
        columns = (self.ids, self.texts, self.targets, self.labels)
        return Rows(*([column[row] for row in rows] for column in columns))

    def on(self, target: str, *, others: bool = False) -> Rows:
        """The rows on a target, or all others."""
        return self.take(k for k, name in enumerate(self.targets) if (name == target) != others)


def read_rows(paths: Iterable[Path]) -> Rows:
    """Read JSON lines with ``id``, ``text``, ``label`` and, where there is one, ``target``.

    Raises
    ------
    DataError
        For a file that cannot be read, and a line that is no object with these strings.
    """
    found = [row for path in paths for row in _rows_of(path)]
    return Rows(*([row[name] for row in found] for name in ("id", "text", "target", "label")))


def read_splits(path: Path) -> dict[str, Rows]:
    """Read the same of one file whose rows say in ``split`` which part they belong to.

    Rows without it are of the part "train".

    Raises
    ------
    DataError
        As `read_rows`.
    """
    parts: dict[str, list[dict[str, str]]] = {}
    for row in _rows_of(path):
        parts.setdefault(row.get("split") or "train", []).append(row)
    names = ("id", "text", "target", "label")
    return {
        part: Rows(*([row[name] for row in rows] for name in names)) for part, rows in parts.items()
    }


def seen_before(train: Rows, test: Rows) -> np.ndarray:
    """Which texts of ``test`` stand in ``train`` too, but for case, typography and spaces."""
    known = {_plain(text) for text in train.texts}
    return np.array([_plain(text) in known for text in test.texts], dtype=bool)


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _plain(text: str) -> str:
    return " ".join(read_text(text).split())


def _rows_of(path: Path) -> list[dict[str, str]]:
    try:
        # Not splitlines: a text may hold one of the other line ends that it knows.
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path} ({error}); check --data") from None
    return [_row(path, place, line) for place, line in enumerate(lines, 1) if line.strip()]


def _row(path: Path, place: int, line: str) -> dict[str, str]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in _FIELDS):
        raise DataError(
            f"line {place} of {path} is no JSON object with the strings {', '.join(_FIELDS)}; "
            "expected one a line, with `target` where the set has several"
        )
    return {**row, "target": row.get("target") or ""}
