"""Vectors of passages, kept in files: an encoder takes minutes for what a fit takes seconds for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stancekit import CachedEncoder, DataError
from stancekit.encoders import Encoder, as_shown

__all__ = ["StoredVectors", "read_cache", "unit_vectors", "write_cache", "write_vectors"]


class StoredVectors:
    """An encoder of texts whose vectors are known already; it refuses others.

    Parameters
    ----------
    texts : sequence of str
    vectors : ndarray of shape (n_texts, n_axes)
    """

    def __init__(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        self._place = {as_shown(text): row for row, text in enumerate(texts)}
        self._vectors = vectors

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of shape (n_texts, n_axes).

        Raises
        ------
        DataError
            For a text that is not among those stored.
        """
        rows = [self._place.get(as_shown(text), -1) for text in texts]
        if -1 in rows:
            raise DataError(
                f"the cache has no vector for {rows.count(-1)} of {len(rows)} passages; name "
                "another --cache, which --encoder will write"
            )
        return self._vectors[rows]

    def __sklearn_clone__(self) -> StoredVectors:
        return self


def read_cache(stem: Path) -> StoredVectors:
    """The vectors in ``stem.npy`` of the texts that ``stem.json`` lists.

    Raises
    ------
    DataError
        When a file is missing, or the two do not have as many rows.
    """
    try:
        texts = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
        vectors = np.load(stem.with_suffix(".npy"), allow_pickle=False)
    except OSError as error:
        raise DataError(
            f"there is no cache {error.filename}; name a sentence-transformers model as --encoder, "
            "and the cache will be written"
        ) from None
    if len(texts) != len(vectors):
        raise DataError(
            f"{stem} has {len(texts)} texts and {len(vectors)} vectors; remove it, and have it "
            "written anew with --encoder"
        )
    return StoredVectors(texts, vectors)


def unit_vectors(stem: Path, texts: Sequence[str]) -> np.ndarray:
    """Vectors of a cache as a classifier has them: float64, of length one."""
    return Encoder.open(read_cache(stem)).encode(texts)


def write_cache(stem: Path, encoder: Any, texts: list[str]) -> None:
    """Encode ``texts`` and keep the vectors, as `read_cache` finds them."""
    write_vectors(stem, texts, CachedEncoder(encoder, texts).encode(texts))


def write_vectors(stem: Path, texts: list[str], vectors: np.ndarray) -> None:
    """Keep the vectors of ``texts``, as `read_cache` finds them."""
    stem.with_suffix(".json").write_text(json.dumps(texts), encoding="utf-8")
    np.save(stem.with_suffix(".npy"), vectors.astype(np.float32))
