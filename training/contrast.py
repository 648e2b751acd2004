"""Whether a model reads what a negation does, and whether it can learn it: `results/contrast.json`.

Pairs of passages that differ by as little as turns the recommendation round
(`corpus/contrast.jsonl`) are held out, whole units at a time, beside the real training passages.
The dev splits are not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from stancekit import StanceClassifier, StancekitError
from stancekit.features import TOKEN, TextFeatures, read_text
from stancekit.proper_names import name_words
from training.attention_graph import MeanAlone
from training.behaviour import rate_of
from training.corpus.contrast import pairs_of
from training.passages import CONTRAST, DATA, Passages, load_passages
from training.scoring import RESULTS, write_result
from training.train import ENCODER_WEIGHTS, IGNORED_NAMES, MODELS, SEED
from training.trials import SCORED, SHIPPED, Trial, read_held_out, score_by_split
from training.vectors import StoredVectors, read_cache, write_cache

__all__ = ["RESULT", "VARIANTS", "Variant", "main", "negated_words"]

RESULT = "contrast"
ENCODER = MODELS / "troops-en-accurate" / "encoder"
_NAMES = IGNORED_NAMES["troops-en"]
# How many words after a negation it reaches at most; a mark ends it.
_REACH = 6
_NEGATION = re.compile(
    r"not|never|no|nor|neither|without|nothing|nobody|none|cannot|hardly|barely|scarcely|nowhere"
    r"|unless|\w+n't"
)
_PIECE = re.compile(f"{TOKEN}|[.,;:!?]")


class _WithNegated(StanceClassifier):
    def _features(self, *, crossed: bool = False) -> Any:
        negated = TfidfVectorizer(
            preprocessor=negated_words, token_pattern=r"\S+", min_df=2, sublinear_tf=True
        )
        words = TextFeatures(ignore_names=self.ignore_names)
        return FeatureUnion([("words", words), ("negated", negated)])


def negated_words(text: str) -> str:
    """The words that a negation reaches, but for names."""
    names = name_words(_NAMES) if not isinstance(_NAMES, bool) else set()
    found, reach = [], 0
    for piece in _PIECE.findall(read_text(text)):
        if reach and piece[0].isalnum() and piece.removesuffix("'s") not in names:
            found.append(piece)
        if _NEGATION.fullmatch(piece):
            reach = _REACH
        else:
            reach = max(0, reach - 1) if piece[0].isalnum() else 0
    return " ".join(found)


@dataclass(frozen=True)
class Variant:
    """What a model reads, and whether it learns from the pairs.

    Attributes
    ----------
    reads : str; for the ledger, as is the verdict
    verdict : str
    weight : float; what a passage of the pairs counts in training, 0 for nothing
    classifier : type of StanceClassifier
    with_vectors : bool; whether the vectors of an encoder stand beside the words
    settings : mapping; of the classifier
    """

    reads: str
    verdict: str
    weight: float
    classifier: type[StanceClassifier] = StanceClassifier
    with_vectors: bool = False
    settings: Mapping[str, Any] = field(default_factory=lambda: {"ignore_names": _NAMES})


_WORDS, _NEGATED, _VECTORS = "words", "negated words beside", "frozen vectors beside"
_READS: dict[str, dict[str, Any]] = {
    _WORDS: {},
    _NEGATED: {"classifier": _WithNegated},
    _VECTORS: {"with_vectors": True, "settings": {}},
}
_VERDICTS = {
    _WORDS: ("shipped as troops-en", "rejected: worse on news"),
    _NEGATED: (
        "rejected: worse on both, for some more pairs",
        "rejected: worse on both, and most pairs stay alike",
    ),
    _VECTORS: ("shipped in troops-en-accurate, with heads", "rejected: most pairs stay alike"),
}
VARIANTS = {
    f"{reads}, learning from the pairs" if weight else reads: Variant(
        reads, verdict, weight, **_READS[reads]
    )
    for reads, verdicts in _VERDICTS.items()
    for weight, verdict in zip((0.0, 0.5), verdicts, strict=True)
}


def measure(variant: Variant, vectors: StoredVectors, data_dir: Path, n_jobs: int) -> Any:
    """Held-out scores on real passages, and the shares of pairs told apart and right."""
    weights = {**SHIPPED, CONTRAST: variant.weight}
    passages = load_passages(weights, data_dir)
    settings = dict(variant.settings)
    if variant.with_vectors:
        settings |= {"encoder": vectors, "encoder_weight": ENCODER_WEIGHTS["troops-en-accurate"]}
    trial = Trial("", weights, classifier=variant.classifier, settings=settings)
    held_out = read_held_out(trial, passages, n_jobs)
    assert held_out.proba is not None
    columns = np.searchsorted(held_out.classes, passages.stances)
    losses = -np.log(held_out.proba[np.arange(len(passages)), columns])
    is_split = {split: np.array(passages.splits) == split for split in SCORED}
    return {
        "scores": score_by_split(passages, held_out.predicted),
        "log_loss": {split: float(losses[rows].mean()) for split, rows in is_split.items()},
        "pairs": _pairs(passages, held_out.predicted),
    }


def _pairs(passages: Passages, predicted: np.ndarray) -> dict[str, Any]:
    rows = np.flatnonzero(np.array(passages.splits) == CONTRAST)
    part, labels = passages.take(rows), predicted[rows]
    pairs = np.array(pairs_of(part.groups, part.stances))
    right = (labels == np.array(part.stances, dtype=object))[pairs]
    return {
        "changed": rate_of(labels[pairs[:, 0]] != labels[pairs[:, 1]]),
        "both right": rate_of(right.all(axis=1)),
        "n_pairs": len(pairs),
    }


@click.command()
@click.argument("names", nargs=-1, metavar="[VARIANT]...", type=click.Choice(list(VARIANTS)))
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    required=True,
    metavar="STEM",
    help="Vectors are read from STEM.npy and their texts from STEM.json, if they are there; "
    "otherwise the encoder of troops-en-accurate writes them, without the scores of its heads.",
)
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
@click.option("--jobs", default=2, show_default=True, help="Folds fitted at once.")
def main(names: tuple[str, ...], cache: Path, data_dir: Path, results: Path, jobs: int) -> None:
    """Measure the named variants, or all: about a quarter of an hour on two cores."""
    try:
        if not cache.with_suffix(".npy").exists():
            write_cache(
                cache, MeanAlone(ENCODER), load_passages([*SHIPPED, CONTRAST], data_dir).texts
            )
        vectors = read_cache(cache)
        found: dict[str, Any] = {}
        for name in names or VARIANTS:
            click.echo(name, err=True)
            found[name] = measure(VARIANTS[name], vectors, data_dir, jobs)
            write_result(RESULT, {"seed": SEED, "variants": found}, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
