"""Names that have no say in a label of the shipped models, as `ignored_names.txt` lists them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["read_names"]

_FILE = Path(__file__).with_suffix(".txt")


def read_names() -> tuple[str, ...]:
    """The words, sorted, each once; lines that begin with # say what follows."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return tuple(
        sorted({word for line in lines if not line.startswith("#") for word in line.split()})
    )
