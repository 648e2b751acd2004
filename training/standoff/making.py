"""From labelled passages to stand-off rows: no text, and nothing of a dev split in training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stancekit.duplicates import are_near_duplicates, word_set
from training.standoff import DEV, SPLITS

__all__ = ["FIELDS", "LEFT_OUT", "leaks", "make_standoff"]

# What a stand-off row may hold. A title is somebody's text as well, so it is not among them.
FIELDS = (
    "id",
    "article",
    "paragraph",
    "sha1",
    "stance",
    "frames",
    "labellers",
    "readings",
    "sampling",
    "outlet",
    "speaker",
    "date",
)

# The file of the labelled passages that no split may use, with two fields more: the split that
# a passage was labelled for, and the reason why it is not there.
LEFT_OUT = "left_out"

Rows = Sequence[Mapping[str, Any]]


def make_standoff(labelled: Mapping[str, Rows]) -> dict[str, list[dict[str, Any]]]:
    """Take the texts out of labelled passages, and what leaks out of the training splits.

    A training passage is left out when its article also has a passage in a dev split, or when it
    nearly repeats a dev passage (wire copy, a speech given twice).

    Parameters
    ----------
    labelled : mapping of split name to rows with ``text``
        All of `training.standoff.SPLITS`.

    Returns
    -------
    dict of split name to stand-off rows, with the rows left out under `LEFT_OUT`
    """
    held_out = {name: labelled[name] for name in DEV}
    standoff: dict[str, list[dict[str, Any]]] = {name: [] for name in (*SPLITS, LEFT_OUT)}
    for name in SPLITS:
        reasons = {} if name in DEV else leaks(labelled[name], held_out)
        for row in labelled[name]:
            kept = {field: row[field] for field in FIELDS if field in row}
            if reason := reasons.get(row["id"]):
                standoff[LEFT_OUT].append({**kept, "split": name, "reason": reason})
            else:
                standoff[name].append(kept)
    return standoff


def leaks(rows: Rows, held_out: Mapping[str, Rows]) -> dict[str, str]:
    """Why passages may not be trained on, by the id of each that leaks.

    Parameters
    ----------
    rows : sequence of mapping with ``id``, ``article`` and ``text``
    held_out : mapping of dev split to such rows
    """
    articles = {row["article"]: name for name, dev in held_out.items() for row in dev}
    dev_words = [(row["id"], word_set(row["text"])) for dev in held_out.values() for row in dev]
    found = {}
    for row in rows:
        if split := articles.get(row["article"]):
            found[row["id"]] = f"article in {split}"
        elif twin := _twin(row["text"], dev_words):
            found[row["id"]] = f"near-duplicate of {twin}"
    return found


def _twin(text: str, dev_words: Iterable[tuple[str, frozenset[str]]]) -> str | None:
    words = word_set(text)
    return next((id_ for id_, other in dev_words if are_near_duplicates(words, other)), None)
