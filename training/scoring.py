"""Scores of a model on the dev splits, and the files in `results/` that keep them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stancekit import Model, evaluate, score_frames
from training.passages import DATA, load_passages
from training.standoff import DEV, STANDOFF

__all__ = [
    "RESULTS",
    "agreement_lines",
    "balance_lines",
    "read_result",
    "score_on_dev",
    "with_interval",
    "write_result",
]

RESULTS = Path(__file__).with_name("results")
AGREEMENT = STANDOFF / "agreement.json"


def score_on_dev(model: Any, data_dir: str | os.PathLike[str] = DATA) -> dict[str, Any]:
    """Scores on each dev split, as JSON has them, with 95 % intervals by article.

    Parameters
    ----------
    model : Model, or any classifier of texts (then without scores of frames)
    data_dir : path
    """
    found: dict[str, Any] = {"stance": {}, "frames": {}}
    for name in DEV:
        dev = load_passages([name], data_dir)
        found["stance"][name] = evaluate(model, dev.texts, dev.stances, groups=dev.groups).to_dict()
        if isinstance(model, Model) and model.frames is not None:
            found["frames"][name] = score_frames(
                model.frames.indicator(dev.frames),
                model.frames.predict(dev.texts),
                frames=model.frame_names,
                groups=dev.groups,
            ).to_dict()
    return found


def agreement_lines() -> list[str]:
    """What the labellers agree on, a sentence for each dev split and one of warning."""
    facts = json.loads(AGREEMENT.read_text(encoding="utf-8"))
    lines = []
    for name in DEV:
        low, high = facts[name]["one_labeller_macro_f1"]
        reached = f"{low}" if low == high else f"{low} to {high}"
        lines.append(
            f"{name}: Krippendorff's alpha {facts[name]['krippendorff_alpha']} among "
            f"{facts['labellers']}; one labeller against the final labels has macro F1 {reached}"
        )
    return [*lines, "Labellers of one kind agree more than people would: this is a ceiling."]


def balance_lines(results: Path = RESULTS) -> list[str]:
    """How often a news label is wrong, and flipped, by the lean of the outlet: a line each."""
    return [
        f"{name}, {rate}: "
        + ", ".join(f"{lean} {_shown(one, rate)}" for lean, one in found.items())
        for name, found in read_result("balance", results).items()
        for rate in ("wrong", "flipped")
    ]


def _shown(found: Mapping[str, Any], rate: str) -> str:
    sign = "" if "n_passages" in found else "+"  # a difference
    numbers = (f"{found[rate][key]:{sign}.2f}" for key in ("value", "low", "high"))
    return "{} [{}, {}]".format(*numbers)


def write_result(name: str, facts: dict[str, Any], results: Path = RESULTS) -> None:
    """Write `results/<name>.json`."""
    results.mkdir(parents=True, exist_ok=True)
    text = json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
    (results / f"{name}.json").write_text(text, encoding="utf-8")


def read_result(name: str, results: Path = RESULTS) -> dict[str, Any]:
    """Read what `write_result` wrote."""
    found: dict[str, Any] = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))
    return found


def with_interval(found: Mapping[str, float]) -> str:
    """A score as tables have it: 0.55 [0.47, 0.62]."""
    return f"{found['value']:.2f} [{found['low']:.2f}, {found['high']:.2f}]"
