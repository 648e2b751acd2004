"""Looks numbers up in a fixed set of them, many at once."""

from __future__ import annotations

import numpy as np

__all__ = ["Lookup"]

# Slots for each key: with more of them fewer keys share one, and less of them stay in the cache.
_SLOTS = 4


class Lookup:
    """A set of keys, each with its place.

    The keys are sorted, and the highest bits of one say where among them it must be: unlike a
    binary search, nearly all are found at the first look.

    Parameters
    ----------
    keys : ndarray of shape (n_keys,), uint64
        Each once, their highest bits spread evenly.
    """

    def __init__(self, keys: np.ndarray) -> None:
        order = np.argsort(keys)
        n_bits = max(1, _SLOTS * len(keys)).bit_length()
        self._shift = np.uint64(64 - n_bits)
        # A last one ends every search and is never the one looked for, whatever it is.
        self._keys = np.append(keys[order], np.uint64(2**64 - 1))
        self._places = np.append(order, -1)
        lowest = np.arange(2**n_bits, dtype=np.uint64) << self._shift
        self._begins = np.searchsorted(self._keys[:-1], lowest)

    def find(self, keys: np.ndarray) -> np.ndarray:
        """The place of each key, -1 for one that is not in the set: shape of ``keys``, int."""
        at = self._begins[(keys >> self._shift).astype(np.intp)]
        behind = np.flatnonzero(self._keys[at] < keys)
        while len(behind):
            at[behind] += 1
            behind = behind[self._keys[at[behind]] < keys[behind]]
        return np.where(self._keys[at] == keys, self._places[at], -1)
