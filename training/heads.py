"""Heads that attend, for the encoder of `troops-en-accurate`: trained, scored, put into its graph.

Heads, and the layer below them, learn from labels. So the classifier that reads their scores must
never see what they say of passages that they learnt from: the vectors that are kept for training
hold scores of heads that had not seen the passage's article, and the encoder gets heads that have
seen them all.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import StancekitError
from training.attention import N_OUTPUTS, Heads, HeadSettings, Lessons, fit_heads
from training.attention_graph import add_heads, of_length_one, with_scores
from training.encoder import WORDS
from training.joined import JoinedClassifier
from training.last_layer import as_graph, open_graph, read_layer
from training.passages import DATA, KINDS, STANCES, Passages, Weight, load_passages
from training.scoring import RESULTS, write_result
from training.stacking import Rows, gains, head_scores, judge, mixture
from training.standoff import DEV
from training.tokens import Tokens, read_tokens, write_tokens
from training.train import ENCODER_WEIGHTS, SEED
from training.trials import SHIPPED
from training.vectors import write_vectors

__all__ = ["MEAN", "SETTINGS", "TRIED", "main", "out_of_fold_scores"]

MEAN = "mean of the tokens"
# What is shipped, and what was tried beside it.
SETTINGS = HeadSettings()
_FROZEN = replace(SETTINGS, layer_rate=0.0, n_epochs=5, rate=1.5e-3, least=0.0)
TRIED: dict[str, HeadSettings] = {
    "heads": SETTINGS,
    "heads, learnt from all speeches": SETTINGS,
    "heads on a frozen layer": _FROZEN,
    "heads on a frozen layer, speeches count in full": replace(_FROZEN, speech_share=1.0),
    "heads on a frozen layer, 3 epochs": replace(_FROZEN, n_epochs=3),
    "heads on a frozen layer, 8 epochs": replace(_FROZEN, n_epochs=8),
    "heads of 1 query on a frozen layer": replace(_FROZEN, n_queries=1),
    "heads of 8 queries on a frozen layer": replace(_FROZEN, n_queries=8),
}
# What layer and heads learn from. The other speeches would outweigh all news in what they learn,
# and what they say of speeches hardly counts.
LEARNT: dict[str, Weight] = {
    **SHIPPED,
    "speeches_train": 1.0,
    "speeches_train_picked": 0.0,
    "speeches_train_rest": 0.0,
}
_OTHERWISE: dict[str, dict[str, Weight]] = {
    "heads, learnt from all speeches": {
        **LEARNT,
        "speeches_train_picked": 1.0,
        "speeches_train_rest": 1.0,
    }
}
_C = 30.0
_folder = click.Path(file_okay=False, path_type=Path)


def out_of_fold_scores(
    lessons: Lessons, rows: Rows, settings: HeadSettings, layer: Any = None
) -> np.ndarray:
    """Scores of each passage by heads that have not seen its article: (n_passages, n_outputs).

    ``layer``, as `training.last_layer.read_layer` gives it, stays as it is; each fold tunes a copy.
    """
    found = np.zeros((len(rows.y), N_OUTPUTS))
    for number, (train, held_out) in enumerate(rows.folds):
        counts = (lessons.weight[train] > 0) & (rows.weight[train] > 0)
        learnt, own = train[counts], deepcopy(layer)
        heads = fit_heads(lessons, learnt, settings, random_state=SEED + number, layer=own)
        graph = None if own is None else as_graph(own, len(heads.mean))
        found[held_out] = _scores(heads, lessons.tokens.take(held_out.tolist()), graph)
        click.echo(f"fold {number + 1} of {len(rows.folds)}", err=True)
    return found


def _scores(heads: Heads, tokens: Tokens, graph: Any = None) -> np.ndarray:
    """Scores of all texts, the layer run as it will be in use; zeros for one without tokens."""
    after = np.asarray if graph is None else open_graph(graph)
    found = np.zeros((len(tokens), N_OUTPUTS))
    for row in np.flatnonzero(np.diff(tokens.starts)):
        found[row] = heads.scores(after(tokens.of(int(row))))
    return found


def _with_tokens(rows: Rows, tokens: Tokens) -> Rows:
    """Without the passages that have no tokens: those left of their split and stance count more."""
    is_there, weight = np.diff(tokens.starts) > 0, rows.weight.copy()
    strata = np.array(
        [f"{split} {y}" for split, y in zip(rows.passages.splits, rows.y, strict=True)]
    )
    for stratum in set(strata[~is_there].tolist()):
        own = strata == stratum
        weight[own] *= own.sum() / max((own & is_there).sum(), 1)
    return replace(rows, weight=np.where(is_there, weight, 0.0))


def _kept(folder: Path | None, name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
    """An array, from a file of the folder if it is there."""
    path = None if folder is None else folder / f"{name}.npy"
    if path is not None and path.is_file():
        return np.asarray(np.load(path))
    click.echo(name, err=True)
    found = make()
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, found)
    return found


def _all_passages(data_dir: Path) -> Passages:
    return load_passages([*SHIPPED, *DEV], data_dir)


@click.group()
def main() -> None:
    """Train heads that attend to the tokens of an encoder."""


_data = click.option("--data", "data_dir", type=_folder, default=DATA)
_tokens = click.option("--tokens", "folder", type=_folder, required=True, help="Where states are.")
_source = click.option(
    "--layer-from",
    "source",
    type=_folder,
    required=True,
    help="The sentence-transformers directory whose next layer is tuned.",
)


@main.command()
@click.argument("encoder", type=_folder)
@_tokens
@_data
def tokens(encoder: Path, folder: Path, data_dir: Path) -> None:
    """Run all passages through ENCODER, and keep the states of their tokens: 1.5 GB."""
    try:
        write_tokens(folder, encoder, _all_passages(data_dir).texts)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@_tokens
@_source
@_data
@click.option("--scores", type=_folder, help="Where scores out of fold are kept between runs.")
@click.option("--partial", "is_partial", is_flag=True, help="Leave out what has no tokens.")
@click.option("--only", multiple=True, type=click.Choice(list(TRIED)), default=list(TRIED))
@click.option("--note", default="", help="How the states were made, for the record.")
@click.option("--results", type=_folder, default=RESULTS)
def trials(
    folder: Path,
    source: Path,
    data_dir: Path,
    scores: Path | None,
    is_partial: bool,
    only: tuple[str, ...],
    note: str,
    results: Path,
) -> None:
    """Score heads out of fold beside the mean of the tokens; about half an hour a trial."""
    try:
        every = Rows.of(load_passages(SHIPPED, data_dir))
        states = read_tokens(folder, every.passages.texts, is_partial=is_partial)
        rows = _with_tokens(every, states)
        layer = read_layer(source)
        axes = ENCODER_WEIGHTS["troops-en-accurate"] * of_length_one(states.vectors)
        parts = {
            WORDS: [_kept(scores, "words", lambda: head_scores(every, None, _C))],
            MEAN: [_kept(scores, "mean", lambda: head_scores(every, axes, _C))],
        }
        for name in only:
            lessons = Lessons.of(load_passages(_OTHERWISE.get(name, LEARNT), data_dir), states)
            learn = partial(out_of_fold_scores, lessons, rows, TRIED[name], layer)
            said = _kept(scores, name, learn)
            own = said.reshape(-1, len(KINDS), len(STANCES))
            parts |= {f"{name} alone": [own], f"{name}, joined with it": [*parts[MEAN], own]}
            shares = np.array([JoinedClassifier.share_of_heads[kind] for kind in KINDS])
            parts |= {f"{name}, at a fixed share": [parts[MEAN][0] + shares[:, None] * own]}
        found = {name: judge(rows, some) for name, some in parts.items()}
        facts = {
            "note": note,
            "n_passages": int((rows.weight > 0).sum()),
            "mixture": {name: mixture(rows, some) for name, some in parts.items() if len(some) > 1},
            "gains": gains(rows, found, MEAN),
        }
        write_result("heads", facts, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.argument("encoder", type=_folder)
@_tokens
@_source
@_data
@click.option("--scores", type=_folder, help="Where scores out of fold are kept between runs.")
@click.option("-o", "--output", type=_folder, required=True, help="The encoder with heads.")
@click.option("--cache", type=click.Path(path_type=Path), required=True, metavar="STEM")
def add(
    encoder: Path,
    folder: Path,
    source: Path,
    data_dir: Path,
    scores: Path | None,
    output: Path,
    cache: Path,
) -> None:
    """Train a layer with heads on all passages and put it into ENCODER; keep vectors for the model.

    --cache gets the vectors of the training passages with scores out of fold, and those of the dev
    passages as the new encoder gives them.
    """
    try:
        rows = Rows.of(load_passages(SHIPPED, data_dir))
        states = read_tokens(folder, rows.passages.texts)
        lessons = Lessons.of(load_passages(LEARNT, data_dir), states)
        layer = read_layer(source)
        said = _kept(scores, "heads", partial(out_of_fold_scores, lessons, rows, SETTINGS, layer))
        learnt = np.flatnonzero(lessons.weight > 0)
        heads = fit_heads(lessons, learnt, SETTINGS, random_state=SEED, layer=layer)
        graph = as_graph(layer, len(heads.mean))
        add_heads(encoder, output, heads, graph)
        dev = load_passages(DEV, data_dir)
        of_dev = read_tokens(folder, dev.texts)
        # Last come the training passages, as they are what counts where a text is in both.
        write_vectors(
            cache,
            [*dev.texts, *rows.passages.texts],
            np.vstack(
                [
                    with_scores(of_dev.vectors, _scores(heads, of_dev, graph)),
                    with_scores(states.vectors, said),
                ]
            ),
        )
    except StancekitError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"wrote {output} and {cache}.npy", err=True)


if __name__ == "__main__":
    main()
