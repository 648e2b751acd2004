"""Labels that were predicted before, read back from the table that `stancekit predict` wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from stancekit.errors import ColumnError, DataError
from stancekit.labels import is_missing, nearest
from stancekit.tables import read_table

__all__ = ["read_predictions"]


def read_predictions(
    source: str, ids: Sequence[Any], *, labels: Sequence[str], encoding: str = "utf-8"
) -> list[str | None]:
    """The stance that a table has for each id.

    Parameters
    ----------
    source : str
        A table with the columns ``id`` and ``stance``, in any order of rows; rows with other ids
        are left out.
    ids : sequence of shape (n_passages,); compared as strings
    labels : sequence of str, those that there may be
    encoding : str, of CSV and JSON lines

    Returns
    -------
    list of shape (n_passages,); None for a passage that was not labelled

    Raises
    ------
    DataError
        For a missing column, an id that is missing or there twice, on either side, or a stance
        that is not in ``labels``.
    """
    wanted = [None if is_missing(one) else str(one) for one in ids]
    if None in wanted:
        raise DataError(
            f"{wanted.count(None)} of {len(wanted)} passages have no id; give each row its own, or "
            "name another column with --id"
        )
    _check_once(wanted, "the labelled passages", "give each row its own")
    try:
        table = read_table([source], ["id", "stance"], encoding=encoding)
    except ColumnError as error:
        raise ColumnError(
            f"{error}; expected what `stancekit predict TABLE --text COL --id COL` writes"
        ) from None
    known = [None if is_missing(one) else str(one) for one in table["id"]]
    asked = set(wanted)
    _check_once([one for one in known if one in asked], source, "predict each row once, unsplit")
    stance_of = dict(zip(known, table["stance"], strict=True))
    lacking = [one for one in wanted if one not in stance_of]
    if lacking:
        raise DataError(
            f"{source} has no prediction for {len(lacking)} of {len(wanted)} passages, the first "
            f"with id {lacking[0]!r}; predict the same rows, and name the same column with --id"
        )
    found = [stance_of[one] for one in wanted]
    return [None if is_missing(one) else _known(str(one), labels, source) for one in found]


def _check_once(ids: Sequence[str | None], where: str, advice: str) -> None:
    name, count = Counter(ids).most_common(1)[0] if ids else ("", 0)
    if count > 1:
        raise DataError(f"{where}: id {name!r} is there {count} times; {advice}")


def _known(stance: str, labels: Sequence[str], source: str) -> str:
    if stance not in labels:
        guess = nearest(stance, labels)
        hint = f"did you mean {guess!r}?" if guess else "expected"
        raise DataError(f"{source} has the stance {stance!r}; {hint} ({', '.join(labels)})")
    return stance
