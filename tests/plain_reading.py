"""How a linear model reads, written to be understood and not to be quick."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from math import exp, log, sqrt
from typing import Any

from stancekit import Model
from stancekit.typography import even_text

WORD = re.compile(r"\w+(?:'\w+)?")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def terms_of(text: str, shortest: int = 1, longest: int = 2) -> Iterator[str]:
    """All runs of so many words, in lower case."""
    even = unicodedata.normalize("NFKC", even_text(text).text)
    words = WORD.findall(CONTROL.sub(" ", even).lower())
    for length in range(shortest, longest + 1):
        for begin in range(len(words) - length + 1):
            yield " ".join(words[begin : begin + length])


def count_plainly(
    texts: Sequence[str], columns: dict[str, int], shortest: int, longest: int
) -> list[dict[int, int]]:
    """How often each known term stands in each text, by column."""
    found = (Counter(terms_of(text, shortest, longest)) for text in texts)
    return [{columns[term]: n for term, n in one.items() if term in columns} for one in found]


def predict_plainly(model: Model, text: str) -> tuple[dict[str, float], dict[str, float]]:
    """The probability of each label and of each frame."""
    stance, frames = model.stance, model.frames
    terms: Any = stance.features_
    (counts,) = count_plainly([text], terms.vocabulary_, *terms.ngram_range)
    # Names have no say.
    kept = {column: n for column, n in counts.items() if not terms.is_name_[column]}
    tf_idf = {c: (1 + log(n)) * float(terms.idf_[c]) for c, n in kept.items()}
    length = sqrt(sum(value**2 for value in tf_idf.values())) or 1
    x = {column: value / length for column, value in tf_idf.items()}

    def scores(head: Any) -> list[float]:
        return [
            sum(value * float(weights[column]) for column, value in x.items()) + float(constant)
            for weights, constant in zip(head.coef, head.intercept, strict=True)
        ]

    detector, calibration = stance.detector_, stance.calibration_
    in_domain = softmax(scores(detector)) if detector else [1.0]
    n_classes, all_scores = len(stance.classes_), scores(stance.head_)
    proba = [0.0] * n_classes
    for domain, weight in enumerate(in_domain):
        first = domain * n_classes if stance.n_sets_ > 1 else 0
        own = all_scores[first : first + n_classes]
        scale, bias = calibration.scale[domain], calibration.bias[domain]
        of_domain = softmax([scale * s + b for s, b in zip(own, bias, strict=True)])
        proba = [p + weight * q for p, q in zip(proba, of_domain, strict=True)]
    by_frame = (
        {} if frames is None else dict(zip(frames.classes_, scores(frames.head_), strict=True))
    )
    return (
        dict(zip(model.labels, proba, strict=True)),
        {str(name): 1 / (1 + exp(-score)) for name, score in by_frame.items()},
    )


def softmax(scores: Sequence[float]) -> list[float]:
    powers = [exp(score - max(scores)) for score in scores]
    return [power / sum(powers) for power in powers]
