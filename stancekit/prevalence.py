"""Shares of the stances over a corpus, corrected for what the classifier gets wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stancekit.bootstrap import Draws, Floats
from stancekit.checks import check_length, check_names
from stancekit.errors import InputError
from stancekit.gold import Mask, Sample, read_sample
from stancekit.labels import is_missing, unknown_name
from stancekit.simplex import MOST_CONDITION, project, solve_on_simplex
from stancekit.splits import Index, group_codes

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["METHODS", "Share", "measure"]

METHODS = ("naive", "acc", "pacc", "ppi")

# The sums of every draw of the bootstrap are held for each part; more would fill the memory.
_MOST_PARTS = 1000


@dataclass(frozen=True)
class Share:
    """The share of one stance or frame in one part of a corpus, by one method.

    Attributes
    ----------
    by : dict of str to str or None; the part, by column; empty for the whole corpus
    stance : str, or None for the share of a frame
    method : str; one of "naive", "acc", "pacc", "ppi"
    share, low, high : float in [0, 1]; nan where there is none
    n_passages, n_articles : int; of the part (passages count as articles without groups)
    n_gold : int; labelled passages behind the correction
    frame : str, or None for the share of a stance
    """

    by: dict[str, str | None]
    stance: str | None
    method: str
    share: float
    low: float
    high: float
    n_passages: int
    n_articles: int
    n_gold: int
    frame: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """A row of a table: the columns of the part, then the fields; None for nan.

        It has a stance or a frame, not both.
        """
        fields = {name: value for name, value in vars(self).items() if name != "by"}
        kind = "stance" if self.frame is None else "frame"
        fields = {kind: fields[kind]} | {
            name: value for name, value in fields.items() if name not in ("stance", "frame")
        }
        numbers = {name: fields[name] for name in ("share", "low", "high")}
        known = {name: None if math.isnan(value) else value for name, value in numbers.items()}
        return {**self.by, **fields, **known}


def measure(
    predicted: Iterable[Any],
    *,
    gold: Iterable[Any] | None = None,
    proba: Any = None,
    inclusion: Iterable[Any] | None = None,
    in_corpus: Iterable[Any] | None = None,
    by: Mapping[str, Iterable[Any]] | None = None,
    groups: Iterable[Any] | None = None,
    labels: Iterable[Any] | None = None,
    methods: Iterable[str] | None = None,
    n_bootstrap: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> tuple[Share, ...]:
    """Measure the share of each stance, from predictions and a labelled sample.

    Counting predicted labels (``naive``) measures the classifier as much as the corpus: its errors
    do not cancel out, and no number of passages helps. Which correction fits depends on where the
    labelled passages come from.

    ``ppi``, where they were drawn from this corpus by chance: the naive share plus the mean error
    that the labelled passages of the part show, each weighted by 1 over its inclusion probability.
    It assumes nothing about the classifier; a bad one makes the interval wide, not wrong. It
    needs labelled passages in every part, and some dozens for an interval that holds.

    ``acc``, where they come from elsewhere, or are too few for the parts: the shares that, put
    through the errors which the labelled passages show, give the predicted ones. It assumes that
    passages of one true stance are misread in the same way everywhere, in each part and in the
    sample. ``pacc`` is the same with probabilities in place of labels.

    Parameters
    ----------
    predicted : sequence of shape (n_passages,), labels; they are compared as strings
    gold : sequence of shape (n_passages,), optional
        The right labels; None, nan or a blank string for passages that nobody labelled.
    proba : array of shape (n_passages, n_labels), optional
        Probability of each label, in the order of ``labels``; for ``pacc``.
    inclusion : sequence of shape (n_passages,), optional
        The probability, in (0, 1], with which each passage was drawn to be labelled; read only
        for those that are. Left out, they are taken to be equal.
    in_corpus : sequence of bool of shape (n_passages,), optional
        False for labelled passages from elsewhere, which show errors and count for no share.
    by : mapping of str to sequence of shape (n_passages,), optional
        Columns; each combination of their values is a part with shares of its own.
    groups : sequence of shape (n_passages,), optional
        The article of each passage. Left out, each passage is a group, which makes the intervals
        too narrow when passages of an article are alike.
    labels : sequence, optional
        All stances; by default the sorted labels of ``predicted`` and ``gold``.
    methods : iterable of {"naive", "acc", "pacc", "ppi"}, optional
        By default all for which there is what they need.
    n_bootstrap, level, random_state
        As in `stancekit.score`.

    Returns
    -------
    tuple of Share
        By part, then stance, then method. The shares of a part and method sum to 1. Intervals are
        percentiles of a bootstrap over groups, which draws predictions and labelled passages
        together and corrects each draw by its own labelled passages; they are for the debate of
        which the corpus is a sample. Those of a part in one article only, or with labelled
        passages in one only, are nan, and so is ``ppi`` in a part without labelled passages.

    Raises
    ------
    InputError
        For lengths that differ, unknown labels or methods, inclusion probabilities outside (0, 1],
        a single group, more than 1000 parts; for ``acc`` and ``pacc`` also for a stance without a
        labelled passage, and for a confusion table that cannot be inverted.

    Notes
    -----
    ``ppi`` is ``g + lam (f - f_g)``: g the weighted share among labelled passages, f the naive
    share, f_g the naive share among labelled passages. With lam = 1 it is prediction-powered
    inference and, with inclusion probabilities, the mean of design-based supervised learning (here
    with weights that sum to 1). lam is the slope of labels on predictions over all stances and
    labelled passages, clipped to [0, 1]: the least variance where the labelled passages are part
    of the corpus. All methods give shares on the simplex, ``acc`` and ``pacc`` by constrained
    least squares and ``ppi`` by projection.

    Own code, as the packages with these estimators cost more than they spare: ppi-python brings
    numba, statsmodels and gdown, quapy brings matplotlib, xlrd and ucimlrepo, and the bootstrap
    of neither draws whole articles.

    References
    ----------
    Rogan and Gladen (1978), Estimating prevalence from the results of a screening test, American
    Journal of Epidemiology 107(1). Forman (2008), Quantifying counts and costs via classification,
    Data Mining and Knowledge Discovery 17(2) (adjusted count). Firat (2016), Unified framework for
    quantification, arXiv:1606.00868 (several classes, constrained least squares). Bella, Ferri,
    Hernandez-Orallo and Ramirez-Quintana (2010), Quantification via probability estimators, ICDM.
    Angelopoulos, Bates, Fannjiang, Jordan and Zrnic (2023), Prediction-powered inference, Science
    382. Angelopoulos, Duchi and Zrnic (2023), PPI++, arXiv:2311.01453 (the tuned lam). Egami,
    Hinck, Stewart and Wei (2023), Using imperfect surrogates for downstream inference, NeurIPS
    (design-based supervised learning). Field and Welsh (2007), as in `stancekit.score`.
    """
    sample = read_sample(predicted, gold, proba, inclusion, in_corpus, labels)
    chosen = _choose(methods, sample)
    parts, part_of = _parts(by or {}, sample)
    draws = Draws(group_codes(groups, len(sample.said)), n_bootstrap, level, random_state)
    if draws.n_groups < 2 and n_bootstrap:
        raise InputError(
            "all passages are of one article, which says nothing about others; give passages of "
            "two or more, better 20, or 0 draws for shares without intervals"
        )
    shares = _estimate(sample, part_of, len(parts), draws, chosen)
    found: list[Share] = []
    for number, part in enumerate(parts):
        of_part = {method: some[:, number] for method, some in shares.items()}
        found.extend(_rows(part, sample, part_of == number, draws, of_part))
    return tuple(found)


def _rows(
    part: dict[str, str | None],
    sample: Sample,
    is_here: Mask,
    draws: Draws,
    shares: Mapping[str, Floats],
) -> Iterator[Share]:
    """The shares of a part by stance and method, from those of all draws."""
    here = sample.in_corpus & is_here
    n_articles = _n_groups(draws, here)
    behind = {method: here if method == "ppi" else np.ones_like(here) for method in shares}
    n_gold = {method: int((sample.is_gold & rows).sum()) for method, rows in behind.items()}
    n_spread = {method: _n_groups(draws, sample.is_gold & rows) for method, rows in behind.items()}
    n_gold["naive"], n_spread["naive"] = 0, n_articles
    for k, stance in enumerate(sample.labels):
        for method, drawn in shares.items():
            one = draws.interval(drawn[:, k])
            has_interval = min(n_articles, n_spread[method]) > 1
            yield Share(
                by=part,
                stance=stance,
                method=method,
                share=one.value,
                low=one.low if has_interval else math.nan,
                high=one.high if has_interval else math.nan,
                n_passages=int(here.sum()),
                n_articles=n_articles,
                n_gold=n_gold[method],
            )


def _n_groups(draws: Draws, rows: Mask) -> int:
    return len(np.unique(draws.codes[rows]))


def _choose(methods: Iterable[str] | None, sample: Sample) -> list[str]:
    """The methods asked for, or those that there is enough for."""
    has_gold = bool(sample.is_gold.any())
    needs = {
        "naive": "",
        "acc": "" if has_gold else "gold labels",
        "pacc": "" if has_gold and sample.proba is not None else "gold labels and probabilities",
        "ppi": "" if (sample.is_gold & sample.in_corpus).any() else "gold labels in the corpus",
    }
    if methods is None:
        chosen = [method for method in METHODS if not needs[method]]
    else:
        chosen = check_names(methods, "method")
    for method in chosen:
        if method not in METHODS:
            raise InputError(unknown_name("method", method, METHODS))
        if needs[method]:
            raise InputError(f"method {method!r} needs {needs[method]}; give them or leave it out")
    if {"acc", "pacc"} & {*chosen}:
        _check_every_stance(sample)
    return chosen


def _check_every_stance(sample: Sample) -> None:
    found = set(sample.true[sample.is_gold].tolist())
    lacking = [name for k, name in enumerate(sample.labels) if k not in found]
    if lacking:
        raise InputError(
            f"no gold label is {' or '.join(map(repr, lacking))}, so that nobody knows how it is "
            "misread; label passages of it, or ask for method 'ppi', which needs none"
        )


def _parts(
    by: Mapping[str, Iterable[Any]], sample: Sample
) -> tuple[list[dict[str, str | None]], Index]:
    """The parts of the corpus in order, missing values last, and the part of each passage."""
    n = len(sample.said)
    columns = [_strings(name, values, n) for name, values in by.items()]
    keys = list(zip(*columns, strict=True)) if columns else [()] * n
    distinct = sorted(
        {key for key, inside in zip(keys, sample.in_corpus, strict=True) if inside},
        key=lambda key: [(cell is None, cell or "") for cell in key],
    )
    if len(distinct) > _MOST_PARTS:
        raise InputError(
            f"the columns {', '.join(by)} part the corpus into {len(distinct)}; expected at most "
            f"{_MOST_PARTS} parts: choose columns whose values many passages share"
        )
    place = {key: number for number, key in enumerate(distinct)}
    parts = [dict(zip(by, key, strict=True)) for key in distinct]
    return parts, np.array([place.get(key, 0) for key in keys], dtype=np.intp)


def _strings(name: str, values: Iterable[Any], n_passages: int) -> list[str | None]:
    if name in Share.__dataclass_fields__:
        raise InputError(f"the table of shares has a column {name!r} of its own; rename yours")
    cells = list(values)
    check_length(f"values of {name!r}", len(cells), n_passages)
    return [None if is_missing(cell) else str(cell).strip() for cell in cells]


def _estimate(
    sample: Sample, part_of: Index, n_parts: int, draws: Draws, methods: Sequence[str]
) -> dict[str, Floats]:
    """Shares by method, of shape (1 + n_draws, n_parts, n_labels); the first is no draw."""
    k = len(sample.labels)
    eye = np.eye(k)
    inside = sample.in_corpus.astype(np.float64)
    here = sample.weights * inside
    soft = eye[sample.said] if sample.proba is None else sample.proba
    facts = {
        "naive": _spread(eye[sample.said], inside, part_of, n_parts),
        "soft": _spread(soft, inside, part_of, n_parts),
        "confusion": _spread(eye[sample.said], sample.weights, sample.true, k),
        "soft confusion": _spread(soft, sample.weights, sample.true, k),
        "gold": _spread(eye[sample.true], here, part_of, n_parts),
        "said of gold": _spread(eye[sample.said], here, part_of, n_parts),
    }
    totals = draws.totals(list(facts.values()))
    ends = np.cumsum([fact.shape[1] for fact in facts.values()])[:-1]
    sums = {
        name: some.reshape(len(totals), -1, k)
        for name, some in zip(facts, np.split(totals, ends, axis=1), strict=True)
    }
    rates = {name: _normal(some) for name, some in sums.items()}
    found = {"naive": rates["naive"]}
    for method, mean, table in (
        ("acc", "naive", "confusion"),
        ("pacc", "soft", "soft confusion"),
    ):
        if method in methods:
            _check_invertible(rates[table][0], method)
            found[method] = solve_on_simplex(rates[table], rates[mean])
    if "ppi" in methods:
        slope = _slope(sums["confusion"])[:, None, None]
        drift = rates["naive"] - rates["said of gold"]
        found["ppi"] = project(rates["gold"] + slope * drift)
    return {method: found[method] for method in methods}


def _spread(values: Floats, weights: Floats, part_of: Index, n_parts: int) -> csr_matrix:
    """Weighted values of each passage, in the columns of its part."""
    from scipy.sparse import csr_matrix

    n, k = values.shape
    rows = np.flatnonzero(weights)
    columns = part_of[rows, None] * k + np.arange(k)
    data = (values[rows] * weights[rows, None]).ravel()
    return csr_matrix((data, (np.repeat(rows, k), columns.ravel())), shape=(n, n_parts * k))


def _normal(sums: Floats) -> Floats:
    """Rows that sum to 1; nan for one without a passage."""
    total = sums.sum(axis=-1, keepdims=True)
    rows: Floats = np.divide(sums, total, out=np.full_like(sums, np.nan), where=total > 0)
    return rows


def _slope(tables: Floats) -> Floats:
    """Of labels on predictions, over all stances, in [0, 1]; 0 where all predictions are alike."""
    joint = np.divide(tables, np.maximum(tables.sum(axis=(1, 2), keepdims=True), 1e-300))
    true, said = joint.sum(axis=2), joint.sum(axis=1)
    together = np.trace(joint, axis1=1, axis2=2) - (true * said).sum(axis=1)
    spread = 1 - (said**2).sum(axis=1)
    slope = np.divide(together, spread, out=np.zeros_like(spread), where=spread > 1e-12)
    clipped: Floats = np.clip(slope, 0, 1)
    return clipped


def _check_invertible(table: Floats, method: str) -> None:
    if np.linalg.cond(table) > MOST_CONDITION:
        raise InputError(
            f"method {method!r} cannot tell the stances apart: by the gold labels two or more of "
            "them are predicted alike; label more passages, or ask for method 'ppi'"
        )
