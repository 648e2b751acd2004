"""Tables of what was tried with the encoder of `troops-en-accurate`, from `results/`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.distil import RESULT as DISTIL_RESULT
from training.distil import TRIED
from training.passages import STANCES
from training.scoring import RESULTS, read_result, with_interval
from training.stacking import ON
from training.vector_trials import VECTOR_TRIALS

__all__ = ["distil_table", "frozen_heads_table", "heads_table", "vector_trials_table"]


def heads_table(results: Path = RESULTS) -> str:
    """Heads that attend to tokens beside their mean."""
    return _heads(read_result("heads", results))


def frozen_heads_table(results: Path = RESULTS) -> str:
    """The same of heads on a layer that did not learn."""
    return _heads(read_result("heads-frozen", results))


def _heads(facts: Mapping[str, Any]) -> str:
    lines = _gains(facts["gains"], "read")
    return "\n".join(lines) + f"\n\n{facts['n_passages']:,} passages; {facts['note']}."


def distil_table(results: Path = RESULTS) -> str:
    """What words learn from the accurate model's labels of unlabelled passages."""
    facts = read_result(DISTIL_RESULT, results)
    verdicts = {name: TRIED[name].verdict if name in TRIED else "" for name in facts["gains"]}
    lines = _gains(facts["gains"], "learns from", verdicts)
    side = f"{facts['share with a side']:.1%} of what the teachers say of them is for a side"
    return "\n".join(lines) + f"\n\n{facts['n_passages']:,} unlabelled passages; {side}."


def vector_trials_table(results: Path = RESULTS) -> str:
    """Ways to join words and vectors."""
    found = read_result("vector_trials", results)
    verdicts = {name: VECTOR_TRIALS[name].verdict for name in found}
    return "\n".join(_gains(found, "variant", verdicts))


def _gains(
    found: Mapping[str, Any], subject: str, verdicts: Mapping[str, str] | None = None
) -> list[str]:
    tail = ["verdict"] if verdicts else []
    head = [subject, "on", "macro F1", "N, P, W", "gain", "log loss", "change", *tail]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, by_split in found.items():
        for on in ON:
            one = by_split[on]
            cells = [name, on, with_interval(one["macro_f1"])]
            cells.append(" ".join(f"{one['per_label'][label]:.2f}" for label in STANCES))
            cells += [_change(one["gain"], 2), f"{one['log_loss']['value']:.3f}"]
            cells += [_change(one["log_loss_gain"], 3)]
            cells += [verdicts[name]] if verdicts else []
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def _change(found: Mapping[str, float], digits: int) -> str:
    """A difference with its interval; nothing for what is compared with itself."""
    if found["low"] == found["high"] == 0:
        return ""
    value, low, high = (f"{found[key]:+.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"
