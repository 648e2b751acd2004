"""How fast the default model reads beside a plain pipeline: `python -m training.benchmarks.speed`.

The plain one is scikit-learn's TfidfVectorizer and LogisticRegression with the terms and as many
classes as the model, so that both count the same features of the same texts. In one process and on
one core the ways take turns, in an order drawn anew each time; a ratio is that of one turn, and
its interval is by bootstrap over the turns. The passages are the corpus written for this project
and, where they are there, the real ones.
"""

from __future__ import annotations

import os
import platform
import random
import re
import time
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import Model, load_model
from stancekit.features import TOKEN
from training.corpus.jsonl import read_rows
from training.one_core import one_core
from training.passages import DATA
from training.scoring import RESULTS, write_result

__all__ = ["PLAIN", "WAYS", "main", "measure_speed", "plain_pipeline"]

CORPUS = Path(__file__).parent.parent / "corpus" / "passages.jsonl"
PLAIN = "plain scikit-learn"
# What each way is, as the table says it.
WAYS = {
    PLAIN: "TfidfVectorizer(ngram_range=(1, 2)) and LogisticRegression, probabilities",
    "Model.predict_proba": "calibrated probabilities of the stances",
    "Model.analyze_passages": "all that `stancekit predict` gives of a row: status, stances, "
    "frames, the off-topic guard",
}
_N_SAMPLES = 10_000


def plain_pipeline(model: Model) -> Callable[[list[str]], np.ndarray]:
    """A plain pipeline that counts what ``model`` counts; its `predict_proba`."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    terms, n_classes = model.stance.terms_, len(model.labels)
    vectorizer = TfidfVectorizer(
        token_pattern=TOKEN,
        ngram_range=terms.ngram_range,
        sublinear_tf=terms.sublinear_tf,
        vocabulary=terms.vocabulary_,
    )
    vectorizer.idf_ = np.where(terms.is_name_, 0.0, terms.idf_)  # names have no say
    classifier = LogisticRegression()
    classifier.coef_ = model.stance.head_.coef[:n_classes]
    classifier.intercept_ = model.stance.head_.intercept[:n_classes]
    classifier.classes_ = model.classes_
    return lambda texts: np.asarray(classifier.predict_proba(vectorizer.transform(texts)))


def measure_speed(model: Model, texts: list[str], n_turns: int, seed: int = 0) -> dict[str, Any]:
    """Passages a second of each way, and how many times those of the plain one."""
    reads: list[Callable[[list[str]], Any]] = [
        plain_pipeline(model),
        model.predict_proba,
        model.analyze_passages,
    ]
    ways = dict(zip(WAYS, reads, strict=True))
    for read in ways.values():
        read(texts[:50])  # what is made at first use
    draw, seconds = random.Random(seed), {way: np.zeros(n_turns) for way in ways}
    for turn in range(n_turns):
        for way in draw.sample(list(ways), len(ways)):
            begin = time.process_time()
            ways[way](texts)
            seconds[way][turn] = time.process_time() - begin
    found = {
        way: {
            "passages_per_second": round(float(np.median(len(texts) / spent))),
            "ratio": _with_interval(seconds[PLAIN] / spent, seed),
        }
        for way, spent in seconds.items()
    }
    del found[PLAIN]["ratio"]
    return {
        "n_passages": len(texts),
        "mean_words": round(sum(len(text.split()) for text in texts) / len(texts), 1),
        "ways": found,
    }


def _with_interval(ratios: np.ndarray, seed: int) -> dict[str, float]:
    """The median ratio, with its 95 % interval."""
    turns = np.random.default_rng(seed).integers(0, len(ratios), (_N_SAMPLES, len(ratios)))
    low, high = np.quantile(np.median(ratios[turns], axis=1), [0.025, 0.975])
    values = {"value": np.median(ratios), "low": low, "high": high}
    return {name: round(float(value), 2) for name, value in values.items()}


def _collections(n_passages: int, data: Path) -> Iterator[tuple[str, list[str]]]:
    yield "written for the project", _texts([CORPUS], n_passages)
    for name in ("news", "speeches"):
        if files := sorted(data.glob(f"{name}_train.jsonl")):
            yield f"real {name}", _texts(files, n_passages)


def _texts(files: list[Path], n_passages: int) -> list[str]:
    rows = chain.from_iterable(map(read_rows, files))
    return [str(row["text"]) for row in islice(rows, n_passages)]


def _machine() -> str:
    path = Path("/proc/cpuinfo")
    cpu = re.search(r"model name\s*: (.*)", path.read_text()) if path.exists() else None
    return cpu[1] if cpu else platform.machine()


@click.command()
@click.option("--passages", default=2000, show_default=True, help="Of each collection, at most.")
@click.option("--turns", default=15, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(passages: int, turns: int, data: Path, results: Path) -> None:
    """Measure the default model beside a plain pipeline; write `results/speed.json`."""
    import sklearn

    model = load_model()
    with one_core():
        found = {
            name: measure_speed(model, texts, turns) for name, texts in _collections(passages, data)
        }
    settings = {
        "model": model.name,
        "turns": turns,
        "machine": _machine(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "scikit-learn": sklearn.__version__,
    }
    write_result("speed", {"settings": settings, "collections": found}, results)


if __name__ == "__main__":
    main()
