"""Sets of labels that hold the right one as often as asked, whichever it is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from stancekit.bootstrap import Floats
from stancekit.errors import InputError
from stancekit.splits import Index

__all__ = ["N_LEVELS", "label_sets", "least_probabilities", "level_of"]

# Coverages of 1 %, 2 % and so on, up to 99 %.
N_LEVELS = 99
_ROUNDING = 1e-9


def least_probabilities(proba: Floats, y: Index, sample_weight: Floats) -> Floats:
    """The probability that each label needs to stand in a set, from calibration passages.

    Split conformal prediction, class-conditional (Mondrian): a passage's score for a label is 1
    less its probability, and a label stands in the set unless its score is above the
    ceil((n + 1) c)-th smallest of the n calibration passages that have this label. So of the
    passages of each label, rare ones too, a share of c or more has its label in the set, in the
    mean over calibration passages and new ones that can be exchanged for them, and whatever the
    shares of the labels among the new ones are.

    Parameters
    ----------
    proba : ndarray of shape (n_passages, n_classes)
        Of passages on which nothing that gave the probabilities was fitted.
    y : ndarray of shape (n_passages,), int; columns of the right labels
    sample_weight : ndarray of shape (n_passages,), > 0
        How many passages each stands for; a new passage counts 1.

    Returns
    -------
    ndarray of shape (n_classes, 99), in [0, 1], falling from left to right
        Column k is for a coverage of (k + 1) %. 0 where too few passages have the label to leave
        it out at that coverage: fewer than 9 for 90 %.

    References
    ----------
    Vovk (2012), Conditional validity of inductive conformal predictors, ACML
    (label-conditional). Sadinle, Lei and Wasserman (2019), Least ambiguous set-valued classifiers
    with bounded error levels, JASA 114(525) (the score). Angelopoulos and Bates (2023), Conformal
    prediction: a gentle introduction, Foundations and Trends in Machine Learning 16(4), section
    4.2 (class-conditional). Tibshirani, Barber, Candes and Ramdas (2019), Conformal prediction
    under covariate shift, NeurIPS, section 2 (weights).
    """
    columns = range(proba.shape[1])
    return np.array([_least(proba[y == k, k], sample_weight[y == k]) for k in columns])


def _least(proba: Floats, weight: Floats) -> Floats:
    order = np.argsort(-proba)
    covered = np.cumsum(weight[order])
    needed = np.arange(1, N_LEVELS + 1) / (N_LEVELS + 1) * (weight.sum() + 1)
    place = np.searchsorted(covered, needed * (1 - _ROUNDING))
    ranked: Floats = np.append(proba[order], 0.0)[place]
    return ranked


def level_of(coverage: float) -> int:
    """The column of `least_probabilities` for a coverage; part of a per cent counts as a whole.

    Raises
    ------
    InputError
        For what is no number from 0.01 to 0.99.
    """
    if not 0.01 <= coverage <= 0.99:
        raise InputError(f"got a coverage of {coverage!r}; expected a number from 0.01 to 0.99")
    return math.ceil(coverage * (N_LEVELS + 1) * (1 - _ROUNDING)) - 1


def label_sets(proba: Floats, least: Floats, coverage: float) -> NDArray[np.bool_]:
    """Which labels stand in the set of each passage.

    The likeliest label stands in a set that would be empty otherwise: where a classifier is hardly
    ever wrong, the coverage asked for needs fewer labels than one a passage.

    Parameters
    ----------
    proba : ndarray of shape (n_passages, n_classes)
    least : ndarray as `least_probabilities` gives it
    coverage : float in [0.01, 0.99]

    Returns
    -------
    ndarray of bool of shape (n_passages, n_classes)
    """
    chosen: NDArray[np.bool_] = proba >= least[:, level_of(coverage)]
    empty = np.flatnonzero(~chosen.any(axis=1))
    chosen[empty, proba[empty].argmax(axis=1)] = True
    return chosen
