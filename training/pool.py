"""Passages of news that nobody has labelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.corpus.jsonl import read_rows
from training.standoff import DEV, NEWS_POOL, SPLITS, load_split, read_standoff
from training.standoff.making import leaks

__all__ = ["unlabelled"]


def unlabelled(data_dir: Path) -> list[dict[str, Any]]:
    """Passages of the pool that no split has, and that are near none of the dev splits.

    Raises
    ------
    DataError
        When the pool or a dev split is not in ``data_dir``.
    """
    labelled = {row["id"] for split in SPLITS for row in read_standoff(split)}
    rows = [row for row in read_rows(data_dir / NEWS_POOL) if row["id"] not in labelled]
    leaking = leaks(rows, {split: load_split(split, data_dir) for split in DEV})
    return [row for row in rows if row["id"] not in leaking]
