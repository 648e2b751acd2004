"""Small tables that the tests of the command write and read."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from click.testing import Result
from conftest import Passages

_FIELDS = ("text", "label", "article", "frames")


def rows_of(passages: Passages) -> list[dict[str, Any]]:
    """The passages of the fixture as rows of a table."""
    return [
        {"text": text, "label": label, "article": article, "frames": ";".join(frames)}
        for text, label, frames, article in zip(*passages, strict=True)
    ]


def write_rows(name: str, rows: list[dict[str, Any]]) -> str:
    """A CSV or JSON lines file in the current folder; its name."""
    with Path(name).open("w", newline="", encoding="utf-8") as file:
        if name.endswith(".csv"):
            fields = dict.fromkeys([*(k for row in rows for k in row), *_FIELDS])
            writer = csv.DictWriter(file, fields)
            writer.writeheader()
            writer.writerows(rows)
        else:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return name


def lines_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]
