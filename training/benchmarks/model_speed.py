"""Speed and size of the shipped models: `python -m training.benchmarks.model_speed`.

Passages a second on one core, without voices, over passages of the corpus written for this project;
seconds of the whole command for one article, with the start of Python and all imports; bytes of the
directory. Both times are those of the processor, the best of three, so that others on the machine
count for little.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from stancekit import load_model, shipped_models
from training.corpus.jsonl import read_rows
from training.one_core import one_core
from training.scoring import RESULTS, write_result
from training.train import RECIPES

__all__ = ["main", "measure_model"]

ROOT = Path(__file__).parent.parent.parent
CORPUS = ROOT / "training" / "corpus" / "passages.jsonl"
ARTICLE = ROOT / "examples" / "iraq-debate.txt"
_COMMAND = "from stancekit.cli import main; main()"
_N_RUNS = 3


def measure_model(name: str, texts: list[str]) -> dict[str, float]:
    """Figures of one model; the fastest of three runs each, as others may use the machine too."""
    model = load_model(name)
    model.predict_proba(texts[:8])  # what is opened at first use
    directory = shipped_models()[name]
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {
        "passages_per_second": len(texts) / _fastest(lambda: list(model.analyze_passages(texts))),
        "cold_seconds": _fastest(lambda: _predict(name)),
        "megabytes": sum(path.stat().st_size for path in files) / 1e6,
    }


def _fastest(work: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(_N_RUNS):
        start = _processor_seconds()
        work()
        seconds.append(_processor_seconds() - start)
    return min(seconds)


def _processor_seconds() -> float:
    """Of this process, and of those that it has started and that have ended."""
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def _predict(name: str) -> None:
    command = [sys.executable, "-c", _COMMAND, "predict", str(ARTICLE), "--model", name]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@click.command()
@click.option("--passages", default=400, show_default=True, help="Of the corpus, evenly spread.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(passages: int, results: Path) -> None:
    """Measure each shipped model; on Linux on one core alone."""
    rows = read_rows(CORPUS)
    texts = [rows[place * len(rows) // passages]["text"] for place in range(passages)]
    facts: dict[str, Any] = {
        "machine": platform.machine(),
        "clock": "processor",
        "n_passages": passages,
        "mean_words": sum(len(text.split()) for text in texts) / passages,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }
    with one_core():
        facts["models"] = {name: measure_model(name, texts) for name in RECIPES}
    write_result("model_speed", facts, results)


if __name__ == "__main__":
    main()
