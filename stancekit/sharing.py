"""Which passages the weights of a domain or target learn from, and what each counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stancekit.errors import InputError
from stancekit.labels import unknown_name

__all__ = ["Sharing", "rows_to_learn"]


@dataclass(frozen=True)
class Sharing:
    """What passages of the others count for the weights of each domain.

    Attributes
    ----------
    kind : {"domain", "target"}, what error messages call them
    names : sequence of str, of the domains or targets
    amount : float or dict of str to float, as ``sharing`` of `StanceClassifier`
    """

    kind: str
    names: Sequence[str]
    amount: float | dict[str, float]

    @property
    def n_sets(self) -> int:
        """How many sets of weights there are: one, or one a domain."""
        return 1 if all(self._of(name) == 1 for name in self.names) else len(self.names)

    def check(self) -> None:
        """Raise InputError for a name that is none of the domains, or an amount out of range."""
        for name in self.amount if isinstance(self.amount, dict) else ():
            if name not in self.names:
                raise InputError(unknown_name(self.kind, str(name), [*filter(None, self.names)]))
        for name in self.names:
            if not 0 <= self._of(name) <= 1:
                raise InputError(f"got sharing={self.amount!r}; expected numbers from 0 to 1")

    def counts(self, is_of: np.ndarray) -> list[np.ndarray]:
        """What each passage counts for each set of weights.

        ``is_of``, of shape (n_passages, n_domains), says which domain a passage belongs to.
        """
        everything = np.ones(len(is_of))
        if self.n_sets == 1:
            return [everything]
        own = [
            np.where(rows, 1.0, self._of(name))
            for name, rows in zip(self.names, is_of.T, strict=True)
        ]
        # A small domain may be held out as a whole: then all passages have to do.
        return [counts if counts.any() else everything for counts in own]

    def by_domain(self, scores: np.ndarray) -> np.ndarray:
        """Scores as `Calibration.proba` takes them."""
        if self.n_sets == 1:
            return scores
        return scores.reshape(len(scores), self.n_sets, scores.shape[1] // self.n_sets)

    def _of(self, domain: str) -> float:
        if isinstance(self.amount, dict):
            return self.amount.get(domain, 1.0)
        return self.amount


def rows_to_learn(counts: np.ndarray, y: np.ndarray, n_classes: int | None) -> np.ndarray:
    """Places of the passages that count, which saves most of the time with many targets.

    All passages, where those would miss one of the classes, or without ``n_classes``.
    """
    own = np.flatnonzero(counts)
    return own if len(np.unique(y[own])) == n_classes else np.arange(len(y))
