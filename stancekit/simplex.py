"""Shares that are not negative and sum to 1, nearest to what was worked out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stancekit.bootstrap import Floats

__all__ = ["MOST_CONDITION", "project", "solve_on_simplex"]

Mask = NDArray[np.bool_]

# Weight of "the shares sum to 1" among the least squares: their sum is then off by about 1e-8,
# which is divided out.
_HARD = 1e4
# A table worse than this reads two stances alike: it has no inverse that would mean anything.
MOST_CONDITION = 1e8


def project(points: Floats) -> Floats:
    """The nearest point of the simplex to each, by Euclidean distance.

    Parameters
    ----------
    points : ndarray of shape (..., n_labels); nan stays nan

    References
    ----------
    Held, Wolfe and Crowder (1974), Validation of subgradient optimization, Mathematical
    Programming 6(1), section 4 (the projection by sorting).
    """
    ordered = -np.sort(-points, axis=-1)
    excess = np.cumsum(ordered, axis=-1) - 1
    counts = np.arange(1, points.shape[-1] + 1)
    last = np.maximum((ordered * counts > excess).sum(axis=-1, keepdims=True) - 1, 0)
    shift = np.take_along_axis(excess, last, axis=-1) / (last + 1)
    nearest: Floats = np.maximum(points - shift, 0)
    return nearest


def solve_on_simplex(tables: Floats, shares: Floats) -> Floats:
    """True shares p of which ``p @ table`` comes nearest to the predicted shares.

    Where the equation has a solution on the simplex, that is the answer; elsewhere the least
    squares under the constraint.

    Parameters
    ----------
    tables : ndarray of shape (n_draws, n_labels, n_labels)
        Rows the right label, columns the predicted one; rows sum to 1 or are nan.
    shares : ndarray of shape (n_draws, n_parts, n_labels), rows sum to 1 or are nan

    Returns
    -------
    ndarray of the shape of ``shares``; nan where either is

    References
    ----------
    Firat (2016), Unified framework for quantification, arXiv:1606.00868, section 3.
    """
    found = np.full_like(shares, np.nan)
    is_known: Mask = np.asarray(~np.isnan(tables).any(axis=(1, 2)))
    is_regular = is_known.copy()
    is_regular[is_known] = np.linalg.cond(tables[is_known]) < MOST_CONDITION
    transposed = np.swapaxes(tables, 1, 2)
    solved = np.linalg.solve(transposed[is_regular], np.swapaxes(shares[is_regular], 1, 2))
    found[is_regular] = np.swapaxes(solved, 1, 2)
    is_wanted: Mask = is_known[:, None] & ~np.isnan(shares).any(axis=2)
    is_outside = is_wanted & ~(found >= -1e-12).all(axis=2)
    for draw, part in zip(*np.nonzero(is_outside), strict=True):
        found[draw, part] = _least_squares(transposed[draw], shares[draw, part])
    shares_found: Floats = np.maximum(found, 0)
    return shares_found


def _least_squares(matrix: Floats, shares: Floats) -> Floats:
    from scipy.optimize import nnls

    left = np.vstack([matrix, np.full(len(shares), _HARD)])
    values = nnls(left, np.append(shares, _HARD))[0]
    normal: Floats = values / values.sum()
    return normal
