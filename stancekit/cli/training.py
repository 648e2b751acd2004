"""`stancekit train` and `stancekit evaluate`: labelled passages in, scores out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import click

from stancekit.cli.options import INCOMPLETE, label_options, model_option
from stancekit.cli.progress import note, stages

if TYPE_CHECKING:
    from stancekit.cli.labelled import LabelledPassages
    from stancekit.evaluation import Evaluation, FrameEvaluation
    from stancekit.model import Model

__all__ = ["evaluate", "train"]


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Write the model here.",
)
@click.option("--force", is_flag=True, help="Replace the model in DIR if there is one.")
@label_options
@click.option("--name", help="Name of the model.  [default: that of DIR]")
@click.option(
    "--definitions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON with what labels mean: {"stance": {"LABEL": "..."}, "frames": {...}}.',
)
@click.option(
    "--folds",
    default=5,
    show_default=True,
    type=click.IntRange(2, 20),
    help="Parts of the data, each scored by a model that has not seen it.",
)
@click.option(
    "--jobs", default=1, show_default=True, help="Folds fitted at once; -1 for all cores."
)
@click.option(
    "--encoder",
    metavar="NAME_OR_DIR",
    help="A sentence-transformers model to read beside the words: a directory, or a name, which is "
    "downloaded from the hub.",
)
def train(
    data: tuple[str, ...],
    output: Path,
    force: bool,
    text: str,
    label: str,
    group: str | None,
    frames: str | None,
    form: str | None,
    seed: int,
    encoding: str,
    name: str | None,
    definitions: Path | None,
    folds: int,
    jobs: int,
    encoder: str | None,
) -> None:
    """Train a model on labelled passages and score it.

    DATA is CSV, TSV, JSON lines or Parquet, a directory that `datasets` saved, or a name that it
    knows (NAME:SPLIT for another split than train). Several are read one below the other. Any
    labels will do; each needs 10 passages or more.

    \b
    stancekit train letters.csv -o my-model --label side --group article
    stancekit train letters.jsonl -o my-model --group article --frames arguments
    stancekit predict new-letter.txt --model my-model

    Name the column with the article of each passage as --group: passages of one article are alike,
    and scores come out too high when some are learnt from and others scored. What comes out: F1,
    precision and recall of each label by cross-validation with 95 % intervals, and the confusion
    table; and in DIR the model, which is weights, vocabulary, hashes and a card, never code.

    An --encoder tells of a stance that is put in words which no training passage has, at the cost
    of speed: `pip install 'stancekit[encoder]'`, and train with and without it to see what it is
    worth on your passages. DIR keeps where the encoder is, not the encoder: `predict` needs it
    there. Frames are learnt from words alone.
    """
    from stancekit.cli.definitions import read_definitions
    from stancekit.cli.labelled import LabelColumns, read_labelled
    from stancekit.recipe import train_model
    from stancekit.saving import save_model
    from stancekit.storage import check_writable

    check_writable(output, force=force)
    _check_place(output)
    rows = read_labelled(data, LabelColumns(text, label, group, frames), encoding=encoding)
    about = read_definitions(definitions, rows) if definitions else {}
    if group is None:
        note("no --group: if rows come from the same articles, scores come out too high")
    with stages() as tell:
        trained = train_model(
            rows.texts,
            rows.labels,
            groups=rows.groups,
            frames=rows.frames,
            name=name or output.resolve().name,
            about=about,
            encoder=encoder,
            n_folds=folds,
            random_state=seed,
            n_jobs=jobs,
            progress=tell,
        )
    save_model(trained.model, output, force=force)
    _note_left_out(rows)
    for frame, count in trained.rare_frames.items():
        note(f"frame {frame!r} ({count} passages) is too rare to be learnt and was left out")
    _print_scores(form, "held-out passages", trained.scores, trained.frame_scores)
    note(f"wrote {output}; use it with `stancekit predict ARTICLE --model {output}`")


@click.command()
@click.argument("data", nargs=-1, required=True)
@model_option
@label_options
def evaluate(
    data: tuple[str, ...],
    model: str,
    text: str,
    label: str,
    group: str | None,
    frames: str | None,
    form: str | None,
    seed: int,
    encoding: str,
) -> None:
    """Score a model on labelled passages it has not seen.

    DATA is what `stancekit train` takes.

    \b
    stancekit evaluate held-out.csv --group article
    stancekit evaluate held-out.csv --frames arguments --model my-model
    stancekit evaluate held-out.jsonl | jq .stance.macro_f1.value

    What comes out: F1, precision and recall of each label with 95 % intervals, the confusion table
    and, with --frames, the scores of each frame. With --group the intervals are by whole articles.
    """
    from stancekit.cli.labelled import LabelColumns, read_labelled
    from stancekit.evaluation import evaluate as evaluate_model
    from stancekit.saving import load_model

    loaded = load_model(model)
    rows = read_labelled(data, LabelColumns(text, label, group, frames), encoding=encoding)
    scores = evaluate_model(loaded, rows.texts, rows.labels, groups=rows.groups, random_state=seed)
    frame_scores = _score_frames(loaded, rows, seed) if frames else None
    _print_scores(form, f"{loaded.name} on {', '.join(data)}", scores, frame_scores)
    if _note_left_out(rows):
        raise click.exceptions.Exit(INCOMPLETE)


def _check_place(output: Path) -> None:
    """Refuse before the work what could not be written after it."""
    folder = next(parent for parent in output.absolute().parents if parent.exists())
    try:
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise click.UsageError(
            f"cannot write to {folder} ({error.strerror}); choose another place for -o"
        ) from None


def _note_left_out(rows: LabelledPassages) -> bool:
    """Tell of rows that had no text, and whether there were any."""
    total = len(rows.texts) + rows.n_left_out
    if rows.n_left_out:
        note(f"left out {rows.n_left_out} of {total} rows, which have no text")
    return rows.n_left_out > 0


def _score_frames(model: Model, rows: LabelledPassages, seed: int) -> FrameEvaluation:
    from stancekit.evaluation import score_frames

    if model.frames is None:
        raise click.UsageError(f"{model.name} knows no frames; leave out --frames")
    known, marked = set(model.frame_names), rows.frames or []
    unknown = sorted({name for marks in marked for name in marks} - known)
    if unknown:
        note(f"{model.name} does not know these frames, which are left out: {', '.join(unknown)}")
    return score_frames(
        model.frames.indicator([[name for name in marks if name in known] for marks in marked]),
        model.frames.predict(rows.texts),
        frames=model.frame_names,
        groups=rows.groups,
        random_state=seed,
    )


def _print_scores(
    form: str | None, of: str, scores: Evaluation, frame_scores: FrameEvaluation | None
) -> None:
    if (form or ("table" if sys.stdout.isatty() else "json")) == "json":
        found = {"stance": scores.to_dict()}
        if frame_scores is not None:
            found["frames"] = frame_scores.to_dict()
        click.echo(json.dumps(found))
        return
    from stancekit.cli.scoreboard import show_evaluation, show_frame_evaluation
    from stancekit.cli.terminal import make_console

    console = make_console()
    show_evaluation(console, scores, f"Scores of {of}")
    if frame_scores is not None:
        console.print()
        show_frame_evaluation(console, frame_scores, f"Frames of {of}")
