"""Passages of news that nobody has labelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.corpus.jsonl import read_rows
from training.passages import load_passages
from training.standoff import DEV, SPLITS
from training.standoff.making import leaks

__all__ = ["POOL", "unlabelled"]

POOL = "news_unlabelled.jsonl"


def unlabelled(data_dir: Path) -> list[dict[str, Any]]:
    """Passages of the pool that no split has, and that are near none of the dev splits."""
    labelled = {split: load_passages([split], data_dir) for split in SPLITS}
    known = {text for passages in labelled.values() for text in passages.texts}
    dev = {
        split: [
            {"id": f"{split} {row}", "article": group, "text": text}
            for row, (group, text) in enumerate(zip(one.groups, one.texts, strict=True))
        ]
        for split, one in labelled.items()
        if split in DEV
    }
    rows = [row for row in read_rows(data_dir / POOL) if row["text"] not in known]
    leaking = leaks(rows, dev)
    return [row for row in rows if row["id"] not in leaking]
