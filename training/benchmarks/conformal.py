"""Whether sets of labels hold the right one as often as asked, and thresholds keep to their error.

`python -m training.benchmarks.conformal` writes `results/conformal.json`, in three parts. Made up:
passages in articles, read by a classifier that errs, with calibration passages and new ones, the
latter also with other shares of the labels. Halves: the dev articles parted by chance, sets
calibrated on one half and counted on the other. Stored: what the model itself keeps from its
training, sets and thresholds, counted on the dev articles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import Model, ModelError, load_model
from stancekit.bootstrap import Draws, Floats, Interval
from stancekit.conformal import label_sets, least_probabilities
from stancekit.splits import Index, group_codes
from training.passages import DATA, Passages, load_passages
from training.scoring import RESULTS, write_result
from training.standoff import DEV

__all__ = ["COVERAGES", "TARGET_ERRORS", "cover_halves", "cover_made_up", "cover_stored", "main"]

COVERAGES = (0.8, 0.9, 0.95)
TARGET_ERRORS = (0.05, 0.1, 0.2)
# Made-up passages: the shares of three labels, among calibration passages and shifted ones.
SHARES = (0.6, 0.25, 0.15)
SHIFTED = (0.2, 0.2, 0.6)
N_ARTICLES = 150
MEAN_PASSAGES = 8
# How far the score of the right label lies above the others, in standard deviations of what is
# common to an article and of what each passage has by itself, which have the same weight.
SEPARATION = 1.2


def cover_made_up(n_runs: int, random_state: int = 0) -> dict[str, dict[str, list[float]]]:
    """Of each label the share of passages whose set holds it, by coverage and kind of passages."""
    rng = np.random.default_rng(random_state)
    found: dict[str, dict[str, list[Floats]]] = {
        str(level): {"same shares": [], "other shares": []} for level in COVERAGES
    }
    for _ in range(n_runs):
        least = least_probabilities(*_make_up(SHARES, rng))
        for name, shares in (("same shares", SHARES), ("other shares", SHIFTED)):
            proba, y, _ = _make_up(shares, rng)
            for level in COVERAGES:
                found[str(level)][name].append(_by_label(label_sets(proba, least, level), y))
    return {
        level: {name: np.nanmean(rows, axis=0).tolist() for name, rows in parts.items()}
        for level, parts in found.items()
    }


def _make_up(shares: Sequence[float], rng: np.random.Generator) -> tuple[Floats, Index, Floats]:
    """Probabilities, right labels and weights of passages in articles that are read alike."""
    k = len(shares)
    articles = np.repeat(np.arange(N_ARTICLES), 1 + rng.poisson(MEAN_PASSAGES - 1, N_ARTICLES))
    y = rng.choice(k, size=len(articles), p=shares)
    scores = rng.normal(size=(N_ARTICLES, k))[articles] + rng.normal(size=(len(y), k))
    # The classifier has learnt how common the labels are, and does not know that this changes.
    scores += SEPARATION * np.eye(k)[y] + np.log(SHARES)
    weights = np.exp(scores)
    return weights / weights.sum(axis=1, keepdims=True), y, np.ones(len(y))


def _by_label(sets: np.ndarray, y: Index) -> Floats:
    """Of each label the share of its passages whose set holds it; nan without a passage."""
    held = sets[np.arange(len(y)), y]
    return np.array(
        [held[y == k].mean() if (y == k).any() else np.nan for k in range(sets.shape[1])]
    )


def cover_halves(
    proba: Floats, y: Index, groups: Index, n_runs: int, random_state: int = 0
) -> dict[str, dict[str, Any]]:
    """Calibrate on half of the articles and count on the other, over and over; by coverage."""
    rng = np.random.default_rng(random_state)
    found: dict[str, list[tuple[float, float, Floats]]] = {str(level): [] for level in COVERAGES}
    for _ in range(n_runs):
        half = rng.permutation(groups.max() + 1) < (groups.max() + 1) // 2
        fit, new = half[groups], ~half[groups]
        least = least_probabilities(proba[fit], y[fit], np.ones(fit.sum()))
        for level in COVERAGES:
            sets = label_sets(proba[new], least, level)
            held = sets[np.arange(new.sum()), y[new]]
            rows = found[str(level)]
            rows.append((held.mean(), sets.sum(axis=1).mean(), _by_label(sets, y[new])))
    return {
        level: {
            "coverage": float(np.mean([one for one, _, _ in rows])),
            "n_labels": float(np.mean([size for _, size, _ in rows])),
            "by_label": np.nanmean([some for *_, some in rows], axis=0).tolist(),
        }
        for level, rows in found.items()
    }


def cover_stored(model: Model, dev: Passages) -> dict[str, Any]:
    """Coverage of the model's own sets, and errors at its own thresholds, with 95 % intervals.

    Passages that the model cannot read are left out.

    Raises
    ------
    ModelError
        For a model that keeps neither.
    """
    draws = Draws(group_codes(dev.groups, len(dev)), 2000, 0.95, 0)
    found: dict[str, Any] = {"sets": {}, "thresholds": {}}
    for level in COVERAGES:
        read = model.hedged(coverage=level).analyze_passages(dev.texts)
        labels = [one.labels for one in read]
        rows = zip(labels, dev.stances, strict=True)
        held = [None if some is None else label in some for some, label in rows]
        n_labels = [None if some is None else len(some) for some in labels]
        found["sets"][str(level)] = {
            "coverage": vars(_mean(held, draws)),
            "n_labels": vars(_mean(n_labels, draws)),
            "by_label": {
                name: vars(_mean(_only(held, dev.stances, name), draws)) for name in model.labels
            },
        }
    for error in TARGET_ERRORS:
        read = model.hedged(target_error=error).analyze_passages(dev.texts)
        pairs = list(zip(read, dev.stances, strict=True))
        wrong = [one.stance != label if one.is_scored else None for one, label in pairs]
        kept = [one.is_scored if one.status in ("ok", "abstained") else None for one in read]
        found["thresholds"][str(error)] = {
            "error": vars(_mean(wrong, draws)),
            "labelled": vars(_mean(kept, draws)),
        }
    return found


def _only(values: list[Any], stances: list[str], name: str) -> list[Any]:
    return [one if label == name else None for one, label in zip(values, stances, strict=True)]


def _mean(values: Sequence[float | None], draws: Draws) -> Interval:
    """Mean of those that are there, with an interval by whole articles."""
    there = np.array([value is not None for value in values], dtype=float)
    sums = np.array([float(value or 0) for value in values])
    totals = draws.totals([np.column_stack([sums, there])])
    with np.errstate(invalid="ignore"):
        return draws.interval(totals[:, 0] / totals[:, 1])


def _on_dev(model: Model, data_dir: Path, n_runs: int) -> Mapping[str, Any]:
    found = {}
    for split in DEV:
        dev = load_passages([split], data_dir)
        labels = list(model.labels)
        y = np.array([labels.index(stance) for stance in dev.stances])
        halves = cover_halves(
            model.predict_proba(dev.texts), y, group_codes(dev.groups, len(dev)), n_runs
        )
        found[split] = {"halves": halves, "stored": cover_stored(model, dev)}
    return found


@click.command()
@click.option("--runs", default=1000, show_default=True, help="Made-up corpora, and halvings.")
@click.option("--model", default="troops-en", show_default=True, help="Name or directory.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(runs: int, model: str, data_dir: Path, results: Path) -> None:
    """Count how often sets of labels hold the right one; write `results/conformal.json`."""
    loaded = load_model(model)
    try:
        dev = _on_dev(loaded, data_dir, runs)
    except ModelError as error:
        raise click.ClickException(str(error)) from None
    settings = {
        "n_runs": runs,
        "n_articles": N_ARTICLES,
        "mean_passages": MEAN_PASSAGES,
        "shares": SHARES,
        "other_shares": SHIFTED,
        "separation": SEPARATION,
    }
    facts = {"settings": settings, "labels": loaded.labels, "made_up": cover_made_up(runs)}
    write_result("conformal", {**facts, "dev": dev}, results)


if __name__ == "__main__":
    main()
