"""The command: `python -m training.benchmarks run`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from stancekit import StancekitError
from training.benchmarks.stance import methods as ours
from training.benchmarks.stance.methods import Method
from training.benchmarks.stance.peers import PEERS
from training.benchmarks.stance.run import (
    Trial,
    about_run,
    difference,
    keep_predictions,
    kept_predictions,
    leave_target_out,
    run_method,
    set_facts,
)
from training.benchmarks.stance.sets import SETS, BenchmarkSet, find_set
from training.benchmarks.stance.weight import cold_start, install_megabytes
from training.scoring import RESULTS, read_result, write_result

__all__ = ["run"]

RESULT = "benchmarks"
FIRST, HYBRID = "linear", "hybrid-"
OURS = ("majority", "text", FIRST)
# Sets with several known targets, each of which can be left out.
CLOSED = ("semeval-6a", "covid19-stance", "mpchi")


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
    help=f"Also: hybrid-NAME (needs --vectors), and the peers {', '.join(PEERS)}, each in an "
    "environment that has it.",
)
@click.option(
    "--vectors",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="For hybrid-NAME: a folder with NAME/FOLDER.npy and NAME/FOLDER.json, the vectors of the "
    "encoder NAME for all texts of the set in FOLDER, as `python -m training.encoder` keeps them.",
)
@click.option(
    "--predictions",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the labels of each method by id; with it methods that run in different "
    "environments are paired.",
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
    What was run is added to results/benchmarks.json, which `python -m training.benchmarks page`
    turns into docs/benchmarks.md.

    \b
    python -m training.benchmarks run --data ../shared/data/public
    python -m training.benchmarks run --data my-sets --sets p-stance,vast
    """
    known = [name for name, one in SETS.items() if (data / one.folder).is_dir()]
    try:
        for name in names.split(",") if names else known:
            for method in chosen.split(","):
                _run_one(name, method, data, vectors, predictions, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


def _run_one(
    name: str,
    method: str,
    data: Path,
    vectors: Path | None,
    predictions: Path | None,
    results: Path,
) -> None:
    found = find_set(name, data)
    trial = Trial.of(found, data)
    run = _method(method, name, found, vectors)
    click.echo(f"{name}: {method}", err=True)
    facts, labels = run_method(trial, run)
    if predictions is not None:
        keep_predictions(predictions, name, method, trial, labels)
    if method == FIRST and name in CLOSED:
        facts["leave_target_out"] = leave_target_out(trial, ours.linear("", are_known=False))
    score = facts["scores"][found.metric]
    click.echo(f"  {found.metric} {score['value']:.4f} [{score['low']:.3f}, {score['high']:.3f}]")
    stored = _add(name, set_facts(trial, data), method, facts, results)
    if predictions is not None:
        _pair(trial, stored["sets"][name]["methods"], name, predictions)
        write_result(RESULT, stored, results)


def _method(method: str, name: str, found: BenchmarkSet, vectors: Path | None) -> Method:
    if method in PEERS:
        return PEERS[method].method(found.are_known)
    if method == "majority":
        return ours.majority
    if method == "text":
        return ours.text_alone(name, found.are_known)
    if method == FIRST:
        return ours.linear(name, found.are_known)
    if method.startswith(HYBRID) and vectors is not None:
        stem = vectors / method.removeprefix(HYBRID) / found.folder
        return ours.hybrid(name, found.are_known, stem)
    if method.startswith(HYBRID):
        raise click.UsageError(f"{method} needs the vectors of its encoder; name --vectors")
    raise click.UsageError(
        f"unknown method {method!r}; expected {', '.join((*OURS, *PEERS))} or {HYBRID}NAME"
    )


def _add(
    name: str, facts: dict[str, Any], method: str, found: dict[str, Any], results: Path
) -> dict[str, Any]:
    """Put what was found beside what stands in the file already."""
    stored = _read(results)
    earlier = stored["sets"].get(name, {})
    # Of other files, earlier scores are of another set.
    kept = earlier.get("methods", {}) if earlier.get("files") == facts["files"] else {}
    stored["sets"][name] = {**facts, "methods": {**kept, method: found}}
    stored["methods"][method] = _about(method)
    write_result(RESULT, stored, results)
    return stored


def _pair(trial: Trial, methods: dict[str, Any], name: str, predictions: Path) -> None:
    """Put the difference to the linear core beside the scores of every method with kept labels."""
    labels = {one: kept_predictions(predictions, name, one, trial) for one in methods}
    first = labels.pop(FIRST, None)
    for one, kept in labels.items():
        if first is not None and kept is not None:
            methods[one]["difference"] = difference(trial, kept, first)


def _read(results: Path) -> dict[str, Any]:
    if (results / f"{RESULT}.json").exists():
        return read_result(RESULT, results)
    return {"sets": {}, "methods": {}}


def _about(method: str) -> dict[str, Any]:
    """Versions of what was run, and what it costs before the first passage."""
    peer = PEERS.get(method)
    packages = ("stancekit",) if peer is None else peer.packages
    return {
        **about_run(("stancekit", "scikit-learn", "numpy", "scipy", *packages)),
        "cpus": os.cpu_count(),
        "install_mb": install_megabytes(packages),
        "cold_start_seconds": cold_start("stancekit.stance" if peer is None else peer.imports),
    }
