"""What a stance is taken on: the target of each passage, where data have several."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from stancekit.domains import name_of
from stancekit.errors import InputError
from stancekit.features import TOKEN, read_text

__all__ = [
    "are_several",
    "crossed_text",
    "is_of_target",
    "own_targets",
    "spelt_alike",
    "target_names",
]

# Different words of one passage that are crossed with those of its target; the rest of a long one
# adds time, not accuracy.
_MAX_WORDS = 100

_words = re.compile(TOKEN).findall


def target_names(targets: Sequence[str | None], n_passages: int) -> list[str]:
    """The target of each passage; an empty name where it has none.

    Raises
    ------
    InputError
        For a bare string, another number than that of the passages, or a target that is no string.
    """
    if isinstance(targets, str):
        raise InputError("got one string as targets; expected a sequence with one a passage")
    names = [name_of(cell, "target").strip() for cell in targets]
    if len(names) != n_passages:
        raise InputError(f"got {len(names)} targets for {n_passages} passages")
    return names


def spelt_alike(names: Sequence[str]) -> list[list[str]]:
    """Targets that differ in case, spaces and marks alone, each group sorted."""
    found: dict[str, set[str]] = {}
    for name in names:
        bare = "".join(filter(str.isalnum, name.casefold()))
        found.setdefault(bare, set()).add(name)
    return [sorted(group) for bare, group in sorted(found.items()) if bare and len(group) > 1]


def are_several(names: Sequence[str]) -> bool:
    """Whether a target says anything: where all passages have the same one, it does not."""
    return len(set(names) - {""}) > 1


def own_targets(names: Sequence[str], labels: Sequence[str], least: int | None) -> list[str]:
    """The targets with ``least`` passages and two labels, sorted: they get weights of their own."""
    if least is None or not are_several(names):
        return []
    found: dict[str, list[str]] = {}
    for name, label in zip(names, labels, strict=True):
        found.setdefault(name, []).append(label)
    return sorted(
        name for name, own in found.items() if name and len(own) >= least and len(set(own)) > 1
    )


def is_of_target(names: Sequence[str], known: Sequence[str]) -> np.ndarray:
    """Whether each passage is of each target: bool of shape (n_passages, n_known)."""
    place = {name: column for column, name in enumerate(known)}
    columns = np.array([place.get(name, -1) for name in names], dtype=np.intp)
    is_of: np.ndarray = columns[:, None] == np.arange(len(known))
    return is_of


def crossed_text(text: str, target: str) -> str:
    """Each word of a passage with each word of its target, as words of a made-up text.

    A linear model can learn from "ban_dangerous" and "ban_freedom" what it cannot from the four
    words by themselves: which side a word is on depends on what the target asks for.
    """
    words = dict.fromkeys(_words(read_text(text)))
    aims = dict.fromkeys(_words(read_text(target)))
    return " ".join(f"{aim}_{word}" for word in list(words)[:_MAX_WORDS] for aim in aims)
