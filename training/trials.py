"""What was tried for `troops-en`: `python -m training.trials` writes `results/trials.json`.

Each variant of the recipe is scored by cross-validation over whole articles of the real training
passages; the dev splits are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from stancekit import StanceClassifier, StancekitError, score
from stancekit.crossval import HeldOut, out_of_fold
from stancekit.features import TOKEN, TextFeatures, read_text
from stancekit.splits import grouped_folds
from training.passages import AUTHORED, DATA, Passages, Weight, load_passages
from training.scoring import RESULTS, read_result, write_result
from training.train import IGNORED_NAMES, RECIPES, SEED, SHARING

__all__ = [
    "EARLIER",
    "SCORED",
    "SHIPPED",
    "TRIALS",
    "Trial",
    "main",
    "predict_held_out",
    "predict_passages",
    "read_held_out",
    "run_trial",
    "score_by_split",
]

SHIPPED = RECIPES["troops-en"]
# The recipe before there were picked passages, from which most variants start.
EARLIER: dict[str, Weight] = {
    AUTHORED: 0.5,
    "news_train": 1.0,
    "news_train_more": 0.3,
    "speeches_train": 1.0,
}
# The strength that the shipped recipe chooses; choosing anew in every trial would take hours.
_C = 30.0
# The splits that a variant is scored on, held out.
SCORED = ("news_train", "speeches_train")


class _WithCharacters(StanceClassifier):
    def _features(self, *, crossed: bool = False) -> Any:
        characters = TfidfVectorizer(
            preprocessor=read_text,
            analyzer="char_wb",
            ngram_range=(3, 5),
            min_df=2,
            sublinear_tf=True,
        )
        return FeatureUnion([("words", TextFeatures()), ("characters", characters)])


class _WithPrefixes(StanceClassifier):
    def _features(self, *, crossed: bool = False) -> Any:
        prefixes = TfidfVectorizer(
            preprocessor=_prefixes,
            token_pattern=TOKEN,
            ngram_range=(1, 2),
            min_df=2,
            sublinear_tf=True,
        )
        return FeatureUnion([("words", TextFeatures()), ("prefixes", prefixes)])


def _prefixes(text: str) -> str:
    """Words cut to five letters, a stemming that needs no language."""
    return " ".join(word[:5] for word in read_text(text).split())


@dataclass(frozen=True)
class Trial:
    """A variant of a recipe.

    Attributes
    ----------
    verdict : str; what became of it, for the ledger
    weights : mapping of split to weight, as `load_passages` takes it
    by_domain : bool; whether news and speeches have calibrations of their own
    classifier : type of StanceClassifier
    settings : mapping; what differs from the classifier's defaults
    """

    verdict: str
    weights: Mapping[str, Weight] = field(default_factory=lambda: EARLIER)
    by_domain: bool = True
    classifier: type[StanceClassifier] = StanceClassifier
    settings: Mapping[str, Any] = field(default_factory=dict)


def _weighing(**changes: Weight) -> dict[str, Weight]:
    """The earlier recipe with changes; a weight of 0 leaves a split out."""
    weights = {**EARLIER, **changes}
    return {split: weight for split, weight in weights.items() if weight}


def _before_speeches(**changes: Weight) -> dict[str, Weight]:
    """The recipe before the picked speeches and the rest were learnt from, with changes.

    What counts 0 stays, so that all variants of it have the same folds.
    """
    return {
        AUTHORED: 0.5,
        "news_train": 1.0,
        "news_train_more": 0.3,
        "news_train_picked": {"neutral": 0.1},
        "speeches_train": 1.0,
        "speeches_train_picked": 0.0,
        **changes,
    }


TRIALS: dict[str, Trial] = {
    "as shipped": Trial("kept", SHIPPED, settings={"ignore_names": IGNORED_NAMES["troops-en"]}),
    "without the picked speeches and the rest (below: likewise, and each speech counts 1)": Trial(
        "replaced",
        {**SHIPPED, "speeches_train_picked": 0.0, "speeches_train_rest": 0.0},
        settings={"ignore_names": IGNORED_NAMES["troops-en"]},
    ),
    "no word with a capital has a say": Trial(
        "rejected: alike here, and worse on the dev splits",
        _before_speeches(),
        settings={"ignore_names": True},
    ),
    "names have a say (below: they have)": Trial(
        "rejected: no gain, and labels that hang on who is named", _before_speeches()
    ),
    "with the picked speeches alone": Trial(
        "rejected: no gain beyond noise",
        _before_speeches(speeches_train_picked={"neutral": 0.2}),
    ),
    "picked news, neutral at full weight": Trial(
        "rejected: no gain", _before_speeches(news_train_picked=1.0)
    ),
    "without the picked news": Trial(
        "rejected: alike by F1, but of a higher log loss on three draws of the folds",
        _before_speeches(news_train_picked=0.0),
    ),
    "without any picked passage (below: the same, with one change)": Trial("replaced"),
    "speeches share the weights of news": Trial(
        "rejected: worse on speeches", settings={"sharing": 1.0}
    ),
    "each kind has weights of its own": Trial("rejected: worse on news", settings={"sharing": 0.0}),
    "one calibration for news and speeches": Trial("rejected: worse on news", by_domain=False),
    "the likeliest label (lean 0)": Trial(
        "rejected: hardly finds a side in news", settings={"lean": 0.0}
    ),
    "balanced class weights, lean 0": Trial(
        "rejected: calibration takes the weights back, so it is lean 0 again",
        settings={"lean": 0.0, "class_weight": "balanced"},
    ),
    "without authored passages": Trial("rejected: worse on news", _weighing(authored=0)),
    "authored at weight 0.2": Trial("rejected: no gain", _weighing(authored=0.2)),
    "authored at weight 1": Trial("rejected: no gain", _weighing(authored=1.0)),
    "news_train_more at weight 1": Trial("rejected: worse on news", _weighing(news_train_more=1.0)),
    "without news_train_more": Trial("rejected: worse on news", _weighing(news_train_more=0)),
    "news alone": Trial("rejected: worse on news", _weighing(speeches_train=0, authored=0)),
    "speeches alone": Trial(
        "rejected: useless on news",
        _weighing(news_train=0, news_train_more=0, authored=0),
    ),
    "single words": Trial("rejected: no gain", settings={"ngram_range": (1, 1)}),
    "one to three words": Trial("rejected: no gain, larger", settings={"ngram_range": (1, 3)}),
    "terms of single passages too": Trial("rejected: no gain, larger", settings={"min_df": 1}),
    "with character 3-5-grams": Trial(
        "rejected: no gain for many times the time", classifier=_WithCharacters
    ),
    "with five-letter prefixes": Trial(
        "rejected: no gain for twice the terms", classifier=_WithPrefixes
    ),
    **{
        f"off-topic passages as neutral news, weight {weight:g}": Trial(
            f"rejected: {why}", _weighing(off_topic_train=weight)
        )
        for weight, why in (
            (0.1, "no gain, and a side for 9 % of those held out"),
            (0.3, "no gain; the guard turns more away"),
            (1.0, "worse on both; the guard turns more away"),
        )
    },
    "C = 3": Trial("rejected: higher log loss", settings={"Cs": (3.0,)}),
    "C = 100": Trial("rejected: no gain", settings={"Cs": (100.0,)}),
}


def run_trial(trial: Trial, data_dir: Path, n_jobs: int) -> dict[str, Any]:
    """Held-out scores of a variant on the real training passages."""
    return {"scores": score_by_split(*predict_held_out(trial, data_dir, n_jobs))}


def score_by_split(passages: Passages, predicted: np.ndarray) -> dict[str, Any]:
    """Scores on those of `SCORED` that the passages hold."""
    found = {}
    for split in SCORED:
        rows = np.flatnonzero(np.array(passages.splits) == split)
        part = passages.take(rows)
        if len(part):
            found[split] = score(part.stances, predicted[rows], groups=part.groups).to_dict()
    return found


def predict_held_out(trial: Trial, data_dir: Path, n_jobs: int) -> tuple[Passages, np.ndarray]:
    """The passages of a variant and the label of each by a fit without its article."""
    passages = load_passages(dict(trial.weights), data_dir)
    return passages, predict_passages(trial, passages, n_jobs)


def predict_passages(trial: Trial, passages: Passages, n_jobs: int) -> np.ndarray:
    """The label of each passage by a fit without its article."""
    predicted: np.ndarray = read_held_out(trial, passages, n_jobs).predicted
    return predicted


def read_held_out(trial: Trial, passages: Passages, n_jobs: int) -> HeldOut:
    """Labels and probabilities of each passage by a fit without its article.

    Variants that learn from the same splits have the same folds.
    """
    domains = {domain for domain in passages.domains if domain and trial.by_domain}
    settings = {"Cs": (_C,), "sharing": SHARING, "random_state": SEED, **trial.settings}
    if isinstance(settings["sharing"], dict):
        settings["sharing"] = {d: share for d, share in settings["sharing"].items() if d in domains}
    classifier = trial.classifier(**settings)
    strata = [f"{split} {y}" for split, y in zip(passages.splits, passages.stances, strict=True)]
    folds = grouped_folds(strata, passages.groups, random_state=SEED + 1)
    params: dict[str, Any] = {"sample_weight": passages.weights}
    if trial.by_domain:
        params["domains"] = [domain or "" for domain in passages.domains]
    return out_of_fold(
        classifier,
        passages.texts,
        passages.stances,
        folds,
        groups=passages.groups,
        fit_params=params,
        n_jobs=n_jobs,
    )


@click.command()
@click.argument("names", nargs=-1, metavar="[TRIAL]...", type=click.Choice(list(TRIALS)))
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
@click.option("--jobs", default=2, show_default=True, help="Folds fitted at once.")
def main(names: tuple[str, ...], data_dir: Path, results: Path, jobs: int) -> None:
    """Run the named trials anew, or all of them: about half an hour on two cores."""
    try:
        found = read_result("trials", results) if names else {}
        for name in names or TRIALS:
            click.echo(name, err=True)
            found[name] = run_trial(TRIALS[name], data_dir, jobs)
            write_result("trials", {name: found[name] for name in TRIALS if name in found}, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
