"""What calibration is worth: `python -m training.benchmarks.calibration`.

Made up: scores that are too sure of themselves and lean to one label, from known probabilities;
how far are the probabilities off, before and after? On the dev articles: the calibration error of
`troops-en` with the softmax of its scores, and as it is.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from scipy.special import softmax

from stancekit import Model, evaluate, load_model
from stancekit.calibration import fit_temperature
from stancekit.evaluation import Evaluation
from training.passages import DATA, load_passages
from training.scoring import RESULTS, write_result
from training.standoff import DEV

__all__ = ["calibrate_made_up", "main", "uncalibrated"]

N_FIT, N_NEW = 500, 5000
# Made-up scores are this much too large, and lean by this much to the first label.
TOO_SURE, LEANING = 3.0, 1.5


def calibrate_made_up(n_runs: int, random_state: int = 0) -> dict[str, float]:
    """Mean distance of probabilities from the known ones, before and after calibration.

    Returns
    -------
    dict with ``before`` and ``after``, in [0, 1]: of the right probability of each label the
    absolute difference, mean over labels, passages and runs
    """
    rng = np.random.default_rng(random_state)
    gaps = []
    for _ in range(n_runs):
        true_scores = rng.normal(size=(N_FIT + N_NEW, 3))
        true = softmax(true_scores, axis=1)
        y = (rng.random((len(true), 1)) > true.cumsum(axis=1)[:, :-1]).sum(axis=1)
        scores = TOO_SURE * (true_scores + LEANING * np.eye(3)[0])
        scale, bias, _ = fit_temperature(scores[:N_FIT], y[:N_FIT], np.ones(N_FIT))
        before = softmax(scores[N_FIT:], axis=1)
        after = softmax(scale * scores[N_FIT:] + bias, axis=1)
        gaps.append([abs(proba - true[N_FIT:]).mean() for proba in (before, after)])
    before_gap, after_gap = np.mean(gaps, axis=0).tolist()
    return {"before": before_gap, "after": after_gap}


def uncalibrated(model: Model) -> Model:
    """The model with the softmax of its scores as probabilities; labels stay as they are."""
    stance = copy(model.stance)
    plain = stance.calibration_
    stance.calibration_ = replace(
        plain, scale=np.ones_like(plain.scale), bias=np.zeros_like(plain.bias)
    )
    return replace(model, stance=stance)


def _facts(found: Evaluation) -> dict[str, Any]:
    whole = found.to_dict()
    return {name: whole[name] for name in ("ece", "brier", "reliability")}


@click.command()
@click.option("--runs", default=200, show_default=True, help="Made-up sets of passages.")
@click.option("--model", default="troops-en", show_default=True, help="Name or directory.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(runs: int, model: str, data_dir: Path, results: Path) -> None:
    """Score probabilities before and after calibration; write `results/calibration.json`."""
    settings = {"n_runs": runs, "n_fit": N_FIT, "too_sure": TOO_SURE, "leaning": LEANING}
    facts: dict[str, Any] = {"settings": settings, "made_up": calibrate_made_up(runs), "dev": {}}
    loaded = load_model(model)
    for split in DEV:
        dev = load_passages([split], data_dir)
        facts["dev"][split] = {
            name: _facts(evaluate(one, dev.texts, dev.stances, groups=dev.groups))
            for name, one in (("before", uncalibrated(loaded)), ("after", loaded))
        }
    write_result("calibration", facts, results)


if __name__ == "__main__":
    main()
