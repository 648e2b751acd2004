"""`results/benchmarks.json`: a place for each set and method, filled by one run or by many."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.benchmarks.stance.run import Trial, difference, set_facts
from training.scoring import read_result, write_result

__all__ = ["RESULT", "Store"]

RESULT = "benchmarks"


@dataclass(frozen=True)
class Store:
    """Where results are put.

    Attributes
    ----------
    results : Path; the folder of the file
    predictions : Path or None
        Folder with the labels of each method by id; without it nothing is paired.
    """

    results: Path
    predictions: Path | None = None

    def add(
        self,
        name: str,
        trial: Trial,
        data: Path,
        method: str,
        found: dict[str, Any],
        labels: list[str],
        *,
        first: str,
    ) -> None:
        """Put a method's scores in their place, and every difference to ``first`` beside scores.

        Scores of other methods stay where they are of the same files.
        """
        facts = set_facts(trial, data)
        with self._locked():
            stored = self.read()
            earlier = stored["sets"].get(name, {})
            kept = earlier.get("methods", {}) if earlier.get("files") == facts["files"] else {}
            methods = {**kept, method: found}
            if self.predictions is not None:
                self._pair(name, trial, methods, method, labels, first)
            stored["sets"][name] = {**facts, "methods": methods}
            write_result(RESULT, stored, self.results)

    def add_run(self, methods: Sequence[str], sets: Sequence[str] | str, facts: Any) -> None:
        """Put down how long a whole run took, in the place of the same one."""
        about = {"methods": list(methods), "sets": sets, **facts}
        with self._locked():
            stored = self.read()
            others = [
                one
                for one in stored["runs"]
                if (one["methods"], one["sets"]) != (about["methods"], about["sets"])
            ]
            stored["runs"] = [*others, about]
            write_result(RESULT, stored, self.results)

    def read(self) -> dict[str, Any]:
        """What is there so far."""
        empty: dict[str, Any] = {"sets": {}, "runs": []}
        if not (self.results / f"{RESULT}.json").exists():
            return empty
        return {**empty, **read_result(RESULT, self.results)}

    def _pair(
        self,
        name: str,
        trial: Trial,
        methods: dict[str, Any],
        method: str,
        labels: list[str],
        first: str,
    ) -> None:
        folder = self.predictions or Path()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        kept[method] = dict(zip(trial.test.ids, labels, strict=True))
        path.write_text(json.dumps(kept, indent=0), encoding="utf-8")
        ids = trial.test.ids
        told = {
            one: [by_id[row] for row in ids]
            for one, by_id in kept.items()
            if by_id.keys() == set(ids)
        }
        for one in methods:
            if one != first and first in told and one in told and first in methods:
                methods[one]["difference"] = difference(trial, told[one], told[first])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let runs of several environments write one after the other."""
        self.results.mkdir(parents=True, exist_ok=True)
        folder = os.open(self.results, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)
