"""Run a method on a set, and say how well it did: what `results/benchmarks.json` holds."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from training.benchmarks.stance.methods import Guess, Method
from training.benchmarks.stance.metrics import differences, score_all
from training.benchmarks.stance.rows import Rows, seen_before, sha256
from training.benchmarks.stance.sets import SEED, BenchmarkSet, files_of, splits_of

__all__ = [
    "Trial",
    "about_run",
    "difference",
    "leave_target_out",
    "method_facts",
    "run_method",
    "set_facts",
]


@dataclass(frozen=True)
class Trial:
    """A set in its splits; ``test`` has the rows to score of all of them, one after the other."""

    found: BenchmarkSet
    splits: list[tuple[Rows, Rows]]
    test: Rows
    is_seen: np.ndarray

    @classmethod
    def of(cls, found: BenchmarkSet, data: Path) -> Trial:
        """Read a set; raises DataError as `read_rows`."""
        splits = list(splits_of(found, data))
        is_seen = np.concatenate([seen_before(*split) for split in splits])
        return cls(found, splits, joined([test for _, test in splits]), is_seen)

    @property
    def texts(self) -> list[str]:
        """All different texts, sorted."""
        return sorted({text for split in self.splits for rows in split for text in rows.texts})

    @property
    def groups(self) -> list[str] | None:
        """What the bootstrap draws together."""
        return self.test.targets if self.found.cluster else None


def set_facts(trial: Trial, data: Path) -> dict[str, Any]:
    """What a reader needs to know of a set, whatever is run on it."""
    found, test = trial.found, trial.test
    return {
        "title": found.title,
        "metric": found.metric,
        "files": {path.name: sha256(path) for path in files_of(found, data)},
        "n_train": len(trial.splits[0][0]),
        "n_test": len(test),
        "n_folds": len(trial.splits) if len(trial.splits) > 1 else None,
        "n_targets": len(set(test.targets)),
        "are_known": found.are_known,
        "n_seen": int(trial.is_seen.sum()),
        "drawn": "targets" if found.cluster else "passages",
        "published": [vars(one) for one in found.published],
    }


def run_method(trial: Trial, method: Method) -> tuple[dict[str, Any], list[str]]:
    """Scores and speed of a method, and its labels in the order of ``trial.test``."""
    parts = [method(*split) for split in trial.splits]
    labels = [label for part in parts for label in part.labels]
    return method_facts(trial, labels, parts), labels


def method_facts(trial: Trial, labels: list[str], parts: list[Guess]) -> dict[str, Any]:
    """Scores on all rows and on those whose text is not in the training part, and speed."""
    seconds = sum(part.predict_seconds for part in parts)
    facts = {
        "scores": score_all(trial.test.labels, labels, trial.test.targets, groups=trial.groups),
        "train_seconds": round(sum(part.train_seconds for part in parts) / len(parts), 2),
        "passages_per_second": round(len(labels) / seconds) if seconds else None,
    }
    if trial.is_seen.any() and not trial.is_seen.all():
        kept = np.flatnonzero(~trial.is_seen)
        new = trial.test.take(kept)
        groups = new.targets if trial.found.cluster else None
        told = [labels[row] for row in kept]
        facts["scores_of_new"] = score_all(new.labels, told, new.targets, groups=groups)
    return facts


def difference(trial: Trial, one: list[str], other: list[str]) -> dict[str, float]:
    """The official metric of ``one`` less that of ``other``, with a paired interval."""
    test, metric = trial.test, trial.found.metric
    return vars(differences(metric, test.labels, one, other, test.targets, groups=trial.groups))


def leave_target_out(trial: Trial, method: Method) -> dict[str, Any]:
    """Scores on the test rows of each target by a fit on the training rows of all the others."""
    ((train, test),) = trial.splits
    names = sorted(set(test.targets))
    parts = [(train.on(name, others=True), test.on(name)) for name in names]
    labels = [method(*part).labels for part in parts]
    gold = joined([rows for _, rows in parts])
    pooled = score_all(gold.labels, [x for one in labels for x in one], gold.targets)
    by_target = {
        name: score_all(rows.labels, told, rows.targets)[_of_one(trial.found.metric)]
        for name, (_, rows), told in zip(names, parts, labels, strict=True)
    }
    return {"scores": pooled, "by_target": by_target}


def _of_one(metric: str) -> str:
    return "macro_f1" if metric == "macro_f1_by_target" else metric


def joined(parts: list[Rows]) -> Rows:
    """Rows one after the other."""
    names = ("ids", "texts", "targets", "labels")
    return Rows(*([x for part in parts for x in getattr(part, name)] for name in names))


def about_run(packages: tuple[str, ...] = ("stancekit", "scikit-learn", "numpy", "scipy")) -> Any:
    """Versions, machine and seed."""
    return {
        "versions": {"python": platform.python_version(), **_versions(packages)},
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "seed": SEED,
    }


def _versions(packages: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
