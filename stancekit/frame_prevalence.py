"""Shares of the frames over a corpus: each frame is there or not, and measured by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stancekit.bootstrap import Floats
from stancekit.checks import check_length, check_names
from stancekit.errors import InputError
from stancekit.labels import unknown_name
from stancekit.prevalence import METHODS, Share, measure

__all__ = ["FrameShares", "measure_frames"]

_ABSENT, _PRESENT = "absent", "present"
_BY_CONFUSION = ("acc", "pacc")


@dataclass(frozen=True)
class FrameShares:
    """Shares of frames.

    Attributes
    ----------
    shares : tuple of Share; of each its ``frame`` is named, and ``stance`` is None
    left_out : dict of str to str; frames that have not all methods, with the reason
    """

    shares: tuple[Share, ...]
    left_out: dict[str, str]


def measure_frames(
    predicted: Iterable[Iterable[str]],
    *,
    frames: Sequence[str],
    gold: Iterable[Iterable[str] | None] | None = None,
    proba: Any = None,
    methods: Iterable[str] | None = None,
    **options: Any,
) -> FrameShares:
    """Measure the share of passages that have each frame; `stancekit.measure` for frames.

    The shares of the frames do not sum to 1: a passage may have several, or none.

    Parameters
    ----------
    predicted : sequence of shape (n_passages,) of lists of str, the predicted frames
    frames : sequence of str, all frames of the model
    gold : sequence of shape (n_passages,), optional
        The right frames, an empty list where a passage has none; None for passages that nobody
        labelled.
    proba : array of shape (n_passages, n_frames), in [0, 1], optional
        Probability of each frame, for ``pacc``.
    methods : iterable of str, optional
        As in `measure`. By default those that each frame has enough for: of a frame which no
        labelled passage has, nobody knows how it is misread, and ``left_out`` says so.
    **options
        ``inclusion``, ``in_corpus``, ``by``, ``groups``, ``n_bootstrap``, ``level`` and
        ``random_state`` of `measure`.

    Raises
    ------
    InputError
        As `measure`, and for a frame that is not among ``frames``.
    """
    names = check_names(frames, "frame")
    said = _marks([list(cell) for cell in predicted], names, "predicted frame")
    right = None if gold is None else list(gold)
    if right is not None:
        check_length("lists of gold frames", len(right), len(said))
        _marks([list(cell or ()) for cell in right], names, "gold frame")
    scores = None if proba is None else _check_proba(proba, said.shape)
    wanted = list(methods) if methods is not None else _all_methods(right, scores, options)
    shares: list[Share] = []
    left_out = {}
    for k, name in enumerate(names):
        facts = {
            "gold": None if right is None else _words(_mark_of(right, name)),
            "proba": None if scores is None else np.column_stack([1 - scores[:, k], scores[:, k]]),
            "labels": [_ABSENT, _PRESENT],
            **options,
        }
        found, reason = _measure_one(_words(said[:, k].tolist()), wanted, facts)
        shares += [replace(one, stance=None, frame=name) for one in found if one.stance == _PRESENT]
        if reason is not None:
            left_out[name] = reason
    return FrameShares(_by_part(shares), left_out)


def _all_methods(
    gold: list[Any] | None, scores: Floats | None, options: dict[str, Any]
) -> list[str]:
    """The methods that there is enough for."""
    is_gold = [cell is not None for cell in gold or ()]
    inside = options.get("in_corpus")
    needs = {
        "naive": True,
        "acc": any(is_gold),
        "pacc": any(is_gold) and scores is not None,
        "ppi": any(is_gold if inside is None else compress(inside, is_gold)),
    }
    return [method for method in METHODS if needs[method]]


def _measure_one(
    said: list[str | None], methods: list[str], facts: dict[str, Any]
) -> tuple[tuple[Share, ...], str | None]:
    """Shares of a frame; without the confusion table's methods, and why, where it has none."""
    try:
        return measure(said, methods=methods, **facts), None
    except InputError as error:
        rest = [method for method in methods if method not in _BY_CONFUSION]
        if len(rest) == len(methods) or facts["gold"] is None:
            raise
        return (measure(said, methods=rest, **facts) if rest else ()), str(error)


def _by_part(shares: list[Share]) -> tuple[Share, ...]:
    """By part of the corpus, then frame, then method."""
    keys = [tuple(one.by.values()) for one in shares]
    place = {key: k for k, key in enumerate(dict.fromkeys(keys))}
    return tuple(sorted(shares, key=lambda one: place[tuple(one.by.values())]))


def _mark_of(cells: list[Any], name: str) -> list[bool | None]:
    return [None if cell is None else name in cell for cell in cells]


def _words(marks: Iterable[bool | None]) -> list[str | None]:
    return [None if mark is None else _PRESENT if mark else _ABSENT for mark in marks]


def _marks(lists: list[list[str]], names: list[str], kind: str) -> NDArray[np.bool_]:
    """Which passage has which frame: (n_passages, n_frames)."""
    for name in dict.fromkeys(chain.from_iterable(lists)):
        if name not in names:
            raise InputError(unknown_name(kind, name, names))
    return np.array([[name in cell for name in names] for cell in lists], dtype=bool).reshape(
        len(lists), len(names)
    )


def _check_proba(proba: Any, shape: tuple[int, ...]) -> Floats:
    array = np.asarray(proba, dtype=np.float64)
    if array.shape != shape or not ((array >= 0) & (array <= 1)).all():
        raise InputError(
            f"got probabilities of frames of shape {array.shape}, or not from 0 to 1; expected "
            f"{shape}, a row a passage and a column a frame"
        )
    return array
