"""A classifier of words and vectors that scores at the end of the vectors join, unlearnt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_matrix

from stancekit import StanceClassifier
from stancekit.linear import Head
from training.attention_graph import LONGER, MOST, N_ADDED
from training.passages import KINDS, STANCES

__all__ = ["JoinedClassifier"]


class JoinedClassifier(StanceClassifier):
    """`StanceClassifier` for an encoder with heads.

    Its weights are learnt from words and means alone, as if there were no scores, and the scores
    are then added, each domain's at a fixed share. Were they features as others are, they would
    hardly count: on the passages that the weights are learnt from, words leave little to explain.
    Temperature, biases and lean are learnt afterwards, on held-out folds, as ever.
    """

    # What the scores of heads count to one of its own: about the mixture of least log loss out of
    # fold, which `training.heads` writes among the results.
    share_of_heads: ClassVar[dict[str, float]] = {"news": 1.8, "speech": 0.17}

    def plain(self) -> StanceClassifier:
        """The same, once fitted, as the library knows it: what is added are weights like others."""
        found = StanceClassifier()
        for name, value in vars(self).items():
            setattr(found, name, value)
        return found

    def _fit_heads(
        self, X: csr_matrix, rows: np.ndarray, Cs: Sequence[float], sample_weight: np.ndarray
    ) -> list[Head]:
        own = super()._fit_heads(X[:, :-N_ADDED], rows, Cs, sample_weight)
        added = np.zeros((len(self.domains_), len(STANCES), N_ADDED))
        for place, domain in enumerate(self.domains_):
            share = self.share_of_heads[domain] * MOST * LONGER / self.encoder_weight
            start = KINDS.index(domain) * len(STANCES)
            added[place, :, start : start + len(STANCES)] = share * np.eye(len(STANCES))
        rows_added = added.reshape(-1, N_ADDED)
        return [Head(np.hstack([head.coef, rows_added]), head.intercept) for head in own]
