"""From which probability on a label is given, for an error that somebody can live with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stancekit.bootstrap import Floats

__all__ = ["RiskTable", "risk_table"]

_N_POINTS = 20
# The error among fewer passages than these is chance.
_MIN_KEPT = 20


@dataclass(frozen=True)
class RiskTable:
    """What is wrong among held-out passages, when those below a confidence get no label.

    Attributes
    ----------
    confidence, coverage, error : tuple of float in [0, 1], of one length, by ascending coverage
        A threshold, the share of passages that reach it, and the highest share of wrong labels at
        this threshold or any above: one lucky threshold must not pass for a safe one.
    """

    confidence: tuple[float, ...]
    coverage: tuple[float, ...]
    error: tuple[float, ...]

    @property
    def lowest_error(self) -> float:
        """The lowest error that a threshold gives."""
        return self.error[0]

    def threshold_for(self, target_error: float) -> float:
        """The lowest threshold whose error is at most the target; inf where there is none."""
        n_good = self._n_good(target_error)
        return self.confidence[n_good - 1] if n_good else float("inf")

    def coverage_for(self, target_error: float) -> float:
        """The share of held-out passages that get a label at that threshold; 0 where none does."""
        n_good = self._n_good(target_error)
        return self.coverage[n_good - 1] if n_good else 0.0

    def _n_good(self, target_error: float) -> int:
        return sum(error <= target_error for error in self.error)

    def to_dict(self) -> dict[str, list[float]]:
        """The columns, as JSON has them."""
        return {name: list(column) for name, column in vars(self).items()}

    @classmethod
    def from_dict(cls, columns: dict[str, Any]) -> RiskTable:
        """The inverse of `to_dict`; ValueError for what it has not written."""
        table = cls(**{name: tuple(map(float, cells)) for name, cells in columns.items()})
        sizes = {len(column) for column in vars(table).values()}
        cells = [cell for column in vars(table).values() for cell in column]
        if len(sizes) != 1 or not cells or not all(0 <= cell <= 1 for cell in cells):
            raise ValueError("a table of held-out errors is not of numbers from 0 to 1")
        return table


def risk_table(confidence: Floats, is_wrong: Floats, sample_weight: Floats) -> RiskTable:
    """Read errors off held-out passages at every twentieth of their weight.

    Parameters
    ----------
    confidence : ndarray of shape (n_passages,), in [0, 1]
        Probability of the label that each passage would get.
    is_wrong : ndarray of shape (n_passages,), 0 or 1
    sample_weight : ndarray of shape (n_passages,), > 0

    References
    ----------
    Geifman and El-Yaniv (2017), Selective classification for deep neural networks, NeurIPS: a
    threshold on confidence for a target risk. Theirs has a bound for passages that are
    independent, which passages of an article are not; here stand the shares as they are.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked, weight = confidence[order], sample_weight[order]
    kept, wrong = np.cumsum(weight), np.cumsum(weight * is_wrong[order])
    # A threshold cannot part passages of equal confidence.
    ends = np.flatnonzero(np.append(ranked[:-1] > ranked[1:], True))
    ends = ends[(ends + 1 >= _MIN_KEPT) | (ends == ends[-1])]
    wanted = kept[-1] * np.arange(1, _N_POINTS + 1) / _N_POINTS
    at = ends[np.unique(np.searchsorted(kept[ends], wanted * (1 - 1e-9)))]
    return RiskTable(
        # Where all may have a label, so may a passage less sure than any that was held out.
        (*ranked[at[:-1]].tolist(), 0.0),
        tuple((kept[at] / kept[-1]).tolist()),
        tuple(np.maximum.accumulate(wrong[at] / kept[at]).tolist()),
    )
