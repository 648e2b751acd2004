"""Words and what may stand beside them: characters, the target's words, an encoder's axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix, hstack

from stancekit.encoders import Encoder
from stancekit.errors import InputError
from stancekit.features import TextFeatures, beside, check_texts
from stancekit.targets import crossed_text

__all__ = ["CROSSED", "JointFeatures", "blocks_of", "encoder_of", "inputs_of", "with_encoder"]

CHARACTERS, CROSSED = "characters", "crossed"


@dataclass(frozen=True)
class JointFeatures:
    """What `TextFeatures` is for words alone, for several blocks of features side by side.

    Each block has rows of length one, or all zeros, before ``weight``, which sets how strongly the
    axes of an encoder are regularised beside the terms.

    Attributes
    ----------
    words : TextFeatures
    characters : TextFeatures or None; runs of characters
    crossed : TextFeatures or None; the words of a passage with those of its target
    encoder : Encoder or None
    weight : float, > 0; the length of the encoder's part of a row
    """

    words: TextFeatures
    characters: TextFeatures | None = None
    crossed: TextFeatures | None = None
    encoder: Encoder | None = None
    weight: float = 1.0

    @property
    def known_share_(self) -> float:
        """As in `TextFeatures`: an encoder knows every word or none."""
        return self.words.known_share_

    @property
    def n_columns(self) -> int:
        """The number of features: of terms and axes."""
        n_axes = 0 if self.encoder is None else self.encoder.n_axes or 0
        return sum(block.n_columns for block in self._blocks) + n_axes

    def fit_transform(
        self, texts: Sequence[str], targets: Sequence[str] | None = None
    ) -> csr_matrix:
        """Learn the terms of each block; their features, without the axes of an encoder.

        Raises
        ------
        InputError
            As `TextFeatures.fit`.
        """
        blocks = list(self._read(check_texts(texts), targets))
        found = [block.fit_transform(passages) for block, passages in blocks]
        return hstack(found, format="csr")

    def transform(self, texts: Sequence[str], targets: Sequence[str] | None = None) -> csr_matrix:
        """Features of ``texts``: csr_matrix of shape (n_passages, n_columns), float64.

        Parameters
        ----------
        texts : sequence of str
        targets : sequence of str or None
            Empty for a passage that has none.
        """
        return self.weigh(self.count(texts, targets))

    def count(self, texts: Sequence[str], targets: Sequence[str] | None = None) -> csr_matrix:
        """Counts of the terms and, after them, the axes: shape (n_passages, n_columns)."""
        passages = check_texts(texts)
        counts = hstack(
            [block.count(read) for block, read in self._read(passages, targets)], format="csr"
        )
        if self.encoder is None:
            return counts
        return beside(counts, self.weight * self.encoder.encode(passages))

    def count_known(self, counts: csr_matrix) -> np.ndarray:
        """How many words of each passage are terms, from what `count` returned: (n_passages,)."""
        return self.words.count_known(counts[:, : self.words.n_columns])

    def weigh(self, counts: csr_matrix) -> csr_matrix:
        """Features from what `count` returned: TF-IDF of the terms, the axes as they are."""
        parts, start = [], 0
        for block in self._blocks:
            end = start + block.n_columns
            parts.append(block.weigh(counts[:, start:end]))
            start = end
        return hstack([*parts, counts[:, start:]], format="csr")

    @property
    def _blocks(self) -> list[TextFeatures]:
        return [self.words, *blocks_of(self).values()]

    def _read(
        self, passages: list[str], targets: Sequence[str] | None
    ) -> Iterator[tuple[TextFeatures, list[str]]]:
        """Each block with the texts that it is to read."""
        aims = [""] * len(passages) if targets is None else list(targets)
        if len(aims) != len(passages):
            raise InputError(f"got {len(aims)} targets for {len(passages)} passages")
        for block in self._blocks:
            is_crossed = block is self.crossed
            yield block, list(map(crossed_text, passages, aims)) if is_crossed else passages

    def __sklearn_clone__(self) -> JointFeatures:
        """Settings alone, for a fold to learn from; an encoder's axes are given to it."""
        from sklearn.base import clone

        blocks = {name: clone(block) for name, block in blocks_of(self).items()}
        return JointFeatures(clone(self.words), **blocks)


def blocks_of(features: TextFeatures | JointFeatures) -> dict[str, TextFeatures]:
    """The blocks of terms beside the words, by name."""
    named = ((name, getattr(features, name, None)) for name in (CHARACTERS, CROSSED))
    return {name: block for name, block in named if block is not None}


def encoder_of(features: TextFeatures | JointFeatures) -> Encoder | None:
    """The encoder beside the words, if there is one."""
    return features.encoder if isinstance(features, JointFeatures) else None


def inputs_of(
    features: TextFeatures | JointFeatures, passages: list[str], targets: list[str] | None
) -> list[list[str]]:
    """What ``features`` reads: the passages, and where it crosses words their targets too."""
    is_crossed = isinstance(features, JointFeatures) and features.crossed is not None
    return [passages, targets] if targets and is_crossed else [passages]


def with_encoder(
    features: TextFeatures | JointFeatures, encoder: Encoder | None, weight: float
) -> TextFeatures | JointFeatures:
    """The same blocks of terms and, after them, the axes of ``encoder``."""
    if encoder is None:
        return features
    blocks = features if isinstance(features, JointFeatures) else JointFeatures(features)
    return replace(blocks, encoder=encoder, weight=float(weight))
