"""The weights by which cues are told from other words, and their parts from other candidates."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from stancekit.voices.candidates import Candidate
from stancekit.voices.quotes import Run

__all__ = ["CueModel", "cue_model_from", "likeliest", "load_cue_model", "logit_of"]

# Candidates that are weighed against each other; more change nothing but the time.
_RANKED = 7
# Of the candidates with nearly the most support, the likeliest is taken: it has the exact ends.
_ENOUGH = 0.9


@dataclass(frozen=True)
class CueModel:
    """Weights that say which words are cues, and which candidates are their sources and contents.

    Attributes
    ----------
    rates : mapping; for the first letters of a word, per cent of its occurrences that are cues
    cue, source, content : mapping of feature to weight; logits are sums of them
    accept : float in (0, 1); chance that cue, source and content are all right, from which one
        is kept
    """

    rates: Mapping[str, int]
    cue: Mapping[str, float]
    source: Mapping[str, float]
    content: Mapping[str, float]
    accept: float


@lru_cache(maxsize=1)
def load_cue_model() -> CueModel:
    """The weights that come with the library."""
    text = resources.files("stancekit.voices").joinpath("weights.json").read_text(encoding="utf-8")
    return cue_model_from(json.loads(text))


def cue_model_from(facts: Mapping[str, Any]) -> CueModel:
    """Weights from what `training.voices` writes: tenths, by the first word of the feature."""
    parts = {
        part: {
            f"{name} {value}" if name else value: tenths / 10
            for name, group in facts[part].items()
            for value, tenths in group.items()
        }
        for part in ("cue", "source", "content")
    }
    return CueModel(facts["rates"], accept=facts["accept"], **parts)


def logit_of(weights: Mapping[str, float], features: Iterable[str]) -> float:
    """The sum of the weights of these features."""
    get = weights.get
    return sum([get(feature, 0.0) for feature in features])


def likeliest(
    candidates: Sequence[Candidate], weights: Mapping[str, float]
) -> tuple[Candidate, float]:
    """The candidate most likely to share half of its words with the truth, and that likelihood.

    Near misses of one another support each other: better than the single likeliest one.
    """
    logits = [logit_of(weights, one.features) for one in candidates]
    top = max(logits)
    chances = [math.exp(logit - top) for logit in logits]
    ranked = sorted(range(len(candidates)), key=chances.__getitem__, reverse=True)[:_RANKED]
    support = {
        i: sum(chances[j] for j in ranked if _is_near(candidates[i].runs, candidates[j].runs))
        for i in ranked
    }
    most = max(support.values())
    # In order of likelihood: the likeliest whose support is nearly the most.
    best = next(i for i in ranked if support[i] >= _ENOUGH * most)
    return candidates[best], support[best] / sum(chances)


def _is_near(one: Sequence[Run], other: Sequence[Run]) -> bool:
    """Whether two lists of runs share at least half of the words of both together."""
    if one == other:
        return True
    shared = sum(max(0, min(b, d) - max(a, c)) for a, b in one for c, d in other)
    return 3 * shared >= sum(b - a for a, b in one) + sum(d - c for c, d in other)
