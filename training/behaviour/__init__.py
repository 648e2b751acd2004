"""What a model does when a passage is changed: what must not move a label, and what must.

`python -m training.behaviour` measures the models that are shipped; `training.train` measures the
one that it has trained. Numbers go to `results/behaviour.json`, and from there into card and
README.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain, compress
from pathlib import Path
from typing import Any

import numpy as np

from stancekit import Model
from stancekit.bootstrap import Draws
from stancekit.labels import takes_side
from stancekit.splits import group_codes
from training.behaviour.names import NAMES, names_in, swaps
from training.behaviour.variants import NEUTRAL_SENTENCES, TYPOGRAPHY, with_sentence
from training.corpus.jsonl import read_rows
from training.passages import DATA, Passages, load_passages
from training.standoff import DEV

__all__ = [
    "BARS",
    "RESULT",
    "bar_of",
    "behaviour_lines",
    "measure_behaviour",
    "measure_on_dev",
    "percent",
    "rate_of",
    "read_elsewhere",
    "read_negations",
]

RESULT = "behaviour"
_FOLDER = Path(__file__).parent
# What was asked of the models before they were measured: a share above or below.
BARS = {"names": "under 3 %", "sentence": "none", "typography": "none", "negation": "over 80 %"}
Rate = Mapping[str, float | None]
_N_BOOTSTRAP, _LEVEL = 2000, 0.95
_N_WORST = 10


@dataclass(frozen=True)
class _Changed:
    """Changed passages, the rows that they were made from, and what was changed in each."""

    texts: list[str]
    rows: list[int]
    ways: list[list[str]]


def read_negations() -> list[dict[str, Any]]:
    """Pairs of a recommendation and its negation, with the stance of each."""
    return read_rows(_FOLDER / "negations.jsonl", required=("text", "stance", "negated"))


def read_elsewhere() -> list[dict[str, Any]]:
    """Passages in which somebody or something leaves or stays that is no soldier."""
    return read_rows(_FOLDER / "elsewhere.jsonl", required=("text", "subject"))


def measure_on_dev(
    model: Model, data_dir: str | Path = DATA, *, is_quick: bool = True
) -> dict[str, Any]:
    """`measure_behaviour` on the dev splits, and on the off-topic passages kept to measure."""
    dev = {split: load_passages([split], data_dir) for split in DEV}
    off_topic = load_passages(["off_topic_dev"], data_dir)
    return measure_behaviour(model, dev, off_topic, is_quick=is_quick)


def measure_behaviour(
    model: Model, dev: Mapping[str, Passages], off_topic: Passages, *, is_quick: bool = True
) -> dict[str, Any]:
    """How often a label changes when a passage is changed, and what becomes of what is off topic.

    Labels are those that a reader of a table gets (`Model.analyze_passages`): the guard's verdict
    is part of them. A model that is not quick reads the pairs and what is off topic, but not the
    thousands of changed passages.

    Returns
    -------
    dict, as JSON has it
        ``flips``: for each change and split the share of changed passages whose label differs,
        with a 95 % interval by article, and the commonest ways. ``negation``: the share of pairs
        whose labels differ, and of those with both right. ``off topic``: shares turned away and
        shares with a side, with the guard and without it.
    """
    flips = {
        change: {split: _flips(model, passages, made(passages)) for split, passages in dev.items()}
        for change, made in _CHANGES.items()
        if is_quick
    }
    return {
        "flips": flips,
        "negation": _negation(model),
        "off topic": _off_topic(model, dev, off_topic),
    }


def _typography(passages: Passages) -> _Changed:
    return _each(
        (row, [way], change(text))
        for way, change in TYPOGRAPHY.items()
        for row, text in enumerate(passages.texts)
    )


def _sentences(passages: Passages) -> _Changed:
    return _each(
        (row, [sentence], with_sentence(text, sentence, before=before))
        for sentence in NEUTRAL_SENTENCES
        for before in (False, True)
        for row, text in enumerate(passages.texts)
    )


def _names(kind: str, passages: Passages) -> _Changed:
    return _each(
        (row, names_in(text, kind), other)
        for row, text in enumerate(passages.texts)
        for other in swaps(text, kind)
    )


_CHANGES: dict[str, Callable[[Passages], _Changed]] = {
    **{f"names of {kind}": partial(_names, kind) for kind in NAMES},
    "a neutral sentence": _sentences,
    "typography": _typography,
}


def _each(made: Iterable[tuple[int, list[str], str]]) -> _Changed:
    changed = list(made)
    return _Changed(
        [text for _, _, text in changed],
        [row for row, _, _ in changed],
        [way for _, way, _ in changed],
    )


def _labels(model: Model, texts: Sequence[str]) -> np.ndarray:
    return np.array([str(one.stance) for one in model.analyze_passages(texts)], dtype=object)


def _flips(model: Model, passages: Passages, changed: _Changed) -> dict[str, Any]:
    before = _labels(model, passages.texts)[np.array(changed.rows, dtype=np.intp)]
    moved = _labels(model, changed.texts) != before
    ways = Counter(chain.from_iterable(compress(changed.ways, moved)))
    return {
        "rate": rate_of(moved, [passages.groups[row] for row in changed.rows]),
        "n_changed": len(moved),
        "n_passages": len({*changed.rows}),
        "commonest": dict(ways.most_common(_N_WORST)),
    }


def _negation(model: Model) -> dict[str, Any]:
    pairs = read_negations()
    one = _labels(model, [pair["text"] for pair in pairs])
    other = _labels(model, [pair["negated"] for pair in pairs])
    right = one == [pair["stance"] for pair in pairs]
    turned = other == [pair["negated_stance"] for pair in pairs]
    return {
        "changed": rate_of(one != other),
        "both right": rate_of(right & turned),
        "one right": rate_of(right ^ turned),
        "n_pairs": len(pairs),
    }


def _off_topic(model: Model, dev: Mapping[str, Passages], off_topic: Passages) -> dict[str, Any]:
    others = [row["text"] for row in read_elsewhere()]
    found = {
        "news on other subjects": _turned_away(model, off_topic.texts, off_topic.groups),
        "others who leave or stay": _turned_away(model, others),
    }
    for split, passages in dev.items():
        for name, wanted in (("with a side", True), ("without a side", False)):
            rows = [k for k, one in enumerate(passages.stances) if takes_side(one) is wanted]
            part = passages.take(rows)
            found[f"{split}, {name}"] = _turned_away(model, part.texts, part.groups)
    return found


def _turned_away(
    model: Model, texts: Sequence[str], groups: Sequence[str] | None = None
) -> dict[str, Any]:
    read = model.analyze_passages(texts)
    unguarded = [takes_side(label) for label in model.predict(texts)]
    return {
        "turned away": rate_of([one.status == "off_topic" for one in read], groups),
        "with a side": rate_of(
            [one.stance is not None and takes_side(one.stance) for one in read], groups
        ),
        "with a side, unguarded": rate_of(unguarded, groups),
        "n_passages": len(texts),
    }


def rate_of(events: Any, groups: Sequence[str] | None = None) -> Rate:
    """The share of events, with an interval by a bootstrap over whole groups."""
    happened = np.asarray(events, dtype=np.float64)
    if not happened.size:
        return dict.fromkeys(("value", "low", "high"))
    draws = Draws(group_codes(groups, len(happened)), _N_BOOTSTRAP, _LEVEL, 0)
    n_happened, n = draws.totals([np.column_stack([happened, np.ones(len(happened))])]).T
    shares = np.divide(n_happened, n, out=np.full_like(n, np.nan), where=n > 0)
    return asdict(draws.interval(shares))


def behaviour_lines(found: Mapping[str, Any]) -> list[str]:
    """What a card says of a model's behaviour, a sentence a test."""
    lines = []
    for change, by_split in found["flips"].items():
        rates = ", ".join(f"{percent(one['rate'])} on {name}" for name, one in by_split.items())
        verb = "added" if "sentence" in change else "changed"
        lines.append(f"{change} {verb}: the label moves in {rates} ({bar_of(change)} was asked)")
    pairs = found["negation"]
    lines.append(
        f"a recommendation and its negation, {pairs['n_pairs']} pairs: the label differs in "
        f"{percent(pairs['changed'])} ({bar_of('negation')} was asked), and both are right in "
        f"{percent(pairs['both right'])}"
    )
    for name, one in found["off topic"].items():
        lines.append(
            f"{name}, {one['n_passages']} passages: {percent(one['turned away'])} turned away as "
            f"off topic, {percent(one['with a side'])} given a side"
        )
    return lines


def bar_of(change: str) -> str:
    """What was asked of a change."""
    return next(bar for name, bar in BARS.items() if name in change)


def percent(found: Rate) -> str:
    """A share and its interval in per cent; a dash where nothing could be changed."""
    value, low, high = (found[key] for key in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return "–"
    if math.isnan(low):  # of a single article
        return f"{100 * value:.1f} %"
    return f"{100 * value:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"
