"""Intervals by the cluster bootstrap: whole groups are drawn, and every score worked out anew."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stancekit.errors import InputError
from stancekit.splits import Index

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Draws", "Floats", "Interval"]

Floats = NDArray[np.float64]

# Weights of the bootstrap held at a time: 2**21 float64 are 16 MiB, whatever the number of groups.
_MAX_WEIGHTS = 2**21


@dataclass(frozen=True)
class Interval:
    """A score and its interval; ``low`` and ``high`` are nan where there is none."""

    value: float
    low: float
    high: float


class Draws:
    """Which groups each draw of the bootstrap holds, and the intervals that follow."""

    def __init__(self, codes: Index, n_bootstrap: int, level: float, random_state: int) -> None:
        if not 0 < level < 1 or n_bootstrap < 0:
            raise InputError(
                f"got level={level}, n_bootstrap={n_bootstrap}; expected a level between 0 and 1 "
                "and no negative number of draws"
            )
        self.codes, self.n_groups = codes, int(codes.max()) + 1
        self.n_draws = n_bootstrap if self.n_groups > 1 else 0
        self.tails = [(1 - level) / 2, (1 + level) / 2]
        self.random_state = random_state

    def totals(self, facts: Sequence[csr_matrix | Floats]) -> Floats:
        """Sums of facts about passages: (1 + n_draws, n_facts); row 0 is of the passages as is."""
        from scipy.sparse import csr_matrix, hstack

        n = len(self.codes)
        member = csr_matrix((np.ones(n), (self.codes, np.arange(n))), shape=(self.n_groups, n))
        by_group = member @ hstack([csr_matrix(fact) for fact in facts], format="csr")
        as_is = np.ones((1, self.n_groups)) @ by_group
        return np.vstack([as_is, *(weights @ by_group for weights in self.weights())])

    def weights(self) -> Iterator[Floats]:
        """How often each group is in each draw, for a few draws at a time: multinomial counts."""
        generator = np.random.default_rng(self.random_state)
        n_at_once = max(1, _MAX_WEIGHTS // self.n_groups)
        for start in range(0, self.n_draws, n_at_once):
            n = min(n_at_once, self.n_draws - start)
            drawn = generator.integers(self.n_groups, size=(n, self.n_groups))
            drawn += self.n_groups * np.arange(n)[:, None]
            counts = np.bincount(drawn.ravel(), minlength=n * self.n_groups)
            yield counts.reshape(n, self.n_groups).astype(np.float64)

    def interval(self, values: Floats) -> Interval:
        """Value of the passages as they are, percentiles of the draws in which there is a value."""
        known = values[1:][~np.isnan(values[1:])]
        low, high = np.quantile(known, self.tails).tolist() if known.size else (math.nan, math.nan)
        return Interval(float(values[0]), low, high)
