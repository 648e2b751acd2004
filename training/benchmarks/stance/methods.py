"""What is run on each set: a function from rows to learn from and rows to score to labels."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stancekit import StanceClassifier
from stancekit.targets import are_several
from training.attention_graph import MeanAlone
from training.benchmarks.stance.rows import Rows
from training.vectors import read_cache, write_cache

__all__ = [
    "PACKAGES",
    "SETTINGS",
    "Clock",
    "Guess",
    "Method",
    "accurate",
    "hybrid",
    "linear",
    "majority",
    "text_alone",
]

ENCODER = Path(__file__).parents[3] / "models" / "troops-en-accurate" / "encoder"
# What is installed for a method, where that is more than the library.
PACKAGES = {"accurate": ("stancekit", "onnxruntime", "tokenizers")}

# Chosen for SemEval 6 A by cross-validation on its training part, and taken over by the other sets
# of tweets and by MPCHI, where only the sharing was tried, of words alone (the ledger of the page).
# Tweets are short, and spelt in many ways.
TWEETS: dict[str, Any] = {"char_ngram_range": (2, 5), "sharing": 0.0, "cross_targets": False}
# The lean is for macro F1; where accuracy is asked for, the likeliest label is right most often.
LIKELIEST: dict[str, Any] = {"lean": 0.0}
# F_avg leaves out the label that takes no side; on held-out folds it is best around this lean.
SIDES: dict[str, Any] = {"lean": 0.4}
SETTINGS: dict[str, dict[str, Any]] = {
    "semeval-6a": {**TWEETS, **SIDES},
    "semeval-6b": {"char_ngram_range": (2, 5), "min_per_target": None, **SIDES},
    "covid19-stance": TWEETS,
    "mpchi": TWEETS,
    # Ten folds, each of which would choose among as many settings as others do once.
    "handeset": {**LIKELIEST, "n_folds": 3, "Cs": (1.0, 10.0)},
    "ibm-claim-stance": LIKELIEST,
    # Both of its labels take a side, so that the lean for macro F1 is that for F_avg.
    "p-stance": TWEETS,
}
# Of sets whose test has targets that are not in the training part.
UNSEEN: dict[str, Any] = {"min_per_target": None, "Cs": (0.3, 1.0, 3.0, 10.0)}


@dataclass(frozen=True)
class Guess:
    """Labels for the rows to score, with the CPU seconds that they took, of all threads."""

    labels: list[str]
    train_seconds: float
    predict_seconds: float


Method = Callable[[Rows, Rows], Guess]


class Clock:
    """CPU seconds of this process, all its threads together.

    Waiting for other processes is not counted; that they take cache and memory from this one is.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {"train": 0.0, "predict": 0.0}

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        """Add what is done in the context to ``what``."""
        start = time.process_time()
        yield
        self.seconds[what] += time.process_time() - start

    def guess(self, labels: Any) -> Guess:
        """A guess with the seconds so far."""
        return Guess([str(label) for label in labels], *self.seconds.values())


def linear(name: str, are_known: bool) -> Method:
    """The linear core, told the target of each row."""
    return _ours({**({} if are_known else UNSEEN), **SETTINGS.get(name, {})}, are_known)


def text_alone(name: str, are_known: bool) -> Method:
    """The same without the targets: what a set gives away by its texts alone."""
    settings: dict[str, Any] = {"char_ngram_range": SETTINGS.get(name, {}).get("char_ngram_range")}

    def run(train: Rows, test: Rows) -> Guess:
        clock = Clock()
        classifier = StanceClassifier(**settings)
        groups = None if are_known else train.targets
        with clock.of("train"):
            classifier.fit(train.texts, train.labels, groups=groups)
        with clock.of("predict"):
            labels = classifier.predict(test.texts)
        return clock.guess(labels)

    return run


def hybrid(name: str, are_known: bool, vectors: Path) -> Method:
    """The linear core with the vectors of a frozen encoder, stored in ``vectors``, beside it.

    Encoding is not in the seconds.
    """
    settings = {**({} if are_known else UNSEEN), **SETTINGS.get(name, {})}
    return _ours({**settings, "encoder": read_cache(vectors), "encoder_weight": 1.0}, are_known)


def accurate(name: str, are_known: bool, stem: Path | None, texts: list[str]) -> Method:
    """The linear core with the encoder of troops-en-accurate, as its parameters have it.

    Without the scores of its heads, which learnt the stances of another debate. The seconds hold
    those of encoding (in which heads and their layer run all the same), also where the vectors are
    kept at ``stem``.
    """
    settings = {**({} if are_known else UNSEEN), **SETTINGS.get(name, {}), "encoder_weight": 1.0}
    if stem is None:
        return _ours({**settings, "encoder": MeanAlone(ENCODER)}, are_known)
    seconds = _seconds_of_encoding(stem, texts)
    return _ours({**settings, "encoder": read_cache(stem)}, are_known, seconds=seconds)


def _seconds_of_encoding(stem: Path, texts: list[str]) -> float:
    """CPU seconds a text, of those whose vectors are kept; they are encoded where none are."""
    about = stem.with_suffix(".seconds.json")
    if not about.exists():
        stem.parent.mkdir(parents=True, exist_ok=True)
        start = time.process_time()
        write_cache(stem, MeanAlone(ENCODER), texts)
        seconds = (time.process_time() - start) / len(texts)
        about.write_text(json.dumps(seconds), encoding="utf-8")
    return float(json.loads(about.read_text(encoding="utf-8")))


def majority(train: Rows, test: Rows) -> Guess:
    """The commonest label of the target in the training part; of all where it is not there."""
    overall = Counter(train.labels).most_common(1)[0][0]
    found = {
        target: Counter(train.on(target).labels).most_common(1)[0][0]
        for target in set(train.targets)
    }
    return Guess([found.get(target, overall) for target in test.targets], 0.0, 0.0)


def _ours(settings: dict[str, Any], are_known: bool, *, seconds: float = 0.0) -> Method:
    """``seconds`` are added for each text, for what was done before."""

    def run(train: Rows, test: Rows) -> Guess:
        clock = Clock()
        classifier = StanceClassifier(**settings)
        # Strength and calibration are to hold for targets unseen, so whole targets are held out.
        is_by_target = not are_known and are_several(train.targets)
        groups = train.targets if is_by_target else None
        with clock.of("train"):
            classifier.fit(train.texts, train.labels, targets=train.targets, groups=groups)
        with clock.of("predict"):
            labels = classifier.predict(test.texts, targets=test.targets)
        clock.seconds["train"] += seconds * len(train)
        clock.seconds["predict"] += seconds * len(test)
        return clock.guess(labels)

    return run
