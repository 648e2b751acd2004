"""The sets, each with its official split and metric, and what others have published on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from stancekit import DataError
from stancekit.splits import grouped_folds
from training.benchmarks.stance.rows import Rows, read_rows, read_splits

__all__ = ["SETS", "BenchmarkSet", "Published", "find_set", "splits_of"]

SEED = 0


@dataclass(frozen=True)
class Published:
    """A score from the literature; ``is_read`` says that somebody read it in its source."""

    system: str
    score: float
    source: str
    is_read: bool = True


@dataclass(frozen=True)
class BenchmarkSet:
    """A set in a folder of JSON lines.

    Attributes
    ----------
    folder : str, below the folder of all sets
    title : str
    metric : str, a name in `METRICS`; the official one
    train : tuple of str, the files without ``.jsonl``
    test : str or None; None where the set has no split of its own and folds are held out
    n_folds : int, of a set without a split
    are_known : bool; whether the targets of the test stand in the training part, all but a few
    cluster : bool; whether intervals draw whole targets, which is right where targets are many
    published : tuple of Published
    """

    folder: str
    title: str
    metric: str
    train: tuple[str, ...] = ("train",)
    test: str | None = "test"
    n_folds: int = 10
    are_known: bool = True
    cluster: bool = False
    published: tuple[Published, ...] = ()


_ORGANISERS = "Mohammad et al. 2016"

SETS = {
    "semeval-6a": BenchmarkSet(
        "semeval2016-task6",
        "SemEval-2016 Task 6 A (tweets, 5 targets)",
        "f_avg",
        published=(
            Published("SVM of the organisers, n-grams, one a target", 0.6898, _ORGANISERS),
            Published("best of 19 teams (MITRE)", 0.6782, _ORGANISERS),
            Published("majority label of each target", 0.6522, _ORGANISERS),
        ),
    ),
    "semeval-6b": BenchmarkSet(
        "semeval2016-task6",
        "SemEval-2016 Task 6 B (tweets on a target without training data)",
        "f_avg",
        test="test_taskB",
        are_known=False,
        published=(
            Published("best team (pkudblab; labels unlabelled tweets)", 0.5628, _ORGANISERS),
            Published("majority label", 0.2972, _ORGANISERS),
            Published("SVM of the organisers, n-grams", 0.2843, _ORGANISERS),
        ),
    ),
    "gwsd": BenchmarkSet("gwsd", "GWSD (news sentences on global warming)", "macro_f1"),
    "covid19-stance": BenchmarkSet(
        "covid19-stance", "COVID-19-Stance (tweets, 4 targets)", "macro_f1_by_target"
    ),
    "mpchi": BenchmarkSet(
        "mpchi", "MPCHI (sentences on 5 questions of health)", "macro_f1_by_target"
    ),
    "perspectrum": BenchmarkSet(
        "perspectrum",
        "PERSPECTRUM (perspectives on claims not seen)",
        "macro_f1",
        are_known=False,
        cluster=True,
        published=(
            Published("people", 0.909, "Chen et al. 2019", is_read=False),
            Published("BERT, fine-tuned", 0.708, "Chen et al. 2019", is_read=False),
        ),
    ),
    "ibm-argq-30k": BenchmarkSet(
        "ibm-argq-30k",
        "IBM-ArgQ-30k (arguments on topics not seen)",
        "macro_f1",
        are_known=False,
        cluster=True,
    ),
    "procon20": BenchmarkSet(
        "procon20", "Procon20 (paragraphs on 417 questions)", "macro_f1", cluster=True
    ),
    "handeset": BenchmarkSet(
        "handeset",
        "HanDeSeT (speeches on motions; 10 folds, drawn by chance)",
        "accuracy",
        train=("all",),
        test=None,
    ),
    "ibm-claim-stance": BenchmarkSet(
        "ibm-claim-stance",
        "IBM Claim Stance (claims on topics not seen)",
        "accuracy",
        are_known=False,
        n_folds=5,
        cluster=True,
    ),
    "persuasive-essays": BenchmarkSet(
        "persuasive-essays",
        "Persuasive essays (claim, main claim or premise)",
        "macro_f1",
        published=(
            Published("people", 0.868, "Stab and Gurevych 2017", is_read=False),
            Published(
                "SVM with structure and joint model", 0.826, "Stab and Gurevych 2017", is_read=False
            ),
        ),
    ),
    "p-stance": BenchmarkSet("p-stance", "P-Stance (tweets on 3 politicians)", "f_avg"),
    "vast": BenchmarkSet(
        "vast", "VAST (comments, most topics not seen)", "macro_f1", are_known=False, cluster=True
    ),
}

# Of somebody's own set: targets count as known where so many of the rows to score are on one that
# is in the training part; and whole targets are drawn where there are more than so many.
_KNOWN, _MANY = 0.9, 20


def find_set(name: str, data: Path) -> BenchmarkSet:
    """A set by its name, or any folder or file below ``data`` that holds one.

    A folder has `train.jsonl` and `test.jsonl`, or `all.jsonl`; `all.jsonl` and a file
    `NAME.jsonl` say in ``split`` which rows are "train" and which "test".

    Raises
    ------
    DataError
        When there is neither.
    """
    if name in SETS:
        return SETS[name]
    plain = BenchmarkSet(name, name, "macro_f1")
    if not all(path.is_file() for path in files_of(plain, data)):
        raise DataError(
            f"unknown set {name!r}; expected one of {', '.join(SETS)}, or in {data} a folder "
            f"{name} with train.jsonl and test.jsonl, or a file {name}.jsonl with `split` in its "
            "rows"
        )
    train, test = next(splits_of(plain, data))
    known = set(train.targets)
    share = sum(target in known for target in test.targets) / len(test)
    is_many = len(set(test.targets)) > _MANY
    return replace(plain, are_known=share >= _KNOWN, cluster=is_many)


def files_of(found: BenchmarkSet, data: Path) -> list[Path]:
    """The files of a set, those to learn from first.

    A set whose test part is elsewhere is scored on folds of its training part.
    """
    folder = data / found.folder
    for whole in (folder.with_name(f"{folder.name}.jsonl"), folder / "all.jsonl"):
        if whole.is_file():
            return [whole]
    test = folder / f"{found.test}.jsonl"
    return [folder / f"{part}.jsonl" for part in found.train] + [test] * test.is_file()


def splits_of(found: BenchmarkSet, data: Path) -> Iterator[tuple[Rows, Rows]]:
    """Pairs of rows to learn from and rows to score: one, or one a fold.

    Raises
    ------
    DataError
        As `read_rows`.
    """
    files = files_of(found, data)
    n_train = len(found.train)
    if len(files) > n_train:
        yield read_rows(files[:n_train]), read_rows(files[n_train:])
        return
    parts = read_splits(files[0]) if len(files) == 1 else {"train": read_rows(files)}
    if "train" not in parts:
        raise DataError(
            f"{files[0]} has rows of {', '.join(map(repr, sorted(parts)))} in `split` and none of "
            "'train'; name the rows to learn from so"
        )
    train = parts["train"]
    if "test" in parts:
        yield train, parts["test"]
        return
    groups = None if found.are_known else train.targets
    for learnt, held_out in grouped_folds(
        train.labels, groups, n_folds=found.n_folds, random_state=SEED, n_left=2
    ):
        yield train.take(learnt), train.take(held_out)
