"""How well a part of a passage is judged by itself: `python -m training.pieces`.

The measurement behind giving each voice a stance of its own, and that by the likeliest label. A
passage most of whose words one voice says takes, as a rule, the side of that voice; so its label is
compared with what a model says of these words alone, with and without the lean towards rare labels,
and with what it says of the whole passage. The model has seen neither: cross-validation over whole
articles. Writes `results/pieces.json`; the dev splits are not read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import StancekitError, find_voices, score
from training.fold_models import fold_models
from training.passages import DATA, Passages, load_passages
from training.scoring import RESULTS, write_result
from training.train import RECIPES

__all__ = ["judged_pieces", "main", "pieces_of"]

# The share of a passage's words from which on it is taken to be one voice's.
_MOST = 0.55
_LENGTHS = ((8, 20), (20, 35), (35, 1000))
_KINDS = {"authored": ("authored",), "news": ("news_train", "news_train_more")}


def pieces_of(passages: Passages) -> dict[int, str]:
    """Row of each passage that is mostly one voice's, and what that voice says."""
    found = {}
    splits = {split for names in _KINDS.values() for split in names}
    for row, (text, split) in enumerate(zip(passages.texts, passages.splits, strict=True)):
        n_words = len(text.split())
        for voice in find_voices(text) if split in splits else ():
            said = " ".join(text[start:end] for start, end in voice.content)
            if len(said.split()) >= _MOST * n_words:
                found[row] = said
                break
    return found


def judged_pieces(passages: Passages, pieces: dict[int, str]) -> dict[str, np.ndarray]:
    """Labels of the pieces, and of the passages that they are cut from, by held-out folds.

    Returns
    -------
    mapping of a name to ndarray of shape (n_passages,); None for passages without a piece
    """
    names = ("piece", "piece, with the lean", "whole passage")
    found = {name: np.empty(len(passages), dtype=object) for name in names}
    for model, held_out in fold_models(passages):
        wanted = [row for row in held_out if row in pieces]
        texts = [pieces[row] for row in wanted]
        found["piece"][wanted] = model.classes_[model.predict_proba(texts).argmax(axis=1)]
        found["piece, with the lean"][wanted] = model.predict(texts)
        found["whole passage"][wanted] = model.predict([passages.texts[row] for row in wanted])
        click.echo(f"a fold of {len(wanted):,} pieces is done", err=True)
    return found


@click.command()
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(data_dir: Path, results: Path) -> None:
    """Score pieces against the passages that they are cut from, some minutes."""
    try:
        passages = load_passages(RECIPES["troops-en"], data_dir)
        pieces = pieces_of(passages)
        judged = judged_pieces(passages, pieces)
        splits = np.array(passages.splits)
        n_words = {row: len(piece.split()) for row, piece in pieces.items()}
        parts = {
            kind: [row for row in pieces if splits[row] in names] for kind, names in _KINDS.items()
        }
        for low, high in _LENGTHS:
            parts[f"{low} to {high - 1} words"] = [
                row for row, n in n_words.items() if low <= n < high
            ]
        found: dict[str, Any] = {}
        for name, rows in parts.items():
            if not rows:
                continue
            labelled = passages.take(np.array(rows))
            found[name] = {
                who: score(labelled.stances, labels[rows], groups=labelled.groups).to_dict()
                for who, labels in judged.items()
            }
        write_result("pieces", found, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
