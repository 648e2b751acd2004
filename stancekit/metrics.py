"""Scores from sums of facts, for all draws of a bootstrap at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stancekit.bootstrap import Floats
from stancekit.splits import Index

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["matthews", "mean_of_known", "nominal_alpha", "one_hot", "rates"]


def one_hot(columns: Index, values: Floats, n_columns: int) -> csr_matrix:
    from scipy.sparse import csr_matrix

    shape = (len(columns), n_columns)
    return csr_matrix((values, columns, np.arange(len(columns) + 1)), shape=shape)


def rates(hits: Floats, n_predicted: Floats, n_gold: Floats) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 of each draw; nan where no gold passage was drawn."""

    def rate(of: Floats) -> Floats:
        return np.where(
            n_gold > 0, np.divide(hits, of, out=np.zeros_like(hits), where=of > 0), np.nan
        )

    return rate(n_predicted), rate(n_gold), rate((n_predicted + n_gold) / 2)


def mean_of_known(scores: Floats) -> Floats:
    """Mean over the labels of each draw, nan where no label has a score."""
    n_known = (~np.isnan(scores)).sum(axis=1)
    return np.where(n_known > 0, np.nansum(scores, axis=1) / np.maximum(n_known, 1), np.nan)


def matthews(hits: Floats, n_predicted: Floats, n_gold: Floats) -> Floats:
    """Matthews correlation coefficient of several classes, of each draw.

    Parameters
    ----------
    hits, n_predicted, n_gold : ndarray of shape (n_draws, n_labels)

    Returns
    -------
    ndarray of shape (n_draws,), in [-1, 1]; 0 where all predictions or all gold labels are one
    label, as scikit-learn has it

    References
    ----------
    Gorodkin (2004), Comparing two K-category assignments by a K-category correlation coefficient,
    Computational Biology and Chemistry 28(5-6): the R_K statistic, in counts as in scikit-learn's
    user guide.
    """
    n = n_gold.sum(axis=1)
    covariance = hits.sum(axis=1) * n - (n_predicted * n_gold).sum(axis=1)
    spread = np.sqrt((n**2 - (n_predicted**2).sum(axis=1)) * (n**2 - (n_gold**2).sum(axis=1)))
    found: Floats = np.divide(covariance, spread, out=np.zeros_like(spread), where=spread > 0)
    return found


def nominal_alpha(n_values: Floats, n_agreed: Floats) -> Floats:
    """Krippendorff's alpha for nominal data, of each draw.

    Parameters
    ----------
    n_values : ndarray of shape (n_draws, n_labels)
        How often each label was given in passages that have two labels or more: the n_c.
    n_agreed : ndarray of shape (n_draws,)
        Sum of the diagonal of the coincidence matrix, the o_cc: a passage with m labels, m_c of
        them c, adds the sum of m_c (m_c - 1) / (m - 1).

    Returns
    -------
    ndarray of shape (n_draws,), at most 1; 0 is the agreement of chance. nan where all labels are
    the same one, for then there is no disagreement to expect.

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C: nominal data, any
    number of observers, missing data.
    """
    n = n_values.sum(axis=-1)
    expected = n**2 - (n_values**2).sum(axis=-1)
    ratio: Floats = np.divide(
        (n - 1) * (n - n_agreed), expected, out=np.full_like(expected, np.nan), where=expected > 0
    )
    return 1 - ratio
