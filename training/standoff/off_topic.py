"""Passages that are not about the debate: which train the guard, and which measure it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stancekit.duplicates import are_near_duplicates, word_set

__all__ = ["FIELDS", "N_DEV", "make_off_topic"]

# No label: that a passage is here says all. `topic` is the collection's own word for it.
FIELDS = ("id", "article", "sha1", "topic", "outlet", "date")
N_DEV = 300

Rows = Sequence[Mapping[str, Any]]


def make_off_topic(rows: Rows, labelled: Iterable[Mapping[str, Any]]) -> dict[str, Rows]:
    """Part off-topic passages into those to train on and those to measure on, without texts.

    Whole articles are parted, in an order that only their names decide. An article with labelled
    passages is never measured on, and a passage that nearly repeats one that is, or an on-topic
    one of a dev split, is in neither.

    Parameters
    ----------
    rows : sequence of mappings with ``text``
    labelled : iterable of mappings with ``text`` and ``split``; all the labelled passages

    Returns
    -------
    dict of split name to stand-off rows, in the order of their names
    """
    others = list(labelled)
    used = {row["article"] for row in others}
    free = [row for row in sorted(rows, key=_order) if row["article"] not in used]
    chosen = {row["article"] for row in free[:N_DEV]}
    dev = [row for row in free if row["article"] in chosen]
    measured = [*dev, *(row for row in others if row["split"].endswith("_dev"))]
    seen, held_out = [word_set(row["text"]) for row in measured], {r["article"] for r in measured}
    train = [
        row
        for row in rows
        if row["article"] not in held_out
        and not any(are_near_duplicates(word_set(row["text"]), other) for other in seen)
    ]
    return {"off_topic_train": _bare(train), "off_topic_dev": _bare(dev)}


def _order(row: Mapping[str, Any]) -> tuple[str, str]:
    """As good as chance, and the same whatever other passages there are."""
    digest = hashlib.sha1(row["article"].encode(), usedforsecurity=False).hexdigest()
    return digest, row["id"]


def _bare(rows: Rows) -> Rows:
    kept = [{field: row[field] for field in FIELDS if field in row} for row in rows]
    return sorted(kept, key=lambda row: str(row["id"]))
