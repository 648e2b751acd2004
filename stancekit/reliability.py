"""Whether probabilities mean what they say: how often those of a kind come true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stancekit.bootstrap import Draws, Floats, Interval
from stancekit.metrics import one_hot
from stancekit.splits import Index

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Calibration", "ReliabilityBin", "calibration_facts", "read_calibration"]

# Guo et al. (2017) use 15 bins; numbers made with another count cannot be compared.
_N_BINS = 15


@dataclass(frozen=True)
class ReliabilityBin:
    """Passages whose likeliest label has a probability in (low, high].

    ``confidence`` is the mean of those probabilities, ``accuracy`` the share of passages of which
    the likeliest label is the gold one.
    """

    low: float
    high: float
    n_passages: int
    confidence: float
    accuracy: Interval


@dataclass(frozen=True)
class Calibration:
    """See `stancekit.score`."""

    ece: Interval
    brier: Interval
    reliability: tuple[ReliabilityBin, ...]  # bins that hold a passage, in ascending order


def calibration_facts(proba: Floats, gold: Index) -> list[csr_matrix | Floats]:
    """Facts for `read_calibration`: hit minus confidence, hit and 1 by bin; the squared error."""
    confidence, hit = proba.max(axis=1), proba.argmax(axis=1) == gold
    bins = np.clip(np.ceil(confidence * _N_BINS).astype(np.intp) - 1, 0, _N_BINS - 1)
    target = np.arange(proba.shape[1]) == gold[:, None]
    by_bin = [one_hot(bins, of, _N_BINS) for of in (hit - confidence, hit * 1.0, np.ones(len(hit)))]
    return [*by_bin, ((proba - target) ** 2).sum(axis=1, keepdims=True)]


def read_calibration(totals: Floats, draws: Draws) -> Calibration:
    """Calibration from the sums of `calibration_facts`, a row a draw."""
    gaps, hits, counts, squares = np.split(totals, [_N_BINS, 2 * _N_BINS, 3 * _N_BINS], axis=1)
    n_drawn = counts.sum(axis=1)
    with np.errstate(invalid="ignore"):  # a bin of which a draw holds no passage is nan
        accuracy, mean_gap = hits / counts, gaps[0] / counts[0]
    return Calibration(
        ece=draws.interval(abs(gaps).sum(axis=1) / n_drawn),
        brier=draws.interval(squares[:, 0] / n_drawn),
        reliability=tuple(
            ReliabilityBin(
                low=k / _N_BINS,
                high=(k + 1) / _N_BINS,
                n_passages=int(counts[0, k]),
                confidence=float(accuracy[0, k] - mean_gap[k]),
                accuracy=draws.interval(accuracy[:, k]),
            )
            for k in np.flatnonzero(counts[0]).tolist()
        ),
    )
