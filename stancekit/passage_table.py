"""Passages as the columns of a table: what CSV and Parquet hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from stancekit.analysis import PassageAnalysis, PassageVoice

__all__ = ["cells_of_passages", "passage_columns"]


def passage_columns(labels: Sequence[str], frames: Sequence[str]) -> dict[str, Any]:
    """The columns of a table of passages, and what they hold."""
    return {
        **dict.fromkeys(("id", "article"), str),
        **dict.fromkeys(("passage", "start", "end"), int),
        **dict.fromkeys(("text", "kind", "status", "stance"), str),
        **{f"p_{name}": float for name in labels},
        "frames": str,
        **{f"f_{name}": float for name in frames},
        "own_share": float,
        **dict.fromkeys(("own_stance", "speakers", "voices", "labels"), str),
    }


def cells_of_passages(
    passages: Sequence[PassageAnalysis],
    labels: Sequence[str],
    frames: Sequence[str],
    kept: Mapping[str, Any],
) -> dict[str, list[Any]]:
    """The cells of each column, in the order of `passage_columns`, then of those kept.

    Column by column, since a table of millions of rows is made so in a third of the time that a
    dictionary for each row takes. What of ``kept`` is to be `str` and is none is written as JSON.
    """
    plain = ("id", "article", "passage", "start", "end", "text", "kind", "status", "stance")
    voices = [one.voices for one in passages]
    return {
        **{name: [getattr(one, name) for one in passages] for name in plain},
        **_numbers("p_", labels, [one.probabilities for one in passages]),
        "frames": [";".join(one.frames) for one in passages],
        **_numbers("f_", frames, [one.frame_probabilities for one in passages]),
        "own_share": [one.own_share for one in passages],
        "own_stance": [one.own_stance for one in passages],
        "speakers": [None if one is None else _speakers(one) for one in voices],
        "voices": [None if one is None else _as_json(one) for one in voices],
        "labels": [None if one.labels is None else ";".join(one.labels) for one in passages],
        **{
            name: [_kept(one.kept.get(name), kind) for one in passages]
            for name, kind in kept.items()
        },
    }


def _numbers(
    prefix: str, names: Sequence[str], found: list[Mapping[str, float]]
) -> dict[str, list[float | None]]:
    return {f"{prefix}{name}": [one.get(name) for one in found] for name in names}


def _speakers(voices: Sequence[PassageVoice]) -> str:
    return ";".join(dict.fromkeys(voice.speaker for voice in voices if voice.speaker))


def _as_json(voices: Sequence[PassageVoice]) -> str:
    return json.dumps([voice.to_dict() for voice in voices], ensure_ascii=False)


def _kept(cell: Any, kind: Any) -> Any:
    if cell is None or kind is not str or isinstance(cell, str):
        return cell
    is_json = isinstance(cell, list | dict | bool)
    return json.dumps(cell, ensure_ascii=False, default=str) if is_json else str(cell)
