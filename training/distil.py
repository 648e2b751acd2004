"""Whether words learn from what the accurate model says of passages that nobody has labelled.

Soft labels: a passage is a row for each label that it may have, which weighs as much of it as the
label is likely. Each fold has a teacher, and students, that have not seen its articles.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from scipy.special import softmax

from stancekit import DataError, StancekitError
from stancekit.features import TextFeatures, beside
from stancekit.linear import fit_path, one_thread
from training.attention_graph import of_length_one
from training.encoder import WORDS
from training.heads import C, head_outputs, read_fold
from training.joined import JoinedClassifier
from training.passages import DATA, KINDS, STANCES, load_passages
from training.pool import unlabelled
from training.scoring import RESULTS, write_result
from training.stacking import Rows, fit_weights, gains, judge
from training.tokens import Tokens, read_tokens, write_tokens
from training.train import ENCODER_WEIGHTS, MODELS
from training.trials import SHIPPED

__all__ = ["RESULT", "TRIED", "Distillation", "Tried", "main"]

RESULT = "distil"
TEACHER = "troops-en-accurate"
# Of the probabilities of a passage, smaller ones are left out.
LEAST_SHARE = 0.02
_NEWS = KINDS.index("news")
_folder = click.Path(file_okay=False, path_type=Path)


@dataclass(frozen=True)
class Tried:
    """A way to learn from unlabelled passages.

    Attributes
    ----------
    verdict : str; what became of it, for the ledger
    weight : float; what an unlabelled passage counts in all
    is_taught : bool; whether its labels are the teacher's, or neutral whatever it says
    """

    verdict: str
    weight: float
    is_taught: bool = True


TRIED = {
    "soft labels at weight 3": Tried(
        "rejected: a lower log loss, but no gain in F1 beyond noise, and a larger model", 3.0
    ),
    "soft labels at weight 1": Tried("rejected: the same", 1.0),
    "soft labels at weight 0.3": Tried("rejected: the same", 0.3),
    "all neutral at weight 1": Tried(
        "rejected: most of what soft labels gain in log loss on news, none in F1",
        1.0,
        is_taught=False,
    ),
}


@dataclass(frozen=True)
class Distillation:
    """What teachers and students of all folds share.

    Attributes
    ----------
    rows : Rows
    vectors : ndarray of shape (n_passages, n_axes); the means of the labelled passages
    others : Tokens; of the unlabelled ones
    texts : list of str; the unlabelled ones
    mean, heads : ndarray of shape (n_passages, n_domains, n_classes)
        Scores out of fold, as `training.heads` keeps them.
    """

    rows: Rows
    vectors: np.ndarray
    others: Tokens
    texts: list[str]
    mean: np.ndarray
    heads: np.ndarray

    def taught(self, fold: int, kept: Path) -> np.ndarray:
        """What a teacher that has not seen a fold says of the unlabelled passages.

        Returns
        -------
        ndarray of shape (n_unlabelled, n_classes), rows sum to 1
        """
        rows, weight = self.rows, ENCODER_WEIGHTS[TEACHER]
        share = JoinedClassifier.share_of_heads["news"]
        train, _ = rows.folds[fold]
        learnt, words = train[rows.weight[train] > 0], TextFeatures()
        with one_thread():
            X = beside(
                words.fit_transform([rows.passages.texts[row] for row in learnt]),
                weight * of_length_one(self.vectors[learnt]),
            )
            mean = fit_path(X, rows.y[learnt], [C], rows.weight[learnt])[0]
            axes = weight * of_length_one(self.others.vectors)
            scores = mean.scores(beside(words.transform(self.texts), axes))
        found = read_fold(kept, fold)
        if found is None:
            raise DataError(f"{kept} lacks fold {fold}; run `python -m training.heads add` first")
        scores = scores + share * head_outputs(found[0], self.others, found[1])[:, : len(STANCES)]
        is_news = train[rows.is_of[train, _NEWS]]
        joined = self.mean[is_news, _NEWS] + share * self.heads[is_news, _NEWS]
        scales, bias = fit_weights(joined[:, None], rows.y[is_news], rows.weight[is_news])
        return np.asarray(softmax(scales[0] * scores + bias, axis=1))

    def student(self, fold: int, proba: np.ndarray, weight: float) -> np.ndarray:
        """Scores for news of a fold's passages, by words that learn from soft labels as well."""
        rows, texts = self.rows, self.rows.passages.texts
        train, held_out = rows.folds[fold]
        learnt, words = train[rows.weight[train] > 0], TextFeatures()
        soft, classes = np.nonzero(proba >= LEAST_SHARE)
        y = np.concatenate([rows.y[learnt], classes])
        counts = np.concatenate([rows.weight[learnt], weight * proba[soft, classes]])
        with one_thread():
            known = [texts[row] for row in learnt]
            X = words.fit_transform([*known, *(self.texts[row] for row in soft)])
            head = fit_path(X, y, [C], counts)[0]
            return head.scores(words.transform([texts[row] for row in held_out]))


@click.command()
@click.option("--tokens", "folder", type=_folder, required=True, help="Where states are.")
@click.option("--scores", type=_folder, required=True, help="Where `training.heads` kept its own.")
@click.option(
    "--encoder",
    type=_folder,
    default=MODELS / TEACHER / "encoder",
    help="What the states of unlabelled passages are taken from, if --scores has none yet.",
)
@click.option("--data", "data_dir", type=_folder, default=DATA)
@click.option("--results", type=_folder, default=RESULTS)
def main(folder: Path, scores: Path, encoder: Path, data_dir: Path, results: Path) -> None:
    """Measure, out of fold, what words learn from soft labels: a quarter of an hour."""
    try:
        rows = Rows.of(load_passages(SHIPPED, data_dir))
        texts = [row["text"] for row in unlabelled(data_dir)]
        others = scores / "unlabelled"
        if not others.is_dir():
            write_tokens(others, encoder, texts)
        heads = np.load(scores / "heads.npy").reshape(-1, len(KINDS), len(STANCES))
        trial = Distillation(
            rows,
            read_tokens(folder, rows.passages.texts).vectors,
            read_tokens(others, texts),
            texts,
            np.load(scores / "mean.npy"),
            heads,
        )
        words = np.load(scores / "words.npy")
        found, sides = {WORDS: words, **{name: words.copy() for name in TRIED}}, []
        for fold, (_, held_out) in enumerate(rows.folds):
            proba = trial.taught(fold, scores / "heads")
            sides.append((1 - proba[:, 0]).mean())
            neutral = np.eye(len(STANCES))[np.zeros(len(proba), dtype=int)]
            for name, tried in TRIED.items():
                labels = proba if tried.is_taught else neutral
                found[name][held_out, _NEWS] = trial.student(fold, labels, tried.weight)
            click.echo(f"fold {fold + 1} of {len(rows.folds)}", err=True)
        labelled = {name: judge(rows, [own]) for name, own in found.items()}
        facts = {
            "n_passages": len(texts),
            "share with a side": float(np.mean(sides)),
            "gains": gains(rows, labelled, WORDS),
        }
        write_result(RESULT, facts, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
