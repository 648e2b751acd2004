"""The training passages that a model keeps, to name those whose words are nearest to a text's.

What is kept of a passage is its name, its label and the TF-IDF of its words, never the text. From
words and pairs of words much of a text can be put together again: a model that keeps passages is
for those who may have the passages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from stancekit.errors import InputError

__all__ = ["KeptPassages", "Neighbour", "check_ids"]

_ARRAYS = {"data": np.float64, "indices": np.int32, "indptr": np.int32, "labels": np.int32}


@dataclass(frozen=True)
class Neighbour:
    """A training passage near to a text.

    Attributes
    ----------
    id : str
    label : str
    distance : float in [0, 1]; one less the cosine of the TF-IDF of words and pairs of words
    """

    id: str
    label: str
    distance: float

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON line has them."""
        return dict(vars(self))


def check_ids(ids: Sequence[Any], n_passages: int) -> tuple[str, ...]:
    """The ids as strings.

    Raises
    ------
    InputError
        For another number of ids, or one that stands twice.
    """
    names = [str(one) for one in ids]
    if len(names) != n_passages:
        raise InputError(f"got {len(names)} ids for {n_passages} passages")
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise InputError(
            f"the id {name!r} stands for {count} passages; name a column with an id for each"
        )
    return tuple(names)


@dataclass(frozen=True)
class KeptPassages:
    """Names, labels and words of the training passages.

    Attributes
    ----------
    ids, labels : tuple of str, one a passage
    X : csr_matrix of shape (n_passages, n_terms); TF-IDF, rows of length one or zero
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    X: csr_matrix

    @classmethod
    def of(cls, ids: Sequence[Any], labels: Sequence[str], X: csr_matrix) -> KeptPassages:
        """Keep passages whose features are ``X``; raises InputError as `check_ids` does."""
        return cls(check_ids(ids, X.shape[0]), tuple(map(str, labels)), csr_matrix(X))

    def nearest(self, x: csr_matrix, n: int = 3) -> tuple[Neighbour, ...]:
        """The passages nearest to the one with the features ``x`` that share a word with it."""
        alike = np.asarray((self.X @ x.T).todense()).ravel()
        order = np.argsort(-alike, kind="stable")[:n]
        return tuple(
            Neighbour(self.ids[row], self.labels[row], float(np.clip(1 - alike[row], 0, 1)))
            for row in order
            if alike[row] > 0
        )

    def arrays(self, classes: Sequence[str]) -> dict[str, np.ndarray]:
        """What a model directory holds beside the ids; `restore` is the inverse."""
        labels = [list(classes).index(label) for label in self.labels]
        found = (self.X.data, self.X.indices, self.X.indptr, labels)
        pairs = zip(_ARRAYS.items(), found, strict=True)
        return {name: np.asarray(values, dtype=kind) for (name, kind), values in pairs}

    @classmethod
    def restore(
        cls, ids: Any, arrays: Mapping[str, np.ndarray], classes: Sequence[str], n_terms: int
    ) -> KeptPassages:
        """Take over what `arrays` gave, trusting nothing.

        Raises
        ------
        ValueError, KeyError
            For what does not hold together.
        """
        data, indices, indptr, labels = (arrays[name] for name in _ARRAYS)
        kinds = [one.dtype for one in (data, indices, indptr, labels)]
        if kinds != list(_ARRAYS.values()) or not all(isinstance(one, str) for one in ids):
            raise ValueError("kept passages are of the wrong kind")
        n = len(ids)
        ends_well = len(indptr) == n + 1 and indptr[0] == 0 and indptr[-1] == len(indices)
        if not ends_well or (np.diff(indptr) < 0).any() or len(data) != len(indices):
            raise ValueError("rows of kept passages do not hold together")
        if not _within(indices, n_terms) or not np.isfinite(data).all():
            raise ValueError("words of kept passages are out of range")
        if len(labels) != n or not _within(labels, len(classes)):
            raise ValueError("labels of kept passages are out of range")
        X = csr_matrix((data, indices, indptr), shape=(n, n_terms))
        return cls(tuple(ids), tuple(classes[label] for label in labels), X)


def _within(places: np.ndarray, n: int) -> bool:
    return bool(((places >= 0) & (places < n)).all())
