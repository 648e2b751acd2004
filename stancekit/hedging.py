"""Saying less where a model is unsure: no label, or a set of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stancekit.bootstrap import Floats
from stancekit.conformal import least_probabilities, level_of
from stancekit.domains import Calibration
from stancekit.errors import InputError, ModelError
from stancekit.splits import Index
from stancekit.thresholds import RiskTable, risk_table

__all__ = ["Assurance", "Hedge", "fit_assurance", "make_hedge"]


@dataclass(frozen=True)
class Assurance:
    """What held-out passages of each domain say of a classifier's labels.

    Attributes
    ----------
    risks : tuple of RiskTable, one a domain
    least : ndarray of shape (n_domains, n_classes, 99), as `least_probabilities` gives it
    """

    risks: tuple[RiskTable, ...]
    least: Floats


@dataclass(frozen=True)
class Hedge:
    """How a model says less.

    Attributes
    ----------
    thresholds : tuple of float, one a domain; a label of less probability is not given
    least : ndarray of shape (n_domains, n_classes) or None
        The probability from which on a label stands in the set of labels; None for no sets.
    silent : dict of str to float
        Domains in which no threshold reaches the error asked for, with the lowest there is.
    """

    thresholds: tuple[float, ...]
    least: Floats | None
    silent: Mapping[str, float]

    def apply(self, facts: dict[str, Any], domain: int) -> dict[str, Any]:
        """What is said of a passage of a domain; frames and probabilities stay."""
        proba: Mapping[str, float] = facts["probabilities"]
        told = dict(facts)
        if proba[facts["stance"]] < self.thresholds[domain]:
            told |= {"status": "abstained", "stance": None}
        if self.least is not None:
            rows = zip(proba.items(), self.least[domain].tolist(), strict=True)
            labels = tuple(label for (label, share), least in rows if share >= least)
            told["labels"] = labels or (max(proba, key=lambda label: proba[label]),)
        return told


def fit_assurance(
    calibration: Calibration,
    scores: Floats,
    in_domain: Floats,
    y: Index,
    is_of: NDArray[np.bool_],
    sample_weight: Floats,
    lean: float,
) -> Assurance:
    """Read errors and label sets off held-out scores.

    Each domain is read by itself, as a threshold that holds for speeches need not hold for news.
    The parameters are those of `fit_calibration` and `Calibration.proba`, whose ``in_domain`` is
    held out too: to a new passage nobody says which domain it is of. ``is_of``, of shape
    (n_passages, n_domains), has the passages that are read for each domain.
    """
    risks, least = [], []
    for is_here in is_of.T:
        rows = np.flatnonzero(is_here)
        weight, right = sample_weight[rows], y[rows]
        given = calibration.proba(scores[rows], in_domain[rows], lean).argmax(axis=1)
        proba = calibration.proba(scores[rows], in_domain[rows])
        confidence = proba[np.arange(len(rows)), given]
        risks.append(risk_table(confidence, (given != right).astype(np.float64), weight))
        least.append(least_probabilities(proba, right, weight))
    return Assurance(tuple(risks), np.array(least))


def make_hedge(
    assurance: Assurance | None,
    domains: Sequence[str],
    name: str,
    *,
    min_confidence: float | None,
    target_error: float | None,
    coverage: float | None,
) -> Hedge:
    """See `Model.hedged`; ``name`` is that of the model, for messages."""
    if min_confidence is not None and target_error is not None:
        raise InputError("got a least confidence and a target error; give one of them")
    if assurance is None and not target_error is coverage is None:
        raise ModelError(
            f"{name} does not say how often it was wrong on held-out passages; train it anew with "
            "this version of stancekit"
        )
    thresholds, silent = (_share("min_confidence", min_confidence or 0.0),) * len(domains), {}
    least = None
    if assurance is not None and target_error is not None:
        _share("target_error", target_error)
        thresholds = tuple(table.threshold_for(target_error) for table in assurance.risks)
        lowest = [table.lowest_error for table in assurance.risks]
        silent = {d: e for d, e in zip(domains, lowest, strict=True) if e > target_error}
        if len(silent) == len(domains):
            raise InputError(
                f"{name} cannot keep to an error of {target_error:g}: the lowest on held-out "
                f"passages is {_spoken(silent)}; ask for that or more"
            )
    if assurance is not None and coverage is not None:
        least = assurance.least[:, :, level_of(coverage)]
    return Hedge(thresholds, least, silent)


def _share(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise InputError(f"got {name}={value!r}; expected a number from 0 to 1")
    return value


def _spoken(errors: Mapping[str, float]) -> str:
    """Errors by domain, rounded up so that asking for them is enough."""
    rounded = {domain: np.ceil(error * 1000) / 1000 for domain, error in errors.items()}
    return ", ".join(
        f"{error:.3f}{f' on {name}' if name else ''}" for name, error in rounded.items()
    )
