"""Rows of a table as text to be labelled, or with the reason why they cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from stancekit.analysis import PassageAnalysis
from stancekit.collecting import without_collection
from stancekit.model import Model
from stancekit.tables.batches import LONGEST_TEXT

__all__ = ["Cell", "kept_cell", "label_cells", "lost_passage", "name_of", "read_cell"]


class Cell(NamedTuple):
    """A row's text, and the status that says why it cannot be read where that is so."""

    text: str
    fault: str | None = None


@without_collection()
def label_cells(
    model: Model,
    cells: Sequence[Cell],
    *,
    name: str = "table",
    ids: Iterable[str | None] | None = None,
    targets: Iterable[str | None] | None = None,
    first: int = 0,
    voices: bool = False,
    explain: bool = False,
) -> list[PassageAnalysis]:
    """Label rows that are one passage each; the parameters of `Model.analyze_passages`."""
    texts = [None if cell.fault else cell.text for cell in cells]
    read = model.analyze_passages(
        texts,
        name=name,
        ids=ids,
        targets=targets,
        first=first,
        voices=voices,
        explain=explain,
    )
    return [
        lost_passage(row, cell) if cell.fault else row
        for row, cell in zip(read, cells, strict=True)
    ]


def lost_passage(passage: PassageAnalysis, cell: Cell) -> PassageAnalysis:
    """A passage without labels that says why."""
    return replace(passage, text=cell.text, end=len(cell.text), status=cell.fault or "null")


def read_cell(cell: Any) -> Cell:
    """A cell as text; only a string without NUL characters is one that a model may read."""
    if cell is None or cell != cell:
        return Cell("", "null")
    if isinstance(cell, bytes):
        try:
            return read_cell(cell.decode())
        except UnicodeDecodeError:
            return Cell(_shown(cell), "bad_encoding")
    if isinstance(cell, str):
        if len(cell) > LONGEST_TEXT:
            return Cell("", "too_long")
        return Cell(cell, "not_text" if "\0" in cell else None)
    if isinstance(cell, list | dict):
        return Cell(json.dumps(cell, ensure_ascii=False, default=str), "not_text")
    return Cell(str(cell), "not_text")


def name_of(cell: Any) -> str | None:
    """A row's id as text; None where there is none."""
    if cell is None or cell != cell:
        return None
    return _shown(cell) if isinstance(cell, bytes) else str(cell)


def kept_cell(cell: Any) -> Any:
    """A cell that is carried through; JSON has no nan, and text no bytes."""
    if isinstance(cell, bytes):
        return _shown(cell)
    return None if cell != cell else cell


def _shown(cell: bytes) -> str:
    return cell.decode(errors="backslashreplace")
