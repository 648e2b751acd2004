"""Labels of real passages without their texts, and the way back to labelled texts."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stancekit.errors import DataError, InputError
from training.corpus.jsonl import read_rows

__all__ = [
    "DEV",
    "NEWS_POOL",
    "OFF_TOPIC",
    "OFF_TOPIC_TEXTS",
    "SPLITS",
    "STANDOFF",
    "TRAIN",
    "fingerprint",
    "load_split",
    "read_standoff",
]

STANDOFF = Path(__file__).parent

TRAIN = (
    "news_train",
    "news_train_more",
    "news_train_picked",
    "speeches_train",
    "speeches_train_picked",
    "speeches_train_rest",
)
DEV = ("news_dev", "speeches_dev")
SPLITS = TRAIN + DEV
# Passages on other subjects, which have no label: for the off-topic guard, and to measure it.
OFF_TOPIC = ("off_topic_train", "off_topic_dev")
# Where their texts may lie together, as they were before they were parted.
OFF_TOPIC_TEXTS = "news_off_topic"
# News that passages were picked from; it also has the rating of each outlet.
NEWS_POOL = "news_unlabelled.jsonl"

_PLACE = ("id", "article", "sha1")
_LABELS = ("stance", "frames")

# Files of unlabelled passages that those of a split were picked from. They serve where the split
# has no file of texts of its own, which `python -m training.rebuild` would write.
_SPEECHES = ("speeches_unlabelled.jsonl", "../public/congress-scope/unlabelled.jsonl")
_POOLS = {
    "news_train_picked": (NEWS_POOL,),
    "speeches_train_picked": _SPEECHES,
    "speeches_train_rest": _SPEECHES,
    **dict.fromkeys(OFF_TOPIC, (f"{OFF_TOPIC_TEXTS}.jsonl",)),
}


def fingerprint(text: str) -> str:
    """The first 12 hex digits of the SHA-1 of a text's word characters, in lower case.

    Spaces, punctuation and case do not change it; letters and digits of any script do.
    """
    # `surrogatepass`: half a character, as broken JSON may hold, has a fingerprint as well.
    words = re.sub(r"\W", "", text.lower()).encode("utf-8", "surrogatepass")
    return hashlib.sha1(words, usedforsecurity=False).hexdigest()[:12]


def read_standoff(name: str, directory: str | os.PathLike[str] = STANDOFF) -> list[dict[str, Any]]:
    """Read the labels of a split, without texts.

    Parameters
    ----------
    name : str
        One of `SPLITS` or `OFF_TOPIC`, or another stand-off file's name without its ending.
    directory : path, default=STANDOFF

    Raises
    ------
    InputError
        When there is no such split.
    DataError
        When its file cannot be read.
    """
    path = Path(directory) / f"{name}.jsonl"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in Path(directory).glob("*.jsonl")))
        raise InputError(f"no split {name!r} in {directory}; expected one of {names or '(none)'}")
    return read_rows(path, required=_PLACE if name in OFF_TOPIC else _PLACE + _LABELS)


def load_split(
    name: str,
    data_dir: str | os.PathLike[str],
    *,
    standoff: str | os.PathLike[str] = STANDOFF,
    missing_ok: bool = False,
) -> list[dict[str, Any]]:
    """Join the labels of a split to its texts.

    The rows, their order, labels and metadata are the stand-off file's; only ``text`` comes from
    ``data_dir/<name>.jsonl``, by id, or from the file of unlabelled passages that they were picked
    from. Rows there that the stand-off file does not have are passed over.

    Parameters
    ----------
    name : str
        One of `SPLITS` or `OFF_TOPIC`.
    data_dir : path
        What ``python -m training.rebuild`` wrote.
    standoff : path, default=STANDOFF
        Directory of the stand-off files.
    missing_ok : bool, default=False
        Whether to go on without the passages that ``data_dir`` lacks.

    Returns
    -------
    list of dict
        One a passage: the fields of the stand-off row, and ``text``.

    Raises
    ------
    InputError
        When there is no such split.
    DataError
        When ``data_dir`` or its file is absent, passages are missing, or a text is not the one
        that was labelled (its fingerprint differs).
    """
    rows = read_standoff(name, standoff)
    texts = _texts(_file_of(name, Path(data_dir)))
    missing = [row["id"] for row in rows if row["id"] not in texts]
    if missing and not missing_ok:
        raise DataError(
            f"{data_dir} lacks {len(missing)} of {len(rows)} passages of {name} "
            f"({_some(missing)}); run `python -m training.rebuild` with complete collections"
        )
    labelled = [{**row, "text": texts[row["id"]]} for row in rows if row["id"] in texts]
    _check_texts(labelled, data_dir)
    return labelled


def _file_of(name: str, data_dir: Path) -> Path:
    own = data_dir / f"{name}.jsonl"
    pools = (data_dir / pool for pool in _POOLS.get(name, ()))
    return next((path for path in (own, *pools) if path.is_file()), own)


def _texts(path: Path) -> dict[str, str]:
    if not path.is_file():
        raise DataError(
            f"{path} does not exist; make it with `python -m training.rebuild --allsides DIR "
            f"--congress DIR -o {path.parent}`"
        )
    return {row["id"]: row["text"] for row in read_rows(path, required=("text",))}


def _check_texts(rows: Iterable[Mapping[str, Any]], data_dir: str | os.PathLike[str]) -> None:
    changed = [row["id"] for row in rows if fingerprint(str(row["text"])) != row["sha1"]]
    if changed:
        raise DataError(
            f"{len(changed)} texts in {data_dir} are not the ones that were labelled "
            f"({_some(changed)}); rebuild them with `python -m training.rebuild --force`"
        )


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:3]) + (", ..." if len(ids) > 3 else "")
