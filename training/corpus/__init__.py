"""The passages written for this project, as a dataset; DATASHEET.md says what they are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stancekit.errors import DataError
from training.codebook import Codebook, read_codebook
from training.corpus.groups import subject_groups
from training.corpus.jsonl import read_rows

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = [
    "FIELDS",
    "OFF_TOPIC",
    "PASSAGES",
    "check_row",
    "load_corpus",
    "read_corpus",
    "read_off_topic",
]

PASSAGES = Path(__file__).with_name("passages.jsonl")
# On other subjects than the debate, so that they have neither stance nor frames.
OFF_TOPIC = Path(__file__).with_name("off_topic.jsonl")

FIELDS = ("id", "writer", "text", "stance", "frames", "genre", "theatre", "voice")


def read_corpus(
    path: str | os.PathLike[str] = PASSAGES, codebook: Codebook | None = None
) -> list[dict[str, Any]]:
    """Read the passages as they lie in the file, checked against the codebook.

    Parameters
    ----------
    path : path, default=PASSAGES
    codebook : Codebook, optional
        The one of the project when left out.

    Raises
    ------
    DataError
        For a file that cannot be read, a field that is missing, an empty text, or a stance or a
        frame that the codebook does not define.
    """
    codebook = codebook or read_codebook()
    rows = read_rows(Path(path), required=FIELDS)
    for row in rows:
        check_row(row, codebook)
    return rows


def read_off_topic() -> list[dict[str, Any]]:
    """Read the passages written to teach a model what the debate is not: id, subject, text."""
    return read_rows(OFF_TOPIC, required=("subject", "text"))


def load_corpus(path: str | os.PathLike[str] = PASSAGES) -> Dataset:
    """Load the passages as a `datasets.Dataset` that lives in memory.

    Parameters
    ----------
    path : path, default=PASSAGES

    Returns
    -------
    Dataset with the columns ``id``, ``writer`` (int), ``text``, ``stance``, ``frames``,
    ``genre``, ``theatre``, ``voice`` and ``group``. ``stance`` is a `datasets.ClassLabel` whose
    names are sorted, as scikit-learn sorts its classes; ``frames`` is a list of names, as
    `stancekit.FrameClassifier` takes them (codes would have to be turned back one list at a
    time). Split by ``group``, never by row: it holds together what is on one subject.

    Raises
    ------
    DataError
        See `read_corpus`.
    """
    from datasets import ClassLabel, Dataset, Features, Value

    codebook = read_codebook()
    rows = read_corpus(path, codebook)
    text = Value("string")
    features = Features(
        {
            "id": text,
            "writer": Value("int64"),
            "text": text,
            "stance": ClassLabel(names=sorted(codebook.stances)),
            "frames": [text],
            "genre": text,
            "theatre": text,
            "voice": text,
            "group": text,
        }
    )
    groups = subject_groups(rows)
    return Dataset.from_list(
        [{**row, "group": group} for row, group in zip(rows, groups, strict=True)],
        features=features,
    )


def check_row(row: Mapping[str, Any], codebook: Codebook) -> None:
    """Raise DataError for an empty text, or a name that the codebook does not define."""
    if not isinstance(row["text"], str) or not row["text"].strip():
        raise DataError(f"passage {row['id']} has no text; write one or take the row out")
    _check_names(row["id"], "stance", [row["stance"]], codebook.stances)
    _check_names(row["id"], "frame", row["frames"], codebook.frames)


def _check_names(id_: str, kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            raise DataError(
                f"passage {id_} has the {kind} {name!r}, which the codebook does not define; "
                f"use one of {', '.join(known)}"
            )
