"""What labels and frames mean: a JSON file whose sentences a model carries on its card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stancekit.cli.labelled import LabelledPassages
from stancekit.errors import DataError
from stancekit.labels import unknown_name

__all__ = ["read_definitions"]

_LAYOUT = 'expected {"stance": {"LABEL": "meaning"}, "frames": {"FRAME": "meaning"}}'


def read_definitions(path: Path, rows: LabelledPassages) -> dict[str, Any]:
    """The definitions as a model keeps them, checked against the labels that occur in ``rows``.

    Raises
    ------
    DataError
        When the file is no JSON of that layout, or defines a label or frame that no row has.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is no JSON ({error}); {_LAYOUT}") from None
    names = {
        "stance": sorted({str(label) for label in rows.labels}),
        "frames": sorted({name for marks in rows.frames or [] for name in marks}),
    }
    if not isinstance(found, dict) or not found.keys() <= names.keys():
        raise DataError(f"{path} has another layout; {_LAYOUT}")
    for part, meanings in found.items():
        _check_meanings(path, part, meanings, names[part])
    return {"definitions": found}


def _check_meanings(path: Path, part: str, meanings: Any, names: list[str]) -> None:
    if not isinstance(meanings, dict) or not all(isinstance(m, str) for m in meanings.values()):
        raise DataError(f"{path} has no sentence for each name under {part!r}; {_LAYOUT}")
    kind = "frame" if part == "frames" else "label"
    for name in meanings:
        if name not in names:
            raise DataError(f"{path}: {unknown_name(kind, name, names)}")
