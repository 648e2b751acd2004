"""Does more of a kind of text help: `python -m training.learning_curve`.

The shipped recipe is cross-validated with a part of the groups of one kind of training text and all
of the others; `results/learning_curve.json` has the scores. The dev splits are not read.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import StancekitError
from stancekit.cli.options import plot_option
from stancekit.plots import check_plot
from training.benchmarks.pictures import draw_learning_curve
from training.passages import AUTHORED, DATA, Passages, load_passages
from training.scoring import RESULTS, write_result
from training.train import SEED
from training.trials import SHIPPED, Trial, predict_passages, score_by_split

__all__ = ["FRACTIONS", "KINDS", "learning_curve", "main", "thin_out"]

# The splits of each kind of text.
KINDS = {
    "news": ("news_train", "news_train_more", "news_train_picked"),
    "speeches": ("speeches_train", "speeches_train_picked", "speeches_train_rest"),
    "authored": (AUTHORED,),
}
FRACTIONS = (0.25, 0.5)


def thin_out(passages: Passages, kind: str, fraction: float) -> Passages:
    """The passages with no weight on those of a kind whose group is not among the part drawn."""
    splits = KINDS[kind]
    of_kind = np.isin(passages.splits, splits)
    groups = np.array(passages.groups, dtype=object)
    names = sorted(set(groups[of_kind]))
    drawn = np.random.default_rng(SEED).permutation(len(names)) < round(fraction * len(names))
    kept = {name for name, is_drawn in zip(names, drawn, strict=True) if is_drawn}
    weights = [
        0.0 if split in splits and group not in kept else weight
        for split, group, weight in zip(
            passages.splits, passages.groups, passages.weights, strict=True
        )
    ]
    return replace(passages, weights=weights)


def learning_curve(passages: Passages, n_jobs: int) -> dict[str, dict[str, Any]]:
    """Held-out scores by kind of text and fraction of it; a fraction of 1 is all there is."""
    whole = _scores(passages, n_jobs)
    curve: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        curve[kind] = {}
        for fraction in FRACTIONS:
            click.echo(f"{kind}, {fraction:g} of it", err=True)
            curve[kind][f"{fraction:g}"] = _scores(thin_out(passages, kind, fraction), n_jobs)
        curve[kind]["1"] = whole
    return curve


def _scores(passages: Passages, n_jobs: int) -> dict[str, Any]:
    predicted = predict_passages(Trial("", SHIPPED), passages, n_jobs)
    return score_by_split(passages, predicted)


@click.command()
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
@click.option("--jobs", default=2, show_default=True, help="Folds fitted at once.")
@plot_option
@click.option("--force", is_flag=True, help="Replace the picture if it is there.")
def main(data_dir: Path, results: Path, jobs: int, plot: Path | None, force: bool) -> None:
    """Draw the learning curves: about a quarter of an hour on two cores."""
    try:
        if plot is not None:
            check_plot(plot, force=force)
        curve = learning_curve(load_passages(SHIPPED, data_dir), jobs)
        write_result("learning_curve", curve, results)
        if plot is not None:
            draw_learning_curve(curve, plot)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
