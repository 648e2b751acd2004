"""Predictions for all passages and right labels for some, as numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stancekit.bootstrap import Floats
from stancekit.checks import check_length, check_names, check_proba, label_strings, places
from stancekit.errors import InputError
from stancekit.labels import is_missing
from stancekit.splits import Index

__all__ = ["Mask", "Sample", "read_sample"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Sample:
    """Passages as numbers; arrays of shape (n_passages,), places of labels among ``labels``.

    Attributes
    ----------
    labels : list of str
    said, true : the predicted label, and the gold label, 0 where there is none
    weights : 1 / inclusion; 0 where there is no gold label
    in_corpus : bool
    proba : ndarray of shape (n_passages, n_labels), or None
    """

    labels: list[str]
    said: Index
    true: Index
    weights: Floats
    in_corpus: Mask
    proba: Floats | None

    @property
    def is_gold(self) -> Mask:
        """Which passages have a gold label."""
        return self.weights > 0


def read_sample(
    predicted: Iterable[Any],
    gold: Iterable[Any] | None,
    proba: Any,
    inclusion: Iterable[Any] | None,
    in_corpus: Iterable[Any] | None,
    labels: Iterable[Any] | None,
) -> Sample:
    """Check what `stancekit.measure` is given, whose parameters these are."""
    said = label_strings(predicted, "predicted labels")
    n = len(said)
    cells = [None] * n if gold is None else list(gold)
    check_length("gold labels", len(cells), n)
    is_gold = np.array([not is_missing(cell) for cell in cells])
    if gold is not None and not is_gold.any():
        raise InputError("got gold labels that are all missing; label some passages first")
    right = [str(cell) for cell in cells if not is_missing(cell)]
    if proba is not None and labels is None:
        raise InputError("got `proba` without `labels`; expected the labels of its columns")
    names = check_names(sorted({*said, *right}) if labels is None else labels, "label")
    true = np.zeros(n, dtype=np.intp)
    true[is_gold] = places(right, names, "gold label")
    inside = np.ones(n, dtype=bool) if in_corpus is None else np.array(list(in_corpus), dtype=bool)
    check_length("values of in_corpus", len(inside), n)
    if not inside.any():
        raise InputError("got no passage in the corpus; expected at least one to measure")
    return Sample(
        names,
        places(said, names, "predicted label"),
        true,
        _weights(inclusion, is_gold),
        inside,
        None if proba is None else check_proba(proba, (n, len(names))),
    )


def _weights(inclusion: Iterable[Any] | None, is_gold: Mask) -> Floats:
    weights = is_gold.astype(np.float64)
    if inclusion is None:
        return weights
    cells = list(inclusion)
    check_length("inclusion probabilities", len(cells), len(is_gold))
    for row in np.flatnonzero(is_gold):
        weights[row] = 1 / _probability(cells[row])
    return weights


def _probability(cell: Any) -> float:
    try:
        number = float(cell)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number <= 1:
        raise InputError(
            f"got {cell!r} as inclusion probability of a labelled passage; expected a number above "
            "0 and at most 1"
        )
    return number
