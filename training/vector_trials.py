"""How words and an encoder's vectors are best joined: `python -m training.vector_trials`.

Writes `results/vector_trials.json`. The weights of the recipe were chosen for words alone; here
they are chosen anew with vectors beside the words, or for vectors by themselves, whose scores are
then joined with those of the words. Out of fold throughout; the dev splits are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np

from stancekit import StancekitError
from training.encoder import WORDS
from training.passages import AUTHORED, DATA, Weight, load_passages
from training.scoring import RESULTS, write_result
from training.stacking import Labelled, Rows, gains, head_scores, judge
from training.trials import SHIPPED
from training.vectors import unit_vectors

__all__ = ["AS_SHIPPED", "VECTOR_TRIALS", "VectorTrial", "main"]

AS_SHIPPED = "as shipped"
# What the recipe chooses for words, and what does best for vectors by themselves.
_C, _C_ALONE = 30.0, 10.0
_LENGTH = 0.5


@dataclass(frozen=True)
class VectorTrial:
    """A way to use vectors.

    Attributes
    ----------
    verdict : str
    changes : mapping of split to weight; what differs from the recipe, for the vectors
    length : float; of the vectors beside the words, whose length is 1; 0 for words alone
    C : float
    is_joined : bool
        Whether vectors have weights of their own, and scores are joined: then ``changes`` leave
        those of the words as they are.
    """

    verdict: str
    changes: Mapping[str, Weight] = field(default_factory=dict)
    length: float = _LENGTH
    C: float = _C
    is_joined: bool = False


def _joined(verdict: str, C: float = _C_ALONE, **changes: Weight) -> VectorTrial:
    return VectorTrial(verdict, changes, 1.0, C, is_joined=True)


VECTOR_TRIALS: dict[str, VectorTrial] = {
    WORDS: VectorTrial("replaced", length=0.0),
    AS_SHIPPED: VectorTrial("kept"),
    "joined": _joined("rejected: log loss within noise, no gain in F1, and two models"),
    "joined, without authored passages": _joined("rejected: the same", authored=0.0),
    "without authored passages": VectorTrial("rejected: no gain", changes={AUTHORED: 0.0}),
    "news_train_more at weight 1": VectorTrial(
        "rejected: no gain", changes={"news_train_more": 1.0}
    ),
    "vectors of length 0.7": VectorTrial("rejected: worse on speeches", length=0.7),
    "authored at weight 0.2": VectorTrial("rejected: no gain", changes={AUTHORED: 0.2}),
}


def run_trial(
    trial: VectorTrial, rows: Rows, axes: np.ndarray, words: np.ndarray, data_dir: Path
) -> Labelled:
    """Label all passages out of fold; ``words`` are the scores of words alone."""
    if not trial.length:
        return judge(rows, [words])
    weight = np.array(load_passages({**SHIPPED, **trial.changes}, data_dir).weights)
    scores = head_scores(
        rows, trial.length * axes, trial.C, weight=weight, with_words=not trial.is_joined
    )
    return judge(rows, [words, scores] if trial.is_joined else [scores])


@click.command()
@click.option("--cache", type=click.Path(path_type=Path), required=True, metavar="STEM")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(cache: Path, data_dir: Path, results: Path) -> None:
    """Run all trials: about a quarter of an hour on a core.

    The vectors are read from STEM.npy and STEM.json, where `python -m training.encoder` or
    `python -m training.train troops-en-accurate` put them.
    """
    try:
        rows = Rows.of(load_passages(SHIPPED, data_dir))
        axes = unit_vectors(cache, rows.passages.texts)
        words = head_scores(rows, None, _C)
        found: dict[str, Labelled] = {}
        for name, trial in VECTOR_TRIALS.items():
            click.echo(name, err=True)
            found[name] = run_trial(trial, rows, axes, words, data_dir)
            if AS_SHIPPED in found:
                write_result("vector_trials", gains(rows, found, AS_SHIPPED), results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
