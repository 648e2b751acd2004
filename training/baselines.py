"""What a plain pipeline reaches on the dev splits: `python -m training.baselines`.

These are there to be beaten, not to be chosen from.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from stancekit import StancekitError
from training.passages import AUTHORED, DATA, load_passages
from training.scoring import RESULTS, score_on_dev, write_result

__all__ = ["BASELINES", "main", "run_baseline"]

BASELINES: dict[str, Sequence[str]] = {
    "trained on news": ("news_train", "news_train_more"),
    "trained on speeches": ("speeches_train",),
    "trained on both": ("news_train", "news_train_more", "speeches_train"),
    "trained on both and authored": (
        "news_train",
        "news_train_more",
        "speeches_train",
        AUTHORED,
    ),
    "trained on authored": (AUTHORED,),
}


def run_baseline(splits: Sequence[str], data_dir: Path) -> dict[str, Any]:
    """Dev scores of scikit-learn's TF-IDF of words and word pairs and logistic regression."""
    passages = load_passages(splits, data_dir)
    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        # Without the class weights it labels nearly all news neutral.
        LogisticRegression(class_weight="balanced", max_iter=5000),
    )
    pipeline.fit(passages.texts, passages.stances)
    return {"splits": list(splits), **score_on_dev(pipeline, data_dir)}


@click.command()
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(data_dir: Path, results: Path) -> None:
    """Fit and score the baselines; write `results/baselines.json`."""
    try:
        found = {name: run_baseline(splits, data_dir) for name, splits in BASELINES.items()}
        write_result("baselines", found, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
