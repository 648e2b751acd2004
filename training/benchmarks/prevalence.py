"""Whether the intervals of `measure` hold: `python -m training.benchmarks.prevalence`.

Corpora with known shares are made up, passages in articles that lean to one side, and misread as
the shipped model misreads its dev passages (the confusion table in `results/troops-en.json`). A
part of the passages, drawn by chance, has gold labels. How often does each method's 95 % interval
hold the true share?
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import measure
from stancekit.bootstrap import Floats
from stancekit.prevalence import METHODS
from training.scoring import RESULTS, read_result, write_result

__all__ = ["cover", "main"]

# The true share of one stance; the others share what is left as 2 to 1, the first of them more.
TRUE_SHARES = (0.05, 0.1, 0.2, 0.4, 0.6)
STANCE = "pro-withdrawal"
N_ARTICLES = 200
# Passages of an article: 1 and a Poisson number with this mean.
MEAN_MORE = 7
# Articles take sides: their shares are Dirichlet with this concentration, so that two passages of
# an article agree by 1 / (1 + 4) more than chance.
CONCENTRATION = 4
N_GOLD = 400
# Probabilities scatter by Dirichlet around what the predicted label says of the right one.
SHARPNESS = 10
# Fewer than the 2000 by default, to save time; percentiles of fewer draws lie a little further in.
N_BOOTSTRAP = 1000
LEVEL = 0.95


def cover(
    confusion: Any, labels: list[str], share: float, n_runs: int, random_state: int = 0
) -> dict[str, dict[str, float]]:
    """Make up corpora and measure them.

    Parameters
    ----------
    confusion : array of shape (n_labels, n_labels), counts; rows the right label
    labels : list of str
    share : float, the true share of `STANCE`
    n_runs : int

    Returns
    -------
    dict of method to ``coverage`` (the part of the runs in which the interval holds the true
    share), ``bias`` (mean share minus true share) and ``width`` (of the interval, mean)
    """
    rng = np.random.default_rng([random_state, round(share * 1000)])
    counts = np.asarray(confusion, dtype=np.float64)
    truth = _true_shares(labels, share)
    found = np.array([_run(counts, labels, truth, rng) for _ in range(n_runs)])
    low, high, value = found[..., 0], found[..., 1], found[..., 2]
    return {
        method: {
            "coverage": float(((low <= share) & (share <= high))[:, m].mean()),
            "bias": float((value - share)[:, m].mean()),
            "width": float((high - low)[:, m].mean()),
        }
        for m, method in enumerate(METHODS)
    }


def _true_shares(labels: list[str], share: float) -> Floats:
    rest = iter((2 / 3, 1 / 3))
    return np.array([share if one == STANCE else (1 - share) * next(rest) for one in labels])


def _run(
    counts: Floats, labels: list[str], truth: Floats, rng: np.random.Generator
) -> list[tuple[float, float, float]]:
    """Low end, high end and share of `STANCE` by each method, on one made-up corpus."""
    sizes = 1 + rng.poisson(MEAN_MORE, N_ARTICLES)
    articles = np.repeat(np.arange(N_ARTICLES), sizes)
    leaning = rng.dirichlet(CONCENTRATION * truth, N_ARTICLES)
    right = _draw(leaning[articles], rng)
    said = _draw((counts / counts.sum(axis=1, keepdims=True))[right], rng)
    believed = (counts / counts.sum(axis=0)).T[said]
    proba = rng.gamma(SHARPNESS * believed + 1e-9)
    names = np.array(labels, dtype=object)
    gold = np.full(len(right), None, dtype=object)
    drawn = rng.choice(len(right), N_GOLD, replace=False)
    gold[drawn] = names[right[drawn]]
    shares = measure(
        names[said],
        gold=gold,
        proba=proba / proba.sum(axis=1, keepdims=True),
        groups=articles,
        labels=labels,
        methods=METHODS,
        n_bootstrap=N_BOOTSTRAP,
        level=LEVEL,
        random_state=int(rng.integers(2**31)),
    )
    return [(one.low, one.high, one.share) for one in shares if one.stance == STANCE]


def _draw(shares: Floats, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.intp]]:
    """A label for each row of shares."""
    passed = rng.random((len(shares), 1)) > np.cumsum(shares, axis=1)[:, :-1]
    labels: np.ndarray[Any, np.dtype[np.intp]] = passed.sum(axis=1)
    return labels


@click.command()
@click.option("--runs", default=1000, show_default=True, help="For each true share.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(runs: int, results: Path) -> None:
    """Make up corpora and count how often the intervals hold; write `results/prevalence.json`."""
    settings = {
        "stance": STANCE,
        "n_runs": runs,
        "n_articles": N_ARTICLES,
        "mean_passages": 1 + MEAN_MORE,
        "concentration": CONCENTRATION,
        "n_gold": N_GOLD,
        "n_bootstrap": N_BOOTSTRAP,
        "level": LEVEL,
    }
    facts: dict[str, Any] = {"settings": settings, "confusion_of": {}}
    for name, scores in read_result("troops-en")["stance"].items():
        facts["confusion_of"][name] = {
            str(share): cover(scores["confusion"], scores["labels"], share, runs)
            for share in TRUE_SHARES
        }
    write_result("prevalence", facts, results)


if __name__ == "__main__":
    main()
