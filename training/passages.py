"""The labelled passages that models are trained and scored on, as one kind of row."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.corpus import load_corpus, read_off_topic
from training.corpus.contrast import read_units
from training.standoff import OFF_TOPIC, load_split

__all__ = [
    "AUTHORED",
    "AUTHORED_OFF_TOPIC",
    "CONTRAST",
    "DATA",
    "DOMAINS",
    "KINDS",
    "STANCES",
    "Passages",
    "Weight",
    "has_data",
    "load_passages",
]

AUTHORED = "authored"
AUTHORED_OFF_TOPIC = "authored_off_topic"
CONTRAST = "contrast"

# In the order in which classifiers have them.
STANCES = ("neutral", "pro-presence", "pro-withdrawal")
KINDS = ("news", "speech")

# What a passage of a split counts: all alike, or by stance, where those left out count 1.
Weight = float | Mapping[str, float]

# Which kind of text each split is. What was written for the project, or picked by a model's
# doubts, is of no kind: its shares of the stances were chosen, so nothing may be calibrated on it.
# Picked speeches and the rest are speeches, as together they are a sample of the same collection.
DOMAINS: dict[str, str | None] = {
    AUTHORED: None,
    CONTRAST: None,
    "news_train": "news",
    "news_train_more": "news",
    "news_train_picked": None,
    "news_dev": "news",
    "speeches_train": "speech",
    "speeches_train_picked": "speech",
    "speeches_train_rest": "speech",
    "speeches_dev": "speech",
    # Not about the debate, and so of no side.
    AUTHORED_OFF_TOPIC: None,
    "off_topic_train": "news",
    "off_topic_dev": "news",
}
_NO_LABELS: dict[str, Any] = {"stance": "neutral", "frames": []}

# Where `python -m training.rebuild` puts the texts, or a folder beside the repository has them.
_ROOT = Path(__file__).parent.parent
_PLACES = (_ROOT / "data" / "troops", _ROOT.parent / "shared" / "data" / "troops")
DATA = next((place for place in _PLACES if place.is_dir()), _PLACES[0])


@dataclass(frozen=True)
class Passages:
    """Columns of equal length, a row a passage.

    Attributes
    ----------
    texts, stances : list of str
    frames : list of lists of str
    groups : list of str; what must not be parted by a split
    domains : list of str or None; "news", "speech", or None
    weights : list of float
    splits : list of str; where each row is from
    """

    texts: list[str]
    stances: list[str]
    frames: list[list[str]]
    groups: list[str]
    domains: list[str | None]
    weights: list[float]
    splits: list[str]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: Iterable[int]) -> Passages:
        """The passages of these rows."""
        places = list(rows)
        columns: dict[str, list[Any]] = {
            name: [values[place] for place in places] for name, values in vars(self).items()
        }
        return replace(self, **columns)


def has_data(data_dir: str | os.PathLike[str] = DATA) -> bool:
    """Whether the texts of the real passages are there."""
    return (Path(data_dir) / "news_dev.jsonl").is_file()


def load_passages(
    splits: Sequence[str] | Mapping[str, Weight], data_dir: str | os.PathLike[str] = DATA
) -> Passages:
    """Load splits one after the other.

    Parameters
    ----------
    splits : sequence of str, or mapping of str to float or to mapping of stance to float
        Names among `DOMAINS`; a mapping gives the weight of each passage of a split, or of those
        with a stance.
    data_dir : path
        Texts of the real passages.

    Raises
    ------
    DataError
        When texts are missing, as `load_split` says.
    """
    weights = splits if isinstance(splits, Mapping) else dict.fromkeys(splits, 1.0)
    rows = [(name, row) for name in weights for row in _rows(name, data_dir)]
    return Passages(
        texts=[row["text"] for _, row in rows],
        stances=[row["stance"] for _, row in rows],
        frames=[list(row["frames"]) for _, row in rows],
        groups=[row["group"] for _, row in rows],
        domains=[DOMAINS[name] for name, _ in rows],
        weights=[_counts(weights[name], row["stance"]) for name, row in rows],
        splits=[name for name, _ in rows],
    )


def _counts(weight: Weight, stance: str) -> float:
    return weight.get(stance, 1.0) if isinstance(weight, Mapping) else weight


def _rows(name: str, data_dir: str | os.PathLike[str]) -> list[dict[str, Any]]:
    if name == AUTHORED:
        corpus = load_corpus()
        names = corpus.features["stance"].names
        return [{**row, "stance": names[row["stance"]]} for row in corpus]
    if name == AUTHORED_OFF_TOPIC:
        return [{**row, **_NO_LABELS, "group": row["id"]} for row in read_off_topic()]
    if name == CONTRAST:
        return [{**row, "group": row["unit"]} for row in read_units()]
    facts = _NO_LABELS if name in OFF_TOPIC else {}
    return [{**row, **facts, "group": row["article"]} for row in load_split(name, data_dir)]
