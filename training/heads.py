"""Heads that attend, for the encoder of `troops-en-accurate`: trained, scored, put into its graph.

Heads, and the layers below them, learn from labels. So the classifier that reads their scores must
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
from training.attention import (
    N_OUTPUTS,
    Heads,
    HeadSettings,
    Lessons,
    fit_heads,
    read_heads,
    write_heads,
)
from training.attention_graph import add_heads, of_length_one, with_scores
from training.encoder import WORDS
from training.joined import JoinedClassifier
from training.passages import CONTRAST, DATA, KINDS, STANCES, Weight, load_passages
from training.scoring import RESULTS, write_result
from training.stacking import Rows, gains, head_scores, judge, mixture
from training.standoff import DEV
from training.tokens import Tokens, read_tokens, write_tokens
from training.top_layers import as_graph, open_graph, read_layers
from training.train import ENCODER_WEIGHTS, SEED
from training.trials import SHIPPED
from training.vectors import write_vectors

__all__ = [
    "MEAN",
    "N_BITS",
    "SETTINGS",
    "TRIED",
    "C",
    "head_outputs",
    "main",
    "out_of_fold_scores",
    "read_fold",
]

MEAN = "mean of the tokens"
# What is shipped, and what was tried beside it.
SETTINGS = HeadSettings()
# Of the weights of the layers that learn. Rounded to 4 they lose a little, and take longer.
N_BITS = 8
_FROZEN = replace(SETTINGS, n_layers=1, layer_rate=0.0, n_epochs=5, rate=1.5e-3, least=0.0)
TRIED: dict[str, HeadSettings] = {
    "heads": SETTINGS,
    "heads, learnt without the pairs": SETTINGS,
    "heads on one tuned layer": replace(SETTINGS, n_layers=1),
    "heads on one tuned layer, learnt from all speeches": replace(SETTINGS, n_layers=1),
    "heads on a frozen layer": _FROZEN,
    "heads on a frozen layer, speeches count in full": replace(_FROZEN, speech_share=1.0),
    "heads on a frozen layer, 3 epochs": replace(_FROZEN, n_epochs=3),
    "heads on a frozen layer, 8 epochs": replace(_FROZEN, n_epochs=8),
    "heads of 1 query on a frozen layer": replace(_FROZEN, n_queries=1),
    "heads of 8 queries on a frozen layer": replace(_FROZEN, n_queries=8),
}
# What layers and heads learn from. The other speeches would outweigh all news in what they learn,
# and what they say of speeches hardly counts. The pairs say what a negation does.
LEARNT: dict[str, Weight] = {
    **SHIPPED,
    "speeches_train": 1.0,
    "speeches_train_picked": 0.0,
    "speeches_train_rest": 0.0,
    CONTRAST: 0.75,
}
_WITHOUT_PAIRS = {**LEARNT, CONTRAST: 0.0}
_OTHERWISE: dict[str, dict[str, Weight]] = {
    **{name: _WITHOUT_PAIRS for name in TRIED if name != "heads"},
    "heads on one tuned layer, learnt from all speeches": {
        **_WITHOUT_PAIRS,
        "speeches_train_picked": 1.0,
        "speeches_train_rest": 1.0,
    },
}
# The strength of what is beside the heads, as in `training.trials`.
C = 30.0
_folder = click.Path(file_okay=False, path_type=Path)


def out_of_fold_scores(
    lessons: Lessons,
    rows: Rows,
    settings: HeadSettings,
    layers: Any = None,
    kept: Path | None = None,
) -> np.ndarray:
    """Scores of each passage by heads that have not seen its article: (n_passages, n_outputs).

    Parameters
    ----------
    lessons : Lessons
        First the passages of ``rows``; what follows is in no fold, and all heads learn from it.
    rows : Rows
    settings : HeadSettings
    layers : torch.nn.Module or None
        As `training.top_layers.read_layers` gives them; each fold tunes a copy.
    kept : Path or None
        Where heads and layers of each fold are written, for `read_fold`; those that are there are
        not trained again.
    """
    found = np.zeros((len(rows.y), N_OUTPUTS))
    others = np.arange(len(rows.y), len(lessons.y))
    for number, (train, held_out) in enumerate(rows.folds):
        fold = None if kept is None else read_fold(kept, number)
        if fold is None:
            counts = (lessons.weight[train] > 0) & (rows.weight[train] > 0)
            learnt = np.concatenate([train[counts], others[lessons.weight[others] > 0]])
            own = deepcopy(layers)
            heads = fit_heads(lessons, learnt, settings, random_state=SEED + number, layers=own)
            fold = heads, None if own is None else as_graph(own, len(heads.mean), N_BITS)
            if kept is not None:
                _write_fold(kept, number, *fold)
        found[held_out] = head_outputs(fold[0], lessons.tokens.take(held_out.tolist()), fold[1])
        click.echo(f"fold {number + 1} of {len(rows.folds)}", err=True)
    return found


def _write_fold(folder: Path, number: int, heads: Heads, graph: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number}.onnx").write_bytes(b"" if graph is None else graph.SerializeToString())
    write_heads(folder / f"{number}.npz", heads)


def read_fold(folder: Path, number: int) -> tuple[Heads, Any] | None:
    """Heads and layers that have not seen a fold, if `out_of_fold_scores` wrote them there."""
    if not (folder / f"{number}.npz").is_file():
        return None
    heads, graph = read_heads(folder / f"{number}.npz"), (folder / f"{number}.onnx").read_bytes()
    if not graph:
        return heads, None
    import onnx

    return heads, onnx.load_from_string(graph)


def head_outputs(heads: Heads, tokens: Tokens, graph: Any = None) -> np.ndarray:
    """Scores of all texts, the layers run as they will be in use; zeros for one without tokens.

    Parameters
    ----------
    heads : Heads
    tokens : Tokens
    graph : ONNX model or None
        As `training.top_layers.as_graph` gives it.

    Returns
    -------
    ndarray of shape (n_texts, n_outputs)
    """
    after = np.asarray if graph is None else open_graph(graph)
    found = np.zeros((len(tokens), N_OUTPUTS))
    for row in np.flatnonzero(np.diff(tokens.starts)):
        found[row] = heads.scores(after(tokens.of(int(row))))
    return found


def _with_tokens(rows: Rows, tokens: Tokens) -> Rows:
    """Without the passages that have no tokens: those left of their split and stance count more."""
    is_there, weight = np.diff(tokens.starts)[: len(rows.y)] > 0, rows.weight.copy()
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


def _lessons(name: str, tokens: Tokens, data_dir: Path) -> Lessons:
    """What the heads of a trial learn from; the passages are the same for all, in one order."""
    return Lessons.of(load_passages(_OTHERWISE.get(name, LEARNT), data_dir), tokens)


def _said(name: str, lessons: Lessons, rows: Rows, layers: Any, scores: Path | None) -> np.ndarray:
    """Scores out of fold by the heads of a trial, from files of ``scores`` if they are there."""
    kept = None if scores is None else scores / name
    learn = partial(out_of_fold_scores, lessons, rows, TRIED[name], layers, kept)
    return _kept(scores, name, learn)


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
    help="The sentence-transformers directory whose next layers are tuned.",
)


@main.command()
@click.argument("encoder", type=_folder)
@_tokens
@_data
def tokens(encoder: Path, folder: Path, data_dir: Path) -> None:
    """Run all passages through ENCODER, and keep the states of their tokens: 1.7 GB."""
    try:
        passages = load_passages([*SHIPPED, *DEV, CONTRAST], data_dir)
        write_tokens(folder, encoder, passages.texts)
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
    """Score heads out of fold beside the mean of the tokens; up to an hour a trial."""
    try:
        every = Rows.of(load_passages(SHIPPED, data_dir))
        texts = load_passages(LEARNT, data_dir).texts
        tokens = read_tokens(folder, texts, is_partial=is_partial)
        rows, vectors = _with_tokens(every, tokens), tokens.vectors[: len(every.y)]
        axes = ENCODER_WEIGHTS["troops-en-accurate"] * of_length_one(vectors)
        parts = {
            WORDS: [_kept(scores, "words", lambda: head_scores(every, None, C))],
            MEAN: [_kept(scores, "mean", lambda: head_scores(every, axes, C))],
        }
        for name in only:
            layers = read_layers(source, TRIED[name].n_layers)
            said = _said(name, _lessons(name, tokens, data_dir), rows, layers, scores)
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
    """Train layers with heads on all passages, put them into ENCODER; keep vectors for the model.

    --cache gets the vectors of the training passages with scores out of fold, and those of the dev
    passages as the new encoder gives them.
    """
    try:
        rows = Rows.of(load_passages(SHIPPED, data_dir))
        tokens = read_tokens(folder, load_passages(LEARNT, data_dir).texts)
        lessons = _lessons("heads", tokens, data_dir)
        layers = read_layers(source, SETTINGS.n_layers)
        said = _said("heads", lessons, rows, layers, scores)
        learnt = np.flatnonzero(lessons.weight > 0)
        heads = fit_heads(lessons, learnt, SETTINGS, random_state=SEED, layers=layers)
        graph = as_graph(layers, len(heads.mean), N_BITS)
        add_heads(encoder, output, heads, graph)
        dev = load_passages(DEV, data_dir)
        of_dev = read_tokens(folder, dev.texts)
        # Last come the training passages, as they are what counts where a text is in both.
        write_vectors(
            cache,
            [*dev.texts, *rows.passages.texts],
            np.vstack(
                [
                    with_scores(of_dev.vectors, head_outputs(heads, of_dev, graph)),
                    with_scores(tokens.vectors[: len(rows.y)], said),
                ]
            ),
        )
    except StancekitError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"wrote {output} and {cache}.npy", err=True)


if __name__ == "__main__":
    main()
