"""Whether one classifier is better than another, on the same passages."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from stancekit.bootstrap import Draws, Floats, Interval
from stancekit.checks import check_length, check_names, label_strings, places
from stancekit.metrics import mean_of_known, one_hot, rates
from stancekit.results import Result
from stancekit.splits import group_codes

__all__ = ["Comparison", "ScorePair", "compare"]

# The chance of seeing a difference for which `n_needed` is worked out, as studies usually plan.
_POWER = 0.8


@dataclass(frozen=True)
class ScorePair:
    """One score of both classifiers; ``difference`` is that of the first minus the second."""

    first: Interval
    second: Interval
    difference: Interval
    n_needed: int | None

    @property
    def is_distinguishable(self) -> bool | None:
        """Whether the interval of the difference leaves out 0; None where there is none."""
        if math.isnan(self.difference.low):
            return None
        return self.difference.low > 0 or self.difference.high < 0


@dataclass(frozen=True)
class Comparison(Result):
    """Two classifiers on the same passages; see `compare` for what each is."""

    n_passages: int
    n_groups: int
    macro_f1: ScorePair
    accuracy: ScorePair
    n_only_first_right: int
    n_only_second_right: int
    mcnemar_p: float
    n_bootstrap: int
    level: float
    random_state: int

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values for JSON, None for nan; pairs with ``is_distinguishable``."""
        pairs = {"macro_f1": self.macro_f1, "accuracy": self.accuracy}
        plain = super().to_dict()
        for name, pair in pairs.items():
            plain[name]["is_distinguishable"] = pair.is_distinguishable
        return plain


def compare(
    y_true: Iterable[Any],
    y_first: Iterable[Any],
    y_second: Iterable[Any],
    *,
    groups: Iterable[Any] | None = None,
    labels: Iterable[Any] | None = None,
    n_bootstrap: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> Comparison:
    """Compare two sets of predictions for the same passages.

    Each draw of the bootstrap scores both on the same groups, so that what is hard for both does
    not widen the interval of their difference.

    Parameters
    ----------
    y_true, y_first, y_second : sequence of shape (n_passages,), labels; compared as strings
    groups, labels, n_bootstrap, level, random_state
        As in `stancekit.score`; ``labels`` are by default those that occur.

    Returns
    -------
    Comparison
        ``macro_f1`` and ``accuracy``: the scores of both, in [0, 1] and as in `stancekit.score`,
        and their difference in [-1, 1]. ``n_needed`` is about how many passages, in articles like
        these, an interval needs that leaves out 0 with probability 0.8, were the difference as
        large as it is here: n (z(level) + z(0.8))**2 (s / d)**2 for a difference d with the
        standard error s, which the bootstrap gives. A difference that is small against s is
        itself uncertain, and so is this number: take it as an order of magnitude. None for no
        difference or no interval.
        ``mcnemar_p`` in [0, 1]: two-sided exact test of whether one is right where the other is
        wrong as often as the other way round. It takes passages as independent; where those of an
        article are alike it comes out too small, and the intervals decide.

    Raises
    ------
    InputError
        As `stancekit.score`.

    References
    ----------
    Berg-Kirkpatrick, Burkett and Klein (2012), An empirical investigation of statistical
    significance in NLP, EMNLP (the paired bootstrap; here over groups, as in `stancekit.score`).
    McNemar (1947), Psychometrika 12(2); Fagerland, Lydersen and Laake (2013), The McNemar test for
    binary matched-pairs data, BMC Medical Research Methodology 13:91 (exact conditional test).
    Lachin (1981), Introduction to sample size determination and power analysis for clinical
    trials, Controlled Clinical Trials 2(2) (the basic equation). Card et al. (2020), With little
    power comes great responsibility, EMNLP.
    """
    from scipy.stats import binomtest

    gold, first, second = (
        label_strings(labels_, what)
        for labels_, what in (
            (y_true, "gold labels"),
            (y_first, "predicted labels"),
            (y_second, "predicted labels of the second"),
        )
    )
    check_length("predictions", len(first), len(gold))
    check_length("predictions of the second", len(second), len(gold))
    names = check_names(sorted({*gold, *first, *second}) if labels is None else labels, "label")
    rows, k = places(gold, names, "gold label"), len(names)
    columns = [places(found, names, "predicted label") for found in (first, second)]
    draws = Draws(group_codes(groups, len(gold)), n_bootstrap, level, random_state)
    totals = draws.totals([one_hot(rows * k + one, np.ones(len(gold)), k * k) for one in columns])
    (macro, accuracy), (macro_2, accuracy_2) = map(_scores, np.split(totals, 2, axis=1))
    only_first, only_second = (
        int(((one == rows) & (other != rows)).sum()) for one, other in (columns, columns[::-1])
    )
    n_unlike = only_first + only_second
    return Comparison(
        n_passages=len(gold),
        n_groups=draws.n_groups,
        macro_f1=_pair(macro, macro_2, draws, len(gold), level),
        accuracy=_pair(accuracy, accuracy_2, draws, len(gold), level),
        n_only_first_right=only_first,
        n_only_second_right=only_second,
        mcnemar_p=float(binomtest(only_first, n_unlike).pvalue) if n_unlike else 1.0,
        n_bootstrap=n_bootstrap,
        level=level,
        random_state=random_state,
    )


def _scores(tables: Floats) -> tuple[Floats, Floats]:
    """Macro F1 and accuracy of each draw, from flat confusion tables."""
    k = math.isqrt(tables.shape[1])
    counts = tables.reshape(-1, k, k)
    hits, n_gold = counts.diagonal(0, 1, 2), counts.sum(axis=2)
    f1 = rates(hits, counts.sum(axis=1), n_gold)[2]
    return mean_of_known(f1), hits.sum(axis=1) / n_gold.sum(axis=1)


def _pair(first: Floats, second: Floats, draws: Draws, n: int, level: float) -> ScorePair:
    difference = first - second
    return ScorePair(
        draws.interval(first),
        draws.interval(second),
        draws.interval(difference),
        _n_needed(difference, n, level),
    )


def _n_needed(difference: Floats, n: int, level: float) -> int | None:
    from scipy.special import ndtri

    drawn = difference[1:]
    if len(drawn) < 2 or difference[0] == 0:
        return None
    spread = float(drawn.std(ddof=1)) / abs(float(difference[0]))
    quantiles = float(ndtri((1 + level) / 2) + ndtri(_POWER))
    return max(1, math.ceil(n * (quantiles * spread) ** 2))
