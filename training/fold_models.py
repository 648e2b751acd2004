"""Models of the recipe that have not seen a fold: what they say of it is held out."""

from __future__ import annotations

from collections.abc import Iterator

from stancekit import StanceClassifier
from stancekit.splits import grouped_folds
from training.passages import Passages
from training.train import IGNORE_NAMES, SEED, SHARING

__all__ = ["fold_models"]


def fold_models(passages: Passages) -> Iterator[tuple[StanceClassifier, list[int]]]:
    """For each fold of whole articles a model fitted on the others, and the rows of the fold."""
    strata = [f"{split} {y}" for split, y in zip(passages.splits, passages.stances, strict=True)]
    for rows, held_out in grouped_folds(strata, passages.groups, random_state=SEED):
        part = passages.take(rows)
        model = StanceClassifier(ignore_names=IGNORE_NAMES, sharing=SHARING, random_state=SEED)
        model.fit(
            part.texts,
            part.stances,
            sample_weight=part.weights,
            groups=part.groups,
            domains=part.domains,
        )
        yield model, held_out.tolist()
