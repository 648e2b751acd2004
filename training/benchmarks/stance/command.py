"""The command: `python -m training.benchmarks run`."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import click

from stancekit import StancekitError
from training.benchmarks.stance import methods as ours
from training.benchmarks.stance.methods import Method
from training.benchmarks.stance.peers import PEERS
from training.benchmarks.stance.run import Trial, about_run, leave_target_out, run_method
from training.benchmarks.stance.sets import SETS, BenchmarkSet, files_of, find_set
from training.benchmarks.stance.store import Store
from training.benchmarks.stance.weight import cold_start, install_megabytes
from training.scoring import RESULTS

__all__ = ["run"]

FIRST, HYBRID, ACCURATE = "linear", "hybrid-", "accurate"
OURS = ("majority", "text", FIRST)
# Sets with several known targets, each of which can be left out.
CLOSED = ("semeval-6a", "covid19-stance", "mpchi", "p-stance")


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder with a folder of JSON lines for each set: id, text, target, label.",
)
@click.option(
    "--sets",
    "names",
    metavar="NAME[,NAME]...",
    help="Which sets, by name or by folder (with train.jsonl and test.jsonl). Default: all known "
    "ones that DIR has.",
)
@click.option(
    "--methods",
    "chosen",
    metavar="NAME[,NAME]...",
    default=",".join(OURS),
    show_default=True,
    help=f"Also: {ACCURATE} (the encoder of troops-en-accurate beside the words), hybrid-NAME "
    f"(needs --vectors), and the peers {', '.join(PEERS)}, each in an environment that has it.",
)
@click.option(
    "--vectors",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="For hybrid-NAME: a folder with NAME/FOLDER.npy and NAME/FOLDER.json, the vectors of the "
    "encoder NAME for all texts of the set in FOLDER, as `python -m training.encoder` keeps them; "
    f"{ACCURATE} keeps its own there.",
)
@click.option(
    "--predictions",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the labels of each method by id; by them methods that run apart, in other "
    "environments too, are paired.",
)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def run(
    data: Path,
    names: str | None,
    chosen: str,
    vectors: Path | None,
    predictions: Path | None,
    results: Path,
) -> None:
    """Score our classifier and its peers on public stance sets.

    Official split and metric of each set, with 95 % intervals by the library's own bootstrap.
    Each result is put into results/benchmarks.json at once, in the place of the same method on the
    same set; those of other methods stay, as long as the files of the set are the same. So peers
    may run in environments of their own, at the same time, too. `python -m training.benchmarks
    page` turns the file into docs/benchmarks.md.

    \b
    python -m training.benchmarks run --data ../shared/data/public
    python -m training.benchmarks run --data my-sets --sets p-stance,vast

    A set of your own: a folder with train.jsonl and test.jsonl, or a file NAME.jsonl whose rows say
    "train" or "test" in `split`; a row has the strings id, text, label and, where there are
    several, target.
    """
    store = Store(results, predictions)
    methods = chosen.split(",")
    known = [name for name, one in SETS.items() if files_of(one, data)[0].is_file()]
    asked = names.split(",") if names else known
    wall, cpu = time.monotonic(), time.process_time()
    try:
        for name in asked:
            for method in methods:
                _run_one(name, method, data, vectors, store)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None
    store.add_run(
        methods,
        "all" if names is None else asked,
        {
            "n_sets": len(asked),
            "wall_seconds": round(time.monotonic() - wall, 1),
            "cpu_seconds": round(time.process_time() - cpu, 1),
            "load": [round(one, 2) for one in os.getloadavg()],
            **about_run(),
        },
    )


def _run_one(name: str, method: str, data: Path, vectors: Path | None, store: Store) -> None:
    found = find_set(name, data)
    trial = Trial.of(found, data)
    run = _method(method, name, found, vectors, trial)
    click.echo(f"{name}: {method}", err=True)
    wall, cpu = time.monotonic(), time.process_time()
    facts, labels = run_method(trial, run)
    if method == FIRST and name in CLOSED:
        facts["leave_target_out"] = leave_target_out(trial, ours.linear("", are_known=False))
    score = facts["scores"][found.metric]
    click.echo(f"  {found.metric} {score['value']:.4f} [{score['low']:.3f}, {score['high']:.3f}]")
    facts["wall_seconds"] = round(time.monotonic() - wall, 1)
    facts["cpu_seconds"] = round(time.process_time() - cpu, 1)
    facts["environment"] = _environment(method)
    store.add(name, trial, data, method, facts, labels, first=FIRST)


def _method(
    method: str, name: str, found: BenchmarkSet, vectors: Path | None, trial: Trial
) -> Method:
    if method in PEERS:
        return PEERS[method].method(found.are_known)
    if method == "majority":
        return ours.majority
    if method == "text":
        return ours.text_alone(name, found.are_known)
    if method == FIRST:
        return ours.linear(name, found.are_known)
    if method == ACCURATE:
        stem = None if vectors is None else vectors / ACCURATE / found.folder
        return ours.accurate(name, found.are_known, stem, trial.texts)
    if method.startswith(HYBRID) and vectors is not None:
        stem = vectors / method.removeprefix(HYBRID) / found.folder
        return ours.hybrid(name, found.are_known, stem)
    if method.startswith(HYBRID):
        raise click.UsageError(f"{method} needs the vectors of its encoder; name --vectors")
    raise click.UsageError(
        f"unknown method {method!r}; expected {', '.join((*OURS, ACCURATE, *PEERS))} or "
        f"{HYBRID}NAME"
    )


@lru_cache
def _environment(method: str) -> dict[str, Any]:
    """Versions of what is run, and what it costs before the first passage."""
    peer = PEERS.get(method)
    packages = ours.PACKAGES.get(method, ("stancekit",)) if peer is None else peer.packages
    return {
        **about_run(("stancekit", "scikit-learn", "numpy", "scipy", *packages)),
        "install_mb": install_megabytes(packages),
        "cold_start_seconds": cold_start("stancekit.stance" if peer is None else peer.imports),
    }
