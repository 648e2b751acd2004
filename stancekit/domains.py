"""Kinds of text, such as news and speeches: each with its own calibration of shared scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import softmax

from stancekit.calibration import fit_temperature
from stancekit.errors import InputError
from stancekit.linear import Head, fit_path

__all__ = [
    "Calibration",
    "domain_codes",
    "fit_calibration",
    "fit_detector",
    "fold_detector",
    "name_of",
]

# Inverse strength of the detector's regularisation. Kinds of text are easily told apart, so it
# hardly matters; weaker than this it becomes sure of itself on texts of a third kind.
_DETECTOR_C = 10.0


@dataclass(frozen=True)
class Calibration:
    """What turns scores into probabilities, domain by domain.

    A label's share differs between kinds of text far more than the words that argue for it:
    most news on a debate takes no side, most speeches do. So even where the weights are shared,
    each domain has its own temperature and biases.

    Attributes
    ----------
    scale : ndarray of shape (n_domains,), > 0; one over the temperature
    bias : ndarray of shape (n_domains, n_classes)
    shares : ndarray of shape (n_domains, n_classes), in (0, 1), rows sum to 1
        Share of each class among the training passages.
    """

    scale: np.ndarray
    bias: np.ndarray
    shares: np.ndarray

    def proba(self, scores: np.ndarray, in_domain: np.ndarray, lean: float = 0.0) -> np.ndarray:
        """Class probabilities of shape (n_passages, n_classes), rows sum to 1.

        Parameters
        ----------
        scores : ndarray of shape (n_passages, n_classes), or (n_passages, n_domains, n_classes)
            The latter where each domain has weights of its own.
        in_domain : ndarray of shape (n_passages, n_domains)
            Probability that a passage belongs to each domain.
        lean : float, default=0
            Probabilities as if the classes' shares had been ``shares ** (1 - lean)``: 0 leaves
            them as they are, 1 makes all classes equally likely beforehand.

        References
        ----------
        Saerens, Latinne, Decaestecker (2002), Neural Computation 14(1), equation 2.4.
        """
        proba = np.zeros((scores.shape[0], scores.shape[-1]))
        for domain, shares in enumerate(self.shares):
            own = _own(scores, domain)
            corrected = self.scale[domain] * own + self.bias[domain] - lean * np.log(shares)
            proba += in_domain[:, [domain]] * softmax(corrected, axis=1)
        return proba


def domain_codes(
    domains: Sequence[str | None] | None, n_passages: int
) -> tuple[list[str], np.ndarray]:
    """Names of the domains, sorted, and the place of each passage's among them, -1 for none.

    Without any domain all passages are of one, whose name is empty. A passage has none where
    ``domains`` holds None, another missing value, or an empty string.

    Raises
    ------
    InputError
        For a domain that is no string.
    """
    cells = [name_of(cell, "domain") for cell in domains or ()]
    names = sorted({*cells} - {""})
    if not names:
        return [""], np.zeros(n_passages, dtype=np.intp)
    place = {"": -1} | {name: code for code, name in enumerate(names)}
    return names, np.array([place[cell] for cell in cells], dtype=np.intp)


def name_of(cell: object, what: str) -> str:
    """The name of a passage's domain or target, empty where the cell is missing.

    Raises
    ------
    InputError
        For what is no string.
    """
    if cell is None or str(cell) in ("nan", "<NA>"):
        return ""
    if not isinstance(cell, str):
        raise InputError(f"got {cell!r} as {what}; expected a string, or None for no {what}")
    return str(cell)


def _own(scores: np.ndarray, domain: int) -> np.ndarray:
    """The scores that a domain's weights give: (n_passages, n_classes)."""
    return scores if scores.ndim == 2 else scores[:, domain]


def fit_calibration(
    scores: np.ndarray,
    y: np.ndarray,
    is_of: np.ndarray,
    sample_weight: np.ndarray,
) -> tuple[Calibration, float]:
    """Calibrate held-out scores domain by domain; also the mean log loss afterwards.

    Parameters
    ----------
    scores : ndarray, as in `Calibration.proba`
    y : ndarray of shape (n_passages,), int; columns of the right classes
    is_of : ndarray of shape (n_passages, n_domains), bool
        Which passages calibrate each domain. Passages of no domain are passed over.
    sample_weight : ndarray of shape (n_passages,)
    """
    scales, biases, shares, losses, sizes = [], [], [], [], []
    for domain, rows in enumerate(is_of.T):
        weight = sample_weight[rows]
        scale, bias, loss = fit_temperature(_own(scores, domain)[rows], y[rows], weight)
        # One passage more of each: a class that a domain lacks has a share all the same.
        counts = np.bincount(y[rows], weights=weight, minlength=scores.shape[-1]) + 1
        scales.append(scale)
        biases.append(bias)
        shares.append(counts / counts.sum())
        losses.append(loss)
        sizes.append(weight.sum())
    calibration = Calibration(np.array(scales), np.array(biases), np.array(shares))
    return calibration, float(np.average(losses, weights=sizes))


def fit_detector(X: csr_matrix, codes: np.ndarray, sample_weight: np.ndarray) -> Head:
    """A linear model that tells the domain of a passage; passages of no domain are passed over."""
    rows = codes >= 0
    return fit_path(X[rows], codes[rows], [_DETECTOR_C], sample_weight[rows])[0]


def fold_detector(
    X: csr_matrix, codes: np.ndarray, sample_weight: np.ndarray, n_domains: int
) -> Head:
    """`fit_detector` on the training part of a fold; one that lacks a domain tells none."""
    if n_domains > 1 and len(set(codes[codes >= 0].tolist())) == n_domains:
        return fit_detector(X, codes, sample_weight)
    return Head(np.zeros((n_domains, X.shape[1])), np.zeros(n_domains))
