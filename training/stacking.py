"""Scores of several models joined, and what that is worth on passages that no part has seen.

Whatever has learnt from labels may be joined with something else only by what it says of articles
that it did not learn from: on its own training passages it is surer than it ought to be, and both
the weights that join it and the scores of the whole would be too good to be true. So here every
score is out of fold, and the few numbers that join and calibrate scores are themselves learnt
from the other folds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import log_softmax

from stancekit.bootstrap import Draws
from stancekit.domains import Calibration
from stancekit.features import TextFeatures, beside
from stancekit.lean import LEANS, held_out_f1, middle_of_best
from stancekit.linear import fit_path, one_thread
from stancekit.splits import group_codes, grouped_folds
from training.passages import KINDS, STANCES, Passages
from training.train import SEED

__all__ = [
    "ON",
    "Labelled",
    "Rows",
    "fit_weights",
    "gains",
    "head_scores",
    "judge",
    "mixture",
]

# As in `fit_temperature`: a pull towards no correction, in passages.
_PRIOR = 1.0
_N_DRAWS = 2000
# What gains are told on: the split itself, and with it all that is weighed as news. The latter has
# more passages that take a side; neutral ones count there what they count in training.
ON = {
    "news": ("news_train",),
    "news, with more and picked": ("news_train", "news_train_more", "news_train_picked"),
    "speeches": ("speeches_train",),
}


@dataclass(frozen=True)
class Rows:
    """Passages as numbers.

    Attributes
    ----------
    passages : Passages
    y : ndarray of shape (n_passages,), int; columns of the right classes
    weight : ndarray of shape (n_passages,)
    is_of : ndarray of shape (n_passages, n_domains), bool
    folds : list of (train, held_out), of whole articles
    """

    passages: Passages
    y: np.ndarray
    weight: np.ndarray
    is_of: np.ndarray
    folds: list[tuple[np.ndarray, np.ndarray]]

    @classmethod
    def of(cls, passages: Passages) -> Rows:
        """With the folds of `training.trials`."""
        strata = [
            f"{split} {y}" for split, y in zip(passages.splits, passages.stances, strict=True)
        ]
        return cls(
            passages,
            np.array([STANCES.index(stance) for stance in passages.stances]),
            np.array(passages.weights),
            np.array([[domain == name for name in KINDS] for domain in passages.domains]),
            grouped_folds(strata, passages.groups, random_state=SEED + 1),
        )

    def among(self, splits: Sequence[str]) -> np.ndarray:
        """Which passages are of these splits: (n_passages,), bool."""
        return np.isin(self.passages.splits, list(splits))


@dataclass(frozen=True)
class Labelled:
    """What passages were held to be.

    Attributes
    ----------
    proba : ndarray of shape (n_passages, n_classes), rows sum to 1
    label : ndarray of shape (n_passages,), int
    """

    proba: np.ndarray
    label: np.ndarray


def head_scores(
    rows: Rows,
    axes: np.ndarray | None,
    C: float,
    *,
    weight: np.ndarray | None = None,
    with_words: bool = True,
) -> np.ndarray:
    """Out-of-fold scores of shape (n_passages, n_domains, n_classes), as the recipe shares them.

    The weights for news are learnt from everything, those for speeches from speeches alone.

    Parameters
    ----------
    rows : Rows
    axes : ndarray of shape (n_passages, n_axes) or None
        Features beside the words, or without ``with_words`` instead of them.
    C : float
    weight : ndarray of shape (n_passages,) or None
        What passages count for the weights for news, instead of what ``rows`` says.
    """
    counts = rows.weight if weight is None else weight
    found = np.zeros((len(rows.y), len(KINDS), len(STANCES)))
    for train, held_out in rows.folds:
        with one_thread():
            X, X_held_out = _features(rows, axes, with_words, train, held_out)
            for domain, own in enumerate((counts, rows.weight * rows.is_of[:, 1])):
                kept = np.flatnonzero(own[train] > 0)
                learnt = train[kept]
                head = fit_path(X[kept], rows.y[learnt], [C], own[learnt])[0]
                found[held_out, domain] = head.scores(X_held_out)
    return found


def _features(
    rows: Rows,
    axes: np.ndarray | None,
    with_words: bool,
    train: np.ndarray,
    held_out: np.ndarray,
) -> list[csr_matrix]:
    parts = [] if axes is None else [axes[train], axes[held_out]]
    if not with_words:
        return [csr_matrix(part) for part in parts]
    words, texts = TextFeatures(), rows.passages.texts
    terms = [
        words.fit_transform([texts[row] for row in train]),
        words.transform([texts[row] for row in held_out]),
    ]
    return [beside(X, part) for X, part in zip(terms, parts, strict=True)] if parts else terms


def fit_weights(
    parts: np.ndarray, y: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The log-linear mixture of several models' scores that is calibrated.

    Parameters
    ----------
    parts : ndarray of shape (n_passages, n_parts, n_classes), held-out scores
    y : ndarray of shape (n_passages,), int
    weight : ndarray of shape (n_passages,)

    Returns
    -------
    scales : ndarray of shape (n_parts,), above 0
    bias : ndarray of shape (n_classes,), sums to 0
        The probabilities are the softmax of ``scales @ parts + bias``.
    """
    n_passages, n_parts, n_classes = parts.shape
    right = np.zeros((n_passages, n_classes))
    right[np.arange(n_passages), y] = weight

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        scales, bias = np.exp(parameters[:n_parts]), parameters[n_parts:]
        log_proba = log_softmax(np.einsum("nkc,k->nc", parts, scales) + bias, axis=1)
        error = weight[:, None] * np.exp(log_proba) - right
        slopes = scales * np.einsum("nc,nkc->k", error, parts)
        slope = np.concatenate([slopes, error.sum(axis=0)])
        value = _PRIOR * parameters @ parameters / 2 - np.sum(right * log_proba)
        return value, slope + _PRIOR * parameters

    found = minimize(loss, np.zeros(n_parts + n_classes), jac=True, method="L-BFGS-B").x
    bias = found[n_parts:]
    return np.exp(found[:n_parts]), bias - bias.mean()


def mixture(rows: Rows, parts: Sequence[np.ndarray]) -> dict[str, list[float]]:
    """What each part counts, by domain, when `fit_weights` may see all folds."""
    scores, found = np.stack(parts, axis=2), {}
    for domain, name in enumerate(KINDS):
        own = rows.is_of[:, domain] & (rows.weight > 0)
        scales, _ = fit_weights(scores[own, domain], rows.y[own], rows.weight[own])
        found[name] = scales.tolist()
    return found


def judge(rows: Rows, parts: Sequence[np.ndarray]) -> Labelled:
    """Join out-of-fold scores, each fold with weights and a lean from the others.

    Parameters
    ----------
    rows : Rows
    parts : sequence of ndarray of shape (n_passages, n_domains, n_classes)
        A model each. The domain of a passage is told, not guessed by a detector.
    """
    scores = np.stack(parts, axis=2)
    proba = np.zeros((len(rows.y), len(STANCES)))
    label = np.zeros(len(rows.y), dtype=np.intp)
    in_domain = np.eye(len(KINDS))[rows.is_of[:, 1].astype(int)]
    for train, held_out in rows.folds:
        joined, shares = np.zeros((len(rows.y), len(KINDS), len(STANCES))), []
        for domain, is_own in enumerate(rows.is_of.T):
            own = train[is_own[train]]
            scales, bias = fit_weights(scores[own, domain], rows.y[own], rows.weight[own])
            joined[:, domain] = np.einsum("nkc,k->nc", scores[:, domain], scales) + bias
            # One passage more of each, as in `fit_calibration`.
            counts = np.bincount(rows.y[own], rows.weight[own], minlength=len(STANCES)) + 1
            shares.append(counts / counts.sum())
        already = Calibration(np.ones(len(KINDS)), np.zeros_like(shares), np.array(shares))
        known = joined[train], rows.y[train], rows.is_of[train], rows.weight[train]
        lean = middle_of_best({one: held_out_f1(already, *known, one) for one in LEANS})
        proba[held_out] = already.proba(joined[held_out], in_domain[held_out])
        leant = already.proba(joined[held_out], in_domain[held_out], lean)
        label[held_out] = leant.argmax(axis=1)
    return Labelled(proba, label)


def gains(rows: Rows, found: Mapping[str, Labelled], base: str) -> dict[str, Any]:
    """Macro F1 and log loss of each variant, and by how much both differ from those of ``base``.

    Weighted by ``rows.weight``; with 95 % intervals, in pairs, over whole articles.
    """
    return {
        name: {
            on: _gain(
                rows, np.flatnonzero(rows.among(splits) & (rows.weight > 0)), one, found[base]
            )
            for on, splits in ON.items()
        }
        for name, one in found.items()
    }


def _gain(rows: Rows, places: np.ndarray, one: Labelled, base: Labelled) -> dict[str, Any]:
    y, weight = rows.y[places], rows.weight[places]
    codes = group_codes([rows.passages.groups[place] for place in places], len(places))
    draws = Draws(codes, _N_DRAWS, 0.95, SEED)
    n_cells = len(STANCES) ** 2
    facts = [weight[:, None]]
    for labelled in (one, base):
        cells = np.zeros((len(places), n_cells))
        hit = y * len(STANCES) + labelled.label[places]
        cells[np.arange(len(places)), hit] = weight
        loss = -np.log(labelled.proba[places, y])
        facts += [cells, (weight * loss)[:, None]]
    totals = draws.totals(facts)
    weighed, first, second = np.split(totals, [1, n_cells + 2], axis=1)
    by_label, by_label_base = _f1(first[:, :-1]), _f1(second[:, :-1])
    loss, loss_base = first[:, -1] / weighed[:, 0], second[:, -1] / weighed[:, 0]
    f1, f1_base = by_label.mean(axis=1), by_label_base.mean(axis=1)
    return {
        "n_passages": len(places),
        "macro_f1": vars(draws.interval(f1)),
        "per_label": dict(zip(STANCES, by_label[0].tolist(), strict=True)),
        "log_loss": vars(draws.interval(loss)),
        "gain": vars(draws.interval(f1 - f1_base)),
        "log_loss_gain": vars(draws.interval(loss - loss_base)),
    }


def _f1(cells: np.ndarray) -> np.ndarray:
    """F1 of each label from flattened tables of gold by predicted: (n_draws, n_classes)."""
    counts = cells.reshape(len(cells), len(STANCES), len(STANCES))
    hits = counts.diagonal(axis1=1, axis2=2)
    return np.asarray(2 * hits / (counts.sum(axis=1) + counts.sum(axis=2)))
