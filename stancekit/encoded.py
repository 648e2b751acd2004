"""Words and, beside them, the axes of a sentence encoder: one row of features a passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack

from stancekit.encoders import Encoder
from stancekit.features import TextFeatures, beside, check_texts

__all__ = ["EncodedFeatures"]


@dataclass(frozen=True)
class EncodedFeatures:
    """What `TextFeatures` is for words alone, for words and an encoder's vectors.

    Both blocks have rows of length one before ``weight``, which is what sets how strongly the axes
    are regularised beside the terms.

    Attributes
    ----------
    words : TextFeatures, fitted
    encoder : Encoder
    weight : float, > 0; the length of the encoder's part of a row
    """

    words: TextFeatures
    encoder: Encoder
    weight: float

    @property
    def known_share_(self) -> float:
        """As in `TextFeatures`: the encoder knows every word or none."""
        return self.words.known_share_

    @property
    def n_columns(self) -> int:
        """The number of features: of terms and axes."""
        return self.words.n_columns + (self.encoder.n_axes or 0)

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Features of ``texts``: csr_matrix of shape (n_passages, n_terms + n_axes), float64."""
        return self.weigh(self.count(texts))

    def count(self, texts: Sequence[str]) -> csr_matrix:
        """Counts of the terms and, after them, the axes: shape (n_passages, n_terms + n_axes)."""
        passages = check_texts(texts)
        axes = self.weight * self.encoder.encode(passages)
        return beside(self.words.count(passages), axes)

    def count_known(self, counts: csr_matrix) -> np.ndarray:
        """How many words of each passage are terms, from what `count` returned: (n_passages,)."""
        return self.words.count_known(self._parts(counts)[0])

    def weigh(self, counts: csr_matrix) -> csr_matrix:
        """Features from what `count` returned: TF-IDF of the terms, the axes as they are."""
        terms, axes = self._parts(counts)
        return hstack([self.words.weigh(terms), axes], format="csr")

    def _parts(self, counts: csr_matrix) -> tuple[csr_matrix, csr_matrix]:
        n_terms = self.words.n_columns
        return counts[:, :n_terms], counts[:, n_terms:]
