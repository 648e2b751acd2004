"""Units of passages that differ by as little as turns a recommendation round, with two labels each.

They ask whether a model reads what a negation does. Of the shipped models only the layers and heads
of `troops-en-accurate` learn from them; `training.contrast` has what came of trying the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stancekit import Agreement, score_agreement
from stancekit.labels import takes_side
from training.codebook import Codebook, read_codebook
from training.corpus import FIELDS, check_row
from training.corpus.jsonl import read_rows

__all__ = ["CONTRAST", "contrast_agreement", "pairs_of", "read_contrast", "read_units"]

CONTRAST = Path(__file__).with_name("contrast.jsonl")

Row = dict[str, Any]


def read_contrast(codebook: Codebook | None = None) -> list[Row]:
    """Read all passages as they lie in the file.

    Returns
    -------
    list of dict
        The fields of the corpus, ``unit`` (what belongs together) and ``second`` (the stance by
        another labeller, who saw neither the first label nor the rest of the unit).

    Raises
    ------
    DataError
        As `training.corpus.read_corpus`.
    """
    codebook = codebook or read_codebook()
    rows = read_rows(CONTRAST, required=(*FIELDS, "unit", "second"))
    for row in rows:
        check_row(row, codebook)
    return rows


def read_units() -> list[Row]:
    """The passages of the units on which the two labellers agree."""
    rows = read_contrast()
    doubtful = {row["unit"] for row in rows if row["stance"] != row["second"]}
    return [row for row in rows if row["unit"] not in doubtful]


def pairs_of(units: Sequence[str], stances: Sequence[str]) -> list[tuple[int, int]]:
    """The places of the two passages of each unit that take a side."""
    places = defaultdict(list)
    for place, (unit, stance) in enumerate(zip(units, stances, strict=True)):
        if takes_side(stance):
            places[unit].append(place)
    return [(first, second) for first, second in places.values()]


def contrast_agreement() -> Agreement:
    """How well the writers and the second labellers agree on the stance."""
    rows = read_contrast()
    return score_agreement({name: [row[name] for row in rows] for name in ("stance", "second")})
