"""Predictions that may be drawn to be labelled by hand, and the sheet that a coder fills."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stancekit.corpus_table import Key, looked_up, row_keys
from stancekit.errors import DataError
from stancekit.labels import is_missing
from stancekit.sampling import Drawn
from stancekit.tables import column_names, read_table

__all__ = ["PROBABILITY", "Candidates", "read_candidates"]

# The column of a sheet that `stancekit measure` reads as inclusion probabilities.
PROBABILITY = "probability"


@dataclass(frozen=True)
class Candidates:
    """Passages that have a predicted stance: lists of one length.

    Attributes
    ----------
    ids : tuple of str, the columns that name a passage
    keys : list of tuple of str, their values
    texts : list of str
    stances : list of str
    others : list of str or None; what another table says, None where it says nothing
    by : list of tuple; the values of further columns
    """

    ids: tuple[str, ...]
    keys: list[Key]
    texts: list[str]
    stances: list[str]
    others: list[str | None]
    by: list[tuple[Hashable, ...]]

    def strata(self, strategy: str) -> Sequence[Hashable]:
        """What each passage is drawn among, by "random", "stratified" or "disagree"."""
        if strategy == "random":
            return [""] * len(self.keys)
        if strategy == "stratified":
            return self.by if any(self.by) else self.stances
        return [one == other for one, other in zip(self.stances, self.others, strict=True)]

    def sheet(self, drawn: Drawn, empty: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Rows for a coder: names, text, empty columns, probability; nothing that was predicted."""
        for row, probability in zip(drawn.rows, drawn.probabilities, strict=True):
            names = dict(zip(self.ids, self.keys[row], strict=True))
            blank = dict.fromkeys(empty, "")
            yield {**names, "text": self.texts[row], **blank, PROBABILITY: probability}


def read_candidates(
    source: str,
    *,
    ids: tuple[str, ...] = (),
    by: tuple[str, ...] = (),
    against: str | None = None,
    encoding: str = "utf-8",
) -> Candidates:
    """Read the rows of a table of predictions that have a stance.

    Parameters
    ----------
    source : str
        A table that `stancekit predict` wrote.
    ids : tuple of str
        The columns that name a passage; by default ``id``, or ``article`` and ``passage`` where
        there is none.
    by : tuple of str, further columns to read
    against : str, optional
        What another model predicted for the same passages.
    encoding : str, of CSV and JSON lines

    Raises
    ------
    ColumnError, DataError
        For a column that is not there, an id that is missing, there twice or not in ``against``,
        and a table without any stance.
    """
    if not ids:
        read_table([source], ["stance"], encoding=encoding)  # says what is wrong with the file
        has_id = "id" in column_names(source, encoding=encoding)
        ids = ("id",) if has_id else ("article", "passage")
    wanted = list(dict.fromkeys([*ids, "text", "stance", *by]))
    table = read_table([source], wanted, encoding=encoding)
    keys = row_keys(table, ids, source)
    kept = [row for row, stance in enumerate(table["stance"]) if not is_missing(stance)]
    if not kept:
        raise DataError(
            f"no row of {source} has a stance ({len(table)} rows); see its column 'status', and "
            "predict anew what can be labelled"
        )
    chosen = [keys[row] for row in kept]
    others: list[Any] = [None] * len(kept)
    if against is not None:
        others = looked_up(against, ["stance"], ids, chosen, encoding)["stance"]
    return Candidates(
        ids,
        chosen,
        ["" if is_missing(table["text"][row]) else str(table["text"][row]) for row in kept],
        [str(table["stance"][row]) for row in kept],
        [None if is_missing(one) else str(one) for one in others],
        [tuple(str(table[name][row]) for name in by) for row in kept],
    )
