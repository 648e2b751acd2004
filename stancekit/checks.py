"""Labels, frames and probabilities in the shape that scoring needs, or a sentence why not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from stancekit.bootstrap import Floats
from stancekit.errors import InputError
from stancekit.labels import is_missing, unknown_name
from stancekit.splits import Index

__all__ = [
    "check_length",
    "check_names",
    "check_proba",
    "label_strings",
    "places",
    "read_indicator",
]


def label_strings(values: Iterable[Any], what: str) -> list[str]:
    """Labels as strings; there is at least one, and each is one name."""
    if isinstance(values, str | bytes):
        raise InputError(f"got one string as {what}; expected a sequence with one a passage")
    cells = list(values)
    if not cells:
        raise InputError(f"got no {what}; expected at least one passage")
    missing = sum(map(is_missing, cells))
    if missing:
        raise InputError(
            f"{missing} of {len(cells)} {what} are missing; fill them or leave those passages out"
        )
    if any(isinstance(cell, list | tuple | set | np.ndarray) for cell in cells):
        raise InputError(f"got several {what} for a passage; expected one: see `score_frames`")
    return [str(cell) for cell in cells]


def check_names(values: Iterable[Any], kind: str) -> list[str]:
    """Names as strings, each once."""
    names = [str(value) for value in values]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{kind} {twice!r} is named twice; expected each {kind} once")
    return names


def places(values: list[str], names: list[str], kind: str) -> Index:
    """The place of each value among ``names``."""
    place = {name: k for k, name in enumerate(names)}
    for value in values:
        if value not in place:
            raise InputError(unknown_name(kind, value, names))
    return np.array([place[value] for value in values], dtype=np.intp)


def check_length(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise InputError(f"got {found} {what} for {expected} passages; expected one for each")


def check_proba(proba: Any, shape: tuple[int, int]) -> Floats:
    """Probabilities, which count as such when rows sum to 1 but for rounding, as of float32."""
    array = np.asarray(proba, dtype=np.float64)
    if array.shape != shape:
        raise InputError(f"got probabilities of shape {array.shape}; expected {shape}")
    if not ((array >= 0).all() and np.allclose(array.sum(axis=1), 1, atol=1e-3)):
        raise InputError("got probabilities that are negative or whose rows do not sum to 1")
    return array


def read_indicator(matrix: Any, names: list[str], what: str) -> Floats:
    """A matrix of zeros and ones with a column for each frame."""
    array = np.asarray(matrix)
    if array.ndim != 2 or array.shape[1] != len(names) or not len(array):
        raise InputError(
            f"got {what} frames of shape {array.shape}; expected a row for each of at least one "
            f"passage and {len(names)} columns"
        )
    if not np.isin(array, (0, 1)).all():
        raise InputError(f"got {what} frames with values other than 0 and 1; expected only those")
    return array.astype(np.float64)
