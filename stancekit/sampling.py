"""Which passages to label by hand: drawn by chance, with the probability that each had."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from stancekit.errors import InputError

__all__ = ["Drawn", "draw_sample"]


@dataclass(frozen=True)
class Drawn:
    """Passages that were drawn.

    Attributes
    ----------
    rows : tuple of int, in an order by chance, so that what a coder sees first says nothing
    probabilities : tuple of float in (0, 1]; with which each of them was drawn
    """

    rows: tuple[int, ...]
    probabilities: tuple[float, ...]


def draw_sample(n: int, strata: Sequence[Hashable], *, random_state: int = 0) -> Drawn:
    """Draw passages without replacement, as many of each stratum as of any other.

    A stratum with fewer passages is drawn whole, and the others share what is left. Every passage
    of a stratum has the same probability, the number drawn over its size: what `stancekit.measure`
    takes as ``inclusion``.

    Parameters
    ----------
    n : int, passages to draw
    strata : sequence of shape (n_passages,)
        What each passage is drawn among: one value for all makes a simple random sample, the
        predicted stances draw as many of a rare stance as of a common one.
    random_state : int, default=0

    Raises
    ------
    InputError
        For ``n`` above the number of passages, or below the number of strata: a passage that
        cannot be drawn stands for none.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd edition, sections 2.1 and 5.1 (simple and stratified
    random sampling without replacement). Horvitz and Thompson (1952), A generalization of sampling
    without replacement from a finite universe, JASA 47(260) (weights 1 over the probability).
    """
    cells = list(strata)
    members: dict[Hashable, list[int]] = {}
    for row, stratum in enumerate(cells):
        members.setdefault(stratum, []).append(row)
    if not max(len(members), 1) <= n <= len(cells):
        raise InputError(
            f"cannot draw {n} of {len(cells)} passages; expected no more than there are, and one "
            f"or more from each of the {len(members)} kinds that they are drawn among"
        )
    rng = np.random.default_rng(random_state)
    sizes = _allocate([len(rows) for rows in members.values()], n)
    drawn = [
        (row, size / len(rows))
        for rows, size in zip(members.values(), sizes, strict=True)
        for row in rng.choice(rows, size, replace=False).tolist()
    ]
    order = rng.permutation(len(drawn)).tolist()
    return Drawn(tuple(drawn[k][0] for k in order), tuple(drawn[k][1] for k in order))


def _allocate(sizes: list[int], n: int) -> list[int]:
    """How many of each stratum, as equal as their sizes allow."""
    found, left = [0] * len(sizes), n
    for n_open, place in zip(
        range(len(sizes), 0, -1), sorted(range(len(sizes)), key=lambda k: sizes[k]), strict=True
    ):
        found[place] = min(sizes[place], left // n_open)
        left -= found[place]
    return found
