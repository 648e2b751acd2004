"""What all results have in common: they go to JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Result"]


@dataclass(frozen=True)
class Result:
    """Base of frozen results."""

    def to_dict(self) -> dict[str, Any]:
        """The same as plain dicts, lists and numbers for JSON, with None for nan."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(cell) for key, cell in value.items()}
    if isinstance(value, tuple):
        return [_plain(cell) for cell in value]
    return None if isinstance(value, float) and math.isnan(value) else value
